"""Ordinance files: the form and its published schema, dates as states, and that law demands the filing of the very day."""

import json
from datetime import date, timedelta

import jsonschema_rs
import msgspec
import pytest
import yaml

from enishi.errors import Malformed
from enishi.law import Facts, OrdinanceRef, Party, Permit, Policy, Question, Refusal, Relation, decide, load
from enishi.law.ordinance.form import find_affair
from enishi.law.ordinance.read import read_ordinance, schema
from enishi.law.ordinance.stage import Stage, in_order, stage_of, standing_on
from law.casebook import ORDINANCES, ROOT, facts_of

FILES = sorted((ROOT / "ordinances").glob("*.yaml"))
PUBLISHED = json.loads((ROOT / "ordinances" / "schema.json").read_text(encoding="utf-8"))
IN_ORDER = facts_of({})
CHILD_CARE = Question(
    Party(("市町村長",), "336815"),
    OrdinanceRef("336815/1"),
    Party(("市町村長",), "341002"),
    ("母子保健法による健康診査に関する情報",),
    None,
    Relation.EXPECTANT_MOTHER,
)


def plain(text: str) -> object:
    """The file as JSON data: a date is its ISO text."""
    return json.loads(msgspec.json.encode(yaml.safe_load(text)))


def test_the_published_schema_is_the_form() -> None:
    assert json.loads(msgspec.json.encode(schema())) == PUBLISHED


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_valid_by_schema_and_by_reader(path) -> None:  # type: ignore[no-untyped-def]
    text = path.read_text(encoding="utf-8")
    jsonschema_rs.validator_for(PUBLISHED).validate(plain(text))
    ordinance = read_ordinance(text, path.name)
    assert path.name.startswith(ordinance.code)
    assert "想定" in ordinance.note


def test_what_is_read_travels_unchanged() -> None:
    for ordinance in ORDINANCES:
        assert msgspec.json.decode(msgspec.json.encode(ordinance), type=type(ordinance)) == ordinance


def test_every_affair_is_found_by_its_own_name_and_a_doubled_one_by_none() -> None:
    for ordinance in ORDINANCES:
        for affair in ordinance.affairs:
            shown = find_affair(ORDINANCES, f"{ordinance.code}/{affair.number}")
            assert shown is not None
            assert shown.affair == affair
    assert find_affair((*ORDINANCES, ORDINANCES[0]), f"{ORDINANCES[0].code}/{ORDINANCES[0].affairs[0].number}") is None


GOOD = FILES[0].read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("様式: 1", "様式: 2", "ordinance-unreadable"),
        ("様式: 1", "様式: 1\n様式: 1", "ordinance-unreadable"),
        ("様式: 1", "様式: 1\n知らない鍵: 1", "ordinance-unreadable"),
        ('団体コード: "012131"', "団体コード: 12131", "ordinance-unreadable"),
        ("分野: 社会保障", "分野: 福祉", "ordinance-unreadable"),
        ("団体: 苫小牧市", "団体: &名 苫小牧市\n注: *名", "ordinance-unreadable"),
        ("団体: 苫小牧市", "団体: !!python/object/apply:os.getcwd []", "ordinance-unreadable"),
        ("団体: 苫小牧市", "団体: [", "ordinance-unreadable"),
    ],
)
def test_what_is_not_in_the_form_is_refused(old: str, new: str, code: str) -> None:
    assert old in GOOD
    with pytest.raises(Malformed) as fault:
        read_ordinance(GOOD.replace(old, new, 1), "試し.yaml")
    assert fault.value.code == code
    assert "試し.yaml" in fault.value.detail


def test_brackets_within_brackets_are_refused_before_they_are_weighed() -> None:
    """PyYAML would look at every open bracket again for each token: a few thousand of them held the reader for seconds."""
    with pytest.raises(Malformed, match="brackets within brackets"):
        read_ordinance(GOOD.replace("分野: 社会保障", "分野: " + "[" * 20 + "]" * 20, 1))


def test_a_filing_published_before_it_was_found_is_refused_by_the_reader_and_by_the_decision() -> None:
    path = ROOT / "ordinances" / "336815-kosodate.yaml"
    text = path.read_text(encoding="utf-8").replace("公表日: 2024-10-21", "公表日: 2024-09-30")
    with pytest.raises(Malformed, match="ordinance-dates-wrong"):
        read_ordinance(text)
    ordinance = msgspec.convert(yaml.safe_load(text), type=type(ORDINANCES[0]))
    assert not in_order(ordinance.affairs[0].filings[0])
    assert stage_of(ordinance.affairs[0].filings[0], date(2025, 4, 1)) is Stage.DISORDERED
    verdict = decide(CHILD_CARE, load(), msgspec.structs.replace(IN_ORDER, ordinances=(ordinance,)), date(2025, 1, 6))
    assert isinstance(verdict, Refusal)


def test_the_stages_of_a_filing_follow_its_days_and_only_publication_permits() -> None:
    shown = find_affair(ORDINANCES, "336815/1")
    assert shown is not None
    filing = shown.affair.filings[0]
    assert filing.found_on
    assert filing.notified_on
    assert filing.published_on
    for day, stage in ((filing.filed_on, Stage.FILED), (filing.found_on, Stage.FOUND), (filing.notified_on, Stage.NOTIFIED)):
        assert standing_on(shown.affair, day).stage is stage
        assert standing_on(shown.affair, day - timedelta(days=1)).stage is not stage
        assert isinstance(decide(CHILD_CARE, load(), IN_ORDER, day), Refusal)
    assert standing_on(shown.affair, filing.published_on).stage is Stage.PUBLISHED
    assert isinstance(decide(CHILD_CARE, load(), IN_ORDER, filing.published_on), Permit)
    assert isinstance(decide(CHILD_CARE, load(), IN_ORDER, filing.published_on - timedelta(days=1)), Refusal)


def test_a_judgement_made_after_the_day_does_not_count_on_it() -> None:
    shown = find_affair(ORDINANCES, "336815/1")
    assert shown is not None
    raw = json.loads(msgspec.json.encode(shown.ordinance))
    raw["事務"][0]["届出"][0]["対照"][0]["事務の内容"]["判断日"] = "2025-01-07"
    later = msgspec.convert(raw, type=type(shown.ordinance), strict=False)
    known = msgspec.structs.replace(IN_ORDER, ordinances=(later,))
    assert isinstance(decide(CHILD_CARE, load(), known, date(2025, 1, 6)), Refusal)
    assert isinstance(decide(CHILD_CARE, load(), known, date(2025, 1, 7)), Permit)


def test_the_mesh_demands_the_very_institution_and_a_command_may_name_a_capacity_alone() -> None:
    question = msgspec.structs.replace(CHILD_CARE, inquirer=Party(("市町村長",)))
    assert isinstance(decide(question, load(), IN_ORDER, date(2025, 1, 6)), Refusal)
    assert isinstance(decide(question, load(), IN_ORDER, date(2025, 1, 6), Policy(demand="row")), Permit)
    nobody: Facts = msgspec.structs.replace(IN_ORDER, ordinances=())
    assert isinstance(decide(question, load(), nobody, date(2025, 1, 6), Policy(demand="row")), Refusal)
