"""Which rows are asked next, and together: cases first, then the oldest message; rows of one affair, 号, items and provider share a statement."""

import sqlite3
from collections.abc import Sequence
from typing import Final

import msgspec

from enishi import clock
from enishi.errors import Fault
from enishi.roles.gateway import people
from enishi.roles.gateway.answering.marks import marked
from enishi.roles.gateway.each import grouped
from enishi.roles.gateway.message import Message
from enishi.roles.gateway.question import Question, read_question

GROUP: Final = 200
"""Most rows of one statement: one signature, one π, one reply key and one record's transaction for all of them."""
SHARED: Final = 50
"""The same while somebody waits for an answer at this platform: in each role their row waits behind the statements that are there before it."""
LOOK: Final = 1_000
"""Rows that are looked at in one turn."""


class Group(msgspec.Struct, frozen=True):
    """Rows of one message that may be asked in one statement, with what is asked about each."""

    number: bytes
    rows: tuple[int, ...]
    questions: tuple[Question, ...]

    def question(self) -> Question:
        """All of them as one question."""
        return msgspec.structs.replace(self.questions[0], people=tuple(one.people[0] for one in self.questions))

    def keep(self, connection: sqlite3.Connection, message: Message) -> None:
        """Mark the rows as asked by this message; runs in the transaction that makes the message durable."""
        connection.executemany(
            "UPDATE bulk_row SET state = 'sending', txid = ?, place = ? WHERE bulk = ? AND row = ?",
            [(message.txid, place, self.number, row) for place, row in enumerate(self.rows)],
        )

    def only(self, rows: Sequence[int]) -> "Group":
        """The same with some of its rows."""
        wanted = set(rows)
        pairs = [(row, question) for row, question in zip(self.rows, self.questions, strict=True) if row in wanted]
        return Group(self.number, tuple(row for row, _ in pairs), tuple(question for _, question in pairs))


def pick(connection: sqlite3.Connection, most: int = GROUP) -> list[Group]:
    """The next groups of at most so many rows, in the order of their first rows; none if nothing is to be asked."""
    row = connection.execute(
        "SELECT number FROM bulk WHERE state = 'working' AND EXISTS (SELECT 1 FROM bulk_row WHERE bulk = number AND state = 'accepted')"
        " ORDER BY kind <> 'case', at_ms LIMIT 1"
    ).fetchone()
    return [] if row is None else _groups(connection, bytes(row[0]), most)


def still(connection: sqlite3.Connection, group: Group) -> Group:
    """The rows of a group that nobody has taken back since."""
    marks = ", ".join("?" for _ in group.rows)
    query = f"SELECT row FROM bulk_row WHERE bulk = ? AND state = 'accepted' AND row IN ({marks})"
    return group.only([row for (row,) in connection.execute(query, (group.number, *group.rows))])


def strangers(connection: sqlite3.Connection, group: Group, epoch: int) -> list[tuple[int, Fault]]:
    """The rows of a group whose person cannot be asked about, each with its own fault."""
    found = []
    for row, question in zip(group.rows, group.questions, strict=True):
        try:
            people.codes_of(connection, epoch, [question.people[0].person])
        except Fault as fault:
            found.append((row, fault))
    return found


def _groups(connection: sqlite3.Connection, number: bytes, most: int) -> list[Group]:
    rows = connection.execute(
        "SELECT r.row, l.question FROM bulk_row r JOIN bulk_line l ON l.bulk = r.bulk AND l.row = r.row"
        " WHERE r.bulk = ? AND r.state = 'accepted' ORDER BY r.row LIMIT ?",
        (number, LOOK),
    ).fetchall()
    read = [(row, read_question(question)) for row, question in rows]
    # A person under a mark of non-disclosure is asked about apart: the mark of a statement withholds the record of each of its rows.
    apart = marked(connection, [question.people[0].person for _, question in read], clock.now_ms())
    found = []
    for places in grouped(read, lambda pair: _key(pair[1], apart)):
        for start in range(0, len(places), most):
            part = [read[place] for place in places[start : start + most]]
            found.append(Group(number, tuple(row for row, _ in part), tuple(question for _, question in part)))
    return sorted(found, key=lambda group: group.rows[0])


def _key(question: Question, apart: frozenset[str]) -> str:
    person = question.people[0].person if question.people[0].person in apart else ""
    return f"{person}/{msgspec.json.encode(msgspec.structs.replace(question, people=())).decode()}"
