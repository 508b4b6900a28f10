"""How this program reads each file of vectors/protocol: by the readers and checks that the roles call."""

import asyncio
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import msgspec

from docs.protocol_source import forms
from enishi import clock
from enishi.client.portal import MapLeaf, Opened, Proof, Record
from enishi.client.proving import KnownKeys, check_complete, check_cosigned, check_included, check_keys, check_signed
from enishi.errors import Conflict, Fault, Malformed, Tampered
from enishi.linkage.convert import check_rows, decode_pi, open_pair
from enishi.linkage.dleq import decode_proof
from enishi.linkage.enrol import Step, check_step, open_element
from enishi.linkage.forms import Element, Pair, decode_elements, decode_rows
from enishi.linkage.possession import check_possession
from enishi.mesh.metrics import Meter
from enishi.protocol.agent import AgentMandate, SignedAgentMandate, check_mandate
from enishi.protocol.cards import check_card
from enishi.protocol.enrol import EnrolBatch, Transcript, read_batch, step_context
from enishi.protocol.event import Event, EventNote, check_event, check_told
from enishi.protocol.forms import payload_type, read_canonical, read_payload
from enishi.protocol.handed import read_handed, write_handed
from enishi.protocol.joining import Admission, JoinRequest, join_digest, read_admission
from enishi.protocol.mandate import MandateAcceptance, MandateOffer, SignedMandate, check_signer, read_mandate_acceptance, read_mandate_offer
from enishi.protocol.offer import NumberOffer, SignedOffer, check_offer
from enishi.protocol.outcome import GivenOutcome, OutcomeRoot, SignedOutcome, check_outcome, check_transition
from enishi.protocol.receipt import Receipt, ReceiptRoot, SignedReceipt, check_receipt
from enishi.protocol.record import read_body
from enishi.protocol.registry import SnapshotDigest, check_snapshot, check_succession, possessions
from enishi.protocol.second import SecondAsk, SecondPage
from enishi.protocol.seed import seed_bytes
from enishi.protocol.self_disclosure import SelfNotice, SelfRequest, SelfStatement, read_self, read_self_request, self_txid
from enishi.protocol.self_disclosure import check_named as check_self_named
from enishi.protocol.statement import Inquiry, Statement, item_id_of, read_inquiry, read_statement, signer_keyid, txid_of
from enishi.protocol.suspension import Suspension, SuspensionDigest, check_suspension, effective
from enishi.protocol.view import CardSigned, ShownLog, View, check_named, read_request, read_view
from enishi.protocol.wire import Commit, InquiryReply, Notice, SnapshotReply
from enishi.roles.exchange.deliver import read_seed
from enishi.roles.exchange.joining.requests import check_join
from enishi.roles.gateway.answers import Asked
from enishi.roles.gateway.notices import check_notice, check_parties, read_notice
from enishi.roles.gateway.received import Sent, check_reply
from enishi.roles.gateway.registry import Known
from enishi.roles.gateway.self_disclosure.checking import check_self_notice
from enishi.roles.keeper.ticket import Tickets
from enishi.roles.oversight.second import SecondCheck
from enishi.seal.dsse import Envelope, check_envelope
from enishi.seal.hpke import SealingKey
from enishi.terms import ItemId, Outcome
from enishi.tlog.leaf import PUBLIC_SALT, LeafKind, check_body, commitment, decode_leaf
from enishi.tlog.note import Verifier, parse_verifier

Case = dict[str, Any]
raw = bytes.fromhex


def unpacked(encoded: str, form: Any) -> Any:
    """A message as the mesh's door reads it (enishi.mesh.rpc), with the same two slugs."""
    try:
        return msgspec.msgpack.decode(raw(encoded), type=form)
    except msgspec.ValidationError as error:
        raise Malformed("message-not-in-form") from error
    except msgspec.DecodeError as error:
        raise Malformed("message-unreadable") from error


def keys(case: Case, name: str) -> dict[str, bytes]:
    return {keyid: raw(key) for keyid, key in case[name].items()}


def known(case: Case) -> Known:
    return Known(*check_snapshot(unpacked(case["registry"], Envelope), keys(case, "pins")))


def statement(case: Case) -> None:
    read_statement(case["payload"].encode())
    assert txid_of(case["payload"].encode()).hex() == case["txid"]


def inquiry(case: Case) -> None:
    message = unpacked(case["message"], Inquiry)
    txid, said = read_inquiry(message)
    keyid = signer_keyid(said.inquirer, said.inquirer_epoch)
    check_envelope(message.statement, payload_type("statement"), {keyid: raw(case["signing"])}, {keyid})
    rows = decode_rows([(row.r, row.b, row.u) for row in message.rows])
    check_rows(txid, raw(case["z_b"]), raw(case["z_u"]), rows, decode_pi(message.pi))
    assert txid.hex() == case["txid"]


def asked(case: Case) -> Asked:
    payload = case["statement"].encode()
    return Asked(txid_of(payload), item_id_of(txid_of(payload), case["place"]), read_statement(payload), "")


def receipt(case: Case) -> None:
    check_parties(check_receipt(unpacked(case["receipt"], SignedReceipt), raw(case["keeper"])), asked(case))


def outcome(case: Case) -> None:
    said = check_outcome(msgspec.json.decode(case["signed"], type=SignedOutcome), keys(case, "keys"))
    check_transition(Outcome(case["before"]) if case["before"] else None, said.kind)


def notice(case: Case) -> None:
    told = unpacked(case["notice"], Notice)
    check_notice(read_notice(told), known(case))
    assert open_pair(raw(case["elgamal"]), Pair(told.pair_r, told.pair_c)).hex() == case["code"]


def reply(case: Case) -> None:
    payload = case["statement"].encode()
    txid = txid_of(payload)
    before = {item_id_of(txid, i): Outcome(kind) for i, kind in enumerate(case["before"]) if kind}
    sent = Sent(txid, read_statement(payload), SealingKey.from_bytes(raw(case["key"])), before)
    received = check_reply(sent, unpacked(case["reply"], InquiryReply), known(case))
    assert [one.outcome.kind.value if one.outcome else "" for one in received] == case["kinds"]


def registry(case: Case) -> None:
    snapshot, digest = check_snapshot(unpacked(case["registry"], Envelope), keys(case, "pins"))
    if case["held"] is not None:
        check_succession(snapshot, digest, case["held"]["serial"], raw(case["held"]["digest"]))
    for one in possessions(snapshot):
        check_possession(one.public, decode_proof(one.proof), one.context)
    assert digest.hex() == case["digest"]


def enrol(case: Case) -> None:
    transcript = unpacked(case["transcript"], Transcript)
    batch = read_batch(transcript.batch, raw(case["registrar"]))
    elements: tuple[Element, ...] = decode_elements(list(zip(batch.r, batch.c, strict=True)))
    for name in ("exchange", "keeper"):
        step = unpacked(getattr(transcript, name).hex(), Step)
        public = [raw(case[name][part]) for part in ("root", "share", "layer")]
        elements = check_step(elements, step, *public, step_context(transcript.batch, name))
    assert [open_element(raw(case["secret"]), element).hex() for element in elements] == case["opened"]


def card(case: Case) -> None:
    assert check_card(unpacked(case["signed"], CardSigned), raw(case["authority"]), case["at_ms"]) == case["serial"]


def offer(case: Case) -> None:
    believed = check_offer(unpacked(case["signed"], SignedOffer), raw(case["portal"]), raw(case["authority"]), case["at_ms"])
    assert believed.signer.serial == case["serial"]


def mandate(case: Case) -> None:
    signed = unpacked(case["signed"], SignedMandate)
    read = read_mandate_offer if case["reader"] == "offer" else read_mandate_acceptance
    believed = check_signer(signed, read(signed.declared, raw(case["portal"])).at_ms, raw(case["authority"]), case["at_ms"])
    assert believed.signer.serial == case["serial"]


def agent(case: Case) -> None:
    believed = check_mandate(unpacked(case["signed"], SignedAgentMandate), raw(case["portal"]), raw(case["authority"]), case["at_ms"])
    assert believed.signer.serial == case["serial"]


def suspension(case: Case) -> None:
    note = check_suspension(unpacked(case["note"], Envelope), keys(case, "pins"), known(case).snapshot)
    assert case["digest"] in (None, note.digest.hex())


def shown(case: Case) -> None:
    reply, pins = unpacked(case["reply"], SnapshotReply), keys(case, "pins")
    snapshot, _ = check_snapshot(reply.snapshot, pins)
    notes = [check_suspension(one, pins, snapshot) for one in reply.suspensions]
    assert sorted(one.id for one in effective(snapshot, notes).institutions if one.suspended) == case["suspended"]


def logged(case: Case) -> None:
    form: Any = SuspensionDigest if "suspension" in case["says"] else SnapshotDigest
    body = msgspec.json.encode(form(**{name: raw(said) for name, said in case["says"].items()}))
    leaf = decode_leaf(raw(case["leaf"]))
    check_body(leaf, PUBLIC_SALT, body)
    assert (leaf.kind, body.decode()) == (LeafKind.SNAPSHOT, case["body"])
    assert msgspec.json.encode(msgspec.json.decode(body, type=form)) == body


def seed(case: Case) -> None:
    opened = read_seed(seed_bytes(SealingKey.from_bytes(raw(case["key"])), ItemId(raw(case["item_id"])), raw(case["sealed"])))
    assert msgspec.msgpack.encode(opened).hex() == case["seed"]


def handed(case: Case) -> None:
    line = case["line"].encode()
    assert write_handed(read_handed(line)) == line


def request(case: Case) -> None:
    read_request(case["request"].encode())


def view(case: Case) -> None:
    envelope = msgspec.json.decode(case["view"], type=Envelope)
    if case["reader"] == "portal":
        check_named(envelope, case["request"].encode(), raw(case["registrar"]))
    else:
        read_view(envelope, raw(case["portal"]), raw(case["registrar"]))


def record(case: Case) -> None:
    read_body(case["body"].encode())
    assert commitment(raw(case["salt"]), case["body"].encode()).hex() == case["commitment"]


def look(case: Case) -> None:
    shown = unpacked(case["log"], ShownLog)
    proof = Proof(
        checkpoint=shown.checkpoint,
        records=tuple(Record(one.index, one.leaf, one.salt, one.body, one.inclusion) for one in shown.records),
        map=MapLeaf(shown.map_index, shown.map_leaf, shown.map_root, shown.map_inclusion),
        request=case["request"].encode(),
        sealed_labels=shown.sealed_labels,
        log_key=case["known"]["log"],
        witness_keys=tuple(case["known"]["witnesses"]),
        threshold=case["known"]["needed"],
        max_age_ms=3_600_000,
    )
    check_keys(proof, KnownKeys(case["known"]["log"], tuple(case["known"]["witnesses"]), case["known"]["needed"]))
    check_included(proof, check_signed(proof))
    assert check_complete(Opened(proof, SealingKey.from_bytes(raw(case["device_key"])))) == case["count"]
    check_cosigned(proof, case["at_ms"])


def event(case: Case) -> None:
    held = known(case).snapshot
    told = check_event(unpacked(case["event"], Event), held.signing_keys, held.keeper.signing, case["now_ms"])
    assert told.to == case["hearer"]
    if case["hears"]:
        check_told(unpacked(case["event"], Event), told, held.keeper.signing)


def join(case: Case) -> None:
    envelope = unpacked(case["request"], Envelope)
    check_join(envelope, known(case).snapshot)
    assert join_digest(envelope).hex() == case["digest"]


def admission(case: Case) -> None:
    read_admission(msgspec.json.decode(case["admission"], type=Envelope), raw(case["exchange"]))


def second(case: Case) -> None:
    page = unpacked(case["page"], SecondPage)

    async def ask(asked: SecondAsk) -> SecondPage:
        return page

    async def log() -> Verifier:
        return parse_verifier(case["log"])

    check, held = SecondCheck(ask, log, Meter()), case["held"]
    if held is not None:
        check._size, check._count, check._key = held["size"], held["count"], raw(held["key"])
    with patch.object(clock, "now_ms", lambda: case["now_ms"]):
        for slug in asyncio.run(check.run()):
            raise Tampered(slug)


def commit(case: Case) -> None:
    said = unpacked(case["commit"], Commit)
    txid, stated = read_inquiry(said.inquiry)
    if not len(said.given) == len(said.rows) == len(said.verdicts) == stated.count:
        raise Conflict("rows-count")
    Tickets(raw(case["key"])).redeem(said.ticket, txid, said.verdicts, said.given, case["now_ms"])


def own(case: Case) -> None:
    if case["reader"] == "registrar":
        read_self_request(case["request"].encode())
    elif case["reader"] == "portal":
        check_self_named(msgspec.json.decode(case["statement"], type=Envelope), case["request"].encode(), raw(case["registrar"]))
    elif case["reader"] == "operator":
        envelope = msgspec.json.decode(case["statement"], type=Envelope)
        said = read_self(envelope, raw(case["portal"]), raw(case["registrar"]))
        rows = decode_rows([(said.r, said.b, said.u)])
        check_rows(self_txid(envelope), raw(case["z_b"]), raw(case["z_u"]), rows, decode_pi(raw(case["pi"])))
    else:
        told = unpacked(case["notice"], SelfNotice)
        check_self_notice(told, known(case))
        assert open_pair(raw(case["elgamal"]), Pair(told.pair_r, told.pair_c)).hex() == case["code"]


CANONICAL = (
    *(Statement, ReceiptRoot, Receipt, OutcomeRoot, GivenOutcome, EnrolBatch, View, Suspension, JoinRequest, Admission, EventNote),
    *(SelfRequest, SelfStatement, NumberOffer, MandateOffer, MandateAcceptance, AgentMandate),
)
"""What `open_form` and `read_canonical` read."""


FORMS = forms()


def form(case: Case) -> None:
    """Any form of appendix A by its name alone: `put` stands between two places of its whole example."""
    whole = raw(case["whole"][case["form"]])
    encoded = whole[: case["at"]] + raw(case["put"]) + whole[case["end"] :]
    name, _, of = case["form"].rstrip("]").partition("[")
    kind: Any = FORMS[name][FORMS[of]] if of else FORMS[name]  # type: ignore[index]
    if case["wire"] == "msgpack":
        assert msgspec.msgpack.encode(unpacked(encoded.hex(), kind)) == encoded
    else:
        read = read_canonical if kind in CANONICAL else read_payload
        assert msgspec.json.encode(read(encoded, kind, name)) == encoded


INQUIRY = (statement, inquiry, receipt, outcome, notice, seed, reply, handed)
MESH = (registry, suspension, shown, logged, event, join, admission, second, commit, form)
READERS: dict[str, Callable[[Case], None]] = {
    one.__name__: one for one in (*INQUIRY, *MESH, enrol, card, request, view, record, look, offer, mandate, agent)
}
READERS["self"] = own


def verdict(stem: str, case: Case) -> str:
    """`ok`, or the slug of the fault."""
    try:
        READERS[stem](case)
    except Fault as fault:
        return fault.code
    return "ok"
