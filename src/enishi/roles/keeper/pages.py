"""The log's page for people: what the log proves and what not, where it stands, how to check it, and how to be a witness.

Nothing here is believed by anybody who checks: the page says so, and names the commands that do the checking elsewhere.
"""

import base64
from pathlib import Path
from secrets import token_bytes
from typing import Final

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enishi import clock
from enishi.roles.keeper.growth import growth_of, sizes_by_day
from enishi.roles.keeper.log import Log
from enishi.sentences.catalogue import Catalogue
from enishi.sentences.language import Language
from enishi.sentences.phrase import Phrase
from enishi.tlog.checkpoint import Checkpoint, parse_checkpoint
from enishi.tlog.cosign import cosigned_at
from enishi.tlog.note import Note
from enishi.tlog.policy import WitnessPolicy
from enishi.web.app import build_app
from enishi.web.cookies import Signer
from enishi.web.dates import machine_time, time_in
from enishi.web.kit import Face, Kit

HOME: Final = Path(__file__).parent
_MINUTE: Final = 60_000


class Seen(msgspec.Struct, frozen=True):
    """A witness as the page tells of it: its name and key, when it cosigned (empty if it has not), and `fresh`, `stale` or `absent`."""

    name: str
    key: str
    state: str
    when: Phrase
    stamp: str
    ago: Phrase


class LogPages:
    """Tells of one log under one policy."""

    def __init__(self, kit: Kit, log: Log, policy: WitnessPolicy, address: str) -> None:
        """`address` is where readers find the log; it stands in the commands."""
        self._kit = kit
        self._log = log
        self._policy = policy
        self._address = address
        self._sizes: tuple[int, dict[int, int]] = (-1, {})

    async def first(self, request: Request) -> Response:
        """The one page."""
        now_ms, language = clock.now_ms(), self._kit.language(request)
        published = self._log.published
        note = published.cosigned if published else None
        context: dict[str, object] = {
            "address": self._address,
            "log_key": self._log.verifier.encoded,
            "origin": self._log.verifier.name,
            "witnesses": [self._seen(place, note, now_ms, language) for place in range(len(self._policy.witnesses))],
            "keys": "".join(f" \\\n  --witness '{witness.encoded}'" for witness in self._policy.witnesses),
            "needed": self._policy.needed,
            "enough": note is not None and self._policy.weigh(note, now_ms).enough,
            "hours": self._policy.max_age_ms // (60 * _MINUTE),
            "checkpoint": _told(note),
            "growth": growth_of(await self._by_day(), now_ms, language),
        }
        return self._kit.page(request, "log.html", context)

    def _seen(self, place: int, note: Note | None, now_ms: int, language: Language) -> Seen:
        witness = self._policy.witnesses[place]
        at_ms = cosigned_at(note, witness) if note else None
        if note is None or at_ms is None:
            return Seen(witness.name, witness.encoded, "absent", (), "", ())
        fresh = witness.name in self._policy.weigh(note, now_ms).fresh
        ago = self._ago(now_ms - at_ms, language)
        return Seen(witness.name, witness.encoded, "fresh" if fresh else "stale", time_in(at_ms, language), machine_time(at_ms), ago)

    def _ago(self, age_ms: int, language: Language) -> Phrase:
        minutes = age_ms // _MINUTE
        if minutes < 1:
            return self._kit.phrase(language, "log.ago.now")
        if minutes < 60:
            return self._kit.phrase(language, "log.ago.minutes", count=minutes)
        if minutes < 48 * 60:
            return self._kit.phrase(language, "log.ago.hours", count=minutes // 60)
        return self._kit.phrase(language, "log.ago.days", count=minutes // (24 * 60))

    async def _by_day(self) -> dict[int, int]:
        # Counted anew only when the log has grown: anybody may ask for this page as often as they like.
        size = self._log.published.size if self._log.published else 0
        if self._sizes[0] != size:
            self._sizes = size, await self._log.database.read(sizes_by_day)
        return self._sizes[1]


def _told(note: Note | None) -> dict[str, object] | None:
    if note is None:
        return None
    checkpoint: Checkpoint = parse_checkpoint(note.text)
    return {"size": checkpoint.size, "root": base64.b64encode(checkpoint.root).decode(), "note": note.encode().decode()}


def build_pages(log: Log, policy: WitnessPolicy, address: str) -> Starlette:
    """The pages as an application; they have no form, so the key of their cookies may end with the process."""
    kit = Kit(Face("log", "law", address), HOME / "templates", Signer(token_bytes(32)), Catalogue("kit", "log"))
    pages = LogPages(kit, log, policy, address)
    return build_app(kit, [Route("/", pages.first)], HOME / "static")
