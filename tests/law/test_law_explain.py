"""A story is the verdict laid out, nothing decided anew; a citation leads to its words, its provenance and its doubts."""

import json
from datetime import date
from typing import Any

import pytest

from enishi.errors import Malformed, Unknown
from enishi.law import GroundCode, Policy, decide, load, read_question
from enishi.law.explain import ORDER, STEPS, Story, look_up, tell
from enishi.law.verdict import Permit

TABLES = load()
COMMAND = Policy(demand="row")
ORDER_2024 = "506M60004008009@2024-05-27"
QUESTION: dict[str, Any] = {
    "on": "2024-06-01",
    "inquirer": {"capacity": "市町村長"},
    "affair": {"source": ORDER_2024, "row": "108"},
    "provider": {"capacity": "法務大臣"},
    "purpose": {"item": "1"},
    "items": ["戸籍関係情報"],
}


def told(**change: Any) -> Story:
    return tell(read_question(json.dumps(QUESTION | change), TABLES), TABLES)


def marks(story: Story) -> dict[str, str]:
    return {step.code: step.mark for step in story.steps}


def test_a_permit_holds_at_every_step_and_its_basis_is_shared_out_whole() -> None:
    story = told()
    assert set(marks(story).values()) == {"holds"}
    assert isinstance(story.verdict, Permit)
    shown = [citation for step in story.steps for citation in step.citations]
    assert sorted(shown) == sorted(story.verdict.basis)
    assert f"{ORDER_2024}#110-1-1-イ" in next(step for step in story.steps if step.code == "purpose").citations
    assert "災害弔慰金" in story.affair


@pytest.mark.parametrize(
    ("change", "failing", "open_steps"),
    [
        ({"items": ["地方税関係情報"], "provider": {"capacity": "市町村長"}}, {"purpose"}, set()),
        ({"items": ["雇用情報"]}, {"linkage"}, {"purpose"}),
        ({"purpose": {"item": "99"}}, {"purpose"}, set()),
        ({"affair": {"law": "道路運送車両法"}, "inquirer": {"capacity": "国土交通大臣"}}, {"linkage"}, {"purpose"}),
        ({"affair": {"law": "存在しない法律"}}, {"number_use", "linkage"}, {"purpose"}),
        ({"facts": {"assessments_published": False}}, {"assessment"}, set()),
        ({"facts": {"standing": False}}, {"standing"}, set()),
        ({"on": "2020-01-01"}, {"day"}, set(ORDER) - {"day"}),
    ],
)
def test_a_refusal_fails_where_its_grounds_are(change: dict[str, Any], failing: set[str], open_steps: set[str]) -> None:
    story = told(**change)
    found = marks(story)
    assert {code for code, mark in found.items() if mark == "fails"} == failing
    assert {code for code, mark in found.items() if mark == "open"} == open_steps
    assert not isinstance(story.verdict, Permit)
    assert sum((step.grounds for step in story.steps), ()) == tuple(
        sorted(story.verdict.grounds, key=lambda one: ORDER.index(STEPS.get(one.code, "linkage")))
    )


def test_the_verdict_of_a_story_is_that_of_decide() -> None:
    for change in ({}, {"items": ["地方税関係情報"]}, {"on": "2020-01-01"}, {"purpose": None}):
        text = json.dumps(QUESTION | change)
        asked = read_question(text, TABLES)
        assert tell(asked, TABLES).verdict == decide(asked.question, TABLES, asked.facts, asked.on, COMMAND)


def test_without_a_purpose_its_step_is_open() -> None:
    story = told(purpose=None)
    assert marks(story)["purpose"] == "open"
    assert isinstance(story.verdict, Permit)


def test_every_ground_belongs_to_a_step() -> None:
    other = {code for code in GroundCode if code not in STEPS}
    assert set(STEPS.values()) | {"linkage"} == set(ORDER)
    assert {
        code for code in other if not code.startswith(("no-", "affair-", "ordinance-", "provider-", "inquirer-not-in-row", "item-not-in-row"))
    } == set()


def test_a_row_is_found_with_its_history_and_its_tie() -> None:
    place = look_up("425AC0000000027@2022-06-17#appended-2/116", TABLES)
    assert place.row is not None
    assert place.crossing is not None
    assert (place.row.label, place.crossing.number_use, place.until) == ("116", ("94",), date(2024, 5, 27))
    assert [stay.citation for stay in place.stays] == ["425AC0000000027@2022-06-17#appended-2/116", f"{ORDER_2024}#2/155"]
    assert place.row.provenance.startswith("provision_table_2022-06-17.jsonl:")


def test_rows_of_one_label_in_two_tables_have_each_its_own_tie() -> None:
    tied = {crossing.source: crossing for crossing in TABLES.book.crosswalk if crossing.row == "2"}
    for source, table in (("425AC0000000027@2022-06-17", "appended-2"), (ORDER_2024, "2")):
        assert look_up(f"{source}#{table}/2", TABLES).crossing == tied[source]


def test_a_number_use_row_has_no_tie_of_its_own() -> None:
    assert look_up("425AC0000000027@2024-05-27#appended/26-3", TABLES).crossing is None


def test_every_place_that_the_tables_cite_is_found() -> None:
    for revision in TABLES.book.revisions[:3]:
        for row in revision.rows:
            assert look_up(row.citation, TABLES).row == row
    row = next(row for revision in TABLES.book.revisions for row in revision.rows if row.citation == f"{ORDER_2024}#2/108")
    assert look_up(f"{ORDER_2024}#110", TABLES).row == row
    for purpose in row.purposes:
        found = look_up(purpose.citation, TABLES)
        assert (found.row, found.purpose, found.entry) == (row, purpose, None)
        for entry in purpose.entries:
            assert look_up(entry.citation, TABLES).entry == entry or not entry.number


def test_an_article_of_a_statute_is_named_and_linked() -> None:
    place = look_up("425AC0000000027#19-1-8", TABLES)
    assert (place.said.en, place.row) == ("My Number Act, Article 19 paragraph 1 item 8", None)
    assert place.link.endswith("425AC0000000027")


@pytest.mark.parametrize("citation", [f"{ORDER_2024}#2/174", f"{ORDER_2024}#110-1-9", "425AC0000000027@2023-01-01#appended/1", f"{ORDER_2024}#999"])
def test_a_place_that_no_table_has_is_unknown(citation: str) -> None:
    with pytest.raises(Unknown) as fault:
        look_up(citation, TABLES)
    assert fault.value.code == "citation-not-held"


@pytest.mark.parametrize("citation", ["", "#", "x#1", "425AC0000000027#", "425AC0000000027"])
def test_what_is_no_citation_is_malformed(citation: str) -> None:
    with pytest.raises(Malformed) as fault:
        look_up(citation, TABLES)
    assert fault.value.code == "citation-unknown"
