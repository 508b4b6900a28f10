"""Wiring of the portal: pages, issuer, registrar, exchange, and what people chose to leave here.  A session lives in memory and ends with it."""

import asyncio
import contextlib
import secrets
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from enishi.clock import now_ms
from enishi.law.tables import load
from enishi.mesh.asgi import App
from enishi.mesh.client import MeshClient
from enishi.mesh.config import RoleConfig, peer
from enishi.mesh.doors import Door
from enishi.mesh.patience import patiently
from enishi.mesh.registry import Registry
from enishi.mesh.rpc import Endpoint
from enishi.mesh.tls import Credentials
from enishi.oidc.relying import RelyingParty
from enishi.oidc.tokens import TokenKey
from enishi.protocol.legal import policy_of
from enishi.protocol.wire import Empty, SnapshotReply
from enishi.roles.portal.agents.source import MeshedAgents
from enishi.roles.portal.face import build_face
from enishi.roles.portal.issuer import fetch as fetch_issuer
from enishi.roles.portal.keeping import Keeping, open_keeping
from enishi.roles.portal.letters.commissionsource import MeshedCommission
from enishi.roles.portal.meshed import MeshedSource, Pinned
from enishi.roles.portal.notices.mails import Composer
from enishi.roles.portal.notices.post import MailServer, SmtpPost, read_server
from enishi.roles.portal.notices.sending import Errand
from enishi.roles.portal.notices.watching import Watching, public_log
from enishi.roles.portal.offersource import Issuing, MeshedOffers, Reading
from enishi.roles.portal.representatives.there import MeshedMandates
from enishi.roles.portal.settings import PortalSettings, read_commission_key, read_party
from enishi.seal.sign import SigningKey
from enishi.sentences.catalogue import Catalogue
from enishi.store.keyring import Keyring
from enishi.tlog.note import parse_verifier
from enishi.web.cookies import Signer


class Portal:
    """The portal as a process."""

    name = "portal"

    def __init__(self, config: RoleConfig) -> None:
        """`settings`: origin, issuer, log_key, witness_keys (comma separated), threshold, perhaps client_id, acr, issuer_keys, login_origins (comma
        separated), card_help, law_origin, sign_acr, revocation_list (the address of the card authority's), log (that of the
        public log), commission_key (base64, with the peer oversight); `peers`: exchange, registrar, perhaps oversight. `mail.json` in the portal's
        folder names a mail server, where there is one."""
        self._config = config
        self._client: MeshClient | None = None
        self._registry: Registry | None = None
        self._face: App | None = None
        self._keeping: Keeping | None = None
        self._errand: Errand | None = None
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read the keys and make the pages."""
        keys, settings = Keyring(self._config.data / "keys"), self._config.settings
        self._client = MeshClient(Credentials(self._config.tls))
        exchange = Door(self._client, peer(self._config, "exchange"), "exchange")
        registrar = Door(self._client, peer(self._config, "registrar"), "registrar")

        async def fetch() -> SnapshotReply:
            return await exchange.call("/exchange/snapshot", Empty(), SnapshotReply)

        self._registry = Registry(self._config.data, fetch)
        self._registry.load()
        pinned = Pinned(settings["log_key"], tuple(settings["witness_keys"].split(",")), int(settings["threshold"]))
        key = SigningKey.from_bytes(keys.get("signing"))
        party, token_key = read_party(settings), TokenKey(keys.get("client"))
        relying = RelyingParty(party, fetch_issuer, token_key)
        signing = RelyingParty(msgspec.structs.replace(party, acr=settings.get("sign_acr", "")), fetch_issuer, token_key)
        source = MeshedSource(relying, registrar, exchange, self._registry, key, pinned)
        server = read_server(self._config.data / "mail.json")
        chosen = PortalSettings(
            origin=settings["origin"],
            login_origins=tuple(settings.get("login_origins", _origin(settings["issuer"])).split(",")),
            law_origin=settings.get("law_origin"),
            card_help=settings.get("card_help"),
            cookie_key=keys.get("cookie"),
            mails=server is not None and bool(settings.get("log")),
        )
        # Made here where a folder of an earlier version has none.
        keeping = open_keeping(self._config.data / "portal.db", keys.get_or_make("kept", lambda: secrets.token_bytes(32)), party.issuer)
        self._keeping, self._errand = keeping, _errand(settings, keys, keeping, server)
        law = Reading(load, policy_of(self._config.proposals, self._config.law_edge), self._config.on)
        issuing = Issuing(signing, settings.get("revocation_list", f"{party.issuer}/revoked.crl"), fetch_issuer)
        offers = MeshedOffers(issuing, registrar, self._registry, key, law)
        agents = MeshedAgents(offers.revocation_list, registrar, self._registry, key, law)
        commission = self._commission(settings.get("commission_key", ""))
        mandates = MeshedMandates(offers, issuing, registrar, self._registry, key)
        self._face = build_face(source, chosen, offers=offers, keeping=keeping, commission=commission, agents=agents, mandates=mandates)

    def _commission(self, key: str) -> MeshedCommission | None:
        # An installation that names no commission offers no letters to it, and its pages do not speak of them.
        if not key or "oversight" not in self._config.peers or self._client is None:
            return None
        return MeshedCommission(Door(self._client, peer(self._config, "oversight"), "oversight"), read_commission_key(key))

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        """None: nobody calls the portal but browsers."""
        return ()

    def face(self) -> App | None:
        """The citizen's pages."""
        return self._face

    async def after_open(self) -> None:
        """Fetch the registry, for the names it shows and the keys it checks cards with."""
        assert self._registry is not None
        await patiently(self._registry.refresh)
        if self._errand is not None:
            self._running = asyncio.create_task(self._errand.run())

    async def stop(self) -> None:
        """End the errand, close client and database."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
        if self._keeping is not None:
            await self._keeping.shelf.database.close()
        if self._client is not None:
            await self._client.close()


def _errand(settings: dict[str, str], keys: Keyring, keeping: Keeping, server: MailServer | None) -> Errand | None:
    """What watches the log and mails, where both are configured."""
    log = settings.get("log", "")
    if server is None or not log:
        return None
    password = keys.get("mail_password").decode().strip() if server.user else ""
    watching = Watching(keeping.shelf, parse_verifier(settings["log_key"]), public_log(log), now_ms)
    composer = Composer(settings["origin"], server.sender, Signer(keys.get("cookie")), Catalogue("notices"))
    return Errand(keeping.shelf, watching, composer, SmtpPost(server, password), now_ms)


def _origin(issuer: str) -> str:
    parts = urlsplit(issuer)
    return f"{parts.scheme}://{parts.netloc}"


def build(config: RoleConfig) -> Portal:
    """The role for a configuration."""
    return Portal(config)
