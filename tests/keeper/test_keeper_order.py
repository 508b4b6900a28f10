"""Items of an earlier version are taken over whole."""

from pathlib import Path

from enishi.roles.keeper.schema import MIGRATIONS
from enishi.store import Database

BEFORE = next(place for place, script in enumerate(MIGRATIONS) if "item_in_order" in script)
"""Migrations before the one that lays the items in order."""
COLUMNS = (
    "item_id, txid, place, state, epoch, tag, leaf_index, outcome_index, withheld_until, late_index,"
    " rest_receipt, rest_refusal, rest_notice, rest_outcome, rest_steps, rest_hop"
)


def item(n: int) -> tuple[object, ...]:
    """One with a value of its own in each column."""
    rest = [b"%d %d" % (column, n) * 300 for column in range(6)]
    return (bytes([255 - 50 * n]) * 32, bytes(31) + bytes([n // 2]), n % 2, ("open", "held", "final")[n % 3], 1, bytes([n]) * 32, n, -1, 7, -1, *rest)


def test_every_item_is_taken_over(tmp_path: Path) -> None:
    file, items = tmp_path / "keeper.db", [item(n) for n in range(5)]
    old = Database.open(file, MIGRATIONS[:BEFORE])
    old.write_now(lambda connection: connection.executemany(f"INSERT INTO item ({COLUMNS}) VALUES ({', '.join('?' * 16)})", items[::-1]).rowcount)
    old.close_now()
    new = Database.open(file, MIGRATIONS)
    assert new.read_now(lambda connection: connection.execute(f"SELECT {COLUMNS} FROM item ORDER BY leaf_index").fetchall()) == items
    plan = new.read_now(lambda connection: connection.execute("EXPLAIN QUERY PLAN SELECT 1 FROM item WHERE item_id = ?", (b"",)).fetchall())
    assert "SEARCH item USING" in plan[0][-1]
    new.close_now()
