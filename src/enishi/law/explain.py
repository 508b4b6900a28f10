"""The story of a verdict, step by step with the places of law; and what stands at one place, with its provenance and its doubts."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from enishi.errors import Unknown
from enishi.law.affair import find
from enishi.law.citation import describe, link
from enishi.law.decide import decide
from enishi.law.eras import LINKAGE, Found
from enishi.law.identity import Stay
from enishi.law.model import Crossing, Entry, Purpose, Recheck, Revision, Row
from enishi.law.question import OrdinanceRef, Policy, Question
from enishi.law.question_json import COMMAND, Asked
from enishi.law.tables import Tables
from enishi.law.texts import Text
from enishi.law.verdict import Ground, GroundCode, Permit, Verdict

StepCode = Literal["day", "standing", "number_use", "linkage", "purpose", "assessment", "conditions"]
Mark = Literal["holds", "fails", "open"]

LINKAGE_STEP: Final[StepCode] = "linkage"
STEPS: Final[Mapping[GroundCode, StepCode]] = MappingProxyType(
    {
        GroundCode.LAW_NOT_KNOWN: "day",
        **dict.fromkeys((code for code in GroundCode if code.endswith(("-not-registered", "-suspended", "-without-capacity"))), "standing"),
        GroundCode.SAME_INSTITUTION: "standing",
        **dict.fromkeys(
            (
                GroundCode.NO_NUMBER_USE,
                GroundCode.NOT_A_NUMBER_USER,
                GroundCode.CROSSWALK_NOT_REVIEWED,
                GroundCode.ORDINANCE_NOT_SHOWN,
                GroundCode.ORDINANCE_NOT_IN_FORCE,
                GroundCode.ORDINANCE_FIELD_CLOSED,
                GroundCode.ORDINANCE_OF_ANOTHER,
            ),
            "number_use",
        ),
        **dict.fromkeys((code for code in GroundCode if code.startswith(("purpose-item-", "relation-")) or code.endswith("-in-purpose")), "purpose"),
        GroundCode.DETAIL_NOT_LOADED: "purpose",
        GroundCode.INQUIRER_ASSESSMENT: "assessment",
        GroundCode.PROVIDER_ASSESSMENT: "assessment",
        GroundCode.CONSENT_MISSING: "conditions",
        GroundCode.PERIOD_EMPTY: "conditions",
    }
)
"""The step of the decision that finds each ground; every other ground is one of the linkage step."""

ORDER: Final[tuple[StepCode, ...]] = ("day", "standing", "number_use", "linkage", "purpose", "assessment", "conditions")


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of the decision: whether it holds, on which places, and which grounds it found; `open` where there was nothing to check."""

    code: StepCode
    mark: Mark
    citations: tuple[str, ...]
    grounds: tuple[Ground, ...]


class Story(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A verdict with the steps that led to it; `affair` is the wording of the row that was found, empty where none was."""

    question: Question
    verdict: Verdict
    affair: str
    steps: tuple[Step, ...]


def tell(asked: Asked, tables: Tables, policy: Policy = COMMAND) -> Story:
    """Decide a question and lay the decision out; it is the verdict of `decide` itself, nothing decided anew."""
    verdict = decide(asked.question, tables, asked.facts, asked.on, policy)
    era = tables.era(asked.on)
    found = find(asked.question.affair, era, tables, policy) if era is not None else None
    grounds = () if isinstance(verdict, Permit) else verdict.grounds
    by_step = {code: tuple(one for one in grounds if STEPS.get(one.code, LINKAGE_STEP) == code) for code in ORDER}
    day_fails = bool(by_step["day"])
    steps = tuple(Step(code, _mark(code, by_step, found, asked.question, day_fails), (), by_step[code]) for code in ORDER)
    placed = tuple(msgspec.structs.replace(step, citations=_citations(step, verdict, found)) for step in steps)
    return Story(asked.question, verdict, found.row.row.affair if found and found.row else "", placed)


def _mark(code: StepCode, grounds: Mapping[StepCode, tuple[Ground, ...]], found: Found | None, question: Question, day_fails: bool) -> Mark:
    if grounds[code]:
        return "fails"
    if day_fails and code != "day":
        return "open"
    nothing = found is None or found.row is None
    by_ordinance = isinstance(question.affair, OrdinanceRef)
    if code == "number_use" and not by_ordinance and nothing and grounds["linkage"] and (found is None or not found.number_use.citations):
        return "open"
    # A 号 is read for items that the row carries, so where the row fails nothing is said about it.
    return "open" if code == "purpose" and (nothing or question.purpose_item is None or grounds["linkage"]) else "holds"


def _citations(step: Step, verdict: Verdict, found: Found | None) -> tuple[str, ...]:
    """The places that a step rests on: those of the row that was found, and of a permit whatever else stands in its basis."""
    if step.mark != "holds" or found is None:
        return ()
    basis = verdict.basis if isinstance(verdict, Permit) else ()
    use = found.number_use.citations
    row = found.row.basis if found.row else ()
    match step.code:
        case "number_use":
            return use
        case "linkage":
            return tuple(one for one in row if one not in use) or basis
        case "purpose":
            return tuple(one for one in basis if one not in row)
    return ()


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What stands at one citation.

    `row`, `purpose` and `entry` narrow down to what is cited; a place of a statute that no table holds has only its name and its page.
    `stays` are the rows in which the affair stood before and after; `crossing` ties a linkage row to number use.
    """

    citation: str
    said: Text
    link: str
    effective_on: date | None = None
    until: date | None = None
    verified_until: date | None = None
    row: Row | None = None
    purpose: Purpose | None = None
    entry: Entry | None = None
    stays: tuple[Stay, ...] = ()
    crossing: Crossing | None = None
    rechecks: tuple[Recheck, ...] = ()


def look_up(citation: str, tables: Tables) -> Place:
    """The words at a citation, since when, where they were read, and what is doubtful about them.

    Malformed("citation-unknown") for what is no citation; Unknown("citation-not-held") for a row, 号 or イロハ that the tables do not have.
    """
    said, page = describe(citation), link(citation)
    source, _, place = citation.partition("#")
    for revision in tables.book.revisions:
        if revision.source == source:
            for row in revision.rows:
                if citation in (row.citation, _article(row)):
                    return _place(tables, revision, row, None, None, citation)
                for purpose in row.purposes:
                    entry = next((entry for entry in purpose.entries if entry.citation == citation), None)
                    if purpose.citation == citation or entry is not None:
                        return _place(tables, revision, row, purpose, entry if purpose.citation != citation else None, citation)
    if "/" in place or "@" in source:
        raise Unknown("citation-not-held", citation[:200], "citation")
    return Place(citation=citation, said=said, link=page)


def _article(row: Row) -> str:
    """The citation of the article that details the row; empty where no detail is held."""
    source, _, place = row.purposes[0].citation.partition("#") if row.purposes else ("", "", "")
    return f"{source}#{place.partition('-')[0]}" if place else ""


def _place(tables: Tables, revision: Revision, row: Row, purpose: Purpose | None, entry: Entry | None, citation: str) -> Place:
    return Place(
        citation=citation,
        said=describe(citation),
        link=link(citation),
        effective_on=revision.effective_on,
        until=revision.until,
        verified_until=tables.verified_until,
        row=row,
        purpose=purpose,
        entry=entry,
        stays=tables.history(tables.affair_of(row.citation)),
        crossing=next((one for one in tables.book.crosswalk if (one.source, one.row) == (revision.source, row.label)), None)
        if revision.kind != "number_use"
        else None,
        rechecks=tuple(check for check in tables.book.rechecks if check.source == revision.source and check.law in row.laws),
    )


__all__ = ["LINKAGE", "ORDER", "STEPS", "Place", "Step", "Story", "look_up", "tell"]
