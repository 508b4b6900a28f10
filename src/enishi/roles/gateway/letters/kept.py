"""The institution's letters: each once, the answer to it once."""

import sqlite3
from typing import Final

import msgspec

from enishi.errors import Conflict, Unknown
from enishi.protocol.letters import LETTER_MS, LISTED, Letter, LetterDecision, LetterShown
from enishi.protocol.statement import item_id_of
from enishi.roles.gateway.reminding import Crossed
from enishi.terms import ItemId, Txid

_COLUMNS: Final = (
    "l.letter_id, l.addressee_number, l.letter, l.known, l.arrived_ms, l.deadline_ms, COALESCE(a.answered_ms, 0), COALESCE(a.decision, ''),"
    " COALESCE(a.answer, ''), COALESCE(a.reason, ''), COALESCE(a.appeal, ''), COALESCE(a.officer, '')"
)
_LETTERS: Final = f"SELECT {_COLUMNS} FROM letter l LEFT JOIN letter_answer a ON a.letter_id = l.letter_id"


class LetterAnswer(msgspec.Struct, frozen=True):
    """What an official answers: a text; for a correction or suspension a decision; where that refuses, why, and how to appeal."""

    answer: str
    decision: LetterDecision = ""
    reason: str = ""
    appeal: str = ""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A letter as it stands; `answered_ms` is 0 while it waits."""

    letter_id: ItemId
    addressee_number: str
    letter: Letter
    known: bool
    arrived_ms: int
    deadline_ms: int
    answered_ms: int
    said: LetterAnswer
    officer: str

    @property
    def shown(self) -> LetterShown:
        """The same for who wrote it: without local number and officer."""
        return LetterShown(
            v=1,
            letter_id=self.letter_id,
            letter=self.letter,
            known=self.known,
            arrived_ms=self.arrived_ms,
            deadline_ms=self.deadline_ms,
            answered_ms=self.answered_ms,
            decision=self.said.decision,
            answer=self.said.answer,
            reason=self.said.reason,
            appeal=self.said.appeal,
        )


def arrived(connection: sqlite3.Connection, letter_id: ItemId, number: str, letter: Letter, at_ms: int) -> Kept:
    """A letter as it arrives, which is still to be kept, marked by whether the record that it is about stands here."""
    known = not letter.about or knows(connection, number, letter.about)
    return Kept(
        letter_id=letter_id,
        addressee_number=number,
        letter=letter,
        known=known,
        arrived_ms=at_ms,
        deadline_ms=at_ms + LETTER_MS,
        answered_ms=0,
        said=LetterAnswer(""),
        officer="",
    )


def store(connection: sqlite3.Connection, kept: Kept) -> None:
    """Keep a letter; one that was kept before stays as it is."""
    connection.execute(
        "INSERT INTO letter (letter_id, addressee_number, kind, letter, known, state, arrived_ms, deadline_ms)"
        " VALUES (?, ?, ?, ?, ?, 'received', ?, ?) ON CONFLICT DO NOTHING",
        (
            kept.letter_id,
            kept.addressee_number,
            kept.letter.kind,
            msgspec.msgpack.encode(kept.letter),
            kept.known,
            kept.arrived_ms,
            kept.deadline_ms,
        ),
    )


def answer(connection: sqlite3.Connection, letter_id: ItemId, said: LetterAnswer, officer: str, at_ms: int) -> None:
    """Keep the answer to a letter; Unknown("letter-unknown"), Conflict("letter-answered") if another was first."""
    one(connection, letter_id)
    done = connection.execute("UPDATE letter SET state = 'answered' WHERE letter_id = ? AND state = 'received'", (letter_id,))
    if not done.rowcount:
        raise Conflict("letter-answered", field="letter_id")
    connection.execute(
        "INSERT INTO letter_answer (letter_id, decision, answer, reason, appeal, officer, answered_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (letter_id, said.decision, said.answer, said.reason, said.appeal, officer, at_ms),
    )


def one(connection: sqlite3.Connection, letter_id: ItemId) -> Kept:
    """A letter by its id; Unknown("letter-unknown")."""
    row = connection.execute(f"{_LETTERS} WHERE l.letter_id = ?", (letter_id,)).fetchone()
    if row is None:
        raise Unknown("letter-unknown", field="letter_id")
    return _kept(row)


def waiting(connection: sqlite3.Connection, limit: int) -> list[Kept]:
    """Letters that are not answered, the most urgent first."""
    return _all(connection, "WHERE l.state = 'received' ORDER BY l.deadline_ms, l.letter_id LIMIT ?", limit)


def answered(connection: sqlite3.Connection, limit: int) -> list[Kept]:
    """Letters that were answered, the newest answer first."""
    return _all(connection, "WHERE l.state = 'answered' ORDER BY a.answered_ms DESC, l.letter_id LIMIT ?", limit)


def written_by(connection: sqlite3.Connection, number: str) -> list[Kept]:
    """A person's own letters, the newest first."""
    return _all(connection, "WHERE l.addressee_number = ? ORDER BY l.arrived_ms DESC, l.letter_id LIMIT ?", number, LISTED)


def knows(connection: sqlite3.Connection, number: str, about: bytes) -> bool:
    """Whether this institution asked, or answered, or was asked by the person themselves, under that txid about that person."""
    own = item_id_of(Txid(about), 0)
    found = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM asked_item WHERE txid = ?1 AND addressee_number = ?2)"
        " OR EXISTS (SELECT 1 FROM answered WHERE txid = ?1 AND addressee_number = ?2)"
        " OR EXISTS (SELECT 1 FROM self_asked WHERE item_id = ?3 AND addressee_number = ?2)",
        (about, number, own),
    ).fetchone()
    return bool(found[0])


def waiting_until(connection: sqlite3.Connection, until_ms: int) -> int:
    """How many letters that wait have their deadline at or before a time."""
    return _due(connection, -1, until_ms)


def crossed(connection: sqlite3.Connection, since_ms: int, at_ms: int, reminder_ms: int) -> Crossed:
    """Letters that wait, whose reminder, and whose deadline, came in (since_ms, at_ms]."""
    return Crossed(_due(connection, since_ms + reminder_ms, at_ms + reminder_ms), _due(connection, since_ms, at_ms))


def _due(connection: sqlite3.Connection, since_ms: int, until_ms: int) -> int:
    query = "SELECT COUNT(*) FROM letter WHERE state = 'received' AND deadline_ms > ? AND deadline_ms <= ?"
    return int(connection.execute(query, (since_ms, until_ms)).fetchone()[0])


def _all(connection: sqlite3.Connection, which: str, *values: str | int) -> list[Kept]:
    return [_kept(row) for row in connection.execute(f"{_LETTERS} {which}", values)]


def _kept(row: tuple[bytes, str, bytes, int, int, int, int, LetterDecision, str, str, str, str]) -> Kept:
    letter_id, number, letter, known, arrived_ms, deadline_ms, answered_ms, decision, text, reason, appeal, officer = row
    return Kept(
        letter_id=ItemId(letter_id),
        addressee_number=number,
        letter=msgspec.msgpack.decode(letter, type=Letter),
        known=bool(known),
        arrived_ms=arrived_ms,
        deadline_ms=deadline_ms,
        answered_ms=answered_ms,
        said=LetterAnswer(text, decision, reason, appeal),
        officer=officer,
    )
