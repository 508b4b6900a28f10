"""What a person declares by card: the portal writes and signs it, the card's signature key signs the digest of the very same bytes.

Common to handing over the number (offer), mandates to organisations (agent) and to representatives (mandate).
"""

from typing import Final, NamedTuple, Protocol, TypeVar

from enishi.oidc.documents import SignedDocument, Signer, read_signed_document
from enishi.protocol.forms import Moment, demand, open_form
from enishi.seal.dsse import Envelope

FACE: Final = "portal"
FRESH_MS: Final = 10 * 60 * 1000
"""How old a declaration may be when the registrar takes it."""
SESSION_MS: Final = 30 * 60 * 1000
"""How long ago the look may be by which its session was opened."""


class Declaration(Protocol):
    """What every form has that a person declares."""

    @property
    def v(self) -> int:
        """The version, 1."""
        ...

    @property
    def face(self) -> str:
        """Who wrote it: the portal."""
        ...

    @property
    def at_ms(self) -> Moment:
        """When."""
        ...


class Paper(Protocol):
    """What comes with a declaration that a card signed: the signature certificate (DER), the signature, the authority's revocation list (DER)."""

    @property
    def certificate(self) -> bytes:
        """DER."""
        ...

    @property
    def signature(self) -> bytes:
        """Over the payload's digest."""
        ...

    @property
    def revocation_list(self) -> bytes:
        """By which the certificate was good at that time."""
        ...


class Declarer(NamedTuple):
    """A checked signature of a card: by whom, and the digest that was signed."""

    signer: Signer
    digest: bytes


D = TypeVar("D", bound=Declaration)


def read_declared(envelope: Envelope, form: type[D], thing: str, portal_key: bytes) -> D:
    """Check the portal's signature and what all these forms share; Tampered, Malformed."""
    declared = open_form(envelope, form, thing, {FACE: portal_key}, {FACE})
    demand(declared.v == 1, "version-unknown", f"version {declared.v}", "v")
    demand(declared.face == FACE, "kind-wrong", declared.face[:40], "face")
    return declared


def is_fresh(declared_ms: int, at_ms: int) -> bool:
    """Whether a declaration may be taken at that time; clocks may differ in either direction."""
    return abs(at_ms - declared_ms) <= FRESH_MS


def check_paper(paper: Paper, digest: bytes, authority: bytes, at_ms: int) -> Declarer:
    """Who signed that digest, by a certificate that was good at that time; the faults of `read_signed_document`."""
    document = SignedDocument(digest, paper.certificate, paper.signature)
    return Declarer(read_signed_document(document, authority, paper.revocation_list, at_ms), digest)
