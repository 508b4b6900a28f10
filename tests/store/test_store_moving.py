"""A migration that moves a large table keeps no more than a piece of it in memory, and loses no row."""

import sqlite3

from enishi.store.moving import PIECES, moved


def test_every_row_is_moved_once() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript("CREATE TABLE a (id BLOB PRIMARY KEY, x INTEGER) WITHOUT ROWID; CREATE TABLE b (x INTEGER, id BLOB NOT NULL UNIQUE);")
    ids = [b"", b"\0", b"\xff", b"\xff" * 33, *(bytes([n, tail]) for n in range(PIECES) for tail in (0, 255))]
    connection.executemany("INSERT INTO a VALUES (?, ?)", [(one, place) for place, one in enumerate(ids)])
    connection.executescript(moved("a", "b", "id, x", "id"))
    assert sorted(connection.execute("SELECT id, x FROM b")) == sorted((one, place) for place, one in enumerate(ids))
    assert connection.execute("SELECT id FROM a").fetchall() == []
    connection.close()


def test_no_statement_touches_more_than_one_piece() -> None:
    statements = [line for line in moved("a", "b", "id", "id").split(";") if line.strip()]
    assert len(statements) == 2 * PIECES
    assert all(" WHERE id >= x'" in one or one.endswith("id < x'01'") for one in statements)
