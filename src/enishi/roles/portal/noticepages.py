"""お知らせ: what is new since the last visit, and by choice a mail that says that something is."""

from collections.abc import Callable
from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from enishi.clock import moment
from enishi.errors import Denied, Malformed, Unknown
from enishi.oidc.text import unb64url
from enishi.roles.portal.fresh import Again
from enishi.roles.portal.inbox import SHOWN, count_of, newest, news, standing_open, waiting_for_officials
from enishi.roles.portal.kept import left as leaving
from enishi.roles.portal.kept.left import LABELS, TRIES, Left, Mode
from enishi.roles.portal.kept.outbox import Mail, new_mail
from enishi.roles.portal.kept.shelf import Shelf
from enishi.roles.portal.notices.mails import STOP, read_stop
from enishi.roles.portal.settings import PortalSettings
from enishi.roles.portal.telling import Teller
from enishi.roles.portal.visits import Made, Visit, Visits
from enishi.web.csrf import demand_token
from enishi.web.dates import time_in
from enishi.web.form import Form, read_form
from enishi.web.kit import Kit

FEW: Final = 8
"""Labels left at which the next visit hands in new ones."""


class NoticePages:
    """The handlers over the shelf and the portal's sessions."""

    def __init__(self, kit: Kit, visits: Visits, again: Again, settings: PortalSettings, clock: Callable[[], int], shelf: Shelf) -> None:
        """`clock` gives milliseconds UTC; whether mails are offered the settings say."""
        self._kit = kit
        self._visits = visits
        self._again = again
        self._settings = settings
        self._clock = clock
        self._shelf = shelf

    def routes(self) -> list[Route]:
        """The pages; the only thing in a path is the token of the mails, which is nobody's name."""
        posts = {"seen": self.seen, "mail": self.ask, "confirm": self.confirm, "labels": self.labels, "mode": self.choose}
        return [
            Route("/notices", self.inbox),
            *(Route(f"/notices/{path}", handler, methods=["POST"]) for path, handler in posts.items()),
            Route(STOP + "/{token}", self.stopping),
            Route(STOP + "/{token}", self.stop, methods=["POST"]),
        ]

    def renews(self, visit: Visit) -> bool:
        """Whether this person's browser should hand in its next labels now."""
        left = self._left(visit)
        return bool(left.address) and (left.ended or len(left.labels) != LABELS)

    def count(self, visit: Visit) -> int:
        """How many cards are new."""
        return count_of(visit.cards, self._left(visit).seen, self._clock())

    async def making(self, visit: Visit, made: Made) -> None:
        """This person has made a leaf in this session: no mail tells of it, and one may tell of the answer that is to come."""
        visit.made.append(made)
        person = self._person(visit)
        if self._shelf.left(person).address:
            await self._shelf.change(person, lambda left: (leaving.make(left, made.leaf_ms, made.awaited), ()))

    async def inbox(self, request: Request) -> Response:
        """What is new, and how the person hears of it."""
        return self._page(request, self._visits.demand(request, self._clock()), "")

    async def seen(self, request: Request) -> Response:
        """Mark everything that this session was shown as read."""
        _, visit = await self._posted(request)
        index, at_ms = newest(visit.cards), self._clock()
        await self._shelf.change(self._person(visit), lambda left: (leaving.mark_read(left, index, at_ms), ()))
        return RedirectResponse("/notices", 303)

    async def ask(self, request: Request) -> Response:
        """Mail a code to an address; asks for the card."""
        form, visit = await self._posted(request)
        self._again.demand(visit)
        if not self._settings.mails:
            raise Denied("mail-not-offered")
        mode, at_ms = _mode(form, Mode.AT_ONCE), self._clock()
        address, language, person = form.get("address").strip(), str(self._kit.language(request)), self._person(visit)

        def turn(left: Left) -> tuple[Left, tuple[Mail, ...]]:
            return leaving.ask(left, address, mode, language, at_ms), (new_mail(person, "code", at_ms),)

        try:
            await self._shelf.change(person, turn)
        except Malformed as fault:
            if fault.code != "mail-address-wrong":
                raise
            return self._page(request, visit, "address", 400)
        return RedirectResponse("/notices", 303)

    async def confirm(self, request: Request) -> Response:
        """Take the code that was mailed: from now on the address counts as its owner's."""
        form, visit = await self._posted(request)
        given, at_ms = form.get("code").strip(), self._clock()

        def turn(left: Left) -> tuple[Left, tuple[Mail, ...]]:
            return (leaving.confirm(left) if leaving.is_code(left, given, at_ms) else leaving.miss(left)), ()

        left = await self._shelf.change(self._person(visit), turn)
        if left.asked is not None:
            return self._page(request, visit, "code", 400)
        return RedirectResponse("/notices", 303)

    async def labels(self, request: Request) -> Response:
        """Take the labels that the person's own browser worked out from K_T, which itself stays there."""
        form, visit = await self._posted(request)
        raw, at_ms = unb64url(form.get("labels"), LABELS * 32) or b"", self._clock()
        labels = tuple(raw[i : i + 32] for i in range(0, len(raw), 32))
        # The log is looked through again from where this session was shown it, and what the person did since stands there, too.
        awaited = waiting_for_officials(visit.cards) + sum(one.awaited for one in visit.made)
        chain = leaving.Chain(standing_open(visit.cards), awaited, tuple(one.leaf_ms for one in visit.made))
        turn = partial(leaving.hand_in, labels=labels, at_ms=at_ms, chain=chain)
        await self._shelf.hand_in(self._person(visit), lambda left: (turn(left), ()), visit.viewed.shown.size)
        return RedirectResponse("/notices", 303)

    async def choose(self, request: Request) -> Response:
        """Another rhythm, or no mails any more."""
        form, visit = await self._posted(request)
        mode, language, at_ms = _mode(form, Mode.OFF), str(self._kit.language(request)), self._clock()
        await self._shelf.change(self._person(visit), lambda left: (leaving.choose(left, mode, language, at_ms), ()))
        return RedirectResponse("/notices", 303)

    async def stopping(self, request: Request) -> Response:
        """The page behind the link in a mail: programmes that look links up in advance end nothing by it."""
        token = self._token(request)
        return self._kit.page(request, "notices_stop.html", {"stopped": not self._shelf.holds(token), "path": request.url.path})

    async def stop(self, request: Request) -> Response:
        """End the mails, without log-in and cookie: the token is all the right that this takes (RFC 8058 3.1)."""
        await self._shelf.stop(self._token(request))
        return self._kit.page(request, "notices_stop.html", {"stopped": True, "path": request.url.path})

    def _token(self, request: Request) -> bytes:
        token = read_stop(self._kit.signer, request.path_params["token"])
        if token is None:
            raise Unknown("mail-stop-unknown")
        return token

    async def _posted(self, request: Request) -> tuple[Form, Visit]:
        form = await read_form(request)
        demand_token(request, form, self._kit.signer, self._kit.cookie("form"))
        return form, self._visits.demand(request, self._clock())

    def _person(self, visit: Visit) -> bytes:
        return self._shelf.person(visit.subject)

    def _left(self, visit: Visit) -> Left:
        return self._shelf.left(self._person(visit))

    def _page(self, request: Request, visit: Visit, wrong: str, status: int = 200) -> Response:
        left, at_ms, language = self._left(visit), self._clock(), self._kit.language(request)
        found = news(visit.cards, left.seen, at_ms)
        tell = Teller(language, visit.viewed.names, self._kit.catalogue, self._settings.law_origin, visit.mandates).tell
        asked = left.asked if left.asked is not None and at_ms < left.asked.until_ms and left.asked.tries < TRIES else None
        context: dict[str, object] = {
            "told": [tell(card) for card in found[:SHOWN]],
            "count": len(found),
            "first": left.seen < 0,
            "left": left,
            "asked": asked,
            "labels": len(left.labels),
            "few": len(left.labels) <= FEW,
            "lost": time_in(left.lost_ms, language) if left.lost_ms else (),
            "mails": self._settings.mails,
            "fresh": self._again.fresh(visit),
            "wrong": wrong,
            "session_ends": f"{moment(visit.ends_ms):%H:%M}",
        }
        return self._kit.page(request, "notices.html", context, status)


def _mode(form: Form, otherwise: Mode) -> Mode:
    try:
        return Mode(form.get("mode"))
    except ValueError:
        return otherwise
