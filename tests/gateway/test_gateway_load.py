"""Loading held copies: rows become documents or are named with place and reason; answers change in one step; history stays; a death costs nothing."""

import http.server
import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enishi.errors import Conflict, Malformed, Unavailable
from enishi.roles.gateway import copies, shown
from enishi.roles.gateway.load import loading
from enishi.roles.gateway.load.adapter import adapter_schema, read_adapter
from enishi.roles.gateway.load.translating import BadRow
from gateway.load_gateway import ADAPTER, HEAD, PEOPLE, adapter, csv_of, every, lay, opened, run
from gateway.world_gateway import CALLER, KNOWN, A, B, Operators, question, running

ROOT = Path(__file__).parents[2]
ONE, TWO, THREE = PEOPLE[:3]
POINTS = ["before_begin", "before_batch", "after_batch", "before_switch", "after_switch"]


def amount(folder: Path, number: str, period: str = "2024") -> int | None:
    with opened(folder) as database:
        found = database.read_now(lambda connection: copies.copy_of(connection, number, "child_allowance", period))
    return None if found is None else msgspec.json.decode(found.document)["monthly_amount"]


def test_rows_become_documents_with_the_time_at_which_the_source_held_them(tmp_path: Path) -> None:
    lay(tmp_path)
    report = run(tmp_path, adapter(), csv_of([(ONE, "2024", "15000", "一"), (TWO, "2023", "30000", "二")]))
    assert (report.state, report.rows, report.good, report.bad) == ("answering", 2, 2, 0)
    with opened(tmp_path) as database:
        found = database.read_now(lambda connection: copies.copy_of(connection, TWO, "child_allowance", "2023"))
    assert found == copies.Copy(b'{"v":"child_allowance.v1","fiscal_year":"2023","monthly_amount":30000,"children":2}', 1_700_000_000_000)
    assert amount(tmp_path, TWO, "2024") is None


BAD = [
    ("{0},2024,15000,三", BadRow(2, "人数", "code-unknown")),
    ("{0},2024,15000", BadRow(2, "", "row-width")),
    (",2024,15000,一", BadRow(2, "番号", "value-blank")),
    ("{0},2024,,一", BadRow(2, "月額", "value-blank")),
    ("{0},2024,１５０００,一", BadRow(2, "月額", "integer-unreadable")),
    ("{0},2024,1e4,一", BadRow(2, "月額", "integer-unreadable")),
    ("{0},2024,-5,一", BadRow(2, "monthly_amount", "item-invalid")),
    ("{0},24,15000,一", BadRow(2, "年度", "period-unreadable")),
    ("9999999999,2024,15000,一", BadRow(2, "", "person-unknown")),
    ("{0},2024,15000,\ue000", BadRow(2, "人数", "text-unreadable")),
    ("{0},2024,15\x00,一", BadRow(2, "月額", "text-unreadable")),
]


@pytest.mark.parametrize(("line", "bad"), BAD)
def test_a_bad_row_fails_alone_with_its_place_and_reason(tmp_path: Path, line: str, bad: BadRow) -> None:
    lay(tmp_path)
    report = run(tmp_path, adapter(), HEAD + line.format(ONE) + "\n" + f"{TWO},2024,15000,一\n")
    assert (report.state, report.good, report.bad_rows) == ("answering", 1, (bad,))
    assert (amount(tmp_path, ONE), amount(tmp_path, TWO)) == (None, 15000)


def test_bytes_that_are_no_text_spoil_their_own_row_and_the_second_of_two_rows_is_not_taken(tmp_path: Path) -> None:
    lay(tmp_path)
    lines = [f"{ONE},2024,15000,\xff\n".encode("latin-1"), *[f"{TWO},2024,{sum_},一\n".encode() for sum_ in (1, 2)]]
    report = run(tmp_path, adapter(), HEAD.encode() + b"".join(lines))
    assert report.bad_rows == (BadRow(2, "人数", "text-unreadable"), BadRow(4, "", "row-twice"))
    assert amount(tmp_path, TWO) == 1


def test_an_adapter_that_takes_no_bad_row_loads_nothing(tmp_path: Path) -> None:
    lay(tmp_path)
    run(tmp_path, adapter(), every(1))
    report = run(tmp_path, adapter(bad_rows="refuse"), every(2) + "x\n")
    assert (report.state, report.good, report.bad) == ("refused", len(PEOPLE), 1)
    assert amount(tmp_path, ONE) == 1
    with opened(tmp_path) as database:
        assert database.read_now(lambda c: c.execute("SELECT COUNT(*) FROM loaded_copy").fetchone()) == (len(PEOPLE),)


def test_a_full_load_takes_back_who_is_gone_and_only_in_its_period(tmp_path: Path) -> None:
    lay(tmp_path)
    run(tmp_path, adapter(), csv_of([(ONE, "2023", "1", "一"), (ONE, "2024", "2", "一"), (TWO, "2024", "3", "一")]))
    run(tmp_path, adapter(name="year", period={"fixed": "2024"}), csv_of([(TWO, "2024", "4", "一")]))
    assert (amount(tmp_path, ONE, "2023"), amount(tmp_path, ONE), amount(tmp_path, TWO)) == (1, None, 4)
    run(tmp_path, adapter(), csv_of([(THREE, "2024", "5", "一")]))
    assert (amount(tmp_path, ONE, "2023"), amount(tmp_path, TWO), amount(tmp_path, THREE)) == (None, None, 5)


def test_corrections_replace_and_take_back_single_copies_and_history_stays(tmp_path: Path) -> None:
    lay(tmp_path)
    run(tmp_path, adapter(), every(1))
    corrections = adapter(name="daily", mode="corrections", removed={"column": "月額", "value": "-"})
    run(tmp_path, corrections, csv_of([(ONE, "2024", "2", "一"), (TWO, "2024", "-", "一")]), 1_710_000_000_000)
    assert (amount(tmp_path, ONE), amount(tmp_path, TWO), amount(tmp_path, THREE)) == (2, None, 1)
    with opened(tmp_path) as database:
        kept = database.read_now(lambda connection: [copies.history_of(connection, number, "child_allowance", "2024") for number in (ONE, TWO)])
    assert [[(bool(one.document), one.as_of_ms) for one in former] for former in kept] == [
        [(True, 1_710_000_000_000), (True, 1_700_000_000_000)],
        [(False, 1_710_000_000_000), (True, 1_700_000_000_000)],
    ]
    assert all(one.since_ms > 0 for former in kept for one in former)
    run(tmp_path, adapter(), every(3))
    assert (amount(tmp_path, ONE), amount(tmp_path, TWO)) == (3, 3)


def test_the_same_source_again_is_no_new_load_and_what_came_between_counts(tmp_path: Path) -> None:
    lay(tmp_path)
    for content in (every(1), every(1), every(2), every(1)):
        run(tmp_path, adapter(), content)
    assert amount(tmp_path, ONE) == 1
    with opened(tmp_path) as database:
        assert database.read_now(lambda c: c.execute("SELECT COUNT(*) FROM edition").fetchone()) == (3,)


@pytest.mark.parametrize("before", [{1}, set()], ids=["after-another", "the-first"])
def test_answers_are_of_the_old_edition_until_the_new_one_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: set[int]) -> None:
    lay(tmp_path)
    if before:
        run(tmp_path, adapter(), every(1))
    monkeypatch.setattr(loading, "BATCH", 7)
    seen = []

    def watch(name: str) -> None:
        # Another process's view at every crash point of the load.
        with sqlite3.connect(tmp_path / "gateway.db") as other:
            found = [copies.copy_of(other, number, "child_allowance", "2024") for number in PEOPLE]
        seen.append((name, {msgspec.json.decode(one.document)["monthly_amount"] for one in found if one}))

    monkeypatch.setattr("enishi.store.crash.point", watch)
    run(tmp_path, adapter(), every(2))
    assert len(seen) == 1 + 2 * 5 + 2
    assert all(sums == before for name, sums in seen if name != "gateway.load.after_switch")
    assert seen[-1] == ("gateway.load.after_switch", {2})


def command(folder: Path, crash_at: str = "") -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, "-m", "enishi.cli.main", "gateway", "load", "--data", str(folder), "--tenant", "012131"]
    files = ["--adapter", str(folder / "adapter.yaml"), "--as-of", "2025-04-01T00:00:00+09:00", "--report", str(folder / "report.json")]
    return subprocess.run([*arguments, *files], env=os.environ | {"ENISHI_CRASH_AT": crash_at}, capture_output=True, text=True)


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_in_the_middle_loses_nothing_and_the_next_run_goes_on(tmp_path: Path, point: str) -> None:
    people = tuple(f"{number:010d}" for number in range(1, 4502))
    tenant = tmp_path / "tenants" / "012131"
    lay(tenant, people)
    run(tenant, adapter(), every(1, people))
    (tmp_path / "adapter.yaml").write_text(yaml.safe_dump(ADAPTER, allow_unicode=True), encoding="utf-8")
    (tmp_path / "source.csv").write_text(every(2, people) + "x\n", encoding="utf-8")
    nth = ":2" if point.endswith("batch") else ""
    assert command(tmp_path, f"gateway.load.{point}{nth}").returncode == -9
    assert amount(tenant, people[0]) == (2 if point == "after_switch" else 1)
    done = command(tmp_path)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "report.json").read_bytes())
    assert (report["rows"], report["good"], report["bad_rows"]) == (4502, 4501, [{"row": 4503, "column": "", "reason": "row-width"}])
    assert report["resumed_after"] == {"before_begin": 0, "before_batch": 2000, "after_batch": 4000}.get(point, 4502)
    assert f"row {4503}: -: row-width" in done.stdout
    with opened(tenant) as database:
        (held,) = database.read_now(lambda c: c.execute("SELECT COUNT(*) FROM loaded_copy WHERE as_of_ms = 1743433200000").fetchone())
    assert (held, amount(tenant, people[0]), amount(tenant, people[-1])) == (4501, 2, 2)


def test_a_kill_before_a_refusal_ends_in_the_refusal(tmp_path: Path) -> None:
    tenant = tmp_path / "tenants" / "012131"
    lay(tenant)
    (tmp_path / "adapter.yaml").write_text(yaml.safe_dump(ADAPTER | {"bad_rows": "refuse"}, allow_unicode=True), encoding="utf-8")
    (tmp_path / "source.csv").write_text(every(2) + "x\n", encoding="utf-8")
    assert command(tmp_path, "gateway.load.before_refuse").returncode == -9
    assert (command(tmp_path).returncode, amount(tenant, ONE)) == (1, None)


def test_another_source_takes_the_place_of_what_was_left_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path)
    monkeypatch.setattr(loading, "BATCH", 7)
    monkeypatch.setattr("enishi.store.crash.point", lambda name: {}[name] if name.endswith("before_switch") else None)
    with pytest.raises(KeyError):
        run(tmp_path, adapter(), every(1))
    monkeypatch.setattr("enishi.store.crash.point", lambda name: None)
    run(tmp_path, adapter(), every(2))
    with opened(tmp_path) as database:
        assert database.read_now(lambda c: c.execute("SELECT COUNT(*) FROM loaded_copy").fetchone()) == (len(PEOPLE),)
    assert amount(tmp_path, ONE) == 2


def test_a_source_that_changes_while_it_is_read_becomes_no_edition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path)
    run(tmp_path, adapter(), every(1))

    def write(name: str) -> None:
        if name == "gateway.load.after_batch":
            with (tmp_path / "source.csv").open("a", encoding="utf-8") as file:
                file.write(f"{ONE},2023,9,一\n")

    monkeypatch.setattr("enishi.store.crash.point", write)
    with pytest.raises(Conflict, match="source-changed"):
        run(tmp_path, adapter(), every(2))
    assert amount(tmp_path, ONE) == 1


def test_a_database_is_a_source(tmp_path: Path) -> None:
    lay(tmp_path)
    with sqlite3.connect(tmp_path / "own.db") as own:
        own.execute("CREATE TABLE paid (番号 TEXT, 年度 INTEGER, 月額 INTEGER, 人数 TEXT)")
        own.executemany("INSERT INTO paid VALUES (?, 2024, ?, '二')", [(ONE, 7), (TWO, None)])
    source = {"kind": "database", "url": "sqlite:///own.db", "query": "SELECT * FROM paid ORDER BY 番号"}
    report = run(tmp_path, adapter(source=source))
    assert (report.good, report.bad_rows, amount(tmp_path, ONE)) == (1, (BadRow(2, "月額", "value-blank"),), 7)
    assert list(tmp_path.glob("*.spool*")) == []
    for query in ("SELECT * FROM nothing", "DELETE FROM paid", "SELECT 番号 FROM paid; SELECT 1"):
        with pytest.raises(Malformed, match="source-unreadable"):
            run(tmp_path, adapter(name="other", source=source | {"query": query}))
    # A full load in which every row were bad would take back every copy.
    with pytest.raises(Malformed, match="adapter-column-missing"):
        run(tmp_path, adapter(name="third", source=source | {"query": "SELECT 番号, 年度, 人数 FROM paid"}))


@contextmanager
def serving(body: bytes, length: int) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_an_endpoint_is_a_source_and_an_answer_that_is_cut_off_is_none(tmp_path: Path) -> None:
    lay(tmp_path)
    rows = [{"番号": number, "年度": "2024", "月額": 8, "人数": "一"} for number in (ONE, TWO)]
    body = b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
    with serving(body, len(body)) as url:
        assert run(tmp_path, adapter(source={"kind": "http", "url": url})).good == 2
    with serving(body[: body.index(b"\n") + 1], len(body)) as url, pytest.raises(Unavailable, match="source-unreachable"):
        run(tmp_path, adapter(source={"kind": "http", "url": url}))
    with pytest.raises(Unavailable, match="source-unreachable"):
        run(tmp_path, adapter(name="gone", source={"kind": "http", "url": url}))
    assert amount(tmp_path, TWO) == 8


@pytest.mark.asyncio
async def test_a_running_gateway_answers_from_the_load_and_says_as_of_when(tmp_path: Path, operators: Operators) -> None:
    async with running(tmp_path, operators) as gateway:
        text = await gateway.tenants[B].database.read(lambda c: copies.copy_of(c, "9" + KNOWN, "jumin", ""))
        assert text is not None
        fields = {name: {"column": name, "read": "json"} for name in msgspec.json.decode(text.document) if name != "v"}
        lines = {"kind": "jsonl", "file": "source.csv"}
        given_ = {"v": 1, "name": "jumin", "item": "jumin.v2", "source": lines, "mode": "full", "bad_rows": "refuse", "person": "p", "as_of": "at"}
        row = {name: msgspec.json.encode(value).decode() for name, value in msgspec.json.decode(text.document).items() if name != "v"}
        (tmp_path / "source.csv").write_bytes(msgspec.json.encode(row | {"p": "9" + KNOWN, "at": "2025-03-31T22:15:00+09:00"}) + b"\n")
        loader = read_adapter(msgspec.json.encode(given_ | {"fields": fields}))
        place = loading.Place(gateway.tenants[B].database, tmp_path, tmp_path)
        assert loading.load(loader, place, 0, lambda done, whole: None).bad_rows == ()
        txid = await gateway.ask.ask(gateway.tenants[A], CALLER, question())
        found = await gateway.tenants[A].database.read(lambda connection: shown.show(connection, txid, CALLER))
    assert found.items[0].as_of == {"jumin": "2025-03-31T22:15:00.000+09:00"}
    assert msgspec.json.decode(found.items[0].documents["jumin"][0]) == msgspec.json.decode(text.document)


WRONG = [
    {"item": "child_allowance.v9"},
    {"item": "nothing.v1"},
    {"period": None},
    {"period": {}},
    {"period": {"column": "年度", "fixed": "2024"}},
    {"fields": {"nothing": {"column": "月額"}}},
    {"fields": {"v": {"fixed": "child_allowance.v1"}}},
    {"fields": {"children": {"column": "人数", "table": "nothing"}}},
    {"fields": {"children": {}}},
    {"removed": {"column": "月額", "value": "-"}},
    {"more": 1},
    {"source": {"kind": "database", "url": "mysql://db", "query": "SELECT 1"}},
]


@pytest.mark.parametrize("change", WRONG)
def test_an_adapter_that_cannot_be_meant_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(Malformed, match="adapter-wrong"):
        adapter(**change)


@pytest.mark.parametrize("text", [b"", b"- 1", b"\xff", b"a: [", b"!!python/object:os.system {}", b"{" * 3000])
def test_what_is_no_adapter(text: bytes) -> None:
    with pytest.raises(Malformed, match="adapter-wrong"):
        read_adapter(text)


def test_a_column_that_is_not_there_stops_the_load(tmp_path: Path) -> None:
    lay(tmp_path)
    for content in ("番号,年度,月額\n", "番号,年度,月額,人数,人数\n", ""):
        with pytest.raises(Malformed):
            run(tmp_path, adapter(), content)


def test_the_schema_is_published_and_the_shipped_adapters_follow_it() -> None:
    published = json.loads((ROOT / "adapters" / "adapter.schema.json").read_bytes())
    assert published == adapter_schema()
    check = jsonschema_rs.Draft202012Validator(published)
    for path in sorted((ROOT / "adapters").glob("*.yaml")):
        read_adapter(path.read_bytes())
        assert check.is_valid(yaml.safe_load(path.read_bytes())), path
    assert not check.is_valid(ADAPTER | {"mode": "some"})


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=300), st.text('0123456789,"\n\r一二', max_size=200).map(str.encode)))
def test_no_content_crashes_a_load(tmp_path: Path, content: bytes) -> None:
    if not (tmp_path / "gateway.db").exists():
        lay(tmp_path)
    # What breaks the grammar of the whole file is one fault; everything else is rows.
    with suppress(Malformed):
        report = run(tmp_path, adapter(), HEAD.encode() + content)
        assert report.rows == report.good + report.bad
