"""The portal's pages: each handler reads the session, prepares what a template shows, and says nothing itself."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from enishi.clock import moment
from enishi.errors import Unknown
from enishi.mesh.lazy import aside
from enishi.roles.portal.agents.pages import AgentPages
from enishi.roles.portal.agents.source import AgentSource
from enishi.roles.portal.agents.wish import AgentWanted
from enishi.roles.portal.consentpages import ConsentPages
from enishi.roles.portal.export import FORMS, Export
from enishi.roles.portal.fresh import Again
from enishi.roles.portal.keeping import Keeping
from enishi.roles.portal.letters.commission import CommissionPages
from enishi.roles.portal.letters.commissionsource import CommissionSource
from enishi.roles.portal.letters.pages import LetterPages
from enishi.roles.portal.link import link_in
from enishi.roles.portal.listing import list_cards, read_filter
from enishi.roles.portal.login import CALLBACK, RECORDS, Pending, authorization_url, begin, read_device_key
from enishi.roles.portal.making import nobody
from enishi.roles.portal.noticepages import NoticePages
from enishi.roles.portal.offer import Wanted
from enishi.roles.portal.offerpages import OfferPages
from enishi.roles.portal.offersource import OfferSource
from enishi.roles.portal.ownpages import OwnPages
from enishi.roles.portal.paperpages import PaperPages
from enishi.roles.portal.plot import plot_of
from enishi.roles.portal.representatives.acting import ActingPages
from enishi.roles.portal.representatives.asking import AskingPages
from enishi.roles.portal.representatives.pages import MandatePages
from enishi.roles.portal.representatives.there import MandateSource
from enishi.roles.portal.sessionpages import SessionPages
from enishi.roles.portal.settings import PortalSettings
from enishi.roles.portal.source import Source
from enishi.roles.portal.telling import Reader, Teller
from enishi.roles.portal.view import Asked, proof_of
from enishi.roles.portal.visits import Visit, Visits
from enishi.web.csrf import demand_token
from enishi.web.form import read_form
from enishi.web.kit import Kit


class Returning(Protocol):
    """A way to the card from which browsers come back to the one callback."""

    def awaits(self, request: Request) -> bool:
        """Whether this one did."""
        ...

    async def returned(self, request: Request) -> Response:
        """Go on with it."""
        ...


class Pages:
    """The handlers over one source and one store of sessions."""

    def __init__(
        self,
        kit: Kit,
        source: Source,
        settings: PortalSettings,
        clock: Callable[[], int],
        offers: OfferSource | None = None,
        keeping: Keeping | None = None,
        commission: CommissionSource | None = None,
        agents: AgentSource | None = None,
        mandates: MandateSource | None = None,
    ) -> None:
        """`clock` gives milliseconds UTC; without `offers` nobody hands over a number here, without `keeping` nobody leaves anything here, without
        `commission` nobody writes to it, without `agents` (and `offers`) nobody gives an organisation a mandate, without `mandates` nobody acts for
        anybody."""
        self._kit = kit
        self._source = source
        self._settings = settings
        self._clock = clock
        self._visits = Visits(kit, settings)
        self._offers = OfferPages(kit, offers, settings, self._visits, clock) if offers is not None else None
        self._exporting = asyncio.Lock()
        self._commission = CommissionPages(kit, commission, self._visits, settings, clock) if commission is not None else None
        kit.share("writes_commission", self._commission is not None)
        self._paper = PaperPages(kit, self._visits, settings, clock)
        self._again = again = Again(kit, source, self._visits, settings, clock)
        self._notices: NoticePages | None = None
        self._kept: list[Route] = []
        if keeping is not None:
            shelf = keeping.shelf
            self._notices = NoticePages(kit, self._visits, again, settings, clock, shelf)
            consents = ConsentPages(kit, self._visits, again, settings, clock, keeping.consents, shelf.person)
            self._kept = [*self._notices.routes(), *consents.routes()]
        making = self._notices.making if self._notices is not None else nobody
        self._own = OwnPages(kit, source, self._visits, settings, clock, making)
        self._letters = LetterPages(kit, source, self._visits, settings, clock, making)
        self._agents: AgentPages | None = None
        if offers is not None and agents is not None:
            self._agents = AgentPages(kit, offers, agents, settings, self._visits, again, clock)
        kit.share("gives_mandates", self._agents is not None)
        self._sessions = SessionPages(kit, self._visits, again, clock)
        self._mandates = MandatePages(kit, mandates, self._visits, again, settings, clock) if mandates is not None else None
        self._acting = ActingPages(kit, source, self._visits, settings, clock)
        self._asking = AskingPages(kit, source, self._visits, settings, clock)
        signing = (self._offers, self._agents, again, self._mandates, self._own, self._letters, self._acting, self._asking)
        self._ways: tuple[Returning, ...] = tuple(one.way for one in signing if one is not None)

    def routes(self) -> list[Route]:
        """Every page of the portal."""
        return [
            Route("/", self.landing),
            Route("/login", self.login, methods=["POST"]),
            Route(CALLBACK, self.callback),
            Route("/logout", self.logout, methods=["POST"]),
            Route("/records", self.records),
            Route("/records/proof", self.proof),
            Route("/records/export.{ending}", self.export),
            Route("/records/{number:int}", self.record),
            *(self._offers.routes() if self._offers is not None else ()),
            *(self._agents.routes() if self._agents is not None else ()),
            *self._own.routes(),
            *self._letters.routes(),
            *(self._commission.routes() if self._commission is not None else ()),
            *self._paper.routes(),
            *self._again.routes(),
            *self._sessions.routes(),
            *((*self._mandates.routes(), *self._acting.routes(), *self._asking.routes()) if self._mandates is not None else ()),
            *self._kept,
        ]

    async def landing(self, request: Request) -> Response:
        """What this is, how it protects, and the way in."""
        visit = self._visits.reading(request, self._clock())
        return self._kit.page(request, "landing.html", {"visit": visit, "card_help": self._settings.card_help, **self._session(visit)})

    async def login(self, request: Request) -> Response:
        """Send the browser to the issuer with a fresh request for the card to sign."""
        form = await read_form(request)
        demand_token(request, form, self._kit.signer, self._kit.cookie("form"))
        at_ms = self._clock()
        fresh = begin(read_device_key(form.get("device_key")), at_ms)
        way = await self._source.way_in(fresh.begun)
        asked_by = next((link_in(form, kind) for kind in (Wanted, AgentWanted) if form.get(kind.field)), None)
        onward = RECORDS if asked_by is None else f"{asked_by.path}?{asked_by.query}"
        response = RedirectResponse(authorization_url(way, fresh.request), 303)
        self._visits.wait(response, Pending(fresh.begun, fresh.request, fresh.answer_key, way.issuer, onward), at_ms)
        return response

    async def callback(self, request: Request) -> Response:
        """The browser is back from the card: redeem the code, look the records up, open a session."""
        for way in self._ways:
            if way.awaits(request):
                return await way.returned(request)
        pending = self._visits.returned(request, self._clock())
        found = await self._source.redeem(request.query_params["code"], pending.begun, pending.request)
        viewed = await self._source.view(Asked(found.signed, pending.answer_key))
        response = RedirectResponse(pending.onward, 303)
        self._visits.enter(request, response, viewed, found, self._clock())
        return response

    async def logout(self, request: Request) -> Response:
        """Forget the session."""
        demand_token(request, await read_form(request), self._kit.signer, self._kit.cookie("form"))
        response = RedirectResponse("/", 303)
        self._visits.leave(request, response)
        return response

    async def records(self, request: Request) -> Response:
        """My records: the summary, the picture of the year, the filters, the cards."""
        at_ms = self._clock()
        visit = self._visits.demand_reading(request, at_ms)
        teller = self._teller(request, visit)
        acts = [card for card in visit.cards if not card.own and card.kind != "look"]
        context = {
            "listing": list_cards(visit.cards, request.query_params, teller),
            "plot": plot_of(visit.cards, moment(at_ms).date(), teller.language),
            "total": len(acts),
            "refused": sum(card.kind == "refusal" for card in acts),
            "empty": not visit.cards,
            "endings": tuple(FORMS),
            "represents": self._mandates is not None,
            "hands_over": self._offers is not None,
            "keeps": self._notices is not None,
            "news": self._notices.count(visit) if self._notices is not None and visit.acting is None else 0,
            "renews": self._notices is not None and visit.acting is None and self._notices.renews(visit),
        }
        return self._kit.page(request, "records.html", context | self._session(visit))

    async def record(self, request: Request) -> Response:
        """One record with everything in it, its receipt and its proof."""
        visit = self._visits.demand_reading(request, self._clock())
        number = request.path_params["number"]
        card = next((card for card in visit.cards if card.number == number), None)
        if card is None:
            raise Unknown("record-unknown")
        teller = self._teller(request, visit)
        positions = [record.index for record in card.records]
        context = {"told": teller.tell(card), "steps": teller.steps(card), "positions": positions}
        return self._kit.page(request, "record.html", context | self._session(visit))

    async def proof(self, request: Request) -> Response:
        """What the browser's checks read; it tells nothing that the pages do not."""
        visit = self._visits.demand(request, self._clock())
        return Response(msgspec.json.encode(proof_of(visit.viewed)), media_type="application/json")

    async def export(self, request: Request) -> Response:
        """What the filter keeps, as a file to save."""
        at_ms = self._clock()
        visit = self._visits.demand(request, at_ms)
        teller, chosen = self._teller(request, visit), read_filter(request.query_params)
        make = FORMS.get(request.path_params["ending"])
        if make is None:
            raise Unknown("page-unknown")
        export = Export(tuple(card for card in visit.cards if chosen.keeps(card)), visit.viewed, teller, self._kit.catalogue, at_ms)
        async with self._exporting:  # one at a time: ten thousand records take seconds, and the pages of others must not
            exported = await aside(partial(make, export))
        name = f"enishi-records-{moment(at_ms):%Y-%m-%d}.{exported.ending}"
        return Response(exported.content, media_type=exported.media_type, headers={"content-disposition": f'attachment; filename="{name}"'})

    def _teller(self, request: Request, visit: Visit) -> Teller:
        language, law = self._kit.language(request), self._settings.law_origin
        reader: Reader = "person" if visit.acting is None else "representative"
        return Teller(language, visit.viewed.names, self._kit.catalogue, law, visit.mandates, reader)

    def _session(self, visit: Visit | None) -> dict[str, object]:
        acting = visit.acting.mandate.other if visit is not None and visit.acting is not None else None
        return {"session_ends": f"{moment(visit.ends_ms):%H:%M}" if visit else None, "acting": acting}
