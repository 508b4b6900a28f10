"""`enishi bench portal`: one citizen with very many records turning pages, then many citizens at once, each logging in with a card."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Table

from enishi import clock, society
from enishi.cli.bench.bulk import MOST, measure_bulk
from enishi.cli.bench.citizens import measure
from enishi.cli.bench.inquiry import LEGAL_DAY, cpu_seconds
from enishi.cli.bench.load import closed_loop
from enishi.cli.configs import Plan
from enishi.cli.founding import SEED, founded
from enishi.cli.mesh import Mesh
from enishi.cli.ports import face_url, find_base
from enishi.client.portal import logged_in
from enishi.seal.hpke import SealingKey, Suite

RESIDENTS: Final = 500
CARDS: Final = 400
"""At most so many citizens: the demo's society of five hundred has about as many with a card in order."""
PAGES: Final = ("/records", "/records?page=7", "/records?result=provided", "/records?institution=digital", "/records/1")
STEPS: Final = ("to_the_card", "pins", "back_and_in", "their_pages")
Fetch = Callable[[str], Awaitable[bytes]]


def run(records: int, citizens: int, seconds: float, as_json: bool) -> int:
    """Measure on a mesh of its own, and print a table or one JSON object."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="enishi-bench-")))
        console = Console(stderr=True, highlight=False)
        mesh = stack.enter_context(Mesh(Plan(folder, find_base(), LEGAL_DAY), RESIDENTS, lambda step: console.print(f"[dim]{step}[/dim]")))
        console.print(f"{records} inquiries about one citizen")
        _fill(mesh, records)
        console.print("the citizen turns pages")
        result = asyncio.run(_one(face_url(mesh.plan.base, "portal"), seconds))
        console.print(f"{citizens} citizens at once")
        result |= asyncio.run(measure(face_url(mesh.plan.base, "portal"), _cards(mesh, citizens), lambda: cpu_seconds(mesh)))
    if as_json:
        print(msgspec.json.encode(result).decode())
    else:
        _show(result, Console(highlight=False))
    return 1 if result["citizens"]["failed"] else 0


def _fill(mesh: Mesh, records: int) -> None:
    """Have the recipient's account asked for so many times, in messages of at most 10,000."""
    case = society.story(SEED, RESIDENTS).condolence
    question = {
        "person": case.recipient.addressees[case.inquirer],
        "affair": {"source": "506M60004008009@2024-05-27", "row": "108"},
        "purpose_item": "1",
        "items": ["公的給付支給等口座登録簿関係情報"],
        "relation": "recipient",
        "provider": case.accounts,
        "case": "BENCH",
    }
    token = (mesh.plan.data / "credentials" / case.inquirer).read_text()
    for start in range(0, records, MOST):
        measure_bulk(face_url(mesh.plan.base, "gateway"), token, msgspec.json.encode(question), min(MOST, records - start))


async def _one(portal: str, seconds: float) -> dict[str, Any]:
    reader = society.story(SEED, RESIDENTS).reader
    begun = clock.monotonic()
    async with logged_in(portal, reader.card, reader.pin, SealingKey.generate(Suite.BROWSER)) as fetch:
        opened = clock.monotonic() - begun
        pages = {path: await closed_loop([_turn(fetch, path)], seconds / len(PAGES)) for path in PAGES}
        proof = await closed_loop([_turn(fetch, "/records/proof")], 0.001)
    return {"log_in_s": round(opened, 2), "proof_ms": proof.p50_ms, "pages": {path: msgspec.to_builtins(one) for path, one in pages.items()}}


def _turn(fetch: Fetch, path: str) -> Callable[[], Awaitable[None]]:
    async def turn() -> None:
        await fetch(path)

    return turn


def _cards(mesh: Mesh, citizens: int) -> list[tuple[str, str]]:
    marker = founded(mesh.plan.data)
    holders = society.card_holders(society.generate(SEED, marker.residents if marker else RESIDENTS), SEED)
    return [(one.card, one.pin) for one in islice((one for one in holders if not one.state), min(citizens, CARDS))]


def _show(result: dict[str, Any], console: Console) -> None:
    table = Table(title="the portal", title_justify="left")
    for name in ("", "per second", "p50 ms", "p95 ms", "p99 ms", "answered", "failed"):
        table.add_column(name, justify="left" if not name else "right")
    many = result["citizens"]["at_once"]
    rows = [*result["pages"].items(), *((f"{step.replace('_', ' ')}, {many} at once", result[step]) for step in STEPS if step != "pins")]
    for name, one in rows:
        table.add_row(name, *(str(one[key]) for key in ("per_second", "p50_ms", "p95_ms", "p99_ms", "answered", "failed")))
    console.print(table)
    console.print(f"log-in with very many records {result['log_in_s']} s, their proof {result['proof_ms']} ms")
    for step in STEPS:
        console.print(f"CPU s, {step.replace('_', ' ')}: " + "  ".join(f"{role} {used}" for role, used in result[step]["cpu_s"].items()))
