"""Who is logged in: pending log-ins and open sessions, in memory only, found by signed cookies."""

import secrets
from typing import Final, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from enishi.errors import Denied, Unauthenticated
from enishi.protocol.mandate import USES, MandateFound, MandateShown
from enishi.protocol.offer import OfferShown
from enishi.roles.portal.cards import Card, cards_of
from enishi.roles.portal.letters.there import LettersThere
from enishi.roles.portal.login import Pending
from enishi.roles.portal.owndata import OwnData
from enishi.roles.portal.settings import PortalSettings
from enishi.roles.portal.view import SignedFor, ViewedLog
from enishi.roles.portal.waiting import Waiting, code_of
from enishi.web.cookies import rules
from enishi.web.kit import Kit
from enishi.web.session import Sessions

MOST_ANSWERS: Final = 20
"""Answers about oneself that one visit keeps; the oldest goes first."""


class Use(msgspec.Struct):
    """What is told of a session where its person sees all of theirs; `name` is what a form calls it by and opens nothing. Times are milliseconds UTC.

    `proven_ms` is when card and PIN were last shown in it.
    """

    name: str
    browser: str
    began_ms: int
    last_ms: int
    proven_ms: int


class Coded(msgspec.Struct, frozen=True):
    """The code of a mandate that was offered in this session, and until when it is good."""

    code: str
    until_ms: int


class Acting(msgspec.Struct, frozen=True):
    """By which mandate a session reads for somebody else, and the name of the own session, which rests meanwhile."""

    mandate: MandateShown
    home: str


class Obtained(msgspec.Struct, frozen=True):
    """What an institution answered a representative, and by which mandate it was asked."""

    mandate: MandateShown
    answer: OwnData


class Made(msgspec.Struct, frozen=True):
    """A leaf that the person made: its time in milliseconds UTC, and how many answers of an official are to come to it."""

    leaf_ms: int
    awaited: int


class Visit(msgspec.Struct, frozen=True):
    """What one log-in was given to read, and until when; what the person handed over, the newest first, to which this session adds.

    `subject` is the issuer's name for the person (`sub`), by which a signature in this session is known to be theirs.
    """

    viewed: ViewedLog
    cards: tuple[Card, ...]
    ends_ms: int
    subject: str
    handed: list[OfferShown]
    use: Use
    answers: dict[int, OwnData] = msgspec.field(default_factory=dict)
    """What institutions answered about the person since the log-in, by number from 1."""

    letters: dict[str, LettersThere] = msgspec.field(default_factory=dict)
    """Institution → the person's letters there, as they were last brought in this session."""

    mandates: list[MandateShown] = msgspec.field(default_factory=list)
    """The person's mandates, the newest first, to which this session adds."""

    codes: dict[bytes, Coded] = msgspec.field(default_factory=dict)
    found: list[MandateFound] = msgspec.field(default_factory=list)
    """What the code is of that was typed last."""

    acting: Acting | None = None
    """Set where this is somebody else's record."""

    obtained: dict[int, Obtained] = msgspec.field(default_factory=dict)
    """What institutions answered about those for whom the person acts, by number from 1."""

    made: list[Made] = msgspec.field(default_factory=list)
    """The leaves of their record that the person made in this session."""

    def keep(self, answer: OwnData) -> int:
        """Keep an answer for the rest of the visit, and return its number."""
        return _kept(self.answers, answer)

    def obtain(self, obtained: Obtained) -> int:
        """The same of what was asked for somebody else."""
        return _kept(self.obtained, obtained)

    def used(self, mandate: bytes, at_ms: int) -> None:
        """What this session did by a mandate stands in its list at once; the registrar's own list comes with the next log-in."""
        self.mandates[:] = [msgspec.structs.replace(one, uses=(at_ms, *one.uses)[:USES]) if one.id == mandate else one for one in self.mandates]


class Visits:
    """The two stores of a portal and their cookies."""

    def __init__(self, kit: Kit, settings: PortalSettings) -> None:
        """Make empty stores."""
        self._kit = kit
        self._settings = settings
        self._logins: Waiting[Pending] = Waiting(kit, settings, "login")
        self._open: Sessions[Visit] = Sessions(settings.session_ms, settings.sessions)

    def wait(self, response: Response, pending: Pending, at_ms: int) -> None:
        """Remember a log-in that goes to the card, for this browser."""
        self._logins.put(response, pending, at_ms)

    def returned(self, request: Request, at_ms: int) -> Pending:
        """The log-in that this browser began, once; faults if it began none, or the answer is not to it (RFC 6749 10.12, RFC 9207)."""
        pending = self._logins.take(request, at_ms)
        if pending is None:
            raise Unauthenticated("login-lost")
        code_of(request, pending, lambda _: Denied("login-cancelled"))
        return pending

    def enter(self, request: Request, response: Response, viewed: ViewedLog, found: SignedFor, at_ms: int) -> None:
        """Open a session under a new id and forget the log-in."""
        ends_ms = at_ms + self._settings.session_ms
        use = Use(secrets.token_urlsafe(12), browser_of(request.headers.get("user-agent", "")), at_ms, at_ms, min(found.proven_ms, at_ms))
        visit = Visit(viewed, cards_of(viewed.shown.records), ends_ms, found.subject, list(viewed.handed), use, mandates=list(viewed.mandates))
        self._set(response, self._open.open(visit, at_ms))
        self._logins.drop(response)

    def act(self, request: Request, response: Response, home: Visit, viewed: ViewedLog, mandate: MandateShown, at_ms: int) -> None:
        """Open a session that reads by a mandate; one's own, which is this browser's now, rests, and ends at its own time."""
        use = Use(secrets.token_urlsafe(12), home.use.browser, at_ms, at_ms, home.use.proven_ms)
        acting = Acting(mandate, self._named(request))
        visit = Visit(viewed, cards_of(viewed.shown.records), at_ms + self._settings.session_ms, home.subject, [], use, acting=acting)
        self._set(response, self._open.open(visit, at_ms))

    def back(self, request: Request, response: Response, at_ms: int) -> None:
        """End a session that reads by a mandate, and go on with one's own."""
        visit = self.reading(request, at_ms)
        if visit is not None and visit.acting is not None:
            self._open.close(self._named(request))
            self._set(response, visit.acting.home)

    def part(self, mandate: bytes, at_ms: int) -> None:
        """End every session that reads by this mandate, and forget what was obtained by it, at once."""
        for name, visit in self._open.every(at_ms):
            if visit.acting is not None and visit.acting.mandate.id == mandate:
                self._open.close(name)
            for number in [number for number, one in visit.obtained.items() if one.mandate.id == mandate]:
                del visit.obtained[number]

    def find(self, request: Request, at_ms: int) -> Visit | None:
        """The open session of this browser, where it is one's own."""
        visit = self.reading(request, at_ms)
        return visit if visit is not None and visit.acting is None else None

    def reading(self, request: Request, at_ms: int) -> Visit | None:
        """The open session of this browser, one's own or one that reads by a mandate."""
        visit = self._open.get(self._named(request), at_ms)
        if visit is not None:
            visit.use.last_ms = max(visit.use.last_ms, at_ms)
        return visit

    def demand(self, request: Request, at_ms: int) -> Visit:
        """One's own open session; Unauthenticated("login-needed") if there is none, Denied("acting-for-another") in one that reads by a mandate."""
        visit = self.demand_reading(request, at_ms)
        if visit.acting is not None:
            raise Denied("acting-for-another")
        return visit

    def demand_reading(self, request: Request, at_ms: int) -> Visit:
        """The open session of either kind, for the two pages that a representative may read; Unauthenticated("login-needed")."""
        visit = self.reading(request, at_ms)
        if visit is None:
            raise Unauthenticated("login-needed")
        return visit

    def leave(self, request: Request, response: Response) -> None:
        """End the session at once; what it held is gone from memory."""
        self._open.close(self._named(request))
        response.delete_cookie(self._kit.cookie("session"), **rules(self._settings.origin))

    def of(self, subject: str, at_ms: int) -> list[Visit]:
        """Every open session of one person, the newest first."""
        return [visit for _, visit in reversed(self._open.every(at_ms)) if visit.subject == subject]

    def end(self, subject: str, names: frozenset[str], at_ms: int) -> int:
        """End these sessions of one person at once; how many there were."""
        ended = [name for name, visit in self._open.every(at_ms) if visit.subject == subject and visit.use.name in names]
        for name in ended:
            self._open.close(name)
        return len(ended)

    def _named(self, request: Request) -> str:
        return self._kit.signer.read("session", request.cookies.get(self._kit.cookie("session"), "")) or ""

    def _set(self, response: Response, name: str) -> None:
        response.set_cookie(self._kit.cookie("session"), self._kit.signer.sign("session", name), **rules(self._settings.origin))


A = TypeVar("A", OwnData, Obtained)


def _kept(answers: dict[int, A], one: A) -> int:
    number = max(answers, default=0) + 1
    answers[number] = one
    if len(answers) > MOST_ANSWERS:
        del answers[min(answers)]
    return number


_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("OPR/", "Opera"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)


def browser_of(agent: str) -> str:
    """A browser's name by its User-Agent, empty for one of no name here; nothing else of that header is kept."""
    return next((name for sign, name in _BROWSERS if sign in agent), "")
