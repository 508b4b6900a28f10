"""`enishi law decide --ordinances`: the files of a municipality beside the question, and a folder that is none."""

import json
from pathlib import Path

import pytest

from enishi.cli.law.deciding import ordinances_in, run_decide
from enishi.errors import Malformed

ORDINANCES = Path(__file__).parents[2] / "ordinances"
QUESTION = {
    "on": "2025-02-03",
    "inquirer": {"institution": "131121"},
    "affair": {"ordinance": "131121/2"},
    "provider": {"capacity": "市町村長"},
    "relation": "assisted_person",
    "items": ["介護保険給付等関係情報"],
}


def decided(tmp_path: Path, capsys: pytest.CaptureFixture[str], folder: Path | None) -> str:
    source = tmp_path / "question.json"
    source.write_text(json.dumps(QUESTION), encoding="utf-8")
    assert run_decide(source, None, False, folder) == 0
    return str(json.loads(capsys.readouterr().out)["verdict"])


def test_the_answer_depends_on_the_files_that_are_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert decided(tmp_path, capsys, ORDINANCES) == "permit"
    (tmp_path / "empty").mkdir()
    assert decided(tmp_path, capsys, tmp_path / "empty") == "refusal"
    # Without a folder those of the demo's institutions are known, and this municipality is one of them.
    assert decided(tmp_path, capsys, None) == "permit"


def test_a_folder_that_is_none_and_a_file_that_is_no_ordinance_are_faults(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="file-unreadable"):
        ordinances_in(tmp_path / "none")
    (tmp_path / "broken.yaml").write_text("様式: 1\n", encoding="utf-8")
    with pytest.raises(Malformed) as fault:
        ordinances_in(tmp_path)
    assert fault.value.code == "ordinance-unreadable"
    assert "broken.yaml" in fault.value.detail
