"""Attack: a third person's data by portal, registrar, operator or accomplice alone; requests replayed, turned, or taken for another kind."""

from secrets import token_bytes
from typing import Any

import msgspec
import pytest
from cryptography import x509

from attacks.adversary_attack import later, send, sitting, written
from attacks.network_attack import SECOND, Network, fault_in
from attacks.own_attack import brought, key_of, message_of, named, own, request_for, signed_by, vouched
from enishi.errors import Conflict, Malformed, Tampered, Unauthenticated
from enishi.linkage.convert import blind, prove_rows
from enishi.linkage.enrol import handle_point
from enishi.linkage.group import multiply, p_add
from enishi.linkage.keys import layer_key, target_key
from enishi.protocol import self_disclosure as form
from enishi.protocol.forms import payload_type, sign_form
from enishi.protocol.outcome import answer_info
from enishi.protocol.self_disclosure import FACE, REGISTRAR, THING, SelfMessage, SelfNotice, SelfStatement, self_txid
from enishi.protocol.statement import Inquiry, item_id_of
from enishi.protocol.view import CardSigned
from enishi.protocol.wire import Batch, Empty, ItemReply, Notice, NoticeReply, ViewAsk, ViewMessage, ViewReply
from enishi.roles.gateway.self_disclosure import providing
from enishi.roles.keeper import self_disclosure as keeper_self
from enishi.roles.portal import meshed
from enishi.roles.portal.view import Asked
from enishi.roles.registrar import presented
from enishi.seal.dsse import countersign, sign_envelope
from enishi.seal.hpke import SealingKey, open_sealed
from enishi.seal.sign import SigningKey
from enishi.terms import Kind, Outcome
from linkage.attacker_linkage import Without
from running.mesh_running import STORY, register_question

pytestmark = pytest.mark.xdist_group("attacks")
VICTIM, ACCOMPLICE = STORY.reader, STORY.loan.applicant
HOLDER, ITEMS = STORY.condolence.register, ("koseki",)


def asked(network: Network, who: Any = VICTIM, **changes: Any) -> tuple[CardSigned, SealingKey]:
    key = SealingKey.generate()
    return signed_by(network, who, request_for(HOLDER, ITEMS, "", key, **changes)), key


def domicile(document: bytes) -> str:
    return str(msgspec.json.decode(document)["registered_domicile"])


def answered(reply: ItemReply) -> bool:
    return reply.outcome is not None and bool(reply.sealed)


# ---- the lawful way, so that what follows is seen to be about the same thing


def test_the_person_gets_their_own_and_sees_that_they_asked(network: Network) -> None:
    mine, theirs = own(network, VICTIM, HOLDER, ITEMS), own(network, ACCOMPLICE, HOLDER, ITEMS)
    assert mine.outcome is theirs.outcome is Outcome.PROVIDED
    assert mine.documents["koseki"] != theirs.documents["koseki"]
    kinds = [msgspec.json.decode(record.body)["kind"] for record in sorted(network.look(VICTIM).proof.records, key=lambda one: one.index)]
    assert kinds[-3:] == ["self", "outcome", "look"]


# ---- alone


def test_the_portal_alone(network: Network, without: Without) -> None:
    """It has its own key, and no card: what it signs itself with, the registrar does not take.  The check is the card's signature."""
    signed, _ = asked(network)
    forged, mine = SigningKey.generate(), SealingKey.generate()
    request = request_for(HOLDER, ITEMS, "", mine)
    fake = CardSigned(request, signed.certificate, forged.sign(request))
    with pytest.raises(Tampered, match="card-signature-invalid"):
        named(network, vouched(network, fake))
    patched = without(presented, "check_card", lambda one, authority, at_ms: _serial(one.certificate))
    assert answered(brought(network, message_of(network, fake)))
    patched.undo()


def test_the_portal_with_a_request_of_a_look(network: Network) -> None:
    """A signature that the card gave for a look asks for no data, nor the other way round: neither form is the other."""
    look, _ = network.signed(VICTIM)
    with pytest.raises(Malformed, match="form-unreadable"):
        named(network, vouched(network, look))
    signed, _ = asked(network)
    with pytest.raises(Malformed, match="form-unreadable"):
        network.call("portal", "registrar", "/registrar/view", _as_look(network, signed), Empty)


def test_the_registrar_alone(network: Network, without: Without) -> None:
    """It may say whose card asks, and asks nothing itself: the face's signature stands beside its own."""
    mine = SealingKey.generate()
    message = _made_by_registrar(network, VICTIM, mine)
    with pytest.raises(Tampered, match="signature-missing"):
        brought(network, message)
    patched = without(form, "open_form", lambda envelope, kind, *_: msgspec.json.decode(envelope.payload, type=kind))
    reply = brought(network, message)
    patched.undo()
    txid = self_txid(message.statement)
    assert b"koseki" in open_sealed(mine, answer_info(txid, item_id_of(txid, 0)), reply.sealed)


def test_an_accomplice_with_a_card_of_their_own(network: Network) -> None:
    """Whose data comes is said by the card alone: nothing in the request names a person."""
    signed, key = asked(network, ACCOMPLICE)
    got = network.run(network.sources[0].own(Asked(signed, key)))
    assert domicile(got.documents["koseki"][0]) == domicile(own(network, ACCOMPLICE, HOLDER, ITEMS).documents["koseki"][0])
    victim, _ = asked(network, VICTIM)
    with pytest.raises(Tampered, match="card-signature-invalid"):
        named(network, vouched(network, CardSigned(signed.request, victim.certificate, signed.signature)))


def test_a_record_filed_under_somebody_else(network: Network, without: Without) -> None:
    """Portal and registrar together read a victim's data and would have the record stand under an accomplice.  π binds both rows to one person."""
    message = _made_by_registrar(network, VICTIM, SealingKey.generate(), recorded=ACCOMPLICE)
    signed = SelfMessage(countersign(message.statement, key_of(network, "portal"), FACE), message.pi)
    with pytest.raises(Tampered, match="pi-false"):
        brought(network, signed)
    before = len(network.look(ACCOMPLICE).proof.records)
    patched = without(keeper_self, "check_rows", lambda *_: None)
    assert answered(brought(network, signed))
    patched.undo()
    assert len(network.look(ACCOMPLICE).proof.records) == before + 3


# ---- again, later, with another key


def test_a_request_used_twice(network: Network, without: Without) -> None:
    """The registrar remembers requests; behind it the keeper remembers statements."""
    signed, _ = asked(network)
    message = message_of(network, signed)
    assert answered(brought(network, message))
    with pytest.raises(Conflict, match="look-repeated"):
        named(network, vouched(network, signed))
    before = network.leaves()
    with pytest.raises(Conflict, match="look-repeated"):
        brought(network, message)
    assert network.leaves() == before
    patched = without(presented, "spend", _remember_nothing)
    assert answered(brought(network, message_of(network, signed)))
    patched.undo()


def test_a_request_of_long_ago(network: Network, monkeypatch: pytest.MonkeyPatch, without: Without) -> None:
    signed, _ = asked(network)
    with later(monkeypatch, 3_600_000):
        with pytest.raises(Unauthenticated, match="request-not-fresh"):
            named(network, vouched(network, signed))
        patched = without(presented, "FRESH_MS", 2**40)  # type: ignore[arg-type]
        assert named(network, vouched(network, signed))
        patched.undo()


def test_the_registrar_puts_its_own_key_into_the_statement(network: Network, without: Without) -> None:
    """The portal countersigns only what names its own request and key."""
    signed, key = asked(network)
    mine = SealingKey.generate()

    async def turned(_: Any, forward: Any) -> SelfMessage:
        return _made_by_registrar(network, VICTIM, mine, request=signed.request)

    with sitting(network, "/registrar/self", turned):
        with pytest.raises(Tampered, match="view-other-request"):
            network.run(network.sources[0].own(Asked(signed, key)))
        patched = without(meshed, "check_self_named", lambda envelope, *_: msgspec.json.decode(envelope.payload, type=SelfStatement))
        with pytest.raises(Tampered, match="seal-broken"):  # the answer was made, and went to the registrar's key
            network.run(network.sources[0].own(Asked(signed, key)))
        patched.undo()


def test_an_operator_changes_the_key(network: Network) -> None:
    """Both signatures are over the key: the exchange, which carries the statement, cannot put in its own."""
    message = message_of(network, asked(network)[0])
    said = msgspec.json.decode(message.statement.payload, type=SelfStatement)
    payload = msgspec.json.encode(msgspec.structs.replace(said, answer_key=SealingKey.generate().public))
    changed = SelfMessage(msgspec.structs.replace(message.statement, payload=payload), message.pi)
    with pytest.raises(Tampered, match="signature-invalid"):
        brought(network, changed)


# ---- another person's pair, another kind


def test_the_exchange_brings_another_person_s_pair(network: Network, without: Without) -> None:
    """The holder answers about whom the record names: the receipt holds the hash of the pair.  Without that check the accomplice reads the victim."""
    other: list[SelfNotice] = []

    async def keep(notice: SelfNotice, forward: Any) -> NoticeReply:
        other.append(notice)
        return await forward(notice)  # type: ignore[no-any-return]

    async def swap(notice: SelfNotice, forward: Any) -> NoticeReply:
        return await forward(msgspec.structs.replace(notice, pair_r=other[0].pair_r, pair_c=other[0].pair_c))  # type: ignore[no-any-return]

    with sitting(network, "/gateway/self", keep):
        theirs = own(network, VICTIM, HOLDER, ITEMS)
    with sitting(network, "/gateway/self", swap):
        assert own(network, ACCOMPLICE, HOLDER, ITEMS).outcome is None
        patched = without(providing, "check_self_notice", lambda *_: None)
        got = own(network, ACCOMPLICE, HOLDER, ITEMS)
        patched.undo()
    assert got.documents == theirs.documents


def test_a_request_in_the_place_of_an_inquiry_and_back(network: Network) -> None:
    """A statement of one kind at every door of another, as it is and renamed."""
    message = message_of(network, asked(network)[0])
    inquiry = written(network, register_question())
    as_inquiry = msgspec.structs.replace(message.statement, payloadType=payload_type("statement"))
    for envelope in (message.statement, as_inquiry):
        turned = Inquiry(envelope, inquiry.inquiry.rows, inquiry.inquiry.pi)
        assert fault_in(send(network, turned)) in ("payload-type-wrong", "form-unreadable")
    as_self = msgspec.structs.replace(inquiry.inquiry.statement, payloadType=payload_type(THING))
    for envelope in (inquiry.inquiry.statement, as_self):
        with pytest.raises(Tampered, match="envelope-type-wrong|signature-missing"):
            brought(network, SelfMessage(envelope, message.pi))
    as_view = msgspec.structs.replace(message.statement, payloadType=payload_type("view"))
    with pytest.raises(Tampered, match="signature-invalid"):
        network.call("portal", "exchange", "/exchange/view", ViewMessage(as_view), ViewReply)


def test_the_receipt_of_an_inquiry_at_the_door_for_own_data(network: Network) -> None:
    """An institution's lawful inquiry recorded, its pair brought to the holder as if the person asked: the receipt says another verdict and party."""
    message = message_of(network, asked(network)[0])
    send(network, written(network, register_question()).inquiry)
    noticed = [one for one in network.wire.passed if one.path == "/gateway/notice"][-1]
    notice = msgspec.msgpack.decode(noticed.request, type=Batch[Notice]).each[0]
    as_own = SelfNotice(statement=message.statement, receipt=notice.receipt, pair_r=notice.pair_r, pair_c=notice.pair_c)
    with pytest.raises(Tampered, match="receipt-other-item"):
        network.call("exchange", SECOND, "/gateway/self", as_own, NoticeReply)


# ---- what the adversaries use


def _serial(certificate: bytes) -> str:
    return f"{x509.load_der_x509_certificate(certificate).serial_number:032x}"


def _as_look(network: Network, signed: CardSigned) -> ViewAsk:
    return ViewAsk(signed, sign_envelope(payload_type("view-request"), signed.request, key_of(network, "portal"), FACE))


def _remember_nothing(connection: Any, serial: str, digest: bytes, face: str, at_ms: int) -> bytes:
    query = "SELECT person.handle FROM card JOIN person USING (individual_number) WHERE card.serial = ?"
    return bytes(connection.execute(query, (serial,)).fetchone()[0])


def _made_by_registrar(network: Network, who: Any, key: SealingKey, recorded: Any = None, request: bytes = b"") -> SelfMessage:
    """A statement signed by the registrar alone, about whom it likes; with `recorded`, the row for the log is another person's."""
    snapshot, register = network.exchange.snapshot, network.roles["registrar"]._database
    plain = request or request_for(HOLDER, ITEMS, "", key)
    asked_for = msgspec.json.decode(plain, type=form.SelfRequest)

    def element(one: Any) -> bytes:
        certificate = signed_by(network, one, plain).certificate
        query = "SELECT handle FROM card JOIN person USING (individual_number) WHERE serial = ?"
        row = register.read_now(lambda connection: connection.execute(query, (_serial(certificate),)).fetchone())
        return handle_point(bytes(row[0]))

    epoch, audit = snapshot.institution(HOLDER, "holder").current(), snapshot.current_audit
    layer = layer_key(snapshot.exchange.layer, snapshot.keeper.layer)
    z_b, z_u = target_key(epoch.elgamal, layer), target_key(audit.elgamal, layer)
    rows, secrets = blind([element(who)], z_b, z_u)
    said = SelfStatement(
        v=1,
        kind=Kind.SELF,
        nonce=token_bytes(16),
        face=FACE,
        holder=asked_for.holder,
        holder_epoch=epoch.epoch,
        audit_epoch=audit.epoch,
        at_ms=asked_for.at_ms,
        request=form.request_digest(plain),
        items=asked_for.items,
        period="",
        answer_key=key.public,
        r=rows[0].R,
        b=rows[0].C_B or b"",
        u=p_add(element(recorded), multiply(secrets.r[0], z_u)) if recorded else rows[0].C_U,
    )
    envelope = sign_form(said, THING, key_of(network, "registrar"), REGISTRAR)
    return SelfMessage(envelope, prove_rows(self_txid(envelope), z_b, z_u, rows, secrets).encode())
