"""わたしの情報: whom one may ask for one's own data, the request that the card signs, and what came back, for as long as the session lasts."""

import asyncio
from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from enishi.clock import moment
from enishi.errors import Unknown
from enishi.mesh.lazy import aside
from enishi.roles.portal.asking import begin_own, choice_of, holder_of
from enishi.roles.portal.cardway import CardWay, Use
from enishi.roles.portal.fresh import FAULTS
from enishi.roles.portal.login import Fresh, authorization_url
from enishi.roles.portal.making import Making, made_by, nobody
from enishi.roles.portal.owndata import OwnData
from enishi.roles.portal.ownexport import FORMS, OwnExport, saved
from enishi.roles.portal.owntelling import lacking, names_of, tell_answer, tell_form, years_on
from enishi.roles.portal.settings import PortalSettings
from enishi.roles.portal.source import Source
from enishi.roles.portal.telling import Teller
from enishi.roles.portal.view import Asked, SignedFor
from enishi.roles.portal.visits import Visit, Visits
from enishi.sentences.phrase import Phrase, plain
from enishi.web.csrf import demand_token
from enishi.web.dates import time_in
from enishi.web.form import read_form
from enishi.web.kit import Kit


class Place(msgspec.Struct, frozen=True):
    """An institution that can be asked, and what it holds, in words."""

    id: str
    name: Phrase
    items: tuple[Phrase, ...]


class OwnPages:
    """The handlers of one's own data over the portal's source and sessions."""

    def __init__(self, kit: Kit, source: Source, visits: Visits, settings: PortalSettings, clock: Callable[[], int], making: Making = nobody) -> None:
        """`clock` gives milliseconds UTC; `making` is told of each request."""
        self._making = making
        self._kit = kit
        self._source = source
        self._visits = visits
        self._settings = settings
        self._clock = clock
        self._exporting = asyncio.Lock()
        use = Use("own", lambda code, sent: source.redeem(code, sent.begun, sent.kept.request), self.signed, FAULTS)
        self.way: CardWay[Fresh, SignedFor] = CardWay(kit, visits, settings, clock, use)

    def routes(self) -> list[Route]:
        """The pages; no path or query holds anything of a person."""
        return [
            Route("/mydata", self.places),
            Route("/mydata/from/{holder}", self.form),
            Route("/mydata/from/{holder}/ask", self.ask, methods=["POST"]),
            Route("/mydata/answers/{number:int}", self.answer),
            Route("/mydata/answers/{number:int}/export.{ending}", self.export),
        ]

    async def places(self, request: Request) -> Response:
        """Who can be asked: first those that stand in the person's records."""
        visit, language = self._visits.demand(request, self._clock()), self._kit.language(request)
        teller = self._teller(request, visit)
        met = {card.body.provider for card in visit.cards}
        found = [Place(one, teller.institution(one), names_of(items, language)) for one, items in visit.viewed.held.items()]
        found.sort(key=lambda place: plain(place.name))
        answers = [(number, teller.institution(one.holder), one, time_in(one.at_ms, language)) for number, one in reversed(visit.answers.items())]
        context = {
            "known": [place for place in found if place.id in met],
            "others": [place for place in found if place.id not in met],
            "answers": answers,
        }
        return self._kit.page(request, "mydata.html", context | self._session(visit))

    async def form(self, request: Request) -> Response:
        """What to ask one institution for."""
        visit = self._visits.demand(request, self._clock())
        return self._form(request, visit, missing=())

    async def ask(self, request: Request) -> Response:
        """Send the browser to the issuer with a fresh request for the card to sign: an open session alone asks for nothing."""
        form, at_ms = await read_form(request), self._clock()
        demand_token(request, form, self._kit.signer, self._kit.cookie("form"))
        visit = self._visits.demand(request, at_ms)
        holder, held = holder_of(visit.viewed, request.path_params["holder"])
        choice = choice_of(form, holder, held, years_on(at_ms))
        missing = lacking(choice)
        if missing:
            return self._form(request, visit, missing)
        fresh = begin_own(choice, at_ms)
        way = await self._source.way_in(fresh.begun)
        return self.way.send(visit, fresh.begun, way, authorization_url(way, fresh.request), fresh)

    async def signed(self, request: Request, visit: Visit, fresh: Fresh, found: SignedFor) -> Response:
        """The browser is back from the card of who is logged in: ask the institution, and show what it says."""
        answer = await self._source.own(Asked(found.signed, fresh.answer_key))
        await self._making(visit, made_by(answer.at_ms, answer.outcome))
        return RedirectResponse(f"/mydata/answers/{visit.keep(answer)}", 303)

    async def answer(self, request: Request) -> Response:
        """What an institution answered."""
        visit, language = self._visits.demand(request, self._clock()), self._kit.language(request)
        number, answer = _answer(visit, request)
        context: dict[str, object] = {
            "number": number,
            "holder": self._teller(request, visit).institution(answer.holder),
            "endings": tuple(FORMS) if answer.documents or answer.absent else (),
        }
        context |= tell_answer(answer, self._kit, language, self._settings.law_origin)
        return self._kit.page(request, "answer.html", context | self._session(visit))

    async def export(self, request: Request) -> Response:
        """An answer as a file to save."""
        at_ms = self._clock()
        visit = self._visits.demand(request, at_ms)
        _, answer = _answer(visit, request)
        ending = request.path_params["ending"]
        if ending not in FORMS:
            raise Unknown("page-unknown")
        make, name = saved(OwnExport(answer, self._teller(request, visit), self._kit.catalogue, at_ms), ending)
        async with self._exporting:
            exported = await aside(make)
        return Response(exported.content, media_type=exported.media_type, headers={"content-disposition": f'attachment; filename="{name}"'})

    def _form(self, request: Request, visit: Visit, missing: tuple[str, ...]) -> Response:
        language = self._kit.language(request)
        holder, held = holder_of(visit.viewed, request.path_params["holder"])
        context: dict[str, object] = {"id": holder, "holder": self._teller(request, visit).institution(holder), "missing": missing}
        context |= tell_form(held, language, self._clock())
        return self._kit.page(request, "mydata_from.html", context | self._session(visit), 400 if missing else 200)

    def _teller(self, request: Request, visit: Visit) -> Teller:
        return Teller(self._kit.language(request), visit.viewed.names, self._kit.catalogue, self._settings.law_origin, visit.mandates)

    def _session(self, visit: Visit) -> dict[str, object]:
        return {"session_ends": f"{moment(visit.ends_ms):%H:%M}"}


def _answer(visit: Visit, request: Request) -> tuple[int, OwnData]:
    number = request.path_params["number"]
    if number not in visit.answers:
        raise Unknown("answer-gone")
    return number, visit.answers[number]
