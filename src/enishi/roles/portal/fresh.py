"""Showing the card once more: what cannot be taken back asks for card and PIN within five minutes, and of the person whose session it is."""

import hmac
from collections.abc import Callable
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from enishi.errors import Denied, Tampered
from enishi.oidc.relying import Begun
from enishi.oidc.relying import begin as begin_sign_in
from enishi.roles.portal.login import WAIT_MS, authorization_address
from enishi.roles.portal.settings import PortalSettings
from enishi.roles.portal.source import Source
from enishi.roles.portal.visits import Visit, Visits
from enishi.web.cookies import rules
from enishi.web.csrf import demand_token
from enishi.web.form import read_form
from enishi.web.kit import Kit, own_path
from enishi.web.session import Sessions

FRESH_MS: Final = 5 * 60 * 1000
"""How long a card that was shown counts."""
COOKIE: Final = "again"


class PendingAgain(msgspec.Struct, frozen=True):
    """A card that is being asked for again: in which session, and where its person goes on."""

    begun: Begun
    session: str
    issuer: str
    onward: str


class Again:
    """The way to the issuer and back for somebody who is logged in."""

    def __init__(self, kit: Kit, source: Source, visits: Visits, settings: PortalSettings, clock: Callable[[], int]) -> None:
        """`clock` gives milliseconds UTC."""
        self._kit = kit
        self._source = source
        self._visits = visits
        self._settings = settings
        self._clock = clock
        self._pending: Sessions[PendingAgain] = Sessions(WAIT_MS, settings.pending)

    def routes(self) -> list[Route]:
        """The one door; the answer comes to the callback of every sign-in."""
        return [Route("/again", self.begin, methods=["POST"])]

    def fresh(self, visit: Visit) -> bool:
        """Whether the session's card was shown within five minutes."""
        return 0 <= self._clock() - visit.use.proven_ms < FRESH_MS

    def demand(self, visit: Visit) -> None:
        """Denied("card-again") unless it was."""
        if not self.fresh(visit):
            raise Denied("card-again")

    async def begin(self, request: Request) -> Response:
        """Send the browser to the issuer; nothing is signed there, and nothing is looked up."""
        form, at_ms = await read_form(request), self._clock()
        demand_token(request, form, self._kit.signer, self._kit.cookie("form"))
        visit = self._visits.demand(request, at_ms)
        begun = begin_sign_in()
        way = await self._source.way_again(begun)
        response = RedirectResponse(authorization_address(way), 303)
        name = self._pending.open(PendingAgain(begun, visit.use.name, way.issuer, own_path(form.get("onward"))), at_ms)
        response.set_cookie(self._kit.cookie(COOKIE), self._kit.signer.sign(COOKIE, name), **rules(self._settings.origin))
        return response

    def awaits(self, request: Request) -> bool:
        """Whether what came back from the issuer answers this browser's wish."""
        pending = self._pending.get(self._named(request), self._clock())
        return pending is not None and hmac.compare_digest(request.query_params.get("state", "").encode(), pending.begun.state.encode())

    async def shown(self, request: Request) -> Response:
        """The browser is back; Denied("another-person-signed") for another's card, or a session that began in the meantime."""
        pending = self._pending.take(self._named(request), self._clock())
        visit = self._visits.demand(request, self._clock())
        if pending is None or pending.session != visit.use.name:
            raise Denied("another-person-signed")
        if pending.issuer and request.query_params.get("iss") != pending.issuer:
            raise Tampered("login-of-another-card")
        if not request.query_params.get("code"):
            raise Denied("login-cancelled")
        found = await self._source.again(request.query_params["code"], pending.begun)
        if not hmac.compare_digest(found.subject.encode(), visit.subject.encode()):
            raise Denied("another-person-signed")
        # The issuer's clock may run ahead of ours: what it says lasts no longer for that.
        visit.use.proven_ms = min(found.proven_ms, self._clock())
        response = RedirectResponse(pending.onward, 303)
        response.delete_cookie(self._kit.cookie(COOKIE), **rules(self._settings.origin))
        return response

    def _named(self, request: Request) -> str:
        return self._kit.signer.read(COOKIE, request.cookies.get(self._kit.cookie(COOKIE), "")) or ""
