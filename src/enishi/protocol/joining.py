"""How a platform joins a running mesh, renews its certificate and leaves: the request, the admission, and the verbs of the people between them."""

from typing import Annotated, Literal

import msgspec

from enishi.encoding import digest
from enishi.protocol.forms import Moment, demand, open_form, read_canonical, sign_form
from enishi.protocol.founding import FoundingInstitution
from enishi.protocol.statement import signer_keyid
from enishi.protocol.suspension import Because
from enishi.seal.dsse import Envelope, countersign
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId

THING = "join"
ADMISSION = "admission"
MOST = 15
"""Institutions of one request: an envelope carries sixteen signatures, and one of them is for who is there already."""
FIRST_EPOCH = 1
CSR_LIMIT = 4096
Csr = Annotated[bytes, msgspec.Meta(max_length=CSR_LIMIT)]
"""A certificate request (PKCS#10, RFC 2986), DER."""
State = Literal["waiting", "declined", "admitted"]


class JoinRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A platform with its door (https://host:port), its certificate request, and the institutions that it is to host, each with keys and proof."""

    v: int
    platform: str
    door: str
    csr: Csr
    institutions: tuple[FoundingInstitution, ...]
    at_ms: Moment


class Admission(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What lets a platform in, signed by the exchange: certificate, authority and revocation list as PEM, and where the others are."""

    v: int
    request: bytes
    platform: str
    certificate: bytes
    authority: bytes
    revoked: bytes
    exchange: str
    registrar: str
    log: str
    at_ms: Moment


class AdmitAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The exchange's operator asks that a request be drafted into the registry."""

    request: Envelope


class DeclineAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The exchange's operator refuses a request."""

    digest: bytes
    because: Because


class JoinShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request as the exchange holds it."""

    digest: bytes
    state: State
    because: str
    request: Envelope


class JoinList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every request that waits or was decided of late."""

    each: tuple[JoinShown, ...]


class Uncertified(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A certificate request that the authority may sign: for which name, host and tenants."""

    digest: bytes
    name: str
    host: str
    tenants: tuple[str, ...]
    csr: Csr


class UncertifiedList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What waits for the authority."""

    each: tuple[Uncertified, ...]


class CertifyAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whoever holds the authority brings a certificate, as PEM, with the authority's own and the revocation list."""

    digest: bytes
    certificate: bytes
    authority: bytes
    revoked: bytes


class CertificateAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A gateway asks for its next certificate, over the connection that the present one opens."""

    csr: Csr


class CertificateReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The next certificate; empty until the authority has signed."""

    certificate: bytes
    authority: bytes
    revoked: bytes


class LeaveAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A gateway asks that one of its institutions be suspended at its own wish."""

    institution: InstitutionId
    because: Because


def join_digest(envelope: Envelope) -> bytes:
    """32 bytes that name a request."""
    return digest("join", envelope.payload)


def csr_digest(csr: bytes) -> bytes:
    """32 bytes that name a certificate request."""
    return digest("csr", csr)


def sign_join(request: JoinRequest, keys: dict[str, SigningKey]) -> Envelope:
    """Sign a request with the Ed25519 key of each institution, by id; those of who is hosted already come behind."""
    (first, key), *others = keys.items()
    envelope = sign_form(request, THING, key, signer_keyid(first, FIRST_EPOCH))
    for institution, other in others:
        envelope = countersign(envelope, other, signer_keyid(institution, FIRST_EPOCH))
    return envelope


def read_join(envelope: Envelope) -> JoinRequest:
    """Read a request whose every institution signed it; Tampered or Malformed otherwise.  Proofs of possession and the CSR are checked elsewhere."""
    claimed = read_canonical(envelope.payload, JoinRequest, THING)
    demand(claimed.v == 1, "version-unknown", f"version {claimed.v}", "v")
    demand(0 < len(claimed.institutions) <= MOST, "join-institutions", f"{len(claimed.institutions)}, not 1 to {MOST}", "institutions")
    demand(len({one.id for one in claimed.institutions}) == len(claimed.institutions), "join-institutions", "one stands twice", "institutions")
    demand(all(one.platform == claimed.platform for one in claimed.institutions), "join-institutions", "another platform", "institutions")
    keys = {signer_keyid(one.id, FIRST_EPOCH): one.signing for one in claimed.institutions}
    return open_form(envelope, JoinRequest, THING, keys, keys)


def read_admission(envelope: Envelope, exchange: bytes) -> Admission:
    """Read an admission under the exchange's pinned key; Tampered or Malformed otherwise."""
    said = open_form(envelope, Admission, ADMISSION, {"exchange": exchange}, {"exchange"})
    demand(said.v == 1, "version-unknown", f"version {said.v}", "v")
    return said
