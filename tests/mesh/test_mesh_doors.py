"""Who gets no answer at the mesh door, and whom a caller does not believe, each over real TLS."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from enishi import clock, errors
from enishi.mesh import pki
from enishi.mesh.client import MeshClient
from enishi.mesh.pki import Peer
from enishi.mesh.rpc import Endpoint, MeshApp
from enishi.mesh.server import Listener
from enishi.mesh.tls import Credentials

pytestmark = pytest.mark.asyncio
Issue = Callable[..., Credentials]
HEALTH = b"GET /healthz HTTP/1.1\r\nhost: keeper.mesh.localhost\r\n\r\n"


class Ping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing but a call."""


class Calls:
    """A verb that counts how often its handler ran."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self, ping: Ping, peer: Peer) -> Ping:
        """Count."""
        self.count += 1
        return ping


@pytest.fixture
def calls() -> Calls:
    """The counting verb behind the keeper's door."""
    return Calls()


@pytest_asyncio.fixture
async def keeper(issue: Issue, calls: Calls) -> AsyncIterator[Listener]:
    """A keeper's mesh door."""
    listener = Listener(MeshApp([Endpoint("/v1/ping", Ping, Ping, calls, frozenset({"exchange"}))]), "127.0.0.1", 0, issue("keeper"))
    await listener.open()
    yield listener
    await listener.close(0.2)


def url(listener: Listener) -> str:
    """Where the keeper listens."""
    return f"https://keeper.mesh.localhost:{listener.port}"


async def bare(listener: Listener, context: ssl.SSLContext | None) -> bytes:
    """What a caller of any kind reads back from the door."""
    host = "keeper.mesh.localhost" if context is not None else None
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port, ssl=context, server_hostname=host)
        writer.write(HEALTH)
        return await asyncio.wait_for(reader.read(), 5)
    except (ssl.SSLError, ConnectionError):
        return b""


def context_of(folder: Path, ca: Path) -> ssl.SSLContext:
    """A caller's TLS with the certificate of a folder."""
    context = ssl.create_default_context(cafile=str(ca / "ca.pem"))
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


async def test_the_door_answers_a_certificate_of_its_authority(keeper: Listener, authority: Path, tmp_path: Path, issue: Issue) -> None:
    issue("exchange")
    context = context_of(tmp_path / "tls" / "exchange", authority)
    reader, writer = await asyncio.open_connection("127.0.0.1", keeper.port, ssl=context, server_hostname="keeper.mesh.localhost")
    writer.write(HEALTH)
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    assert writer.get_extra_info("ssl_object").version() == "TLSv1.3"
    writer.close()


async def test_no_certificate_no_answer(keeper: Listener, authority: Path) -> None:
    assert await bare(keeper, ssl.create_default_context(cafile=str(authority / "ca.pem"))) == b""


async def test_no_tls_no_answer(keeper: Listener) -> None:
    assert await bare(keeper, None) == b""


async def test_older_tls_no_answer(keeper: Listener, authority: Path, tmp_path: Path, issue: Issue) -> None:
    issue("exchange")
    context = context_of(tmp_path / "tls" / "exchange", authority)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert await bare(keeper, context) == b""


async def test_certificate_of_another_authority_no_answer(keeper: Listener, authority: Path, tmp_path: Path) -> None:
    pki.create_authority(tmp_path / "other", clock.now_ms())
    pki.issue(tmp_path / "other", tmp_path / "mallory", "exchange", "exchange", (), clock.now_ms())
    assert await bare(keeper, context_of(tmp_path / "mallory", authority)) == b""


async def test_expired_certificate_no_answer(keeper: Listener, authority: Path, tmp_path: Path) -> None:
    pki.issue(authority, tmp_path / "late", "exchange", "exchange", (), clock.now_ms() - 3 * pki.DAY_MS, days=2)
    assert await bare(keeper, context_of(tmp_path / "late", authority)) == b""


async def test_certificate_that_is_not_yet_valid_no_answer(keeper: Listener, authority: Path, tmp_path: Path) -> None:
    pki.issue(authority, tmp_path / "early", "exchange", "exchange", (), clock.now_ms() + pki.DAY_MS)
    assert await bare(keeper, context_of(tmp_path / "early", authority)) == b""


async def test_certificate_that_runs_out_during_a_connection_gets_no_answer(
    keeper: Listener, authority: Path, tmp_path: Path, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    pki.issue(authority, tmp_path / "brief", "exchange", "exchange", (), clock.now_ms(), days=1)
    client = MeshClient(Credentials(tmp_path / "brief"))
    await client.call(url(keeper), "keeper", "/v1/ping", Ping(), Ping)
    tomorrow = clock.now_ms() + pki.DAY_MS + 1000
    monkeypatch.setattr(clock, "now_ms", lambda: tomorrow)
    with pytest.raises(errors.Unavailable):
        await client.call(url(keeper), "keeper", "/v1/ping", Ping(), Ping)
    assert calls.count == 1


async def test_revoked_certificate_no_answer(keeper: Listener, authority: Path, tmp_path: Path, issue: Issue) -> None:
    serial = issue("exchange").own.serial
    pki.revoke(authority, [serial], clock.now_ms(), [tmp_path / "tls" / "keeper"])
    assert await bare(keeper, context_of(tmp_path / "tls" / "exchange", authority)) == b""


async def test_revocation_ends_a_connection_that_is_open(keeper: Listener, authority: Path, tmp_path: Path, issue: Issue, calls: Calls) -> None:
    client = MeshClient(issue("exchange"))
    await client.call(url(keeper), "keeper", "/v1/ping", Ping(), Ping)
    pki.revoke(authority, [client.credentials.own.serial], clock.now_ms(), [tmp_path / "tls" / "keeper"])
    for _ in range(2):
        with pytest.raises(errors.Unavailable):
            await client.call(url(keeper), "keeper", "/v1/ping", Ping(), Ping)
    assert calls.count == 1


async def test_a_damaged_revocation_list_lifts_no_revocation(keeper: Listener, authority: Path, tmp_path: Path, issue: Issue, calls: Calls) -> None:
    client = MeshClient(issue("exchange"))
    pki.revoke(authority, [client.credentials.own.serial], clock.now_ms(), [tmp_path / "tls" / "keeper"])
    with pytest.raises(errors.Unavailable):
        await client.call(url(keeper), "keeper", "/v1/ping", Ping(), Ping)
    (tmp_path / "tls" / "keeper" / "crl.pem").write_bytes(b"no list")
    with pytest.raises(errors.Unavailable):
        await client.call(url(keeper), "keeper", "/v1/ping", Ping(), Ping)
    assert calls.count == 0


async def test_a_revocation_list_signed_by_another_authority_counts_for_nothing(authority: Path, tmp_path: Path, issue: Issue) -> None:
    issue("exchange")
    pki.create_authority(tmp_path / "other", clock.now_ms())
    (tmp_path / "tls" / "exchange" / "crl.pem").write_bytes((tmp_path / "other" / "crl.pem").read_bytes())
    with pytest.raises(errors.Misconfigured) as caught:
        Credentials(tmp_path / "tls" / "exchange")
    assert caught.value.code == "revocation-list-invalid"


async def test_a_caller_sends_nothing_to_a_peer_of_another_role(keeper: Listener, issue: Issue, calls: Calls) -> None:
    client = MeshClient(issue("exchange"))
    with pytest.raises(errors.Unavailable) as caught:
        await client.call(url(keeper), "registrar", "/v1/ping", Ping(), Ping)
    assert caught.value.code == "peer-not-trusted"
    assert calls.count == 0


async def test_a_caller_sends_nothing_to_a_peer_under_another_name(keeper: Listener, issue: Issue, calls: Calls) -> None:
    client = MeshClient(issue("exchange"))
    with pytest.raises(errors.Unavailable) as caught:
        await client.call(f"https://keeper-2.mesh.localhost:{keeper.port}", "keeper", "/v1/ping", Ping(), Ping)
    assert caught.value.code == "peer-not-trusted"
    assert calls.count == 0


async def test_a_caller_sends_nothing_to_a_peer_of_another_authority(keeper: Listener, tmp_path: Path, calls: Calls) -> None:
    pki.create_authority(tmp_path / "other", clock.now_ms())
    pki.issue(tmp_path / "other", tmp_path / "stranger", "exchange", "exchange", (), clock.now_ms())
    client = MeshClient(Credentials(tmp_path / "stranger"))
    with pytest.raises(errors.Unavailable) as caught:
        await client.call(url(keeper), "keeper", "/v1/ping", Ping(), Ping)
    assert caught.value.code == "peer-not-trusted"
    assert calls.count == 0


async def test_a_caller_sends_nothing_to_a_revoked_peer(keeper: Listener, authority: Path, tmp_path: Path, issue: Issue, calls: Calls) -> None:
    client = MeshClient(issue("exchange"))
    await client.call(url(keeper), "keeper", "/v1/ping", Ping(), Ping)
    pki.revoke(authority, [Credentials(tmp_path / "tls" / "keeper").own.serial], clock.now_ms(), [tmp_path / "tls" / "exchange"])
    with pytest.raises(errors.Unavailable) as caught:
        await client.call(url(keeper), "keeper", "/v1/ping", Ping(), Ping)
    assert caught.value.code == "peer-not-trusted"
    assert calls.count == 1


async def test_an_endless_head_is_cut_off(keeper: Listener, authority: Path, tmp_path: Path, issue: Issue) -> None:
    issue("exchange")
    context = context_of(tmp_path / "tls" / "exchange", authority)
    reader, writer = await asyncio.open_connection("127.0.0.1", keeper.port, ssl=context, server_hostname="keeper.mesh.localhost")
    writer.write(b"GET /healthz HTTP/1.1\r\nhost: k\r\n" + b"".join(b"x-%d: %s\r\n" % (n, b"y" * 1000) for n in range(70)))
    assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"HTTP/1.1 400")
    assert b"200 OK" not in await asyncio.wait_for(reader.read(), 5)
    writer.close()


async def test_a_port_in_use_is_said(keeper: Listener, issue: Issue) -> None:
    second = Listener(MeshApp([]), "127.0.0.1", keeper.port, issue("exchange"))
    with pytest.raises(errors.Misconfigured) as caught:
        await second.open()
    assert (caught.value.code, caught.value.detail) == ("port-in-use", f"127.0.0.1:{keeper.port}")


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 0), ("127.0.0.1", 70000)])
async def test_an_address_that_is_not_ours_is_said(host: str, port: int) -> None:
    with pytest.raises(errors.Misconfigured) as caught:
        await Listener(MeshApp([]), host, port).open()
    assert caught.value.code == "address-not-usable"


async def test_a_call_in_flight_ends_before_the_door_is_shut(issue: Issue) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(ping: Ping, peer: Peer) -> Ping:
        begun.set()
        await go_on.wait()
        return ping

    listener = Listener(MeshApp([Endpoint("/v1/slow", Ping, Ping, slow, frozenset({"exchange"}))]), "127.0.0.1", 0, issue("keeper"))
    await listener.open()
    client = MeshClient(issue("exchange"))
    call = asyncio.create_task(client.call(url(listener), "keeper", "/v1/slow", Ping(), Ping))
    await begun.wait()
    closing = asyncio.create_task(listener.close())
    await asyncio.sleep(0)
    go_on.set()
    assert await call == Ping()
    await closing
    with pytest.raises(errors.Unavailable):
        await client.call(url(listener), "keeper", "/v1/slow", Ping(), Ping)


async def test_a_call_that_was_given_up_leaves_no_connection(issue: Issue) -> None:
    async def never(ping: Ping, peer: Peer) -> Ping:
        await asyncio.Event().wait()
        return ping

    listener = Listener(MeshApp([Endpoint("/v1/never", Ping, Ping, never, frozenset({"exchange"}))]), "127.0.0.1", 0, issue("keeper"))
    await listener.open()
    client = MeshClient(issue("exchange"))
    with pytest.raises(errors.Unavailable):
        await client.call(url(listener), "keeper", "/v1/never", Ping(), Ping, timeout_s=0.2)
    async with asyncio.timeout(10):
        while listener._state.connections:
            await asyncio.sleep(0.01)
    await listener.close(0)
