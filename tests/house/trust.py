"""Rules of trust that the import contracts cannot say: who makes a Permit, who asks the time, who reaches for the environment."""

import ast
from collections.abc import Iterator

from house.source import Module, walk

PURE = {"law", "linkage", "seal", "tlog", "items", "sentences", "oidc", "protocol", "evidence", "terms", "errors", "encoding", "number"}
CLOCK_ASKERS = {"now_ms", "now", "monotonic", "process_seconds"}
DATE_ASKERS = {"now", "utcnow", "today"}


def permits_made(tree: list[Module]) -> list[str]:
    """Every use of the name Permit that could make one, outside the module `decide` of the room law.

    Naming it as a type is free: annotations, type aliases, isinstance and match patterns. Everything else is found, an alias or a subclass too.
    """
    found = []
    for module in tree:
        free = _type_positions(module.tree)
        inside = _nodes_of_decide(module)
        for node in walk(module.tree):
            if node not in free and node not in inside and _names_permit(node):
                found.append(module.at(node, "uses Permit as more than a type; only law.decide makes one"))
    return found


def _names_permit(node: ast.AST) -> bool:
    if isinstance(node, ast.alias):
        return node.name.split(".")[-1] == "Permit" and node.asname not in (None, "Permit")
    if isinstance(node, ast.Attribute):
        return node.attr == "Permit"
    return isinstance(node, ast.Name) and node.id == "Permit"


def _nodes_of_decide(module: Module) -> set[ast.AST]:
    return set(walk(module.tree)) if module.name == "enishi.law.decide" else set()


def _type_positions(tree: ast.Module) -> set[ast.AST]:
    return {inner for place in _type_expressions(tree) for inner in walk(place)}


def _type_expressions(tree: ast.Module) -> Iterator[ast.AST]:
    for node in walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
            yield node.returns
        elif isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
            yield node.annotation
        elif isinstance(node, ast.MatchClass):
            yield node.cls
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
            yield from node.args[1:]
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.BitOr):
            yield node.value
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id[:1].isupper():
            yield node.slice


def clock_asked(tree: list[Module]) -> list[str]:
    """Every look at a clock outside enishi.clock, and every use of enishi.clock's askers inside a pure room."""
    return [finding for module in tree if module.name != "enishi.clock" for finding in _clock_in(module)]


def _clock_in(module: Module) -> Iterator[str]:
    for node in walk(module.tree):
        if _imports(node, "time"):
            yield module.at(node, "imports time; only enishi.clock asks the time")
        elif isinstance(node, ast.Attribute) and node.attr in DATE_ASKERS and _word(node.value) in {"datetime", "date"}:
            yield module.at(node, f"asks the time by {node.attr}; only enishi.clock does")
        elif module.room in PURE and isinstance(node, ast.Attribute) and _word(node.value) == "clock" and node.attr in CLOCK_ASKERS:
            yield module.at(node, "a pure room is handed the time (at_ms)")
        elif module.room in PURE and isinstance(node, ast.ImportFrom) and node.module == "enishi.clock":
            yield from (module.at(node, "a pure room is handed the time (at_ms)") for name in node.names if name.name in CLOCK_ASKERS)


def _imports(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name == name for alias in node.names)
    return isinstance(node, ast.ImportFrom) and node.module == name and node.level == 0


def _word(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def files_opened(tree: list[Module]) -> list[str]:
    """Every builtin `open`, `__import__` or `input` in a pure room: its data comes through importlib.resources."""
    return [
        module.at(node, f"a pure room calls {node.func.id}")
        for module in tree
        if module.room in PURE
        for node in walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"open", "__import__", "input", "print"}
    ]


def packages_without_trust_lines(tree: list[Module]) -> list[str]:
    """Every room and role whose docstring does not say what it holds and what it never sees."""
    rooms = [module for module in tree if module.package and module.name not in {"enishi", "enishi.roles"} and module.name == f"enishi.{module.room}"]
    return [f"{room.name} {missing}" for room in rooms for missing in _missing_lines(ast.get_docstring(room.tree) or "")]


def _missing_lines(docstring: str) -> list[str]:
    lines = [line.strip().lstrip("*") for line in docstring.splitlines()] or [""]
    wanted = {"what it does, first": bool(lines[0]) and not lines[0].startswith(("Holds", "Never"))}
    wanted |= {word: any(line.startswith(word) for line in lines) for word in ("Holds:", "Never sees:")}
    return [f"docstring lacks {name}" for name, holds in wanted.items() if not holds]
