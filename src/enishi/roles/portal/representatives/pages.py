"""代理人: who acts for me and for whom I act; offering a mandate, taking one on by its code, ending one."""

from collections.abc import Callable
from secrets import token_bytes
from typing import Final, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from enishi.clock import moment
from enishi.errors import Denied, Malformed, Unknown
from enishi.protocol.declared import FACE
from enishi.protocol.mandate import (
    MandateAcceptance,
    MandateEnd,
    MandateFind,
    MandateFound,
    MandateOffer,
    MandateShown,
    Scope,
)
from enishi.protocol.view import request_digest
from enishi.roles.portal.cardway import CardWay, Faults, Use
from enishi.roles.portal.fresh import Again
from enishi.roles.portal.offer import DocumentSigned, begin, signing_url
from enishi.roles.portal.representatives.telling import last_day, numbered, tell
from enishi.roles.portal.representatives.there import MandateSource
from enishi.roles.portal.settings import PortalSettings
from enishi.roles.portal.visits import Coded, Visit, Visits
from enishi.seal.dsse import Envelope
from enishi.sentences.phrase import plain
from enishi.web.csrf import demand_token
from enishi.web.form import Form, read_form
from enishi.web.kit import Kit

PATH: Final = "/representatives"
DAY_MS: Final = 24 * 3600 * 1000
SCOPES: Final[tuple[Scope, ...]] = ("records", "data")
LASTS: Final = {"1": 30, "3": 91, "6": 182, "12": 365}
"""Months that the form offers → days."""
FAULTS: Final = Faults(lambda field: Denied("mandate-of-another-person", "", field), lambda _: Denied("login-cancelled"))


class SentDeclaration(msgspec.Struct, frozen=True):
    """A declaration that is at the card: an offer, or an acceptance."""

    declared: Envelope
    accepts: bool


class MandatePages:
    """The handlers over one source, beside the sessions of the portal."""

    def __init__(self, kit: Kit, source: MandateSource, visits: Visits, again: Again, settings: PortalSettings, clock: Callable[[], int]) -> None:
        """`clock` gives milliseconds UTC."""
        self._kit = kit
        self._source = source
        self._visits = visits
        self._again = again
        self._clock = clock
        use = Use("mandate", lambda code, sent: source.redeem(code, sent.begun), self.signed, FAULTS)
        self.way: CardWay[SentDeclaration, DocumentSigned] = CardWay(kit, visits, settings, clock, use)

    def routes(self) -> list[Route]:
        """Paths and handlers; no path holds anything of a person, and the way back from the card comes by the log-in's own address."""
        return [
            Route(PATH, self.listed),
            Route(f"{PATH}/offer", self.offer, methods=["POST"]),
            Route(f"{PATH}/code", self.code),
            Route(f"{PATH}/find", self.find, methods=["POST"]),
            Route(f"{PATH}/accept", self.found),
            Route(f"{PATH}/accept", self.accept, methods=["POST"]),
            Route(f"{PATH}/end", self.end, methods=["POST"]),
        ]

    async def listed(self, request: Request) -> Response:
        """Both lists, and both forms."""
        visit, language = self._visits.demand(request, self._clock()), self._kit.language(request)
        told = [tell(number, one, visit, language) for number, one in numbered(visit)]
        mine = [one for one in told if one.role == "principal"]
        theirs = [one for one in told if one.role == "representative"]
        context: dict[str, object] = {"mine": mine, "theirs": theirs, "lasts": tuple(LASTS), "scopes": SCOPES, "fresh": self._again.fresh(visit)}
        return self._page(request, visit, "representatives.html", context)

    async def offer(self, request: Request) -> Response:
        """Send the principal to the issuer with a fresh declaration for the card to sign."""
        form, visit, at_ms = await self._wanted(request)
        days, scope = LASTS.get(form.get("lasts")), tuple(one for one in SCOPES if form.get(one))
        if days is None or not scope:
            raise Malformed("mandate-wrong", "until, scope", "lasts")
        until_ms = at_ms + days * DAY_MS
        offer = MandateOffer(v=1, face=FACE, scope=scope, until_ms=until_ms, session=_session(visit), nonce=token_bytes(16), at_ms=at_ms)
        name = self._document(request, "offer", scope, until_ms)
        return await self._to_card(visit, offer, name)

    async def code(self, request: Request) -> Response:
        """The code of what was just offered; it stands in this session and nowhere else."""
        visit, language = self._visits.demand(request, self._clock()), self._kit.language(request)
        told = [(tell(number, one, visit, language), visit.codes[one.id]) for number, one in numbered(visit) if one.id in visit.codes]
        shown = [(one, coded.code, last_day(coded.until_ms, language)) for one, coded in told if one.state == "offered"]
        return self._page(request, visit, "representatives_code.html", {"codes": shown})

    async def find(self, request: Request) -> Response:
        """Look up the code that somebody typed."""
        form, visit, _ = await self._wanted(request)
        found = await self._source.find(MandateFind(_session(visit), form.get("code")[:40]))
        visit.found[:] = [found]
        return RedirectResponse(f"{PATH}/accept", 303)

    async def found(self, request: Request) -> Response:
        """For whom, in what, until when; to be signed."""
        visit = self._visits.demand(request, self._clock())
        found = _found(visit)
        context: dict[str, object] = {
            "principal": found.principal,
            "scope": found.scope,
            "until": last_day(found.until_ms, self._kit.language(request)),
        }
        return self._page(request, visit, "representatives_accept.html", context)

    async def accept(self, request: Request) -> Response:
        """Send the representative to the issuer with a fresh acceptance for the card to sign."""
        _, visit, at_ms = await self._wanted(request)
        found = _found(visit)
        acceptance = MandateAcceptance(
            v=1, face=FACE, mandate=found.mandate, offer=found.offer, session=_session(visit), nonce=token_bytes(16), at_ms=at_ms
        )
        name = self._document(request, "accept", found.scope, found.until_ms)
        return await self._to_card(visit, acceptance, name)

    async def end(self, request: Request) -> Response:
        """End one, as principal or representative; asks for the card. It is over before the page says so."""
        form, visit, at_ms = await self._wanted(request)
        self._again.demand(visit)
        number = form.get("number")
        place = next((place for place, (own, _) in enumerate(numbered(visit)) if str(own) == number), None)
        if place is None:
            raise Unknown("mandate-unknown")
        ended = await self._source.end(MandateEnd(_session(visit), visit.mandates[place].id))
        visit.mandates[place] = ended
        visit.codes.pop(ended.id, None)
        # Whoever reads by it right now reads no further page.
        self._visits.part(ended.id, at_ms)
        return RedirectResponse(PATH, 303)

    async def signed(self, request: Request, visit: Visit, sent: SentDeclaration, found: DocumentSigned) -> Response:
        """The browser is back from the card of who is logged in: bring the declaration to the registrar, show what it made."""
        if sent.accepts:
            _keep(visit, await self._source.accept(sent.declared, found))
            visit.found.clear()
            return RedirectResponse(PATH, 303)
        made = await self._source.offer(sent.declared, found)
        _keep(visit, made.mandate)
        visit.codes[made.mandate.id] = Coded(made.code, made.code_until_ms)
        return RedirectResponse(f"{PATH}/code", 303)

    async def _to_card(self, visit: Visit, form: MandateOffer | MandateAcceptance, name: str) -> Response:
        declared = self._source.sign(form)
        begun = begin(declared)
        way = await self._source.way_in(begun)
        sent = SentDeclaration(declared, isinstance(form, MandateAcceptance))
        return self.way.send(visit, begun, way, signing_url(way, declared, name), sent)

    async def _wanted(self, request: Request) -> tuple[Form, Visit, int]:
        form, at_ms = await read_form(request), self._clock()
        demand_token(request, form, self._kit.signer, self._kit.cookie("form"))
        return form, self._visits.demand(request, at_ms), at_ms

    def _document(self, request: Request, what: Literal["offer", "accept"], scope: tuple[Scope, ...], until_ms: int) -> str:
        """What the card's page calls what is signed: which declaration, for what, until when."""
        language = self._kit.language(request)
        may = plain(self._kit.phrase(language, f"representatives.document.{'.'.join(sorted(scope, reverse=True))}"))
        return plain(self._kit.phrase(language, f"representatives.document.{what}", scope=may, day=last_day(until_ms, language)))

    def _page(self, request: Request, visit: Visit, template: str, context: dict[str, object]) -> Response:
        return self._kit.page(request, template, context | {"session_ends": f"{moment(visit.ends_ms):%H:%M}"})


def _session(visit: Visit) -> bytes:
    return request_digest(visit.viewed.request)


def _found(visit: Visit) -> MandateFound:
    if not visit.found:
        raise Denied("mandate-code-wrong", "", "code")
    return visit.found[0]


def _keep(visit: Visit, one: MandateShown) -> None:
    visit.mandates[:] = [one, *(other for other in visit.mandates if other.id != one.id)]
