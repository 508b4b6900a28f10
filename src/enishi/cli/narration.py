"""How the tour speaks: one aligned line for each step with its time and its proof; silent on standard output in `--json` mode."""

import sys
from collections.abc import Awaitable, Callable

import msgspec
from rich.console import Console
from rich.padding import Padding

from enishi import clock
from enishi.cli.serve import sentence
from enishi.errors import Fault


class Step(msgspec.Struct, frozen=True):
    """One step as it went: `proof` says what was seen."""

    name: str
    ok: bool
    seconds: float
    proof: str


class Narrator:
    """Tells the steps and keeps them; a step that fails is told and the story goes on."""

    def __init__(self, quiet: bool) -> None:
        """`quiet` keeps standard output free for the last line."""
        self.console = Console(stderr=quiet, highlight=False, soft_wrap=False)
        self.steps: list[Step] = []

    def chapter(self, title: str, line: str) -> None:
        """A heading and what it is about."""
        self.console.print(f"\n[bold]{title}[/bold]")
        self.console.print(Padding(f"[dim]{line}[/dim]", (0, 0, 0, 2)))

    async def step(self, name: str, told: str, work: Callable[[], Awaitable[str]]) -> None:
        """Do a step's work; it returns its proof, raises a Fault, or Untrue where the story did not hold."""
        begun = clock.monotonic()
        try:
            proof, ok = await work(), True
        except Fault as fault:
            proof, ok = sentence(fault), False
        except Untrue as untrue:
            proof, ok = str(untrue), False
        seconds = round(clock.monotonic() - begun, 3)
        self.steps.append(Step(name, ok, seconds, proof))
        mark = "[green]✔[/green]" if ok else "[red]✖[/red]"
        self.console.print(f"  {mark} {told}  [dim]{seconds * 1000:.0f} ms[/dim]")
        self.console.print(Padding(f"[dim]{proof}[/dim]", (0, 0, 0, 6)))

    @property
    def ok(self) -> bool:
        """Whether every step held."""
        return all(step.ok for step in self.steps)

    def end(self, seconds: float) -> None:
        """The one line of JSON on standard output."""
        steps = [msgspec.to_builtins(step) for step in self.steps]
        print(msgspec.json.encode({"ok": self.ok, "seconds": round(seconds, 2), "steps": steps}).decode(), file=sys.stdout, flush=True)


class Untrue(Exception):
    """The mesh answered, but not as the story must go."""


def expect(condition: object, what: str) -> None:
    """Raise Untrue unless the condition holds."""
    if not condition:
        raise Untrue(what)
