"""Who may ask the card: registered relying parties, their addresses, their scopes, and the keys by which they prove who they are."""

from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from enishi.errors import Misconfigured

SCOPES: Final = ("openid", "name", "address", "birthdate", "gender", "sign")
"""What may be asked for at all, in the words of デジタル認証アプリ."""


class Client(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A relying party: its id, its name for people, the only addresses that a code is sent to, what it may ask for, and its public keys (RFC 7517).

    One without keys is a public client (RFC 6749 2.1): PKCE alone protects its codes.
    """

    id: str
    name_ja: str
    name_en: str
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...] = ("openid",)
    keys: tuple[dict[str, Any], ...] = ()

    @property
    def sector(self) -> str:
        """The host by which a person's `sub` is told apart from that at others (OpenID Connect Core 8.1)."""
        return urlsplit(self.redirect_uris[0]).hostname or self.id


def read_clients(text: str) -> dict[str, Client]:
    """The registered clients from their JSON list; Misconfigured("config-not-in-form") naming the setting."""
    try:
        clients = msgspec.json.decode(text, type=tuple[Client, ...])
        in_form = all(client.redirect_uris and set(client.scopes) <= set(SCOPES) and _one_host(client) for client in clients)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError) as error:
        raise Misconfigured("config-not-in-form", "clients", "clients") from error
    if not in_form:
        raise Misconfigured("config-not-in-form", "clients", "clients")
    return {client.id: client for client in clients}


def _one_host(client: Client) -> bool:
    # A person's `sub` hangs on the host: with two there would be two persons.
    return len({urlsplit(uri).hostname for uri in client.redirect_uris}) == 1
