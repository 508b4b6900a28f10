"""Capacities by definition, powers delegated for a time, revisions by day, and verdicts that two can compare."""

from datetime import date

import msgspec
import pytest

from enishi.law import (
    Assessment,
    Consent,
    Delegation,
    Facts,
    GroundCode,
    LawRef,
    Party,
    Permit,
    Policy,
    Question,
    Refusal,
    Relation,
    RowRef,
    Standing,
    Verdict,
    decide,
    load,
    verdict_digest,
)

ORDER = "506M60004008009@2024-05-27"
DAY = date(2025, 4, 1)
IN_ORDER = Facts(Standing.REGISTERED, Standing.REGISTERED, Assessment.PUBLISHED, Assessment.PUBLISHED, Consent.NOT_GIVEN)
JUSTICE = Party(("法務大臣",), "moj")


def condolence(inquirer: Party, provider: Party = JUSTICE, on: date = DAY) -> Verdict:
    question = Question(inquirer, RowRef(ORDER, "108"), provider, ("戸籍関係情報",), "1", Relation.SURVIVOR)
    return decide(question, load(), IN_ORDER, on)


@pytest.mark.parametrize("capacity", ["市町村長", "市長", "町村長", "特別区の区長", "福祉事務所を管理する町村長", "広島市長"])
def test_heads_of_municipalities_are_what_the_definition_says(capacity: str) -> None:
    assert isinstance(condolence(Party((capacity,))), Permit)


@pytest.mark.parametrize("capacity", ["都道府県知事", "都道府県知事等", "市町村教育委員会", "医療保険者", "市町村", ""])
def test_nobody_else_is_a_head_of_a_municipality(capacity: str) -> None:
    assert isinstance(condolence(Party((capacity,))), Refusal)


def test_a_town_without_a_welfare_office_is_no_prefectural_governor_or_the_like() -> None:
    def welfare(capacity: str) -> Verdict:
        question = Question(Party((capacity,)), RowRef(ORDER, "42"), Party(("市町村長",)), ("地方税関係情報",), "1", Relation.ASSISTED_PERSON)
        return decide(question, load(), IN_ORDER, DAY)

    assert isinstance(welfare("町村長"), Refusal)
    assert isinstance(welfare("福祉事務所を管理する町村長"), Permit)
    assert isinstance(welfare("特別区の区長"), Permit)


POWER = Delegation("法務大臣", "災害弔慰金の支給等に関する法律", date(2024, 4, 1), date(2025, 4, 1), "412CO0000000000#1")


def test_a_power_delegated_is_held_on_its_days_and_cited() -> None:
    verdict = condolence(Party(("市町村長",)), Party(("出入国在留管理庁長官",), "isa", (POWER,)), date(2025, 3, 31))
    assert isinstance(verdict, Permit)
    assert verdict.basis[-1] == POWER.citation


def test_a_power_delegated_ends_with_its_last_day() -> None:
    verdict = condolence(Party(("市町村長",)), Party(("出入国在留管理庁長官",), "isa", (POWER,)), date(2025, 4, 1))
    assert isinstance(verdict, Refusal)
    assert [ground.code for ground in verdict.grounds] == [GroundCode.PROVIDER_NOT_FOR_ITEM]


def test_a_power_delegated_for_another_law_is_none() -> None:
    other = Delegation("法務大臣", "出入国管理及び難民認定法", date(2019, 4, 1), None, "412CO0000000000#1")
    assert isinstance(condolence(Party(("市町村長",)), Party(("出入国在留管理庁長官",), "isa", (other,))), Refusal)


@pytest.mark.parametrize(
    ("on", "rows"),
    [
        (date(2022, 6, 17), "425AC0000000027@2022-06-17"),
        (date(2024, 5, 26), "425AC0000000027@2022-06-17"),
        (date(2024, 5, 27), ORDER),
        (date(2025, 4, 1), ORDER),
    ],
)
def test_the_revision_of_the_day_answers(on: date, rows: str) -> None:
    question = Question(Party(("都道府県知事",)), LawRef("身体障害者福祉法"), Party(("市町村長",)), ("地方税関係情報",))
    verdict = decide(question, load(), IN_ORDER, on, Policy(demand="row"))
    named = verdict.basis if isinstance(verdict, Permit) else [about for ground in verdict.grounds for about in (ground.citation, *ground.about)]
    assert any(citation.startswith(rows) for citation in named), named


def test_a_proposal_marks_every_verdict_of_a_mesh_that_counts_them() -> None:
    question = Question(Party(("市町村長",)), RowRef(ORDER, "108"), JUSTICE, ("戸籍関係情報",), "1", Relation.SURVIVOR)
    assert decide(question, load(), IN_ORDER, DAY, Policy(proposals="count")).proposals
    assert not decide(question, load(), IN_ORDER, DAY).proposals
    assert decide(question, load(), IN_ORDER, date(1999, 1, 1), Policy(proposals="count")).proposals


def test_a_verdict_beyond_the_last_verified_day_is_marked() -> None:
    question = Question(Party(("市町村長",)), RowRef(ORDER, "108"), JUSTICE, ("戸籍関係情報",), "1", Relation.SURVIVOR)
    assert decide(question, load(), IN_ORDER, date(2025, 4, 2), Policy(law_edge="mark")).law_edge
    assert not decide(question, load(), IN_ORDER, DAY, Policy(law_edge="mark")).law_edge


def test_two_who_decide_alike_have_one_digest_and_any_difference_another() -> None:
    permit = condolence(Party(("市町村長",), "a"))
    assert verdict_digest(permit) == verdict_digest(condolence(Party(("市町村長",), "a")))
    assert verdict_digest(permit) != verdict_digest(condolence(Party(("市町村長",), "a"), on=date(2024, 5, 27)))
    assert verdict_digest(permit) != verdict_digest(condolence(Party(("都道府県知事",), "a")))


def test_a_verdict_travels_unchanged() -> None:
    for verdict in (condolence(Party(("市町村長",))), condolence(Party(("都道府県知事",)))):
        carried = msgspec.msgpack.encode(verdict)
        assert msgspec.msgpack.decode(carried, type=Permit | Refusal) == verdict
