"""Rules of shape: no boolean parameters in public functions, no long modules, no bags of odds and ends."""

import ast
from collections.abc import Iterator

from house.source import Module

LONGEST = 400
BAGS = {"utils", "util", "common", "helpers", "misc"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def boolean_parameters(tree: list[Module]) -> list[str]:
    """Every boolean parameter of a public function; the command line is exempt, since flags are its grammar."""
    return [
        module.at(function, f"{function.name}({argument}): a boolean parameter; use two verbs or an enum")
        for module in tree
        if module.room != "cli"
        for function in _public_functions(module.tree)
        for argument in _booleans(function)
    ]


def _public_functions(tree: ast.Module | ast.ClassDef) -> Iterator[Function]:
    for node in tree.body:
        if isinstance(node, Function) and not node.name.startswith("_"):
            yield node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _public_functions(node)


def _booleans(function: Function) -> Iterator[str]:
    spec = function.args
    positional = [*spec.posonlyargs, *spec.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(spec.defaults))
    pairs = [*zip(positional, [*defaults, *spec.defaults], strict=True), *zip(spec.kwonlyargs, spec.kw_defaults, strict=True)]
    for argument, default in pairs:
        annotated = argument.annotation is not None and "bool" in _words(argument.annotation)
        if annotated or (isinstance(default, ast.Constant) and isinstance(default.value, bool)):
            yield argument.arg


def _words(annotation: ast.expr) -> Iterator[str]:
    """The names at the top of a union; `Callable[[], bool]` takes no boolean."""
    if isinstance(annotation, ast.Name):
        yield annotation.id
    elif isinstance(annotation, ast.BinOp):
        yield from _words(annotation.left)
        yield from _words(annotation.right)


def long_modules(tree: list[Module]) -> list[str]:
    """Every module of more than 400 lines."""
    sizes = [(module.name, module.text.count("\n")) for module in tree]
    return [f"{name} has {lines} lines; the most is {LONGEST}" for name, lines in sizes if lines > LONGEST]


def bags(tree: list[Module]) -> list[str]:
    """Every module named after nothing in particular."""
    return [f"{module.name} is a bag; name it after what it does" for module in tree if module.name.split(".")[-1] in BAGS]
