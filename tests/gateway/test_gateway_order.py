"""What an earlier version recorded is taken over whole where tables are laid in order."""

from pathlib import Path

import pytest

from enishi.roles.gateway.schema import MIGRATIONS
from enishi.store import Database

BEFORE = next(place for place, script in enumerate(MIGRATIONS) if "given_in_order" in script)
TABLES = {
    "given": "item_id, place, kind, reply, deadline_ms, officer, at_ms, recorded_index, reason",
    "asked_outcome": "item_id, rank, kind, outcome, outcome_index, sealed, answer, deadline_ms, at_ms",
    "evidence": "item_id, registry, affair, proven, checkpoint, at_ms",
}
NUMBERS = ("place", "rank", "at_ms", "deadline_ms", "recorded_index", "outcome_index")


def value(name: str, n: int) -> object:
    """One of its own for each column and row."""
    if name == "item_id":
        return bytes([200 - n // 2]) * 32
    if name in ("place", "rank"):
        return n % 2
    if name in NUMBERS:
        return n
    return f"{name} {n}" * 500 if name in ("kind", "officer", "reason", "affair", "checkpoint") else f"{name} {n}".encode() * 500


@pytest.mark.parametrize("table", TABLES)
def test_every_row_is_taken_over(tmp_path: Path, table: str) -> None:
    columns = TABLES[table].split(", ")
    rows = [tuple(value(name, n) for name in columns) for n in range(0, 12, 2 if table == "evidence" else 1)]
    query = f"INSERT INTO {table} ({TABLES[table]}) VALUES ({', '.join('?' * len(columns))})"
    old = Database.open(tmp_path / "gateway.db", MIGRATIONS[:BEFORE])
    old.write_now(lambda connection: connection.executemany(query, rows[::-1]).rowcount)
    old.close_now()
    new = Database.open(tmp_path / "gateway.db", MIGRATIONS)
    assert new.read_now(lambda connection: connection.execute(f"SELECT {TABLES[table]} FROM {table} ORDER BY at_ms").fetchall()) == rows
    plan = new.read_now(lambda connection: connection.execute(f"EXPLAIN QUERY PLAN SELECT 1 FROM {table} WHERE item_id = ?", (b"",)).fetchall())
    assert f"SEARCH {table} USING" in plan[0][-1]
    new.close_now()
