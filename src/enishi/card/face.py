"""The card's face: its pages and the issuer's endpoints as one application."""

from pathlib import Path
from secrets import token_bytes
from typing import Final
from urllib.parse import urlsplit

from starlette.applications import Starlette

from enishi.card.chip import Cards
from enishi.card.clients import Client
from enishi.card.desk import Desk
from enishi.card.endpoints import Endpoints
from enishi.card.issuer import Issuer
from enishi.card.pages import CardPages, Pins
from enishi.sentences.catalogue import Catalogue
from enishi.web.app import build_app
from enishi.web.cookies import Signer
from enishi.web.kit import Face, Kit

HOME: Final = Path(__file__).parent


def build_face(cards: Cards, issuer: Issuer, clients: dict[str, Client], pins: Pins) -> Starlette:
    """The card's face at the issuer's origin, such as `http://card.localhost:8401`; cookies are signed under a key that ends with the process."""
    kit = Kit(Face("card", "card", issuer.origin), HOME / "templates", Signer(token_bytes(32)), Catalogue("kit", "card"))
    desk = Desk(issuer, clients)
    routes = [*CardPages(kit, cards, desk, pins).routes(), *Endpoints(cards, desk).routes()]
    targets = sorted({_origin(uri) for client in clients.values() for uri in client.redirect_uris})
    return build_app(kit, routes, HOME / "static", tuple(targets))


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"
