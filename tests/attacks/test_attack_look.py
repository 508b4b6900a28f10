"""Attack: the portal, the registrar, an operator, or an accomplice with a card of their own reads another person's records."""

from secrets import token_bytes
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from attacks.adversary_attack import later
from attacks.network_attack import Network
from enishi import clock
from enishi.card.authority import Use, create_authority
from enishi.client import proving
from enishi.client.portal import Opened, Proof
from enishi.errors import Conflict, Denied, Fault, Malformed, Tampered, Unauthenticated
from enishi.linkage.convert import blind_tags
from enishi.linkage.enrol import handle_point
from enishi.linkage.keys import layer_key, target_key
from enishi.protocol import cards
from enishi.protocol.forms import payload_type, sign_form
from enishi.protocol.view import FACE, REGISTRAR, REQUEST, THING, CardSigned, Labels, View, card_message, labels_info, request_digest
from enishi.protocol.wire import ViewAsk, ViewAskReply, ViewMessage, ViewReply
from enishi.roles.exchange import view as exchange_view
from enishi.roles.keeper import view as keeper_view
from enishi.roles.portal.login import begin
from enishi.roles.portal.view import Asked, proof_of
from enishi.roles.registrar import presented
from enishi.seal.dsse import Envelope, countersign, sign_envelope
from enishi.seal.hpke import SealingKey, Suite, open_sealed
from enishi.seal.pad import unpad
from enishi.seal.sign import SigningKey
from enishi.terms import Kind
from enishi.tlog.labels import label
from enishi.tlog.leaf import decode_leaf
from linkage.attacker_linkage import Without
from running.mesh_running import STORY

pytestmark = pytest.mark.xdist_group("attacks")
VICTIM, ACCOMPLICE = STORY.reader, STORY.loan.applicant


def key_of(network: Network, role: str) -> SigningKey:
    return SigningKey.from_bytes((network.data / role / "keys" / "signing").read_bytes())


def vouch(network: Network, signed: CardSigned) -> ViewAsk:
    """What the portal sends to the registrar: its own signature over the request."""
    return ViewAsk(signed, sign_envelope(payload_type(REQUEST), signed.request, key_of(network, "portal"), FACE))


def ask(network: Network, asked: ViewAsk) -> Envelope:
    """What the registrar signs, if it does."""
    reply: ViewAskReply = network.call("portal", "registrar", "/registrar/view", asked, ViewAskReply)
    return reply.view


def look(network: Network, view: Envelope) -> ViewReply:
    reply: ViewReply = network.call("portal", "exchange", "/exchange/view", ViewMessage(view), ViewReply)
    return reply


def looks_of(network: Network, who: Any) -> int:
    """How many looks the register knows for a card."""
    serial = serial_of(network, who)
    query = "SELECT COUNT(*) FROM look JOIN card USING (individual_number) WHERE card.serial = ?"
    return int(network.rows(query, serial, role="registrar")[0][0])


def serial_of(network: Network, who: Any) -> str:
    signed, _ = network.signed(who)
    return cards.check_card(signed, network.exchange.snapshot.card_authority, clock.now_ms())


# ---- with the card of an accomplice


def test_another_card_s_certificate_over_one_s_own_signature(network: Network, without: Without) -> None:
    """Success is that the registrar takes an accomplice's signature for the victim's: the certificate is public, the signature is not."""
    own, _ = network.signed(ACCOMPLICE)
    theirs, _ = network.signed(VICTIM)
    mixed = CardSigned(own.request, theirs.certificate, own.signature)
    before = looks_of(network, VICTIM)
    with pytest.raises(Tampered, match="card-signature-invalid"):
        ask(network, vouch(network, mixed))
    assert looks_of(network, VICTIM) == before
    patched = without(cards, "_check_signature")
    ask(network, vouch(network, mixed))
    assert looks_of(network, VICTIM) == before + 1
    patched.undo()


def test_a_card_of_another_authority(network: Network, without: Without, tmp_path: Any) -> None:
    """Success is a card that the attacker made itself, with the victim's serial number."""
    authority, key = create_authority(tmp_path, clock.now_ms()), Ed25519PrivateKey.generate()
    certificate = authority.certify(
        key.public_key().public_bytes_raw(), int(serial_of(network, VICTIM), 16), Use.AUTHENTICATION, None, clock.now_ms()
    )
    request = begin(b"", clock.now_ms()).request
    forged = CardSigned(request, certificate, key.sign(card_message(request)))
    with pytest.raises(Unauthenticated, match="card-certificate-refused"):
        ask(network, vouch(network, forged))
    before = looks_of(network, VICTIM)
    patched = without(presented, "check_card", lambda signed, authority_der, at_ms: serial_of(network, VICTIM))
    ask(network, vouch(network, forged))
    assert looks_of(network, VICTIM) == before + 1
    patched.undo()


# ---- the portal alone


def test_the_portal_without_a_card(network: Network, without: Without) -> None:
    """The portal makes a View itself, about an element of its choice.  Success is an answer; both operators demand the registrar's
    signature."""
    view = countersign(sign_form(view_about(network, VICTIM), THING, SigningKey.generate(), REGISTRAR), key_of(network, "portal"), FACE)
    with pytest.raises(Tampered, match="signature-invalid"):
        look(network, view)
    patched = without(exchange_view, "read_view", unverified)
    with pytest.raises(Tampered, match="signature-invalid"):
        look(network, view)
    without(keeper_view, "read_view", unverified)
    assert look(network, view).sealed
    patched.undo()


def unverified(envelope: Envelope, *_: bytes) -> View:
    return msgspec.json.decode(envelope.payload, type=View)


def view_about(network: Network, who: Any, answer_key: bytes = b"") -> View:
    """A View as the registrar would write it, with the help of the register itself."""
    query = "SELECT person.handle FROM card JOIN person USING (individual_number) WHERE card.serial = ?"
    ((handle,),) = network.rows(query, serial_of(network, who), role="registrar")
    snapshot = network.exchange.snapshot
    z = target_key(snapshot.current_audit.elgamal, layer_key(snapshot.exchange.layer, snapshot.keeper.layer))
    (row,) = blind_tags([handle_point(handle)], z)
    return View(
        v=1,
        kind=Kind.VIEW,
        nonce=token_bytes(16),
        face=FACE,
        audit_epoch=snapshot.current_audit.epoch,
        at_ms=clock.now_ms(),
        request=token_bytes(32),
        answer_key=answer_key or SealingKey.generate().public,
        device_key=b"",
        r=row.R,
        u=row.C_U,
    )


def test_the_portal_changes_what_the_registrar_signed(network: Network) -> None:
    """Another element, another answer key, another device key: the registrar's signature covers them all."""
    signed, _ = network.signed(ACCOMPLICE)
    true = ask(network, vouch(network, signed))
    other, view = view_about(network, VICTIM), msgspec.json.decode(true.payload, type=View)
    for change in ({"r": other.r, "u": other.u}, {"answer_key": other.answer_key}, {"device_key": bytes(33)}):
        changed = msgspec.structs.replace(true, payload=msgspec.json.encode(msgspec.structs.replace(view, **change)))
        with pytest.raises(Tampered, match="signature-invalid"):
            look(network, countersign(changed, key_of(network, "portal"), FACE))


def test_the_portal_changes_what_the_card_signed(network: Network) -> None:
    """A request of the portal's under a signature of the card over another one."""
    signed, _ = network.signed(VICTIM)
    other = begin(b"", clock.now_ms()).request
    with pytest.raises(Tampered, match="card-signature-invalid"):
        ask(network, vouch(network, CardSigned(other, signed.certificate, signed.signature)))
    with pytest.raises(Malformed, match="request-differs"):
        ask(network, ViewAsk(signed, sign_envelope(payload_type(REQUEST), other, key_of(network, "portal"), FACE)))


# ---- the registrar alone


def test_the_registrar_without_the_portal(network: Network, without: Without) -> None:
    """The registrar signs a View about anybody.  Success is an answer sealed to its own key; the face's signature is demanded, and the exchange's
    door for looks is the portal's."""
    key = SealingKey.generate()
    view = sign_form(view_about(network, VICTIM, key.public), THING, key_of(network, "registrar"), REGISTRAR)
    with pytest.raises(Denied, match="caller-not-allowed"):
        network.call("registrar", "exchange", "/exchange/view", ViewMessage(view), ViewReply)
    with pytest.raises(Tampered, match="signature-missing"):
        look(network, view)
    patched = without(exchange_view, "read_view", unverified)
    without(keeper_view, "read_view", unverified)
    assert look(network, view).sealed
    patched.undo()


def test_registrar_and_portal_together(network: Network) -> None:
    """What is conceded: together they impersonate a citizen, and the look stands in the citizen's record, where the citizen finds it."""
    count = len(network.look(VICTIM).proof.records)
    view = sign_form(view_about(network, VICTIM), THING, key_of(network, "registrar"), REGISTRAR)
    assert look(network, countersign(view, key_of(network, "portal"), FACE)).sealed
    assert len(network.look(VICTIM).proof.records) == count + 2


# ---- a look again


def test_a_request_used_twice(network: Network, without: Without) -> None:
    """Success is a second look for one signature of the card.  The registrar remembers requests; behind it the operators remember Views."""
    signed, _ = network.signed(VICTIM)
    ask(network, vouch(network, signed))
    with pytest.raises(Conflict, match="look-repeated"):
        ask(network, vouch(network, signed))
    before = looks_of(network, VICTIM)
    patched = without(presented, "spend", remember_nothing)
    assert ask(network, vouch(network, signed))
    patched.undo()
    assert looks_of(network, VICTIM) == before


def remember_nothing(connection: Any, serial: str, digest: bytes, face: str, at_ms: int) -> bytes:
    query = "SELECT person.handle FROM card JOIN person USING (individual_number) WHERE card.serial = ?"
    return bytes(connection.execute(query, (serial,)).fetchone()[0])


def test_a_view_used_twice(network: Network) -> None:
    """The same View to the exchange again: refused by the keeper, whose transaction knows it."""
    signed, _ = network.signed(VICTIM)
    view = countersign(ask(network, vouch(network, signed)), key_of(network, "portal"), FACE)
    look(network, view)
    before = network.leaves()
    with pytest.raises(Conflict, match="look-repeated"):
        look(network, view)
    assert network.leaves() == before


def test_a_request_of_long_ago(network: Network, without: Without, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that the card signed and that was never used, an hour later."""
    signed, _ = network.signed(VICTIM)
    with later(monkeypatch, 3_600_000):
        with pytest.raises(Unauthenticated, match="request-not-fresh"):
            ask(network, vouch(network, signed))
        patched = without(presented, "FRESH_MS", 2**40)  # type: ignore[arg-type]
        assert ask(network, vouch(network, signed))
        patched.undo()


# ---- the key of a person's future leaves


def test_a_portal_that_puts_its_own_device_key_into_the_request(network: Network) -> None:
    """What is conceded: the portal writes the request that the card signs, so a dishonest portal can have K_T sealed to itself and from then on knows
    this person's leaves in the public log.  The citizen's device notices at once: its own key opens nothing."""
    own, device = SealingKey.generate(Suite.BROWSER), SealingKey.generate(Suite.BROWSER)
    signed, answer_key = network.signed(VICTIM, own)
    viewed = network.run(network.sources[0].view(Asked(signed, answer_key)))
    proof = msgspec.json.decode(msgspec.json.encode(proof_of(viewed)), type=Proof)
    with pytest.raises(Fault, match="seal-broken"):
        proving.check_complete(Opened(proof, device))
    sealed = open_sealed(own, labels_info(request_digest(proof.request)), proof.sealed_labels)
    labels = msgspec.json.decode(unpad(sealed), type=Labels)
    network.look(VICTIM)
    ((data,),) = network.rows("SELECT data FROM leaf WHERE length(item_id) > 0 ORDER BY idx DESC LIMIT 1")
    assert decode_leaf(data).label == label(labels.kt, labels.count)
