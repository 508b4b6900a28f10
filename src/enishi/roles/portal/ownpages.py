"""わたしの情報: whom one may ask for one's own data, the request that the card signs, and what came back, for as long as the session lasts."""

import asyncio
from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from enishi.clock import moment
from enishi.errors import Unknown
from enishi.items import find
from enishi.mesh.lazy import aside
from enishi.roles.portal.asking import Choice, begin_own, choice_of, holder_of, years_at
from enishi.roles.portal.cardway import CardWay, Use
from enishi.roles.portal.fresh import FAULTS
from enishi.roles.portal.laidout import Entry, Words, lay_out
from enishi.roles.portal.login import Fresh, authorization_url
from enishi.roles.portal.owndata import OwnData
from enishi.roles.portal.ownexport import FORMS, OwnExport, saved
from enishi.roles.portal.settings import PortalSettings
from enishi.roles.portal.source import Source
from enishi.roles.portal.telling import Teller
from enishi.roles.portal.view import Asked, SignedFor
from enishi.roles.portal.visits import Visit, Visits
from enishi.sentences.catalogue import name_of
from enishi.sentences.language import Language
from enishi.sentences.phrase import Phrase, plain
from enishi.web.citations import cite
from enishi.web.csrf import demand_token
from enishi.web.dates import day_in, machine_time, time_in, year_in
from enishi.web.form import read_form
from enishi.web.kit import Kit


class Place(msgspec.Struct, frozen=True):
    """An institution that can be asked, and what it holds, in words."""

    id: str
    name: Phrase
    items: tuple[Phrase, ...]


class Section(msgspec.Struct, frozen=True):
    """One item of an answer: its slug, its name, its documents laid out, as of when, or why there is none."""

    slug: str
    name: Phrase
    documents: tuple[tuple[Entry, ...], ...]
    as_of: Phrase
    absent: str


class OwnPages:
    """The handlers of one's own data over the portal's source and sessions."""

    def __init__(self, kit: Kit, source: Source, visits: Visits, settings: PortalSettings, clock: Callable[[], int]) -> None:
        """`clock` gives milliseconds UTC."""
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
        found = [Place(one, teller.institution(one), _names(items, language)) for one, items in visit.viewed.held.items()]
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
        choice = choice_of(form, holder, held, self._years())
        missing = _missing(choice)
        if missing:
            return self._form(request, visit, missing)
        fresh = begin_own(choice, at_ms)
        way = await self._source.way_in(fresh.begun)
        return self.way.send(visit, fresh.begun, way, authorization_url(way, fresh.request), fresh)

    async def signed(self, request: Request, visit: Visit, fresh: Fresh, found: SignedFor) -> Response:
        """The browser is back from the card of who is logged in: ask the institution, and show what it says."""
        number = visit.keep(await self._source.own(Asked(found.signed, fresh.answer_key)))
        return RedirectResponse(f"/mydata/answers/{number}", 303)

    async def answer(self, request: Request) -> Response:
        """What an institution answered."""
        visit, language = self._visits.demand(request, self._clock()), self._kit.language(request)
        number, answer = _answer(visit, request)
        teller = self._teller(request, visit)
        context = {
            "number": number,
            "answer": answer,
            "id": answer.holder,
            "holder": teller.institution(answer.holder),
            "result": answer.outcome.value if answer.outcome else "asked",
            "sections": self._sections(answer, language),
            "asked": _names(answer.items, language),
            "cited": cite(answer.citation, language, self._settings.law_origin) if answer.citation else None,
            "deadline": day_in(moment(answer.deadline_ms).date(), language) if answer.deadline_ms else (),
            "moment": time_in(answer.at_ms, language),
            "stamp": machine_time(answer.at_ms),
            "endings": tuple(FORMS) if answer.documents or answer.absent else (),
        }
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
        years = [(year, plain(year_in(moment(self._clock()).date().replace(year=int(year), month=4, day=1), language))) for year in self._years()]
        context = {
            "id": holder,
            "holder": self._teller(request, visit).institution(holder),
            "items": [(item, name_of("items", item, language), find(item).period == "fiscal_year") for item in held],
            "years": years if any(find(item).period == "fiscal_year" for item in held) else [],
            "missing": missing,
        }
        return self._kit.page(request, "mydata_from.html", context | self._session(visit), 400 if missing else 200)

    def _sections(self, answer: OwnData, language: Language) -> tuple[Section, ...]:
        words = Words(*(plain(self._kit.phrase(language, f"mine.{one}")) for one in ("yes", "no")))
        told = []
        for item in answer.items:
            documents = tuple(lay_out(item, one, language, words) for one in answer.documents.get(item, ()))
            as_of = time_in(answer.as_of[item], language) if item in answer.as_of else ()
            why = answer.absent.get(item)
            if documents or why:
                told.append(Section(item, name_of("items", item, language), documents, as_of, why.value if why else ""))
        return tuple(told)

    def _years(self) -> tuple[str, ...]:
        return years_at(moment(self._clock()).year)

    def _teller(self, request: Request, visit: Visit) -> Teller:
        return Teller(self._kit.language(request), visit.viewed.names, self._kit.catalogue, self._settings.law_origin, visit.mandates)

    def _session(self, visit: Visit) -> dict[str, object]:
        return {"session_ends": f"{moment(visit.ends_ms):%H:%M}"}


def _missing(choice: Choice) -> tuple[str, ...]:
    """What a choice lacks: items, or the fiscal year of one that is asked for by year."""
    if not choice.items:
        return ("items",)
    return ("period",) if not choice.period and any(find(item).period == "fiscal_year" for item in choice.items) else ()


def _names(items: tuple[str, ...], language: Language) -> tuple[Phrase, ...]:
    return tuple(name_of("items", item, language) for item in items)


def _answer(visit: Visit, request: Request) -> tuple[int, OwnData]:
    number = request.path_params["number"]
    if number not in visit.answers:
        raise Unknown("answer-gone")
    return number, visit.answers[number]
