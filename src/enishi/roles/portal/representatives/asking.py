"""Asking for somebody else's own data (APPI Art. 76(2)): of whom, for what, by a signature of the own card for each request, and what came back."""

from collections.abc import Callable
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from enishi.clock import moment
from enishi.errors import Unknown
from enishi.protocol.mandate import MandateShown
from enishi.protocol.represented import may_go, represents_of
from enishi.roles.portal.asking import begin_own, choice_of
from enishi.roles.portal.cardway import CardWay, Use
from enishi.roles.portal.login import Fresh, authorization_url
from enishi.roles.portal.owntelling import lacking, names_of, tell_answer, tell_form, years_on
from enishi.roles.portal.representatives.pages import FAULTS, PATH
from enishi.roles.portal.representatives.telling import named, numbered
from enishi.roles.portal.settings import PortalSettings
from enishi.roles.portal.source import Source
from enishi.roles.portal.view import Asked, SignedFor
from enishi.roles.portal.visits import Obtained, Visit, Visits
from enishi.sentences.phrase import plain
from enishi.web.csrf import demand_token
from enishi.web.dates import time_in
from enishi.web.form import read_form
from enishi.web.kit import Kit

ONE = PATH + "/{number:int}/data"


class SentAsking(NamedTuple):
    """What is at the card: the request, and the mandate by which it asks."""

    fresh: Fresh
    mandate: MandateShown


class AskingPages:
    """The handlers, in the representative's own session: each request names its mandate, and what comes back stands apart from their own data."""

    def __init__(self, kit: Kit, source: Source, visits: Visits, settings: PortalSettings, clock: Callable[[], int]) -> None:
        """`clock` gives milliseconds UTC."""
        self._kit = kit
        self._source = source
        self._visits = visits
        self._settings = settings
        self._clock = clock
        use = Use("askfor", lambda code, sent: source.redeem(code, sent.begun, sent.kept.fresh.request), self.signed, FAULTS)
        self.way: CardWay[SentAsking, SignedFor] = CardWay(kit, visits, settings, clock, use)

    def routes(self) -> list[Route]:
        """The pages; a path holds the place of a mandate in the reader's own list, and nothing of a person."""
        return [
            Route(ONE, self.places),
            Route(ONE + "/{holder}", self.form),
            Route(ONE + "/{holder}/ask", self.ask, methods=["POST"]),
            Route(PATH + "/answers/{number:int}", self.answer),
        ]

    async def places(self, request: Request) -> Response:
        """Who may be asked for what by this mandate: the same list whoever the principal is."""
        visit, language = self._visits.demand(request, self._clock()), self._kit.language(request)
        mandate = _mandate(visit, request)
        offered = {holder: _offered(visit, mandate, holder) for holder in visit.viewed.held}
        places = [(holder, named(visit, holder, language), names_of(items, language)) for holder, items in offered.items() if items]
        answers = [(number, one) for number, one in reversed(visit.obtained.items()) if one.mandate.id == mandate.id]
        context: dict[str, object] = {
            "by_law": mandate.kind != "voluntary",
            "places": sorted(places, key=lambda place: plain(place[1])),
            "answers": [(number, named(visit, one.answer.holder, language), time_in(one.answer.at_ms, language)) for number, one in answers],
        }
        return self._page(request, visit, "represented.html", mandate, context)

    async def form(self, request: Request) -> Response:
        """What to ask one institution for."""
        return self._form(request, self._visits.demand(request, self._clock()), ())

    async def ask(self, request: Request) -> Response:
        """Send the browser to the issuer with a fresh request that names the mandate, for the representative's own card to sign."""
        form, at_ms = await read_form(request), self._clock()
        demand_token(request, form, self._kit.signer, self._kit.cookie("form"))
        visit = self._visits.demand(request, at_ms)
        mandate = _mandate(visit, request)
        holder, held = _holder(visit, mandate, request)
        choice = choice_of(form, holder, held, years_on(at_ms))
        missing = lacking(choice)
        if missing:
            return self._form(request, visit, missing)
        fresh = begin_own(choice, at_ms, mandate.id)
        way = await self._source.way_in(fresh.begun)
        return self.way.send(visit, fresh.begun, way, authorization_url(way, fresh.request), SentAsking(fresh, mandate))

    async def signed(self, request: Request, visit: Visit, sent: SentAsking, found: SignedFor) -> Response:
        """The browser is back from the card of who is logged in: ask the institution, and show what it says."""
        obtained = Obtained(sent.mandate, await self._source.own(Asked(found.signed, sent.fresh.answer_key)))
        visit.used(sent.mandate.id, self._clock())
        return RedirectResponse(f"{PATH}/answers/{visit.obtain(obtained)}", 303)

    async def answer(self, request: Request) -> Response:
        """What an institution answered."""
        visit, language = self._visits.demand(request, self._clock()), self._kit.language(request)
        obtained = visit.obtained.get(request.path_params["number"])
        if obtained is None:
            raise Unknown("answer-gone")
        context = tell_answer(obtained.answer, self._kit, language, self._settings.law_origin)
        context |= {"holder": named(visit, obtained.answer.holder, language)}
        return self._page(request, visit, "represented_answer.html", obtained.mandate, context)

    def _form(self, request: Request, visit: Visit, missing: tuple[str, ...]) -> Response:
        language, mandate = self._kit.language(request), _mandate(visit, request)
        holder, held = _holder(visit, mandate, request)
        context: dict[str, object] = {"id": holder, "holder": named(visit, holder, language), "missing": missing}
        return self._page(request, visit, "represented_from.html", mandate, context | tell_form(held, language, self._clock()))

    def _page(self, request: Request, visit: Visit, template: str, mandate: MandateShown, context: dict[str, object]) -> Response:
        place = next((number for number, one in numbered(visit) if one.id == mandate.id), 0)
        common: dict[str, object] = {"place": place, "principal": mandate.other, "session_ends": f"{moment(visit.ends_ms):%H:%M}"}
        return self._kit.page(request, template, context | common, 400 if context.get("missing") else 200)


def _mandate(visit: Visit, request: Request) -> MandateShown:
    """One of the reader's own that is there for this; Unknown("mandate-unknown"). Whether it can be used just now, the registrar says."""
    wanted = request.path_params["number"]
    found = next((one for number, one in numbered(visit) if number == wanted and one.role == "representative" and "data" in one.scope), None)
    if found is None:
        raise Unknown("mandate-unknown")
    return found


def _offered(visit: Visit, mandate: MandateShown, holder: str) -> tuple[str, ...]:
    represents, kind = represents_of(mandate.kind), visit.viewed.kinds.get(holder, "")
    return tuple(item for item in visit.viewed.held.get(holder, ()) if may_go(represents, (item,), holder, kind, mandate.institution))


def _holder(visit: Visit, mandate: MandateShown, request: Request) -> tuple[str, tuple[str, ...]]:
    holder = str(request.path_params["holder"])
    offered = _offered(visit, mandate, holder)
    if not offered:
        raise Unknown("institution-unknown", holder[:40], "holder")
    return holder, offered
