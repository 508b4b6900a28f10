"""What law says of a request for one's own data: the one value of another kind that the mesh acts on, and only for `@root` → holder."""

from datetime import date

import msgspec

from enishi.errors import Denied
from enishi.items import find
from enishi.law.other.self_disclosure import SelfDisclosure, SelfDisclosureQuestion, decide_self_disclosure
from enishi.protocol.letters import CARRYING, LETTER, RIGHTS
from enishi.protocol.represented import BASIS
from enishi.protocol.self_disclosure import SelfStatement

__all__ = ["SelfDisclosure", "decide_self"]


def decide_self(said: SelfStatement, on: date) -> SelfDisclosure:
    """The law's word on a statement that registrar and face signed, each operator for itself; Denied("self-not-open"), Unknown("item-unknown").

    Both signatures together are the proof by card: whoever calls this has read the statement with `read_self`.
    """
    for item in said.items:
        if item not in CARRYING:
            find(item)
    verdict = decide_self_disclosure(_question(said), on)
    if not isinstance(verdict, SelfDisclosure):
        raise Denied("self-not-open", ", ".join(ground.code for ground in verdict.grounds), "items")
    if said.mandate is not msgspec.UNSET:
        return msgspec.structs.replace(verdict, basis=BASIS)
    # The same proof opens the way for a letter; which right it uses stands in the sealed text, and so in no record.
    return msgspec.structs.replace(verdict, basis=RIGHTS) if said.items == (LETTER,) else verdict


def _question(said: SelfStatement) -> SelfDisclosureQuestion:
    # That the mandate is registered, in force and for this, is the registrar's word: nobody else knows whose it is.
    if said.mandate is not msgspec.UNSET:
        return SelfDisclosureQuestion(asker="representative", proof="card", items=said.items, mandate="registered")
    return SelfDisclosureQuestion(asker="person", proof="card", items=said.items)
