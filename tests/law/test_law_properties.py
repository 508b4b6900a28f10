"""Properties of the decision: a row more never takes a permit away, an item less never does, and ordinances obey the same."""

import json
from collections import defaultdict
from datetime import date
from functools import cache

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.law import Consent, OrdinanceRef, Party, Permit, Policy, Question, Refusal, Relation, RowRef, Tables, decide, load
from enishi.law.ordinance.form import Ordinance
from law.casebook import ORDINANCES, ROOT, cases, day_of, facts_of, policy_of, question_of
from law.test_law_matrix import near_questions

CASES = cases()
DAY = date(2025, 2, 3)
IN_ORDER = msgspec.structs.replace(facts_of({}), consent=Consent.GIVEN)
ORDER = "506M60004008009@2024-05-27"
AFFAIRS = [f"{ordinance.code}/{affair.number}" for ordinance in ORDINANCES for affair in ordinance.affairs]
WANTED = sorted(
    {item for one in ORDINANCES for affair in one.affairs for filing in affair.filings for wanted in filing.wanted for item in wanted.items}
)


def _lines(name: str) -> list[dict]:  # type: ignore[type-arg]
    return [json.loads(line) for line in (ROOT / "law-sources" / name).read_text(encoding="utf-8").splitlines()]


OLD = "425AC0000000027@2022-06-17"
OLD_ROWS = {line["row"]: line for line in _lines("provision_table_2022-06-17.jsonl") if not line.get("deleted")}
OLD_IMPLIED: dict[str, set[str]] = defaultdict(set)
for implied in _lines("capacities.jsonl"):
    if implied["effective_on"] <= "2022-10-18" and (implied["until"] is None or implied["until"] > "2022-10-18"):
        OLD_IMPLIED[implied["capacity"]] |= set(implied["implies"])
OLD_NAMES = sorted(
    {name for line in OLD_ROWS.values() for grant in line["grants"] for name in (*line["inquirers"], *grant["providers"])} | set(OLD_IMPLIED)
)


def _held(capacity: str) -> set[str]:
    held, waiting = {capacity}, [capacity]
    while waiting:
        new = OLD_IMPLIED.get(waiting.pop(), set()) - held
        held |= new
        waiting += new
    return held


@st.composite
def old_questions(draw: st.DrawFn) -> Question:
    """Questions of 2022, near a row of the table of that day or beside it."""
    line = OLD_ROWS[draw(st.sampled_from(sorted(OLD_ROWS)))]
    grant = draw(st.sampled_from(line["grants"]))
    near = draw(st.integers(0, 5))
    return Question(
        inquirer=Party((draw(st.sampled_from(line["inquirers"] if near else OLD_NAMES)),), "a"),
        affair=RowRef(OLD, line["row"] if near != 1 else draw(st.sampled_from(sorted(OLD_ROWS)))),
        provider=Party((draw(st.sampled_from(grant["providers"] if near != 2 else OLD_NAMES)),), "b"),
        items=(draw(st.sampled_from(grant["items"])), *(grant["items"][:1] if near == 3 else ())),
    )


@settings(max_examples=300, deadline=None)
@given(old_questions())
def test_in_2022_nothing_is_permitted_that_the_transcription_does_not_carry(question: Question) -> None:
    """At row level, for that table has no detail; number use may still refuse what the row carries, never the other way round."""
    if isinstance(decide(question, load(), IN_ORDER, date(2022, 10, 18), Policy(demand="row")), Refusal):
        return
    assert isinstance(question.affair, RowRef)
    line, given_by = OLD_ROWS[question.affair.row], _held(question.provider.capacities[0])
    assert _held(question.inquirer.capacities[0]) & set(line["inquirers"])
    assert all(any(item in grant["items"] and given_by & set(grant["providers"]) for grant in line["grants"]) for item in question.items)


@cache
def widened(at: int) -> Tables:
    """The tables with one linkage row twice: the copy under a label of its own, open to everybody for everything that the order knows."""
    book = load().book
    order = next(revision for revision in book.revisions if revision.source == ORDER)
    items = tuple(sorted({item for row in order.rows for grant in row.grants for item in grant.items}))
    parties = tuple(sorted({name for row in order.rows for name in row.parties}))
    model = order.rows[at % len(order.rows)]
    grant = msgspec.structs.replace(model.grants[0], providers=parties, items=items)
    row = msgspec.structs.replace(model, citation=f"{ORDER}#2/900", label="900", parties=parties, grants=(grant,), affair=f"試験の事務{at}")
    crossing = msgspec.structs.replace(next(one for one in book.crosswalk if one.source == ORDER and one.row == model.label), row="900")
    revisions = tuple(msgspec.structs.replace(one, rows=(*one.rows, row)) if one is order else one for one in book.revisions)
    return Tables(msgspec.msgpack.encode(msgspec.structs.replace(book, revisions=revisions, crosswalk=(*book.crosswalk, crossing))))


@settings(max_examples=80, deadline=None)
@given(near_questions(), st.integers(0, 2))
def test_a_row_more_never_turns_a_permit_into_a_refusal(question: Question, at: int) -> None:
    if isinstance(decide(question, load(), IN_ORDER, DAY), Permit):
        assert isinstance(decide(question, widened(at * 50), IN_ORDER, DAY), Permit)


def test_a_row_more_changes_no_permit_of_the_cases_and_opens_what_it_names() -> None:
    tables = widened(0)
    for case in CASES:
        question = question_of(case)
        if case["判定"] == "許可" and isinstance(question.affair, RowRef):
            assert isinstance(decide(question, tables, facts_of(case), day_of(case), policy_of(case)), Permit), case["事例"]
    asked = Question(Party(("厚生労働大臣",), "a"), RowRef(ORDER, "900"), Party(("市町村長",), "b"), ("戸籍関係情報",))
    assert isinstance(decide(asked, tables, IN_ORDER, DAY, Policy(demand="row")), Permit)


@st.composite
def ordinance_questions(draw: st.DrawFn) -> Question:
    """Questions about ordinance affairs, mostly by their own organ, about one or a few items."""
    affair = draw(st.sampled_from(AFFAIRS))
    institution = affair[:6] if draw(st.integers(0, 4)) else draw(st.sampled_from(["131121", "x"]))
    return Question(
        inquirer=Party((draw(st.sampled_from(["市町村長", "特別区の区長", "市町村教育委員会"])),), institution),
        affair=OrdinanceRef(affair),
        provider=Party((draw(st.sampled_from(["市町村長", "法務大臣", "内閣総理大臣", "都道府県知事等", "日本年金機構"])),), "提供機関"),
        items=tuple(draw(st.lists(st.sampled_from(WANTED), min_size=1, max_size=3, unique=True))),
        relation=draw(st.sampled_from([None, Relation.APPLICANT, Relation.ASSISTED_PERSON, Relation.EXPECTANT_MOTHER])),
    )


@settings(max_examples=300, deadline=None)
@given(ordinance_questions(), st.dates(date(2022, 1, 1), date(2025, 4, 1)), st.sampled_from(Consent))
def test_an_ordinance_affair_is_decided_and_asking_less_never_loses_its_permit(question: Question, on: date, consent: Consent) -> None:
    known = msgspec.structs.replace(IN_ORDER, consent=consent)
    verdict = decide(question, load(), known, on)
    if isinstance(verdict, Refusal):
        assert verdict.grounds
        assert all(ground.message.ja and ground.remedies for ground in verdict.grounds)
        return
    for item in question.items:
        assert isinstance(decide(msgspec.structs.replace(question, items=(item,)), load(), known, on), Permit)
    assert naively_linked(question, on)


def naively_linked(question: Question, on: date) -> bool:
    """Told from the files alone: the government's own affair, a filing published by then and not ceased, every item filed in one of them."""
    assert isinstance(question.affair, OrdinanceRef)
    code, _, number = question.affair.ordinance.partition("/")
    found = [affair for one in ORDINANCES if one.code == code for affair in one.affairs if affair.number == number]
    if question.inquirer.institution != code or len(found) != 1 or (found[0].cessation and found[0].cessation.filed_on <= on):
        return False
    published = [filing for filing in found[0].filings if filing.accepted and filing.published_on and filing.published_on <= on]
    return any(all(any(item in wanted.items for wanted in filing.wanted) for item in question.items) for filing in published)


def test_no_row_of_the_tables_rests_on_the_persons_consent() -> None:
    """The one consent that a row names is that of a municipality or prefecture; so a mesh without consents loses no row."""
    rows = [row for revision in load().book.revisions if revision.kind != "proposal" for row in revision.rows]
    agreed = [row for row in rows if "同意" in "".join((row.affair, *row.parties, *(name for grant in row.grants for name in grant.providers)))]
    assert {law for row in agreed for law in row.laws} == {"通訳案内士法"}
    assert not any("同意" in entry.subjects for row in rows for purpose in row.purposes for entry in purpose.entries)
    taxed = [row.citation.partition("#")[0] for row in rows if any("地方税関係情報" in grant.items for grant in row.grants)]
    assert (taxed.count(ORDER), taxed.count(OLD)) == (72, 62)


@settings(max_examples=80, deadline=None)
@given(ordinance_questions(), st.dates(date(2024, 6, 1), date(2025, 4, 1)))
def test_without_filings_no_ordinance_affair_is_permitted(question: Question, on: date) -> None:
    bare: tuple[Ordinance, ...] = tuple(
        msgspec.structs.replace(one, affairs=tuple(msgspec.structs.replace(affair, filings=()) for affair in one.affairs)) for one in ORDINANCES
    )
    assert isinstance(decide(question, load(), msgspec.structs.replace(IN_ORDER, ordinances=bare), on), Refusal)
