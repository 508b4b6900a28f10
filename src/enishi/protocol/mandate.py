"""Mandates of representatives (代理人, docs/decisions/0016-representatives.md): what principal and representative sign, and how both are shown it.

A voluntary mandate is two declarations, each written and signed by the portal and signed by a person's signature key: the principal's offer, in which
nobody is named, and the representative's acceptance, which names the offer. Statutory ones are entered by a municipality. The registrar alone knows
whose a mandate is; everybody else knows 16 random bytes.
"""

from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec

from enishi.encoding import Bytes16, Bytes32
from enishi.errors import Unauthenticated
from enishi.protocol.declared import FACE, Declarer, check_paper, is_fresh, read_declared
from enishi.protocol.forms import End, Moment, demand, sign_form
from enishi.seal.dsse import Envelope
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId

OFFER: Final = "mandate-offer"
ACCEPTANCE: Final = "mandate-acceptance"
YEAR_MS: Final = 366 * 24 * 3600 * 1000
LIMITS_MS: Final = {"voluntary": YEAR_MS, "parent": 18 * YEAR_MS, "guardian": 10 * YEAR_MS}
"""The furthest end of a mandate from the time at which it is made; a parent's ends with the 18th birthday, which the municipality states."""
CITATIONS: Final = {
    "parent": ("129AC0000000089#818", "129AC0000000089#824"),
    "guardian": ("129AC0000000089#838", "129AC0000000089#859"),
}
"""Civil Code: parental authority and representation by it; beginning of guardianship and representation by a guardian."""
Scope = Literal["records", "data"]
"""`records`: read the record of accesses; `data`: ask an institution for the principal's own data."""
Scopes = Annotated[tuple[Scope, ...], msgspec.Meta(min_length=1, max_length=2)]
Kind = Literal["parent", "guardian", "voluntary"]
State = Literal["offered", "in_force", "ended"]
Name = Annotated[str, msgspec.Meta(max_length=100)]
Code = Annotated[str, msgspec.Meta(max_length=40)]
USES: Final = 20
"""Most uses that a mandate is shown with."""
Uses = Annotated[tuple[Moment, ...], msgspec.Meta(max_length=USES)]


class MandateOffer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the principal declares: whoever accepts this by my code may act for me in this scope until then. Nobody is named in it.

    `session` is `request_digest` of the look by which the principal's session at the portal was opened.
    """

    v: int
    face: str
    scope: Scopes
    until_ms: End
    session: Bytes32
    nonce: Bytes16
    at_ms: Moment


class MandateAcceptance(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the representative declares: I accept this mandate; `offer` is the digest of the principal's declaration, `session` one's own."""

    v: int
    face: str
    mandate: Bytes16
    offer: Bytes32
    session: Bytes32
    nonce: Bytes16
    at_ms: Moment


class SignedMandate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A declaration signed by the portal, the signature certificate (DER), the card's signature over its digest, and the authority's list."""

    declared: Envelope
    certificate: bytes
    signature: bytes
    revocation_list: bytes


class MandateShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A mandate as principal or representative is shown it at a look; `role` is the reader's own, `other` the name of the other one.

    `institution` and `citation` are of statutory ones. Times that are not yet are 0. Nothing in it tells whether it is suspended.
    """

    id: Bytes16
    role: Literal["principal", "representative"]
    kind: Kind
    scope: Scopes
    other: Name
    institution: InstitutionId
    citation: Name
    state: State
    from_ms: Moment
    until_ms: Moment
    ended_ms: Moment
    uses: Uses
    """When the representative looked by it, the newest first."""


class MandateOffered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Registrar → portal: the mandate, and the one-time code that the principal gives to the representative by hand."""

    mandate: MandateShown
    code: Code
    code_until_ms: Moment


class MandateFind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Portal → registrar: somebody whose look opened this session types a code."""

    session: Bytes32
    code: Code


class MandateFound(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the code is of: the principal's name by their signature certificate, scope and end."""

    mandate: Bytes16
    offer: Bytes32
    principal: Name
    scope: Scopes
    until_ms: Moment


class MandateEnd(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Portal → registrar: principal or representative, whose look opened this session, ends a mandate."""

    session: Bytes32
    mandate: Bytes16


class RepresentationTold(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Municipality's gateway → registrar: it enters a statutory mandate, ends or confirms one of its own, or protects a person.

    `entry` is the municipality's own id of the relation; of a protection, that of its mark. `principal` and `representative` are individual numbers.
    """

    institution: InstitutionId
    act: Literal["enter", "end", "confirm", "protect"]
    entry: Bytes16
    kind: Literal["", "parent", "guardian"] = ""
    principal: str = ""
    representative: str = ""
    principal_name: Name = ""
    representative_name: Name = ""
    citation: Name = ""
    until_ms: Moment = 0
    scope: Annotated[tuple[Scope, ...], msgspec.Meta(max_length=2)] = ()
    """What the representative may do; an entry that says nothing is for the record alone."""


def sign_declared(form: MandateOffer | MandateAcceptance, key: SigningKey) -> Envelope:
    """Write and sign as the portal."""
    return sign_form(form, OFFER, key, FACE) if isinstance(form, MandateOffer) else sign_form(form, ACCEPTANCE, key, FACE)


def declared_digest(declared: Envelope) -> bytes:
    """What the card signs: SHA-256 of the payload, 32 bytes, as of any document."""
    return sha256(declared.payload).digest()


def read_mandate_offer(envelope: Envelope, portal_key: bytes) -> MandateOffer:
    """Check the portal's signature and the shape; Tampered, Malformed."""
    offer = read_declared(envelope, MandateOffer, OFFER, portal_key)
    demand(len(set(offer.scope)) == len(offer.scope), "mandate-wrong", "scope", "scope")
    demand(offer.at_ms < offer.until_ms <= offer.at_ms + YEAR_MS, "mandate-wrong", "until", "until_ms")
    return offer


def read_mandate_acceptance(envelope: Envelope, portal_key: bytes) -> MandateAcceptance:
    """Check the portal's signature and the shape; Tampered, Malformed."""
    return read_declared(envelope, MandateAcceptance, ACCEPTANCE, portal_key)


def check_signer(signed: SignedMandate, declared_ms: int, authority: bytes, at_ms: int) -> Declarer:
    """Believe a declaration that was read, as of the time at which it is taken; Unauthenticated("mandate-not-fresh"), `read_signed_document`'s."""
    if not is_fresh(declared_ms, at_ms):
        raise Unauthenticated("mandate-not-fresh", "", "at_ms")
    return check_paper(signed, declared_digest(signed.declared), authority, at_ms)
