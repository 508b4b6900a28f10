"""`enishi registry …`: an operator of exchange or commission shows, adds, suspends, reinstates and approves on a running mesh."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
from rich.console import Console
from rich.text import Text

from enishi import clock
from enishi.cli.ports import mesh_url
from enishi.errors import Misconfigured
from enishi.mesh import pki
from enishi.mesh.client import MeshClient
from enishi.mesh.config import read
from enishi.mesh.registry import read_pins
from enishi.mesh.tls import Credentials
from enishi.protocol.founding import FoundingInstitution
from enishi.protocol.joining import AdmitAsk, CertifyAsk, DeclineAsk, JoinList, JoinShown, UncertifiedList, join_digest, read_join
from enishi.protocol.registry import Snapshot, read_snapshot, snapshot_digest
from enishi.protocol.standing import AddAsk, ApproveAsk, Drafted, RegistryShown, ReinstateAsk, SuspendAsk, Suspended
from enishi.protocol.suspension import Reason, Suspension, effective, read_suspension
from enishi.protocol.wire import Empty
from enishi.seal.dsse import Envelope, decode_envelope
from enishi.terms import InstitutionId

T = TypeVar("T")
Side = Literal["exchange", "oversight"]
OK, WAITS = 0, 3
"""Exit status: in force, or drafted and waiting for the commission's operator."""


def run_show(data: Path, side: Side, json: bool) -> int:
    """Print what a side holds: serial, digest, age, who signed, suspensions on top, and the draft that waits."""
    shown = _ask(data, side, "show", Empty(), RegistryShown)
    told = _told(shown, read_pins(data))
    if json:
        print(msgspec.json.encode(told).decode())
    else:
        _print(told, Console(highlight=False))
    return OK


def run_add(data: Path, file: Path) -> int:
    """Ask the exchange to add the institution of a form with proofs of possession; Misconfigured("registry-file-unreadable")."""
    try:
        one = msgspec.json.decode(file.read_bytes(), type=FoundingInstitution)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Misconfigured("registry-file-unreadable", f"{file.name}: {error}", "file") from error
    return _drafted(_ask(data, "exchange", "add", AddAsk(one), Drafted))


def run_suspend(data: Path, institution: str, reason: Reason, because: str, side: Side) -> int:
    """Suspend at once, by the note of one side alone."""
    done = _ask(data, side, "suspend", SuspendAsk(InstitutionId(institution), reason, because), Suspended)
    place = f"記録 leaf {done.index}" if done.index >= 0 else "記録簿には後で載ります / the log follows"
    Console(highlight=False).print(f"停止しました / suspended: {institution}  ({place})", markup=False)
    return OK


def run_reinstate(data: Path, institution: str) -> int:
    """Ask the exchange for a registry in which the institution stands again."""
    return _drafted(_ask(data, "exchange", "reinstate", ReinstateAsk(InstitutionId(institution)), Drafted))


def run_approve(data: Path, digest: str) -> int:
    """Approve one draft as the commission's operator, then have the exchange offer it again; Misconfigured("registry-digest-wrong")."""
    try:
        wanted = bytes.fromhex(digest)
    except ValueError as error:
        raise Misconfigured("registry-digest-wrong", digest[:80], "digest") from error
    if len(wanted) != 32:
        raise Misconfigured("registry-digest-wrong", digest[:80], "digest")
    _ask(data, "oversight", "approve", ApproveAsk(wanted), Empty)
    made = _ask(data, "exchange", "finish", Empty(), Drafted)
    if made.in_force and (data / "authority").is_dir():
        # Who holds the authority's folder here issues what the new registry lets in: joining is then whole.
        run_certify(data)
    return _drafted(made)


def run_joining(data: Path, json: bool) -> int:
    """Print the requests of platforms that want to join, each with its state and institutions."""
    told = [_join(one) for one in _ask(data, "exchange", "joining", Empty(), JoinList).each]
    if json:
        print(msgspec.json.encode(told).decode())
        return OK
    console = Console(highlight=False, soft_wrap=True)
    for one in told:
        console.print(f"{one['digest']}  {one['state']}  {one['platform']}  {one['door']}  {one['because']}", markup=False)
        for institution in one["institutions"]:
            console.print(f"    {institution}", markup=False)
    console.print(f"{len(told)} 件 requests")
    return OK


def run_admit(data: Path, wanted: str) -> int:
    """Draft the registry of a request, by the first characters of its digest or as a file; once it is in force, its certificate."""
    made = _ask(data, "exchange", "admit", AdmitAsk(_request(data, wanted)), Drafted)
    if made.in_force and (data / "authority").is_dir():
        run_certify(data)
    return _drafted(made)


def run_decline(data: Path, wanted: str, because: str) -> int:
    """Refuse a request."""
    digest = join_digest(_request(data, wanted))
    _ask(data, "exchange", "decline", DeclineAsk(digest, because), Empty)
    print(f"断りました / declined: {digest.hex()}")
    return OK


def run_certify(data: Path) -> int:
    """Sign every certificate that waits, with the authority in the data folder; prints whose. Misconfigured("authority-unreadable")."""
    authority = data / "authority"
    for one in _ask(data, "exchange", "uncertified", Empty(), UncertifiedList).each:
        hosts = (one.host,) if one.host else ()
        certificate = pki.certify(authority, one.csr, "gateway", one.name, one.tenants, clock.now_ms(), hosts)
        ca, revoked = ((authority / name).read_bytes() for name in ("ca.pem", "crl.pem"))
        _ask(data, "exchange", "certify", CertifyAsk(one.digest, certificate, ca, revoked), Empty)
        print(f"証明書を出しました / certificate issued: {one.name} ({', '.join(one.tenants)})")
    return OK


def _request(data: Path, wanted: str) -> Envelope:
    if Path(wanted).is_file():
        return decode_envelope(Path(wanted).read_bytes())
    found = [one for one in _ask(data, "exchange", "joining", Empty(), JoinList).each if wanted and one.digest.hex().startswith(wanted)]
    if len(found) != 1:
        raise Misconfigured("join-request-missing", wanted[:80], "request")
    return found[0].request


def _join(one: JoinShown) -> dict[str, Any]:
    asked = read_join(one.request)
    named = [f"{each.id} {each.name_ja}" for each in asked.institutions]
    shown = {"digest": one.digest.hex(), "state": one.state, "because": one.because}
    return shown | {"platform": asked.platform, "door": asked.door, "institutions": named}


def changes(held: Snapshot, draft: Snapshot) -> Iterator[str]:
    """What a draft changes, a line each, so that who approves knows what it is."""
    for door in draft.gateways:
        if door not in held.gateways:
            yield f"+ gateway {door.platform} at {door.url}"
    yield from (f"- gateway {door.platform}" for door in held.gateways if not draft.door(door.platform))
    for one in draft.institutions:
        before = held.by_id.get(one.id)
        if before is None:
            yield f"+ {one.id} {one.name_ja} ({one.platform})"
        elif before != one:
            turned = {(True, False): "再開 reinstated", (False, True): "停止 suspended"}.get((before.suspended, one.suspended))
            yield f"~ {one.id} {one.name_ja}: {turned or '変更 changed'}"
    yield from (f"- {one.id} {one.name_ja}" for one in held.institutions if one.id not in draft.by_id)
    if held.law != draft.law:
        yield "~ 法令データ law data"


def _ask(data: Path, side: Side, verb: str, request: Any, reply: type[T]) -> T:
    base = read(data / "portal" / "config.json").face_port

    async def call() -> T:
        client = MeshClient(Credentials(data / "operator" / "tls"))
        try:
            return await client.call(mesh_url(base, side), side, f"/{side}/registry/{verb}", request, reply, 60.0)
        finally:
            await client.close()

    return asyncio.run(call())


def _drafted(made: Drafted) -> int:
    digest = made.digest.hex()
    console = Console(highlight=False, soft_wrap=True)
    if made.in_force:
        console.print(f"登録簿 {made.serial} が有効です / registry {made.serial} is in force\n{digest}", markup=False)
        return OK
    console.print(f"登録簿 {made.serial} は委員会の承認を待っています / registry {made.serial} waits for the commission's approval", markup=False)
    console.print(f"enishi registry approve {digest}", markup=False)
    return WAITS


def _told(shown: RegistryShown, pins: dict[str, bytes]) -> dict[str, Any]:
    snapshot = read_snapshot(shown.snapshot.payload)
    notes = [read_suspension(one, pins) for one in shown.suspensions]
    now = effective(snapshot, notes)
    told: dict[str, Any] = {
        "serial": snapshot.serial,
        "digest": snapshot_digest(shown.snapshot.payload).hex(),
        "age_s": max(0, clock.now_ms() - snapshot.at_ms) // 1000,
        "signed_by": [one.keyid for one in shown.snapshot.signatures],
        "institutions": len(snapshot.institutions),
        "suspended": [one.id for one in now.institutions if one.suspended],
        "notes": [_note(note.said) for note in notes],
        "draft": None,
    }
    if shown.draft is not None:
        draft = read_snapshot(shown.draft.payload)
        told["draft"] = {"serial": draft.serial, "digest": snapshot_digest(shown.draft.payload).hex(), "changes": list(changes(now, draft))}
    return told


def _note(said: Suspension) -> dict[str, Any]:
    return {"institution": said.institution, "signer": said.signer, "serial": said.serial, "reason": said.reason, "because": said.because}


def _print(told: dict[str, Any], console: Console) -> None:
    console.print(Text(f"登録簿 registry {told['serial']}", "bold"), Text(told["digest"], "dim"), soft_wrap=True)
    console.print(
        f"  {told['age_s'] // 3600} 時間前 hours old   署名 signed by {', '.join(told['signed_by'])}   機関 institutions {told['institutions']}"
    )
    console.print(f"  停止中 suspended: {', '.join(told['suspended']) or '—'}", markup=False)
    for note in told["notes"]:
        console.print(f"  通知 note: {note['institution']}  {note['signer']}  {note['reason']}  {note['because']}", markup=False)
    if told["draft"]:
        console.print(f"  承認待ち waiting: {told['draft']['serial']} {told['draft']['digest']}", markup=False, soft_wrap=True)
        for line in told["draft"]["changes"]:
            console.print(f"    {line}", markup=False)
