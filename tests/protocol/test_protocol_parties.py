"""Registry, enrolment, looks and cards; law's question from a statement; the forms of the wire."""

from datetime import date, timedelta

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from enishi.clock import moment
from enishi.encoding import digest
from enishi.errors import Denied, Malformed, Tampered, Unauthenticated, Unknown
from enishi.protocol import wire
from enishi.protocol.cards import check_card
from enishi.protocol.enrol import read_batch, step_context
from enishi.protocol.founding import Founding
from enishi.protocol.legal import party_of_capacities, period_of, policy_of, relation_of
from enishi.protocol.registry import Capacity, check_snapshot, possession_context, read_snapshot, snapshot_digest
from enishi.protocol.view import CardSigned, card_message, labels_info, read_request, read_view, request_digest, view_info
from enishi.terms import Txid
from protocol import messages as made

Replace = msgspec.structs.replace
JSON = msgspec.json.encode


def snapshot(**changes: object) -> bytes:
    return JSON(Replace(made.snapshot(), **changes))


def test_who_stands_in_the_registry() -> None:
    read = read_snapshot(snapshot())
    assert read.institution(made.A, "inquirer").current().epoch == 1
    assert read.audit_epoch(1) == read.current_audit
    assert set(read.signing_keys) == {f"{made.A}/1", f"{made.B}/1"}
    for asking in (lambda: read.institution("999999", "x"), lambda: read.audit_epoch(2), lambda: read.institution(made.A, "x").epoch(2)):
        with pytest.raises(Unknown):
            asking()


def test_a_key_epoch_that_is_not_active_is_nobodys() -> None:
    first, second = made.snapshot().institutions
    ended = Replace(first, suspended=True, epochs=tuple(Replace(one, active=False) for one in first.epochs))
    read = read_snapshot(snapshot(institutions=(ended, second)))
    assert set(read.signing_keys) == {f"{made.B}/1"}
    with pytest.raises(Unknown, match="epoch-unknown"):
        read.institution(made.A, "x").epoch(1)
    with pytest.raises(Malformed, match="registry-no-epoch"):
        read_snapshot(snapshot(institutions=(Replace(ended, suspended=False), second)))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"v": 2}, "version-unknown"),
        ({"audit": ()}, "registry-no-audit-epoch"),
        ({"institutions": made.snapshot().institutions * 2}, "registry-duplicate"),
        ({"serial": 1 << 32}, "form-unreadable"),
        ({"at_ms": -1}, "form-unreadable"),
    ],
)
def test_what_a_snapshot_is_not(changes: dict[str, object], code: str) -> None:
    with pytest.raises(Malformed, match=code):
        read_snapshot(snapshot(**changes))


def test_a_snapshot_is_both_the_exchanges_and_the_commissions() -> None:
    pins = {name: made.KEYS[name].public for name in ("exchange", "oversight")}
    read, found = check_snapshot(made.signed(snapshot(), "registry", "exchange", "oversight"), pins)
    assert (read.serial, found) == (1, snapshot_digest(snapshot()))
    for signers in (("exchange",), ("oversight",), ("exchange", "keeper")):
        with pytest.raises(Tampered, match="signature-missing"):
            check_snapshot(made.signed(snapshot(), "registry", *signers), pins)
    assert possession_context("a", "elgamal", 1) != possession_context("a", "elgamal", 2)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"v": 2}, "version-unknown"),
        ({"kind": "view"}, "kind-wrong"),
        ({"r": (), "c": (), "refs": ()}, "rows-count"),
        ({"c": (b"x",)}, "rows-count"),
        ({"refs": ()}, "rows-count"),
        ({"kind": "enrol_audit"}, "rows-count"),
    ],
)
def test_what_a_batch_is_not(changes: dict[str, object], code: str) -> None:
    payload = JSON(msgspec.json.decode(JSON(made.batch())) | msgspec.json.decode(JSON(changes)))
    with pytest.raises(Malformed, match=code):
        read_batch(made.signed(payload, "enrol", "registrar"), made.KEYS["registrar"].public)


def test_proofs_are_bound_to_batch_place_and_operator() -> None:
    one = made.signed(JSON(made.batch()), "enrol", "registrar")
    other = made.signed(JSON(Replace(made.batch(), request=bytes(15) + b"\1")), "enrol", "registrar")
    assert len({step_context(one, "exchange"), step_context(one, "keeper"), step_context(other, "exchange")}) == 3


def test_a_look_is_both_the_faces_and_the_registrars() -> None:
    keys = (made.KEYS["portal"].public, made.KEYS["registrar"].public)
    assert read_view(made.signed(JSON(made.view()), "view", "portal", "registrar"), *keys) == made.view()
    for signers in (("portal",), ("registrar",)):
        with pytest.raises(Tampered, match="signature-missing"):
            read_view(made.signed(JSON(made.view()), "view", *signers), *keys)
    with pytest.raises(Malformed, match="kind-wrong"):
        read_view(made.signed(JSON(Replace(made.view(), v=2)), "view", "portal", "registrar"), *keys)
    assert view_info(Txid(bytes(32))) != labels_info(bytes(32))
    assert request_digest(made.view_request()) == digest("view-request", made.view_request())
    assert read_request(made.view_request()).face == "portal"


# ---- cards


def issued(key: object, at_ms: int = made.AT_MS) -> tuple[bytes, bytes]:
    """A certificate for a key under an authority of its own, and the authority."""
    authority, name = ed25519.Ed25519PrivateKey.generate(), x509.Name([])
    begin = moment(at_ms)
    build = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(7).not_valid_before(begin)
    build = build.not_valid_after(begin + timedelta(days=1))
    return tuple(build.public_key(one.public_key()).sign(authority, None).public_bytes(Encoding.DER) for one in (key, authority))  # type: ignore[attr-defined, return-value]


def test_a_card_shows_its_serial_and_no_more() -> None:
    signed, authority = made.carded()
    serial = check_card(signed, authority, made.AT_MS)
    assert len(serial) == 32
    assert int(serial, 16) == x509.load_der_x509_certificate(signed.certificate).serial_number
    with pytest.raises(Tampered, match="card-signature-invalid"):
        check_card(Replace(signed, request=b"other"), authority, made.AT_MS)
    with pytest.raises(Unauthenticated, match="card-certificate-expired"):
        check_card(signed, authority, made.AT_MS + 6 * 365 * 24 * 3600 * 1000)
    with pytest.raises(Unauthenticated, match="card-certificate-refused"):
        check_card(signed, issued(ed25519.Ed25519PrivateKey.generate())[1], made.AT_MS)


def test_keys_that_a_card_may_have() -> None:
    curve, other = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
    certificate, authority = issued(curve)
    signature = curve.sign(card_message(b"request"), ec.ECDSA(hashes.SHA256()))
    assert check_card(CardSigned(b"request", certificate, signature), authority, made.AT_MS) == f"{7:032x}"
    certificate, authority = issued(other)
    with pytest.raises(Unauthenticated, match="card-certificate-refused"):
        check_card(CardSigned(b"request", certificate, b"x"), authority, made.AT_MS)


# ---- law's question from a statement


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2024", date(2024, 4, 1), date(2025, 4, 1)),
        ("2024-04/2025-03", date(2024, 4, 1), date(2025, 4, 1)),
        ("2024-12/2024-12", date(2024, 12, 1), date(2025, 1, 1)),
    ],
)
def test_periods(text: str, begin: date, end: date) -> None:
    period = period_of(text)
    assert period is not None
    assert (period.effective_on, period.until) == (begin, end)
    assert period_of("") is None


@pytest.mark.parametrize(
    "text", ["9999", "0000", "２０２４", "2024-13/2025-01", "2024-00/2024-01", "2024-4/2025-3", "2024/2025", "x", "9999-01/9999-12"]
)
def test_periods_that_are_none(text: str) -> None:
    with pytest.raises(Malformed, match="period-unreadable"):
        period_of(text)


def test_relations_and_policies() -> None:
    assert relation_of("") is None
    assert str(relation_of("applicant")) == "applicant"
    with pytest.raises(Malformed, match="relation-unknown"):
        relation_of("Applicant")
    assert [policy_of(proposals, edge).law_edge for proposals, edge in (("off", "refuse"), ("on", "mark"), ("on", "other"))] == [
        "refuse",
        "mark",
        "refuse",
    ]


def test_capacities_hold_from_their_day_until_their_last() -> None:
    held = [Capacity("市町村長", date(2020, 1, 1), date(2025, 1, 1)), Capacity("長官", date(2020, 1, 1), None, "法務大臣", "法", "x#1")]
    assert party_of_capacities("a", held, date(2019, 12, 31)).capacities == ()
    assert party_of_capacities("a", held, date(2024, 12, 31)).capacities == ("市町村長", "長官")
    after = party_of_capacities("a", held, date(2025, 1, 1))
    assert (after.capacities, [one.citation for one in after.delegations]) == (("長官",), ["x#1"])


# ---- forms of the wire


@pytest.mark.parametrize(
    "form", [one for one in vars(wire).values() if isinstance(one, type) and issubclass(one, msgspec.Struct)], ids=lambda one: one.__name__
)
def test_every_form_is_frozen_and_takes_no_unknown_field(form: type[msgspec.Struct]) -> None:
    assert form.__struct_config__.frozen
    assert form.__struct_config__.forbid_unknown_fields


def test_a_fault_in_a_batch_concerns_its_place_alone() -> None:
    fault = wire.FaultForm.of(Denied("ticket-false", "a", "b"))
    assert (fault.status, fault.code, fault.detail, fault.field) == (403, "ticket-false", "a", "b")
    results = wire.Results((wire.Result(wire.Recorded(1)), wire.Result(fault=fault)))
    read = msgspec.msgpack.decode(msgspec.msgpack.encode(results), type=wire.Results[wire.Recorded])
    assert read == results


def test_a_founding_list_is_written_and_read_alike() -> None:
    whole = Founding(institutions=(), registrar=bytes(32), portal=bytes(32), card_authority=b"", witnesses=(), witness_quorum=1)
    assert msgspec.json.decode(JSON(whole), type=Founding) == whole
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(JSON(msgspec.to_builtins(whole) | {"x": 1}), type=Founding)
