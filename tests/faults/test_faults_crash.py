"""Kill -9 at every named crash point, with inquiries in flight: nothing acknowledged is lost, nothing left without its record, nothing ends twice."""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from enishi import clock
from enishi.cli.configs import Plan, write_configs
from enishi.cli.founding import found
from enishi.cli.mesh import Child, Mesh
from enishi.cli.ports import ROLES, face_url, find_base
from enishi.cli.tour import LEGAL_DAY
from enishi.cli.verify import verify_data
from enishi.client.portal import read_records
from enishi.errors import Fault
from house.durable import points
from house.source import modules
from running.mesh_running import RESIDENTS, STORY, gateway, register_question, tax_question

pytestmark = pytest.mark.xdist_group("faults")

FIRST_START = {
    "witness": ["witness.cosign.before_store", "witness.cosign.after_store"],
    "oversight": ["oversight.cosign.before_store", "oversight.cosign.after_store"],
    "keeper": [
        "keeper.shares.before_store",
        "keeper.snapshot.before_append",
        "keeper.snapshot.after_append",
        "keeper.publish.before_checkpoint",
        "keeper.publish.after_checkpoint",
        "keeper.witness.before_send",
        "keeper.cosigned.before_store",
        "keeper.enrol.before_tags",
        "keeper.enrolled.before_send",
    ],
    "exchange": [
        "exchange.shares.before_store",
        "exchange.draft.before_store",
        "exchange.draft.after_store",
        "exchange.snapshot.before_store",
        "exchange.snapshot.after_store",
        "exchange.snapshot.before_send",
        "exchange.enrol.before_send",
    ],
    "registrar": [
        "registrar.import.before_store",
        "registrar.audit.before_mark",
        "registrar.enrol.before_log",
        "registrar.enrol.before_send",
        "registrar.enrol.before_spend",
    ],
    "gateway": [
        "gateway.import.before_store",
        "gateway.snapshot.before_send",
        "gateway.enrol.before_send",
        "gateway.enrol.before_store",
        "gateway.enrol.after_store",
    ],
}
IN_FLIGHT = {
    "keeper": [
        "keeper.commit.before_append",
        "keeper.commit.after_append",
        "keeper.outcome.before_append",
        "keeper.outcome.after_append",
        "keeper.view.before_append",
        "keeper.view.after_append",
    ],
    "exchange": [
        "exchange.admit.before_send",
        "exchange.commit.before_send",
        "exchange.commit.after_recorded",
        "exchange.notice.before_send",
        "exchange.notice.after_answer",
        "exchange.outcome.after_recorded",
        "exchange.view.before_send",
    ],
    "gateway": [
        "gateway.ask.before_store",
        "gateway.ask.after_store",
        "gateway.ask.before_send",
        "gateway.provide.before_store",
        "gateway.provide.after_store",
        "gateway.ask.before_keep",
        "gateway.ask.after_keep",
        "gateway.desk.before_store",
        "gateway.desk.after_store",
        "gateway.desk.before_send",
        "gateway.desk.before_confirm",
        "gateway.evidence.before_store",
        "gateway.evidence.after_store",
    ],
    "registrar": ["registrar.view.before_store", "registrar.view.after_store"],
    "portal": ["portal.issuer.before_call", "portal.view.before_send"],
}
ELSEWHERE = {
    "exchange.renewal.before_forget": "tests/exchange/test_exchange_standing_crash.py",
    "exchange.added.before_shares": "tests/exchange/test_exchange_standing_crash.py",
    "exchange.proposal.after_store": "tests/exchange/test_exchange_standing_crash.py",
    "exchange.proposal.before_store": "tests/exchange/test_exchange_standing_crash.py",
    "exchange.suspension.after_store": "tests/exchange/test_exchange_standing_crash.py",
    "exchange.suspension.before_store": "tests/exchange/test_exchange_standing_crash.py",
    "keeper.suspension.after_append": "tests/exchange/test_exchange_standing_crash.py",
    "keeper.suspension.before_append": "tests/exchange/test_exchange_standing_crash.py",
    "oversight.approval.before_store": "tests/exchange/test_exchange_standing_crash.py",
    "oversight.offered.before_store": "tests/exchange/test_exchange_standing_crash.py",
    "oversight.suspension.after_store": "tests/exchange/test_exchange_standing_crash.py",
    "oversight.suspension.before_store": "tests/exchange/test_exchange_standing_crash.py",
    "exchange.event.before_send": "tests/attacks/test_attack_events.py",
    "gateway.event.after_tell": "tests/gateway/test_gateway_events_crash.py",
    "gateway.event.before_changed": "tests/gateway/test_gateway_events_crash.py",
    "gateway.event.before_close": "tests/gateway/test_gateway_events_crash.py",
    "gateway.event.before_send": "tests/attacks/test_attack_events.py",
    "gateway.event.before_settle": "tests/gateway/test_gateway_events_crash.py",
    "gateway.event.before_tell": "tests/gateway/test_gateway_events_crash.py",
    "gateway.event.before_watch": "tests/gateway/test_gateway_events_crash.py",
    "gateway.subscribe.after_store": "tests/gateway/test_gateway_events_crash.py",
    "gateway.subscribe.before_end": "tests/gateway/test_gateway_events_crash.py",
    "gateway.subscribe.before_refuse": "tests/gateway/test_gateway_events_crash.py",
    "gateway.subscribe.before_store": "tests/gateway/test_gateway_events_crash.py",
    "gateway.subscribe.before_taken": "tests/gateway/test_gateway_events_crash.py",
    "gateway.mark.before_lift": "tests/gateway/test_gateway_marks.py",
    "gateway.mark.before_store": "tests/gateway/test_gateway_marks.py",
    "gateway.opening.after_store": "tests/gateway/test_gateway_answering.py",
    "gateway.opening.before_store": "tests/gateway/test_gateway_answering.py",
    "gateway.ask.before_fail": "tests/gateway/test_gateway_crash.py",
    "gateway.bulk.before_accept": "tests/gateway_bulk/test_gateway_bulk_crash.py",
    "gateway.bulk.after_accept": "tests/gateway_bulk/test_gateway_bulk_crash.py",
    "gateway.bulk.before_fail": "tests/gateway_bulk/test_gateway_bulk_crash.py",
    "gateway.bulk.before_settle": "tests/gateway_bulk/test_gateway_bulk_crash.py",
    "gateway.bulk.after_settle": "tests/gateway_bulk/test_gateway_bulk_crash.py",
    "gateway.bulk.before_cancel": "tests/gateway_bulk/test_gateway_bulk_crash.py",
    "gateway.bulk.after_cancel": "tests/gateway_bulk/test_gateway_bulk_crash.py",
    "gateway.callback.before_send": "tests/gateway_bulk/test_gateway_bulk_callback.py",
    "gateway.callback.before_mark": "tests/gateway_bulk/test_gateway_bulk_callback.py",
    "gateway.callback.after_mark": "tests/gateway_bulk/test_gateway_bulk_callback.py",
    "gateway.enrol.before_unknown": "tests/gateway/test_gateway_crash.py",
    "exchange.joining.before_store": "tests/joining/test_joining_story.py",
    "exchange.declining.before_store": "tests/joining/test_joining_story.py",
    "exchange.certificate.before_want": "tests/joining/test_joining_story.py",
    "exchange.certificate.before_store": "tests/joining/test_joining_story.py",
    "gateway.certificate.before_send": "tests/joining/test_joining_story.py",
    "gateway.evidence.before_send": "tests/joining/test_joining_retention.py",
    "gateway.retention.before_delete": "tests/joining/test_joining_retention.py",
    "gateway.load.before_begin": "tests/gateway/test_gateway_load.py",
    "gateway.load.before_batch": "tests/gateway/test_gateway_load.py",
    "gateway.load.after_batch": "tests/gateway/test_gateway_load.py",
    "gateway.load.before_switch": "tests/gateway/test_gateway_load.py",
    "gateway.load.after_switch": "tests/gateway/test_gateway_load.py",
    "gateway.load.before_refuse": "tests/gateway/test_gateway_load.py",
    "keeper.fence.before_store": "tests/faults/test_faults_fence.py",
    "keeper.fence.before_lift": "tests/faults/test_faults_fence.py",
    "keeper.late.before_append": "tests/keeper/test_keeper_withheld.py",
    "keeper.late.after_append": "tests/keeper/test_keeper_withheld.py",
    "keeper.withheld.before_append": "tests/keeper/test_keeper_notes.py",
    "keeper.withheld.after_append": "tests/keeper/test_keeper_notes.py",
    # A file replaced whole.
    "mesh.registry.before_store": "tests/gateway/test_gateway_notice.py",
    "registrar.enrol.before_refund": "tests/registrar/test_registrar_enrol.py",
}
PATIENCE_S = 150.0


def test_every_crash_point_is_reached_by_a_test() -> None:
    named = {name for table in (FIRST_START, IN_FLIGHT) for names in table.values() for name in names}
    assert {point.name for point in points(modules())} - named - set(ELSEWHERE) == set()
    assert all(Path(place).is_file() for place in ELSEWHERE.values())


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


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """A mesh whose first start died at every point of a first start."""
    plan = Plan(tmp_path_factory.mktemp("crashed"), find_base(), LEGAL_DAY)
    mesh = Mesh(plan, RESIDENTS, lambda step: None)
    try:
        found(plan.data, RESIDENTS, lambda step: None)
        mesh._configs = write_configs(plan)
        (plan.data / "logs").mkdir()
        chain = Chain(mesh, FIRST_START)
        for role in ROLES:
            chain.launch(role)
        chain.run()
        assert sorted(chain.died) == sorted(name for names in FIRST_START.values() for name in names)
        yield mesh
    finally:
        mesh.stop()


class Traffic(threading.Thread):
    """Inquiries of every kind, looks and decisions, again and again; what was acknowledged is kept."""

    def __init__(self, mesh: Mesh) -> None:
        super().__init__(daemon=True)
        self._mesh = mesh
        self.stop = threading.Event()
        self.seen: dict[str, dict[str, Any]] = {}

    def run(self) -> None:
        asyncio.run(self._go())

    async def _go(self) -> None:
        while not self.stop.is_set():
            work = [
                self._ask(register_question()),
                self._ask(register_question(items=["地方税関係情報"], provider="011002", period="2024")),
                self._ask(tax_question(STORY.unknown)),
                self._ask(tax_question(STORY.protected)),
                self._look(),
                self._decide(),
            ]
            await asyncio.gather(*work)
            await asyncio.sleep(0.05)

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
            for item in (held["items"] if isinstance(held, dict) else held)[:3]:
                await desk._call("POST", f"/v1/held/{item['item_id']}", b'{"decision":"provide"}')


def test_a_first_start_killed_at_every_point_comes_up_whole(crashed: Mesh) -> None:
    answer = asyncio.run(gateway(crashed).inquire(register_question()))
    assert answer["items"][0]["outcome"] == "provided"


@pytest.mark.parametrize("role", sorted(IN_FLIGHT))
def test_killed_at_every_point_with_inquiries_in_flight(crashed: Mesh, role: str) -> None:
    traffic, chain = Traffic(crashed), Chain(crashed, {role: IN_FLIGHT[role]})
    traffic.start()
    crashed.children[role].end()
    crashed.children[role].process.wait()
    chain.launch(role)
    chain.run()
    traffic.stop.set()
    traffic.join(60)
    assert chain.died == IN_FLIGHT[role]
    asyncio.run(_settled(crashed, traffic.seen))
    _nothing_is_wrong(crashed.plan.data)


async def _settled(mesh: Mesh, seen: dict[str, dict[str, Any]]) -> None:
    """Every acknowledged inquiry comes to an end or to an official, with the receipts that were shown before."""
    deadline = clock.monotonic() + 60
    for txid, before in seen.items():
        now = await gateway(mesh).look(txid)
        while now["state"] == "sending" and clock.monotonic() < deadline:
            await asyncio.sleep(0.2)
            now = await gateway(mesh).look(txid)
        assert now["state"] in ("ended", "waiting")
        for old, new in zip(before["items"], now["items"], strict=True):
            assert old["receipt"] is None or old["receipt"] == new["receipt"]
            assert old["outcome"] in (None, "held") or old["outcome"] == new["outcome"]


def _nothing_is_wrong(data: Path) -> None:
    report = verify_data(data)
    assert report.ok, list(report.findings)[:5]
