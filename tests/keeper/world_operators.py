"""Exchange, keeper, registrar, commission and witness on real databases, wired hand to hand; the test plays both institutions and the portal."""

from collections.abc import Sequence
from pathlib import Path
from secrets import token_bytes

import msgspec

from enishi import clock
from enishi.law import load
from enishi.linkage.convert import blind, exchange_step, open_pair, prove_rows
from enishi.linkage.enrol import Step, check_step, open_element
from enishi.linkage.forms import Blinded, Element, Pair
from enishi.linkage.keys import layer_key, target_key
from enishi.mesh.metrics import Meter
from enishi.mesh.registry import Registry
from enishi.protocol import wire
from enishi.protocol.enrol import read_batch, step_context
from enishi.protocol.forms import payload_type
from enishi.protocol.legal import Jurist, policy_of
from enishi.protocol.outcome import GivenOutcome, SignedOutcome, answer_hash, sign_outcome
from enishi.protocol.rows import Row, rows_root
from enishi.protocol.statement import AffairRef, Inquiry, Statement, commit, item_id_of, signer_keyid, txid_of
from enishi.roles.exchange import enrol as exchange_enrol
from enishi.roles.exchange.deliver import Delivery, Doors
from enishi.roles.exchange.examine import examine
from enishi.roles.exchange.founding import FoundingDoors, publish
from enishi.roles.exchange.inquire import Inquiring, KeeperDoors
from enishi.roles.exchange.schema import MIGRATIONS as EXCHANGE_TABLES
from enishi.roles.exchange.state import State as ExchangeState
from enishi.roles.exchange.state import load_secrets as load_exchange
from enishi.roles.exchange.view import ViewDoors
from enishi.roles.exchange.view import Viewing as ExchangeViewing
from enishi.roles.keeper.admit import Admission
from enishi.roles.keeper.changes import Changes
from enishi.roles.keeper.commit import Committing
from enishi.roles.keeper.enrol import Enrolling
from enishi.roles.keeper.keys import load_secrets
from enishi.roles.keeper.log import Log
from enishi.roles.keeper.outcome import Outcomes
from enishi.roles.keeper.rest import Rest
from enishi.roles.keeper.schema import MIGRATIONS
from enishi.roles.keeper.snapshots import Snapshots
from enishi.roles.keeper.state import State
from enishi.roles.keeper.ticket import Tickets
from enishi.roles.keeper.view import Viewing
from enishi.roles.oversight.cosigning import Cosigning as Cosigner
from enishi.roles.oversight.schema import MIGRATIONS as OVERSIGHT_TABLES
from enishi.roles.registrar.enrol import Enrolling as Registrar
from enishi.roles.registrar.people import import_residents
from enishi.roles.registrar.schema import MIGRATIONS as REGISTRAR_TABLES
from enishi.roles.registrar.view import Viewing as RegistrarViewing
from enishi.seal.dsse import sign_envelope
from enishi.seal.hpke import SealingKey, Suite
from enishi.store.database import Database
from enishi.store.keyring import Keyring
from enishi.terms import InstitutionId, ItemId, Kind, Outcome
from keeper.founded_operators import (
    ACQUISITION,
    DAY,
    NUMBERS,
    ORIGIN,
    STRANGER,
    TENANTS,
    A,
    B,
    Founded,
    Office,
    code_of,
    lay,
    mark,
    only,
    txid,
)
from keeper.looking_operators import Looks

__all__ = ["A", "ACQUISITION", "B", "NUMBERS", "STRANGER", "TENANTS", "Founded", "Operators", "code_of", "found", "mark", "only", "txid"]


class Operators(Looks):
    """The operators of one data folder, started as their roles start."""

    def __init__(self, founded: Founded) -> None:
        self.founded, self.data = founded, founded.data
        self.offices, self.jurist = founded.offices, Jurist(load(), policy_of("off", "refuse"))
        self.notices: list[wire.Notice] = []
        self.answer = self.provide
        self.given: dict[ItemId, wire.NoticeReply] = {}
        self.delivered: list[wire.Deliver] = []

    async def open(self) -> "Operators":
        self._open_keeper()
        self._open_exchange()
        await self.keeper.database.read(self.keeper.load_shares)
        await self.log.load()
        await self.exchange.database.read(self.exchange.load_shares)
        self.oversight_db = Database.open(self.data / "oversight" / "oversight.db", OVERSIGHT_TABLES)
        self.cosigner = Cosigner(self.oversight_db, self.founded.oversight, self.pins["exchange"], load().digest)
        await publish(self.exchange, self.founding_doors(), self.data / "exchange" / "founding.json")
        await self._open_registrar()
        return self

    def founding_doors(self) -> FoundingDoors:
        return FoundingDoors(parts=self.snapshots.parts, cosign=self.cosigner.handle, adopt=self.snapshots.adopt)

    def _open_keeper(self) -> None:
        secrets = load_secrets(Keyring(self.data / "keeper" / "keys"))
        self.pins = msgspec.json.decode((self.data / "keeper" / "pins.json").read_bytes(), type=dict[str, bytes])
        database = Database.open(self.data / "keeper" / "keeper.db", MIGRATIONS)
        self.log = Log(database, secrets.log, ORIGIN)
        self.meter = Meter()
        self.keeper = State(
            secrets, database, Rest(secrets.rest), self.log, Tickets(secrets.ticket, self.meter), self.jurist, self.pins, DAY, self.meter
        )
        self.admission, self.committing, self.outcomes = Admission(self.keeper), Committing(self.keeper), Outcomes(self.keeper)
        self.changes = Changes(self.keeper)
        self.snapshots, self.enrolling, self.viewing = Snapshots(self.keeper), Enrolling(self.keeper, self._deliver), Viewing(self.keeper)

    def _open_exchange(self) -> None:
        database = Database.open(self.data / "exchange" / "exchange.db", EXCHANGE_TABLES)
        self.exchange = ExchangeState(load_exchange(Keyring(self.data / "exchange" / "keys")), database, self.jurist, self.pins, DAY)
        self.delivery = Delivery(self.exchange, Doors(self._notify, self._fetch, self.record))
        self.inquiring = Inquiring(self.exchange, KeeperDoors(self.admit, self.commit), self.delivery)
        self.exchange_viewing = ExchangeViewing(self.exchange, ViewDoors(self.viewing.admit, self.viewing.commit))
        self.exchange_enrol = exchange_enrol.Enrolling(self.exchange, self.enrolling.handle)

    async def _open_registrar(self) -> None:
        self.registry = Registry(self.data / "registrar", self.snapshot)
        await self.registry.refresh()
        self.registrar_db = Database.open(self.data / "registrar" / "registrar.db", REGISTRAR_TABLES)
        self.registrar = Registrar(self.registrar_db, self.registry, self.founded.registrar, self.exchange_enrol.handle)
        self.registrar_viewing = RegistrarViewing(self.registrar_db, self.registry, self.founded.registrar)

    async def stop(self) -> None:
        for database in (self.keeper.database, self.exchange.database, self.oversight_db, self.registrar_db):
            await database.close()

    async def snapshot(self) -> wire.SnapshotReply:
        return self.exchange.shown()

    # ---- doors

    async def admit(self, form: wire.Admit) -> wire.Admitted:
        return only(await self.admission.handle(wire.Batch((form,))))

    async def commit(self, form: wire.Commit) -> wire.Committed:
        return only(await self.committing.handle(wire.Batch((form,))))

    async def record(self, form: wire.OutcomeForm) -> wire.Recorded:
        return only(await self.outcomes.handle(wire.Batch((form,))))

    async def _notify(self, platform: str, notice: wire.Notice) -> wire.NoticeReply:
        self.notices.append(notice)
        reply = self.answer(notice)
        self.given[item_id_of(txid_of(notice.statement.payload), notice.place)] = reply
        return reply

    async def _fetch(self, platform: str, asked: wire.Fetch) -> wire.NoticeReply:
        return self.given[asked.item_id]

    async def _deliver(self, platform: str, delivery: wire.Deliver) -> wire.Empty:
        self.delivered.append(delivery)
        return wire.Empty()

    # ---- what an institution does

    async def enrol(self, office: str, numbers: Sequence[str]) -> wire.EnrolReply:
        """Have people enrolled, check the transcript as a gateway does and keep the codes."""
        people = tuple(wire.EnrolPerson(number.encode().rjust(16), individual_number=number) for number in numbers)
        reply = await self.registrar.handle(wire.EnrolRequest(InstitutionId(office), "425AC0000000027#21_2", people), TENANTS)
        for delivery in self.delivered:
            self.take(self.offices[office], delivery)
        self.delivered.clear()
        return reply

    def take(self, office: Office, delivery: wire.Deliver) -> None:
        snapshot, transcript = self.exchange.snapshot, delivery.transcript
        batch = read_batch(transcript.batch, snapshot.registrar)
        keys = snapshot.institution(office.id, "target").epoch(batch.epoch)
        elements = tuple(Element(r, c) for r, c in zip(batch.r, batch.c, strict=True))
        for name, encoded, share in (("exchange", transcript.exchange, keys.share_exchange), ("keeper", transcript.keeper, keys.share_keeper)):
            operator = snapshot.exchange if name == "exchange" else snapshot.keeper
            step = msgspec.msgpack.decode(encoded, type=Step)
            elements = check_step(elements, step, operator.s_root, share, operator.layer, step_context(transcript.batch, name))
        for ref, element in zip(batch.refs, elements, strict=True):
            office.codes[ref.decode().strip()] = open_element(office.elgamal, element)

    def statement(self, rows: Sequence[Row], **changes: object) -> Statement:
        given: dict[str, object] = {
            "v": 1,
            "kind": Kind.INQUIRY,
            "nonce": token_bytes(16),
            "inquirer": InstitutionId(A),
            "provider": InstitutionId(B),
            "inquirer_epoch": 1,
            "provider_epoch": 1,
            "audit_epoch": 1,
            "registry": self.exchange.digest,
            "law": self.jurist.digest,
            "at_ms": clock.now_ms(),
            "affair": AffairRef("506M60004008009@2024-05-27", "108"),
            "purpose_item": "3",
            "items": ("住民票関係情報",),
            "reply_key": SealingKey.generate(Suite.BROWSER).public,
            "officer": commit("officer", bytes(32), "officer-1"),
            "nondisclosure": None,
            "count": len(rows),
            "rows": rows_root(rows),
        }
        return Statement(**(given | changes))  # type: ignore[arg-type]

    def layered(self, elgamal: bytes) -> bytes:
        snapshot = self.exchange.snapshot
        return target_key(elgamal, layer_key(snapshot.exchange.layer, snapshot.keeper.layer))

    def inquiry(self, *numbers: str, relation: str = "applicant", **changes: object) -> Inquiry:
        """A message of A about people it has codes for."""
        return self.inquiry_of([self.offices[A].codes[number] for number in numbers or NUMBERS[:1]], relation, **changes)

    def inquiry_of(self, codes: Sequence[bytes], relation: str = "applicant", **changes: object) -> Inquiry:
        office, snapshot = self.offices[A], self.exchange.snapshot
        z_b = self.layered(snapshot.institution(B, "provider").epoch(1).elgamal)
        z_u = self.layered(snapshot.current_audit.elgamal)
        blinded, secrets = blind(codes, z_b, z_u)
        rows = tuple(Row(r, b or b"", u, bytes(32), relation, "") for r, b, u in blinded)
        payload = msgspec.json.encode(self.statement(rows, **changes))
        envelope = sign_envelope(payload_type("statement"), payload, office.signing, signer_keyid(A, 1))
        return Inquiry(envelope, rows, prove_rows(txid_of(payload), z_b, z_u, blinded, secrets).encode())

    def provide(self, notice: wire.Notice) -> wire.NoticeReply:
        """B's answer; one that was given stays as it was signed."""
        item = item_id_of(txid_of(notice.statement.payload), notice.place)
        return self.given.get(item) or self.provide_item(item)

    def provide_item(self, item: ItemId, kind: Outcome = Outcome.PROVIDED, **changes: object) -> wire.NoticeReply:
        sealed = b"answer to " + item
        return wire.NoticeReply(self.outcome(item, kind, answer_hash=answer_hash(sealed), **changes), sealed)

    def outcome(self, item: ItemId, kind: Outcome = Outcome.PROVIDED, office: str = B, **changes: object) -> SignedOutcome:
        given: dict[str, object] = {
            "v": 1,
            "item_id": item,
            "provider": InstitutionId(office),
            "provider_epoch": 1,
            "kind": kind,
            "answer_hash": answer_hash(b""),
            "at_ms": clock.now_ms(),
            "deadline_ms": 0,
            "citation": "425AC0000000027#19-1-8" if kind is Outcome.REFUSED_WITH_CITATION else "",
            "nondisclosure": None,
        }
        return sign_outcome(GivenOutcome(**(given | changes)), self.offices[office].signing)  # type: ignore[arg-type]

    def code_at_b(self, pair_r: bytes, pair_c: bytes) -> bytes:
        """The code that B opens a pair to."""
        return open_pair(self.offices[B].elgamal, Pair(pair_r, pair_c))

    # ---- the exchange's half, done by hand where a test needs to stand between the two

    def asked(self, inquiry: Inquiry) -> wire.Admit:
        return examine(self.exchange, inquiry, TENANTS).admit()

    def stepped(self, inquiry: Inquiry, admitted: wire.Admitted) -> wire.Commit:
        statement = msgspec.json.decode(inquiry.statement.payload, type=Statement)
        source = (statement.inquirer, statement.inquirer_epoch)
        delta_b = self.exchange.shares.hop(source, (statement.provider, statement.provider_epoch))
        delta_u = self.exchange.shares.hop(source, ("@audit", statement.audit_epoch))
        rows = tuple(self._step(row, delta_b, delta_u) for row in admitted.rows)
        return wire.Commit(inquiry=inquiry, verdicts=admitted.verdicts, ticket=admitted.ticket, given=admitted.rows, rows=rows)

    def _step(self, row: wire.BlindRow, delta_b: bytes, delta_u: bytes) -> wire.BlindRow:
        given = Blinded(row.r, row.b or None, row.u)
        made = exchange_step(given, self.exchange.secrets.layer, delta_b if row.b else None, delta_u)
        return wire.BlindRow(made.R, made.B or b"", made.U)

    async def committed(self, inquiry: Inquiry) -> wire.Committed:
        return await self.commit(self.stepped(inquiry, await self.admit(self.asked(inquiry))))

    async def inquire(self, inquiry: Inquiry, tenants: frozenset[str] = TENANTS) -> wire.InquiryReply:
        return only(await self.inquiring.handle(wire.Batch((inquiry,)), tenants))

    # ---- looking into the databases

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """Rows of the keeper's database."""
        return self.keeper.database.read_now(lambda connection: connection.execute(query, values).fetchall())


async def found(data: Path) -> Founded:
    """Found a mesh of two institutions, enrol everyone in the audit domain and two people at each institution."""
    founded = Founded(data)
    lay(founded)
    world = await Operators(founded).open()
    await import_residents(world.registrar_db, data / "registrar" / "residents.jsonl")
    await world.registrar.enrol_audit()
    for office in founded.offices.values():
        await world.enrol(office.id, NUMBERS[:2])
    await world.stop()
    return founded
