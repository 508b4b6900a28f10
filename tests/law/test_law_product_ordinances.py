"""The product for ordinances: each ground of Art. 9(2) and 19(9) in the tables of each day, each stage, and the day on which each date counts.

The ordinance of each day is made from the first row of its tables, and what is expected is read from the dates that are written here.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

import msgspec
import pytest

from enishi.law import Consent, Facts, GroundCode, OrdinanceRef, Party, Permit, Policy, Question, Refusal, Relation, decide, load
from enishi.law.ordinance.form import Cessation, Compared, Filing, Judgement, Limit, Ordinance, OrdinanceAffair, Wanted
from law.test_law_matrix import IN_ORDER
from law.test_law_product import DAYS, ITEMS, OF_ORDINANCES, ROWS, TABLES_OF_2022, plain, row_of_other_day, tables_of

CODE: Final = "999999"
A_DAY: Final = timedelta(days=1)
OTHER: Final = "だれの資格でもない"
TAX: Final = "地方税関係情報"
BEYOND: Final = "どの項にもない情報"
USE, LINKED, LIKEWISE = (f"425AC0000000027#{place}" for place in ("9-2", "19-1-9", "26"))
C = GroundCode


class World(msgspec.Struct, frozen=True):
    """A question of a municipality for its own affair, its ordinance, what the provider keeps back, and whether the person agreed."""

    question: Question
    affair: OrdinanceAffair
    limits: tuple[Limit, ...] = ()
    consent: Consent = Consent.NOT_GIVEN
    shown: bool = True

    def verdict(self, day: date) -> Permit | Refusal:
        own = Ordinance(1, CODE, "試験市", "試験市個人番号の利用に関する条例", (self.affair,))
        provider = Ordinance(1, "888888", "試験町", "試験町個人番号の利用に関する条例", (), limits=self.limits)
        known = msgspec.structs.replace(IN_ORDER, consent=self.consent, ordinances=(own, provider) if self.shown else (provider,))
        assert isinstance(known, Facts)
        return decide(self.question, load(), known, day, policy(day))


def policy(day: date) -> Policy:
    """At item level where the tables of the day hold detail."""
    return ROWS if day == TABLES_OF_2022 else ITEMS


def judged(day: date, **parts: Any) -> Judgement:
    return msgspec.structs.replace(Judgement(True, "おおむね同一", "試験部長", day - 9 * A_DAY), **parts)


def world(day: date, row: Any = None, asked: Question | None = None) -> World:
    """Published on that very day, compared with the first row of the tables: nothing stands against it."""
    if row is None or asked is None:
        row, asked = plain(day)
    compared = Compared(row.citation.partition("#")[0], row.label, judged(day), judged(day), asked.purpose_item or "")
    filing = Filing(
        "新規", day - 3 * A_DAY, (compared,), (Wanted(asked.provider.capacities[0], asked.items),), day - 2 * A_DAY, True, day - A_DAY, day
    )
    affair = OrdinanceAffair("1", "試験の医療費の助成に関する事務", "市町村長", "社会保障", "第4条", date(2016, 1, 1), "試験", filings=(filing,))
    provider = Party(asked.provider.capacities, "888888")
    question = Question(Party(("市町村長",), CODE), OrdinanceRef(f"{CODE}/1"), provider, asked.items, None, asked.relation)
    return World(question, affair)


def asking(day: date, **parts: Any) -> World:
    base = world(day)
    return msgspec.structs.replace(base, question=msgspec.structs.replace(base.question, **parts))


def affair_with(base: World, **parts: Any) -> World:
    return msgspec.structs.replace(base, affair=msgspec.structs.replace(base.affair, **parts))


def filing_with(base: World, **parts: Any) -> World:
    return affair_with(base, filings=(msgspec.structs.replace(base.affair.filings[0], **parts),))


def compared_with(base: World, **parts: Any) -> World:
    return filing_with(base, compared=(msgspec.structs.replace(base.affair.filings[0].compared[0], **parts),))


def elsewhere(day: date) -> World:
    other = row_of_other_day(day)
    return compared_with(world(day), source=other.source, row=other.row)


def beyond_item(day: date) -> World:
    return filing_with(asking(day, items=(BEYOND,)), wanted=(Wanted(plain(day)[1].provider.capacities[0], (BEYOND,)),))


def beyond_provider(day: date) -> World:
    return filing_with(asking(day, provider=Party((OTHER,), "888888")), wanted=(Wanted(OTHER, plain(day)[1].items),))


def limited(day: date, declared: date, effective: date) -> World:
    return msgspec.structs.replace(world(day), limits=(Limit(plain(day)[1].items, "第7条", declared, effective),))


def taxing(day: date) -> World:
    """The first row that gives tax information, and where detail is held the first 号 and relation that do."""
    for row in tables_of(day)["linkage"].rows:
        for grant in row.grants:
            asked = Question(Party(()), OrdinanceRef(""), Party(grant.providers[:1]), (TAX,))
            if TAX in grant.items and not row.purposes:
                return world(day, row, asked)
            for purpose in row.purposes if TAX in grant.items else ():
                for entry in purpose.entries:
                    if TAX in entry.items and entry.relations:
                        return world(day, row, msgspec.structs.replace(asked, purpose_item=purpose.item, relation=Relation(entry.relations[0])))
    raise AssertionError(day)


MADE: Final[dict[GroundCode, tuple[str, Callable[[date], World]]]] = {
    C.ORDINANCE_NOT_SHOWN: (USE, lambda day: msgspec.structs.replace(world(day), shown=False)),
    C.ORDINANCE_NOT_IN_FORCE: (USE, lambda day: affair_with(world(day), effective_on=day + A_DAY)),
    C.ORDINANCE_FIELD_CLOSED: (USE, lambda day: affair_with(world(day), field="その他の事務")),
    C.ORDINANCE_OF_ANOTHER: (USE, lambda day: asking(day, inquirer=Party(("市町村長",), "777777"))),
    C.ORDINANCE_NOT_ACCEPTED: (LINKED, lambda day: affair_with(world(day), filings=())),
    C.ORDINANCE_NOT_COMPARED: (LINKED, elsewhere),
    C.ORDINANCE_PURPOSE_UNLIKE: (LINKED, lambda day: compared_with(world(day), purpose=judged(day, same=False))),
    C.ORDINANCE_CONTENT_UNLIKE: (LINKED, lambda day: compared_with(world(day), content=judged(day, same=False))),
    C.ORDINANCE_ITEM_NOT_FILED: (LINKED, lambda day: filing_with(world(day), wanted=(Wanted(plain(day)[1].provider.capacities[0], (BEYOND,)),))),
    C.ORDINANCE_ITEM_BEYOND: (LINKED, beyond_item),
    C.ORDINANCE_PROVIDER_BEYOND: (LINKED, beyond_provider),
    C.PROVIDER_LIMITED: (LIKEWISE, lambda day: limited(day, day, day)),
    C.CONSENT_MISSING: (LINKED, taxing),
}
NEVER: Final = {(C.ORDINANCE_FIELD_CLOSED, day): "Art. 9(2) reaches every field from 2024-05-27" for day in DAYS[1:]}


def test_every_ground_of_ordinances_is_made() -> None:
    assert set(MADE) == OF_ORDINANCES | {C.CONSENT_MISSING}


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_affair_that_all_of_them_change_is_lawful_in_itself(day: date) -> None:
    verdict, (row, asked) = world(day).verdict(day), plain(day)
    assert isinstance(verdict, Permit), verdict
    entries = tuple(
        entry.citation
        for purpose in row.purposes
        if purpose.item == asked.purpose_item
        for entry in purpose.entries
        if asked.items[0] in entry.items and asked.relation in entry.relations
    )
    assert verdict.basis == (LINKED, f"ordinance{CODE}@2016-01-01#affair/1", USE, row.citation, *entries)
    assert [condition.code for condition in verdict.conditions][:2] == ["ordinance-papers", "compared-affair"]


@pytest.mark.parametrize(("code", "day"), [(code, day) for code in MADE for day in DAYS], ids=lambda one: str(one))
def test_a_ground_of_ordinances_occurs_in_the_tables_of_the_day_or_cannot(code: GroundCode, day: date) -> None:
    place, made = MADE[code]
    verdict = made(day).verdict(day)
    if (code, day) in NEVER:
        assert isinstance(verdict, Permit)
        return
    assert isinstance(verdict, Refusal)
    assert [ground.citation for ground in verdict.grounds if ground.code is code] == [place]


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_tax_information_under_an_ordinance_is_given_with_consent_alone(day: date) -> None:
    assert isinstance(taxing(day).verdict(day), Refusal)
    verdict = msgspec.structs.replace(taxing(day), consent=Consent.GIVEN).verdict(day)
    assert isinstance(verdict, Permit), verdict
    assert "consent-given" in [condition.code for condition in verdict.conditions]


STAGES: Final[dict[str, Callable[[World, date], World]]] = {
    "not_filed": lambda base, day: filing_with(base, filed_on=day + A_DAY, found_on=None, accepted=False, notified_on=None, published_on=None),
    "filed": lambda base, day: filing_with(base, found_on=None, accepted=False, notified_on=None, published_on=None),
    "not_accepted": lambda base, day: filing_with(base, accepted=False, notified_on=None, published_on=None),
    "found": lambda base, day: filing_with(base, notified_on=None, published_on=None),
    "notified": lambda base, day: filing_with(base, published_on=None),
    "ceased": lambda base, day: affair_with(base, cessation=Cessation(day)),
    "disordered": lambda base, day: filing_with(base, notified_on=day - 9 * A_DAY),
}


@pytest.mark.parametrize(("stage", "day"), [(stage, day) for stage in STAGES for day in DAYS], ids=str)
def test_no_stage_but_published_links(stage: str, day: date) -> None:
    verdict = STAGES[stage](world(day), day).verdict(day)
    assert isinstance(verdict, Refusal)
    told = [ground.about for ground in verdict.grounds if ground.code is C.ORDINANCE_NOT_ACCEPTED]
    assert told == [(f"{CODE}/1", stage)]


Dated = Callable[[date, date], World]
"""A world of the day, in which the one fact is dated by the second argument."""
OPENS: Final[dict[str, Dated]] = {
    "施行日": lambda day, when: affair_with(world(day), effective_on=when),
    "公表日": lambda day, when: filing_with(world(day), published_on=when),
    "趣旨の判断日": lambda day, when: compared_with(world(day), purpose=judged(day, on=when)),
    "内容の判断日": lambda day, when: compared_with(world(day), content=judged(day, on=when)),
}
CLOSES: Final[dict[str, Dated]] = {
    "失効日": lambda day, when: affair_with(world(day), until=when),
    "中止の届出日": lambda day, when: affair_with(world(day), cessation=Cessation(when)),
    "限定の申出日": lambda day, when: limited(day, when, day - 9 * A_DAY),
    "限定の施行日": lambda day, when: limited(day, day - 9 * A_DAY, when),
}


@pytest.mark.parametrize(("name", "day"), [(name, day) for name in (*OPENS, *CLOSES) for day in DAYS], ids=str)
def test_each_date_counts_from_its_own_day(name: str, day: date) -> None:
    made = (OPENS | CLOSES)[name]
    on_the_day, the_day_after = made(day, day).verdict(day), made(day, day + A_DAY).verdict(day)
    assert isinstance(on_the_day, Permit if name in OPENS else Refusal)
    assert isinstance(the_day_after, Refusal if name in OPENS else Permit)


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_a_change_counts_from_its_own_publication_and_until_then_the_filing_before_it(day: date) -> None:
    """The change takes the item out of what is asked."""
    base = world(day)
    (first,) = base.affair.filings
    change = msgspec.structs.replace(first, kind="変更", filed_on=day - A_DAY, found_on=day, notified_on=day, wanted=(Wanted(OTHER, (BEYOND,)),))
    for published, kind in ((None, Permit), (day + A_DAY, Permit), (day, Refusal)):
        filings = (msgspec.structs.replace(first, published_on=day - A_DAY), msgspec.structs.replace(change, published_on=published))
        assert isinstance(affair_with(base, filings=filings).verdict(day), kind)
