"""`enishi bench inquiry`: interactive inquiries through every role on this machine, beside a direct call and the floor, in the same run."""

import asyncio
import itertools
import os
import tempfile
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Table

from enishi import society
from enishi.cli.bench.bulk import Bulk, measure_bulk, rows_for
from enishi.cli.bench.direct import measure_direct
from enishi.cli.bench.floor import Floor, measure_floor
from enishi.cli.bench.load import HttpCaller, Latencies, closed_loop, open_loop
from enishi.cli.configs import Plan
from enishi.cli.founding import SEED, founded
from enishi.cli.mesh import Mesh
from enishi.cli.ports import face_port, face_url, find_base

RESIDENTS: Final = 100
CALLERS: Final = 32
RATES: Final = (20, 100)
LEGAL_DAY: Final = date(2025, 4, 1)


def run(data: Path | None, seconds: float, as_json: bool) -> int:
    """Measure, and print a table or one JSON object."""
    with ExitStack() as stack:
        folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="enishi-bench-")))
        console = Console(stderr=True, highlight=False)
        mesh = stack.enter_context(Mesh(Plan(folder, find_base(), LEGAL_DAY), RESIDENTS, lambda step: console.print(f"[dim]{step}[/dim]")))
        result = _measure(mesh, seconds, console)
    if as_json:
        print(msgspec.json.encode(result).decode())
    else:
        _show(result, Console(highlight=False))
    return 0 if result["interactive"]["per_second"] > 0 else 1


def _measure(mesh: Mesh, seconds: float, console: Console) -> dict[str, Any]:
    marker = founded(mesh.plan.data)
    body = _question(marker.residents if marker else RESIDENTS)
    port = face_port(mesh.plan.base, "gateway")
    token = (mesh.plan.data / "credentials" / "012131").read_text()
    head = f"POST /v1/inquiries HTTP/1.1\r\nhost: gateway.localhost\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n".encode()
    console.print(f"closed loop, {CALLERS} callers, {seconds} s")
    before = cpu_seconds(mesh)
    closed = asyncio.run(_closed(port, head, body, seconds))
    spent = {role: used - before[role] for role, used in cpu_seconds(mesh).items()}
    opened: dict[str, Latencies] = {}
    for rate in RATES:
        console.print(f"open loop, {rate}/s, {seconds} s")
        opened[str(rate)] = asyncio.run(_open(port, head, body, rate, seconds))
    rows = rows_for(seconds)
    console.print(f"bulk, one message of {rows} rows")
    before = cpu_seconds(mesh)
    bulk = measure_bulk(face_url(mesh.plan.base, "gateway"), token, body, rows)
    bulk_spent = {role: used - before[role] for role, used in cpu_seconds(mesh).items()}
    answer = asyncio.run(_one(port, head, body))
    console.print("direct call between two processes")
    direct = measure_direct(mesh.plan.data, body, answer, CALLERS, min(seconds, 5.0))
    floor = measure_floor(answer)
    return _result(closed, opened, direct, floor, spent) | _bulk_result(bulk, direct, floor, bulk_spent)


def _bulk_result(bulk: Bulk, direct: Latencies, floor: Floor, spent: dict[str, float]) -> dict[str, Any]:
    cores = os.cpu_count() or 1
    ratios = {
        "direct_ratio": round(bulk.per_second / direct.per_second, 4) if direct.per_second else 0.0,
        "floor_ratio": round(bulk.per_second * floor.bulk_seconds / cores, 3),
        "cpu_ms_per_person": {role: round(1000 * used / bulk.rows, 2) for role, used in spent.items()},
    }
    return {"bulk": msgspec.to_builtins(bulk) | ratios}


def _result(closed: Latencies, opened: dict[str, Latencies], direct: Latencies, floor: Floor, spent: dict[str, float]) -> dict[str, Any]:
    cores = os.cpu_count() or 1
    slow = opened[str(RATES[0])]
    return {
        "interactive": {
            "per_second": closed.per_second,
            "p50_ms": slow.p50_ms,
            "p95_ms": slow.p95_ms,
            "direct_ratio": round(closed.per_second / direct.per_second, 4) if direct.per_second else 0.0,
            "floor_ratio": round(closed.per_second * floor.seconds / cores, 3),
        },
        "closed_loop": msgspec.to_builtins(closed),
        "open_loop": {rate: msgspec.to_builtins(one) for rate, one in opened.items()},
        "direct": msgspec.to_builtins(direct),
        "floor": msgspec.to_builtins(floor),
        "cpu_ms_per_inquiry": {role: round(1000 * used / max(1, closed.answered), 2) for role, used in spent.items()},
        "cores": cores,
        "callers": CALLERS,
    }


def _question(residents: int) -> bytes:
    condolence = society.story(SEED, residents).condolence
    question = {
        "person": condolence.deceased.addressees[condolence.inquirer],
        "affair": {"source": "506M60004008009@2024-05-27", "row": "108"},
        "purpose_item": "1",
        "items": ["戸籍関係情報"],
        "relation": "deceased",
        "provider": condolence.register,
        "case": "BENCH",
    }
    return msgspec.json.encode(question)


def _provided(answer: bytes) -> bool:
    return b'"outcome":"provided"' in answer


async def _closed(port: int, head: bytes, body: bytes, seconds: float) -> Latencies:
    callers = [HttpCaller(port, head, _provided) for _ in range(CALLERS)]
    await asyncio.gather(*(caller.ask(body) for caller in callers))
    return await closed_loop([lambda caller=caller: caller.ask(body) for caller in callers], seconds)  # type: ignore[misc]


async def _open(port: int, head: bytes, body: bytes, rate: float, seconds: float) -> Latencies:
    callers = [HttpCaller(port, head, _provided) for _ in range(2 * CALLERS)]
    return await open_loop([lambda caller=caller: caller.ask(body) for caller in callers], rate, seconds)  # type: ignore[misc]


async def _one(port: int, head: bytes, body: bytes) -> bytes:
    kept: list[bytes] = []

    def keep(answer: bytes) -> bool:
        kept.append(answer)
        return True

    await HttpCaller(port, head, keep).ask(body)
    return kept[0]


def cpu_seconds(mesh: Mesh) -> dict[str, float]:
    """CPU seconds used by each role's process so far (Linux /proc)."""
    ticks = os.sysconf("SC_CLK_TCK")
    used = {}
    for role, child in mesh.children.items():
        fields = Path(f"/proc/{child.process.pid}/stat").read_text().rpartition(")")[2].split()
        used[role] = (int(fields[11]) + int(fields[12])) / ticks
    return used


def _show(result: dict[str, Any], console: Console) -> None:
    table = Table(title="interactive inquiries", title_justify="left")
    for name in ("", "per second", "p50 ms", "p95 ms", "p99 ms", "failed", "generator CPU"):
        table.add_column(name, justify="left" if not name else "right")
    rows = itertools.chain(
        [("closed loop", result["closed_loop"])],
        [(f"open loop {rate}/s", one) for rate, one in result["open_loop"].items()],
        [("direct call", result["direct"])],
    )
    for name, one in rows:
        table.add_row(name, *(str(one[key]) for key in ("per_second", "p50_ms", "p95_ms", "p99_ms", "failed", "generator_cpu")))
    console.print(table)
    interactive = result["interactive"]
    console.print(f"direct_ratio {interactive['direct_ratio']}   floor_ratio {interactive['floor_ratio']}   cores {result['cores']}")
    bulk = result["bulk"]
    console.print(
        f"bulk {bulk['per_second']} persons/s ({bulk['provided']} of {bulk['rows']} provided)"
        f"   direct_ratio {bulk['direct_ratio']}   floor_ratio {bulk['floor_ratio']}"
    )
    console.print("CPU ms per person in bulk: " + "  ".join(f"{role} {used}" for role, used in bulk["cpu_ms_per_person"].items() if used))
    console.print("CPU ms per inquiry: " + "  ".join(f"{role} {used}" for role, used in result["cpu_ms_per_inquiry"].items() if used))
