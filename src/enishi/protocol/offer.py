"""Handing over the number (docs/decisions/0012-handing-over-the-number.md): the application that a card signs, and how it travels.

The portal writes the application and signs it; the card signs the digest of the very same bytes with its signature key.  The registrar checks both
and knows whose number that is; the institution fetches it from there, and checks both signatures again.  Nobody on the way reads the number.
"""

from hashlib import sha256
from typing import Annotated, NamedTuple

import msgspec

from enishi.encoding import Bytes16, Bytes32
from enishi.errors import Unauthenticated
from enishi.oidc.documents import Signer
from enishi.protocol.declared import FACE, check_paper, is_fresh, read_declared
from enishi.protocol.forms import Moment, sign_form
from enishi.protocol.statement import AffairRef
from enishi.seal.dsse import Envelope
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId

THING = "number-offer"
WITHOUT = 1_000
"""How many references a platform may leave out."""
PurposeItem = Annotated[str, msgspec.Meta(max_length=20)]


class NumberOffer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the person declares: this institution may have my number for this affair. No person stands in it: who declares, the signature says.

    `session` is `request_digest` of the look by which the person's session at the portal was opened: the registrar knows whose that was.
    `affair` is a row of a table of law; `purpose_item` (or nothing) says which of its 号, for people to read: number use is the whole row's.
    """

    v: int
    face: str
    institution: InstitutionId
    affair: AffairRef
    purpose_item: PurposeItem
    session: Bytes32
    nonce: Bytes16
    at_ms: Moment


class SignedOffer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The application signed by the portal, the signature certificate (DER), the card's signature over the payload's digest, and the authority's
    revocation list (DER) by which the certificate was good at that time."""

    offer: Envelope
    certificate: bytes
    signature: bytes
    revocation_list: bytes


class OfferTaken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Registrar → portal: the number is kept for the institution, under this reference (受付番号)."""

    reference: Bytes16
    at_ms: Moment


class OfferShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the person sees of an application of theirs at the next look; `taken_ms` is 0 while the institution has not fetched it."""

    reference: Bytes16
    institution: InstitutionId
    affair: AffairRef
    purpose_item: PurposeItem
    at_ms: Moment
    taken_ms: Moment


class HandedAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A platform asks for what was handed over to its institutions, but for what it has seen and does not believe.

    Where nothing is left out the field is not written, so a registrar of an earlier version reads it, too.
    """

    institutions: tuple[InstitutionId, ...]
    without: Annotated[tuple[Bytes16, ...], msgspec.Meta(max_length=WITHOUT)] = ()


class HandedNumber(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One number on its way to the institution that the application names, with what proves that its holder handed it over."""

    reference: Bytes16
    individual_number: str
    signed: SignedOffer
    at_ms: Moment
    """When the registrar took it: the certificate was good then."""


class HandedNumbers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was not confirmed yet, as much as goes into one reply."""

    numbers: tuple[HandedNumber, ...]


class HandedTaken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The institution has these, durably."""

    institution: InstitutionId
    references: tuple[Bytes16, ...]


def sign_offer(offer: NumberOffer, key: SigningKey) -> Envelope:
    """Write and sign as the portal."""
    return sign_form(offer, THING, key, FACE)


def offer_digest(offer: Envelope) -> bytes:
    """What the card signs: SHA-256 of the payload, 32 bytes, as of any document."""
    return sha256(offer.payload).digest()


def read_offer(envelope: Envelope, portal_key: bytes) -> NumberOffer:
    """Check the portal's signature and the shape; Tampered, Malformed."""
    return read_declared(envelope, NumberOffer, THING, portal_key)


class Believed(NamedTuple):
    """A checked application: what was declared, by whom, and the digest that was signed."""

    offer: NumberOffer
    signer: Signer
    digest: bytes


def check_offer(signed: SignedOffer, portal_key: bytes, authority: bytes, at_ms: int) -> Believed:
    """Believe an application only after every check, as of the time at which it was taken.

    Unauthenticated("offer-not-fresh"); Tampered and Malformed of the form; the faults of `read_signed_document`.
    """
    offer = read_offer(signed.offer, portal_key)
    if not is_fresh(offer.at_ms, at_ms):
        raise Unauthenticated("offer-not-fresh", "", "at_ms")
    return Believed(offer, *check_paper(signed, offer_digest(signed.offer), authority, at_ms))
