"""Reading for somebody else: a look by a mandate, signed by the own card, in a session of its own in which nothing else can be done; and back."""

from collections.abc import Callable
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from enishi.errors import Unknown
from enishi.protocol.mandate import MandateShown
from enishi.roles.portal.cardway import CardWay, Use
from enishi.roles.portal.login import RECORDS, Fresh, authorization_url, begin
from enishi.roles.portal.representatives.pages import FAULTS, PATH
from enishi.roles.portal.representatives.telling import numbered
from enishi.roles.portal.settings import PortalSettings
from enishi.roles.portal.source import Source
from enishi.roles.portal.view import Asked, SignedFor
from enishi.roles.portal.visits import Visit, Visits
from enishi.web.csrf import demand_token
from enishi.web.form import read_form
from enishi.web.kit import Kit


class SentLook(NamedTuple):
    """What is at the card: the request, and the mandate by which its person looks."""

    fresh: Fresh
    mandate: MandateShown


class ActingPages:
    """The handlers; the session that begins here is told from one's own by `Visit.acting`."""

    def __init__(self, kit: Kit, source: Source, visits: Visits, settings: PortalSettings, clock: Callable[[], int]) -> None:
        """`clock` gives milliseconds UTC."""
        self._kit = kit
        self._source = source
        self._visits = visits
        self._clock = clock
        use = Use("act", lambda code, sent: source.redeem(code, sent.begun, sent.kept.fresh.request), self.signed, FAULTS)
        self.way: CardWay[SentLook, SignedFor] = CardWay(kit, visits, settings, clock, use)

    def routes(self) -> list[Route]:
        """The two acts; the answer of the card comes to the callback of every sign-in."""
        return [Route(f"{PATH}/act", self.begin, methods=["POST"]), Route(f"{PATH}/stop", self.stop, methods=["POST"])]

    async def begin(self, request: Request) -> Response:
        """Send the browser to the issuer with a fresh request to look by a mandate, without a device key."""
        form, at_ms = await read_form(request), self._clock()
        demand_token(request, form, self._kit.signer, self._kit.cookie("form"))
        visit, number = self._visits.demand(request, at_ms), form.get("number")
        chosen = next((one for own, one in numbered(visit) if str(own) == number and one.role == "representative"), None)
        if chosen is None:
            raise Unknown("mandate-unknown")
        fresh = begin(b"", at_ms, chosen.id)
        way = await self._source.way_in(fresh.begun)
        return self.way.send(visit, fresh.begun, way, authorization_url(way, fresh.request), SentLook(fresh, chosen))

    async def signed(self, request: Request, own: Visit, sent: SentLook, found: SignedFor) -> Response:
        """The browser is back: look by the mandate, and open the session that reads it; after Denied("mandate-unusable") one's own goes on."""
        viewed = await self._source.view(Asked(found.signed, sent.fresh.answer_key))
        own.used(sent.mandate.id, self._clock())
        response = RedirectResponse(RECORDS, 303)
        self._visits.act(request, response, own, viewed, sent.mandate, self._clock())
        return response

    async def stop(self, request: Request) -> Response:
        """Forget what was read for somebody else, and go on as oneself."""
        demand_token(request, await read_form(request), self._kit.signer, self._kit.cookie("form"))
        response = RedirectResponse(PATH, 303)
        self._visits.back(request, response, self._clock())
        return response
