"""The JSON face of the decision: one question, or JSON Lines, in; one verdict per question out (`enishi law decide`)."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Final, NamedTuple

import msgspec

from enishi.errors import Fault, Malformed, Unknown
from enishi.law.affair import resolve
from enishi.law.decide import decide
from enishi.law.ordinance.form import Ordinance
from enishi.law.other_json import answer_other, is_other
from enishi.law.question import AffairRef, Assessment, Consent, Facts, LawRef, OrdinanceRef, Party, Period, Policy, Question, RowRef, Standing
from enishi.law.relation import Relation
from enishi.law.tables import Tables
from enishi.law.texts import Text
from enishi.law.verdict import Condition, Doubt, Ground, Permit, Remedy, Verdict

Institutions = Callable[[str, date], Party | None]
"""Who an institution's id is on a day, by the registry; None for an id that nobody registered."""

COMMAND: Final = Policy(demand="row")
"""The command answers as deep as the question goes; the mesh itself asks at item level only."""


class _Party(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    capacity: str | None = None
    institution: str | None = None


class _Affair(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: str | None = None
    row: str | None = None
    law: str | None = None
    ordinance: str | None = None


class _Purpose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    item: str


class _Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    standing: bool = True
    assessments_published: bool = True
    consent: bool = False


class _Wire(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    inquirer: _Party
    affair: _Affair
    provider: _Party
    items: tuple[str, ...]
    on: date | None = None
    purpose: _Purpose | None = None
    relation: Relation | None = None
    period: Period | None = None
    facts: _Facts = _Facts()


class Asked(NamedTuple):
    """A question read, with the facts and the day that came with it."""

    question: Question
    facts: Facts
    on: date


def nobody(institution: str, on: date) -> Party | None:
    """The registry of a command that runs without one."""
    return None


def read_question(text: str | bytes, tables: Tables, on: date | None = None, institutions: Institutions = nobody, policy: Policy = COMMAND) -> Asked:
    """Read one JSON object; its own "on" goes before `on`.

    Malformed("question-malformed" | "day-missing" | "affair-ambiguous") and Unknown("affair-unknown" | "institution-not-registered").
    """
    wire = _decode(text)
    day = wire.on or on
    if day is None:
        raise Malformed("day-missing", field="on")
    question = Question(
        inquirer=_party(wire.inquirer, "inquirer", day, institutions),
        affair=resolve(_affair(wire.affair), tables, day, policy),
        provider=_party(wire.provider, "provider", day, institutions),
        items=wire.items,
        purpose_item=wire.purpose.item if wire.purpose else None,
        relation=wire.relation,
        period=wire.period,
    )
    return Asked(question, _facts(wire.facts), day)


def _decode(text: str | bytes) -> _Wire:
    try:
        return msgspec.json.decode(text.encode() if isinstance(text, str) else text, type=_Wire)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as fault:
        raise Malformed("question-malformed", str(fault)[:300], "question") from fault


def _party(party: _Party, field: str, on: date, institutions: Institutions) -> Party:
    if (party.capacity is None) == (party.institution is None):
        raise Malformed("question-malformed", "capacity | institution", field)
    if party.institution is None:
        return Party((party.capacity or "",))
    known = institutions(party.institution, on)
    if known is None:
        raise Unknown("institution-not-registered", party.institution[:100], field)
    return known


def _affair(affair: _Affair) -> AffairRef:
    match affair:
        case _Affair(source=str(source), row=str(row), law=None, ordinance=None):
            return RowRef(source, row)
        case _Affair(source=None, row=None, law=str(law), ordinance=None):
            return LawRef(law)
        case _Affair(source=None, row=None, law=None, ordinance=str(ordinance)):
            return OrdinanceRef(ordinance)
    raise Malformed("question-malformed", "source + row | law | ordinance", "affair")


def _facts(facts: _Facts) -> Facts:
    standing = Standing.REGISTERED if facts.standing else Standing.UNREGISTERED
    assessment = Assessment.PUBLISHED if facts.assessments_published else Assessment.UNPUBLISHED
    return Facts(standing, standing, assessment, assessment, Consent.GIVEN if facts.consent else Consent.NOT_GIVEN)


def print_verdict(verdict: Verdict) -> dict[str, Any]:
    """The verdict as JSON data, texts included; the four lists are always there."""
    permit = isinstance(verdict, Permit)
    return {
        "verdict": "permit" if permit else "refusal",
        "on": verdict.on.isoformat(),
        **({"level": verdict.level} if isinstance(verdict, Permit) else {}),
        "basis": list(verdict.basis) if isinstance(verdict, Permit) else [],
        "conditions": [_said(condition) for condition in verdict.conditions] if isinstance(verdict, Permit) else [],
        "grounds": [] if isinstance(verdict, Permit) else [_ground(ground) for ground in verdict.grounds],
        "doubts": [_said(doubt) for doubt in verdict.doubts],
        **({"proposals": True} if verdict.proposals else {}),
        **({"law_edge": "mark"} if verdict.law_edge else {}),
    }


def _said(thing: Condition | Doubt | Remedy | Ground) -> dict[str, Any]:
    message: Text = thing.message
    return {"code": str(thing.code), "citation": thing.citation, "about": list(thing.about), "message": {"ja": message.ja, "en": message.en}}


def _ground(ground: Ground) -> dict[str, Any]:
    return _said(ground) | {"remedies": [_said(remedy) for remedy in ground.remedies]}


def answer_lines(
    text: str,
    tables: Tables,
    on: date | None = None,
    institutions: Institutions = nobody,
    policy: Policy = COMMAND,
    ordinances: tuple[Ordinance, ...] = (),
) -> Iterator[str]:
    """One line of JSON per question: its verdict, or `{"problem": {"status","code","detail","field"}}` where it cannot be read.

    `text` is one JSON object over any number of lines, or JSON Lines (blank lines skipped); an object with "kind" asks for another lawful
    way (`law.other`).  Never raises on bad input.
    """
    for question in _questions(text):
        yield _answer(question, tables, on, institutions, policy, ordinances)


def _questions(text: str) -> list[str]:
    """The whole text where it is one JSON value, or broken from its first line on; else its lines."""
    lines = [line for line in text.split("\n") if line.strip()]
    return [text] if len(lines) <= 1 or _is_json(text) or not _is_json(lines[0]) else lines


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text.encode(), type=msgspec.Raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return False
    return True


def _answer(text: str, tables: Tables, on: date | None, institutions: Institutions, policy: Policy, ordinances: tuple[Ordinance, ...]) -> str:
    try:
        if is_other(text):
            printed = answer_other(text, tables, ordinances, on)
        else:
            asked = read_question(text, tables, on, institutions, policy)
            facts = msgspec.structs.replace(asked.facts, ordinances=ordinances) if ordinances else asked.facts
            printed = print_verdict(decide(asked.question, tables, facts, asked.on, policy))
    except Fault as fault:
        printed = {"problem": {"status": fault.status, "code": fault.code, "detail": fault.detail, "field": fault.field}}
    return msgspec.json.encode(printed).decode()
