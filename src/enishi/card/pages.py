"""The card's pages: what is being asked, whose card, the PIN, and back; and what to do when a card cannot be used."""

import asyncio
from collections.abc import Sequence
from typing import Final, Literal
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from enishi import clock
from enishi.card.asking import Asked, Refused, read_asked
from enishi.card.authority import Use
from enishi.card.chip import Cards
from enishi.card.desk import Desk, Granted
from enishi.card.form import Holder
from enishi.card.help import HELP, STATE_OF, Case
from enishi.errors import Denied, Fault, Malformed, Unknown
from enishi.web.cookies import rules
from enishi.web.csrf import demand_token, seed_of
from enishi.web.dates import day_in
from enishi.web.form import read_form
from enishi.web.kit import Kit
from enishi.web.problems import wants_page

SHOWN: Final = 30
"""Cards listed at a time."""
READERS: Final = ("phone", "reader")
"""How a card is presented: held to a phone, or put into a card reader."""
Pins = Literal["shown", "hidden"]


class CardPages:
    """The handlers of the card's face."""

    def __init__(self, kit: Kit, cards: Cards, desk: Desk, pins: Pins) -> None:
        """Take the page kit, the cards, the desk of open requests, and whether the letters' PINs are shown beside the field."""
        self._kit = kit
        self._cards = cards
        self._desk = desk
        self._pins = pins

    def routes(self) -> list[Route]:
        """Paths and handlers."""
        return [
            Route("/", self.home),
            Route("/authorize", self.authorize),
            Route("/requests/{request}", self.choose),
            Route("/requests/{request}/decline", self.decline, methods=["POST"]),
            Route("/requests/{request}/cards/{card}", self.ask_pin),
            Route("/requests/{request}/cards/{card}", self.sign, methods=["POST"]),
            Route("/help", self.helps),
            Route("/help/{case}", self.help),
        ]

    async def home(self, request: Request) -> Response:
        """What this is, for somebody who comes without a request."""
        return self._kit.page(request, "home.html", {"count": len(self._cards.holders)})

    async def authorize(self, request: Request) -> Response:
        """RFC 6749 4.1.1: take a request, tie it to this browser, and go on to the choice of a card."""
        browser = seed_of(request, self._kit.cookie("form"))
        asked = read_asked(request.query_params.multi_items(), self._desk.clients, browser)
        if isinstance(asked, Refused):
            return RedirectResponse(self._desk.refuse(asked), 302)
        response = RedirectResponse(f"/requests/{self._desk.wait(asked, clock.now_ms())}", 303)
        response.set_cookie(self._kit.cookie("form"), browser, **rules(self._kit.face.origin))
        return response

    async def choose(self, request: Request) -> Response:
        """The list of cards, searchable by name or reading."""
        asked, wanted = self._asked(request), request.query_params.get("q", "").strip()[:40]
        found = _matching(self._cards.holders, wanted)
        language = self._kit.language(request)
        # A birthday tells two people of one name apart; an address does too, but some of them are protected.
        born = {"born": lambda holder: day_in(holder.born_on, language)}
        context = {"told": self._pins == "shown", "holders": found[:SHOWN], "more": max(0, len(found) - SHOWN), "wanted": wanted} | born
        return self._kit.page(request, "choose.html", self._common(request, asked) | context)

    async def ask_pin(self, request: Request) -> Response:
        """The field for the PIN, under what will be signed and handed over."""
        return self._pin_page(request, None)

    async def sign(self, request: Request) -> Response:
        """Sign and go back with a code; a wrong PIN shows the field again with the tries left, a card that is no good says why and what to do."""
        asked = self._asked(request)
        form = await read_form(request)
        demand_token(request, form, self._kit.signer, self._kit.cookie("form"))
        card, at_ms = request.path_params["card"], clock.now_ms()
        try:
            # The hash behind the PIN takes its time, which other readers should not wait for.
            signed = await asyncio.to_thread(self._cards.sign, card, form.get("pin"), asked.signed_bytes, at_ms, asked.use)
        except (Denied, Malformed) as fault:
            if not wants_page(request):
                raise
            return self._refused(request, asked, fault)
        return RedirectResponse(self._desk.grant(request.path_params["request"], Granted(asked, card, signed, at_ms)), 302)

    async def decline(self, request: Request) -> Response:
        """Go back without a signature."""
        asked = self._asked(request)
        demand_token(request, await read_form(request), self._kit.signer, self._kit.cookie("form"))
        return RedirectResponse(self._desk.decline(request.path_params["request"], asked), 302)

    async def helps(self, request: Request) -> Response:
        """Everything that may be amiss with a card."""
        return self._kit.page(request, "helps.html", {"cases": HELP})

    async def help(self, request: Request) -> Response:
        """One of them: what it means, what to do, what to bring, what the counter does."""
        case = HELP.get(request.path_params["case"])
        if case is None:
            raise Unknown("page-unknown")
        return self._kit.page(request, "help.html", {"case": case, "id": ""})

    def _asked(self, request: Request) -> Asked:
        browser = request.cookies.get(self._kit.cookie("form"), "")
        return self._desk.asked(request.path_params["request"], browser, clock.now_ms())

    def _common(self, request: Request, asked: Asked) -> dict[str, object]:
        name = asked.client.name_en if self._kit.language(request).value == "en" else asked.client.name_ja
        by = request.query_params.get("by", "")
        return {
            "client": name,
            "site": urlsplit(asked.redirect_uri).netloc,
            "asked": asked,
            "content": _readable(asked.request),
            "id": request.path_params["request"],
            "by": by if by in READERS else READERS[0],
            "readers": READERS,
        }

    def _refused(self, request: Request, asked: Asked, fault: Fault) -> Response:
        case = _case_of(fault)
        if case is not None:
            return self._kit.page(request, "help.html", self._common(request, asked) | {"case": case}, fault.status)
        if fault.field != "pin":
            raise fault
        return self._pin_page(request, fault)

    def _pin_page(self, request: Request, fault: Fault | None) -> Response:
        asked = self._asked(request)
        holder = self._cards.holder(request.path_params["card"])
        secret = holder.pin if asked.use is Use.AUTHENTICATION else holder.password
        context = {"holder": holder, "fault": fault, "hint": secret if self._pins == "shown" else ""}
        return self._kit.page(request, "pin.html", self._common(request, asked) | context, fault.status if fault else 200)


def _case_of(fault: Fault) -> Case | None:
    return HELP.get(STATE_OF.get(fault.code, ""))


def _matching(holders: Sequence[Holder], wanted: str) -> list[Holder]:
    words = wanted.split()
    return [holder for holder in holders if all(word in holder.name or word in holder.name_kana for word in words)]


def _readable(request: bytes) -> str:
    """The bytes as text where they are some, else in hexadecimal: the holder sees exactly what is signed."""
    try:
        text = request.decode()
    except UnicodeDecodeError:
        return request.hex(" ")
    return text if text.isprintable() else request.hex(" ")
