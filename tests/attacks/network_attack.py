"""All roles in one process, founded as `enishi up` founds them, on two gateway platforms: the inquirer's, and that of all others.

Nothing is replaced but the sockets between the roles: assembly, databases, keys, cryptography, doors and faces are those of the running mesh.
"""

import asyncio
import shutil
from collections.abc import Coroutine
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import msgspec

from attacks.wire_attack import Wire
from enishi import clock, society
from enishi.card.chip import Cards
from enishi.cli.founding import ORIGIN, WITNESS, found, log_key, witness_key
from enishi.client.portal import Opened, Proof
from enishi.errors import Denied
from enishi.mesh.config import RoleConfig
from enishi.mesh.pki import Peer
from enishi.mesh.rpc import MeshApp
from enishi.mesh.server import Listener
from enishi.oidc.relying import Call
from enishi.protocol.forms import sign_form
from enishi.protocol.founding import Founding
from enishi.protocol.registry import EXCHANGE, THING, Snapshot, read_snapshot, snapshot_digest
from enishi.protocol.standing import ApproveAsk
from enishi.protocol.view import CardSigned
from enishi.protocol.wire import Empty, FaultForm, Recorded, SnapshotReply
from enishi.roles.exchange import assemble as exchange_role
from enishi.roles.gateway import assemble as gateway_role
from enishi.roles.gateway import shown
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.question import read_question
from enishi.roles.gateway.tenant import Tenant
from enishi.roles.keeper import assemble as keeper_role
from enishi.roles.oversight import assemble as oversight_role
from enishi.roles.portal import assemble as portal_role
from enishi.roles.portal.login import begin
from enishi.roles.portal.meshed import MeshedSource
from enishi.roles.portal.offersource import Issuing, MeshedOffers
from enishi.roles.portal.view import Asked, proof_of
from enishi.roles.registrar import assemble as registrar_role
from enishi.roles.witness import assemble as witness_role
from enishi.seal.hpke import SealingKey, Suite
from enishi.terms import InstitutionId, Txid
from running.mesh_running import RESIDENTS

T = TypeVar("T")
A = "012131"
FIRST, SECOND = "platform-1", "platform-2"
DAY = date(2025, 4, 1)
CALLER = Caller(InstitutionId(A), "enishi-demo", "officer-001")
ASKS, FETCHES, AGENTS = 0, 6, 7
"""Places of a gateway's errands that a test takes the steps of."""
PEERS = ("keeper", "exchange", "oversight", "registrar", FIRST, SECOND)


class Network:
    """The roles, and what a test or an adversary does with them; coroutines run on the network's own loop, which stands still between."""

    def __init__(self, data: Path, template: Path | None = None) -> None:
        """In an empty folder; or on a copy of the data of a network that was founded, enrolled everybody and stopped."""
        self.data, self.wire, self._runner = data, Wire(), asyncio.Runner()
        self.roles: dict[str, Any] = {}
        self.sources: list[MeshedSource] = []
        self.offers: list[MeshedOffers] = []
        self.tenants = _founded(data) if template is None else _copied(template, data)
        self.run(self._start())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def stop(self) -> None:
        async def end() -> None:
            for role in reversed(list(self.roles.values())):
                await role.stop()
            await self._door.close()

        self.run(end())
        self._runner.close()

    # ---- start

    async def _start(self) -> None:
        await self._start_witness()
        for name, module in (("oversight", oversight_role), ("keeper", keeper_role), ("exchange", exchange_role), ("registrar", registrar_role)):
            await self._begin(name, module)
        for name in (FIRST, SECOND):
            await self._begin(name, gateway_role)
        with patch.object(portal_role, "MeshedSource", self._source), patch.object(portal_role, "MeshedOffers", self._offering):
            await self._begin("portal", portal_role)
        for name in ("oversight", "keeper", "exchange", "registrar", FIRST, SECOND, "portal"):
            await self.roles[name].after_open()
        self.quieten()

    def quieten(self) -> None:
        """What was left open is delivered and sent again when a test says so: by the roles' own clocks it would come between an attack's steps."""
        platforms = [errand for name in (FIRST, SECOND) for place, errand in enumerate(self.roles[name]._errands) if place in (ASKS, FETCHES, AGENTS)]
        for errand in (self.roles["exchange"]._tasks[0], *platforms):
            errand.cancel()

    async def _start_witness(self) -> None:
        self.roles["witness"] = role = witness_role.build(self.config("witness", {"name": WITNESS, "log_key": log_key(self.data)}))
        await role.start()
        face = role.face()
        assert face is not None
        self._door = Listener(face, "127.0.0.1", 0)
        await self._door.open()
        self.witness_url = f"http://127.0.0.1:{self._door.port}/add-checkpoint"

    async def _begin(self, name: str, module: Any) -> None:
        with patch.object(module, "MeshClient", lambda credentials: self.wire.client(self.peer(name)), create=True):
            self.roles[name] = role = module.build(self.config(name, self._settings(name)))
            await role.start()
        self.wire.doors[_url(name)] = (name, MeshApp(role.endpoints()))

    def _source(self, *given: Any) -> MeshedSource:
        self.sources.append(MeshedSource(*given))
        return self.sources[-1]

    def _offering(self, issuing: Issuing, *given: Any) -> MeshedOffers:
        async def fetch(call: Call) -> tuple[int, bytes]:
            return 200, self.revocations()

        self.offers.append(MeshedOffers(issuing._replace(fetch=fetch), *given))
        return self.offers[-1]

    def revocations(self, at_ms: int = 0) -> bytes:
        """The card authority's list of that time, of now for 0."""
        return Cards(self.data / "card").revocation_list(at_ms or clock.now_ms())

    def _settings(self, name: str) -> dict[str, str]:
        if name == "keeper":
            return {"origin": ORIGIN, "witness": self.witness_url, "witness_key": witness_key(self.data)}
        if name == "portal":
            faces = {"origin": "http://portal.localhost:1", "issuer": "http://card.localhost:2"}
            return faces | {"log_key": log_key(self.data), "witness_keys": witness_key(self.data), "threshold": "1"}
        return {}

    def config(self, name: str, settings: dict[str, str], data: Path | None = None) -> RoleConfig:
        role = "gateway" if name in (FIRST, SECOND) else name
        folder = data or self.data / ("gateway" if name == FIRST else name)
        peers = {other: _url(other) for other in PEERS}
        return RoleConfig(role=role, name=name, data=folder, tls=self.data / role / "tls", peers=peers, on=DAY, settings=settings)

    def peer(self, name: str) -> Peer:
        role = "gateway" if name in (FIRST, SECOND) else name
        return Peer(role, name, frozenset(self.tenants.get(name, ())), 1, 4_102_444_800_000)

    # ---- the roles' own parts

    @property
    def keeper(self) -> Any:
        return self.roles["keeper"]._state

    @property
    def exchange(self) -> Any:
        return self.roles["exchange"]._state

    @property
    def asker(self) -> gateway_role.Gateway:
        return self.roles[FIRST]  # type: ignore[no-any-return]

    @property
    def provider(self) -> gateway_role.Gateway:
        return self.roles[SECOND]  # type: ignore[no-any-return]

    @property
    def tenant(self) -> Tenant:
        """The inquirer."""
        return self.asker.tenants[A]

    def rows(self, query: str, *values: object, role: str = "keeper") -> list[Any]:
        """What a role's database holds."""
        database = self.roles[role]._database
        return database.read_now(lambda connection: connection.execute(query, values).fetchall())  # type: ignore[no-any-return]

    def leaves(self) -> int:
        return int(self.rows("SELECT COUNT(*) FROM leaf WHERE length(item_id) > 0")[0][0])

    # ---- what the lawful do

    def ask(self, question: dict[str, Any]) -> Txid:
        """Put an inquiry as the inquirer's system does."""
        return self.run(self.asker.ask.ask(self.tenant, CALLER, read_question(msgspec.json.encode(question))))

    def shown(self, txid: Txid) -> Any:
        """What the inquirer's record says of an inquiry."""
        return self.tenant.database.read_now(lambda connection: shown.show(connection, txid, CALLER))

    def message(self, txid: Txid) -> bytes:
        """The bytes of a message as they were sent."""
        row = self.tenant.database.read_now(lambda c: c.execute("SELECT message FROM asked WHERE txid = ?", (txid,)).fetchone())
        return bytes(row[0])

    def signed(self, who: society.Figure, device: SealingKey | None = None, face_request: bytes = b"") -> tuple[CardSigned, SealingKey]:
        """A request of the portal's, signed by the person's card; with the key that opens the answer."""
        pending = begin(device.public if device else b"", clock.now_ms())
        request = face_request or pending.request
        made = Cards(self.data / "card").sign(who.card, who.pin, request, clock.now_ms())
        return CardSigned(request, made.certificate, made.signature), pending.answer_key

    def look(self, who: society.Figure) -> Opened:
        """A citizen's look, as far as the device has it."""
        device = SealingKey.generate(Suite.BROWSER)
        signed, answer_key = self.signed(who, device)
        viewed = self.run(self.sources[0].view(Asked(signed, answer_key)))
        return Opened(msgspec.json.decode(msgspec.json.encode(proof_of(viewed)), type=Proof), device)

    # ---- what an adversary does

    def call(self, caller: str, receiver: str, path: str, request: Any, reply: Any) -> Any:
        """A call with the certificate of a role that the adversary runs."""
        return self.run(self.wire.client(self.peer(caller)).call(_url(receiver), "", path, request, reply))

    def operate(self, side: str, verb: str, request: Any, reply: Any, name: str = "operator") -> Any:
        """A verb of an operator's own person."""
        caller = Peer("operator", name, frozenset(), 1, 4_102_444_800_000)
        return self.run(self.wire.client(caller).call(_url(side), "", f"/{side}/registry/{verb}", request, reply))

    def approve(self, draft: SnapshotReply) -> None:
        """The commission's operator approves a draft that the commission will not sign alone."""
        try:
            self.call("exchange", "oversight", "/oversight/cosign", draft, SnapshotReply)
        except Denied as fault:
            if fault.code == "approval-missing":
                self.operate("oversight", "approve", ApproveAsk(snapshot_digest(draft.snapshot.payload)), Empty)

    def publish(self, snapshot: Snapshot) -> None:
        """A snapshot that exchange and commission both sign, taken up by keeper and exchange; gateways see it when they next ask."""
        state = self.exchange
        draft = SnapshotReply(sign_form(snapshot, THING, state.secrets.signing, EXCHANGE))
        self.approve(draft)
        signed = self.call("exchange", "oversight", "/oversight/cosign", draft, SnapshotReply)
        self.call("exchange", "keeper", "/keeper/snapshot", signed, Recorded)
        payload = signed.snapshot.payload
        self.run(_take_up(state, payload, signed))


async def _take_up(state: Any, payload: bytes, signed: SnapshotReply) -> None:
    state.publish(read_snapshot(payload), snapshot_digest(payload), signed.snapshot)


def fault_in(results: Any) -> str:
    """The slug of the only place of a reply that failed, empty if it did not."""
    (result,) = results.results
    fault: FaultForm | None = result.fault
    return fault.code if fault is not None else ""


def _url(name: str) -> str:
    return f"https://{name}"


def _founded(data: Path) -> dict[str, list[str]]:
    found(data, RESIDENTS, lambda step: None)
    return _split_platforms(data)


def _copied(template: Path, data: Path) -> dict[str, list[str]]:
    shutil.copytree(template, data, dirs_exist_ok=True)
    return {FIRST: [A], SECOND: sorted(path.name for path in (data / SECOND / "tenants").iterdir())}


def _split_platforms(data: Path) -> dict[str, list[str]]:
    """Move every institution but the inquirer to a platform of its own, so that each side's adversary holds one side only."""
    path = data / "exchange" / "founding.json"
    founding = msgspec.json.decode(path.read_bytes(), type=Founding)
    others = [one.id for one in founding.institutions if one.id != A]
    moved = tuple(msgspec.structs.replace(one, platform=FIRST if one.id == A else SECOND) for one in founding.institutions)
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(founding, institutions=moved)))
    for one in others:
        (data / SECOND / "tenants").mkdir(parents=True, exist_ok=True)
        shutil.move(data / "gateway" / "tenants" / one, data / SECOND / "tenants" / one)
    shutil.copy(data / "gateway" / "pins.json", data / SECOND / "pins.json")
    return {FIRST: [A], SECOND: list(others)}
