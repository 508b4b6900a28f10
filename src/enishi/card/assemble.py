"""The card as a process: a face of its own and no door to the mesh."""

from collections.abc import Sequence
from typing import Any, Final, Literal

from enishi.card.chip import Cards
from enishi.card.clients import read_clients
from enishi.card.face import build_face
from enishi.card.issuer import open_issuer
from enishi.errors import Misconfigured
from enishi.mesh.asgi import App
from enishi.mesh.config import RoleConfig
from enishi.mesh.role import Role
from enishi.mesh.rpc import Endpoint

NAME: Final = "card"


class CardRole:
    """Settings: `origin` (http://card.localhost:8401), `clients` (JSON list, `enishi.card.clients`), `pins` (shown or hidden)."""

    def __init__(self, config: RoleConfig) -> None:
        """Read the settings; Misconfigured("config-not-in-form") naming the one at fault."""
        self._config = config
        self._origin = config.settings.get("origin", "").rstrip("/")
        if not self._origin.startswith(("http://", "https://")):
            raise Misconfigured("config-not-in-form", "origin", "origin")
        self._clients = read_clients(config.settings.get("clients", ""))
        self._pins = _pins(config.settings.get("pins", "shown"))
        self._face: App | None = None

    @property
    def name(self) -> str:
        """The word for it."""
        return NAME

    async def start(self) -> None:
        """Read the holders' letters and the issuer's key; Misconfigured("card-data-damaged")."""
        cards = Cards(self._config.data)
        issuer = open_issuer(self._config.data, self._origin, cards.pairing)
        self._face = build_face(cards, issuer, self._clients, self._pins)

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        """None: the card has no part in the mesh."""
        return ()

    def face(self) -> App | None:
        """The pages and the issuer's endpoints."""
        return self._face

    async def after_open(self) -> None:
        """Nothing waits for peers."""

    async def stop(self) -> None:
        """Nothing is open: every file is closed as soon as it is written."""


def build(config: RoleConfig) -> Role:
    """The card of a configuration."""
    return CardRole(config)


def _pins(word: str) -> Literal["shown", "hidden"]:
    if word == "shown":
        return "shown"
    if word == "hidden":
        return "hidden"
    raise Misconfigured("config-not-in-form", "pins", "pins")
