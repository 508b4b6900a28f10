"""The card's pages: what is being asked, whose card, the PIN, and back; and the token endpoint for the client."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from secrets import token_bytes
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from enishi import clock
from enishi.card.chip import Cards
from enishi.card.flow import Asked, Client, Desk, Refused, TokenRefused, read_asked
from enishi.card.form import Holder
from enishi.errors import Denied, Fault, Malformed
from enishi.sentences.catalogue import Catalogue
from enishi.web.app import build_app
from enishi.web.cookies import Signer, rules
from enishi.web.csrf import demand_token, seed_of
from enishi.web.dates import day_in
from enishi.web.form import read_form
from enishi.web.kit import Face, Kit
from enishi.web.problems import wants_page

HOME: Final = Path(__file__).parent
SHOWN: Final = 30
"""Cards listed at a time."""
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
            Route("/token", self.token, methods=["POST"]),
            Route("/healthz", _healthy),
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
        context = {"holders": found[:SHOWN], "more": max(0, len(found) - SHOWN), "wanted": wanted} | born
        return self._kit.page(request, "choose.html", self._common(request, asked) | context)

    async def ask_pin(self, request: Request) -> Response:
        """The field for the PIN, under what will be signed."""
        return self._pin_page(request, None)

    async def sign(self, request: Request) -> Response:
        """Sign and go back with a code; a wrong PIN shows the field again with the tries left."""
        asked = self._asked(request)
        form = await read_form(request)
        demand_token(request, form, self._kit.signer, self._kit.cookie("form"))
        card, pin = request.path_params["card"], form.get("pin")
        try:
            # The hash behind the PIN takes its time, which other readers should not wait for.
            signed = await asyncio.to_thread(self._cards.sign, card, pin, asked.request, clock.now_ms())
        except (Denied, Malformed) as fault:
            if fault.field == "pin" and wants_page(request):
                return self._pin_page(request, fault)
            raise
        return RedirectResponse(self._desk.grant(request.path_params["request"], asked, signed, clock.now_ms()), 302)

    async def decline(self, request: Request) -> Response:
        """Go back without a signature."""
        asked = self._asked(request)
        demand_token(request, await read_form(request), self._kit.signer, self._kit.cookie("form"))
        return RedirectResponse(self._desk.decline(request.path_params["request"], asked), 302)

    async def token(self, request: Request) -> Response:
        """RFC 6749 4.1.3: certificate and signature for a code."""
        try:
            form = await _token_fields(request)
            return _json(msgspec.json.encode(self._desk.redeem(form, clock.now_ms())), 200)
        except TokenRefused as refused:
            return _json(msgspec.json.encode({"error": refused.error}), 400)

    def _asked(self, request: Request) -> Asked:
        browser = request.cookies.get(self._kit.cookie("form"), "")
        return self._desk.asked(request.path_params["request"], browser, clock.now_ms())

    def _common(self, request: Request, asked: Asked) -> dict[str, object]:
        name = asked.client.name_en if self._kit.language(request).value == "en" else asked.client.name_ja
        return {
            "client": name,
            "site": urlsplit(asked.redirect_uri).netloc,
            "content": _readable(asked.request),
            "id": request.path_params["request"],
        }

    def _pin_page(self, request: Request, fault: Fault | None) -> Response:
        asked = self._asked(request)
        holder = self._cards.holder(request.path_params["card"])
        context = {"holder": holder, "fault": fault, "hint": holder.pin if self._pins == "shown" else ""}
        return self._kit.page(request, "pin.html", self._common(request, asked) | context, fault.status if fault else 200)


def build_face(cards: Cards, origin: str, clients: dict[str, Client], pins: Pins) -> Starlette:
    """The card's face at an origin such as `http://card.localhost:8401`; cookies are signed under a key that ends with the process."""
    kit = Kit(Face("card", "card", origin), HOME / "templates", Signer(token_bytes(32)), Catalogue("kit", "card"))
    pages = CardPages(kit, cards, Desk(origin, clients), pins)
    targets = sorted({_origin(uri) for client in clients.values() for uri in client.redirect_uris})
    return build_app(kit, pages.routes(), HOME / "static", tuple(targets))


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


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


async def _token_fields(request: Request) -> dict[str, str]:
    try:
        form = await read_form(request)
    except Fault:
        raise TokenRefused("invalid_request") from None
    return {name: form.get(name) for name in ("grant_type", "code", "code_verifier", "client_id", "redirect_uri")}


def _json(body: bytes, status: int) -> Response:
    return Response(body, status, media_type="application/json")


async def _healthy(request: Request) -> Response:
    return Response("ok\n", media_type="text/plain")
