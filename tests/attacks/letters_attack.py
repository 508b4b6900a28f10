"""A person's letters on the attacked network: written, carried and read as the portal does it."""

from typing import Any

import msgspec

from attacks.network_attack import Network
from attacks.own_attack import message_of, request_for, signed_by
from enishi import society
from enishi.protocol.letters import LETTER, LETTERS, Letter, letter_digest, seal_letter
from enishi.protocol.self_disclosure import SelfMessage
from enishi.roles.portal.letters.there import LettersThere, SealedLetter
from enishi.roles.portal.view import Asked
from enishi.seal.hpke import SealingKey

TEXT = "どうして私の戸籍を見たのですか。canary-of-a-letter"


def letter(text: str = TEXT, **changes: Any) -> Letter:
    return msgspec.structs.replace(Letter(v=1, kind="why", about=b"", item="", wrong="", right="", text=text), **changes)


def correction(text: str = TEXT) -> Letter:
    return letter(text, kind="correction", item="koseki", wrong="1981年", right="1982年")


def sealed_for(network: Network, holder: str, one: Letter, key: SealingKey) -> SealedLetter:
    found = network.sources[0].holder_key(holder)
    return SealedLetter(seal_letter(one, found.key, holder, key.public), found.epoch)


def write(network: Network, who: society.Figure, holder: str, one: Letter) -> LettersThere:
    """The lawful way, through the portal's own source."""
    key = SealingKey.generate()
    sealed = sealed_for(network, holder, one, key)
    signed = signed_by(network, who, request_for(holder, (LETTER,), "", key, letter=letter_digest(sealed.sealed)))
    return network.run(network.sources[0].letters(Asked(signed, key), sealed))


def read(network: Network, who: society.Figure, holder: str) -> LettersThere:
    key = SealingKey.generate()
    signed = signed_by(network, who, request_for(holder, (LETTERS,), "", key))
    return network.run(network.sources[0].letters(Asked(signed, key), None))


def carried(network: Network, who: society.Figure, holder: str, one: Letter) -> tuple[SelfMessage, SealingKey]:
    """A message with both signatures and the letter that it names."""
    key = SealingKey.generate()
    sealed = sealed_for(network, holder, one, key).sealed
    signed = signed_by(network, who, request_for(holder, (LETTER,), "", key, letter=letter_digest(sealed)))
    return msgspec.structs.replace(message_of(network, signed), letter=sealed), key
