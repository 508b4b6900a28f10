"""What a request to join must show, each check seen to refuse; and a registry that gets old warns for days before it stops anything."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from enishi import clock
from enishi.errors import Denied, Fault, Malformed, Misconfigured, Tampered, Unavailable
from enishi.linkage.group import random_scalar
from enishi.linkage.possession import prove_possession
from enishi.mesh import pki
from enishi.mesh.tls import Credentials
from enishi.protocol.forms import sign_form
from enishi.protocol.joining import ADMISSION, Admission, JoinRequest, join_digest, read_join, sign_join
from enishi.protocol.registry import possession_context, read_snapshot
from enishi.roles.exchange.joining.requests import check_join
from enishi.roles.gateway.assemble import Gateway
from enishi.roles.gateway.joining.entering import enter, request_of
from enishi.roles.gateway.joining.freshness import STOP_MS, WARN_MS, age_of
from enishi.roles.gateway.joining.leaving import begin_leaving, destroy_keys
from enishi.roles.gateway.joining.making import make_platform
from enishi.roles.gateway.joining.platform import InstitutionForm, Platform, state_of
from enishi.roles.gateway.joining.renewing import RENEW_MS, due
from enishi.seal.dsse import Envelope
from enishi.seal.sign import SigningKey
from enishi.store.keyring import Keyring
from enishi.terms import InstitutionId
from gateway.world_gateway import CALLER, KNOWN, A, Operators, question

CITY = InstitutionId("999997")
PLATFORM = Platform(name="north", door="https://north.mesh.localhost:8552", face_port=8502, exchange="http://exchange.localhost:8403")
FORM = InstitutionForm(id=CITY, name_ja="試市", name_en="Kokoromi", kind="municipality", capacities=())
EXCHANGE = SigningKey.generate()
PINS = msgspec.json.encode({"exchange": EXCHANGE.public, "oversight": bytes(32)})
DAY_MS = 86_400_000


def made(folder: Path, platform: Platform = PLATFORM) -> Envelope:
    make_platform(folder, platform, [FORM], PINS, clock.now_ms())
    return request_of(folder)


def key_of(folder: Path) -> SigningKey:
    return SigningKey.from_bytes(Keyring(folder / "tenants" / CITY / "keys").get("signing.1"))


def changed(folder: Path, **changes: Any) -> Envelope:
    """The request with something else in it, signed as the city would."""
    request = msgspec.structs.replace(read_join(made(folder)), **changes)
    return sign_join(request, {CITY: key_of(folder)})


def of_another(folder: Path) -> Envelope:
    """The city's keys proven by somebody who does not know the secret."""
    one = read_join(made(folder)).institutions[0]
    other = random_scalar()
    proof = prove_possession(other, possession_context(CITY, "elgamal", 1)).encode()
    return changed(folder, institutions=(msgspec.structs.replace(one, elgamal_proof=proof),))


def unsigned(folder: Path) -> Envelope:
    envelope = made(folder)
    request = msgspec.structs.replace(read_join(envelope), door="https://elsewhere.example:1")
    return replace_payload(envelope, request)


def replace_payload(envelope: Envelope, request: JoinRequest) -> Envelope:
    return msgspec.structs.replace(envelope, payload=msgspec.json.encode(request))


REFUSED: list[tuple[str, Callable[[Path], Envelope], type[Fault]]] = [
    ("signature-invalid", unsigned, Tampered),
    ("possession-false", of_another, Tampered),
    ("csr-unreadable", lambda folder: changed(folder, csr=b"no request"), Malformed),
    ("platform-name-wrong", lambda folder: made(folder, msgspec.structs.replace(PLATFORM, name="exchange")), Malformed),
    ("platform-name-wrong", lambda folder: made(folder, msgspec.structs.replace(PLATFORM, name="North")), Malformed),
    ("door-wrong", lambda folder: made(folder, msgspec.structs.replace(PLATFORM, door="http://north.mesh.localhost:1")), Malformed),
    ("door-wrong", lambda folder: made(folder, msgspec.structs.replace(PLATFORM, door="https://north.mesh.localhost:1/path")), Malformed),
    ("platform-not-yours", lambda folder: made(folder, msgspec.structs.replace(PLATFORM, name="gateway")), Denied),
    ("join-institutions", lambda folder: changed(folder, platform="south"), Malformed),
    ("join-institutions", lambda folder: changed(folder, institutions=()), Malformed),
]


@pytest.mark.parametrize(("slug", "make", "kind"), REFUSED)
def test_a_request_that_shows_too_little_is_refused(
    tmp_path: Path, operators: Operators, slug: str, make: Callable[[Path], Envelope], kind: type[Fault]
) -> None:
    now = read_snapshot(operators.payload())
    assert check_join(made(tmp_path / "good"), now).platform == "north"
    with pytest.raises(kind, match=slug):
        check_join(make(tmp_path / "bad"), now)


def admitted(folder: Path, tmp_path: Path, **changes: Any) -> Envelope:
    authority = tmp_path / "authority"
    if not authority.exists():
        pki.create_authority(authority, clock.now_ms())
    request = read_join(request_of(folder))
    certificate = pki.certify(authority, request.csr, "gateway", "north", [CITY], clock.now_ms())
    said = Admission(
        v=1,
        request=join_digest(request_of(folder)),
        platform="north",
        certificate=certificate,
        authority=(authority / "ca.pem").read_bytes(),
        revoked=(authority / "crl.pem").read_bytes(),
        exchange="https://exchange.mesh.localhost:1",
        registrar="https://registrar.mesh.localhost:2",
        log="",
        at_ms=clock.now_ms(),
    )
    return sign_form(msgspec.structs.replace(said, **changes), ADMISSION, EXCHANGE, "exchange")


def test_an_admission_is_taken_only_if_it_is_for_this_request(tmp_path: Path) -> None:
    folder = tmp_path / "north"
    made(folder)
    for changes in ({"request": bytes(32)}, {"platform": "south"}):
        with pytest.raises(Tampered, match="admission-anothers"):
            enter(folder, admitted(folder, tmp_path, **changes), clock.now_ms())
    other = tmp_path / "other"
    made(other)
    foreign = pki.certify(tmp_path / "authority", read_join(request_of(other)).csr, "gateway", "north", [CITY], clock.now_ms())
    with pytest.raises(Misconfigured, match="certificate-not-ours"):
        enter(folder, admitted(folder, tmp_path, certificate=foreign), clock.now_ms())
    forged = sign_form(Admission(**msgspec.structs.asdict(read(folder, tmp_path))), ADMISSION, SigningKey.generate(), "exchange")
    with pytest.raises(Tampered, match="signature-invalid"):
        enter(folder, forged, clock.now_ms())
    assert state_of(folder) == "made"
    assert enter(folder, admitted(folder, tmp_path), clock.now_ms()).tenants == {CITY}
    assert state_of(folder) == "joined"


def read(folder: Path, tmp_path: Path) -> Admission:
    return msgspec.json.decode(admitted(folder, tmp_path).payload, type=Admission)


def test_a_certificate_is_renewed_in_time_and_shown_without_a_new_start(tmp_path: Path) -> None:
    folder = tmp_path / "north"
    made(folder)
    enter(folder, admitted(folder, tmp_path), clock.now_ms())
    tls, ends = folder / "tls", pki.ends_ms(folder / "tls")
    assert (due(tls, ends - RENEW_MS - 1), due(tls, ends - RENEW_MS + 1)) == (False, True)
    held = Credentials(tls)
    before = held.own.serial
    enter(folder, admitted(folder, tmp_path), clock.now_ms())
    held.stands(held.own)
    assert held.own.serial not in (before,)


def test_keys_go_only_after_leaving_began_and_records_stay(tmp_path: Path) -> None:
    folder = tmp_path / "north"
    made(folder)
    with pytest.raises(Misconfigured, match="leave-first"):
        destroy_keys(folder, 1)
    begin_leaving(folder, 1)
    assert begin_leaving(folder, 2).since_ms == 1
    record = folder / "tenants" / CITY / "gateway.db"
    record.write_bytes(b"record")
    assert destroy_keys(folder, 3) == 4
    assert destroy_keys(folder, 4) == 0
    assert (state_of(folder), record.exists(), list(folder.glob("tenants/*/keys/*"))) == ("left", True, [])


@pytest.mark.parametrize(("age", "said"), [(0, "fresh"), (WARN_MS - 1, "fresh"), (WARN_MS, "old"), (STOP_MS - 1, "old"), (STOP_MS, "too-old")])
def test_the_age_of_a_registry(age: int, said: str) -> None:
    assert age_of(1000, 1000 + age) == said


@pytest.mark.asyncio
async def test_a_stale_registry_warns_for_days_before_it_stops_new_inquiries(
    gateway: Gateway, operators: Operators, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    born, freshness = clock.now_ms(), gateway.registry.freshness
    operators.down = True
    monkeypatch.setattr(clock, "now_ms", lambda: born + 2 * DAY_MS)
    freshness.warn()
    freshness.warn()
    assert capsys.readouterr().err.count('"registry-old"') == 1
    freshness.demand()
    monkeypatch.setattr(clock, "now_ms", lambda: born + 8 * DAY_MS)
    with pytest.raises(Unavailable, match="registry-too-old"):
        await gateway.ask.ask(gateway.tenants[A], CALLER, question(KNOWN))
    operators.down = False
    await gateway.registry.refresh()
    await gateway.ask.ask(gateway.tenants[A], CALLER, question(KNOWN))


@pytest.mark.asyncio
async def test_the_time_of_confirmation_outlives_the_process(gateway: Gateway, tmp_path: Path) -> None:
    assert gateway.registry.freshness.seconds() < 3600
    assert type(gateway.registry.freshness)(tmp_path).seconds() < 3600


@pytest.mark.asyncio
async def test_a_platform_that_leaves_puts_no_new_inquiry(gateway: Gateway, tmp_path: Path) -> None:
    begin_leaving(tmp_path, 1)
    with pytest.raises(Denied, match="gateway-leaving"):
        await gateway.ask.ask(gateway.tenants[A], CALLER, question(KNOWN))
