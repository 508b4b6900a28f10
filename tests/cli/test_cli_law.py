"""The law commands as a person and a program use them: streams, exit statuses, both languages, and a sentence for every fault."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from enishi.cli.law.deciding import ONE_QUESTION, questions
from enishi.cli.law.speech import words
from enishi.cli.main import app

EXCERPT = Path(__file__).parents[1] / "law" / "xml" / "provision_order_excerpt.xml"
SOURCES = Path(__file__).parents[2] / "law-sources"
ENISHI = [sys.executable, "-m", "enishi.cli.main"]
QUESTION: dict[str, Any] = {
    "on": "2024-06-01",
    "inquirer": {"capacity": "市町村長"},
    "affair": {"source": "506M60004008009@2024-05-27", "row": "108"},
    "provider": {"capacity": "法務大臣"},
    "purpose": {"item": "1"},
    "items": ["戸籍関係情報"],
}


def run(*arguments: str, put: str | bytes = "") -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["law", *arguments], input=put)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def line(**change: Any) -> str:
    return json.dumps(QUESTION | change, ensure_ascii=False)


def codes(output: str) -> list[str]:
    return [answer.get("verdict") or answer["problem"]["code"] for answer in map(json.loads, output.splitlines())]


def test_every_line_is_answered_in_its_place_and_the_status_says_whether_all_could_be_read() -> None:
    status, output, _ = run("decide", "-", "--json", put=f"{line()}\n\n{{broken\n{line(items=['地方税関係情報'])}\n{line(on='2024-99-01')}\n")
    assert (status, codes(output)) == (1, ["permit", "question-malformed", "refusal", "question-malformed"])
    status, output, _ = run("decide", "-", put=f"{line()}\n{line(items=['地方税関係情報'])}")
    assert (status, codes(output)) == (0, ["permit", "refusal"])


def test_an_unreadable_line_says_where_it_stands() -> None:
    _, output, told = run("decide", "-", put=f"{line()}\n\n{{broken\n{line()}\n" + "{\n" * 12)
    places = [answer["problem"]["line"] for answer in map(json.loads, output.splitlines()) if "problem" in answer]
    assert places == [3, *range(5, 17)]
    assert "3, 5, 6" in told
    assert "13" in told
    spread = "\n\n" + json.dumps(QUESTION, indent=1, ensure_ascii=False)[:-2]
    assert json.loads(run("decide", "-", put=spread)[1])["problem"]["line"] == 3
    assert run("decide", "-", put=line())[2] == ""


def test_a_broken_first_line_spoils_no_other() -> None:
    assert codes(run("decide", "-", put=f"{{broken\n{line()}\n")[1]) == ["question-malformed", "permit"]
    assert codes(run("decide", "-", put=b"\xff\xfe\n" + line().encode())[1]) == ["question-malformed", "permit"]


def test_one_question_over_many_lines_is_one() -> None:
    spread = json.dumps(QUESTION, indent=1, ensure_ascii=False)
    assert codes(run("decide", "-", put=spread)[1]) == ["permit"]
    assert codes(run("decide", "-", put=spread[:-2])[1]) == ["question-malformed"]


def test_the_day_of_the_command_is_for_questions_that_name_none() -> None:
    undated = json.dumps({key: value for key, value in QUESTION.items() if key != "on"})
    assert codes(run("decide", "-", "--on", "2024-06-01", put=f"{undated}\n{line(on='2022-10-18')}")[1]) == ["permit", "refusal"]
    assert codes(run("decide", "-", put=undated)[1]) == ["day-missing"]


def test_proposed_rows_count_only_where_they_are_asked_for_and_are_marked() -> None:
    asked = line(
        affair={"law": "道路運送車両法"},
        inquirer={"capacity": "国土交通大臣"},
        provider={"capacity": "市町村長"},
        items=["住民票関係情報"],
        purpose=None,
    )
    (plain,), (counted,) = (map(json.loads, run("decide", "-", *option, put=asked)[1].splitlines()) for option in ([], ["--proposals"]))
    assert "proposals" not in plain
    assert counted["proposals"] is True


def test_each_answer_is_given_before_the_next_question_is_read() -> None:
    command = [*ENISHI, "law", "decide", "-"]
    buffered = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=buffered) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        for wanted in ("permit", "refusal", "permit"):
            program.stdin.write(line(items=["戸籍関係情報" if wanted == "permit" else "地方税関係情報"]) + "\n")
            program.stdin.flush()
            assert codes(program.stdout.readline()) == [wanted]
        program.stdin.close()
        assert program.wait() == 0


def test_a_hundred_thousand_lines_are_never_held_together() -> None:
    held = 0

    def lines() -> Any:
        nonlocal held
        for _ in range(100_000):
            held += 1
            yield line().encode() + b"\n"

    for _ in questions(lines()):
        held -= 1
        assert held <= 1
    assert held == 0


def test_a_text_too_long_for_one_question_is_read_line_by_line() -> None:
    long = [b'{"items": [\n', *[b"x" * 1000 + b"\n"] * (ONE_QUESTION // 1000 + 5), b"{}\n"]
    assert sum(1 for _ in questions(iter(long))) == len(long)


def test_a_reader_who_has_enough_ends_the_command_quietly(tmp_path: Path) -> None:
    file = tmp_path / "many.jsonl"
    file.write_text(f"{line()}\n" * 2000, encoding="utf-8")
    done = subprocess.run(
        ["sh", "-c", f"'{sys.executable}' -m enishi.cli.main law decide '{file}' | head -n 1"], capture_output=True, text=True, check=False
    )
    assert codes(done.stdout) == ["permit"]
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("decide", "/nowhere/question.json"), 1, "/nowhere/question.json"),
        (("decide", "-", "--on", "yesterday"), 78, "The day cannot be read"),
        (("diff", "2022-10-18", "tomorrow"), 78, "The day cannot be read"),
        (("diff", "2020-01-01", "2024-06-03"), 1, "No table of law is held for this day"),
        (("diff", "2022-10-18", "2024-06-03", "--lang", "fr"), 78, "The language is not known"),
        (("explain", "506M60004008009@2024-05-27#2/999"), 1, "is in no table that is held"),
        (("explain", "nowhere#1"), 1, "nowhere#1"),
        (("explain", "-"), 1, "/"),
        (("import", "/nowhere/law.xml"), 1, "/nowhere/law.xml"),
        (("import", "-"), 1, "The law's file cannot be read as XML"),
        (("import", str(EXCERPT), "--table", "appended"), 1, "The text holds no table of this name"),
    ],
)
def test_a_fault_is_one_sentence_in_both_languages(arguments: tuple[str, ...], status: int, said: str) -> None:
    found, output, error = run(*arguments)
    assert (found, output) == (status, "")
    assert said in error
    assert " / " in error
    assert len(error.strip().splitlines()) == 1


def test_an_import_prints_the_rows_of_the_data() -> None:
    status, output, told = run("import", str(EXCERPT), "--jsonl")
    wanted = [
        json.loads(text)
        for name, count in (("provision_order_2024-05-27.jsonl", 3), ("provision_order_detail_2024-05-27.jsonl", 1))
        for text in (SOURCES / name).read_text(encoding="utf-8").splitlines()[:count]
    ]
    assert (status, [json.loads(text) for text in output.splitlines()]) == (0, wanted)
    # Rows 2 and 3 have no article in the excerpt, and that is said.
    assert told.strip().splitlines()[-1].endswith("2、3")
    assert len(run("import", str(EXCERPT), "--jsonl", "--table", "detail")[1].splitlines()) == 1
    assert "2、3" in run("import", str(EXCERPT))[1]


def test_a_story_shows_verdict_steps_and_links_in_either_language(tmp_path: Path) -> None:
    file = tmp_path / "question.json"
    file.write_text(line(relation="survivor"), encoding="utf-8")
    japanese, english = (run("explain", str(file), "--lang", language) for language in ("ja", "en"))
    assert (japanese[0], english[0]) == (0, 0)
    assert "法律上、照会できます" in japanese[1]
    assert "The law allows this inquiry" in english[1]
    assert "本人との関係: 遺族" in japanese[1]
    for output in (japanese[1], english[1]):
        assert output.count("✔") == 7
        assert "506M60004008009@2024-05-27#110-1-1-イ" in output
        assert "https://laws.e-gov.go.jp/law/506M60004008009" in output
    file.write_text(line(items=["地方税関係情報"]), encoding="utf-8")
    refused = run("explain", str(file), "--lang", "en")[1]
    assert "The law does not allow this inquiry" in refused
    assert "✖" in refused
    assert "→" in refused
    shown = json.loads(run("explain", str(file), "--json")[1])
    assert shown["verdict"]["verdict"] == "refusal"
    assert [step["mark"] for step in shown["steps"] if step["step"] == "linkage"] == ["fails"]


def test_a_story_of_an_ordinance_is_told_by_the_files_that_are_given(tmp_path: Path) -> None:
    folder = str(Path(__file__).parents[2] / "ordinances")
    asked = line(on="2025-04-01", affair={"ordinance": "131121/1"}, provider={"capacity": "市町村長"}, items=["介護保険給付等関係情報"], purpose=None)
    found = []
    for given in (["--ordinances", folder], ["--ordinances", str(tmp_path)]):
        steps = json.loads(run("explain", "-", "--json", *given, put=asked)[1])["steps"]
        found.append({step["step"]: step["mark"] for step in steps})
    # With the files the ordinance lets the number be used, and the filing does not reach the item; without them nothing is shown.
    assert [(marks["number_use"], marks["linkage"]) for marks in found] == [("holds", "fails"), ("fails", "fails")]


def test_a_citation_shows_words_provenance_days_and_doubts() -> None:
    output = run("explain", "506M60004008009@2024-05-27#2/36", "--lang", "en")[1]
    for said in ("In force: 2024-05-27", "verified until 2025-04-01", "provision_order_2024-05-27.jsonl:36", "Not certain", "Row of number use"):
        assert said in output
    shown = json.loads(run("explain", "506M60004008009@2024-05-27#110-1-1-イ", "--json")[1])
    assert shown["purposes"][0]["information"][0]["text"] == "当該支給に係る死亡者及びその遺族に係る戸籍関係情報"
    assert "read them at the link" in run("explain", "425AC0000000027#19-1-8", "--lang", "en")[1]


def test_a_diff_says_its_summary_first_and_can_be_narrowed() -> None:
    status, output, _ = run("diff", "2022-10-18", "2024-06-03")
    head = output.splitlines()[0]
    assert (status, "2022-10-18" in head) == (0, True)
    assert output.index("始まった事務") < output.index("■ 番号利用") < output.index("■ 情報連携")
    narrow = run("diff", "2022-10-18", "2024-06-03", "--affair", "災害弔慰金", "--lang", "en")[1]
    assert "[new]" in narrow
    assert "市町村長 ← 法務大臣: 戸籍関係情報" in narrow
    assert len(narrow.splitlines()) < 20
    assert "Nothing changed." in run("diff", "2022-10-18", "2022-10-19", "--lang", "en")[1]
    assert "2025-04-01" in run("diff", "2024-06-03", "2026-10-01")[1]


def test_a_diff_in_json_has_every_change_and_its_count() -> None:
    shown = json.loads(run("diff", "2022-10-18", "2024-06-03", "--json")[1])
    for kind in ("number_use", "linkage"):
        found = [one for one in shown["affairs"] if one["kind"] == kind]
        assert sum(len(one["became"]) for one in found) == shown["summary"][kind]["became"] > 100
        assert sum(len(one["ceased"]) for one in found) == shown["summary"][kind]["ceased"] > 10
    assert set(shown["affairs"][-1]["became"][0] if shown["affairs"][-1]["became"] else shown["affairs"][-1]["ceased"][0]) == {
        "party",
        "provider",
        "item",
    }


def test_lint_finds_nothing_and_tells_apart_what_nobody_in_the_demo_holds() -> None:
    status, output, _ = run("lint", "--json")
    assert (status, json.loads(output)["ok"]) == (0, True)
    status, output, _ = run("lint", "--held", "--json")
    found = json.loads(output)
    assert (status, found["ok"], found["findings"]) == (0, True, [])
    assert "気象庁長官" not in found["unheld"]
    assert len(found["unheld"]) > 50
    status, output, _ = run("lint", "--held", "--lang", "en")
    assert (status, "no fault of the law data" in output) == (0, True)
    plain = run("lint", "--lang", "en")[1]
    assert "no institution of the demo" not in plain
    assert len(plain.splitlines()) == 1
    assert run("lint", "--reviewed", "--lang", "en")[1].count("reviewed: ") == 5


def test_stats_say_the_counts_that_the_readme_of_the_sources_says() -> None:
    shown = json.loads(run("stats", "--json")[1])
    tuples = {f"{table['source']}#{table['table']}": (table["rows"] + table["deleted"], table["tuples"]) for table in shown["tables"]}
    assert tuples["425AC0000000027@2022-06-17#appended-2"] == (133, 882)
    assert tuples["506M60004008009@2024-05-27#2"] == (173, 945)
    assert "945" in run("stats")[1]


@pytest.mark.parametrize("command", ["decide", "explain", "lint", "diff", "import", "stats"])
def test_every_command_shows_an_example_that_works(command: str) -> None:
    said = " ".join(run(command, "--help")[1].split())
    assert f"Example: enishi law {command}" in said


def test_both_languages_say_the_same_things() -> None:
    for key, text in words().items():
        assert text.ja, key
        assert text.en, key
        fields = [sorted(part.split("}")[0] for part in said.split("{")[1:]) for said in (text.ja, text.en)]
        assert fields[0] == fields[1], key
