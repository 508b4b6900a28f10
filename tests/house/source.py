"""What the house tests read: the syntax trees of src/enishi, and the files that the project keeps."""

import ast
import subprocess
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"


@dataclass(frozen=True)
class Module:
    """One module of the program: its dotted name, its text, its tree."""

    name: str
    text: str
    package: bool = False

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax, read when a test first asks: every worker collects these tests, and few run them."""
        return ast.parse(self.text, self.name)

    @property
    def room(self) -> str:
        """The room (`tlog`) or role (`roles.keeper`) that the module belongs to; a lone module is its own room."""
        parts = self.name.split(".")[1:]
        return ".".join(parts[:2] if parts[:1] == ["roles"] else parts[:1])

    def at(self, node: ast.AST, what: str) -> str:
        """A finding, said with its place."""
        return f"{self.name}:{getattr(node, 'lineno', 0)} {what}"


def planted(text: str, name: str = "enishi.roles.keeper.planted", package: bool = False) -> Module:
    """A module that exists only in a test, to see that a rule finds what it must find."""
    return Module(name, text, package)


@cache
def modules(src: Path = SRC) -> tuple[Module, ...]:
    """Every module under src/enishi, in order of name; read once for all tests of one process."""
    return tuple(_module(path, src) for path in sorted((src / "enishi").rglob("*.py")))


@cache
def walk(tree: ast.AST) -> tuple[ast.AST, ...]:
    """What `ast.walk` gives, kept: many rules walk the same trees, and a tree does not change."""
    return tuple(ast.walk(tree))


def _module(path: Path, src: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    parts = path.relative_to(src).with_suffix("").parts
    package = parts[-1] == "__init__"
    return Module(".".join(parts[:-1] if package else parts), text, package)


def kept_files() -> list[Path]:
    """Every file that the project keeps or is about to: what git tracks, and what it would not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    return [ROOT / name for name in sorted(listed.split("\0")) if name and (ROOT / name).is_file()]


def called(node: ast.Call) -> str:
    """The last word of what is called: `point` for `crash.point(...)`, "" for a call of something nameless."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def receiver(node: ast.Call) -> str:
    """The last word before the dot: `db` for `self.db.write(...)`, "" where there is none."""
    if not isinstance(node.func, ast.Attribute):
        return ""
    owner = node.func.value
    if isinstance(owner, ast.Attribute):
        return owner.attr
    return owner.id if isinstance(owner, ast.Name) else ""
