"""docs/glossary.md and the program use the same words."""

import ast
import re

from docs.reading import table, words
from house.source import ROOT, SRC, Module, modules, planted, walk

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
ROWS = table(GLOSSARY, "Words in the code")
TREE = modules()


def identifiers(tree: list[Module]) -> dict[str, str]:
    """Every name that the program gives to something, with one place where it does."""
    return {name: module.at(node, "") for module in tree for node in walk(module.tree) if (name := _named(node))}


def _named(node: ast.AST) -> str:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return node.id
    return node.arg if isinstance(node, ast.arg) else ""


def _camel(word: str) -> str:
    return "".join(part.capitalize() for part in word.split("_"))


def banned_names(tree: list[Module], rows: list[list[str]]) -> list[str]:
    given = identifiers(tree)
    banned = [(form, row[1]) for row in rows for word in words(row[2]) for form in (word, _camel(word))]
    return [f"{given[form]}{form}: the glossary's word is {wanted}" for form, wanted in banned if form in given]


def test_every_word_of_the_table_stands_in_the_program() -> None:
    files = [path for path in (SRC / "enishi").rglob("*") if path.suffix in {".py", ".json", ".html"}]
    found = set(re.findall(r"\w+", "\n".join(path.read_text(encoding="utf-8") for path in files)))
    assert [word for row in ROWS for word in words(row[1]) if word not in found] == []


def test_no_banned_word_is_a_name() -> None:
    assert banned_names(TREE, ROWS) == []


def test_a_planted_banned_word_is_found() -> None:
    assert banned_names([planted("class Replica:\n    pass\n")], ROWS)
    assert banned_names([planted("def find(my_number):\n    return my_number\n")], ROWS)


def test_one_english_word_for_one_japanese_word() -> None:
    codes = [
        word
        for heading in ("Words in the code", "Words that are settled for rooms to come")
        for row in table(GLOSSARY, heading)
        for word in words(row[1])
    ]
    japanese = [row[0] for row in ROWS]
    assert len(set(japanese)) == len(japanese)
    assert len(set(codes)) == len(codes)


def test_every_row_is_whole() -> None:
    assert [row for row in ROWS if len(row) != 4 or not row[0] or not words(row[1])] == []
