"""Rules of faults: every slug that the program raises has its sentences, and every sentence belongs to a slug that it raises."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from house.source import SRC, Module, called

FOLDER = SRC / "enishi" / "sentences" / "problems"
CLASSES = {"Fault", "Malformed", "Unknown", "Conflict", "Oversized", "Unauthenticated", "Denied", "Tampered", "Unavailable", "Busy", "Misconfigured"}
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+|[a-z0-9]+")
KANA = re.compile(r"[\u3040-\u30ff]")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Naming:
    """One place that names a slug: the expression at a fault, or at a call of a function that raises what it is handed."""

    place: str
    slug: ast.expr | None


def raised(tree: list[Module]) -> dict[str, str]:
    """Each slug that the program names in a fault, with the first place that does."""
    pairs = [(slug, naming.place) for naming in _namings(tree) for slug in _literals(naming.slug)]
    return dict(reversed(pairs))


def unreadable(tree: list[Module]) -> list[str]:
    """Every fault whose slug is not written out where it is made, so that no reader and no test can find it."""
    hidden = [naming for naming in _namings(tree) if not list(_literals(naming.slug)) and not _passed_on(naming.slug)]
    return [f"{naming.place}a fault whose slug is not a literal" for naming in hidden]


def _namings(tree: list[Module]) -> Iterator[Naming]:
    """Faults made with a slug of their own, and the calls of functions (`demand(…, slug, …)`) that raise a slug they are handed."""
    handed = {function.name: (position, name) for module in tree for function, position, name in _raisers(module.tree)}
    for module in tree:
        inside = {id(call) for function, _, name in _raisers(module.tree) for call in _faults(function) if _is_name(_slug_of(call), name)}
        for call in (node for node in ast.walk(module.tree) if isinstance(node, ast.Call)):
            if called(call) in CLASSES and id(call) not in inside:
                yield Naming(module.at(call, ""), _slug_of(call))
            elif called(call) in handed:
                yield Naming(module.at(call, ""), _argument(call, *handed[called(call)]))


def _raisers(tree: ast.Module) -> Iterator[tuple[Function, int, str]]:
    for function in (node for node in ast.walk(tree) if isinstance(node, Function)):
        names = [argument.arg for argument in [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]]
        for slug in (_slug_of(call) for call in _faults(function)):
            if isinstance(slug, ast.Name) and slug.id in names:
                yield function, names.index(slug.id) - (names[0] in {"self", "cls"}), slug.id


def _argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    named = [keyword.value for keyword in call.keywords if keyword.arg == name]
    return call.args[position] if position < len(call.args) else (named or [None])[0]


def _is_name(node: ast.expr | None, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _faults(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call) and called(node) in CLASSES)


def _slug_of(call: ast.Call) -> ast.expr | None:
    named = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
    return (call.args or named or [None])[0]


def _literals(node: ast.expr | None) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)


def _passed_on(slug: ast.expr | None) -> bool:
    """True where the slug is another fault's own (`Malformed(fault.code, …)`): the texts are those of the first."""
    return isinstance(slug, ast.Attribute) and slug.attr == "code"


def texts(folder: Path = FOLDER) -> dict[str, tuple[str, Any]]:
    """Each slug that has sentences, with its file and the sentences; a slug that stands twice is kept under both files' names."""
    kept: dict[str, tuple[str, Any]] = {}
    for path in sorted(folder.glob("*.json")):
        for slug, entry in json.loads(path.read_text(encoding="utf-8")).items():
            where = f"{kept[slug][0]} and {path.name}" if slug in kept else path.name
            kept[slug] = (where, entry)
    return kept


def faulty_texts(kept: dict[str, tuple[str, Any]]) -> list[str]:
    """Everything that is wrong with the sentences themselves."""
    return [f"{where}: {slug}: {fault}" for slug, (where, entry) in kept.items() for fault in _faults_of_text(slug, where, entry)]


def _faults_of_text(slug: str, where: str, entry: Any) -> Iterator[str]:
    if " and " in where:
        yield "stands in two files"
    if not SLUG.fullmatch(slug):
        yield "is not a slug of small letters, figures and hyphens"
    for part in ("what", "why", "next"):
        said = entry.get(part) if isinstance(entry, dict) else None
        ja, en = (said.get("ja", ""), said.get("en", "")) if isinstance(said, dict) else ("", "")
        if not KANA.search(ja):
            yield f"{part} has no Japanese sentence"
        if not en.strip() or KANA.search(en):
            yield f"{part} has no English sentence"
