"""The doors of joining: what anybody may hand to the exchange, what a platform hosts already, what the API and the metrics say of its standing."""

import base64
from pathlib import Path
from typing import Any

import msgspec
import pytest

from enishi import clock
from enishi.cli.gateway.joining import run_join
from enishi.errors import Denied
from enishi.mesh.asgi import App, Receive, Scope, Send
from enishi.mesh.pki import Peer
from enishi.protocol.joining import CertifyAsk, Uncertified, csr_digest, join_digest, read_join
from enishi.protocol.registry import Snapshot, read_snapshot
from enishi.roles.exchange.joining.admitting import Admitting, Places
from enishi.roles.exchange.joining.certificates import Certificates
from enishi.roles.exchange.joining.face import LIMIT, JoiningFace
from enishi.roles.exchange.joining.requests import Requests, check_join
from enishi.roles.exchange.schema import MIGRATIONS
from enishi.roles.gateway.assemble import Gateway
from enishi.roles.gateway.joining.entering import request_of
from enishi.roles.gateway.joining.making import make_platform
from enishi.roles.gateway.joining.platform import state_of
from enishi.seal.dsse import Envelope, encode_envelope
from enishi.store.database import Database
from gateway.asgi_gateway import call
from gateway.world_gateway import TOKEN, A, Operators
from joining.test_joining_requests import CITY, EXCHANGE, FORM, PLATFORM, admitted, made

pytestmark = pytest.mark.asyncio


async def others(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"law"})


def exchange(folder: Path, operators: Operators) -> tuple[JoiningFace, Certificates]:
    """The exchange's part, but for the drafting of registries."""
    database = Database.open(folder / "exchange.db", MIGRATIONS)

    def now() -> Snapshot:
        return read_snapshot(operators.payload())

    parts = Requests(database, now), Certificates(database)
    changing: Any = (None, None)
    places = Places("https://exchange.mesh.localhost:1", "https://registrar.mesh.localhost:2", "")
    return JoiningFace(Admitting(parts, changing, now, EXCHANGE, places), others), parts[1]


async def test_anybody_may_hand_in_a_request_and_ask_what_became_of_it(tmp_path: Path, operators: Operators) -> None:
    face, certificates = exchange(tmp_path, operators)
    request = made(tmp_path / "north")
    digest = join_digest(request).hex()
    for _ in range(2):
        answer = await call(face, "POST", "/v1/joining", encode_envelope(request))
        assert (answer.status, answer.body["digest"], answer.body["state"]) == (202, digest, "waiting")
    assert (await call(face, "GET", f"/v1/joining/{digest}")).body["admission"] is None
    csr = read_join(request).csr
    await certificates.want([Uncertified(csr_digest(csr), "north", "", (CITY,), csr)])
    assert [one.name for one in await certificates.waiting()] == ["north"]
    said = msgspec.json.decode(admitted(tmp_path / "north", tmp_path).payload)
    pems = [base64.b64decode(said[name]) for name in ("certificate", "authority", "revoked")]
    await certificates.bring(CertifyAsk(csr_digest(csr), *pems))
    answer = await call(face, "GET", f"/v1/joining/{digest}")
    assert answer.body["state"] == "admitted"
    # The same answer as a file, for who cannot reach the exchange from there.
    (tmp_path / "answer.json").write_bytes(msgspec.json.encode(answer.body))
    assert run_join(tmp_path / "north", None, tmp_path / "answer.json") == 0
    assert state_of(tmp_path / "north") == "joined"
    with pytest.raises(Denied, match="csr-anothers"):
        await certificates.renew(csr, Peer("gateway", "south", frozenset({CITY}), 1, 0))


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v1/joining", b"no request", 400),
        ("POST", "/v1/joining", b"{}", 400),
        ("POST", "/v1/joining", b"x" * (LIMIT + 1), 413),
        ("GET", "/v1/joining/" + "00" * 32, b"", 404),
        ("GET", "/v1/joining/nothing", b"", 400),
        ("GET", "/", b"", 200),
    ],
)
async def test_what_is_no_request_is_a_problem_document(
    tmp_path: Path, operators: Operators, method: str, path: str, body: bytes, status: int
) -> None:
    face: App = exchange(tmp_path, operators)[0]
    answer = await call(face, method, path, body)
    assert answer.status == status
    assert status == 200 or answer.body["what"].keys() == {"ja", "en"}


async def test_a_platform_that_hosts_somebody_is_changed_by_those_alone(tmp_path: Path, operators: Operators) -> None:
    now = read_snapshot(operators.payload())
    home = msgspec.structs.replace(PLATFORM, name="gateway")
    make_platform(tmp_path, home, [FORM], (tmp_path / "pins.json").read_bytes(), clock.now_ms())
    request = request_of(tmp_path)
    assert [one.id for one in check_join(request, now).institutions] == [CITY]
    own = tuple(one for one in request.signatures if one.keyid.startswith(CITY))
    with pytest.raises(Denied, match="platform-not-yours"):
        check_join(Envelope(request.payloadType, request.payload, own), now)


async def test_the_api_and_the_metrics_say_how_the_platform_stands(gateway: Gateway) -> None:
    app = gateway.face()
    assert app is not None
    standing = (await call(app, "GET", "/v1/status", token=f"{TOKEN}-{A}")).body
    assert (standing["registry"]["serial"], standing["registry"]["state"]) == (1, "fresh")
    assert [(one["id"], one["registry"]) for one in standing["institutions"]] == [(A, "stands")]
    assert (await call(app, "GET", "/v1/status")).status == 401
    metrics = (await call(app, "GET", "/metrics", token=f"{TOKEN}-{A}")).body
    assert "# TYPE enishi_registry_age_seconds gauge" in metrics
    (line,) = [line for line in metrics.splitlines() if line.startswith("enishi_registry_age_seconds ")]
    assert float(line.split()[1]) < 3600
