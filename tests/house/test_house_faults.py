"""Every fault can be explained: slug by slug, what, why and next step, in Japanese and English."""

import json
from pathlib import Path

import pytest

from house import faults
from house.source import modules, planted

TREE = modules()
SOUND = {part: {"ja": "これは文です。", "en": "This is a sentence."} for part in ("what", "why", "next")}


def test_every_raised_slug_has_its_sentences() -> None:
    kept = faults.texts()
    assert [f"{place}{slug}" for slug, place in faults.raised(TREE).items() if slug not in kept] == []


def test_every_slug_is_written_out_where_it_is_raised() -> None:
    assert faults.unreadable(TREE) == []


def test_every_sentence_is_whole() -> None:
    assert faults.faulty_texts(faults.texts()) == []


def test_every_sentence_has_a_slug_in_the_program() -> None:
    program = "\n".join(module.text for module in TREE)
    assert [f"{where}: {slug}" for slug, (where, _) in faults.texts().items() if f'"{slug}"' not in program] == []


def test_planted_slugs_are_collected() -> None:
    code = "def f(x):\n    raise Malformed('a-b')\n\ndef g(x):\n    raise errors.Denied('c-d' if x else 'e-f', 'why')\n"
    assert set(faults.raised([planted(code)])) == {"a-b", "c-d", "e-f"}


def test_a_slug_named_by_a_constant_is_collected() -> None:
    code = "LOST: Final = 'a-b'\n\ndef f():\n    raise Unavailable(LOST)\n"
    assert set(faults.raised([planted(code)])) == {"a-b"}
    assert faults.unreadable([planted(code)]) == []


def test_slugs_handed_to_a_function_that_raises_them_are_collected() -> None:
    code = "def demand(held, slug):\n    if not held:\n        raise Malformed(slug)\n\ndemand(1, 'a-b')\ndemand(1, slug='c-d')\n"
    assert set(faults.raised([planted(code)])) == {"a-b", "c-d"}
    assert faults.unreadable([planted(code)]) == []
    assert faults.unreadable([planted(code + "demand(1, computed())\n")])


def test_a_planted_slug_that_nobody_can_read_is_found() -> None:
    assert faults.unreadable([planted("def f(field):\n    raise Malformed(f'{field}-wrong')\n")])
    assert faults.unreadable([planted("def f(fault):\n    raise Malformed(fault.code)\n")]) == []


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {**SOUND, "next": {"ja": "次です。"}},
        {**SOUND, "why": {"ja": "why", "en": "why"}},
        {**SOUND, "what": {"ja": "これです。", "en": "これです。"}},
        "text",
    ],
)
def test_a_text_with_a_gap_is_found(entry: object) -> None:
    assert faults.faulty_texts({"some-slug": ("planted.json", entry)})


def test_a_slug_in_two_files_is_found(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(json.dumps({"some-slug": SOUND}), encoding="utf-8")
    assert faults.faulty_texts(faults.texts(tmp_path)) == ["a.json and b.json: some-slug: stands in two files"]
