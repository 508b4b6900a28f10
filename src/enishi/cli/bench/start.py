"""`enishi bench start`: how long a start takes until every role answers; the first founds and enrols, the others are ordinary."""

import tempfile
from pathlib import Path

import msgspec
from rich.console import Console

from enishi import clock
from enishi.cli.bench.inquiry import LEGAL_DAY, cpu_seconds
from enishi.cli.configs import Plan
from enishi.cli.mesh import Mesh
from enishi.cli.ports import find_base


def run(residents: int, times: int, as_json: bool) -> int:
    """One first start and `times` further ones on a folder of its own."""
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="enishi-bench-") as folder:
        plan = Plan(Path(folder), find_base(), LEGAL_DAY)
        starts = [_start(plan, residents) for _ in range(times + 1)]
    result = {"first_s": starts[0][0], "again_s": [seconds for seconds, _ in starts[1:]], "cpu_s": starts[-1][1], "residents": residents}
    if as_json:
        print(msgspec.json.encode(result).decode())
    else:
        console.print(f"first start {result['first_s']} s with {residents} residents; again {result['again_s']} s; CPU seconds {result['cpu_s']}")
    return 0


def _start(plan: Plan, residents: int) -> tuple[float, dict[str, float]]:
    begun = clock.monotonic()
    with Mesh(plan, residents, lambda step: None) as mesh:
        return round(clock.monotonic() - begun, 2), {role: round(used, 2) for role, used in cpu_seconds(mesh).items()}
