"""The whole matrix: every entry of the detail is a permit in its own relation, and nothing but an entry is one."""

import json
from collections import defaultdict
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.law import (
    Assessment,
    Consent,
    Facts,
    Party,
    Permit,
    Policy,
    Question,
    Refusal,
    Relation,
    RowRef,
    Standing,
    decide,
    decide_many,
    load,
    verdict_digest,
)
from law.casebook import ROOT

DAY = date(2025, 4, 1)
ORDER = "506M60004008009@2024-05-27"
IN_ORDER = Facts(Standing.REGISTERED, Standing.REGISTERED, Assessment.PUBLISHED, Assessment.PUBLISHED, Consent.NOT_GIVEN)
ROWS = load().eras[1].linkage
RELATIONS = [None, *Relation]


def _lines(name: str) -> list[dict]:  # type: ignore[type-arg]
    return [json.loads(line) for line in (ROOT / "law-sources" / name).read_text(encoding="utf-8").splitlines()]


def _raw() -> tuple[dict, dict, dict]:  # type: ignore[type-arg]
    """The tables again, read straight from the transcription, sharing no code with the room."""
    rows = {line["row"]: line for line in _lines("provision_order_2024-05-27.jsonl")}
    coded = {line["text"]: set(line["relations"]) for line in _lines("relations.jsonl")}
    detail = defaultdict(set)
    for line in _lines("provision_order_detail_2024-05-27.jsonl"):
        for item in line["items"]:
            for entry in item["information"]:
                for data_item in entry["data_items"]:
                    detail[line["row"], item["item"], data_item] |= coded.get(entry["subjects"], set())
    bound = {
        (line["row"], item["item"]): item["scope"]
        for line in _lines("provision_order_detail_2024-05-27.jsonl")
        for item in line["items"]
        if "scope" in item
    }
    return rows, detail, bound


RAW_ROWS, RAW_DETAIL, RAW_BOUND = _raw()
IMPLIED: dict[str, list[str]] = defaultdict(list)
for implied in _lines("capacities.jsonl"):
    if date.fromisoformat(implied["effective_on"]) <= DAY and (implied["until"] is None or date.fromisoformat(implied["until"]) > DAY):
        IMPLIED[implied["capacity"]] += implied["implies"]


def _held(capacity: str) -> set[str]:
    held = {capacity}
    for name in IMPLIED.get(capacity, ()):
        held |= _held(name)
    return held


def naive(question: Question) -> bool:
    """Is there a row, a 号 and an entry for every item, by the transcription alone?  Rows are all crossed, so number use holds."""
    assert isinstance(question.affair, RowRef)
    row = RAW_ROWS.get(question.affair.row)
    if row is None or not question.items or question.relation is None or not _held(question.inquirer.capacities[0]) & set(row["inquirers"]):
        return False
    scope = RAW_BOUND.get((question.affair.row, question.purpose_item))
    if scope and not any(name in scope for name in _held(question.inquirer.capacities[0])):
        return False
    given_by = _held(question.provider.capacities[0])
    return all(
        any(given_by & set(grant["providers"]) and item in grant["items"] for grant in row["grants"])
        and question.relation.value in RAW_DETAIL.get((question.affair.row, question.purpose_item, item), ())
        for item in question.items
    )


def test_every_entry_is_reachable_as_a_permit_in_its_own_relation() -> None:
    reached = 0
    for row in ROWS:
        for purpose in row.purposes.values():
            inquirer = purpose.purpose.inquirers[0] if purpose.purpose.inquirers else row.row.parties[0]
            for entry in purpose.purpose.entries:
                for relation in entry.relations:
                    for item in entry.items:
                        provider = Party((row.named[item][0],), "提供機関")
                        question = Question(
                            Party((inquirer,), "照会機関"), RowRef(ORDER, row.row.label), provider, (item,), purpose.purpose.item, Relation(relation)
                        )
                        verdict = decide(question, load(), IN_ORDER, DAY)
                        assert isinstance(verdict, Permit), (entry.citation, verdict)
                        assert entry.citation in verdict.basis
                        reached += 1
    assert reached > 4000


capacities = st.sampled_from(sorted({name for row in ROWS for name in (*row.row.parties, *(p for named in row.named.values() for p in named))}))
affairs = st.sampled_from([row.row.label for row in ROWS] + ["999"])
data_items = st.sampled_from(sorted({item for row in ROWS for item in row.named}))


@st.composite
def near_questions(draw: st.DrawFn) -> Question:
    """A lawful question with any of its parts replaced: most of the space is far from every row, this is its edge."""
    row = draw(st.sampled_from(ROWS))
    purpose = draw(st.sampled_from(sorted(row.purposes.values(), key=lambda found: found.purpose.item)))
    entry = draw(st.sampled_from(purpose.purpose.entries))
    item = draw(st.sampled_from(entry.items))
    keep = draw(st.lists(st.booleans(), min_size=6, max_size=6).map(lambda kept: [a or sum(kept) < 3 for a in kept]))
    more = tuple(draw(st.lists(data_items, max_size=1)))
    return Question(
        inquirer=Party((row.row.parties[0] if keep[0] else draw(capacities),), "照会機関"),
        affair=RowRef(ORDER, row.row.label if keep[1] else draw(affairs)),
        provider=Party((row.named[item][0] if keep[2] else draw(capacities),), "提供機関"),
        items=(item, *(() if keep[3] else more)),
        purpose_item=purpose.purpose.item if keep[4] else draw(st.sampled_from(["0", "1", "2", "3", "x"])),
        relation=Relation(entry.relations[0]) if keep[5] and entry.relations else draw(st.sampled_from(RELATIONS)),
    )


@settings(max_examples=600, deadline=None)
@given(near_questions())
def test_law_permits_just_what_the_transcription_carries(question: Question) -> None:
    verdict, (one_of_many,) = decide(question, load(), IN_ORDER, DAY), decide_many((question,), load(), IN_ORDER, DAY)
    assert isinstance(verdict, Permit) is naive(question)
    assert isinstance(one_of_many, Permit) is naive(question)
    assert isinstance(verdict, Permit) or verdict.grounds


anything = st.text(max_size=8) | capacities | affairs | data_items
questions = st.builds(
    Question,
    inquirer=st.builds(Party, st.lists(anything, max_size=2).map(tuple), st.text(max_size=3)),
    affair=st.builds(RowRef, st.just(ORDER) | st.text(max_size=30), affairs | st.text(max_size=3)),
    provider=st.builds(Party, st.lists(anything, max_size=2).map(tuple), st.text(max_size=3)),
    items=st.lists(anything, max_size=3).map(tuple),
    purpose_item=st.none() | st.text(max_size=3),
    relation=st.sampled_from(RELATIONS),
)
days = st.dates()
facts = st.builds(
    Facts, st.sampled_from(Standing), st.sampled_from(Standing), st.sampled_from(Assessment), st.sampled_from(Assessment), st.sampled_from(Consent)
)
policies = st.builds(Policy, st.sampled_from(["item", "row"]), st.sampled_from(["refuse", "mark"]), st.sampled_from(["ignore", "count"]))


@settings(max_examples=300, deadline=None)
@given(questions, facts, days, policies)
def test_any_question_is_answered_and_a_refusal_says_why(question: Question, known: Facts, on: date, policy: Policy) -> None:
    verdict = decide(question, load(), known, on, policy)
    if isinstance(verdict, Refusal):
        assert verdict.grounds
        assert all(ground.message.ja and ground.message.en and ground.remedies for ground in verdict.grounds)
    assert len(verdict_digest(verdict)) == 32
    assert verdict_digest(verdict) == verdict_digest(decide(question, load(), known, on, policy))


@settings(max_examples=200, deadline=None)
@given(near_questions(), data_items)
def test_asking_fewer_items_never_loses_a_permit(question: Question, item: str) -> None:
    wider = Question(question.inquirer, question.affair, question.provider, (*question.items, item), question.purpose_item, question.relation)
    if isinstance(decide(wider, load(), IN_ORDER, DAY), Permit):
        assert isinstance(decide(question, load(), IN_ORDER, DAY), Permit)


@settings(max_examples=100, deadline=None)
@given(near_questions())
def test_no_fact_out_of_order_leaves_a_permit(question: Question) -> None:
    for known in (
        Facts(Standing.SUSPENDED, Standing.REGISTERED, Assessment.PUBLISHED, Assessment.PUBLISHED, Consent.GIVEN),
        Facts(Standing.REGISTERED, Standing.UNREGISTERED, Assessment.PUBLISHED, Assessment.PUBLISHED, Consent.GIVEN),
        Facts(Standing.REGISTERED, Standing.REGISTERED, Assessment.UNPUBLISHED, Assessment.PUBLISHED, Consent.GIVEN),
        Facts(Standing.REGISTERED, Standing.REGISTERED, Assessment.PUBLISHED, Assessment.WRONG_KIND, Consent.GIVEN),
    ):
        assert isinstance(decide(question, load(), known, DAY), Refusal)
