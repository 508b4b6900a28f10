"""The crash points: every durable write and every send of a role has a named `crash.point("role.step.before_…")` beside it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from house.source import Module, called, receiver, walk

NAME = re.compile(r"[a-z_]+\.[a-z_]+\.(before|after)_[a-z_]+")
STORES = {"db", "database"}
SENDERS = {"call": {"client"}, "post": {"session"}}
"""What sends, and from what: the mesh client, and the plain session to a witness. A batcher's own `submit` sends nothing: what it calls does."""


@dataclass(frozen=True)
class Point:
    """One crash point: its name and where it stands."""

    name: str
    place: str
    room: str


def points(tree: list[Module]) -> list[Point]:
    """Every crash point in the roles, in the order of the source; tests/faults kills a process at each."""
    return [
        Point(_literal(node), module.at(node, ""), module.room)
        for module in tree
        if module.room.startswith("roles.")
        for node in walk(module.tree)
        if _is_point(node)
    ]


def faulty_points(tree: list[Module]) -> list[str]:
    """Every point whose name is not a literal `role.step.before_…|after_…` of its own role, or stands twice."""
    found, seen = [], dict[str, str]()
    for point in points(tree):
        if not NAME.fullmatch(point.name) or point.name.split(".")[0] != point.room.split(".")[-1]:
            found.append(f"{point.place}crash point {point.name!r} is not a literal role.step.before_…|after_… of {point.room}")
        elif point.name in seen:
            found.append(f"{point.place}crash point {point.name!r} stands at {seen[point.name]}too")
        seen.setdefault(point.name, point.place)
    return found


def unguarded(tree: list[Module]) -> list[str]:
    """Every durable write and every send in a role with no crash point directly before or after it."""
    return [
        module.at(call, f"{receiver(call)}.{called(call)}( has no crash.point beside it")
        for module in tree
        if module.room.startswith("roles.")
        for call, beside in _acts(module.tree)
        if not beside
    ]


def _acts(tree: ast.Module) -> Iterator[tuple[ast.Call, bool]]:
    for function in walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _acts_in(function.body, before=None, after=None)


def _acts_in(block: list[ast.stmt], before: ast.stmt | None, after: ast.stmt | None) -> Iterator[tuple[ast.Call, bool]]:
    """The acts of a block, each with whether the statement run just before or just after it is a crash point."""
    around = [before, *block, after]
    for index, statement in enumerate(block):
        previous, following = around[index], around[index + 2]
        beside = _is_point_statement(previous) or _is_point_statement(following)
        yield from ((call, beside) for call in _calls_of(statement) if _is_act(call))
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for inner in _blocks(statement):
                yield from _acts_in(inner, previous, following)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        yield getattr(statement, field, None) or []
    for holder in [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]:
        yield holder.body


def _calls_of(statement: ast.stmt) -> Iterator[ast.Call]:
    """The calls in the statement's own expressions, not those of the blocks inside it."""
    todo: list[ast.AST] = [child for child in ast.iter_child_nodes(statement) if not isinstance(child, _NESTED)]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Call):
            yield node
        todo.extend(child for child in ast.iter_child_nodes(node) if not isinstance(child, _NESTED))


_NESTED = (ast.stmt, ast.excepthandler, ast.match_case)


def _is_act(call: ast.Call) -> bool:
    if called(call) in {"write", "write_now"}:
        return receiver(call).lstrip("_") in STORES
    return receiver(call).lstrip("_") in SENDERS.get(called(call), set())


def _is_point_statement(statement: ast.stmt | None) -> bool:
    return isinstance(statement, ast.Expr) and _is_point(statement.value)


def _is_point(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Call) and called(node) == "point" and receiver(node) == "crash"


def _literal(node: ast.AST) -> str:
    assert isinstance(node, ast.Call)
    first = node.args[0] if node.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
