"""Data about oneself: the card-signed request of kind `self`, the statement that face and registrar sign over it, and what travels with it.

Nothing here is an inquiry of an institution: the source is `@root`, the law's value is a `SelfDisclosure` (APPI Art. 76) and never a Permit, and the
answer goes to the key of the person's own session.
"""

from typing import Annotated, Final

import msgspec

from enishi.encoding import Bytes16, Bytes32, Bytes64, digest
from enishi.errors import Tampered
from enishi.protocol.forms import Epoch, Moment, demand, open_form, read_canonical
from enishi.protocol.letters import CARRYING, LETTER
from enishi.protocol.receipt import SignedReceipt
from enishi.protocol.represented import Represents
from enishi.protocol.statement import Name
from enishi.protocol.wire import BlindRow
from enishi.seal.dsse import Envelope
from enishi.seal.hpke import check_public
from enishi.terms import InstitutionId, Kind, Txid

THING = "self"
REQUEST = "self-request"
FACE, REGISTRAR = "portal", "registrar"
ROOT: Final = InstitutionId("@root")
"""Who asks, in the place of an inquirer: nobody's institution; the handle that the registrar keeps."""
EXCEPTIONS: Final = frozenset(f"415AC0000000057#78-1-{item}" for item in range(1, 8))
"""What a holder may keep back from the person: the items of APPI Art. 78(1), a closed list; there is no discretion beside it."""
DECIDED_MS: Final = 30 * 24 * 3600 * 1000
"""How long a holder may take where an official must see a request (APPI Art. 83(1): thirty days)."""
Items = Annotated[tuple[Name, ...], msgspec.Meta(min_length=1, max_length=50)]
Period = Annotated[str, msgspec.Meta(max_length=32)]


class SelfRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the card signs: at which institution, which items (by slug) and period, and the key of this session that the answer is sealed to."""

    v: int
    kind: Kind
    face: str
    session: Bytes32
    nonce: Bytes16
    holder: InstitutionId
    items: Items
    period: Period
    answer_key: bytes
    at_ms: Moment
    letter: Bytes32 | msgspec.UnsetType = msgspec.UNSET
    """digest("letter", sealed letter) where `items` is `letter`; not written where there is none."""
    mandate: Bytes16 | msgspec.UnsetType = msgspec.UNSET
    """The mandate by which the card's holder asks for somebody else; not written where they ask for themselves."""


class SelfStatement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What registrar and face both sign: the request's words and key, and the person as a row (R, C_B, C_U) from `@root`."""

    v: int
    kind: Kind
    nonce: Bytes16
    face: str
    holder: InstitutionId
    holder_epoch: Epoch
    audit_epoch: Epoch
    at_ms: Moment
    request: Bytes32
    """digest("self-request", request bytes)."""
    items: Items
    period: Period
    answer_key: bytes
    r: Bytes32
    b: Bytes32
    u: Bytes32
    letter: Bytes32 | msgspec.UnsetType = msgspec.UNSET
    """As in the request."""
    mandate: Bytes16 | msgspec.UnsetType = msgspec.UNSET
    """As in the request; the row is then the principal's."""
    represents: Represents | msgspec.UnsetType = msgspec.UNSET
    """Beside a mandate: what its representative acts by, as the registrar says."""


class SelfMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A statement on its way, with π over its one row, and the sealed letter that it names, if it names one."""

    statement: Envelope
    pi: Bytes64
    letter: bytes = b""


class SelfCommit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The row after the exchange's step, with everything the ticket binds."""

    message: SelfMessage
    ticket: bytes
    given: BlindRow
    row: BlindRow


class SelfNotice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What the holder is brought: the statement, the keeper's receipt, the pair that opens to its own code of the person, and the sealed letter."""

    statement: Envelope
    receipt: SignedReceipt
    pair_r: Bytes32
    pair_c: Bytes32
    letter: bytes = b""


class SelfSeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Enough to bring the notice again after a crash and to prove the exchange's hop; rests at the keeper, sealed to the exchange."""

    statement: Envelope
    pair_r: Bytes32
    pair_c: Bytes32
    given: BlindRow
    returned: BlindRow
    letter: bytes = b""


def request_digest(request: bytes) -> bytes:
    """32 bytes by which a statement and the record name the request they answer."""
    return digest(REQUEST, request)


def read_self_request(request: bytes) -> SelfRequest:
    """Decode and check the shape of a request; it has one encoding. Malformed."""
    form = read_canonical(request, SelfRequest, REQUEST)
    demand(form.v == 1, "version-unknown", f"version {form.v}", "v")
    demand(form.kind is Kind.SELF, "kind-wrong", form.kind, "kind")
    _check_letter(form)
    _check_mandate(form)
    check_public(form.answer_key)
    return form


def self_txid(envelope: Envelope) -> Txid:
    """32-byte transaction id of a statement about oneself."""
    return Txid(digest("txid", envelope.payload))


def read_self(envelope: Envelope, portal_key: bytes, registrar_key: bytes) -> SelfStatement:
    """Demand both signatures, then read; Tampered or Malformed otherwise."""
    keys = {FACE: portal_key, REGISTRAR: registrar_key}
    return _checked(open_form(envelope, SelfStatement, THING, keys, {FACE, REGISTRAR}))


def claimed_self(payload: bytes) -> SelfStatement:
    """Read a statement whose signatures are still to be checked, or were checked before it was stored; Malformed."""
    return _checked(read_canonical(payload, SelfStatement, THING))


def check_named(envelope: Envelope, request: bytes, registrar_key: bytes) -> SelfStatement:
    """The face's own check of what the registrar returns, before it countersigns; Tampered("view-other-request") unless it answers this request."""
    said, asked = _checked(open_form(envelope, SelfStatement, THING, {REGISTRAR: registrar_key}, {REGISTRAR})), read_self_request(request)
    named = (said.request, said.face, said.holder, said.items, said.period, said.answer_key, said.letter, said.mandate)
    if named != (request_digest(request), asked.face, asked.holder, asked.items, asked.period, asked.answer_key, asked.letter, asked.mandate):
        raise Tampered("view-other-request", "the registrar names another request, holder, item, key or mandate than was asked with", "statement")
    return said


def _checked(said: SelfStatement) -> SelfStatement:
    demand(said.v == 1 and said.kind is Kind.SELF, "kind-wrong", said.kind, "kind")
    _check_letter(said)
    _check_mandate(said)
    demand((said.mandate is msgspec.UNSET) == (said.represents is msgspec.UNSET), "mandate-misplaced", "without its kind", "represents")
    check_public(said.answer_key)
    return said


def _check_letter(form: SelfRequest | SelfStatement) -> None:
    # A letter is asked for by itself: no item travels with it, and none is without its name.
    alone = len(form.items) == 1 and not form.period
    demand(alone or not CARRYING & set(form.items), "letter-misplaced", ", ".join(form.items)[:60], "items")
    demand((form.items == (LETTER,)) == (form.letter is not msgspec.UNSET), "letter-misplaced", ", ".join(form.items)[:60], "letter")


def _check_mandate(form: SelfRequest | SelfStatement) -> None:
    # Letters are the person's own: who wrote one, and what is answered, is no matter of a representative's.
    demand(form.mandate is msgspec.UNSET or not CARRYING & set(form.items), "mandate-misplaced", ", ".join(form.items)[:60], "mandate")
