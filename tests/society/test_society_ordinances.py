"""The demo holds ordinances of one municipality: the registry shows them, and what was published of them is a basis under Art. 19(9)."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from enishi import society
from enishi.cli.main import app

ROOT = Path(__file__).parents[2]
QUESTION = {
    "on": "2025-04-01",
    "inquirer": {"institution": "131121"},
    "affair": {"ordinance": "131121/2"},
    "provider": {"institution": "011002"},
    "items": ["介護保険給付等関係情報"],
    "relation": "assisted_person",
}


def decided(**change: object) -> dict[str, object]:
    done = CliRunner().invoke(app, ["law", "decide", "-"], input=json.dumps(QUESTION | change))
    assert done.exit_code == 0, done.stdout
    return json.loads(done.stdout)


def test_the_files_of_the_demo_are_those_that_everybody_can_read() -> None:
    held = sorted((ROOT / "src/enishi/society/data/ordinances").glob("*.yaml"))
    assert [one.name for one in held] == ["131121-haishoku.yaml", "131121-hitorioya.yaml"]
    assert all(one.read_bytes() == (ROOT / "ordinances" / one.name).read_bytes() for one in held)


def test_one_municipality_holds_them_and_nobody_else() -> None:
    assert {one.id for one in society.institutions() if one.ordinances} == {"131121"}
    assert {one.code for one in society.institution("131121").ordinances} == {"131121"}
    assert [affair.number for one in society.ordinances() for affair in one.affairs] == ["2", "3", "1"]


def test_a_published_linkage_is_a_basis_and_the_command_shows_it() -> None:
    verdict = decided()
    assert verdict["verdict"] == "permit"
    assert verdict["basis"][:3] == ["425AC0000000027#19-1-9", "ordinance131121@2024-06-01#affair/2", "425AC0000000027#9-2"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"on": "2024-09-01"}, "ordinance-not-accepted"),
        ({"inquirer": {"institution": "052019"}}, "ordinance-of-another"),
        ({"items": ["地方税関係情報"]}, "consent-missing"),
    ],
)
def test_what_is_not_yet_published_another_city_and_tax_without_consent_are_refused(change: dict[str, object], code: str) -> None:
    verdict = decided(**change)
    assert verdict["verdict"] == "refusal"
    assert code in [ground["code"] for ground in verdict["grounds"]]


def test_both_sides_have_published_what_article_28_asks() -> None:
    for institution in ("131121", "011002", "nenkin"):
        entries = {(one.source, one.row) for one in society.institution(institution).assessments}
        assert ("ordinance131121", "2") in entries
    assert not [one for one in society.institution("moj").assessments if one.source.startswith("ordinance")]
