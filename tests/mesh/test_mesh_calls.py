"""Calls between two roles over real sockets: replies, faults, limits, and what an internal fault gives away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import msgspec
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from enishi import errors
from enishi.mesh.client import MeshClient
from enishi.mesh.pki import Peer
from enishi.mesh.rpc import Endpoint, MeshApp
from enishi.mesh.server import Listener
from enishi.mesh.tls import Credentials

pytestmark = pytest.mark.asyncio


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request."""

    word: str
    body: bytes = b""


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Its reply."""

    word: str
    caller: str
    size: int


FAULTS = [errors.Malformed, errors.Unknown, errors.Conflict, errors.Oversized, errors.Unauthenticated, errors.Denied, errors.Tampered]
FAULTS += [errors.Unavailable, errors.Busy, errors.Misconfigured]


async def _echo(ask: Ask, peer: Peer) -> Said:
    await asyncio.sleep(0)
    return Said(ask.word, f"{peer.role}/{peer.name}/{','.join(sorted(peer.tenants))}", len(ask.body))


async def _fail(ask: Ask, peer: Peer) -> Said:
    for kind in FAULTS:
        if kind.__name__ == ask.word:
            raise kind("some-slug", "a detail", "a.field")
    raise KeyError(ask.word)


async def _sleep(ask: Ask, peer: Peer) -> Said:
    await asyncio.sleep(60)
    raise AssertionError


@dataclass
class Pair:
    """A keeper that listens and an exchange that calls it."""

    app: MeshApp
    url: str
    client: MeshClient

    async def ask(self, path: str, word: str, body: bytes = b"") -> Said:
        """Call the keeper."""
        return await self.client.call(self.url, "keeper", path, Ask(word, body), Said, timeout_s=5)


@pytest_asyncio.fixture
async def pair(issue: Callable[..., Credentials]) -> AsyncIterator[Pair]:
    """Two roles and the wire between them."""
    callers = frozenset({"exchange"})
    app = MeshApp(
        [
            Endpoint("/v1/echo", Ask, Said, _echo, callers, limit_bytes=100_000),
            Endpoint("/v1/fail", Ask, Said, _fail, callers),
            Endpoint("/v1/sleep", Ask, Said, _sleep, callers),
            Endpoint("/v1/gateways-only", Ask, Said, _echo, frozenset({"gateway"})),
        ]
    )
    listener = Listener(app, "127.0.0.1", 0, issue("keeper"))
    await listener.open()
    client = MeshClient(issue("exchange", tenants=("tenant-1", "tenant-2")))
    yield Pair(app, f"https://keeper.mesh.localhost:{listener.port}", client)
    await client.close()
    await listener.close(0.2)


async def test_a_call_carries_the_request_and_who_sent_it(pair: Pair) -> None:
    assert await pair.ask("/v1/echo", "こんにちは", b"x" * 70_000) == Said("こんにちは", "exchange/exchange/tenant-1,tenant-2", 70_000)


async def test_many_calls_at_once_each_get_their_own_reply(pair: Pair) -> None:
    words = [str(number) for number in range(200)]
    assert [said.word for said in await asyncio.gather(*(pair.ask("/v1/echo", word) for word in words))] == words


@pytest.mark.parametrize("kind", FAULTS)
async def test_a_fault_arrives_as_the_same_fault(pair: Pair, kind: type[errors.Fault]) -> None:
    with pytest.raises(errors.Fault) as caught:
        await pair.ask("/v1/fail", kind.__name__)
    fault = caught.value
    assert (type(fault), fault.code, fault.detail, fault.field) == (kind, "some-slug", "a detail", "a.field")


async def test_an_unforeseen_exception_gives_away_only_a_reference(pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(errors.Fault) as caught:
        await pair.ask("/v1/fail", "山田太郎")
    assert caught.value.code == "internal-fault"
    assert len(caught.value.detail) == 8
    logged = capsys.readouterr().err
    assert caught.value.detail in logged
    assert "KeyError" in logged
    assert "test_mesh_calls.py" in logged
    assert "山田" not in logged


async def test_a_role_that_is_not_among_the_callers_is_denied(pair: Pair) -> None:
    with pytest.raises(errors.Denied) as caught:
        await pair.ask("/v1/gateways-only", "a")
    assert caught.value.code == "caller-not-allowed"


async def test_an_unknown_path_is_unknown(pair: Pair) -> None:
    with pytest.raises(errors.Unknown):
        await pair.ask("/v1/nothing", "a")


async def test_a_message_over_the_limit_is_refused_and_the_next_is_taken(pair: Pair) -> None:
    with pytest.raises(errors.Oversized):
        await pair.ask("/v1/echo", "a", b"x" * 100_001)
    assert (await pair.ask("/v1/echo", "b")).word == "b"


async def test_a_message_in_another_form_names_the_field(pair: Pair) -> None:
    with pytest.raises(errors.Malformed) as caught:
        await pair.client.call(pair.url, "keeper", "/v1/echo", {"word": 7}, Said)
    assert (caught.value.code, caught.value.field) == ("message-not-in-form", "word")


async def test_a_reply_in_another_form_is_a_fault_of_the_peer(pair: Pair) -> None:
    with pytest.raises(errors.Unavailable) as caught:
        await pair.client.call(pair.url, "keeper", "/v1/echo", Ask("a"), Ask)
    assert caught.value.code == "peer-answer-unreadable"


async def test_a_reply_over_the_callers_limit_is_cut_off(pair: Pair) -> None:
    with pytest.raises(errors.Unavailable) as caught:
        await pair.client.call(pair.url, "keeper", "/v1/echo", Ask("a" * 5000), Said, limit_bytes=1000)
    assert caught.value.code == "peer-answer-too-large"


async def test_a_call_that_takes_too_long_ends_and_does_not_spoil_the_next(pair: Pair) -> None:
    with pytest.raises(errors.Unavailable) as caught:
        await pair.client.call(pair.url, "keeper", "/v1/sleep", Ask("a"), Said, timeout_s=0.05)
    assert caught.value.code == "peer-timeout"
    assert (await pair.ask("/v1/echo", "b")).word == "b"


async def test_a_peer_that_is_not_there_is_unavailable(pair: Pair) -> None:
    with pytest.raises(errors.Unavailable) as caught:
        await pair.client.call("https://keeper.mesh.localhost:9", "keeper", "/v1/echo", Ask("a"), Said)
    assert caught.value.code == "peer-unreachable"


@pytest.mark.parametrize("url", ["http://keeper.mesh.localhost:1", "keeper", "https://", "https://a:b", "https://[::1", "https://a:70000"])
async def test_an_address_that_is_none_is_refused(pair: Pair, url: str) -> None:
    with pytest.raises(errors.Malformed) as caught:
        await pair.client.call(url, "keeper", "/v1/echo", Ask("a"), Said)
    assert caught.value.code == "url-not-usable"


async def test_calls_are_counted_by_path_and_outcome(pair: Pair) -> None:
    await pair.ask("/v1/echo", "a")
    await pair.ask("/v1/echo", "b")
    with pytest.raises(errors.Denied):
        await pair.ask("/v1/fail", "Denied")
    text = (await pair.client.get(pair.url, "keeper", "/metrics")).decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    calls = {(s.labels["path"], s.labels["outcome"]): s.value for s in samples if s.name == "enishi_calls_total"}
    assert calls == {("/v1/echo", "ok"): 2, ("/v1/fail", "some-slug"): 1}
    assert pair.app.meter.total("enishi_call_processor_seconds_total", "/v1/echo") > 0


async def test_health_is_told_to_any_role(pair: Pair) -> None:
    assert await pair.client.get(pair.url, "keeper", "/healthz") == b"ok\n"


async def test_a_closed_client_calls_nobody(pair: Pair) -> None:
    await pair.client.close()
    with pytest.raises(errors.Unavailable):
        await pair.ask("/v1/echo", "a")
