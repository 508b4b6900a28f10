"""The pages for handing over the number: consent, the way to the card and back, what was handed over, and what to do when a card is no good."""

from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from enishi.clock import moment
from enishi.errors import Denied, Fault
from enishi.protocol.offer import OfferShown, OfferTaken
from enishi.roles.portal.cardway import CardWay, Faults, Use
from enishi.roles.portal.link import link_in, read_link
from enishi.roles.portal.offer import PATH, DocumentSigned, SentOffer, Wanted, begin, signing_url, write_offer
from enishi.roles.portal.offersource import OfferSource
from enishi.roles.portal.offertelling import OfferTeller, ToldHanded
from enishi.roles.portal.settings import PortalSettings
from enishi.roles.portal.view import Name
from enishi.roles.portal.visits import Visit, Visits
from enishi.sentences.phrase import plain
from enishi.terms import InstitutionId
from enishi.web.csrf import demand_token
from enishi.web.form import read_form
from enishi.web.kit import Kit
from enishi.web.problems import wants_page

HANDED: Final = f"{PATH}/handed"
FAULTS: Final = Faults(lambda field: Denied("offer-of-another-person", "", field), lambda said: Denied("offer-cancelled", said))
CASES: Final = {
    "card-certificate-revoked": ("lost", "moved"),
    "card-certificate-expired": ("expired",),
    "card-certificate-refused": ("no-card",),
    "card-unknown": ("lost", "no-card"),
}
"""Which of the card's own pages for help a signature that is not believed leads to."""


class OfferPages:
    """The handlers over one source, beside the sessions of the portal."""

    def __init__(self, kit: Kit, source: OfferSource, settings: PortalSettings, visits: Visits, clock: Callable[[], int]) -> None:
        """`clock` gives milliseconds UTC."""
        self._kit = kit
        self._source = source
        self._settings = settings
        self._visits = visits
        self._clock = clock
        use = Use("number", lambda code, sent: source.redeem(code, sent.begun), self.signed, FAULTS)
        self.way: CardWay[SentOffer, DocumentSigned] = CardWay(kit, visits, settings, clock, use)

    def routes(self) -> list[Route]:
        """Paths and handlers; the way back from the card comes by the log-in's own address."""
        return [Route(PATH, self.consent), Route(PATH, self.sign, methods=["POST"]), Route(HANDED, self.handed)]

    async def consent(self, request: Request) -> Response:
        """Who wants the number, for what, by which provision it may use it, and what it receives; to be signed by who is logged in."""
        wanted = read_link(request.query_params.multi_items(), Wanted)
        told = self._teller(request).wish(wanted, await self._source.lawful(wanted))
        visit = self._visits.find(request, self._clock())
        context = {"told": told, "wanted": wanted, "visit": visit, "card_help": self._settings.card_help}
        return self._kit.page(request, "number.html", context | _ends(visit), 403 if told.reasons else 200)

    async def sign(self, request: Request) -> Response:
        """Send the browser to the issuer with a fresh application for the card to sign."""
        form = await read_form(request)
        demand_token(request, form, self._kit.signer, self._kit.cookie("form"))
        at_ms, wanted = self._clock(), link_in(form, Wanted)
        visit = self._visits.demand(request, at_ms)
        told = self._teller(request).wish(wanted, await self._source.lawful(wanted))
        if told.reasons:
            raise Denied("offer-without-number-use", wanted.institution, "affair")
        envelope = self._source.sign(write_offer(wanted, visit.viewed.request, at_ms))
        begun = begin(envelope)
        way = await self._source.way_in(begun)
        return self.way.send(visit, begun, way, signing_url(way, envelope, plain(told.document)), SentOffer(envelope, wanted))

    async def signed(self, request: Request, visit: Visit, sent: SentOffer, found: DocumentSigned) -> Response:
        """The browser is back from the card of who is logged in: bring the application to the registrar, show its reference."""
        try:
            taken = await self._source.hand_over(sent.offer, found)
        except Fault as fault:
            if fault.code not in CASES or not wants_page(request):
                raise
            return self._no_good(request, sent.wanted, visit, fault)
        visit.handed.insert(0, _shown(taken, sent.wanted))
        return RedirectResponse(HANDED, 303)

    async def handed(self, request: Request) -> Response:
        """What this person handed over to whom, with the references, the newest first."""
        visit = self._visits.demand(request, self._clock())
        teller = self._teller(request)
        told = [await self._told(teller, visit, one) for one in visit.handed]
        return self._kit.page(request, "handed.html", {"handed": told} | _ends(visit))

    async def _told(self, teller: OfferTeller, visit: Visit, one: OfferShown) -> ToldHanded:
        name = visit.viewed.names.get(one.institution, Name(one.institution, one.institution))
        return teller.handed(one, name, await self._source.affair_name(one.affair, one.purpose_item))

    def _teller(self, request: Request) -> OfferTeller:
        return OfferTeller(self._kit.language(request), self._kit.catalogue, self._settings.law_origin)

    def _no_good(self, request: Request, wanted: Wanted, visit: Visit, fault: Fault) -> Response:
        context = {"fault": fault.code, "cases": CASES[fault.code], "card_help": self._settings.card_help, "wanted": wanted}
        return self._kit.page(request, "number_failed.html", context | _ends(visit), fault.status)


def _shown(taken: OfferTaken, wanted: Wanted) -> OfferShown:
    return OfferShown(
        reference=taken.reference,
        institution=InstitutionId(wanted.institution),
        affair=wanted.affair,
        purpose_item=wanted.item,
        at_ms=taken.at_ms,
        taken_ms=0,
    )


def _ends(visit: Visit | None) -> dict[str, object]:
    return {"session_ends": f"{moment(visit.ends_ms):%H:%M}" if visit else None}
