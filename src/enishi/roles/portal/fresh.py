"""Showing the card once more: what cannot be taken back asks for card and PIN within five minutes, and of the person whose session it is."""

from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from enishi.errors import Denied
from enishi.oidc.relying import begin as begin_sign_in
from enishi.roles.portal.cardway import CardWay, Faults, Use
from enishi.roles.portal.login import authorization_address
from enishi.roles.portal.settings import PortalSettings
from enishi.roles.portal.source import Source
from enishi.roles.portal.view import Proven
from enishi.roles.portal.visits import Visit, Visits
from enishi.web.csrf import demand_token
from enishi.web.form import read_form
from enishi.web.kit import Kit, own_path

FRESH_MS: Final = 5 * 60 * 1000
"""How long a card that was shown counts."""
FAULTS: Final = Faults(lambda field: Denied("another-person-signed", "", field), lambda _: Denied("login-cancelled"))


class Again:
    """The way to the issuer and back for somebody who is logged in."""

    def __init__(self, kit: Kit, source: Source, visits: Visits, settings: PortalSettings, clock: Callable[[], int]) -> None:
        """`clock` gives milliseconds UTC."""
        self._kit = kit
        self._source = source
        self._visits = visits
        self._clock = clock
        use = Use("again", lambda code, sent: source.again(code, sent.begun), self.shown, FAULTS)
        self.way: CardWay[str, Proven] = CardWay(kit, visits, settings, clock, use)

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
        return self.way.send(visit, begun, way, authorization_address(way), own_path(form.get("onward")))

    async def shown(self, request: Request, visit: Visit, onward: str, found: Proven) -> Response:
        """The browser is back with the card of who is logged in: it was shown just now, and its person goes on."""
        # The issuer's clock may run ahead of ours: what it says lasts no longer for that.
        visit.use.proven_ms = min(found.proven_ms, self._clock())
        return RedirectResponse(onward, 303)
