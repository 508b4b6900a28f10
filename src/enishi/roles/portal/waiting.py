"""What is at the card: remembered by browser under a signed cookie, answered once, and only by the issuer that was asked."""

import hmac
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from enishi.errors import Fault, Tampered
from enishi.oidc.relying import Begun
from enishi.roles.portal.login import WAIT_MS
from enishi.roles.portal.settings import PortalSettings
from enishi.web.cookies import rules
from enishi.web.kit import Kit
from enishi.web.session import Sessions


class AtCard(Protocol):
    """What everything at the card has: the sign-in that must come back unchanged, and the issuer that must name itself in the answer (RFC 9207),
    empty where it does not do that."""

    @property
    def begun(self) -> Begun:
        """State, nonce and verifier."""
        ...

    @property
    def issuer(self) -> str:
        """The issuer's address."""
        ...


A = TypeVar("A", bound=AtCard)


class Waiting(Generic[A]):
    """What one use of the card waits for."""

    def __init__(self, kit: Kit, settings: PortalSettings, use: str) -> None:
        """`use` names the cookie."""
        self._kit = kit
        self._origin = settings.origin
        self._use = use
        self._open: Sessions[A] = Sessions(WAIT_MS, settings.pending)

    def put(self, response: Response, sent: A, at_ms: int) -> None:
        """Remember for this browser what goes to the card."""
        name = self._open.open(sent, at_ms)
        response.set_cookie(self._kit.cookie(self._use), self._kit.signer.sign(self._use, name), **rules(self._origin))

    def awaits(self, request: Request, at_ms: int) -> bool:
        """Whether what came back from the issuer answers something of this browser and use."""
        return _answers(request, self._open.get(self._named(request), at_ms))

    def take(self, request: Request, at_ms: int) -> A | None:
        """What this browser began, once; nothing if it began none, or the answer is not to it (RFC 6749 10.12)."""
        sent = self._open.take(self._named(request), at_ms)
        return sent if _answers(request, sent) else None

    def drop(self, response: Response) -> None:
        """Have the browser forget it."""
        response.delete_cookie(self._kit.cookie(self._use), **rules(self._origin))

    def _named(self, request: Request) -> str:
        return self._kit.signer.read(self._use, request.cookies.get(self._kit.cookie(self._use), "")) or ""


def code_of(request: Request, sent: AtCard, cancelled: Callable[[str], Fault]) -> str:
    """The code to exchange; Tampered("login-of-another-card") for another issuer's answer, `cancelled` (handed its word) where there is none."""
    if sent.issuer and request.query_params.get("iss") != sent.issuer:
        raise Tampered("login-of-another-card")
    code = request.query_params.get("code")
    if not code:
        raise cancelled(request.query_params.get("error", "")[:40])
    return code


def _answers(request: Request, sent: AtCard | None) -> bool:
    return sent is not None and hmac.compare_digest(request.query_params.get("state", "").encode(), sent.begun.state.encode())
