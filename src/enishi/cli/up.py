"""`enishi up`: the whole mesh until Ctrl-C, with a line for each step and `ready` only when every role answers."""

import sys

from rich.console import Console

from enishi import clock
from enishi.cli.configs import Plan
from enishi.cli.mesh import Mesh
from enishi.cli.ports import face_url


def run_up(plan: Plan, residents: int) -> int:
    """Start, say where everything is, and stay until a signal; the children end with this process."""
    console = Console(highlight=False)
    begun = clock.monotonic()

    def say(step: str) -> None:
        console.print(f"[dim]{clock.monotonic() - begun:6.1f} s[/dim]  {step}")

    with Mesh(plan, residents, say) as mesh:
        console.print(f"ready  {face_url(plan.base, 'portal')}", soft_wrap=True)
        console.print(f"[dim]the story on this mesh: {program()} tour --data {plan.data}    end: Ctrl-C[/dim]", soft_wrap=True)
        try:
            mesh.watch()
        except (KeyboardInterrupt, SystemExit):
            console.print("[dim]ending every role[/dim]")
    return 0


def program() -> str:
    """How the program was called, so that what is shown can be typed again."""
    return sys.argv[0] if sys.argv[0].endswith("enishi") else "enishi"
