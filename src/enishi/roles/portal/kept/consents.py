"""Consents: who gets what from whom, for what, until when, with every change that was ever made. A withdrawal is durable before it is shown."""

import secrets
import sqlite3
from typing import Annotated, Final, Literal

import msgspec

from enishi.encoding import Bytes16
from enishi.errors import Malformed, Unknown
from enishi.roles.portal.kept.sealing import Rest
from enishi.store import crash
from enishi.store.database import Database

LONGEST_MS: Final = 366 * 24 * 60 * 60 * 1000
"""A consent ends by itself after a year at the latest: whoever still needs it asks again."""
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that happened to a consent, milliseconds UTC."""

    what: Literal["given", "withdrawn"]
    at_ms: int


class Consent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one person agreed to.

    `source` is the institution whose information it is and `recipient` who gets it (`recipient_name` in its own words, where the registry has none),
    `items` slugs of the catalogue, `purpose` in the recipient's words, `citation` the provision that it rests on, empty where it rests on this
    consent alone. It holds from `from_ms` until `until_ms` (half-open), or until it is withdrawn.
    """

    source: Words
    recipient: Words
    recipient_name: str = ""
    items: Annotated[tuple[Words, ...], msgspec.Meta(min_length=1, max_length=100)]
    purpose: Words
    citation: str = ""
    from_ms: int
    until_ms: int
    withdrawn_ms: int = 0
    changes: tuple[Change, ...] = ()

    def stands(self, at_ms: int) -> bool:
        """Whether it may be relied on at that time."""
        return not self.withdrawn_ms and self.from_ms <= at_ms < self.until_ms

    def state(self, at_ms: int) -> Literal["standing", "withdrawn", "over", "coming"]:
        """The word for how it stands."""
        if self.withdrawn_ms:
            return "withdrawn"
        return "coming" if at_ms < self.from_ms else "standing" if at_ms < self.until_ms else "over"


class Consents:
    """The verbs: whoever lets information out asks `stands` each time, and keeps no answer."""

    def __init__(self, database: Database, rest: Rest) -> None:
        """Take the open database and the portal's seal."""
        self._database = database
        self._rest = rest

    async def give(self, person: bytes, consent: Consent, at_ms: int) -> bytes:
        """Keep a consent that its person has just given; its id. Malformed("consent-malformed") for one that is over, endless, or has a history."""
        fresh = not consent.changes and not consent.withdrawn_ms
        if not fresh or not consent.from_ms < consent.until_ms <= consent.from_ms + LONGEST_MS or consent.until_ms <= at_ms:
            raise Malformed("consent-malformed", "", "until_ms")
        name, given = secrets.token_bytes(16), msgspec.structs.replace(consent, changes=(Change("given", at_ms),))
        sealed = self._seal(person, name, given)
        crash.point("portal.consent.before_store")
        await self._database.write(lambda connection: connection.execute("INSERT INTO consent VALUES (?, ?, ?)", (name, person, sealed)).rowcount)
        return name

    async def withdraw(self, person: bytes, name: bytes, at_ms: int) -> Consent:
        """Withdraw one's own; the same again changes nothing. Unknown("consent-unknown") for another's."""

        def work(connection: sqlite3.Connection) -> Consent:
            consent = self._read(connection, person, name)
            if consent.withdrawn_ms:
                return consent
            changes = (*consent.changes, Change("withdrawn", at_ms))
            withdrawn = msgspec.structs.replace(consent, withdrawn_ms=at_ms, changes=changes)
            connection.execute("UPDATE consent SET sealed = ? WHERE id = ?", (self._seal(person, name, withdrawn), name))
            return withdrawn

        crash.point("portal.consent.before_withdraw")
        withdrawn = await self._database.write(work)
        # Durable from here on, and in force: `stands` reads the database and no copy of it.
        crash.point("portal.consent.after_withdraw")
        return withdrawn

    def of(self, person: bytes) -> list[tuple[bytes, Consent]]:
        """One person's consents with their ids, the newest first."""
        query = "SELECT id, sealed FROM consent WHERE person = ?"
        rows = self._database.read_now(lambda connection: connection.execute(query, (person,)).fetchall())
        found = [(name, self._open(person, name, sealed)) for name, sealed in rows]
        return sorted(found, key=lambda pair: (pair[1].changes[0].at_ms, pair[0]), reverse=True)

    def stands(self, person: bytes, name: bytes, at_ms: int) -> bool:
        """Whether a person's consent may be relied on; False for one that is withdrawn, over, unknown or another's."""
        try:
            return self._database.read_now(lambda connection: self._read(connection, person, name)).stands(at_ms)
        except Unknown:
            return False

    def _read(self, connection: sqlite3.Connection, person: bytes, name: bytes) -> Consent:
        row = connection.execute("SELECT sealed FROM consent WHERE id = ? AND person = ?", (name, person)).fetchone()
        if row is None:
            raise Unknown("consent-unknown")
        return self._open(person, name, row[0])

    # Bound to its person, too: a row that somebody puts under another person opens nowhere.
    def _seal(self, person: bytes, name: Bytes16, consent: Consent) -> bytes:
        return self._rest.wrap("consent", person + name, msgspec.msgpack.encode(consent))

    def _open(self, person: bytes, name: bytes, sealed: bytes) -> Consent:
        return msgspec.msgpack.decode(self._rest.unwrap("consent", person + name, sealed), type=Consent)
