"""Valid messages of every form, made once from keys of this run; numbers and names in them are nobody's."""

import tempfile
from datetime import date
from functools import cache
from pathlib import Path

import msgspec

from card.handed_card import Holder
from enishi import card
from enishi.encoding import digest
from enishi.linkage.convert import blind, prove_rows
from enishi.linkage.enrol import Step, handle_point, operate, request
from enishi.linkage.group import base, random_scalar
from enishi.linkage.hop import ExchangeHop
from enishi.linkage.keys import new_pair, pair_of
from enishi.linkage.possession import prove_possession
from enishi.oidc.documents import SignedDocument
from enishi.protocol.enrol import EnrolBatch
from enishi.protocol.outcome import GivenOutcome, OutcomeRoot, SignedOutcome, answer_hash, sign_outcomes
from enishi.protocol.receipt import Receipt, SignedReceipt, pair_hash, sign_receipts
from enishi.protocol.record import GroundShown, RecordBody
from enishi.protocol.registry import Assessment, AuditEpoch, Capacity, Institution, KeyEpoch, Operator, Snapshot, Witness
from enishi.protocol.rooted import root_and_paths
from enishi.protocol.rows import Row, row_paths, rows_root
from enishi.protocol.statement import AffairRef, Inquiry, Nondisclosure, Statement, item_id_of, txid_of
from enishi.protocol.view import CardSigned, Labels, View, ViewRequest
from enishi.protocol.wire import BlindRow, Notice, NoticeSeed
from enishi.seal.dsse import Envelope, sign_envelope
from enishi.seal.hpke import SealingKey, Suite
from enishi.seal.sign import SigningKey
from enishi.society.build import generate
from enishi.society.holdings import holdings
from enishi.terms import InstitutionId, Kind, Outcome
from enishi.tlog.labels import LabelMap, label

A, B = InstitutionId("012131"), InstitutionId("011002")
AT_MS = 1_743_465_600_000
"""2025-04-01T00:00Z."""
KEYS = {name: SigningKey.generate() for name in ("a", "b", "exchange", "keeper", "oversight", "registrar", "portal", "card")}
SEALING, HYBRID = SealingKey.generate(Suite.BROWSER), SealingKey.generate()
ELGAMAL = random_scalar()


@cache
def rows() -> tuple[Row, ...]:
    made, _ = blind([base(random_scalar())] * 3, base(ELGAMAL), base(random_scalar()))
    return tuple(Row(r, b or b"", u, bytes(32), "applicant", "2024") for r, b, u in made)


@cache
def statement() -> Statement:
    return Statement(
        v=1,
        kind=Kind.INQUIRY,
        nonce=bytes(16),
        inquirer=A,
        provider=B,
        inquirer_epoch=1,
        provider_epoch=1,
        audit_epoch=1,
        registry=bytes(32),
        law=bytes(32),
        at_ms=AT_MS,
        affair=AffairRef("506M60004008009@2024-05-27", "108"),
        purpose_item="3",
        items=("住民票関係情報",),
        reply_key=SEALING.public,
        officer=bytes(32),
        nondisclosure=Nondisclosure("415AC0000000057#78-1-1", AT_MS + 1),
        count=3,
        rows=rows_root(rows()),
    )


def signed(payload: bytes, thing: str, *signers: str) -> Envelope:
    """A payload as the signers of that name sign it, whatever it says."""
    kind = f"application/vnd.enishi.{thing}+json"
    by = tuple(sign_envelope(kind, payload, KEYS[name], KEYIDS.get(name, name)).signatures[0] for name in signers)
    return Envelope(kind, payload, by)


KEYIDS = {"a": f"{A}/1", "b": f"{B}/1"}
KNOWN = {keyid: KEYS[name].public for name, keyid in KEYIDS.items()}


@cache
def statement_payload() -> bytes:
    return msgspec.json.encode(statement())


@cache
def inquiry() -> Inquiry:
    secret = new_pair()
    made, secrets = blind([base(random_scalar())], secret.public, base(ELGAMAL))
    pi = prove_rows(b"txid", secret.public, base(ELGAMAL), made, secrets)
    return Inquiry(signed(statement_payload(), "statement", "a"), rows(), pi.encode())


@cache
def receipt() -> Receipt:
    return Receipt(
        v=1,
        item_id=item_id_of(txid_of(statement_payload()), 1),
        inquirer=A,
        provider=B,
        inquirer_epoch=1,
        provider_epoch=1,
        audit_epoch=1,
        verdict="permit",
        basis=("425AC0000000027#19-1-8",),
        pair_hash=pair_hash(base(ELGAMAL), base(ELGAMAL)),
        leaf_hash=bytes(32),
        index=7,
        at_ms=AT_MS,
    )


@cache
def signed_receipt() -> SignedReceipt:
    return sign_receipts([receipt()] * 3, KEYS["keeper"], AT_MS)[1]


@cache
def outcome() -> GivenOutcome:
    return GivenOutcome(
        v=1,
        item_id=receipt().item_id,
        provider=B,
        provider_epoch=1,
        kind=Outcome.HELD,
        answer_hash=answer_hash(b"sealed"),
        at_ms=AT_MS,
        deadline_ms=AT_MS + 1,
        citation="425AC0000000027#22-1",
        nondisclosure=Nondisclosure("415AC0000000057#78-1-1", AT_MS + 1),
    )


@cache
def signed_outcome() -> SignedOutcome:
    return sign_outcomes([outcome()] * 3, KEYS["b"], AT_MS)[1]


def alone(payload: bytes) -> SignedOutcome:
    """An outcome's bytes in an envelope of their own, as 0.1.0 wrote it, whatever they say."""
    head = signed(payload, "outcome", "b")
    return SignedOutcome(head.payloadType, head.payload, head.signatures)


def outcome_head(payload: bytes) -> SignedOutcome:
    """A batch of outcomes under a head that says something, whatever it is."""
    head = signed(payload, "outcomes", "b")
    return msgspec.structs.replace(signed_outcome(), payload=head.payload, signatures=head.signatures)


def among(payload: bytes) -> SignedOutcome:
    """An outcome's bytes, whatever they say, at the second place of a batch that the provider signed."""
    root, paths = root_and_paths([b"another", payload, b"a third"])
    head = signed(msgspec.json.encode(OutcomeRoot(1, root, 3, AT_MS, B, 1)), "outcomes", "b")
    return SignedOutcome(head.payloadType, head.payload, head.signatures, payload, 1, paths[1])


@cache
def body() -> RecordBody:
    grounds = (GroundShown("linkage-none", "506M60004008009@2024-05-27#2/108", {"ja": "できません。", "en": "Not for this affair."}),)
    return RecordBody(kind="refusal", item_id=bytes(32), txid=bytes(32), at_ms=AT_MS, affair=statement().affair, grounds=grounds, items=("x",))


@cache
def elements() -> tuple[tuple[bytes, bytes], ...]:
    return tuple(request(handle_point(bytes([n]) * 32), base(ELGAMAL)) for n in range(2))


@cache
def batch() -> EnrolBatch:
    return EnrolBatch(
        v=1,
        kind=Kind.ENROL,
        request=bytes(16),
        target=A,
        epoch=1,
        at_ms=AT_MS,
        refs=(bytes(16), bytes(15) + b"\1"),
        r=tuple(r for r, _ in elements()),
        c=tuple(c for _, c in elements()),
    )


@cache
def step() -> Step:
    return operate(elements(), random_scalar(), random_scalar(), random_scalar(), b"context")  # type: ignore[arg-type]


@cache
def hop() -> ExchangeHop:
    proof = prove_possession(ELGAMAL, b"context")
    return ExchangeHop(base(ELGAMAL), proof, proof)


@cache
def snapshot() -> Snapshot:
    public, proof = base(ELGAMAL), prove_possession(ELGAMAL, b"context").encode()
    operator = Operator(s_root=public, s_root_proof=proof, layer=public, layer_proof=proof, signing=KEYS["keeper"].public)
    epoch = KeyEpoch(
        epoch=1,
        elgamal=public,
        elgamal_proof=proof,
        hpke=HYBRID.public,
        signing=KEYS["a"].public,
        share_exchange=public,
        share_keeper=public,
        active=True,
    )
    one = Institution(
        id=A,
        name_ja="苫小牧市",
        name_en="Tomakomai City",
        kind="municipality",
        platform="gateway",
        suspended=False,
        capacities=(Capacity("市町村長", date(2015, 10, 5)),),
        assessments=(Assessment("506M60004008009", "108", date(2024, 5, 27), bytes(32)),),
        epochs=(epoch,),
    )
    return Snapshot(
        v=1,
        serial=1,
        at_ms=AT_MS,
        previous=bytes(32),
        law=bytes(32),
        exchange=operator,
        keeper=operator,
        registrar=KEYS["registrar"].public,
        portal=KEYS["portal"].public,
        disclosure=HYBRID.public,
        log_origin="log",
        log_key="log+key",
        witnesses=(Witness("w", "w+key"),),
        witness_quorum=1,
        card_authority=b"",
        audit=(AuditEpoch(epoch=1, elgamal=public, elgamal_proof=proof, share_exchange=public, share_keeper=public),),
        institutions=(one, msgspec.structs.replace(one, id=B)),
    )


@cache
def view_request() -> bytes:
    form = ViewRequest(v=1, face="portal", session=bytes(32), nonce=bytes(16), answer_key=SEALING.public, device_key=SEALING.public, at_ms=AT_MS)
    return msgspec.json.encode(form)


@cache
def view() -> View:
    return View(
        v=1,
        kind=Kind.VIEW,
        nonce=bytes(16),
        face="portal",
        audit_epoch=1,
        at_ms=AT_MS,
        request=digest("view-request", view_request()),
        answer_key=SEALING.public,
        device_key=b"",
        r=base(ELGAMAL),
        u=base(ELGAMAL),
    )


@cache
def labels() -> Labels:
    own = [label(bytes(32), n) for n in range(3)]
    tree = LabelMap(own[:2])
    return Labels(bytes(32), 2, tuple(tree.prove(one) for one in own[:2]), tree.prove(own[2]))


@cache
def notice() -> Notice:
    asked = inquiry()
    return Notice(
        statement=asked.statement,
        place=1,
        row=rows()[1].shown(),
        path=row_paths(rows())[1],
        receipt=signed_receipt(),
        pair_r=base(ELGAMAL),
        pair_c=pair_of(ELGAMAL).public,
    )


@cache
def seed() -> NoticeSeed:
    one, row = notice(), BlindRow(base(ELGAMAL), b"", base(ELGAMAL))
    return NoticeSeed(statement=one.statement, place=1, row=one.row, path=one.path, pair_r=one.pair_r, pair_c=one.pair_c, given=row, returned=row)


@cache
def carded() -> tuple[CardSigned, bytes]:
    """A request signed by a real card, and the authority's certificate."""
    with tempfile.TemporaryDirectory() as folder:
        maker = card.found(Path(folder) / "card", AT_MS)
        maker.issue([Holder()])
        made = card.Cards(Path(folder) / "card").sign(Holder().card, Holder().pin, view_request(), AT_MS)
        return CardSigned(view_request(), made.certificate, made.signature), maker.authority


@cache
def document_signed() -> tuple[SignedDocument, bytes, bytes]:
    """A document signed by a real card, the authority's revocation list, and its certificate."""
    with tempfile.TemporaryDirectory() as folder:
        maker = card.found(Path(folder) / "card", AT_MS)
        maker.issue([Holder()])
        cards = card.Cards(Path(folder) / "card")
        made = cards.sign(Holder().card, Holder().password, bytes(range(32)), AT_MS, card.Use.SIGNATURE)
        return SignedDocument(bytes(range(32)), made.certificate, made.signature), cards.revocation_list(AT_MS), maker.authority


@cache
def document() -> bytes:
    """A resident record of the synthetic country."""
    return next(copy for one in holdings(A, generate(7, 60), 7) for copy in one.copies.get("jumin", {}).values())
