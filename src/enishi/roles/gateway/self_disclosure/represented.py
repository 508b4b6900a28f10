"""What the holder answers a representative: the documents, or one refusal that says nothing else, whatever the reason is.

Whether an official sees the request first hangs on the institution's rules and on the items alone, never on the person: of somebody whom it does not
know, or who is protected, a request is held or refused just as of everybody.
"""

from typing import Final

from enishi.errors import Fault
from enishi.protocol.represented import NEUTRAL
from enishi.protocol.self_disclosure import DECIDED_MS, SelfStatement
from enishi.roles.gateway.answering.rules import Rules
from enishi.roles.gateway.answers import Finding, Reason, gathered
from enishi.roles.gateway.people import Held
from enishi.roles.gateway.self_disclosure.finding import Decided
from enishi.terms import Outcome

REFUSED: Final = Finding(Outcome.REFUSED_WITH_CITATION, citation=NEUTRAL)
"""The one answer beside the documents."""


def find_represented(held: Held | None, said: SelfStatement, decided: Decided | None, rules: Rules, at_ms: int) -> Finding:
    """Answer by machine, or hold; `decided` is what an official decided of this mandate, these items and this period, good for thirty days."""
    if decided is not None and at_ms - DECIDED_MS < decided.at_ms:
        return given(held, said, at_ms) if decided.provide else REFUSED
    if seen_first(said, rules):
        return Finding(Outcome.HELD, deadline_ms=at_ms + DECIDED_MS, reason=Reason.REPRESENTED)
    if held is not None and held.answering == "review":
        return REFUSED
    return given(held, said, at_ms)


def seen_first(said: SelfStatement, rules: Rules) -> bool:
    """Whether an official of this institution sees every such request first."""
    return rules.representatives == "official" or bool(set(said.items) & set(rules.held_items))


def given(held: Held | None, said: SelfStatement, at_ms: int) -> Finding:
    """The documents where nothing stands against it; while a mark of non-disclosure runs, no representative is given anything (APPI Art. 78(1))."""
    if held is None or _guarded(held, at_ms) or held.unheard:
        return REFUSED
    try:
        found = gathered(held, said.items)
    except Fault:
        # A copy that departs from its schema is not shown; that it is there is not said either.
        return REFUSED
    return found if found.kind is Outcome.PROVIDED else REFUSED


def _guarded(held: Held, at_ms: int) -> bool:
    return any(mark.kind == "nondisclosure" and mark.runs(at_ms) for mark in held.marks)
