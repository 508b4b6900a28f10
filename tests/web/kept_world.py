"""A portal that keeps things between visits, a card that is shown again, a post that answers as it is told, and the public log as files."""

import re
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.types import ASGIApp

from enishi.encoding import digest
from enishi.errors import Unavailable
from enishi.oidc.text import b64url
from enishi.roles.portal.face import build_face
from enishi.roles.portal.keeping import Keeping, open_keeping
from enishi.roles.portal.kept.consents import Consent
from enishi.roles.portal.kept.left import LABELS
from enishi.roles.portal.notices.counting import SETTLE_MS
from enishi.roles.portal.notices.mails import Composer
from enishi.roles.portal.notices.post import Taken
from enishi.roles.portal.notices.sending import Errand
from enishi.roles.portal.notices.watching import Watching
from enishi.roles.portal.settings import PortalSettings
from enishi.seal.sign import SigningKey
from enishi.sentences.catalogue import Catalogue
from enishi.tlog.checkpoint import Checkpoint, sign_checkpoint
from enishi.tlog.labels import label, person_key
from enishi.tlog.leaf import Leaf, LeafKind, encode_leaf
from enishi.tlog.note import Verifier
from enishi.tlog.tiles import WIDTH, encode_bundle, parse_path
from enishi.tlog.tree import leaf_hash, root_of
from enishi.web.cookies import Signer
from web.asgi import Answer, Browser
from web.portal_world import CARD, NOW, Hand, log_in, token_in
from web.smalllog import DAY, SmallLog, SmallSource, story

KEY = bytes(range(32))
ISSUER = CARD
SENDER = "enishi@city.example"
ADDRESS = "mori@mail.example"
MINUTE = 60 * 1000
ONE_CLICK = b"List-Unsubscribe=One-Click"
BANK = Consent(
    source="011002",
    recipient="client-7",
    recipient_name="さっぽろ<b>銀行",
    items=("local_tax",),
    purpose="住宅ローンの審査",
    from_ms=NOW - DAY,
    until_ms=NOW + 30 * DAY,
)


class Letterbox:
    """A post that keeps what it takes, and answers as it is told."""

    def __init__(self) -> None:
        """It takes everything."""
        self.taken: list[EmailMessage] = []
        self.tried: list[EmailMessage] = []
        self.answer = Taken.SENT

    async def send(self, message: EmailMessage) -> Taken:
        """Take one or not."""
        self.tried.append(message)
        if self.answer is Taken.SENT:
            self.taken.append(message)
        return self.answer


class PublicLog:
    """The files of a log that grows, under a key of its own."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.key = SigningKey.from_bytes(bytes(range(64, 96)))
        self.leaves: list[bytes] = []
        self.fetched: list[str] = []

    @property
    def verifier(self) -> Verifier:
        """Its key."""
        return Verifier("log.example/enishi", self.key.public)

    def add(self, labelled: bytes, kind: LeafKind, at_ms: int = NOW) -> None:
        """Append a leaf."""
        self.leaves.append(encode_leaf(Leaf(1, 1, at_ms, kind, labelled, digest("test", labelled))))

    async def fetch(self, path: str) -> bytes:
        """A file of it."""
        self.fetched.append(path)
        if path == "checkpoint":
            hashes = [leaf_hash(leaf) for leaf in self.leaves]
            return sign_checkpoint(Checkpoint("log.example/enishi", len(hashes), root_of(hashes)), self.key).encode()
        tile = parse_path(path)
        found = self.leaves[tile.index * WIDTH : tile.index * WIDTH + tile.width]
        if len(found) != tile.width:
            raise Unavailable("peer-unreachable", "log")
        return encode_bundle(found)


class KeptTown:
    """Everything around one portal, over a database that outlives it."""

    def __init__(self, folder: Path, log: SmallLog | None = None) -> None:
        """Start it."""
        self.path = folder / "portal.db"
        self.clock = Hand()
        self.source = SmallSource(log or SmallLog(story()))
        self.source.proven_ms = NOW
        self.post, self.log = Letterbox(), PublicLog()
        self.settings = PortalSettings(origin="http://portal.localhost:8400", login_origins=(CARD,), cookie_key=bytes(32), mails=True)
        self.open()

    def open(self) -> None:
        """Start the portal on what the database holds."""
        self.keeping: Keeping = open_keeping(self.path, KEY, ISSUER)
        self.app: ASGIApp = build_face(self.source, self.settings, self.clock, keeping=self.keeping)
        composer = Composer(self.settings.origin, SENDER, Signer(self.settings.cookie_key), Catalogue("notices"))
        watching = Watching(self.keeping.shelf, self.log.verifier, self.log.fetch, self.clock)
        self.errand = Errand(self.keeping.shelf, watching, composer, self.post, self.clock)

    def close(self) -> None:
        """Stop it."""
        self.keeping.shelf.database.close_now()

    @property
    def person(self) -> bytes:
        """Whose row is that of the source's subject."""
        return self.keeping.shelf.person(self.source.subject)

    async def browser(self, **how: Any) -> Browser:
        """A browser that is logged in."""
        browser = Browser(self.app, **how)
        await log_in(browser)
        return browser

    async def confirmed(self, browser: Browser, mode: str = "at-once", address: str = ADDRESS) -> None:
        """Choose mails and type the code in."""
        assert (await press(browser, "/notices", "/notices/mail", {"address": address, "mode": mode})).status == 303
        await self.errand.send()
        assert (await press(browser, "/notices", "/notices/confirm", {"code": code_in(self.post.taken[-1])})).status == 303

    async def watched(self, browser: Browser, mode: str = "at-once", key: bytes | None = None) -> None:
        """The same, with the labels that the browser would hand in."""
        await self.confirmed(browser, mode)
        assert (await hand_in(browser, key or self.source.log.kt, len(self.source.log.records))).status == 303
        # Both logs are one in truth: the public one has as many leaves as the view said.
        stranger = person_key(bytes(32), b"stranger")
        while len(self.log.leaves) < len(self.source.log.leaves):
            self.log.add(label(stranger, len(self.log.leaves)), LeafKind.INTENT)

    def next_label(self, n: int = 0) -> bytes:
        """The person's n-th label after those of their records."""
        return label(self.source.log.kt, len(self.source.log.records) + n)


def code_in(message: EmailMessage) -> str:
    """The code of a mail."""
    found = re.search(r"\b[0-9]{8}\b", words_of(message))
    assert found
    return found[0]


def words_of(message: EmailMessage) -> str:
    """The text of a mail."""
    return str(message.get_content())


def ahead(key: bytes, count: int) -> str:
    """The labels as the browser sends them."""
    return b64url(b"".join(label(key, count + i) for i in range(LABELS)))


async def hand_in(browser: Browser, key: bytes, count: int) -> Answer:
    """Hand in the labels from a count on."""
    return await press(browser, "/notices", "/notices/labels", {"labels": ahead(key, count)})


async def press(browser: Browser, page: str, target: str, fields: dict[str, str]) -> Answer:
    """Post a form of a page."""
    token = token_in((await browser.get(page)).text)
    return await browser.post(target, {"form_token": token, **fields})


async def show_card(browser: Browser, page: str = "/notices", onward: str = "/notices") -> Answer:
    """Show the card once more; the answer of the way back."""
    answer = await press(browser, page, "/again", {"onward": onward})
    query = parse_qs(urlsplit(answer.header("location")).query)
    assert (query["prompt"], query["max_age"]) == (["login"], ["300"])
    return await browser.get(f"/callback?code=again&state={query['state'][0]}&iss={CARD}")


async def mail_of_news(town: KeptTown) -> EmailMessage:
    """The mail of one new record."""
    await town.watched(await town.browser())
    town.post.taken.clear()
    town.log.add(town.next_label(), LeafKind.INTENT, NOW)
    town.clock.at_ms += SETTLE_MS
    await town.errand.turn()
    return town.post.taken[0]


def stop_of(mail: EmailMessage) -> str:
    """The path of a mail's own link, which its text has, too."""
    address = str(mail["List-Unsubscribe"]).strip("<>")
    assert address in words_of(mail)
    return urlsplit(address).path
