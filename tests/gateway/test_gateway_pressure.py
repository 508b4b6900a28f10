"""An exchange that is slow, hangs, or breaks off, and queues that are full: callers are told so at once, nothing is lost, and nothing ends twice."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from enishi import clock
from enishi.errors import Unavailable
from enishi.mesh import pki
from enishi.mesh.client import MeshClient
from enishi.mesh.tls import Credentials
from enishi.protocol.wire import Batch, InquiryReply, Results
from enishi.roles.gateway import ask
from enishi.roles.gateway.bulk import working
from gateway.world_gateway import A, Operators, documents, lay_platform
from gateway_bulk.world_bulk import QUESTION, Api, api, line, lines, outcomes

CALL_S = 0.3
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/vnd.enishi+msgpack\r\ncontent-length: %d\r\n\r\n"
MANNERS = ("silent", "drop by drop", "breaks off", "shuts at once", "no handshake", "nonsense", "endless", "an empty answer")


class Hanging(Operators):
    """Operators whose exchange, while it has a manner, is a server that really listens and really behaves like that."""

    def __init__(self) -> None:
        super().__init__()
        self.manner = ""
        self.url, self.bare_url = "", ""
        self.client: MeshClient | None = None

    async def inquire(self, messages: Sequence[bytes]) -> Results[InquiryReply]:
        if not self.manner:
            return await super().inquire(messages)
        assert self.client is not None
        url = self.bare_url if self.manner == "no handshake" else self.url
        batch = Batch(tuple(msgspec.Raw(message) for message in messages))
        return await self.client.call(url, "exchange", "/exchange/inquire", batch, Results[InquiryReply], timeout_s=CALL_S)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._behave(reader, writer)
        except (OSError, ssl.SSLError):
            return
        finally:
            writer.close()

    async def _behave(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.manner == "shuts at once":
            return
        await reader.read(100)
        if self.manner in ("silent", "no handshake"):
            await asyncio.sleep(3600)
        answer = HEAD % 1000 + bytes(1000)
        if self.manner == "drop by drop":
            for place in range(len(answer)):
                writer.write(answer[place : place + 1])
                await writer.drain()
                await asyncio.sleep(0.02)
        said = {
            "breaks off": answer[:300],
            "nonsense": b"\x00\xff" * 500,
            "endless": HEAD % 10**12 + bytes(1000),
            "an empty answer": HEAD % 0,
        }
        writer.write(said.get(self.manner, b""))
        await writer.drain()


@pytest.fixture
def operators(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hanging:
    monkeypatch.setattr(ask, "PAUSE_S", 0.05)
    monkeypatch.setattr(working, "PAUSE_S", 0.05)
    operators = Hanging()
    lay_platform(tmp_path, operators, documents())
    return operators


@asynccontextmanager
async def listening(folder: Path, operators: Hanging) -> AsyncIterator[None]:
    """The exchange's own door, and one that never gets to a handshake."""
    pki.create_authority(folder / "authority", clock.now_ms())
    for role in ("exchange", "gateway"):
        pki.issue(folder / "authority", folder / "tls" / role, role, role, (), clock.now_ms())
    server = await asyncio.start_server(operators.serve, "127.0.0.1", 0, ssl=Credentials(folder / "tls" / "exchange").server_context)
    bare = await asyncio.start_server(operators.serve, "127.0.0.1", 0)
    operators.client = MeshClient(Credentials(folder / "tls" / "gateway"))
    host = "https://exchange.mesh.localhost"
    operators.url, operators.bare_url = (f"{host}:{one.sockets[0].getsockname()[1]}" for one in (server, bare))
    try:
        yield
    finally:
        await operators.client.close()
        for one in (server, bare):
            one.close()


async def inquire(system: Api, case: str) -> Any:
    return await system.post("/v1/inquiries", msgspec.json.encode(QUESTION | {"case": case}))


async def everything_ends_once(system: Api, operators: Operators, cases: set[str]) -> None:
    async with asyncio.timeout(30):
        while await system.query("SELECT 1 FROM asked WHERE state IN ('sending', 'waiting')"):
            await asyncio.sleep(0.02)
    ended = await system.query(
        "SELECT i.case_reference, o.kind FROM asked_item i JOIN asked a ON a.txid = i.txid JOIN asked_outcome o ON o.item_id = i.item_id"
        " WHERE a.state = 'ended'"
    )
    assert sorted(ended) == sorted((case, "provided") for case in cases)
    assert len(await system.query("SELECT 1 FROM asked WHERE state = 'ended'")) == len(operators.log)


@pytest.mark.asyncio
@pytest.mark.parametrize("manner", MANNERS)
async def test_whatever_an_exchange_does_callers_are_answered_and_nothing_is_lost(tmp_path: Path, operators: Hanging, manner: str) -> None:
    rows = b"\n".join(line(case=f"row-{number}", purpose_item=str(number)) for number in range(1, 8))
    async with api(tmp_path, operators) as system, listening(tmp_path, operators):
        operators.manner = manner
        answers = await asyncio.gather(*(inquire(system, f"single-{number}") for number in range(3)))
        assert [(answer.status, answer.body["state"]) for answer in answers] == [(202, "sending")] * 3
        number = (await system.send(rows)).body["number"]
        await system.counted(number, sending=working.FLIGHTS)
        progress = (await system.get(f"/v1/bulk/{number}")).body
        assert (progress["state"], progress["counts"]) == ("working", {"accepted": 7 - working.FLIGHTS, "sending": working.FLIGHTS})
        operators.manner = ""
        assert outcomes(await system.ended(number)) == ["provided"] * 7
        await everything_ends_once(system, operators, {f"single-{number}" for number in range(3)} | {f"row-{number}" for number in range(1, 8)})
        assert (await system.get(f"/v1/inquiries/{answers[0].body['txid']}")).body["state"] == "ended"


@pytest.mark.asyncio
async def test_a_caller_does_not_wait_for_all_who_stand_before_it(tmp_path: Path, operators: Hanging, monkeypatch: pytest.MonkeyPatch) -> None:
    """More stand in the queue than the exchange can be asked in an hour: each is answered by what is durable, and sent when its turn has come."""
    monkeypatch.setattr(ask, "PATIENCE_S", CALL_S)
    async with api(tmp_path, operators) as system, listening(tmp_path, operators):
        system.gateway.ask._sending._batcher._limit = 1
        operators.manner = "silent"
        answers = await asyncio.gather(*(inquire(system, f"single-{number}") for number in range(40)))
        assert {(answer.status, answer.body["state"]) for answer in answers} == {(202, "sending")}
        operators.manner = ""
        await everything_ends_once(system, operators, {f"single-{number}" for number in range(40)})


@pytest.mark.asyncio
async def test_full_queues_say_when_to_come_again_and_keep_what_was_taken(tmp_path: Path, operators: Hanging) -> None:
    async with api(tmp_path, operators) as system:
        drafting, sending = system.gateway.ask._drafting._batcher, system.gateway.ask._sending._batcher
        drafting._queue_limit = 0
        full = await inquire(system, "refused")
        assert (full.status, full.body["type"], full.headers["retry-after"]) == (429, "urn:enishi:problem:queue-full", "10")
        assert await system.query("SELECT COUNT(*) FROM asked") == [(0,)]
        drafting._queue_limit, sending._queue_limit = 10, 0
        taken = await inquire(system, "taken")
        assert (taken.status, taken.body["state"]) == (202, "sending")
        sending._queue_limit = 10
        await everything_ends_once(system, operators, {"taken"})


@pytest.mark.asyncio
async def test_a_full_disk_is_said_and_takes_nothing(tmp_path: Path, operators: Hanging) -> None:
    async with api(tmp_path, operators) as system:
        database = system.gateway.tenants[A].database

        async def pages(most: int) -> None:
            done = False
            while not done:
                # A write of the gateway's own errands in the same group may meet the full disk and take this one with it.
                with suppress(Unavailable):
                    done = await database.write(lambda connection: bool(connection.execute(f"PRAGMA max_page_count = {most}").fetchone()))

        await pages(1)
        taken, full = 0, await inquire(system, "case-0")
        while full.status != 503:
            taken, full = taken + 1, await inquire(system, f"case-{taken + 1}")
        assert (full.body["type"], full.headers["retry-after"]) == ("urn:enishi:problem:store-unavailable", "10")
        many = await system.send(lines(500))
        assert (many.status, many.headers["retry-after"]) == (503, "10")
        await pages(1_000_000)
        assert (await inquire(system, "room again")).status == 200
        cases = {case for (case,) in await system.query("SELECT case_reference FROM asked_item")}
        await everything_ends_once(system, operators, cases)
        assert cases == {f"case-{number}" for number in range(taken)} | {"room again"}
