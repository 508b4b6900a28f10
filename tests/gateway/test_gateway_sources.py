"""Databases and Parquet files as sources: the same documents as of CSV, streamed, read only, each bad value in its own row; secrets stay in files."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from enishi.errors import Malformed, Misconfigured, Unavailable
from enishi.roles.gateway.load import loading
from enishi.roles.gateway.load.origins import Table
from enishi.roles.gateway.load.parquet import ParquetRows
from enishi.roles.gateway.load.secretfile import read_secret
from enishi.roles.gateway.load.tables import fetch_table
from enishi.roles.gateway.load.translating import BadRow
from enishi.roles.gateway.load.values import NO_TEXT, plain
from gateway.load_gateway import PEOPLE, adapter, csv_of, lay, opened, run

ONE, TWO, THREE = PEOPLE[:3]
ROWS = [(number, "2024", str(5000 * place), "二" if place % 2 else "一") for place, number in enumerate(PEOPLE)]
NAMES = ("番号", "年度", "月額", "人数")
SQL = {"kind": "database", "url": "sqlite:///own.db", "table": "paid"}
PARQUET = {"kind": "parquet", "file": "source.parquet"}


def loaded(folder: Path) -> list[tuple[str, str, bytes]]:
    """What the newest edition holds."""
    query = "SELECT addressee_number, period, document FROM loaded_copy WHERE edition = (SELECT MAX(id) FROM edition) ORDER BY 1, 2"
    with opened(folder) as database:
        return [(row[0], row[1], bytes(row[2])) for row in database.read_now(lambda c: c.execute(query).fetchall())]


def own(folder: Path, rows: list[tuple[Any, ...]], columns: str = "番号 TEXT, 年度 INTEGER, 月額 INTEGER, 人数 TEXT, 病名 TEXT") -> None:
    with sqlite3.connect(folder / "own.db") as connection:
        connection.execute("DROP TABLE IF EXISTS paid")
        connection.execute(f"CREATE TABLE paid ({columns})")
        connection.executemany(f"INSERT INTO paid VALUES ({', '.join('?' * len(rows[0]))})", rows)


def parquet(folder: Path, columns: dict[str, Any], **how: Any) -> None:
    pq.write_table(pa.table(columns), folder / "source.parquet", **how)


def test_one_population_becomes_the_same_documents_from_every_kind_of_source(tmp_path: Path) -> None:
    lay(tmp_path)
    assert run(tmp_path, adapter(), csv_of(ROWS)).good == len(PEOPLE)
    expected = loaded(tmp_path)
    own(tmp_path, [(number, int(year), int(amount), count, "secret") for number, year, amount, count in ROWS])
    typed = dict(zip(NAMES, map(list, zip(*[(n, int(y), Decimal(a), c) for n, y, a, c in ROWS], strict=True)), strict=True))
    parquet(tmp_path, typed | {"人数": pa.array(typed["人数"]).dictionary_encode(), "月額": pa.array(typed["月額"], pa.decimal128(10, 0))})
    for name, source in (("sql", SQL), ("query", SQL | {"table": None, "query": "SELECT * FROM paid"}), ("parquet", PARQUET)):
        report = run(tmp_path, adapter(name=name, source=source))
        assert (report.state, report.good, report.bad_rows) == ("answering", len(PEOPLE), ())
        assert loaded(tmp_path) == expected, name
    assert list(tmp_path.glob("*spool*")) == []


def test_of_a_table_only_the_columns_of_the_adapter_are_asked_for(tmp_path: Path) -> None:
    own(tmp_path, [(ONE, 2024, 1, "一", "secret")])
    wanted = adapter().columns
    (line,) = fetch_table(Table(url=SQL["url"], table="paid"), wanted, tmp_path)
    assert set(msgspec.json.decode(line)) == wanted == set(NAMES)
    (whole,) = fetch_table(Table(url=SQL["url"], table="main.paid"), wanted | {"病名"}, tmp_path)
    assert b"secret" in whole


def test_values_that_are_no_text_spoil_their_own_row(tmp_path: Path) -> None:
    lay(tmp_path)
    own(tmp_path, [(ONE, 2024, 1, "一"), (TWO, 2024, b"\x01", "一"), (THREE, 2024, 1.5, "一"), (PEOPLE[3], 2024, 7, "一")], "番号, 年度, 月額, 人数")
    with sqlite3.connect(tmp_path / "own.db") as connection:
        connection.execute("UPDATE paid SET 人数 = CAST(x'ff41' AS TEXT) WHERE 番号 = ?", (PEOPLE[3],))
    report = run(tmp_path, adapter(source=SQL))
    reasons = [BadRow(2, "月額", "text-unreadable"), BadRow(3, "月額", "integer-unreadable"), BadRow(4, "人数", "text-unreadable")]
    assert (report.good, list(report.bad_rows)) == (1, reasons)


def test_a_cell_is_a_plain_value_or_none_at_all() -> None:
    for value in (None, True, 5, "漢", 1.5):
        assert plain(value) == value
    assert [plain(value) for value in (date(2024, 1, 2), datetime(2024, 1, 2, 3, tzinfo=UTC))] == ["2024-01-02", "2024-01-02T03:00:00+00:00"]
    assert [plain(value) for value in (Decimal("1E+3"), Decimal("1.50"), 2**70)] == ["1000", "1.50", str(2**70)]
    for value in (b"x", float("nan"), Decimal("NaN"), "\ud800", object()):
        assert plain(value) == NO_TEXT
    assert plain({"a": [1, b"x"]}) == {"a": [1, NO_TEXT]}


def test_a_statement_is_streamed_and_read_as_it_stands(tmp_path: Path) -> None:
    own(tmp_path, [(ONE, 2024, 1, "一", "")])
    endless = "WITH RECURSIVE n(番号) AS (SELECT 1 UNION ALL SELECT 番号 + 1 FROM n) SELECT 番号, ':x %s 100%' AS 月額 FROM n WHERE ':y' <> '%d'"
    rows = fetch_table(Table(url=SQL["url"], query=endless), frozenset({"番号", "月額"}), tmp_path)
    # A source without end: nothing but the rows that are taken is ever made.
    assert list(islice(rows, 3)) == [b'{"\xe7\x95\xaa\xe5\x8f\xb7":%d,"\xe6\x9c\x88\xe9\xa1\x8d":":x %%s 100%%"}' % number for number in (1, 2, 3)]


def test_what_was_fetched_for_another_question_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path)
    own(tmp_path, [(ONE, 2024, 1, "一", ""), (TWO, 2024, 2, "一", "")])
    monkeypatch.setattr("enishi.store.crash.point", lambda name: {}[name] if name.endswith("before_batch") else None)
    with pytest.raises(KeyError):
        run(tmp_path, adapter(source=SQL))
    assert len(list(tmp_path.glob("*.spool.jsonl"))) == 1
    monkeypatch.setattr("enishi.store.crash.point", lambda name: None)
    mended = SQL | {"table": None, "query": "SELECT * FROM paid WHERE 月額 = 2"}
    assert run(tmp_path, adapter(source=mended)).rows == 1
    assert list(tmp_path.glob("*spool*")) == []


def test_rows_are_as_of_when_they_were_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path)
    own(tmp_path, [(ONE, 2024, 1, "一", "")])
    times = iter([1_700_000_000_000])
    monkeypatch.setattr("enishi.roles.gateway.load.sources.clock.now_ms", lambda: next(times, 1_700_000_900_000))
    run(tmp_path, adapter(source=SQL), as_of_ms=0)
    with opened(tmp_path) as database:
        assert database.read_now(lambda c: c.execute("SELECT as_of_ms FROM loaded_copy").fetchall()) == [(1_700_000_000_000,)]


WRONG: list[dict[str, Any]] = [
    SQL | {"query": "SELECT 1"},
    {"kind": "database", "url": "sqlite:///own.db"},
    SQL | {"url": "postgresql://reader:s3cret" + "@db.example/own"},
    SQL | {"url": "oracle://db.example/own"},
    SQL | {"table": "a.b.c"},
]


@pytest.mark.parametrize("source", WRONG)
def test_a_database_that_is_declared_wrongly_is_refused(source: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="adapter-wrong") as refused:
        adapter(source=source)
    assert "s3cret" not in str(refused.value)


def test_a_source_that_is_not_there_says_which_part_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "word").write_text("word\n", encoding="ascii")
    (tmp_path / "word").chmod(0o600)
    monkeypatch.setitem(sys.modules, "psycopg2", None)
    for url, fault in (("postgresql+psycopg2://r@localhost/own", Misconfigured), ("postgresql+none://r@localhost/own", Malformed)):
        with pytest.raises(fault):
            list(fetch_table(Table(url=url, table="paid", password_file="word"), frozenset({"番号"}), tmp_path))
    own(tmp_path, [(ONE, 2024, 1, "一", "")])
    with pytest.raises(Malformed, match="readonly"):
        list(fetch_table(Table(url=SQL["url"], query="DELETE FROM paid RETURNING 番号"), frozenset({"番号"}), tmp_path))
    with pytest.raises(Malformed, match="no such file"):
        list(fetch_table(Table(url="sqlite:///gone.db", table="paid"), frozenset({"番号"}), tmp_path))
    assert not (tmp_path / "gone.db").exists()


def test_a_secret_is_read_from_a_file_that_is_its_owners_alone(tmp_path: Path) -> None:
    place = tmp_path / "word"
    with pytest.raises(Misconfigured, match="source-secret-unreadable"):
        read_secret(place)
    place.write_bytes(b"s3cret\r\nnext\n")
    place.chmod(0o640)
    with pytest.raises(Misconfigured, match="source-secret-open"):
        read_secret(place)
    place.chmod(0o600)
    assert read_secret(place) == "s3cret"
    place.write_bytes(b"\n")
    with pytest.raises(Misconfigured, match="source-secret-unreadable"):
        read_secret(place)


def test_of_a_parquet_file_only_what_is_asked_for_is_read(tmp_path: Path) -> None:
    chance = random.Random(1)
    noise = [chance.randbytes(100) for _ in range(20_000)]
    parquet(tmp_path, {"番号": [f"{n:010d}" for n in range(20_000)], "病名": noise}, row_group_size=5000)

    class Counted:
        """The file with how many bytes were taken of it."""

        taken, closed = 0, False

        def __init__(self, path: Path) -> None:
            self.file = path.open("rb")
            self.seek, self.tell, self.readable, self.seekable = self.file.seek, self.file.tell, self.file.readable, self.file.seekable

        def read(self, size: int = -1) -> bytes:
            found = self.file.read(size)
            self.taken += len(found)
            return found

    counted, size = Counted(tmp_path / "source.parquet"), (tmp_path / "source.parquet").stat().st_size
    rows = ParquetRows(counted, size, frozenset({"番号"}))  # type: ignore[arg-type]
    assert next(rows.rows()) == (1, {"番号": "0000000000"})
    assert 0 < counted.taken < size // 10
    assert [number for number, _ in islice(rows.rows(), 20_000)][-1] == 20_000
    assert (rows.place(), counted.taken < size // 4) == (size, True)


def test_values_of_parquet_that_python_cannot_hold_spoil_their_own_row(tmp_path: Path) -> None:
    lay(tmp_path)
    far = pa.array([0, 2**62, 86_400_000_000], pa.int64()).view(pa.timestamp("us"))
    text = pa.array([b"\xe4\xb8\x80", b"\xe4\xb8\x80", b"\xff"]).view(pa.string())
    parquet(tmp_path, {"番号": [ONE, TWO, THREE], "年度": ["2024"] * 3, "月額": [1, 2, 3], "人数": text, "日時": far})
    fields = {
        "fiscal_year": {"column": "年度"},
        "monthly_amount": {"column": "月額", "read": "integer"},
        "children": {"column": "人数", "table": "count"},
    }
    report = run(tmp_path, adapter(source=PARQUET, fields=fields, as_of="日時"))
    # The first time is without its offset; the second is beyond the calendar; the third row's text is none.
    assert [bad.reason for bad in report.bad_rows] == ["time-unreadable", "text-unreadable", "time-unreadable"]
    plain_ = run(tmp_path, adapter(name="plain", source=PARQUET))
    assert (plain_.good, plain_.bad_rows) == (2, (BadRow(3, "人数", "text-unreadable"),))


def test_a_parquet_load_that_died_goes_on_behind_its_last_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path)
    parquet(tmp_path, dict(zip(NAMES, map(list, zip(*[(n, y, int(a), c) for n, y, a, c in ROWS], strict=True)), strict=True)), row_group_size=4)
    monkeypatch.setattr(loading, "BATCH", 7)
    seen = iter(range(100))
    monkeypatch.setattr("enishi.store.crash.point", lambda name: {}[name] if name.endswith("after_batch") and next(seen) == 2 else None)
    with pytest.raises(KeyError):
        run(tmp_path, adapter(source=PARQUET))
    monkeypatch.setattr("enishi.store.crash.point", lambda name: None)
    report = run(tmp_path, adapter(source=PARQUET))
    assert (report.resumed_after, report.good, len(loaded(tmp_path))) == (21, len(PEOPLE), len(PEOPLE))


def test_a_parquet_file_that_is_none_or_lacks_a_column_stops_the_load(tmp_path: Path) -> None:
    lay(tmp_path)
    parquet(tmp_path, {"番号": [ONE], "年度": ["2024"], "月額": [1]})
    with pytest.raises(Malformed, match="adapter-column-missing"):
        run(tmp_path, adapter(source=PARQUET))
    parquet(tmp_path, {name: [ONE] for name in NAMES})
    whole = (tmp_path / "source.parquet").read_bytes()
    chance = random.Random(7)
    for _ in range(60):
        broken = bytearray(whole[: chance.randrange(len(whole))] if chance.random() < 0.3 else whole)
        for _ in range(chance.randrange(1, 9)):
            if broken:
                broken[chance.randrange(len(broken))] = chance.randrange(256)
        (tmp_path / "source.parquet").write_bytes(broken)
        # Either it is still such a file, or it is a fault that says so; it never ends the process.
        with suppress(Malformed):
            run(tmp_path, adapter(source=PARQUET, name="broken"))


def test_without_pyarrow_a_parquet_file_is_told_in_a_sentence_and_the_rest_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path)
    parquet(tmp_path, {name: [ONE] for name in NAMES})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(Misconfigured, match="parquet-missing"):
        run(tmp_path, adapter(source=PARQUET))
    assert run(tmp_path, adapter(), csv_of(ROWS)).good == len(PEOPLE)


def _server(program: str) -> str:
    """A program of the PostgreSQL server, which Debian keeps off the path."""
    return shutil.which(program) or str(max(Path("/usr/lib/postgresql").glob(f"*/bin/{program}")))


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The folder of the socket of a short-lived cluster, run by somebody who is not root."""
    # Not below pytest's own folder, which nobody but its owner may enter.
    with tempfile.TemporaryDirectory() as folder:
        other: dict[str, Any] = {"user": "nobody"} if os.geteuid() == 0 else {}
        if other:
            shutil.chown(folder, "nobody")
        quiet: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder} | other
        subprocess.run([_server("initdb"), "-D", f"{folder}/data", "-U", "reader", "-A", "trust", "-E", "UTF8", "--no-sync"], **quiet)
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        subprocess.run([_server("pg_ctl"), "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o", options, "start"], **quiet)
        try:
            yield folder
        finally:
            subprocess.run([_server("pg_ctl"), "-D", f"{folder}/data", "-m", "immediate", "stop"], **quiet)


def test_postgresql_is_a_source_read_in_one_transaction_that_cannot_write(tmp_path: Path, cluster: str) -> None:
    lay(tmp_path)
    url = f"postgresql+psycopg://reader@/postgres?host={cluster}"
    with psycopg.connect(f"host={cluster} dbname=postgres user=reader") as own_:
        own_.execute('CREATE SCHEMA "課"; CREATE TABLE "課".paid (番号 TEXT, 年度 INT, 月額 NUMERIC(10), 人数 TEXT, 日 DATE, 生 BYTEA)')
        with own_.cursor().copy('COPY "課".paid (番号, 年度, 月額, 人数, 日) FROM STDIN') as copy:
            for number, year, amount, count in ROWS:
                copy.write_row((number, year, amount, count, "2024-04-01"))
        own_.execute("CREATE SEQUENCE counted; CREATE FUNCTION told(t TEXT) RETURNS INT LANGUAGE sql AS 'SELECT t::int'")
    assert run(tmp_path, adapter(), csv_of(ROWS)).good == len(PEOPLE)
    expected, sql = loaded(tmp_path), {"kind": "database", "url": url}
    for name, what in (("table", {"table": "課.paid"}), ("query", {"query": "SELECT * FROM \"課\".paid WHERE 人数 LIKE '%' OR 番号 = ':x'"})):
        report = run(tmp_path, adapter(name=name, source=sql | what))
        assert (report.good, report.bad_rows) == (len(PEOPLE), ())
        assert loaded(tmp_path) == expected
    for query in ('DELETE FROM "課".paid RETURNING *', "SELECT nextval('counted') AS 番号", "SELECT 1; DROP TABLE 課.paid", "SELECT FROM gone"):
        with pytest.raises(Malformed, match="source-unreadable"):
            list(fetch_table(Table(url=url, query=query), frozenset({"番号"}), tmp_path))
    with pytest.raises(Malformed) as quoted:
        list(fetch_table(Table(url=url, query="SELECT told('山田') AS 番号"), frozenset({"番号"}), tmp_path))
    assert "山田" not in str(quoted.value)
    # Of ten million rows three are taken: the server hands them out as they are asked for.
    many = fetch_table(Table(url=url, query="SELECT n AS 番号 FROM generate_series(1, 10000000) n"), frozenset({"番号"}), tmp_path)
    assert [msgspec.json.decode(line)["番号"] for line in islice(many, 3)] == [1, 2, 3]
    many.close()
    with pytest.raises(Unavailable, match="source-unreachable"):
        list(fetch_table(Table(url=url.replace("/postgres?", "/gone?"), table="paid"), frozenset({"番号"}), tmp_path))
    with psycopg.connect(f"host={cluster} dbname=postgres user=reader") as own_:
        assert own_.execute('SELECT COUNT(*), (SELECT is_called FROM counted) FROM "課".paid').fetchone() == (len(PEOPLE), False)
