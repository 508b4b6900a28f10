"""Where the portal's pages get what they show; the mesh stands behind this in the running system, a small real log in tests."""

from typing import Protocol

from enishi.oidc.relying import Begun
from enishi.roles.portal.letters.there import HolderKey, LettersThere, SealedLetter
from enishi.roles.portal.login import WayIn
from enishi.roles.portal.owndata import OwnData
from enishi.roles.portal.view import Asked, Proven, SignedFor, ViewedLog


class Source(Protocol):
    """The calls that a log-in leads to."""

    async def way_in(self, begun: Begun) -> WayIn:
        """Where the browser goes, by the issuer's own document; Unavailable("peer-unreachable"), Tampered("issuer-document-wrong")."""
        ...

    async def redeem(self, code: str, begun: Begun, request: bytes) -> SignedFor:
        """Exchange the authorization code at the issuer's token endpoint (RFC 6749 4.1.3, RFC 7636 4.5) for the person's sign-in and the card's
        signature.

        Denied("issuer-refused") if the issuer does not take the code, Unavailable("peer-unreachable"), Tampered for a token or a signature that is
        not over this request, Denied("issuer-without-card") for an issuer that signs in but has no card sign.
        """
        ...

    async def way_again(self, begun: Begun) -> WayIn:
        """Where the browser goes to show the card once more: a sign-in that the issuer must not take from memory (OpenID Connect Core 3.1.2.1)."""
        ...

    async def again(self, code: str, begun: Begun) -> Proven:
        """Exchange such a sign-in's code; Tampered("token-not-for-us") where the issuer does not say that the card was shown just now."""
        ...

    async def own(self, asked: Asked) -> OwnData:
        """Ask an institution for the person's own data; the request is itself recorded.  Faults of the mesh come through as they are."""
        ...

    def holder_key(self, holder: str) -> HolderKey:
        """The key that an institution's letters are sealed to, by the registry; Unknown("institution-unknown")."""
        ...

    async def letters(self, asked: Asked, letter: SealedLetter | None) -> LettersThere:
        """Bring a letter to an institution, or ask for the person's own letters there; the request is itself recorded.

        Conflict("snapshot-stale") where the institution has another key by now; faults of the mesh come through as they are.
        """
        ...

    async def view(self, asked: Asked) -> ViewedLog:
        """Have the person's records looked up; a look is itself recorded.  Faults of the mesh come through as they are."""
        ...
