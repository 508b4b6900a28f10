"""Readers of the signed forms, by room protocol: the payload changed and signed again, and the envelope changed on its way."""

from collections.abc import Callable

import msgspec
from cryptography import x509

from enishi.errors import Malformed
from enishi.oidc import documents
from enishi.protocol import cards, record, registry
from enishi.protocol.agent import AgentMandate, read_mandate
from enishi.protocol.declared import read_declared
from enishi.protocol.enrol import read_batch
from enishi.protocol.event import EventNote, claimed_note
from enishi.protocol.forms import open_form, read_canonical, read_once, read_payload
from enishi.protocol.founding import FoundingInstitution
from enishi.protocol.handed import Handed, read_handed, write_handed
from enishi.protocol.joining import Admission, JoinRequest, read_admission, read_join
from enishi.protocol.mandate import MandateAcceptance, MandateOffer, read_mandate_acceptance, read_mandate_offer
from enishi.protocol.offer import NumberOffer, read_offer
from enishi.protocol.outcome import OutcomeRoot, SignedOutcome, check_outcome, claimed_outcome
from enishi.protocol.receipt import SignedReceipt, check_receipt
from enishi.protocol.rooted import open_head
from enishi.protocol.rows import Row, ShownRow, check_rows, check_shown
from enishi.protocol.statement import Inquiry, Statement, read_inquiry, read_statement
from enishi.protocol.suspension import Suspension, read_suspension
from enishi.protocol.view import CardSigned, read_request, read_view
from enishi.seal.dsse import Envelope
from enishi.terms import InstitutionId
from protocol import messages as made
from protocol.reading import JSON, PACK, Reader, at_the_door

KEEPER = made.KEYS["keeper"].public
PINS = {"exchange": made.KEYS["exchange"].public, "oversight": made.KEYS["oversight"].public}


def _note() -> EventNote:
    ends_ms = made.AT_MS + 86_400_000
    return EventNote(v=1, kind="subscribe", item_id=made.receipt().item_id, by=made.statement().inquirer, epoch=1, ends_ms=ends_ms, at_ms=made.AT_MS)


def _declared(name: str, thing: str, form: Callable[[], object], read: Callable[[Envelope, bytes], object]) -> Reader:
    """A form that a person declares, changed and signed again by the portal."""
    return Reader(
        f"protocol.{name}", lambda: JSON(form()), lambda payload: read(made.signed(payload, thing, "portal"), made.KEYS["portal"].public), JSON
    )


PROTOCOL = (
    Reader(
        "protocol.joining.read_join",
        lambda: JSON(_join()),
        lambda raw: read_join(made.signed(raw, "join", "a")),
        JSON,
    ),
    Reader(
        "protocol.joining.read_admission",
        lambda: JSON(_admission()),
        lambda raw: read_admission(made.signed(raw, "admission", "exchange"), PINS["exchange"]),
        JSON,
    ),
    Reader(
        "protocol.suspension.read_suspension",
        lambda: JSON(_suspension()),
        lambda raw: read_suspension(made.signed(raw, "suspension", "oversight"), PINS),
        lambda note: JSON(note.said),
    ),
    _declared("declared.read_declared", "number-offer", lambda: _offer(), lambda one, key: read_declared(one, NumberOffer, "number-offer", key)),
    _declared("offer.read_offer", "number-offer", lambda: _offer(), read_offer),
    _declared("mandate.read_mandate_offer", "mandate-offer", lambda: _mandate_offer(), read_mandate_offer),
    _declared("mandate.read_mandate_acceptance", "mandate-acceptance", lambda: _mandate_acceptance(), read_mandate_acceptance),
    _declared("agent.read_mandate", "agent-mandate", lambda: _mandate(), read_mandate),
    Reader("protocol.handed.read_handed", lambda: write_handed(_handed()), read_handed, write_handed),
    Reader("protocol.statement.read_statement", made.statement_payload, read_statement, JSON),
    Reader("protocol.statement.read_inquiry", lambda: PACK(made.inquiry()), at_the_door(Inquiry, read_inquiry)),
    Reader(
        "protocol.statement.read_inquiry",
        made.statement_payload,
        lambda payload: read_inquiry(Inquiry(made.signed(payload, "statement", "a"), made.rows(), b"")),
    ),
    Reader(
        "protocol.rows.check_rows", lambda: PACK(made.rows()), at_the_door(tuple[Row, ...], lambda rows: check_rows(rows, 3, made.statement().rows))
    ),
    Reader(
        "protocol.rows.check_shown",
        lambda: PACK((made.notice().row, made.notice().path)),
        at_the_door(tuple[ShownRow, tuple[bytes, ...]], lambda two: check_shown(two[0], 1, 3, two[1], made.statement().rows)),
    ),
    Reader("protocol.receipt.check_receipt", lambda: PACK(made.signed_receipt()), at_the_door(SignedReceipt, lambda one: check_receipt(one, KEEPER))),
    Reader(
        "protocol.receipt.check_receipt",
        lambda: made.signed_receipt().head.payload,
        lambda head: check_receipt(msgspec.structs.replace(made.signed_receipt(), head=made.signed(head, "receipts", "keeper")), KEEPER),
    ),
    Reader("protocol.event.claimed_note", lambda: JSON(_note()), lambda payload: claimed_note(made.signed(payload, "event", "a")), JSON),
    Reader("protocol.outcome.claimed_outcome", lambda: JSON(made.outcome()), lambda payload: claimed_outcome(made.among(payload)), JSON),
    Reader("protocol.outcome.check_outcome", lambda: JSON(made.outcome()), lambda payload: check_outcome(made.alone(payload), made.KNOWN), JSON),
    Reader(
        "protocol.outcome.check_outcome",
        lambda: PACK(made.alone(JSON(made.outcome()))),
        at_the_door(SignedOutcome, lambda one: check_outcome(one, made.KNOWN)),
    ),
    Reader("protocol.outcome.check_outcome", lambda: JSON(made.outcome()), lambda payload: check_outcome(made.among(payload), made.KNOWN), JSON),
    Reader(
        "protocol.outcome.check_outcome",
        lambda: PACK(made.signed_outcome()),
        at_the_door(SignedOutcome, lambda one: check_outcome(one, made.KNOWN)),
    ),
    Reader(
        "protocol.outcome.check_outcome",
        lambda: made.signed_outcome().payload,
        lambda head: check_outcome(made.outcome_head(head), made.KNOWN),
    ),
    Reader(
        "protocol.rooted.open_head",
        lambda: made.signed_outcome().payload,
        lambda head: open_head(made.signed(head, "outcomes", "b"), OutcomeRoot, "outcomes", f"{made.B}/1", made.KNOWN),
        JSON,
    ),
    Reader("protocol.record.read_body", lambda: record.write_body(made.body()), record.read_body, record.write_body),
    Reader(
        "protocol.enrol.read_batch",
        lambda: JSON(made.batch()),
        lambda payload: read_batch(made.signed(payload, "enrol", "registrar"), made.KEYS["registrar"].public),
        JSON,
    ),
    Reader(
        "protocol.enrol.read_batch",
        lambda: PACK(made.signed(JSON(made.batch()), "enrol", "registrar")),
        at_the_door(Envelope, lambda envelope: read_batch(envelope, made.KEYS["registrar"].public)),
    ),
    Reader("protocol.registry.read_snapshot", lambda: JSON(made.snapshot()), registry.read_snapshot, JSON),
    Reader("protocol.registry.check_snapshot", lambda: JSON(made.snapshot()), lambda payload: registry.check_snapshot(_snapshot(payload), PINS)),
    Reader(
        "protocol.registry.check_snapshot",
        lambda: PACK(_snapshot(JSON(made.snapshot()))),
        at_the_door(Envelope, lambda envelope: registry.check_snapshot(envelope, PINS)),
    ),
    Reader("protocol.view.read_request", made.view_request, read_request, JSON),
    Reader("protocol.view.read_view", lambda: JSON(made.view()), lambda payload: _view(made.signed(payload, "view", "portal", "registrar")), JSON),
    Reader(
        "protocol.view.read_view",
        lambda: PACK(made.signed(JSON(made.view()), "view", "portal", "registrar")),
        at_the_door(Envelope, lambda one: _view(one)),
    ),
    Reader("protocol.cards.check_card", lambda: PACK(made.carded()[0]), at_the_door(CardSigned, lambda one: _card(one))),
    Reader(
        "protocol.cards.check_card",
        lambda: made.carded()[0].certificate,
        lambda der: _card(msgspec.structs.replace(made.carded()[0], certificate=der)),
    ),
    Reader(
        "oidc.documents.read_signed_document",
        lambda: made.document_signed()[0].certificate,
        lambda der: _document(certificate=der),
    ),
    Reader("oidc.documents.read_signed_document", lambda: made.document_signed()[1], lambda listed: _document(listed)),
    Reader("oidc.documents.read_basic_items", lambda: made.document_signed()[0].certificate, lambda der: _basic_items(der)),
    Reader("protocol.forms.read_payload", made.statement_payload, lambda payload: read_payload(payload, Statement, "statement"), JSON),
    Reader("protocol.forms.read_canonical", made.statement_payload, lambda payload: read_canonical(payload, Statement, "statement"), JSON),
    Reader("protocol.forms.read_once", made.statement_payload, lambda payload: read_once(payload, Statement, "statement"), JSON),
    Reader(
        "protocol.forms.open_form",
        made.statement_payload,
        lambda payload: open_form(made.signed(payload, "statement", "a"), Statement, "statement", made.KNOWN, {f"{made.A}/1"}),
        JSON,
    ),
)


def _snapshot(payload: bytes) -> Envelope:
    return made.signed(payload, "registry", "exchange", "oversight")


def _view(envelope: Envelope) -> object:
    return read_view(envelope, made.KEYS["portal"].public, made.KEYS["registrar"].public)


def _card(signed: CardSigned) -> object:
    return cards.check_card(signed, made.carded()[1], made.AT_MS)


def _document(listed: bytes | None = None, **changes: bytes) -> object:
    signed, revocations, authority = made.document_signed()
    changed, known = msgspec.structs.replace(signed, **changes), revocations if listed is None else listed
    return documents.read_signed_document(changed, authority, known, made.AT_MS)


def _basic_items(der: bytes) -> object:
    try:
        certificate = x509.load_der_x509_certificate(der)
    except (ValueError, x509.InvalidVersion) as error:
        # Who has such a certificate before them has read it already, and caught both (documents.read_signed_document).
        raise Malformed("basic-items-malformed") from error
    return documents.read_basic_items(certificate)


def _suspension() -> Suspension:
    at = made.AT_MS
    return Suspension(v=1, mesh="log.enishi.example", institution=made.A, serial=1, reason="incident", because="x", at_ms=at, signer="oversight")


def _handed() -> Handed:
    outcomes = (made.alone(JSON(made.outcome())), made.signed_outcome())
    return Handed(by=made.A, part="inquirer", item_id=made.receipt().item_id, at_ms=made.AT_MS, receipt=made.signed_receipt(), outcomes=outcomes)


def _offer() -> NumberOffer:
    affair = made.statement().affair
    return NumberOffer(v=1, face="portal", institution=made.A, affair=affair, purpose_item="1", session=bytes(32), nonce=bytes(16), at_ms=made.AT_MS)


def _mandate_offer() -> MandateOffer:
    until_ms = made.AT_MS + 86_400_000
    return MandateOffer(v=1, face="portal", scope=("records",), until_ms=until_ms, session=bytes(32), nonce=bytes(16), at_ms=made.AT_MS)


def _mandate_acceptance() -> MandateAcceptance:
    return MandateAcceptance(v=1, face="portal", mandate=bytes(16), offer=bytes(32), session=bytes(32), nonce=bytes(16), at_ms=made.AT_MS)


def _mandate() -> AgentMandate:
    return AgentMandate(
        v=1,
        face="portal",
        agent=made.A,
        recipient=made.B,
        affair=made.statement().affair,
        purpose_item="1",
        part="employment",
        until_ms=made.AT_MS + 1,
        session=bytes(32),
        nonce=bytes(16),
        at_ms=made.AT_MS,
    )


def _join() -> JoinRequest:
    key = made.KEYS["a"].public
    one = FoundingInstitution(
        id=InstitutionId(made.A),
        name_ja="市",
        name_en="City",
        kind="municipality",
        platform="north",
        capacities=(),
        assessments=(),
        elgamal=key,
        elgamal_proof=bytes(64),
        hpke=b"\1" + bytes(1216),
        signing=key,
    )
    return JoinRequest(v=1, platform="north", door="https://north.example:1", csr=b"csr", institutions=(one,), at_ms=1)


def _admission() -> Admission:
    return Admission(
        v=1,
        request=bytes(32),
        platform="north",
        certificate=b"pem",
        authority=b"pem",
        revoked=b"pem",
        exchange="https://exchange.example:1",
        registrar="https://registrar.example:1",
        log="https://log.example",
        at_ms=1,
    )
