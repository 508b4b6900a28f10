"""A whole mesh in one process on one data folder: every role's own use cases and databases, wired hand to hand instead of over TLS."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from secrets import token_bytes
from unittest.mock import patch

import msgspec

from enishi import clock
from enishi.errors import Fault
from enishi.law import load
from enishi.linkage.convert import blind_tags
from enishi.linkage.enrol import handle_point
from enishi.linkage.group import base, random_scalar
from enishi.linkage.keys import layer_key, target_key
from enishi.linkage.possession import prove_possession
from enishi.mesh.config import RoleConfig
from enishi.mesh.pki import Peer
from enishi.mesh.registry import Registry
from enishi.number import individual_number
from enishi.protocol import wire
from enishi.protocol.forms import sign_form
from enishi.protocol.founding import Founding, FoundingInstitution
from enishi.protocol.legal import Jurist, policy_of
from enishi.protocol.offer import HandedAsk, HandedNumbers
from enishi.protocol.registry import Witness, possession_context
from enishi.protocol.statement import AffairRef, Inquiry, txid_of
from enishi.protocol.view import View
from enishi.roles.exchange import enrol as exchange_enrol
from enishi.roles.exchange.deliver import Delivery, Doors
from enishi.roles.exchange.founding import FoundingDoors, publish
from enishi.roles.exchange.inquire import Inquiring, KeeperDoors
from enishi.roles.exchange.pushed import Pushed
from enishi.roles.exchange.schema import MIGRATIONS as EXCHANGE_TABLES
from enishi.roles.exchange.state import State as ExchangeState
from enishi.roles.exchange.state import load_secrets as load_exchange
from enishi.roles.exchange.view import ViewDoors
from enishi.roles.exchange.view import Viewing as ExchangeViewing
from enishi.roles.gateway.assemble import Gateway
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.desk import Decision
from enishi.roles.gateway.question import Question, Subject
from enishi.roles.keeper.admit import Admission
from enishi.roles.keeper.commit import Committing
from enishi.roles.keeper.enrol import Enrolling
from enishi.roles.keeper.keys import load_secrets
from enishi.roles.keeper.late import enter_late
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
from enishi.roles.witness.cosigning import MIGRATIONS as WITNESS_TABLES
from enishi.roles.witness.cosigning import Cosigning
from enishi.seal.dsse import countersign
from enishi.seal.hpke import SealingKey
from enishi.seal.sign import SigningKey
from enishi.society.build import generate
from enishi.society.holdings import holdings
from enishi.society.institutions import institution
from enishi.store.database import Database
from enishi.store.keyring import Keyring
from enishi.terms import InstitutionId, Kind, Txid
from enishi.tlog.note import KeyType, Verifier, add_signatures, parse_signatures
from enishi.tlog.tiles import TileHashes
from enishi.tlog.tree import prove_consistency
from enishi.tlog.witness import Submission

A, B = "012131", "011002"
ORIGIN, WITNESS = "log.enishi.example", "witness.enishi.example"
KNOWN, UNKNOWN_AT_B, PROTECTED, UNREGISTERED = "1000000001", "1000000002", "1000000003", "1000000004"
NUMBERS = tuple(map(individual_number, ("62149832025", "12345678901", "98765432109", "11223344556")))
CALLER = Caller(InstitutionId(A), "welfare-system", "officer-1")
DAY = date(2025, 4, 1)
KEEPER, EXCHANGE = Peer("keeper", "keeper", frozenset(), 2, 0), Peer("exchange", "exchange", frozenset(), 1, 0)


def question(*people: str, items: tuple[str, ...] = ("住民票関係情報",), provider: str = B, purpose_item: str = "3") -> Question:
    """災害援護資金 (row 108, 号 3): the applicant's resident record from another municipality."""
    subjects = tuple(Subject(person, "applicant", "", f"case-{person}") for person in people)
    return Question(AffairRef("506M60004008009@2024-05-27", "108"), purpose_item, items, InstitutionId(provider), subjects)


class World:
    """The mesh; `data` has one folder per role, as `enishi up` lays them."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.registrar_key, self.portal_key, self.witness_key, self.oversight_key = (SigningKey.generate() for _ in range(4))
        self.received: list[wire.InquiryReply] = []

    async def start(self) -> "World":
        self._lay()
        self._open()
        await self._found()
        await self._enrol()
        return self

    # ---- founding

    def _lay(self) -> None:
        exchange = load_exchange(Keyring(self.data / "exchange" / "keys"))
        self.pins = {"exchange": exchange.signing.public, "oversight": self.oversight_key.public}
        for role in ("keeper", "exchange", "oversight", "registrar", "gateway"):
            (self.data / role).mkdir(exist_ok=True)
            (self.data / role / "pins.json").write_bytes(msgspec.json.encode(self.pins))
        copies = next(one.copies for one in holdings(A, generate(7, 60), 7) if {"jumin", "local_tax"} <= one.copies.keys())
        known, absent, protected, empty = NUMBERS
        everyone = zip((KNOWN, UNKNOWN_AT_B, PROTECTED, UNREGISTERED), (known, absent, protected, empty), strict=True)
        at_b = [
            ("9" + KNOWN, known, copies, "automatic"),
            ("9" + PROTECTED, protected, copies, "review"),
            ("9" + UNREGISTERED, empty, {}, "automatic"),
        ]
        founding = [
            self._tenant(A, [_held(person, number, {}, "automatic") for person, number in everyone]),
            self._tenant(B, [_held(*one) for one in at_b]),
        ]
        witness = Verifier(WITNESS, self.witness_key.public, KeyType.COSIGNATURE)
        whole = Founding(
            institutions=tuple(founding),
            registrar=self.registrar_key.public,
            portal=self.portal_key.public,
            card_authority=b"",
            witnesses=(Witness(WITNESS, witness.encoded),),
            witness_quorum=1,
        )
        (self.data / "exchange" / "founding.json").write_bytes(msgspec.json.encode(whole))
        lines = [msgspec.json.encode({"individual_number": number}) for number in NUMBERS]
        (self.data / "registrar" / "residents.jsonl").write_bytes(b"\n".join(lines) + b"\n")

    def _tenant(self, name: str, people: Sequence[dict[str, object]]) -> FoundingInstitution:
        folder, seed = self.data / "gateway" / "tenants" / name, institution(name)
        elgamal, signing = random_scalar(), SigningKey.generate()
        for key, secret in (("elgamal.1", elgamal), ("signing.1", signing.to_bytes())):
            Keyring(folder / "keys").put(key, secret)
        (folder / "import.jsonl").write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in people))
        (folder / "credentials.json").write_bytes(b"[]")
        return FoundingInstitution(
            id=seed.id,
            name_ja=seed.name_ja,
            name_en=seed.name_en,
            kind=seed.kind,
            platform="gateway",
            capacities=seed.capacities,
            assessments=seed.assessments,
            elgamal=base(elgamal),
            elgamal_proof=prove_possession(elgamal, possession_context(name, "elgamal", 1)).encode(),
            hpke=SealingKey.generate().public,
            signing=signing.public,
        )

    # ---- wiring

    def _open(self) -> None:
        secrets, jurist = load_secrets(Keyring(self.data / "keeper" / "keys")), Jurist(load(), policy_of("off", "refuse"))
        self.keeper_db = Database.open(self.data / "keeper" / "keeper.db", MIGRATIONS)
        self.log = Log(self.keeper_db, secrets.log, ORIGIN)
        self.keeper = State(secrets, self.keeper_db, Rest(secrets.rest), self.log, Tickets(secrets.ticket), jurist, self.pins, DAY)
        self.outcomes, self.keeper_enrol = Outcomes(self.keeper), Enrolling(self.keeper, self._deliver)
        self.exchange_db = Database.open(self.data / "exchange" / "exchange.db", EXCHANGE_TABLES)
        exchange_secrets = load_exchange(Keyring(self.data / "exchange" / "keys"))
        self.exchange = ExchangeState(exchange_secrets, self.exchange_db, jurist, self.pins, DAY)
        self.delivery = Delivery(self.exchange, Doors(self._notify, self._fetch, self._record))  # type: ignore[arg-type]
        self.inquiring = Inquiring(self.exchange, KeeperDoors(self._admit, self._commit), self.delivery)
        self.oversight_db = Database.open(self.data / "oversight" / "oversight.db", OVERSIGHT_TABLES)
        self.witness_db = Database.open(self.data / "witness" / "witness.db", WITNESS_TABLES)
        self.witness = Cosigning(self.witness_db, WITNESS, self.witness_key, {ORIGIN: self.log.verifier})
        self.registrar_db = Database.open(self.data / "registrar" / "registrar.db", REGISTRAR_TABLES)
        self.gateway = Gateway(RoleConfig(role="gateway", name="gateway", data=self.data / "gateway", tls=self.data), self)

    async def _found(self) -> None:
        await self.log.load()
        cosigner = Cosigner(self.oversight_db, self.oversight_key, self.pins["exchange"], load().digest)
        snapshots = Snapshots(self.keeper)
        doors = FoundingDoors(parts=snapshots.parts, cosign=cosigner.handle, adopt=snapshots.adopt)
        await publish(self.exchange, doors, self.data / "exchange" / "founding.json")

    async def _enrol(self) -> None:
        registry = Registry(self.data / "registrar", self.snapshot)
        await registry.refresh()
        step = exchange_enrol.Enrolling(self.exchange, self.keeper_enrol.handle)
        self.registrar = Registrar(self.registrar_db, registry, self.registrar_key, step.handle)
        await import_residents(self.registrar_db, self.data / "registrar" / "residents.jsonl")
        await self.registrar.enrol_audit()
        await self.gateway.start()
        await self.gateway.registry.refresh()
        await self.gateway.enrolment.enrol_all()

    # ---- what passes between the roles

    async def snapshot(self) -> wire.SnapshotReply:
        return self.exchange.shown()

    async def inquire(self, messages: Sequence[bytes]) -> wire.Results[wire.InquiryReply]:
        batch = wire.Batch(tuple(msgspec.msgpack.decode(message, type=Inquiry) for message in messages))
        results = await self.inquiring.handle(batch, frozenset({A, B}))
        self.received += [result.value for result in results.results if result.value is not None]
        return results

    async def outcome(self, replies: Sequence[wire.NoticeReply]) -> wire.Results[wire.Recorded]:
        return await Pushed(self.delivery).handle(wire.Batch(tuple(replies)), frozenset({A, B}))

    async def enrol(self, request: wire.EnrolRequest) -> wire.EnrolReply:
        return await self.registrar.handle(request, frozenset({A, B}))

    async def handed(self, asked: HandedAsk) -> HandedNumbers:
        return HandedNumbers(())

    async def _deliver(self, platform: str, deliver: wire.Deliver) -> wire.Empty:
        return await self.gateway.enrolment.enrolled(deliver, KEEPER)

    async def _admit(self, admit: wire.Admit) -> wire.Admitted:
        return _only(await Admission(self.keeper).handle(wire.Batch((admit,))))

    async def _commit(self, commit: wire.Commit) -> wire.Committed:
        return _only(await Committing(self.keeper).handle(wire.Batch((commit,))))

    async def _record(self, form: wire.OutcomeForm) -> wire.Recorded:
        return _only(await self.outcomes.handle(wire.Batch((form,))))

    async def _notify(self, platform: str, notice: wire.Notice) -> wire.NoticeReply:
        return _only(await self.gateway.provide.notice(wire.Batch((notice,)), EXCHANGE))

    async def _fetch(self, platform: str, asked: wire.Fetch) -> wire.NoticeReply:
        return await self.gateway.provide.fetch(asked, EXCHANGE)

    # ---- what a test does

    async def ask(self, *people: str, **asked: object) -> Txid:
        return await self.gateway.ask.ask(self.gateway.tenants[A], CALLER, question(*people, **asked))  # type: ignore[arg-type]

    async def look(self, number: str) -> None:
        """The person's own look, signed by face and registrar."""
        (handle,) = self.registrar_db.read_now(lambda c: c.execute("SELECT handle FROM person WHERE individual_number = ?", (number,)).fetchone())
        snapshot = self.exchange.snapshot
        z_u = target_key(snapshot.current_audit.elgamal, layer_key(snapshot.exchange.layer, snapshot.keeper.layer))
        (row,) = blind_tags([handle_point(handle)], z_u)
        view = View(
            v=1,
            kind=Kind.VIEW,
            nonce=token_bytes(16),
            face="portal",
            audit_epoch=1,
            at_ms=clock.now_ms(),
            request=bytes(32),
            answer_key=SealingKey.generate().public,
            device_key=b"",
            r=row[0],
            u=row[2],
        )
        envelope = countersign(sign_form(view, "view", self.portal_key, "portal"), self.registrar_key, "registrar")
        keeper = Viewing(self.keeper)
        viewing = ExchangeViewing(self.exchange, ViewDoors(keeper.admit, keeper.commit))
        with patch.object(self.log, "covering", self._covering):
            await viewing.handle(wire.ViewMessage(envelope))

    async def _covering(self, index: int):  # type: ignore[no-untyped-def]
        return await self.log.publish()

    async def decide(self) -> None:
        """An official of B provides what was held, and A asks again."""
        desk, tenant = self.gateway.desk, self.gateway.tenants[B]
        for held in await desk.held(tenant):
            await desk.decide(tenant, held.item_id, Decision("provide"), "officer-b")
            await self.gateway.ask.again(self.gateway.tenants[A], txid_of(held.notice.statement.payload))

    async def lapse(self) -> int:
        """Let every mark of non-disclosure end, and enter what was withheld."""
        with patch.object(clock, "now_ms", lambda: 4_102_444_800_000):
            return await enter_late(self.keeper)

    async def checkpoint(self) -> None:
        """Publish and have the witness cosign."""
        seen = await self.witness.size(ORIGIN)
        published = await self.log.publish()
        proof = await self.keeper_db.read(
            lambda c: prove_consistency(TileHashes(published.size, lambda tile: self.log.load_tile(c, tile)), seen, published.size)
        )
        line = await self.witness.add(Submission(seen, tuple(proof), published.note).encode())
        await self.log.cosigned(published.size, add_signatures(published.note, parse_signatures(line)))

    async def stop(self) -> None:
        await self.gateway.stop()
        for database in (self.keeper_db, self.exchange_db, self.oversight_db, self.witness_db, self.registrar_db):
            await database.close()


def _only(results):  # type: ignore[no-untyped-def]
    (result,) = results.results
    if result.value is None:
        assert result.fault is not None
        raise Fault(result.fault.code, result.fault.detail, result.fault.field)
    return result.value


def _held(person: str, number: str, copies: dict[str, dict[str, bytes]], response: str) -> dict[str, object]:
    return {
        "addressee_number": person,
        "individual_number": number,
        "acquisition_number": None,
        "name": None,
        "name_kana": None,
        "copies": copies,
        "nondisclosure": {"ground": "415AC0000000057#78-1-1", "until": date(2099, 4, 1)} if response == "review" else None,
        "response": response,
    }
