"""The pages for mandates to organisations: consent, the way to the card and back, the person's list, withdrawal at once."""

from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from enishi.clock import moment
from enishi.errors import Denied, Malformed
from enishi.protocol.agent import AgentShown
from enishi.protocol.view import request_digest
from enishi.roles.portal.agents.source import AgentSource
from enishi.roles.portal.agents.telling import AgentTeller, ToldAgent
from enishi.roles.portal.agents.wish import LIST, PATH, AgentWanted, write_mandate
from enishi.roles.portal.cardway import CardWay, Use
from enishi.roles.portal.fresh import Again
from enishi.roles.portal.link import link_in, read_link
from enishi.roles.portal.offer import DocumentSigned, begin, signing_url
from enishi.roles.portal.offerpages import FAULTS
from enishi.roles.portal.offersource import OfferSource
from enishi.roles.portal.settings import PortalSettings
from enishi.roles.portal.view import Name
from enishi.roles.portal.visits import Visit, Visits
from enishi.seal.dsse import Envelope
from enishi.sentences.phrase import plain
from enishi.web.csrf import demand_token
from enishi.web.form import read_form
from enishi.web.kit import Kit

WITHDRAW: Final = f"{LIST}/withdraw"


class AgentPages:
    """The handlers over the registrar's word; the way to the card is that of handing over the number."""

    def __init__(
        self, kit: Kit, offers: OfferSource, agents: AgentSource, settings: PortalSettings, visits: Visits, again: Again, clock: Callable[[], int]
    ) -> None:
        """`offers` knows issuer and affairs, `agents` the rest; `clock` gives milliseconds UTC."""
        self._kit = kit
        self._offers = offers
        self._agents = agents
        self._settings = settings
        self._visits = visits
        self._again = again
        self._clock = clock
        use = Use("agent", lambda code, sent: offers.redeem(code, sent.begun), self.signed, FAULTS)
        self.way: CardWay[Envelope, DocumentSigned] = CardWay(kit, visits, settings, clock, use)

    def routes(self) -> list[Route]:
        """Paths and handlers; no path holds anything of a person, and the way back from the card comes by the log-in's own address."""
        return [
            Route(PATH, self.consent),
            Route(PATH, self.sign, methods=["POST"]),
            Route(LIST, self.listed),
            Route(WITHDRAW, self.withdraw, methods=["POST"]),
        ]

    async def consent(self, request: Request) -> Response:
        """Who wants to act, for what, on which basis, until when, what it may not do; to be signed by who is logged in."""
        wanted, at_ms = read_link(request.query_params.multi_items(), AgentWanted), self._clock()
        told = self._teller(request).wish(wanted, await self._agents.lawful(wanted), wanted.until_ms(at_ms))
        visit = self._visits.find(request, at_ms)
        context = {"told": told, "wanted": wanted, "visit": visit, "card_help": self._settings.card_help}
        return self._kit.page(request, "agent.html", context | _ends(visit), 403 if told.reasons else 200)

    async def sign(self, request: Request) -> Response:
        """Send the browser to the issuer with a fresh mandate for the card to sign."""
        form = await read_form(request)
        demand_token(request, form, self._kit.signer, self._kit.cookie("form"))
        at_ms, wanted = self._clock(), link_in(form, AgentWanted)
        visit, lawful = self._visits.demand(request, at_ms), await self._agents.lawful(wanted)
        told = self._teller(request).wish(wanted, lawful, wanted.until_ms(at_ms))
        if told.reasons:
            raise Denied("agent-without-basis", wanted.agent, "affair")
        envelope = self._agents.sign(write_mandate(wanted, lawful.part, visit.viewed.request, at_ms))
        begun = begin(envelope)
        way = await self._offers.way_in(begun)
        return self.way.send(visit, begun, way, signing_url(way, envelope, plain(told.document)), envelope)

    async def signed(self, request: Request, visit: Visit, mandate: Envelope, found: DocumentSigned) -> Response:
        """The browser is back from the card of who is logged in: bring the mandate to the registrar, show the list."""
        await self._agents.give(mandate, found)
        return RedirectResponse(LIST, 303)

    async def listed(self, request: Request) -> Response:
        """Every organisation that acts or acted for the person, as the registrar knows it now: first what stands, then what is over."""
        visit = self._visits.demand(request, self._clock())
        teller = self._teller(request)
        told = [await self._told(teller, visit, one) for one in await self._agents.listed(_session(visit))]
        standing = [one for one in told if one.state in ("waiting", "standing")]
        context = {"standing": standing, "over": [one for one in told if one not in standing], "fresh": self._again.fresh(visit), "onward": LIST}
        return self._kit.page(request, "agents.html", context | _ends(visit))

    async def withdraw(self, request: Request) -> Response:
        """Withdraw one; asks for the card; in force before the list is shown again."""
        form, at_ms = await read_form(request), self._clock()
        demand_token(request, form, self._kit.signer, self._kit.cookie("form"))
        visit = self._visits.demand(request, at_ms)
        self._again.demand(visit)
        await self._agents.withdraw(_session(visit), read_name(form.get("mandate")))
        return RedirectResponse(LIST, 303)

    async def _told(self, teller: AgentTeller, visit: Visit, one: AgentShown) -> ToldAgent:
        agent, recipient = (visit.viewed.names.get(party, Name(party, party)) for party in (one.agent, one.recipient))
        return teller.given(one, agent, recipient, await self._offers.affair_name(one.affair, one.purpose_item))

    def _teller(self, request: Request) -> AgentTeller:
        return AgentTeller(self._kit.language(request), self._kit.catalogue, self._settings.law_origin)


def read_name(text: str) -> bytes:
    """A reference as a form of ours carries it; Malformed("number-link-malformed")."""
    if len(text) != 32 or not set(text) <= set("0123456789abcdef"):
        raise Malformed("number-link-malformed", field="mandate")
    return bytes.fromhex(text)


def _session(visit: Visit) -> bytes:
    return request_digest(visit.viewed.request)


def _ends(visit: Visit | None) -> dict[str, object]:
    return {"session_ends": f"{moment(visit.ends_ms):%H:%M}" if visit else None}
