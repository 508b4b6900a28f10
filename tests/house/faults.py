"""Rules of faults: every slug that the program raises has its sentences, and every sentence belongs to a slug that it raises."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from house.source import SRC, Module, called, receiver, walk

FOLDER = SRC / "enishi" / "sentences" / "problems"
CLASSES = {"Fault", "Malformed", "Unknown", "Conflict", "Oversized", "Unauthenticated", "Denied", "Tampered", "Unavailable", "Busy", "Misconfigured"}
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+|[a-z0-9]+")
KANA = re.compile(r"[\u3040-\u30ff]")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Naming:
    """One place that names a slug: the expression at a fault, or at a call of a function that raises what it is handed."""

    place: str
    slugs: tuple[str, ...]
    passed_on: bool


def raised(tree: list[Module]) -> dict[str, str]:
    """Each slug that the program names in a fault, with the first place that does."""
    pairs = [(slug, naming.place) for naming in _namings(tree) for slug in naming.slugs]
    return dict(reversed(pairs))


def unreadable(tree: list[Module]) -> list[str]:
    """Every fault whose slug is not written out where it is made, so that no reader and no test can find it."""
    return [f"{naming.place}a fault whose slug is not a literal" for naming in _namings(tree) if not naming.slugs and not naming.passed_on]


def _namings(tree: list[Module]) -> Iterator[Naming]:
    """Faults made with a slug of their own, and the calls of functions (`demand(…, slug, …)`) that raise a slug they are handed."""
    handed = {
        (owner, function.name): (position, name)
        for module in tree
        for function, position, name in _raisers(module.tree)
        for owner in ("", "self", module.name.split(".")[-1])
    }
    constants = _constants(tree)
    for module in tree:
        inside = {id(call) for function, _, name in _raisers(module.tree) for call in _faults(function) if _is_name(_slug_of(call), name)}
        for call in (node for node in walk(module.tree) if isinstance(node, ast.Call)):
            if called(call) in CLASSES and id(call) not in inside:
                yield _naming(module.at(call, ""), _slug_of(call), constants)
            elif (receiver(call), called(call)) in handed:
                yield _naming(module.at(call, ""), _argument(call, *handed[receiver(call), called(call)]), constants)


def _naming(place: str, slug: ast.expr | None, constants: dict[str, str]) -> Naming:
    # A fault passed on (`Malformed(fault.code, …)`) has the texts of the first.
    return Naming(place, tuple(_literals(slug, constants)), isinstance(slug, ast.Attribute) and slug.attr == "code")


def _constants(tree: list[Module]) -> dict[str, str]:
    """The text constants that modules name in capitals: `UNREADABLE: Final = "peer-answer-unreadable"`."""
    return {
        node.target.id: node.value.value
        for module in tree
        for node in module.tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id.strip("_").isupper()
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }


def _raisers(tree: ast.Module) -> Iterator[tuple[Function, int, str]]:
    for function in (node for node in walk(tree) if isinstance(node, Function)):
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
    return (node for node in walk(tree) if isinstance(node, ast.Call) and called(node) in CLASSES)


def _slug_of(call: ast.Call) -> ast.expr | None:
    named = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
    return (call.args or named or [None])[0]


def _literals(node: ast.expr | None, constants: dict[str, str]) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Name) and node.id in constants:
        yield constants[node.id]
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body, constants)
        yield from _literals(node.orelse, constants)


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
