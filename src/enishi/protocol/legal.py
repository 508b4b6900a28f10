"""From a signed statement and the registry snapshot to law's question, and from law's answer to the form that travels and is recorded."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final, NamedTuple

from enishi.errors import Malformed
from enishi.law import Permit, Refusal, decide_many
from enishi.law.assessment import AssessedFile, assess
from enishi.law.ordinance.form import Ordinance, find_affair
from enishi.law.question import AffairRef as LawAffair
from enishi.law.question import Assessment, Consent, Delegation, Facts, OrdinanceRef, Party, Period, Policy, Question, RowRef, Standing
from enishi.law.relation import Relation
from enishi.law.tables import Tables
from enishi.protocol import registry
from enishi.protocol.record import GroundShown
from enishi.protocol.registry import Capacity, Institution, Snapshot
from enishi.protocol.rows import Row, ShownRow
from enishi.protocol.statement import AffairRef, Statement
from enishi.protocol.verdict import Verdict

_YEAR: Final = re.compile(r"(\d{4})", re.ASCII)
_ORDINANCE: Final = re.compile(r"ordinance([0-9]{6})")
_MONTHS: Final = re.compile(r"(\d{4})-(\d{2})/(\d{4})-(\d{2})", re.ASCII)


PARTIES: Final = 4096
"""Parties of which law's view is kept under one snapshot; who asks about ever other affairs begins them anew, and does not fill the memory."""


class Parties(NamedTuple):
    """The inquirer, the provider and the facts about both, as law sees them on a day."""

    asks: Party
    gives: Party
    facts: Facts


class Jurist:
    """Law's tables and the installation's policy; decides statement rows."""

    def __init__(self, tables: Tables, policy: Policy) -> None:
        """The tables that this role carries itself."""
        self._tables = tables
        self._policy = policy
        self._names: dict[tuple[AffairRef, str], str] = {}
        self._known: tuple[Snapshot | None, dict[tuple[str, str, AffairRef, date], Parties]] = (None, {})

    @property
    def digest(self) -> bytes:
        """Digest of the law data, 32 bytes."""
        return self._tables.digest

    def decide(self, statement: Statement, row: Row | ShownRow, snapshot: Snapshot, on: date) -> Permit | Refusal:
        """Law's verdict on one row; Malformed for a relation or period that is none."""
        return next(self.decide_rows(statement, (row,), snapshot, on))

    def decide_rows(self, statement: Statement, rows: Iterable[Row | ShownRow], snapshot: Snapshot, on: date) -> Iterator[Permit | Refusal]:
        """Law's verdict on each row of one statement, in order: parties and facts are the same for all; Malformed as for one."""
        asks, gives, facts = self._parties(statement, snapshot, on)
        affair, purpose, items = affair_of(statement.affair), statement.purpose_item or None, statement.items
        questions = (Question(asks, affair, gives, items, purpose, relation_of(row.relation), period_of(row.period)) for row in rows)
        return decide_many(questions, self._tables, facts, on, self._policy)

    def _parties(self, statement: Statement, snapshot: Snapshot, on: date) -> Parties:
        # They follow from snapshot, institutions, affair and day alone. Another snapshot, which a suspension makes too, knows of none of them.
        of, known = self._known
        if of is not snapshot or len(known) >= PARTIES:
            # Both change hands at once: another thread that still decides under the snapshot before must not put its parties among these.
            self._known = _, known = (snapshot, {})
        key = (statement.inquirer, statement.provider, statement.affair, on)
        if key not in known:
            inquirer, provider = snapshot.institution(statement.inquirer, "inquirer"), snapshot.institution(statement.provider, "provider")
            known[key] = Parties(party_of(inquirer, on), party_of(provider, on), _facts(statement, inquirer, provider, on))
        return known[key]

    def affair_name(self, affair: AffairRef, purpose_item: str, snapshot: Snapshot) -> str:
        """The affair's words in the law: of the 号 where it is known, else of the row, else empty; an ordinance affair's from the registry."""
        if _ORDINANCE.fullmatch(affair.source):
            return _ordinance_name(affair, snapshot)
        key = (affair, purpose_item)
        if key not in self._names:
            self._names[key] = self._find_name(affair, purpose_item)
        return self._names[key]

    def _find_name(self, affair: AffairRef, purpose_item: str) -> str:
        for revision in self._tables.book.revisions:
            if revision.source != affair.source:
                continue
            for row in revision.rows:
                if row.label == affair.row:
                    return next((purpose.affair for purpose in row.purposes if purpose.item == purpose_item), row.affair)
        return ""


def _facts(statement: Statement, inquirer: Institution, provider: Institution, on: date) -> Facts:
    return Facts(
        inquirer_standing=standing_of(inquirer),
        provider_standing=standing_of(provider),
        inquirer_assessment=assessment_of(inquirer, statement.affair, on),
        provider_assessment=assessment_of(provider, statement.affair, on),
        consent=Consent.NOT_GIVEN,
        ordinances=own_ordinances(inquirer) + own_ordinances(provider),
    )


def affair_of(affair: AffairRef) -> LawAffair:
    """The affair as law names it: `ordinanceCODE` with a number is an affair of that local government's ordinance, all else a row of a table."""
    if code := _ORDINANCE.fullmatch(affair.source):
        return OrdinanceRef(f"{code[1]}/{affair.row}")
    return RowRef(affair.source, affair.row)


def own_ordinances(institution: Institution) -> tuple[Ordinance, ...]:
    """What the institution may have entered: ordinances of its own, nobody else's."""
    return tuple(one for one in institution.ordinances if one.code == institution.id) if institution.ordinances else ()


def _ordinance_name(affair: AffairRef, snapshot: Snapshot) -> str:
    institution = snapshot.by_id.get(affair.source.removeprefix("ordinance"))
    shown = find_affair(own_ordinances(institution), f"{institution.id}/{affair.row}") if institution is not None else None
    return shown.affair.name if shown is not None else ""


def policy_of(proposals: str, law_edge: str) -> Policy:
    """The mesh's policy: item level always; proposals and law edge as the installation was started."""
    return Policy(demand="item", law_edge="mark" if law_edge == "mark" else "refuse", proposals="count" if proposals == "on" else "ignore")


def party_of(institution: Institution, on: date) -> Party:
    """An institution of the registry as law sees it on a day."""
    return party_of_capacities(institution.id, institution.capacities, on)


def party_of_capacities(institution: str, capacities: Sequence[Capacity], on: date) -> Party:
    """An institution as law sees it on a day: the capacities valid then, and those delegated to it."""
    valid = [one for one in capacities if one.effective_on <= on and (one.until is None or on < one.until)]
    delegations = tuple(Delegation(one.delegated_by, one.law, one.effective_on, one.until, one.citation) for one in valid if one.delegated_by)
    return Party(tuple(one.name for one in valid), institution, delegations)


def relation_of(text: str) -> Relation | None:
    """The coded relation; None for none; Malformed("relation-unknown")."""
    if not text:
        return None
    try:
        return Relation(text)
    except ValueError:
        raise Malformed("relation-unknown", text[:40], "relation") from None


def period_of(text: str) -> Period | None:
    """A fiscal year `2024` (from 1 April) or months `2024-04/2025-03` (both included); None for none; Malformed("period-unreadable")."""
    if not text:
        return None
    try:
        if year := _YEAR.fullmatch(text):
            return Period(date(int(year[1]), 4, 1), date(int(year[1]) + 1, 4, 1))
        if months := _MONTHS.fullmatch(text):
            first, last = date(int(months[1]), int(months[2]), 1), date(int(months[3]), int(months[4]), 1)
            return Period(first, date(last.year + last.month // 12, last.month % 12 + 1, 1))
    except ValueError:
        pass
    raise Malformed("period-unreadable", text[:40], "period")


def verdict_of(decision: Permit | Refusal) -> Verdict:
    """The verdict as a report: citations, grounds in both languages, remedies, and every doubt or mode as a mark."""
    marks = [f"doubt:{doubt.code}" for doubt in decision.doubts]
    marks += ["proposals"] if decision.proposals else []
    marks += ["law_edge"] if decision.law_edge else []
    if isinstance(decision, Permit):
        return Verdict(permit=True, basis=decision.basis, grounds=(), marks=tuple(marks))
    grounds = tuple(
        GroundShown(ground.code.value, ground.citation, {"ja": ground.message.ja, "en": ground.message.en}) for ground in decision.grounds
    )
    remedies = {
        (remedy.code.value, remedy.message.ja): {
            "code": remedy.code.value,
            "citation": remedy.citation,
            "ja": remedy.message.ja,
            "en": remedy.message.en,
        }
        for ground in decision.grounds
        for remedy in ground.remedies
    }
    return Verdict(permit=False, basis=(), grounds=grounds, marks=tuple(marks), remedies=tuple(remedies.values()))


def standing_of(institution: Institution) -> Standing:
    """How the institution stands by the registry."""
    return Standing.SUSPENDED if institution.suspended else Standing.REGISTERED


def assessment_of(institution: Institution, affair: AffairRef, on: date) -> Assessment:
    """How the institution's assessment for this affair stands on the day: published in the kind due, exempt, or why not (Art. 28(6))."""
    entries = [one for one in institution.assessments if one.source == affair.source and one.row == affair.row]
    if not entries:
        return Assessment.UNPUBLISHED
    newest = max(entries, key=lambda one: (one.published_on <= on, one.published_on))
    if not (newest.kind or newest.exempt) and newest.published_on <= on:
        # An entry of 0.1.0: exchange and commission signed that the assessment was published, and nothing that could be judged anew.
        return Assessment.PUBLISHED
    capacities = tuple(one.name for one in institution.capacities if one.effective_on <= on and (one.until is None or on < one.until))
    return assess(tuple(map(_file_of, entries)), capacities, on)


def _file_of(one: registry.Assessment) -> AssessedFile:
    return AssessedFile(
        published_on=one.published_on,
        kind=one.kind,
        persons=one.persons,
        staff=one.staff,
        incident_on=one.incident_on,
        exempt=one.exempt,
        outdated_on=one.outdated_on,
    )
