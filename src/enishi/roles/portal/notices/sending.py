"""The errand of the notices: look through the log, tell who is to be told, send what waits. Each step is durable before the next one begins."""

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from typing import Final, Literal

import msgspec

from enishi.errors import Fault
from enishi.mesh import logs
from enishi.roles.portal.kept.left import Left, tidy
from enishi.roles.portal.kept.outbox import Mail, Outbox, later, new_mail
from enishi.roles.portal.kept.shelf import Shelf
from enishi.roles.portal.notices.counting import settled, told
from enishi.roles.portal.notices.mails import Composer
from enishi.roles.portal.notices.post import Post, Taken
from enishi.roles.portal.notices.watching import Watching
from enishi.store import crash

EVERY_S: Final = 5
TIDY_MS: Final = 60 * 60 * 1000


class Errand:
    """What runs beside the pages; it fails for one mail at a time, and never for the portal."""

    def __init__(self, shelf: Shelf, watching: Watching, composer: Composer, post: Post, clock: Callable[[], int]) -> None:
        """Take the parts; `clock` gives milliseconds UTC."""
        self._shelf = shelf
        self._outbox = Outbox(shelf.database, shelf.rest)
        self._watching = watching
        self._composer = composer
        self._post = post
        self._clock = clock
        self._tidied_ms = 0

    async def run(self) -> None:
        """Do it until the portal stops."""
        while True:
            await self.turn()
            await asyncio.sleep(EVERY_S)

    async def turn(self) -> None:
        """One round; what fails is tried in the next."""
        for step in (self._watching.look, self.tell, self.send, self.tidy):
            with contextlib.suppress(Fault):
                await step()

    async def tell(self) -> int:
        """Put a mail out for everybody whose records have settled; how many mails."""
        at_ms = self._clock()
        ready = [person for person in self._shelf.waiting if settled(self._shelf.left(person), at_ms)]
        for person in ready:
            await self._shelf.change(person, partial(_tell, person, at_ms))
        return len(ready)

    async def send(self) -> int:
        """Bring every mail that is due to the server; how many it took. A server that cannot take one now is not asked for the next."""
        sent = 0
        for mail in self._outbox.due(self._clock()):
            taken = await self._send(mail)
            sent += taken is Taken.SENT
            if taken is Taken.LATER:
                break
        return sent

    async def _send(self, mail: Mail) -> Taken:
        message = self._composer.compose(mail, self._shelf.left(mail.person))
        if message is None:
            await self._outbox.strike(mail)
            return Taken.REFUSED
        crash.point("portal.mail.before_send")
        taken = await self._post.send(message)
        # A crash here sends the mail again, under the Message-ID it had: SMTP has no surer way (RFC 5321 6.1).
        crash.point("portal.mail.after_send")
        await self._settle(mail, taken)
        return taken

    async def _settle(self, mail: Mail, taken: Taken) -> None:
        at_ms = self._clock()
        again = later(mail, at_ms) if taken is Taken.LATER else None
        if again is not None:
            return await self._outbox.postpone(again)
        if taken is not Taken.SENT:
            logs.warn("mail_given_up", kind=mail.kind, reason=taken.value, count=mail.tries)
            await self._shelf.change(mail.person, partial(_lost, at_ms))
        await self._outbox.strike(mail)
        return None

    async def tidy(self) -> None:
        """Once an hour, let go of what is over."""
        at_ms = self._clock()
        if at_ms - self._tidied_ms < TIDY_MS:
            return
        self._tidied_ms = at_ms
        over = [person for person, left in await self._shelf.all_aside() if tidy(left, at_ms) != left]
        for person in over:
            await self._shelf.change(person, lambda left: (tidy(left, at_ms), ()))


def _tell(person: bytes, at_ms: int, left: Left) -> tuple[Left, tuple[Mail, ...]]:
    count = settled(left, at_ms)
    kind: Literal["news"] = "news"
    return (told(left, count, at_ms), (new_mail(person, kind, at_ms, count),)) if count else (left, ())


def _lost(at_ms: int, left: Left) -> tuple[Left, tuple[Mail, ...]]:
    # The page says so at the next visit; there is nobody whom a mail could tell.
    return (msgspec.structs.replace(left, lost_ms=at_ms) if left.address or left.asked else left), ()
