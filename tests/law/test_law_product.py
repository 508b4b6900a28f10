"""The product: every kind of basis and every ground of a refusal, in the tables of each day, or the reason why it cannot occur there.

The questions are made from the rows, and what is expected of them is read from the rows too, by eye and by the few lines below; nothing here
is taken from what `decide` once answered.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final, NamedTuple

import msgspec
import pytest

from enishi.law import (
    Assessment,
    Consent,
    Delegation,
    Facts,
    GroundCode,
    LawRef,
    OrdinanceRef,
    Party,
    Period,
    Permit,
    Policy,
    Question,
    Refusal,
    Relation,
    RowRef,
    Standing,
    Tables,
    decide,
    load,
)
from enishi.law.model import Revision, Row
from law.casebook import ORDINANCES
from law.test_law_matrix import IN_ORDER

BOOK = load().book
DAYS: Final = (date(2022, 6, 17), date(2024, 5, 27), date(2026, 10, 1))
TABLES_OF_2022, ORDER_DAYS = DAYS[0], DAYS[1:]
"""The third is beyond the last verified day: its table of number use is held, and the order of the second day goes on."""
ROWS: Final = Policy(demand="row", law_edge="mark")
ITEMS: Final = Policy(demand="item", law_edge="mark")
OTHER: Final = "だれの資格でもない"
GIVEN: Final = msgspec.structs.replace(IN_ORDER, consent=Consent.GIVEN, ordinances=ORDINANCES)


def tables_of(day: date) -> dict[str, Revision]:
    """The revisions in force, by kind, read from the book alone."""
    return {one.kind: one for one in BOOK.revisions if one.effective_on <= day and (one.until is None or day < one.until)}


class Asked(NamedTuple):
    """A question with its facts and policy, and the citation that its first ground of the code must have ("" where any will do)."""

    question: Question
    facts: Facts = IN_ORDER
    policy: Policy = ITEMS
    tables: Tables = load()
    place: str = ""


def plain(day: date) -> tuple[Row, Question]:
    """The first row of the day that gives one item to one inquirer, and the question for it; with 号 and relation where detail is held."""
    for row in tables_of(day)["linkage"].rows:
        source = row.citation.partition("#")[0]
        for grant in row.grants:
            asked = Question(Party(row.parties[:1], "甲"), RowRef(source, row.label), Party(grant.providers[:1], "乙"), grant.items[:1])
            if not row.purposes:
                return row, asked
            for purpose in row.purposes:
                for entry in purpose.entries:
                    if grant.items[0] in entry.items and entry.relations and not purpose.inquirers:
                        relation = Relation(entry.relations[0])
                        return row, msgspec.structs.replace(asked, purpose_item=purpose.item, relation=relation)
    raise AssertionError(day)


def changed(day: date, **parts: object) -> Question:
    return msgspec.structs.replace(plain(day)[1], **parts)


def facts(**parts: object) -> Facts:
    return msgspec.structs.replace(IN_ORDER, **parts)


def number_rows(day: date, row: Row) -> tuple[str, ...]:
    """The rows of the day's number-use table that the crosswalk names, found again by their words where the table is a later one."""
    source = row.citation.partition("#")[0]
    crossing = next(one for one in BOOK.crosswalk if (one.source, one.row) == (source, row.label))
    begun = next(one for one in BOOK.revisions if one.kind == "linkage" and row in one.rows).effective_on
    words = [one.affair for one in tables_of(begun)["number_use"].rows if one.label in crossing.number_use]
    return tuple(one.citation for one in tables_of(day)["number_use"].rows if one.affair in words)


def shared_law(day: date) -> str:
    """A law that several rows of the day stand on."""
    laws = [law for row in tables_of(day)["linkage"].rows for law in row.laws]
    return next(law for law in laws if laws.count(law) > 1)


def row_of_other_day(day: date) -> RowRef:
    other = tables_of(DAYS[1] if day == TABLES_OF_2022 else TABLES_OF_2022)["linkage"].rows[0]
    return RowRef(other.citation.partition("#")[0], other.label)


def taxed(day: date) -> Asked:
    """A row that gives tax information, named by a notice as one that needs consent."""
    for row in tables_of(day)["linkage"].rows:
        for grant in row.grants:
            if "地方税関係情報" in grant.items:
                affair = RowRef(row.citation.partition("#")[0], row.label)
                asked = Question(Party(row.parties[:1], "甲"), affair, Party(grant.providers[:1], "乙"), ("地方税関係情報",))
                return Asked(asked, facts(consent_affairs=(row.citation,)), ROWS, place="325AC0000000226#22")
    raise AssertionError(day)


def bound(day: date) -> Asked:
    """A 号 that is open to some of its row's inquirers, asked by another of them."""
    for row in tables_of(day)["linkage"].rows:
        for purpose in row.purposes:
            others = [name for name in row.parties if name not in purpose.inquirers]
            if purpose.inquirers and others and not any(name in one.implies for one in BOOK.implications for name in purpose.inquirers):
                affair = RowRef(row.citation.partition("#")[0], row.label)
                item = purpose.entries[0].items[0]
                asked = Question(Party((others[0],), "甲"), affair, Party(row.grants[0].providers[:1], "乙"), (item,), purpose.item)
                return Asked(asked, place=purpose.citation)
    raise AssertionError(day)


def in_another_purpose(day: date) -> Asked:
    """An item of the row that none of the entries of one of its 号 gives."""
    for row in tables_of(day)["linkage"].rows:
        given = {item for grant in row.grants for item in grant.items}
        for purpose in row.purposes:
            left = sorted(given - {item for entry in purpose.entries for item in entry.items})
            if left:
                affair = RowRef(row.citation.partition("#")[0], row.label)
                asked = Question(Party(row.parties[:1], "甲"), affair, Party(row.grants[0].providers[:1], "乙"), (left[0],), purpose.item)
                return Asked(msgspec.structs.replace(asked, relation=Relation.APPLICANT), place=purpose.citation)
    raise AssertionError(day)


def about_another(day: date) -> Asked:
    """The relation that no entry with the item names, where all entries of the 号 are coded."""
    row, asked = plain(day)
    purpose = next(one for one in row.purposes if one.item == asked.purpose_item)
    named = {relation for entry in purpose.entries if asked.items[0] in entry.items for relation in entry.relations}
    return Asked(msgspec.structs.replace(asked, relation=next(one for one in Relation if one.value not in named)), place=purpose.citation)


def uncoded(day: date) -> Asked:
    for row in tables_of(day)["linkage"].rows:
        for purpose in row.purposes:
            for entry in purpose.entries:
                if not entry.relations:
                    affair = RowRef(row.citation.partition("#")[0], row.label)
                    asked = Question(Party(row.parties[:1], "甲"), affair, Party(row.grants[0].providers[:1], "乙"), entry.items[:1], purpose.item)
                    return Asked(msgspec.structs.replace(asked, relation=Relation.COHABITANT), place=purpose.citation)
    raise AssertionError(day)


UNCROSSED: Final = Tables(msgspec.msgpack.encode(msgspec.structs.replace(BOOK, crosswalk=())))
"""In the data every row is crossed (lint holds it); these tables are what they would be without the review."""
Made = Callable[[date], Asked]
C = GroundCode
MADE: Final[dict[GroundCode, Made]] = {
    C.LAW_NOT_KNOWN: lambda day: Asked(plain(day)[1], policy=Policy()),
    C.INQUIRER_NOT_REGISTERED: lambda day: Asked(plain(day)[1], facts(inquirer_standing=Standing.UNREGISTERED)),
    C.INQUIRER_SUSPENDED: lambda day: Asked(plain(day)[1], facts(inquirer_standing=Standing.SUSPENDED)),
    C.INQUIRER_WITHOUT_CAPACITY: lambda day: Asked(changed(day, inquirer=Party((), "甲"))),
    C.PROVIDER_NOT_REGISTERED: lambda day: Asked(plain(day)[1], facts(provider_standing=Standing.UNREGISTERED)),
    C.PROVIDER_SUSPENDED: lambda day: Asked(plain(day)[1], facts(provider_standing=Standing.SUSPENDED)),
    C.PROVIDER_WITHOUT_CAPACITY: lambda day: Asked(changed(day, provider=Party((), "乙"))),
    C.SAME_INSTITUTION: lambda day: Asked(changed(day, provider=msgspec.structs.replace(plain(day)[1].provider, institution="甲"))),
    C.NO_NUMBER_USE: lambda day: Asked(changed(day, affair=LawRef("郵便法")), place="425AC0000000027#9-1"),
    C.NOT_A_NUMBER_USER: lambda day: Asked(changed(day, inquirer=Party((OTHER,), "甲")), place=number_rows(day, plain(day)[0])[-1]),
    C.CROSSWALK_NOT_REVIEWED: lambda day: Asked(plain(day)[1], tables=UNCROSSED, place=plain(day)[0].citation),
    C.NO_LINKAGE_ROW: lambda day: Asked(changed(day, affair=LawRef("郵便法")), place="425AC0000000027#19-1-8"),
    C.AFFAIR_UNKNOWN: lambda day: Asked(changed(day, affair=RowRef("425AC0000000027@2022-06-17", "9999"))),
    C.AFFAIR_AMBIGUOUS: lambda day: Asked(changed(day, affair=LawRef(shared_law(day)))),
    C.AFFAIR_NOT_IN_FORCE: lambda day: Asked(changed(day, affair=row_of_other_day(day))),
    C.NO_ITEMS: lambda day: Asked(changed(day, items=()), place=plain(day)[0].citation),
    C.INQUIRER_NOT_IN_ROW: lambda day: Asked(changed(day, inquirer=Party((OTHER,), "甲")), place=plain(day)[0].citation),
    C.ITEM_NOT_IN_ROW: lambda day: Asked(changed(day, items=("どの項にもない情報",)), place=plain(day)[0].citation),
    C.PROVIDER_NOT_FOR_ITEM: lambda day: Asked(changed(day, provider=Party((OTHER,), "乙")), place=plain(day)[0].citation),
    C.DETAIL_NOT_LOADED: lambda day: Asked(plain(day)[1], place=plain(day)[0].citation),
    C.PURPOSE_ITEM_MISSING: lambda day: Asked(changed(day, purpose_item=None)),
    C.PURPOSE_ITEM_UNKNOWN: lambda day: Asked(changed(day, purpose_item="999")),
    C.INQUIRER_NOT_IN_PURPOSE: bound,
    C.ITEM_NOT_IN_PURPOSE: in_another_purpose,
    C.RELATION_MISSING: lambda day: Asked(changed(day, relation=None)),
    C.RELATION_NOT_IN_PURPOSE: about_another,
    C.RELATION_NOT_CODED: uncoded,
    C.INQUIRER_ASSESSMENT: lambda day: Asked(plain(day)[1], facts(inquirer_assessment=Assessment.UNPUBLISHED), place="425AC0000000027#28-6"),
    C.PROVIDER_ASSESSMENT: lambda day: Asked(plain(day)[1], facts(provider_assessment=Assessment.OUTDATED), place="425AC0000000027#28-6"),
    C.CONSENT_MISSING: taxed,
    C.PERIOD_EMPTY: lambda day: Asked(changed(day, period=Period(day, day)), place="425AC0000000027#22-1"),
}
NO_DETAIL: Final = "of the tables of 2022 no detail is held: there is no 号 and no relation to miss, and the mesh refuses detail-not-loaded"
NEVER: Final[dict[tuple[GroundCode, date], str]] = {
    **{(C.LAW_NOT_KNOWN, day): "tables of this day are held, and it is verified" for day in DAYS[:2]},
    **{(C.DETAIL_NOT_LOADED, day): "every row of the order has an article that details it" for day in ORDER_DAYS},
    **{
        (code, TABLES_OF_2022): NO_DETAIL
        for code in (
            C.PURPOSE_ITEM_MISSING,
            C.PURPOSE_ITEM_UNKNOWN,
            C.INQUIRER_NOT_IN_PURPOSE,
            C.ITEM_NOT_IN_PURPOSE,
            C.RELATION_MISSING,
            C.RELATION_NOT_IN_PURPOSE,
            C.RELATION_NOT_CODED,
        )
    },
}
OF_ORDINANCES: Final = {code for code in GroundCode if code.value.startswith("ordinance-")} | {C.PROVIDER_LIMITED}
"""What was filed about an ordinance, and when, stands in its file: `test_law_product_ordinances` makes these, stage by stage."""


def product() -> Iterator[tuple[GroundCode, date]]:
    return ((code, day) for code in MADE for day in DAYS if (code, day) not in NEVER)


def codes(asked: Asked, day: date) -> dict[GroundCode, list[str]]:
    verdict = decide(asked.question, asked.tables, asked.facts, day, asked.policy)
    found: dict[GroundCode, list[str]] = {}
    for ground in verdict.grounds if isinstance(verdict, Refusal) else ():
        found.setdefault(ground.code, []).append(ground.citation)
    return found


def test_every_ground_is_made_or_belongs_to_ordinances() -> None:
    assert set(MADE) | OF_ORDINANCES == set(GroundCode)
    assert not set(MADE) & OF_ORDINANCES
    assert {code for code, _ in NEVER} <= set(MADE)
    assert set(DAYS) == {one.effective_on for one in BOOK.revisions if one.kind != "proposal"}


@pytest.mark.parametrize(("code", "day"), list(product()), ids=lambda one: str(one))
def test_a_ground_occurs_in_the_tables_of_the_day(code: GroundCode, day: date) -> None:
    asked = MADE[code](day)
    found = codes(asked, day)
    assert code in found
    assert asked.place in (*found[code], "")


@pytest.mark.parametrize(("code", "day"), sorted(NEVER), ids=lambda one: str(one))
def test_a_combination_that_cannot_occur_does_not(code: GroundCode, day: date) -> None:
    """The same change to the question, where the question can be made at all, meets every other ground but this one."""
    try:
        asked = MADE[code](day)
    except (AssertionError, StopIteration):
        return
    assert code not in codes(asked, day)


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_question_that_all_of_them_change_is_lawful_in_itself(day: date) -> None:
    row, asked = plain(day)
    verdict = decide(asked, load(), IN_ORDER, day, ROWS)
    assert isinstance(verdict, Permit)
    entries = tuple(
        entry.citation
        for purpose in row.purposes
        if purpose.item == asked.purpose_item
        for entry in purpose.entries
        if asked.items[0] in entry.items and asked.relation in entry.relations
    )
    assert verdict.basis == ("425AC0000000027#19-1-8", row.citation, "425AC0000000027#9-1", *number_rows(day, row), *entries)
    assert verdict.level == ("row" if day == TABLES_OF_2022 else "item")
    assert bool(entries) is (day != TABLES_OF_2022)


def quasi_statutory(day: date) -> tuple[Question, tuple[str, ...]]:
    """A row of the order that stands on no row of number use: its basis is Art. 9(1) alone."""
    rows = {(one.citation.partition("#")[0], one.label): one for one in tables_of(day)["linkage"].rows}
    crossing = next(one for one in BOOK.crosswalk if one.kind == "quasi_statutory" and (one.source, one.row) in rows)
    row = rows[crossing.source, crossing.row]
    asked = Question(
        Party(row.parties[:1], "甲"), RowRef(crossing.source, row.label), Party(row.grants[0].providers[:1], "乙"), row.grants[0].items[:1]
    )
    return asked, ("425AC0000000027#19-1-8", row.citation, "425AC0000000027#9-1")


def delegated(day: date) -> tuple[Question, tuple[str, ...]]:
    """The plain question, by one to whom the capacity is delegated for a law of the row: the clause is the last of the basis."""
    row, asked = plain(day)
    power = Delegation(row.parties[0], row.laws[0], date(2020, 1, 1), None, "326CO0000000319#69_2")
    by = msgspec.structs.replace(asked, inquirer=Party((OTHER,), "甲", (power,)), purpose_item=None, relation=None)
    return by, ("425AC0000000027#19-1-8", row.citation, "425AC0000000027#9-1", *number_rows(day, row), power.citation)


def proposed(day: date) -> tuple[Question, tuple[str, ...]]:
    row = next(one for one in tables_of(day)["proposal"].rows if _crossed(one))
    source = row.citation.partition("#")[0]
    asked = Question(Party(row.parties[:1], "甲"), RowRef(source, row.label), Party(row.grants[0].providers[:1], "乙"), row.grants[0].items[:1])
    return asked, (row.citation,)


def _crossed(row: Row) -> bool:
    source = row.citation.partition("#")[0]
    return any((one.source, one.row) == (source, row.label) and one.number_use for one in BOOK.crosswalk)


def filed(day: date) -> tuple[Question, tuple[str, ...]]:
    """An ordinance linkage that was published on 2024-09-02, by the reading of its file: asked on a day of that order."""
    asked = Question(Party(("特別区の区長",), "131121"), OrdinanceRef("131121/2"), Party(("市町村長",), "乙"), ("介護保険給付等関係情報",))
    named = msgspec.structs.replace(asked, relation=Relation.ASSISTED_PERSON)
    return named, ("425AC0000000027#19-1-9", "ordinance131121@2024-06-01#affair/2", "425AC0000000027#9-2")


BASES: Final[dict[str, Callable[[date], tuple[Question, tuple[str, ...]]]]] = {
    "quasi-statutory": quasi_statutory,
    "delegated": delegated,
    "proposal": proposed,
    "ordinance": filed,
}
NO_BASIS: Final = {
    ("quasi-statutory", DAYS[0]): "affairs outside the table of number use came with the amendment of 2024-05-27",
    ("proposal", DAYS[0]): "the proposed rows are rows beside the order of 2024-05-27",
    ("ordinance", DAYS[0]): "no ordinance held was filed before 2024-06-03",
    ("ordinance", DAYS[1]): "no ordinance held was filed before 2024-06-03",
}


@pytest.mark.parametrize(("kind", "day"), [(kind, day) for kind in BASES for day in DAYS], ids=str)
def test_a_kind_of_basis_carries_a_permit_on_the_day_or_cannot(kind: str, day: date) -> None:
    policy = Policy(demand="row", law_edge="mark", proposals="count")
    if (kind, day) in NO_BASIS:
        asked, _ = BASES[kind](day if kind == "ordinance" else DAYS[1])
        assert isinstance(decide(asked, load(), GIVEN, day, policy), Refusal)
        return
    asked, begins = BASES[kind](day)
    verdict = decide(asked, load(), GIVEN, day, policy)
    assert isinstance(verdict, Permit), verdict
    assert verdict.basis[: len(begins)] == begins
    assert verdict.basis == begins or kind in ("ordinance", "proposal")
