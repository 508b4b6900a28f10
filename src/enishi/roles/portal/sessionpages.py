"""ログイン中の端末: every open session of the person who is logged in, and the end of any of them."""

from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from enishi.clock import moment
from enishi.roles.portal.fresh import Again
from enishi.roles.portal.visits import Visits
from enishi.sentences.phrase import Phrase
from enishi.web.csrf import demand_token
from enishi.web.dates import machine_time, time_in
from enishi.web.form import read_form
from enishi.web.kit import Kit


class Session(msgspec.Struct, frozen=True):
    """One row: `mine` is the one that reads the page."""

    name: str
    browser: str
    began: Phrase
    began_stamp: str
    last: Phrase
    last_stamp: str
    mine: bool


class SessionPages:
    """The handlers over the portal's sessions, which stand in memory alone."""

    def __init__(self, kit: Kit, visits: Visits, again: Again, clock: Callable[[], int]) -> None:
        """`clock` gives milliseconds UTC."""
        self._kit = kit
        self._visits = visits
        self._again = again
        self._clock = clock

    def routes(self) -> list[Route]:
        """The page and its one act."""
        return [Route("/sessions", self.listed), Route("/sessions/end", self.end, methods=["POST"])]

    async def listed(self, request: Request) -> Response:
        """One's open sessions, the newest first."""
        at_ms, language = self._clock(), self._kit.language(request)
        visit = self._visits.demand(request, at_ms)
        rows = [
            Session(
                one.use.name,
                one.use.browser,
                time_in(one.use.began_ms, language),
                machine_time(one.use.began_ms),
                time_in(one.use.last_ms, language),
                machine_time(one.use.last_ms),
                one is visit,
            )
            for one in self._visits.of(visit.subject, at_ms)
        ]
        context: dict[str, object] = {"sessions": rows, "fresh": self._again.fresh(visit), "session_ends": f"{moment(visit.ends_ms):%H:%M}"}
        return self._kit.page(request, "sessions.html", context)

    async def end(self, request: Request) -> Response:
        """End one other session, or all others; one's own ends by logging out."""
        form, at_ms = await read_form(request), self._clock()
        demand_token(request, form, self._kit.signer, self._kit.cookie("form"))
        visit = self._visits.demand(request, at_ms)
        self._again.demand(visit)
        which = form.get("which")
        named = {one.use.name for one in self._visits.of(visit.subject, at_ms)} if which == "others" else {which}
        self._visits.end(visit.subject, frozenset(named) - {visit.use.name}, at_ms)
        return RedirectResponse("/sessions", 303)
