"""The legal cases hold the decision: take any check out, or any row that a case cites, and a case fails."""

import ast
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple

import msgspec
import pytest

from enishi.law import GroundCode, Permit, Tables, decide, load
from enishi.law.other import NotOpen, answer
from law import casebook, othercases
from law.casebook import ORDINANCES, ROOT, Case
from law.test_law_short_ways import long_tables

LAW = ROOT / "src" / "enishi" / "law"
CASES = casebook.cases()
OTHERS = othercases.cases()
MODULES = {".".join(("enishi", *path.relative_to(LAW.parent).with_suffix("").parts)): path for path in sorted(LAW.rglob("*.py"))}


class Check(NamedTuple):
    """A function of the room that adds grounds to a list, by module and name."""

    module: str
    name: str


def checks() -> list[Check]:
    """Every function under law/ that is handed a list of grounds, so that a new check cannot be left out here."""
    return [
        Check(module, node.name)
        for module, path in MODULES.items()
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and any(_is_list_of_grounds(argument) for argument in node.args.args)
    ]


def _is_list_of_grounds(argument: ast.arg) -> bool:
    return argument.arg == "grounds" and argument.annotation is not None and ast.unparse(argument.annotation).startswith("list[")


def silenced(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function whose grounds are thrown away: what it returns stays, what it holds against the question does not."""

    def quiet(*arguments: Any) -> Any:
        return function(*(list(one) if isinstance(one, list) else one for one in arguments))

    return quiet


def fails(case: Case, tables: Tables) -> bool:
    """True where the case is no longer decided as the book says."""
    verdict = decide(casebook.question_of(case), tables, casebook.facts_of(case), casebook.day_of(case), casebook.policy_of(case))
    if isinstance(verdict, Permit):
        return case["判定"] != "許可" or list(verdict.basis) != case.get("根拠", list(verdict.basis))
    codes = [entry["符号"] for entry in case.get("理由", ())] or case.get("理由の符号", [])
    return case["判定"] != "拒否" or [ground.code.value for ground in verdict.grounds] != codes


def other_fails(case: Case) -> bool:
    """The same for a case of another kind."""
    verdict = answer(othercases.question_of(case), load(), ORDINANCES, othercases.day_of(case))
    if isinstance(verdict, NotOpen):
        return case["判定"] != "できない" or [ground.code.value for ground in verdict.grounds] != [entry["符号"] for entry in case["理由"]]
    return case["判定"] != "できる"


def any_fails() -> bool:
    """By the long way, which runs the checks; `test_law_short_ways` holds that the short way says the same."""
    try:
        return any(fails(case, long_tables()) for case in CASES) or any(map(other_fails, OTHERS))
    except IndexError:
        # A check that is gone may let the answer fall over what it kept away: no case holds then.
        return True


def bindings(check: Check) -> list[ModuleType]:
    """Every loaded module of the room that holds the function under its name."""
    function = getattr(sys.modules[check.module], check.name)
    return [module for name, module in sys.modules.items() if name.startswith("enishi.law") and getattr(module, check.name, None) is function]


def test_the_book_holds_as_it_is() -> None:
    assert not any_fails()
    assert len(checks()) > 25
    assert len(grounds_said()) > 60


@pytest.mark.parametrize("check", checks(), ids=lambda check: f"{check.module.removeprefix('enishi.law.')}.{check.name}")
def test_a_check_taken_out_makes_a_case_fail(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    original = getattr(sys.modules[check.module], check.name)
    for module in bindings(check):
        monkeypatch.setattr(module, check.name, silenced(original))
    assert any_fails()


class Said(NamedTuple):
    """One line that adds a ground, by module, function and its place among those of the function."""

    module: str
    function: str
    number: int


def grounds_said() -> list[Said]:
    """Every `grounds.append` and `grounds.extend` under law/."""
    return [
        Said(module, node.name, number)
        for module, path in MODULES.items()
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
        for number in range(sum(_adds_a_ground(inner) for inner in ast.walk(node)))
    ]


def _adds_a_ground(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and ast.unparse(node).startswith(("grounds.append(", "grounds.extend("))


class Unsaid(ast.NodeTransformer):
    """Takes out one of the lines."""

    def __init__(self, node: ast.AST) -> None:
        self._node = node

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        return ast.Pass() if node is self._node else node


def without_line(said: Said) -> Callable[..., Any]:
    """The function as it would be had the line never been written."""
    tree = ast.parse(MODULES[said.module].read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == said.function]
    line = [node for node in ast.walk(tree.body[0]) if _adds_a_ground(node)][said.number]
    made: dict[str, Any] = {}
    changed = ast.fix_missing_locations(Unsaid(line).visit(tree))
    exec(compile(changed, said.module, "exec"), vars(sys.modules[said.module]), made)
    function: Callable[..., Any] = made[said.function]
    return function


NO_CASE: Final = Said("enishi.law.number_use", "check_number_use", 2)
"""`crosswalk-not-reviewed`: lint holds that every row is crossed, so no case can meet it; `test_law_product` takes the crosswalk away."""


def test_the_one_ground_that_no_case_can_meet_is_the_one_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = without_line(NO_CASE)
    for module in bindings(Check(NO_CASE.module, NO_CASE.function)):
        monkeypatch.setattr(module, NO_CASE.function, changed)
    assert not any_fails()
    assert all(row.number_use.problem is not GroundCode.CROSSWALK_NOT_REVIEWED for era in long_tables().eras for row in era.linkage)


@pytest.mark.parametrize(
    "said",
    [said for said in grounds_said() if said != NO_CASE],
    ids=lambda said: f"{said.module.removeprefix('enishi.law.')}.{said.function}.{said.number}",
)
def test_a_single_ground_taken_out_makes_a_case_fail(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = without_line(said)
    for module in bindings(Check(said.module, said.function)):
        monkeypatch.setattr(module, said.function, changed)
    assert any_fails()


@cache
def cited() -> tuple[str, ...]:
    """Every row of a table that a permit of the book rests on, or that a refusal cites."""
    book = load().book
    rows = {row.citation for revision in book.revisions for row in revision.rows}
    named = {citation for case in CASES for citation in case.get("根拠", ())}
    named |= {entry["引用"] for case in CASES for entry in case.get("理由", ())}
    return tuple(sorted(rows & named))


def without(citation: str) -> Tables:
    """The tables as they would be had this row never stood in them."""
    book = load().book
    revisions = tuple(
        msgspec.structs.replace(revision, rows=tuple(row for row in revision.rows if row.citation != citation)) for revision in book.revisions
    )
    return Tables(msgspec.msgpack.encode(msgspec.structs.replace(book, revisions=revisions)))


def test_the_book_cites_rows_of_every_table() -> None:
    assert {citation.rpartition("/")[0] for citation in cited()} >= {
        "425AC0000000027@2022-06-17#appended-2",
        "425AC0000000027@2024-05-27#appended",
        "506M60004008009@2024-05-27#2",
        "proposal@2024-05-27#1",
    }


@pytest.mark.parametrize("citation", cited())
def test_a_cited_row_taken_out_makes_a_case_fail(citation: str) -> None:
    tables = without(citation)
    # Those that cite the row come first, so that most of the book need not be decided again on tables made for one row.
    assert any(fails(case, tables) for case in sorted(CASES, key=lambda case: citation not in str(case)))


def test_a_row_that_no_case_cites_can_go_unseen() -> None:
    """The other way round, so that the test above is known to look at the row and not at the digest."""
    spare = next(row.citation for revision in load().book.revisions[-2:-1] for row in revision.rows if row.citation not in cited())
    tables = without(spare)
    assert not any(fails(case, tables) for case in CASES[::8])


def test_every_module_of_the_room_is_searched_for_checks() -> None:
    assert {Path(check.module.replace(".", "/")).name for check in checks()} >= {
        "gates",
        "linkage_row",
        "number_use",
        "linkage",
        "persons",
        "use",
        "contractor",
    }
