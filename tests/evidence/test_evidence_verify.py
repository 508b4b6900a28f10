"""`enishi verify` finds a flipped bit in every column of every evidence table, whatever was taken away, and leaves whole data alone."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import msgspec
import pytest

from enishi.cli.verify import Report, verify, verify_data
from enishi.errors import Misconfigured
from enishi.protocol.outcome import SignedOutcome
from enishi.roles.keeper.rest import Rest
from enishi.seal.dsse import sign_envelope
from enishi.seal.sign import SigningKey

Copied = Callable[[], Path]
A, B = "gateway/tenants/012131", "gateway/tenants/011002"
KEEPER, WITNESS = "keeper/keeper.db", "witness/witness.db"

EVIDENCE = {
    KEEPER: ("snapshot", "person", "tx", "item", "leaf", "chain", "second_chain", "withheld_note", "tile", "checkpoint"),
    WITNESS: ("seen",),
    "exchange/exchange.db": ("snapshot",),
    "oversight/oversight.db": ("signed",),
    f"{A}/gateway.db": ("asked", "asked_item", "asked_outcome"),
    f"{B}/gateway.db": ("answered", "given"),
}
"""The tables in which evidence stands; `valid_tag` has a test of its own."""
COARSE = {("seen", "at_ms"), ("signed", "at_ms"), ("asked_outcome", "at_ms")}
"""Times that only one clock wrote and nothing signed: compared with what is near them, so a small error passes."""
FREE = {("asked", "fault"), ("asked", "renewed_as"), ("asked_item", "evidence"), ("given", "officer"), ("given", "reason")}
"""Words that nothing else repeats: a note of why a message was refused before it was recorded, whether a bundle has
been gathered yet, the name of a provider's official, and why an item is held, which the desk alone is told."""


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def columns(path: Path, table: str) -> list[str]:
    with opened(path) as connection:
        return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def flipped(value: object, where: int) -> object:
    """The value with one bit changed: the lowest of a number, one of the byte at a quarter, half or three quarters."""
    if isinstance(value, int):
        return value ^ (1 << 36 if where == 9 else 1)
    raw = bytearray(value.encode() if isinstance(value, str) else value)  # type: ignore[arg-type]
    if not raw:
        return b"\x01"
    raw[len(raw) * where // 4] ^= 1
    return raw.decode("utf-8", "replace") if isinstance(value, str) else bytes(raw)


def rows(path: Path, table: str, column: str) -> list[tuple[int, object]]:
    """Places and values of a column."""
    names = columns(path, table)
    with opened(path) as connection:
        # All columns, so that rows come in the same order as in `change`, and not in that of an index.
        return [(place, row[names.index(column)]) for place, row in enumerate(connection.execute(f"SELECT {', '.join(names)} FROM {table}"))]


def change(path: Path, table: str, column: str, place: int, value: object) -> None:
    """Write one value; tables without rowid are reached by all their columns."""
    names = columns(path, table)
    with opened(path) as connection:
        row = list(connection.execute(f"SELECT {', '.join(names)} FROM {table}"))[place]
        where = " AND ".join(f"{name} IS ?" for name in names)
        connection.execute("PRAGMA ignore_check_constraints=ON")
        assert connection.execute(f"UPDATE OR REPLACE {table} SET {column} = ? WHERE {where}", (value, *row)).rowcount == 1


def cases() -> list[tuple[str, str]]:
    return [(database, table) for database, tables in EVIDENCE.items() for table in tables]


def test_whole_data_is_left_alone(whole: Path) -> None:
    report = verify_data(whole)
    assert report.ok, report.findings
    assert report.leaves > 15
    assert report.unchecked == ()


@pytest.mark.parametrize(("database", "table"), cases())
def test_a_flipped_bit_is_found_in_every_column(copied: Copied, database: str, table: str) -> None:
    missed = []
    for column in columns(copied() / database, table):
        if (table, column) not in FREE:
            missed += list(missed_flips(copied, database, table, column))
    assert missed == []


def missed_flips(copied: Copied, database: str, table: str, column: str) -> Iterator[str]:
    found = rows(copied() / database, table, column)
    assert found, f"{table} is empty"
    data = copied()
    sound = (data / database).read_bytes()
    for place, value in spread(found):
        for where in (9,) if (table, column) in COARSE else (1, 3) if isinstance(value, bytes) and len(value) > 64 else (2,):
            (data / database).write_bytes(sound)
            change(data / database, table, column, place, flipped(value, where))
            if verify_data(data).ok:
                yield f"{table}.{column}, row {place}, bit at {where}/4"


def spread(found: list[tuple[int, object]]) -> list[tuple[int, object]]:
    """The first and the last row, which are of different kinds in every table."""
    return [found[i] for i in sorted({0, len(found) - 1})]


def run(path: Path, statement: str, *values: object) -> None:
    with opened(path) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        assert connection.execute(statement, values).rowcount > 0


def slugs(report: Report) -> set[str]:
    return {finding.slug for finding in report.findings}


def places(report: Report, slug: str) -> set[tuple[str, str]]:
    return {(finding.table, finding.key) for finding in report.findings if finding.slug == slug}


@pytest.mark.parametrize(("database", "table"), cases())
def test_a_row_that_is_taken_away_is_found(copied: Copied, database: str, table: str) -> None:
    data = copied()
    names = ", ".join(columns(data / database, table))
    with opened(data / database) as connection:
        # An inquirer that asked again late has never seen the interim outcome, so it may lack it.
        found = list(connection.execute(f"SELECT {names} FROM {table}" + (" WHERE rank = 2" if table == "asked_outcome" else "")))
    missed, sound = [], (data / database).read_bytes()
    for row in (found[0], found[len(found) // 2], found[-1]):
        (data / database).write_bytes(sound)
        run(data / database, f"DELETE FROM {table} WHERE {' AND '.join(f'{name} IS ?' for name in columns(data / database, table))}", *row)
        if verify_data(data).ok:
            missed.append(row)
    assert missed == []


def test_a_removed_leaf_is_named(copied: Copied) -> None:
    data = copied()
    run(data / KEEPER, "DELETE FROM leaf WHERE idx = 5")
    assert ("keeper.leaf", "5") in places(verify_data(data), "leaf-missing")


def test_the_last_leaf_is_missed(copied: Copied) -> None:
    data = copied()
    run(data / KEEPER, "DELETE FROM leaf WHERE idx = (SELECT MAX(idx) FROM leaf)")
    assert "leaf-missing" in slugs(verify_data(data))


def test_a_changed_leaf_is_told_from_a_changed_tile(copied: Copied) -> None:
    data = copied()
    leaf = next(value for _, value in rows(data / KEEPER, "leaf", "data"))
    change(data / KEEPER, "leaf", "data", 4, leaf)
    report = verify_data(data)
    assert ("keeper.leaf", "4") in places(report, "leaf-changed")
    assert "tile-changed" not in slugs(report)
    data = copied()
    ((_, tile),) = rows(data / KEEPER, "tile", "hashes")
    assert isinstance(tile, bytes)
    change(data / KEEPER, "tile", "hashes", 0, tile[: 32 * 4] + bytes(32) + tile[32 * 5 :])
    report = verify_data(data)
    assert places(report, "tile-changed") == {("keeper.tile", "0/0")}
    assert "leaf-changed" not in slugs(report)


def test_a_database_behind_its_witness_is_found(copied: Copied) -> None:
    data = copied()
    (data / "earlier.db").replace(data / KEEPER)
    report = verify_data(data)
    assert "database-behind-witness" in slugs(report)
    assert "gateway-record-missing" in slugs(report)


def test_a_second_history_of_the_same_length_is_found(copied: Copied) -> None:
    data = copied()
    run(data / WITNESS, "UPDATE seen SET root = ?", bytes(32))
    assert "witness-differs" in slugs(verify_data(data))


def test_an_outcome_forged_by_whoever_holds_the_keepers_key_is_found(copied: Copied) -> None:
    data = copied()
    rest = Rest((data / "keeper" / "keys" / "rest").read_bytes())
    with opened(data / KEEPER) as connection:
        for item_id, closed in connection.execute("SELECT item_id, rest_outcome FROM item WHERE rest_outcome <> x''").fetchall():
            signed = msgspec.msgpack.decode(rest.open("outcome", item_id, closed), type=SignedOutcome)
            head = sign_envelope(signed.payloadType, signed.payload, SigningKey.generate(), signed.signatures[0].keyid)
            forged = msgspec.structs.replace(signed, signatures=head.signatures)
            connection.execute(
                "UPDATE item SET rest_outcome = ? WHERE item_id = ?", (rest.close("outcome", item_id, msgspec.msgpack.encode(forged)), item_id)
            )
    report = verify_data(data)
    assert len({key for table, key in places(report, "outcome-false") if table == "keeper.item"}) == 5


def test_bodies_that_were_exchanged_are_found(copied: Copied) -> None:
    data = copied()
    found = rows(data / KEEPER, "leaf", "sealed")
    change(data / KEEPER, "leaf", "sealed", 2, found[3][1])
    assert ("keeper.leaf", "2") in places(verify_data(data), "body-false")


def test_a_record_that_nobody_asked_for_is_found(copied: Copied) -> None:
    data = copied()
    with opened(data / A / "gateway.db") as connection:
        (txid,) = connection.execute("SELECT txid FROM asked WHERE state = 'ended' LIMIT 1").fetchone()
        for table in ("asked", "asked_item"):
            connection.execute(f"DELETE FROM {table} WHERE txid = ?", (txid,))
        connection.execute("DELETE FROM asked_outcome WHERE item_id NOT IN (SELECT item_id FROM asked_item)")
    assert "gateway-record-missing" in slugs(verify_data(data))


def test_an_answer_recorded_about_another_person_is_found(copied: Copied) -> None:
    data = copied()
    run(data / B / "gateway.db", "UPDATE answered SET addressee_number = '91000000004' WHERE addressee_number = '91000000001'")
    assert "gateway-record-differs" in slugs(verify_data(data))


def test_a_tag_that_lost_its_enrolment_is_found(copied: Copied) -> None:
    data = copied()
    run(data / KEEPER, "DELETE FROM valid_tag WHERE tag IN (SELECT tag FROM person)")
    assert "tag-not-valid" in slugs(verify_data(data))


@pytest.mark.parametrize(("database", "table"), cases())
def test_a_value_of_another_type_is_a_finding_and_no_traceback(copied: Copied, database: str, table: str) -> None:
    data, wrong = copied(), cycle(("日本", 7, b"\xff\xfe", 1.5, "9" * 40))
    sound = (data / database).read_bytes()
    for column in columns(data / database, table):
        (data / database).write_bytes(sound)
        value = next(wrong)
        with opened(data / database) as connection:
            connection.execute("PRAGMA ignore_check_constraints=ON")
            try:
                connection.execute(f"UPDATE OR REPLACE {table} SET {column} = ?", (value,))
            except sqlite3.IntegrityError:
                continue
        assert not verify_data(data).ok or (table, column) in FREE, (column, value)


@pytest.mark.parametrize("table", EVIDENCE[KEEPER])
def test_a_page_that_is_overwritten_is_found_and_no_traceback(copied: Copied, table: str) -> None:
    data = copied()
    with opened(data / KEEPER) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    raw = bytearray((data / KEEPER).read_bytes())
    # The end of a page holds its oldest cells; what lies between head and cells is free.
    raw[4096 * page - 60 : 4096 * page] = bytes(byte ^ 0x55 for byte in raw[4096 * page - 60 : 4096 * page])
    (data / KEEPER).write_bytes(raw)
    assert not verify_data(data).ok


def test_a_file_that_is_no_database_is_found(copied: Copied) -> None:
    data = copied()
    (data / WITNESS).write_bytes(b"nothing of the kind" * 300)
    assert "database-damaged" in slugs(verify_data(data))


def test_a_folder_without_a_mesh_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="evidence-folder-wrong"):
        verify_data(tmp_path)


def test_an_institution_taken_away_from_among_its_neighbours_is_missed(copied: Copied) -> None:
    data = copied()
    shutil.rmtree(data / A)
    report = verify_data(data)
    assert "gateway-record-missing" in slugs(report)
    assert report.unchecked == ()


def test_without_keys_it_says_what_was_not_checked(copied: Copied) -> None:
    data = copied()
    (data / "keeper" / "keys" / "rest").unlink()
    (data / "exchange" / "keys" / "disclosure").unlink()
    report = verify_data(data)
    assert report.ok, report.findings
    assert len(report.unchecked) == 2


def test_it_reads_and_writes_nothing(copied: Copied) -> None:
    data = copied()
    before = {path: path.read_bytes() for path in data.rglob("*.db")}
    verify_data(data)
    assert {path: path.read_bytes() for path in data.rglob("*.db")} == before


def test_it_walks_beside_a_writer(copied: Copied) -> None:
    data = copied()
    with opened(data / KEEPER) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM leaf")
        assert verify_data(data).ok
        writer.execute("ROLLBACK")


def test_the_command_ends_with_its_finding(copied: Copied, capsys: pytest.CaptureFixture[str]) -> None:
    data = copied()
    assert verify(data) == 0
    run(data / KEEPER, "DELETE FROM leaf WHERE idx = 5")
    capsys.readouterr()
    assert verify(data, json=True) == 1
    said = msgspec.json.decode(capsys.readouterr().out)
    assert not said["ok"]
    assert {"ja", "en"} <= said["findings"][0]["what"].keys()
    assert verify(data) == 1
    assert "記録簿の葉が失われています。" in capsys.readouterr().out


def test_a_keepers_file_that_is_no_database_is_found(copied: Copied) -> None:
    data = copied()
    (data / KEEPER).write_bytes(b"nothing of the kind" * 300)
    assert "database-damaged" in slugs(verify_data(data))


def test_a_mark_of_one_bit_more_or_less_is_found_at_every_withheld_leaf(copied: Copied) -> None:
    data = copied()
    sound = (data / KEEPER).read_bytes()
    ends = rows(data / KEEPER, "second_chain", "until_ms")
    assert len(ends) > 2
    for place, until in ends:
        (data / KEEPER).write_bytes(sound)
        change(data / KEEPER, "second_chain", "until_ms", place, flipped(until, 2))
        assert not verify_data(data).ok, f"leaf {place} of {len(ends)}"
