"""What the holder finds for a person who asks for their own data: the documents, or that an official must see it first."""

import msgspec

from enishi.errors import Fault
from enishi.protocol.self_disclosure import DECIDED_MS, SelfStatement
from enishi.roles.gateway.answering.rules import Rules
from enishi.roles.gateway.answers import Finding, Reason, gathered
from enishi.roles.gateway.people import Held
from enishi.terms import Outcome


class Decided(msgspec.Struct, frozen=True):
    """What an official decided of the same person, items and period: `provide`, or refused by a provision; and when (milliseconds UTC)."""

    provide: bool
    citation: str
    at_ms: int


def find_self(held: Held | None, said: SelfStatement, decided: Decided | None, rules: Rules, at_ms: int) -> Finding:
    """Answer at once where nothing stands against it; what an official decided in the last thirty days stands, unless a mark was set since.

    A dispute holds nothing: whoever disputes a datum may see it. Opening hours hold nothing either: they are for institutions that ask.
    """
    if held is None:
        return Finding(Outcome.NO_SUCH_PERSON)
    if decided is not None and _holds(decided, held, at_ms):
        return after_decision(held, said, decided, at_ms)
    reason = reason_for(held, said, rules, at_ms)
    return _hold(reason, at_ms) if reason is not None else _given(held, said, at_ms)


def reason_for(held: Held, said: SelfStatement, rules: Rules, at_ms: int) -> Reason | None:
    """Why an official must see the request; None where the machine may answer."""
    if any(mark.kind == "nondisclosure" and mark.runs(at_ms) for mark in held.marks):
        # Its ground is an item of APPI Art. 78(1): whether it keeps anything from the person themselves is no matter for a machine.
        return Reason.PROTECTED
    if held.answering == "review":
        return Reason.REVIEW
    if set(said.items) & set(rules.held_items):
        return Reason.ITEM
    return Reason.SOURCE if held.unheard else None


def after_decision(held: Held, said: SelfStatement, decided: Decided, at_ms: int) -> Finding:
    """What follows from an official's decision."""
    if not decided.provide:
        return Finding(Outcome.REFUSED_WITH_CITATION, citation=decided.citation)
    return _hold(Reason.SOURCE, at_ms) if held.unheard else _given(held, said, at_ms)


def _given(held: Held, said: SelfStatement, at_ms: int) -> Finding:
    try:
        return gathered(held, said.items)
    except Fault:
        # A copy that departs from its schema is not shown and not called absent: an official has to look.
        return _hold(Reason.COPY, at_ms)


def _hold(reason: Reason, at_ms: int) -> Finding:
    return Finding(Outcome.HELD, deadline_ms=at_ms + DECIDED_MS, reason=reason)


def _holds(decided: Decided, held: Held, at_ms: int) -> bool:
    marked = max((mark.set_at_ms for mark in held.marks if mark.kind == "nondisclosure"), default=0)
    return at_ms - DECIDED_MS < decided.at_ms and marked <= decided.at_ms
