"""Two platforms, the inquirer's and the provider's, and operators on a bad line: calls are lost, answered in vain, doubled or late; power fails."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar
from unittest.mock import patch

import msgspec

from enishi import clock
from enishi.errors import Fault, Unavailable
from enishi.mesh.config import RoleConfig
from enishi.number import individual_number
from enishi.protocol.receipt import SignedReceipt
from enishi.protocol.statement import Inquiry, Statement, item_id_of
from enishi.protocol.wire import Deliver, InquiryReply, ItemReply, NoticeReply, Recorded, Result, Results
from enishi.roles.gateway import asked
from enishi.roles.gateway.answering.hours import DAYS
from enishi.roles.gateway.assemble import Gateway
from enishi.store.database import Database
from enishi.terms import InstitutionId, Txid
from gateway.asgi_gateway import Answer, call
from gateway.world_gateway import KEEPER, KNOWN, NUMBERS, PROTECTED, TOKEN, UNKNOWN_AT_B, UNREGISTERED, A, B, Operators, documents, held, lay_tenant
from gateway_bulk.dying_bulk import Death

T = TypeVar("T")
FATES: Final = ("lost", "unanswered", "doubled", "late")
MORNING_MS: Final = int(datetime(2026, 6, 1, 6, 0, tzinfo=clock.JST).timestamp() * 1000)
"""Where every run begins: a Monday before the provider opens."""
RULES: Final = {"v": 1, "opening": {"items": ["local_tax"], "weekdays": dict.fromkeys(DAYS, ["08:30", "17:15"])}}
STILL_S: Final = 3600.0
ERRANDS: Final = ("ask", "desk", "answering.opening", "bulk.working", "events.eventing", "offers.fetching")


class Line(Operators):
    """The operators; what befalls the next call of a kind stands in `fates`, and what they recorded is kept as it was when they recorded it."""

    def __init__(self) -> None:
        super().__init__()
        self.platforms: dict[str, Gateway] = {}
        self.fates: dict[str, str] = {}
        self.late: list[tuple[str, Sequence[Any]]] = []
        self.recorded: dict[bytes, list[bytes]] = {}

    async def inquire(self, messages: Sequence[bytes]) -> Results[InquiryReply]:
        return await self._through("inquire", messages)

    async def outcome(self, replies: Sequence[NoticeReply]) -> Results[Recorded]:
        return await self._through("outcome", replies)

    async def arrive(self, place: int) -> None:
        """What was late is there now; nobody waits for the answer any more."""
        kind, sent = self.late.pop(place % len(self.late))
        with contextlib.suppress(Unavailable):
            await self._reach(kind, sent)

    def receipts(self) -> dict[bytes, bytes]:
        """What the log acknowledged, by item."""
        return {bytes(item_id_of(txid, i)): msgspec.msgpack.encode(one) for txid, (_, signed, _) in self.log.items() for i, one in enumerate(signed)}

    async def _through(self, kind: str, sent: Sequence[Any]) -> Any:
        fate = self.fates.pop(kind, "")
        if fate == "late":
            self.late.append((kind, tuple(sent)))
        if fate in ("lost", "late"):
            raise Unavailable("peer-unreachable", "exchange")
        answer = await self._reach(kind, sent)
        if fate == "unanswered":
            raise Unavailable("peer-timeout", "exchange")
        return await self._reach(kind, sent) if fate == "doubled" else answer

    async def _reach(self, kind: str, sent: Sequence[Any]) -> Any:
        return await (super().inquire(sent) if kind == "inquire" else super().outcome(sent))

    async def _deliver(self, target: InstitutionId, refs: Sequence[bytes], handles: Sequence[bytes]) -> None:
        await self.platforms[target].enrolment.enrolled(Deliver(self.transcript(target, refs, handles)), KEEPER)
        self.tags.update(self.tag(handle) for handle in handles)

    async def _item(
        self, txid: Txid, i: int, statement: Statement, inquiry: Inquiry, receipt: SignedReceipt, pair: tuple[bytes, bytes] | None
    ) -> ItemReply:
        self.gateway = self.platforms.get(B)
        if pair is not None and (self.fates.pop("notice", "") or self.gateway is None):
            # The provider cannot be reached: the record stands, and its outcome is to come.
            return ItemReply(receipt=receipt, refusal=b"", outcome=None, outcome_index=-1, sealed=b"")
        return await super()._item(txid, i, statement, inquiry, receipt, pair)

    def _recorded(self, reply: NoticeReply) -> Result[Recorded]:
        done = super()._recorded(reply)
        for item_id, (outcome, _) in self.outcomes.items():
            kept = self.recorded.setdefault(bytes(item_id), [])
            if msgspec.msgpack.encode(outcome) not in kept:
                kept.append(msgspec.msgpack.encode(outcome))
        return done


class Weather:
    """The platforms on one loop, which stands still between events; clocks begin on one morning and run ahead as they are told."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.line = folder, Line()
        self._real, self._begun = clock.now_ms, clock.now_ms()
        self.ahead_ms, self.dark = 0, False
        self._death: Death | None = None
        self._readers: dict[str, sqlite3.Connection] = {}
        self._patches, self._fuse = contextlib.ExitStack(), contextlib.ExitStack()
        self._patches.enter_context(patch.object(clock, "now_ms", lambda: MORNING_MS + self.ahead_ms + self._real() - self._begun))
        for name in ERRANDS:
            self._patches.enter_context(patch(f"enishi.roles.gateway.{name}.PAUSE_S", STILL_S))
        self._runner = asyncio.Runner()
        # One thread beside the loop, as a role's process has it.
        self._runner.get_loop().set_default_executor(ThreadPoolExecutor(1))
        self._lay()
        for institution in (A, B):
            self.start(institution)

    def _lay(self) -> None:
        numbers = tuple(map(individual_number, NUMBERS))
        everyone = zip((KNOWN, UNKNOWN_AT_B, PROTECTED, UNREGISTERED), numbers, strict=True)
        lay_tenant(self.folder / A, self.line, A, [held(addressee, number, {}) for addressee, number in everyone])
        known = [
            held("9" + KNOWN, numbers[0], documents()),
            held("9" + PROTECTED, numbers[2], documents(), "review", mark=True),
            held("9" + UNREGISTERED, numbers[3], {}),
        ]
        lay_tenant(self.folder / B, self.line, B, known)
        (self.folder / B / "tenants" / B / "answering.json").write_bytes(msgspec.json.encode(RULES))
        pins = {"exchange": self.line.exchange.signing.public, "oversight": self.line.oversight.public}
        for institution in (A, B):
            (self.folder / institution / "pins.json").write_bytes(msgspec.json.encode(pins))

    # ---- what happens

    def run(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Run the work to its end, or to the point where power fails; None then."""
        return self._runner.run(self._run(work))

    async def _run(self, work: Coroutine[Any, Any, T]) -> T | None:
        doing = asyncio.ensure_future(work)
        death = asyncio.ensure_future(self._death.come.wait() if self._death else asyncio.Event().wait())
        await asyncio.wait({doing, death}, return_when=asyncio.FIRST_COMPLETED)
        if self._death is not None and self._death.come.is_set():
            await self._bury()
            return None
        death.cancel()
        return await doing

    def start(self, institution: str) -> None:
        self.run(self._start(institution))

    async def _start(self, institution: str) -> None:
        self.line.platforms[institution] = gateway = Gateway(
            RoleConfig(role="gateway", name="gateway", data=self.folder / institution, tls=self.folder), self.line
        )
        await gateway.start()
        await gateway.after_open()

    def stop(self, institution: str) -> None:
        self.run(self.line.platforms.pop(institution).stop())

    def power_fails_at(self, name: str) -> None:
        """From the next passage of that point on nothing of either platform becomes durable and nothing is sent; operators go on."""
        if self._death is None:
            self._death = death = Death(name)
            self._fuse.enter_context(patch("enishi.store.crash.point", death.point))
            self._fuse.enter_context(patch.object(Database, "write", death.write(Database.write)))

    def power_holds(self) -> None:
        """A failure that was to come does not."""
        self._fuse.close()
        self._death = None

    async def _bury(self) -> None:
        # A dead process says nothing of its tasks.
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for platform in self.line.platforms.values():
            for tenant in platform.tenants.values():
                # Behind what the one other thread is still reading.
                await tenant.database.close()
        self.line.platforms.clear()
        self.dark = True
        self.power_holds()

    def light(self) -> None:
        """Power is back."""
        self.dark = False
        for institution in (A, B):
            if institution not in self.line.platforms:
                self.start(institution)

    # ---- what systems and officials do

    def call(self, institution: str, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer | None:
        """A call of the API; None where the platform is away, or power fails meanwhile."""
        platform = self.line.platforms.get(institution)
        app = platform.face() if platform else None
        return self.run(call(app, method, path, body, f"{TOKEN}-{institution}", headers)) if app else None

    def rows(self, institution: str, query: str) -> list[Any]:
        """What is durable at an institution, whether or not its platform runs."""
        if institution not in self._readers:
            path = self.folder / institution / "tenants" / institution / "gateway.db"
            self._readers[institution] = self._patches.enter_context(contextlib.closing(sqlite3.connect(path)))
        return self._readers[institution].execute(query).fetchall()

    def rounds(self) -> None:
        """What the platforms do by themselves every few seconds, once."""
        asker, provider = self.line.platforms.get(A), self.line.platforms.get(B)
        if provider is not None:
            self.run(provider_round(provider))
        if asker is not None and not self.dark:
            self.run(asker_round(asker))

    def end(self) -> None:
        for institution in tuple(self.line.platforms):
            self.stop(institution)
        self._runner.close()
        self._patches.close()


async def provider_round(provider: Gateway) -> None:
    with contextlib.suppress(Fault):
        await provider.opening.answer(provider.tenants[B])
        await provider.desk.push(provider.tenants[B])


async def asker_round(asker: Gateway) -> None:
    """Everything open is asked for again, and bulk works until nothing moves any more."""
    tenant, working = asker.tenants[A], asker.bulk._of(asker.tenants[A])
    for txid in await tenant.database.read(lambda connection: asked.open_ids(connection, ("sending", "waiting"), 500)):
        with contextlib.suppress(Fault):
            await asker.ask.again(tenant, txid)
    with contextlib.suppress(Fault):
        await working._settle_open()
        await working._all()
    await working.close()
    with contextlib.suppress(Fault):
        await working._settle_open()
