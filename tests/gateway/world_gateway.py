"""A platform with real tenants, databases and cryptography, and one object that plays exchange, keeper and registrar by linkage's own verbs."""

import hashlib
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from secrets import token_bytes

import msgspec

from enishi import clock
from enishi.errors import Conflict, Fault
from enishi.linkage import convert, enrol
from enishi.linkage.forms import decode_rows
from enishi.linkage.group import base, random_scalar
from enishi.linkage.keys import delta, layer_key, target_key
from enishi.linkage.possession import prove_possession
from enishi.mesh.config import RoleConfig
from enishi.mesh.pki import Peer
from enishi.number import individual_number
from enishi.protocol.enrol import THING as ENROL
from enishi.protocol.enrol import EnrolBatch, Transcript, step_context
from enishi.protocol.forms import payload_type, sign_form
from enishi.protocol.outcome import SignedOutcome, check_outcome, check_transition
from enishi.protocol.receipt import Receipt, SignedReceipt, pair_hash, sign_receipts
from enishi.protocol.record import GroundShown
from enishi.protocol.registry import AuditEpoch, Institution, KeyEpoch, Operator, Snapshot, possession_context, snapshot_digest
from enishi.protocol.rows import row_paths
from enishi.protocol.statement import AffairRef, Inquiry, Statement, item_id_of, read_inquiry
from enishi.protocol.verdict import Verdict
from enishi.protocol.wire import (
    Batch,
    Deliver,
    EnrolReply,
    EnrolRequest,
    FaultForm,
    InquiryReply,
    ItemReply,
    Notice,
    NoticeReply,
    Recorded,
    Result,
    Results,
    SnapshotReply,
)
from enishi.roles.gateway.assemble import Gateway
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.question import Question, Subject
from enishi.seal.dsse import countersign, sign_envelope
from enishi.seal.hpke import SealingKey
from enishi.seal.sign import SigningKey
from enishi.society.build import generate
from enishi.society.holdings import holdings
from enishi.terms import InstitutionId, ItemId, Kind, Txid
from gateway.numbers_gateway import Numbers

EXCHANGE, KEEPER = Peer("exchange", "exchange", frozenset(), 1, 0), Peer("keeper", "keeper", frozenset(), 2, 0)
AUDIT = "@audit"
A, B, HYBRID = "012131", "011002", SealingKey.generate().public
NUMBERS = ("62149832025", "12345678901", "98765432109", "11223344556")
"""Bodies of four numbers that belong to nobody; the check digit is added."""
KNOWN, UNKNOWN_AT_B, PROTECTED, UNREGISTERED = "1000000001", "1000000002", "1000000003", "1000000004"
TOKEN = "a-token-that-only-this-test-knows"


def proven(secret: bytes, owner: str, key: str, epoch: int) -> bytes:
    return prove_possession(secret, possession_context(owner, key, epoch)).encode()


class Share:
    """One operator: root, layer, shares by target, signing key."""

    def __init__(self, name: str) -> None:
        self.root, self.layer = random_scalar(), random_scalar()
        self.root_proof, self.layer_proof = proven(self.root, name, "s_root", 0), proven(self.layer, name, "layer", 0)
        self.shares: dict[str, bytes] = {}
        self.signing = SigningKey.generate()

    def share(self, target: str) -> bytes:
        return self.shares.setdefault(target, random_scalar())

    def operator(self) -> Operator:
        public = base(self.root), base(self.layer)
        return Operator(s_root=public[0], s_root_proof=self.root_proof, layer=public[1], layer_proof=self.layer_proof, signing=self.signing.public)


class Operators(Numbers):
    """Exchange, keeper and registrar in one: converts, records in memory, and calls the gateway as they would."""

    def __init__(self) -> None:
        super().__init__()
        self.exchange, self.keeper = Share("exchange"), Share("keeper")
        self.oversight, self.registrar = SigningKey.generate(), SigningKey.generate()
        self.audit = random_scalar()
        self.audit_proof = proven(self.audit, AUDIT, "elgamal", 1)
        self.institutions: dict[str, Institution] = {}
        self.serial, self.previous = 1, bytes(32)
        self.handles: dict[str, bytes] = {}
        self.tags: set[bytes] = set()
        self.log: dict[Txid, tuple[Inquiry, list[SignedReceipt], list[tuple[bytes, bytes] | None]]] = {}
        self.outcomes: dict[ItemId, tuple[SignedOutcome, bytes]] = {}
        self.index = 0
        self.messages: list[bytes] = []
        self.gateway: Gateway | None = None
        self.refuse: Callable[[Statement, int], bool] = lambda statement, place: statement.affair.row == "999"
        self.tamper: Callable[[InquiryReply], InquiryReply] = lambda reply: reply
        self.unenrolled: frozenset[str] = frozenset()

    # ---- registry

    def join(self, institution: str, elgamal: bytes, signing: bytes) -> None:
        epoch = KeyEpoch(
            epoch=1,
            elgamal=base(elgamal),
            elgamal_proof=proven(elgamal, institution, "elgamal", 1),
            hpke=HYBRID,
            signing=SigningKey.from_bytes(signing).public,
            share_exchange=base(self.exchange.share(institution)),
            share_keeper=base(self.keeper.share(institution)),
            active=True,
        )
        self.institutions[institution] = Institution(
            id=InstitutionId(institution),
            name_ja=institution,
            name_en=institution,
            kind="municipality",
            platform="gateway",
            suspended=False,
            capacities=(),
            assessments=(),
            epochs=(epoch,),
        )

    def suspend(self, institution: str) -> None:
        self.renew()
        self.institutions[institution] = msgspec.structs.replace(self.institutions[institution], suspended=True)

    def renew(self) -> None:
        """The next snapshot, which names the one before it."""
        self.previous = snapshot_digest(self.payload())
        self.serial += 1

    def payload(self) -> bytes:
        shares = base(self.exchange.share(AUDIT)), base(self.keeper.share(AUDIT))
        audit = AuditEpoch(epoch=1, elgamal=base(self.audit), elgamal_proof=self.audit_proof, share_exchange=shares[0], share_keeper=shares[1])
        snapshot = Snapshot(
            v=1,
            serial=self.serial,
            at_ms=0,
            previous=self.previous,
            law=bytes(32),
            exchange=self.exchange.operator(),
            keeper=self.keeper.operator(),
            registrar=self.registrar.public,
            portal=self.portal.public,
            disclosure=HYBRID,
            log_origin="log",
            log_key="key",
            witnesses=(),
            witness_quorum=0,
            card_authority=self.card_authority,
            audit=(audit,),
            institutions=tuple(self.institutions.values()),
        )
        return msgspec.json.encode(snapshot)

    async def snapshot(self) -> SnapshotReply:
        self._up()
        envelope = sign_envelope(payload_type("registry"), self.payload(), self.exchange.signing, "exchange")
        return SnapshotReply(countersign(envelope, self.oversight, "oversight"))

    # ---- enrolment

    async def enrol(self, request: EnrolRequest) -> EnrolReply:
        self._up()
        known = [person for person in request.people if (person.individual_number or person.acquisition_number) not in self.unenrolled]
        if known:
            handles = [self.handles.setdefault(person.individual_number, token_bytes(32)) for person in known]
            await self._deliver(request.institution, [person.ref for person in known], handles)
        unknown = tuple(person.ref for person in request.people if person not in known)
        return EnrolReply(len(known), unknown)

    async def _deliver(self, target: InstitutionId, refs: Sequence[bytes], handles: Sequence[bytes]) -> None:
        assert self.gateway is not None
        await self.gateway.enrolment.enrolled(Deliver(self.transcript(target, refs, handles)), KEEPER)
        for handle in handles:
            self.tags.add(self.tag(handle))

    def transcript(self, target: InstitutionId, refs: Sequence[bytes], handles: Sequence[bytes]) -> Transcript:
        z = target_key(self.institutions[target].current().elgamal, self._layer())
        elements = [enrol.request(enrol.handle_point(handle), z) for handle in handles]
        batch = EnrolBatch(
            v=1,
            kind=Kind.ENROL,
            request=token_bytes(16),
            target=target,
            epoch=1,
            at_ms=clock.now_ms(),
            refs=tuple(refs),
            r=tuple(r for r, _ in elements),
            c=tuple(c for _, c in elements),
        )
        envelope = sign_form(batch, ENROL, self.registrar, "registrar")
        first = enrol.operate(elements, self.exchange.root, self.exchange.share(target), self.exchange.layer, step_context(envelope, "exchange"))
        second = enrol.operate(first.elements(), self.keeper.root, self.keeper.share(target), self.keeper.layer, step_context(envelope, "keeper"))
        return Transcript(envelope, msgspec.msgpack.encode(first), msgspec.msgpack.encode(second))

    def tag(self, handle: bytes) -> bytes:
        point = enrol.handle_point(handle)
        for operator in (self.exchange, self.keeper):
            point = convert.multiply(operator.root, convert.multiply(operator.share(AUDIT), point))
        return point

    # ---- inquiries

    async def inquire(self, messages: Sequence[bytes]) -> Results[InquiryReply]:
        self._up()
        self.messages.extend(messages)
        return Results(tuple([await self._result(msgspec.msgpack.decode(message, type=Inquiry)) for message in messages]))

    async def outcome(self, replies: Sequence[NoticeReply]) -> Results[Recorded]:
        self._up()
        return Results(tuple(self._recorded(reply) for reply in replies))

    async def _result(self, inquiry: Inquiry) -> Result[InquiryReply]:
        try:
            return Result(self.tamper(await self._inquire(inquiry)))
        except Fault as fault:
            return Result(fault=FaultForm.of(fault))

    async def _inquire(self, inquiry: Inquiry) -> InquiryReply:
        txid, statement = read_inquiry(inquiry)
        if txid not in self.log:
            if statement.registry != snapshot_digest(self.payload()):
                raise Conflict("snapshot-stale")
            self._record(txid, statement, inquiry)
        _, receipts, pairs = self.log[txid]
        items = [await self._item(txid, i, statement, inquiry, receipts[i], pairs[i]) for i in range(statement.count)]
        return InquiryReply(txid, tuple(items))

    def _record(self, txid: Txid, statement: Statement, inquiry: Inquiry) -> None:
        rows = decode_rows([(row.r, row.b, row.u) for row in inquiry.rows])
        z_b = target_key(self.institutions[statement.provider].current().elgamal, self._layer())
        z_u = target_key(base(self.audit), self._layer())
        convert.check_rows(txid, z_b, z_u, rows, convert.decode_pi(inquiry.pi))
        pairs = [None if self.refuse(statement, i) else self._convert(txid, i, statement, row) for i, row in enumerate(rows)]
        receipts = [self._receipt(txid, i, statement, pair) for i, pair in enumerate(pairs)]
        self.log[txid] = (inquiry, list(sign_receipts(receipts, self.keeper.signing, clock.now_ms())), pairs)

    def _convert(self, txid: Txid, i: int, statement: Statement, row: convert.Row3) -> tuple[bytes, bytes]:
        mask = convert.beta(b"secret", txid, i)
        a, b = statement.inquirer, statement.provider
        blinded = convert.admit_pair(row, mask, self.keeper.layer, self.audit)
        hops = [delta(self.exchange.share(a), self.exchange.share(target)) for target in (b, AUDIT)]
        stepped = convert.exchange_step(blinded, self.exchange.layer, *hops)
        tag = convert.commit_tag(stepped, mask, delta(self.keeper.share(a), self.keeper.share(AUDIT)))
        assert tag in self.tags
        pair = convert.commit_pair(stepped, mask, delta(self.keeper.share(a), self.keeper.share(b)))
        return pair[0], pair[1]

    def _receipt(self, txid: Txid, i: int, statement: Statement, pair: tuple[bytes, bytes] | None) -> Receipt:
        self.index += 1
        return Receipt(
            v=1,
            item_id=item_id_of(txid, i),
            inquirer=statement.inquirer,
            provider=statement.provider,
            inquirer_epoch=statement.inquirer_epoch,
            provider_epoch=statement.provider_epoch,
            audit_epoch=statement.audit_epoch,
            verdict="permit" if pair else "refusal",
            basis=("506M60004008009@2024-05-27#2/108",),
            pair_hash=pair_hash(*pair) if pair else b"",
            leaf_hash=bytes(32),
            index=self.index,
            at_ms=clock.now_ms(),
        )

    async def _item(
        self, txid: Txid, i: int, statement: Statement, inquiry: Inquiry, receipt: SignedReceipt, pair: tuple[bytes, bytes] | None
    ) -> ItemReply:
        if pair is None:
            return ItemReply(receipt=receipt, refusal=msgspec.json.encode(REFUSAL), outcome=None, outcome_index=-1, sealed=b"")
        assert self.gateway is not None
        notice = notice_of(inquiry, i, receipt, pair)
        result = (await self.gateway.provide.notice(Batch((notice,)), EXCHANGE)).results[0]
        if result.value is None:
            return ItemReply(receipt=receipt, refusal=b"", outcome=None, outcome_index=-1, sealed=b"")
        self._recorded(result.value)
        return ItemReply(receipt=receipt, refusal=b"", outcome=result.value.outcome, outcome_index=self.index, sealed=result.value.sealed)

    def _recorded(self, reply: NoticeReply) -> Result[Recorded]:
        keys = {f"{one.id}/1": one.current().signing for one in self.institutions.values()}
        outcome = check_outcome(reply.outcome, keys)
        before = self.outcomes.get(outcome.item_id)
        if before is None or before[0] != reply.outcome:
            check_transition(check_outcome(before[0], keys).kind if before else None, outcome.kind)
            self.outcomes[outcome.item_id] = (reply.outcome, reply.sealed)
            self.index += 1
        return Result(Recorded(self.index))

    def _layer(self) -> bytes:
        return layer_key(base(self.exchange.layer), base(self.keeper.layer))


REFUSAL = Verdict(
    permit=False,
    basis=(),
    grounds=(GroundShown("linkage-none", "506M60004008009@2024-05-27#2/108", {"ja": "この事務では求められません。", "en": "Not for this affair."}),),
    marks=(),
    remedies=({"code": "juki", "ja": "本人確認情報を使う。", "en": "Use the resident network."},),
)


def notice_of(inquiry: Inquiry, i: int, receipt: SignedReceipt, pair: tuple[bytes, bytes]) -> Notice:
    return Notice(
        statement=inquiry.statement,
        place=i,
        row=inquiry.rows[i].shown(),
        path=row_paths(inquiry.rows)[i],
        receipt=receipt,
        pair_r=pair[0],
        pair_c=pair[1],
    )


def documents() -> dict[str, dict[str, bytes]]:
    """The copies that a municipality holds of a resident of the synthetic country: a resident record and tax by year."""
    people = holdings(A, generate(7, 60), 7)
    return next(person.copies for person in people if {"jumin", "local_tax"} <= person.copies.keys())


def question(person: str = KNOWN, items: tuple[str, ...] = ("住民票関係情報",), row: str = "108", provider: str = B, period: str = "") -> Question:
    subject = Subject(person, "applicant", period, "case-7")
    return Question(AffairRef("506M60004008009@2024-05-27", row), "3", items, InstitutionId(provider), (subject,))


CALLER = Caller(InstitutionId(A), "welfare-system", "officer-1")


def held(
    addressee: str, number: str | None, copies: dict[str, dict[str, bytes]], response: str = "automatic", mark: bool = False
) -> dict[str, object]:
    return {
        "addressee_number": addressee,
        "individual_number": number,
        "acquisition_number": None,
        "name": None,
        "name_kana": None,
        "copies": copies,
        "nondisclosure": {"ground": "415AC0000000057#78-1-1", "until": date(2099, 4, 1)} if mark else None,
        "response": response,
    }


def lay_tenant(folder: Path, operators: Operators, institution: str, people: Sequence[dict[str, object]]) -> None:
    """The founding step: keys, import and credentials of one tenant."""
    root = folder / "tenants" / institution
    (root / "keys").mkdir(parents=True)
    elgamal, signing = random_scalar(), SigningKey.generate().to_bytes()
    for name, secret in (("elgamal", elgamal), ("signing", signing)):
        with open(os.open(root / "keys" / f"{name}.1", os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(secret)
    (root / "import.jsonl").write_bytes(b"".join(msgspec.json.encode(person) + b"\n" for person in people))
    digest = hashlib.sha256(f"{TOKEN}-{institution}".encode()).hexdigest()
    offices = ["marks", "copies", "letters", "representations"]
    credential = {"token_sha256": digest, "system": CALLER.system, "officer": CALLER.officer, "offices": offices}
    (root / "credentials.json").write_bytes(msgspec.json.encode([credential]))
    operators.join(institution, elgamal, signing)


def lay_platform(folder: Path, operators: Operators, copies: dict[str, dict[str, bytes]]) -> None:
    """Two municipalities: A asks about four people, B knows three of them."""
    known, absent, protected, empty = map(individual_number, NUMBERS)
    everyone = zip((KNOWN, UNKNOWN_AT_B, PROTECTED, UNREGISTERED), (known, absent, protected, empty), strict=True)
    lay_tenant(folder, operators, A, [held(addressee, number, {}) for addressee, number in everyone])
    lay_tenant(
        folder,
        operators,
        B,
        [held("9" + KNOWN, known, copies), held("9" + PROTECTED, protected, copies, "review", mark=True), held("9" + UNREGISTERED, empty, {})],
    )
    pins = {"exchange": operators.exchange.signing.public, "oversight": operators.oversight.public}
    (folder / "pins.json").write_bytes(msgspec.json.encode(pins))


@asynccontextmanager
async def running(folder: Path, operators: Operators) -> AsyncIterator[Gateway]:
    """The platform from start to stop."""
    gateway = operators.gateway = Gateway(RoleConfig(role="gateway", name="gateway", data=folder, tls=folder), operators)
    try:
        await gateway.start()
        await gateway.after_open()
        yield gateway
    finally:
        await gateway.stop()
