"""A mandate to an organisation (docs/decisions/0017-an-organisation-for-many.md): what a person signs, how it travels, and how its end does.

An employer or an agent may hand a person's number in for one affair, for a time, and may do nothing else with it.  The portal writes the mandate, the
card signs it with its signature key, the registrar asks the law and keeps it, and the organisation's platform fetches number and mandate.  The end
comes the same way, and what was deleted is said back.  Nobody between card, registrar and organisation reads the number.
"""

from hashlib import sha256
from typing import Annotated, Final, Literal, NamedTuple

import msgspec

from enishi.encoding import Bytes16, Bytes32
from enishi.errors import Malformed, Unauthenticated
from enishi.oidc.documents import Signer
from enishi.protocol.declared import FACE, check_paper, is_fresh, read_declared
from enishi.protocol.forms import End, Moment, sign_form
from enishi.protocol.offer import WITHOUT, PurposeItem
from enishi.protocol.statement import AffairRef
from enishi.seal.dsse import Envelope
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId

THING: Final = "agent-mandate"
LONGEST_MS: Final = 366 * 24 * 3600 * 1000
"""How long one mandate to an organisation lasts at most: a year, of whatever length."""
Part = Literal["employment", "commission"]
"""What ties the organisation to the person: it employs them, or they commissioned it."""
EndReason = Literal["withdrawn", "expired", "given_up", "standing", "basis"]
"""Why a mandate ended: its person withdrew it; its day came; the organisation gave it up (employment or work over); the organisation lost its
standing; the law no longer gives the basis."""

EndShown = Literal["", "withdrawn", "expired", "given_up", "standing", "basis"]
"""The same, empty for one that stands."""


class AgentMandate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the person declares: this organisation may hand my number in to that institution for this affair until then. No person stands in it.

    `session` is `request_digest` of the look by which the person's session at the portal was opened, as in a NumberOffer. `affair` is a row of a
    table of law; `purpose_item` (or nothing) says which of its 号, for people to read.
    """

    v: int
    face: str
    agent: InstitutionId
    recipient: InstitutionId
    affair: AffairRef
    purpose_item: PurposeItem
    part: Part
    until_ms: End
    session: Bytes32
    nonce: Bytes16
    at_ms: Moment


class SignedAgentMandate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The mandate signed by the portal, the signature certificate (DER), the card's signature over the payload's digest, and the authority's
    revocation list (DER) by which the certificate was good at that time."""

    mandate: Envelope
    certificate: bytes
    signature: bytes
    revocation_list: bytes


class AgentTaken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Registrar → portal: the mandate stands, under this reference (受付番号)."""

    reference: Bytes16
    at_ms: Moment


class AgentSession(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Portal → registrar: what the person of this session gave to organisations; `session` as in an AgentMandate."""

    session: Bytes32


class AgentWithdrawal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Portal → registrar: the person of this session withdraws a mandate of theirs."""

    session: Bytes32
    reference: Bytes16


class AgentShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the person sees of a mandate of theirs. Times are 0 for what has not happened: fetched, ended (with `reason`), deleted as confirmed."""

    reference: Bytes16
    agent: InstitutionId
    recipient: InstitutionId
    affair: AffairRef
    purpose_item: PurposeItem
    part: Part
    at_ms: Moment
    until_ms: End
    taken_ms: Moment
    ended_ms: Moment
    reason: EndShown
    deleted_ms: Moment


class AgentList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person's mandates to organisations, the newest first."""

    mandates: tuple[AgentShown, ...]


class AgentsAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A platform asks for its organisations' mandates that are new or over, but for the new ones that it has seen and does not believe."""

    institutions: tuple[InstitutionId, ...]
    without: Annotated[tuple[Bytes16, ...], msgspec.Meta(max_length=WITHOUT)] = ()


class AgentGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One mandate on its way to its organisation, with the number; `at_ms` is when the registrar took it: the certificate was good then."""

    reference: Bytes16
    individual_number: str
    signed: SignedAgentMandate
    at_ms: Moment


class AgentEnded(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One mandate that is over: the organisation must delete number and mandate, and say so."""

    reference: Bytes16
    agent: InstitutionId
    reason: EndReason
    at_ms: Moment


class AgentsGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was not confirmed yet of either, as much as goes into one reply."""

    given: tuple[AgentGiven, ...]
    ended: tuple[AgentEnded, ...]


class AgentsTold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The organisation has kept these, and has deleted those, durably; what it deleted while it stood, it gave up."""

    agent: InstitutionId
    taken: tuple[Bytes16, ...]
    deleted: tuple[Bytes16, ...]


def sign_mandate(mandate: AgentMandate, key: SigningKey) -> Envelope:
    """Write and sign as the portal."""
    return sign_form(mandate, THING, key, FACE)


def mandate_digest(mandate: Envelope) -> bytes:
    """What the card signs: SHA-256 of the payload, 32 bytes, as of any document."""
    return sha256(mandate.payload).digest()


def read_mandate(envelope: Envelope, portal_key: bytes) -> AgentMandate:
    """Check the portal's signature, the shape, and that it lasts no longer than a year; Tampered, Malformed."""
    mandate = read_declared(envelope, AgentMandate, THING, portal_key)
    if not mandate.at_ms < mandate.until_ms <= mandate.at_ms + LONGEST_MS:
        raise Malformed("agent-too-long", "", "until_ms")
    return mandate


class BelievedMandate(NamedTuple):
    """A checked mandate: what was declared, by whom, and the digest that was signed."""

    mandate: AgentMandate
    signer: Signer
    digest: bytes


def check_mandate(signed: SignedAgentMandate, portal_key: bytes, authority: bytes, at_ms: int) -> BelievedMandate:
    """Believe a mandate only after every check, as of the time at which it was taken.

    Unauthenticated("offer-not-fresh"); Tampered and Malformed of the form; the faults of `read_signed_document`.
    """
    mandate = read_mandate(signed.mandate, portal_key)
    if not is_fresh(mandate.at_ms, at_ms):
        raise Unauthenticated("offer-not-fresh", "", "at_ms")
    return BelievedMandate(mandate, *check_paper(signed, mandate_digest(signed.mandate), authority, at_ms))
