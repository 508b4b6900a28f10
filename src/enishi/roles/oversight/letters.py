"""Use case: people write to the commission without a card; its operator reads and answers, and who has number and secret reads the answer."""

import hmac
import sqlite3
from secrets import randbelow
from typing import Any, Final

from enishi import clock
from enishi.encoding import digest
from enishi.errors import Conflict, Oversized, Unavailable, Unknown
from enishi.protocol.commission import (
    COMMISSION_MS,
    KEPT_MS,
    MOST_BYTES,
    CommissionAnswerAsk,
    CommissionHanded,
    CommissionList,
    CommissionListed,
    CommissionLook,
    CommissionShown,
    CommissionState,
    CommissionTaken,
    grouped,
    open_answer,
    open_commission,
    seal_answer,
)
from enishi.protocol.forms import demand
from enishi.protocol.letters import readable
from enishi.seal.hpke import SealingKey
from enishi.store import crash
from enishi.store.database import Database

KEY: Final = "letters"
"""Name of the key file in the role's own folder."""
WAITING: Final = 10_000
"""Most letters that wait for an answer."""
STORED: Final = 1024 * 1024 * 1024
"""Most bytes of letters together, answered ones too."""
LISTED: Final = 500
_COLUMNS: Final = "number, at_ms, deadline_ms, answered_ms"


def new_letters_key() -> bytes:
    """A key that letters are sealed to, as the keyring holds it."""
    return SealingKey.generate().to_bytes()


class Letters:
    """Keeps letters as they came, sealed; opens one when the operator reads it."""

    def __init__(self, database: Database, key: SealingKey, waiting: int = WAITING, stored: int = STORED) -> None:
        """`key` is the commission's own, whose public part the portal's configuration names."""
        self._database = database
        self._key = key
        self._waiting, self._stored = waiting, stored

    async def take(self, handed: CommissionHanded) -> CommissionTaken:
        """Keep a letter, and the same one once; Oversized("letter-too-large"), Unavailable("letters-full"), and what no letter is."""
        if len(handed.sealed) > MOST_BYTES:
            raise Oversized("letter-too-large", f"{len(handed.sealed)} bytes", "sealed")
        # What does not open is not kept: a store of what nobody can read helps nobody, and fills.
        open_commission(self._key, handed.sealed)
        at_ms = clock.now_ms()
        crash.point("oversight.letter.before_store")
        taken = await self._database.write(lambda connection: self._store(connection, handed, at_ms))
        # Durable: only now is there a number to write down.
        crash.point("oversight.letter.after_store")
        return taken

    async def state(self, look: CommissionLook) -> CommissionState:
        """How a letter stands; Unknown("letter-unknown") for a number that is none, and for another secret than its own, alike."""
        query = "SELECT look, at_ms, deadline_ms, answered_ms, sealed_answer FROM letter WHERE number = ?"
        row = await self._database.read(lambda connection: connection.execute(query, (look.number,)).fetchone())
        if row is None or not hmac.compare_digest(row[0], digest("commission-look", look.look)):
            raise Unknown("letter-unknown", field="number")
        return CommissionState(*row[1:])

    async def listed(self) -> CommissionList:
        """The letters, those that wait first and the oldest of them at the top."""
        return await self._database.read(_listed)

    async def shown(self, number: str) -> CommissionShown:
        """A letter with everything in it; Unknown("letter-unknown")."""
        listed, sealed, own = await self._database.read(lambda connection: _one(connection, number))
        return CommissionShown(listed, open_commission(self._key, sealed), open_answer(self._key, number, own) if own else "")

    async def answer(self, asked: CommissionAnswerAsk) -> None:
        """Answer a letter once; Unknown("letter-unknown"), Conflict("letter-answered"), Malformed("letter-malformed")."""
        demand(asked.answer.strip() and readable(asked.answer), "letter-malformed", "empty, or a character that no page shows", "answer")
        _, sealed, _ = await self._database.read(lambda connection: _one(connection, asked.number))
        letter, at_ms = open_commission(self._key, sealed), clock.now_ms()
        theirs, own = (seal_answer(key, asked.number, asked.answer) for key in (letter.answer_key, self._key.public))
        crash.point("oversight.letter.before_answer")
        await self._database.write(lambda connection: _answer(connection, asked.number, theirs, own, at_ms))
        # Durable: who has number and secret reads it from now on.
        crash.point("oversight.letter.after_answer")

    async def forget(self) -> int:
        """Delete letters with their answers, once they were answered as long ago as they are kept; how many. What waits stays, however old."""
        before_ms = clock.now_ms() - KEPT_MS
        if not await self._database.read(lambda connection: _over(connection, before_ms)):
            return 0
        crash.point("oversight.letter.before_forget")
        # Durable: neither number nor secret finds it any more, and no page of the file holds it.
        return await self._database.write(lambda connection: _forget(connection, before_ms))

    def _store(self, connection: sqlite3.Connection, handed: CommissionHanded, at_ms: int) -> CommissionTaken:
        shown = digest("commission-look", handed.look)
        query = "SELECT number, at_ms, deadline_ms FROM letter WHERE look = ?"
        if (before := connection.execute(query, (shown,)).fetchone()) is not None:
            return CommissionTaken(*before)
        waiting, stored = connection.execute("SELECT COUNT(*) FILTER (WHERE answered_ms = 0), TOTAL(LENGTH(sealed)) FROM letter").fetchone()
        if waiting >= self._waiting or stored + len(handed.sealed) > self._stored:
            raise Unavailable("letters-full", f"{waiting}")
        taken = CommissionTaken(_free_number(connection), at_ms, at_ms + COMMISSION_MS)
        connection.execute(
            "INSERT INTO letter (number, look, sealed, at_ms, deadline_ms) VALUES (?, ?, ?, ?, ?)",
            (taken.number, shown, handed.sealed, at_ms, taken.deadline_ms),
        )
        return taken


def _free_number(connection: sqlite3.Connection) -> str:
    # Drawn by lot: a number tells neither how many letters there are nor when one came.
    while True:
        number = grouped(f"{randbelow(10**12):012d}", 4)
        if connection.execute("SELECT 1 FROM letter WHERE number = ?", (number,)).fetchone() is None:
            return number


def _listed(connection: sqlite3.Connection) -> CommissionList:
    order = "ORDER BY answered_ms > 0, CASE WHEN answered_ms = 0 THEN at_ms ELSE -answered_ms END, number LIMIT ?"
    rows = connection.execute(f"SELECT {_COLUMNS} FROM letter {order}", (LISTED,)).fetchall()
    (waiting,) = connection.execute("SELECT COUNT(*) FROM letter WHERE answered_ms = 0").fetchone()
    return CommissionList(tuple(CommissionListed(*row) for row in rows), waiting)


def _one(connection: sqlite3.Connection, number: str) -> tuple[CommissionListed, bytes, bytes]:
    row: Any = connection.execute(f"SELECT {_COLUMNS}, sealed, own_answer FROM letter WHERE number = ?", (number,)).fetchone()
    if row is None:
        raise Unknown("letter-unknown", field="number")
    return CommissionListed(*row[:4]), row[4], row[5]


def _answer(connection: sqlite3.Connection, number: str, theirs: bytes, own: bytes, at_ms: int) -> None:
    done = connection.execute(
        "UPDATE letter SET sealed_answer = ?, own_answer = ?, answered_ms = ? WHERE number = ? AND answered_ms = 0", (theirs, own, at_ms, number)
    )
    if not done.rowcount:
        raise Conflict("letter-answered", field="number")


def _over(connection: sqlite3.Connection, before_ms: int) -> bool:
    query = "SELECT EXISTS (SELECT 1 FROM letter WHERE answered_ms > 0 AND answered_ms <= ?)"
    return bool(connection.execute(query, (before_ms,)).fetchone()[0])


def _forget(connection: sqlite3.Connection, before_ms: int) -> int:
    connection.execute("PRAGMA secure_delete=ON")
    return connection.execute("DELETE FROM letter WHERE answered_ms > 0 AND answered_ms <= ?", (before_ms,)).rowcount
