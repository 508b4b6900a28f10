"""The way to the card and back in a session: what was begun there ends there, by the card of the same person, once; then only is it done."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Generic, NamedTuple, Protocol, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from enishi.errors import Fault
from enishi.oidc.relying import Begun
from enishi.roles.portal.login import WayIn
from enishi.roles.portal.settings import PortalSettings
from enishi.roles.portal.visits import Visit, Visits
from enishi.roles.portal.waiting import Waiting, code_of
from enishi.web.kit import Kit


class OfPerson(Protocol):
    """What a card's answer says at least."""

    @property
    def subject(self) -> str:
        """The issuer's name for the person (`sub`)."""
        ...


F = TypeVar("F", bound=OfPerson)
K = TypeVar("K")


class Sent(msgspec.Struct, Generic[K], frozen=True):
    """What a session sent to the card: the sign-in, the issuer as in AtCard, the session's name, and what is kept for the return."""

    begun: Begun
    issuer: str
    session: str
    kept: K


class Faults(NamedTuple):
    """The faults of one use, made where their slugs stand: for another person's card or session (handed the field that shows it), and for a card that
    agreed to nothing (handed the issuer's word)."""

    another: Callable[[str], Fault]
    cancelled: Callable[[str], Fault]


class Use(NamedTuple, Generic[K, F]):
    """One use of the card: the name of its cookie, what a code is exchanged for, what is then done (the page that follows), and its faults."""

    cookie: str
    redeem: Callable[[str, Sent[K]], Awaitable[F]]
    done: Callable[[Request, Visit, K, F], Awaitable[Response]]
    faults: Faults


class CardWay(Generic[K, F]):
    """The way of one use."""

    def __init__(self, kit: Kit, visits: Visits, settings: PortalSettings, clock: Callable[[], int], use: Use[K, F]) -> None:
        """`clock` gives milliseconds UTC."""
        self._visits = visits
        self._clock = clock
        self._use = use
        self._waiting: Waiting[Sent[K]] = Waiting(kit, settings, use.cookie)

    def send(self, visit: Visit, begun: Begun, way: WayIn, address: str, kept: K) -> Response:
        """Send the browser to the issuer, and keep what its return needs."""
        response = RedirectResponse(address, 303)
        self._waiting.put(response, Sent(begun, way.issuer, visit.use.name, kept), self._clock())
        return response

    def awaits(self, request: Request) -> bool:
        """Whether what came back from the issuer answers something that this browser sent on this way."""
        return self._waiting.awaits(request, self._clock())

    async def returned(self, request: Request) -> Response:
        """The browser is back from the card: check session, issuer and whose card it was, and do what was begun."""
        sent = self._waiting.take(request, self._clock())
        visit = self._visits.demand(request, self._clock())
        if sent is None or sent.session != visit.use.name:
            # Another person has logged in here since: what was begun is not theirs.
            raise self._use.faults.another("session")
        found = await self._use.redeem(code_of(request, sent, self._use.faults.cancelled), sent)
        check_subject(found, visit, self._use.faults.another)
        response = await self._use.done(request, visit, sent.kept, found)
        self._waiting.drop(response)
        return response


def check_subject(found: OfPerson, visit: Visit, another: Callable[[str], Fault]) -> None:
    """Raise `another` for somebody else's card: nothing is done in a person's session with another person's card."""
    if not hmac.compare_digest(found.subject.encode(), visit.subject.encode()):
        raise another("sub")
