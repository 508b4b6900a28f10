"""Roles run through their crash points, one life after another, and the traffic that goes on meanwhile."""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Final

from enishi import clock
from enishi.cli.mesh import Child, Mesh
from enishi.cli.ports import face_url
from enishi.client.portal import read_records
from enishi.errors import Fault
from running.mesh_running import STORY, gateway, register_question, tax_question

PATIENCE_S: Final = 150.0


class Chain:
    """Runs each role through its crash points, one life after another."""

    def __init__(self, mesh: Mesh, plan: dict[str, list[str]]) -> None:
        self._mesh = mesh
        self._left = {role: list(names) for role, names in plan.items()}
        self.died: list[str] = []

    def launch(self, role: str) -> None:
        names = self._left.get(role, [])
        self._mesh.launch(role, {"ENISHI_CRASH_AT": names[0]} if names else {})

    def run(self) -> None:
        """Until every point has killed its role and all roles are ready again."""
        deadline = clock.monotonic() + PATIENCE_S
        while self._left_over() or not self._ready():
            assert clock.monotonic() < deadline, f"never reached: {self._left_over()}"
            for role, child in list(self._mesh.children.items()):
                if child.process.poll() is not None:
                    self._dead(role, child)
            threading.Event().wait(0.02)

    def _dead(self, role: str, child: Child) -> None:
        assert child.process.returncode == -signal.SIGKILL, f"{role} ended by itself: {child.last_words()}"
        self.died.append(self._left[role].pop(0))
        child.wait(0)
        self.launch(role)

    def _left_over(self) -> list[str]:
        return [name for names in self._left.values() for name in names]

    def _ready(self) -> bool:
        return all(child.process.poll() is None and child.poll() for child in self._mesh.children.values())


class Traffic(threading.Thread):
    """Inquiries of every kind, looks and decisions, again and again, none waiting for another; what was acknowledged is kept."""

    def __init__(self, mesh: Mesh) -> None:
        super().__init__(daemon=True)
        self._mesh = mesh
        self.stop = threading.Event()
        self.seen: dict[str, dict[str, Any]] = {}

    def run(self) -> None:
        asyncio.run(self._go())

    async def _go(self) -> None:
        works: list[Callable[[], Awaitable[None]]] = [
            lambda: self._ask(register_question()),
            lambda: self._ask(register_question(items=["地方税関係情報"], provider="011002", period="2024")),
            lambda: self._ask(tax_question(STORY.unknown)),
            lambda: self._ask(tax_question(STORY.protected)),
            self._look,
            self._decide,
        ]
        await asyncio.gather(*map(self._again, works))

    async def _again(self, work: Callable[[], Awaitable[None]]) -> None:
        while not self.stop.is_set():
            await work()
            # As many as show every point, and no more than come to an end behind it.
            await asyncio.sleep(0.15)

    async def _ask(self, question: dict[str, Any]) -> None:
        with contextlib.suppress(Fault, OSError):
            answer = await gateway(self._mesh).inquire(question)
            self.seen[answer["txid"]] = answer

    async def _look(self) -> None:
        with contextlib.suppress(Fault, OSError, AssertionError):
            await read_records(face_url(self._mesh.plan.base, "portal"), STORY.reader.card, STORY.reader.pin)

    async def _decide(self) -> None:
        with contextlib.suppress(Fault, OSError):
            desk = gateway(self._mesh, STORY.loan.provider)
            held = await desk._call("GET", "/v1/held", None)
            for item in held["items"][:3]:
                await desk._call("POST", f"/v1/held/{item['item_id']}", b'{"decision":"provide"}')


async def settled(mesh: Mesh, seen: dict[str, dict[str, Any]]) -> None:
    """Every acknowledged inquiry comes to an end or to an official, with the receipts that were shown before."""
    deadline, few = clock.monotonic() + 60, asyncio.Semaphore(8)

    async def one(txid: str, before: dict[str, Any]) -> None:
        async with few:
            now = await gateway(mesh).look(txid)
            while now["state"] == "sending" and clock.monotonic() < deadline:
                await asyncio.sleep(0.2)
                now = await gateway(mesh).look(txid)
        assert now["state"] in ("ended", "waiting")
        for old, new in zip(before["items"], now["items"], strict=True):
            assert old["receipt"] is None or old["receipt"] == new["receipt"]
            assert old["outcome"] in (None, "held") or old["outcome"] == new["outcome"]

    await asyncio.gather(*(one(*each) for each in seen.items()))
