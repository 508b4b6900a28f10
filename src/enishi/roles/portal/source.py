"""Where the portal's pages get what they show; the mesh stands behind this in the running system, a small real log in tests."""

from typing import Protocol

from enishi.protocol.view import CardSigned
from enishi.roles.portal.view import Asked, ViewedLog


class Source(Protocol):
    """The two calls that a log-in leads to."""

    async def redeem(self, code: str, code_verifier: str, redirect_uri: str, request: bytes) -> CardSigned:
        """Exchange the authorization code at the card's token endpoint (RFC 6749 4.1.3, RFC 7636 4.5) for the card's signature.

        Denied("card-code-refused") if the card does not take the code, Unavailable("peer-unreachable"), Tampered for an answer
        that is not over this request.
        """
        ...

    async def view(self, asked: Asked) -> ViewedLog:
        """Have the person's records looked up; a look is itself recorded.  Faults of the mesh come through as they are."""
        ...
