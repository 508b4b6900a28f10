"""Mails that wait to be sent: one sealed row for each, which goes when the mail server has taken it, or when it is given up."""

import secrets
import sqlite3
from typing import Final, Literal

import msgspec

from enishi.encoding import Bytes16
from enishi.errors import Fault
from enishi.roles.portal.kept.sealing import Rest
from enishi.store import crash
from enishi.store.database import Database

FIRST_MS: Final = 60 * 1000
"""The pause after the first try; each further one is twice as long."""
LONGEST_MS: Final = 6 * 60 * 60 * 1000
GIVEN_UP_MS: Final = 3 * 24 * 60 * 60 * 1000
"""How old a mail may get that nobody takes."""


class Mail(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is to be told: a code, so many new records, or that the labels ran out. Address and words are added when it is sent, not kept."""

    id: Bytes16
    person: bytes
    kind: Literal["code", "news", "ended"]
    count: int = 0
    made_ms: int
    due_ms: int
    tries: int = 0


def new_mail(person: bytes, kind: Literal["code", "news", "ended"], at_ms: int, count: int = 0) -> Mail:
    """A mail to be sent at once."""
    return Mail(id=secrets.token_bytes(16), person=person, kind=kind, count=count, made_ms=at_ms, due_ms=at_ms)


def later(mail: Mail, at_ms: int) -> Mail | None:
    """The same mail after a try that failed, None where it is given up; pauses grow from a minute to six hours."""
    if at_ms - mail.made_ms >= GIVEN_UP_MS:
        return None
    pause = min(FIRST_MS << min(mail.tries, 20), LONGEST_MS)
    return msgspec.structs.replace(mail, tries=mail.tries + 1, due_ms=at_ms + pause)


def put(connection: sqlite3.Connection, rest: Rest, mail: Mail) -> None:
    """Keep a mail inside a transaction, in the place of what stood under its id."""
    sealed = rest.wrap("mail", mail.id, msgspec.msgpack.encode(mail))
    connection.execute("INSERT INTO mail VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed", (mail.id, mail.person, sealed))


def drop_of(connection: sqlite3.Connection, person: bytes) -> None:
    """Let go of every mail to one person, inside a transaction."""
    connection.execute("DELETE FROM mail WHERE person = ?", (person,))


class Outbox:
    """The mails of one database."""

    def __init__(self, database: Database, rest: Rest) -> None:
        """Take the open database and the portal's seal."""
        self._database = database
        self._rest = rest

    def due(self, at_ms: int) -> list[Mail]:
        """What is to be sent now, the oldest first."""
        rows = self._database.read_now(lambda connection: connection.execute("SELECT id, sealed FROM mail").fetchall())
        found = [mail for mail in (self._open(*row) for row in rows) if mail is not None and mail.due_ms <= at_ms]
        return sorted(found, key=lambda mail: mail.made_ms)

    async def strike(self, mail: Mail) -> None:
        """It is sent, or nobody wants it any more."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("DELETE FROM mail WHERE id = ?", (mail.id,))

        crash.point("portal.mail.before_strike")
        await self._database.write(work)

    async def postpone(self, mail: Mail) -> None:
        """Try again when the mail says; one that was let go of in the meantime stays gone."""
        sealed = self._rest.wrap("mail", mail.id, msgspec.msgpack.encode(mail))
        crash.point("portal.mail.before_postpone")
        await self._database.write(lambda connection: connection.execute("UPDATE mail SET sealed = ? WHERE id = ?", (sealed, mail.id)).rowcount)

    def _open(self, name: bytes, sealed: bytes) -> Mail | None:
        try:
            return msgspec.msgpack.decode(self._rest.unwrap("mail", name, sealed), type=Mail)
        except (Fault, msgspec.MsgspecError):
            # A damaged row must not keep the mails of everybody else.
            return None
