"""`enishi gateway init|join|status|renew|leave`: what a platform does itself to come in, to stay and to go (docs/joining.md)."""

import asyncio
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
from rich.console import Console

from enishi import clock
from enishi.cli.gateway.places import platform_of
from enishi.client.session import loopback_session
from enishi.errors import Conflict, Misconfigured, Unavailable
from enishi.mesh.client import MeshClient
from enishi.mesh.config import read
from enishi.mesh.faults import fault_of_problem
from enishi.mesh.tls import Credentials
from enishi.protocol.joining import CertificateReply, LeaveAsk, join_digest
from enishi.protocol.standing import Suspended
from enishi.roles.gateway.joining.entering import enter, request_of
from enishi.roles.gateway.joining.leaving import begin_leaving, destroy_keys
from enishi.roles.gateway.joining.making import make_platform
from enishi.roles.gateway.joining.platform import ADMITTED, ASKED, CONFIG, InstitutionForm, Named, Platform, read_file, state_of, write_file
from enishi.roles.gateway.joining.renewing import renew
from enishi.roles.gateway.joining.standing import PlatformStanding, standing_of, waiting_of
from enishi.seal.dsse import Envelope, encode_envelope
from enishi.store import claim
from enishi.terms import InstitutionId

OK, WAITS = 0, 3
LEAVES: Final = "the institution leaves by its own wish"


class JoinAnswer(msgspec.Struct, frozen=True):
    """What the exchange's public door says of a request."""

    digest: str
    state: str
    because: str = ""
    admission: Envelope | None = None


def run_init(data: Path, platform: Platform, pins: Path, forms: list[Path]) -> int:
    """Make keys, request and description; Misconfigured("institution-form-unreadable", "pins-unreadable") and what `make_platform` raises."""
    read_forms = [_form(path) for path in forms]
    try:
        content = pins.read_bytes()
    except OSError as error:
        raise Misconfigured("pins-unreadable", f"{pins}: {error.strerror}", "pins") from error
    fresh = make_platform(data, platform, read_forms, content, clock.now_ms())
    digest = join_digest(request_of(data)).hex()
    _say(f"{data}: {', '.join(fresh) or 'もうできています / made before'}\n要求 request {digest}\n次 next: enishi gateway join --data {data}")
    return OK


def run_join(data: Path, write: Path | None, admission: Path | None) -> int:
    """Hand the request in and ask what became of it, or take up the admission; says who has to act next where it waits."""
    request = request_of(data)
    digest = join_digest(request)
    if read_file(data / ADMITTED, Named) == Named(digest):
        _say(f"参加しています / joined\n次 next: enishi serve gateway --config {data / CONFIG}")
        return OK
    if write is not None:
        write_file(write, encode_envelope(request))
        write_file(data / ASKED, Named(digest))
        _say(f"{write}\n次に、連携の運用担当者が / next, the exchange's operator: enishi registry admit {write.name}")
        return WAITS
    answer = read_join_answer(admission.read_bytes()) if admission is not None else asyncio.run(_hand_in(data, request, digest.hex()))
    write_file(data / ASKED, Named(digest))
    if answer.state == "declined":
        raise Conflict("join-declined", answer.because, "request")
    if answer.admission is None:
        _say(
            f"承認を待っています / waits for approval: {digest.hex()}\n"
            f"連携の運用担当者 exchange: enishi registry admit {digest.hex()[:12]}\n委員会 commission: enishi registry approve DIGEST\n"
            f"その後 then: enishi gateway join --data {data}"
        )
        return WAITS
    peer = enter(data, answer.admission, clock.now_ms())
    _say(f"参加しました / joined: {peer.name} ({', '.join(sorted(peer.tenants))})\n次 next: enishi serve gateway --config {data / CONFIG}")
    return OK


def run_status(data: Path, json: bool) -> int:
    """Print how the platform stands, from its folder alone."""
    standing = _standing(data)
    if json:
        print(msgspec.json.encode(standing).decode())
        return OK
    registry = standing.registry
    age = f"{registry.age_s // 3600} 時間前 hours ago" if registry.age_s >= 0 else "まだ never"
    _say(f"状態 state: {standing.state}")
    _say(f"登録簿 registry: {registry.serial}   確認 confirmed {age}   {registry.state}")
    _say(f"証明書 certificate: {standing.certificate_ends or '—'}   更新 renewal {standing.certificate_renews}")
    for one in standing.institutions:
        waiting = msgspec.structs.asdict(one.waiting) if one.waiting is not None else {}
        _say(f"  {one.id}: {one.registry}   {', '.join(f'{name} {count}' for name, count in waiting.items() if count) or '待ちなし nothing waits'}")
    return OK


def run_renew(data: Path) -> int:
    """Ask for the next certificate now, over the present one."""
    folder = platform_of(data)
    if asyncio.run(renew(folder / "tls", lambda asked: _call(folder, "/exchange/certificate", asked, CertificateReply))):
        _say(f"証明書を更新しました / renewed: {_standing(data).certificate_ends}")
        return OK
    _say("認証局の署名を待っています / waits for the authority: enishi registry certify\nその後 then: enishi gateway renew")
    return WAITS


def run_leave(data: Path, despite_open: bool, destroy: str) -> int:
    """Stop new inquiries, wait for what is open, have the institutions suspended; with the platform's name, destroy the keys."""
    folder = platform_of(data)
    if destroy:
        return _destroy(folder, destroy)
    begin_leaving(folder, clock.now_ms())
    _say("新しい照会を止めました / no new inquiry from now on")
    open_things = _open(folder)
    for line in open_things:
        _say(f"  {line}")
    if open_things and not despite_open:
        _say("終わるのを待っています / waits until these have ended: enishi gateway leave   (または or --despite-open)")
        return WAITS
    for tenant in _tenants(folder):
        _suspend(folder, tenant)
    _say(f"次 next: ゲートウェイを止めてから / stop the gateway, then: enishi gateway leave --data {data} --destroy-keys {_name(folder)}")
    return OK


def read_join_answer(content: bytes) -> JoinAnswer:
    """Read what the exchange's public door says; Unavailable("peer-answer-unreadable") where it is none."""
    try:
        return msgspec.json.decode(content, type=JoinAnswer)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Unavailable("peer-answer-unreadable", "exchange") from error


def _form(path: Path) -> InstitutionForm:
    try:
        return msgspec.json.decode(path.read_bytes(), type=InstitutionForm)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Misconfigured("institution-form-unreadable", f"{path.name}: {error}"[:200], "institution") from error


async def _hand_in(data: Path, request: Envelope, digest: str) -> JoinAnswer:
    platform = read_file(data / "platform.json", Platform)
    if platform is None:
        raise Misconfigured("platform-not-made", str(data), "data")
    url = f"{platform.exchange.rstrip('/')}/v1/joining"
    try:
        async with loopback_session() as session:
            await _fetch(session, "POST", url, encode_envelope(request))
            return read_join_answer(await _fetch(session, "GET", f"{url}/{digest}", None))
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise Unavailable("exchange-unreachable", platform.exchange) from error


async def _fetch(session: aiohttp.ClientSession, method: str, url: str, body: bytes | None) -> bytes:
    async with session.request(method, url, data=body) as answer:
        content = await answer.read()
        if answer.status not in (200, 202):
            raise fault_of_problem(answer.status, content)
        return content


async def _call(folder: Path, path: str, request: Any, reply: type[Any]) -> Any:
    config = read(folder / CONFIG)
    client = MeshClient(Credentials(config.tls))
    try:
        return await client.call(config.peers["exchange"], "exchange", path, request, reply, 60.0)
    finally:
        await client.close()


def _standing(data: Path) -> PlatformStanding:
    folder = platform_of(data)
    return standing_of(folder, folder / "tls", _tenants(folder))


def _tenants(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "tenants").iterdir() if path.is_dir())


def _name(folder: Path) -> str:
    platform = read_file(folder / "platform.json", Platform)
    return platform.name if platform is not None else read(folder / CONFIG).name


def _open(folder: Path) -> list[str]:
    found = {tenant: waiting_of(folder / "tenants" / tenant / "gateway.db") for tenant in _tenants(folder)}
    return [
        f"{tenant}: 送信中 sending {one.sending}, 回答待ち waiting {one.waiting}, 保留 held {one.held}, 未記録 unlogged {one.unlogged}"
        for tenant, one in found.items()
        if one is not None and one.unfinished
    ]


def _suspend(folder: Path, tenant: str) -> None:
    try:
        asyncio.run(_call(folder, "/exchange/leave", LeaveAsk(InstitutionId(tenant), LEAVES), Suspended))
        _say(f"停止しました / suspended: {tenant}")
    except Conflict as fault:
        if fault.code != "institution-suspended-already":
            raise
        _say(f"もう停止しています / suspended before: {tenant}")


def _destroy(folder: Path, name: str) -> int:
    if name != _name(folder):
        raise Misconfigured("leave-name-differs", name[:63], "destroy-keys")
    with claim(folder):
        count = destroy_keys(folder, clock.now_ms())
    _say(f"鍵を消しました / keys destroyed: {count}\n記録は残しています / the records stay: {folder / 'tenants'}   ({state_of(folder)})")
    return OK


def _say(text: str) -> None:
    Console(highlight=False, soft_wrap=True).print(text, markup=False)
