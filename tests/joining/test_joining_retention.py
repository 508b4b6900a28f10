"""Retention: what ended more than seven years ago goes, and nothing else; a dry run counts the same and changes nothing."""

import os
import signal
import sqlite3
import subprocess
import sys
from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec
import pytest

from enishi import clock
from enishi.cli.gateway.places import count, opened
from enishi.cli.gateway.retention import run_retention
from enishi.errors import Conflict, Unavailable
from enishi.roles.gateway.assemble import Gateway
from enishi.roles.gateway.evidence.gathering import Gathering
from enishi.roles.gateway.evidence.kept import bundle_of, count_waiting, keep
from enishi.roles.gateway.evidence.retention import Old, count_old, cutoff_ms, delete_old
from enishi.roles.gateway.evidence.searching import read_search, search
from enishi.roles.gateway.self_disclosure import kept
from enishi.store.database import Database
from enishi.terms import ItemId
from gateway.world_gateway import CALLER, KNOWN, PROTECTED, A, B, Operators, question, running

pytestmark = pytest.mark.asyncio
DAY_MS = 86_400_000
TABLES = ("asked", "asked_item", "asked_outcome", "answered", "given")


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}+09:00").timestamp() * 1000)


def rows(database: Database) -> dict[str, int]:
    return {table: database.read_now(partial(count, query=f"SELECT count(*) FROM {table}")) for table in TABLES}


@pytest.mark.parametrize(("now", "before"), [("2026-11-26T12:00", "2019-11-26T12:00"), ("2028-02-29T00:00", "2021-02-28T00:00")])
async def test_seven_years_are_calendar_years(now: str, before: str) -> None:
    assert cutoff_ms(at(now)) == at(before)


async def test_what_is_older_goes_and_nothing_else(tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch) -> None:
    born = clock.now_ms()
    async with running(tmp_path, operators) as gateway:
        await ask(gateway, KNOWN)
        await ask(gateway, PROTECTED)
        monkeypatch.setattr(clock, "now_ms", lambda: born + 30 * DAY_MS)
        await gateway.registry.refresh()
        await ask(gateway, KNOWN)
        before = {name: rows(gateway.tenants[name].database) for name in (A, B)}
        assert (before[A]["asked"], before[B]["answered"]) == (3, 3)
    # The day before the seven years are full nothing is old; held and open items never are.
    monkeypatch.setattr(clock, "now_ms", lambda: born + 6 * 365 * DAY_MS)
    run_retention(tmp_path, "", False)
    assert reopened(tmp_path, A) == before[A]
    monkeypatch.setattr(clock, "now_ms", lambda: born + 7 * 366 * DAY_MS)
    run_retention(tmp_path, "", True)
    assert reopened(tmp_path, A) == before[A]
    run_retention(tmp_path, "", False)
    after = {name: reopened(tmp_path, name) for name in (A, B)}
    assert after[A] == {"asked": 2, "asked_item": 2, "asked_outcome": 2, "answered": 0, "given": 0}
    assert (after[B]["answered"], after[B]["given"]) == (2, 2)
    run_retention(tmp_path, A, False)
    assert reopened(tmp_path, A) == after[A]


async def test_an_outcome_that_is_not_in_the_log_stays(gateway: Gateway) -> None:
    await ask(gateway, KNOWN)
    database = gateway.tenants[B].database
    far = clock.now_ms() + DAY_MS
    assert database.read_now(lambda connection: count_old(connection, far)) == Old(0, 1)
    await database.write(lambda connection: connection.execute("UPDATE given SET recorded_index = -1").rowcount)
    assert database.read_now(lambda connection: count_old(connection, far)) == Old(0, 0)
    await database.write(lambda connection: connection.execute("UPDATE given SET recorded_index = 5").rowcount)
    assert delete_old(database, far) == Old(0, 1)


async def test_every_word_narrows_the_search(gateway: Gateway) -> None:
    await ask(gateway, KNOWN)
    await ask(gateway, PROTECTED)
    database = gateway.tenants[A].database

    def found(**words: str) -> int:
        return len(database.read_now(lambda connection: search(connection, read_search(words))))

    assert found() == 2
    assert (found(person=KNOWN), found(person="1")) == (1, 0)
    assert (found(case="case-7"), found(case="case-8")) == (2, 0)
    assert (found(officer=CALLER.officer), found(officer="other")) == (2, 0)
    assert (found(provider=B), found(provider=A)) == (2, 0)
    assert (found(until_ms="1"), found(from_ms="1")) == (0, 2)
    first = database.read_now(lambda connection: search(connection, read_search({})))[0]
    assert found(after=first.item_id) == 1
    assert msgspec.json.decode(msgspec.json.encode(first))["evidence"] == "gathering"


async def ask(gateway: Gateway, person: str) -> None:
    await gateway.ask.ask(gateway.tenants[A], CALLER, question(person))


def reopened(platform: Path, tenant: str) -> dict[str, int]:
    with opened(platform, tenant) as database:
        return rows(database)


async def test_a_log_that_is_away_leaves_everything_to_be_gathered(gateway: Gateway) -> None:
    await ask(gateway, KNOWN)
    database = gateway.tenants[A].database
    gathering = Gathering(gateway.registry, gateway.tenants[A].folder.parent.parent, "http://127.0.0.1:9")
    with pytest.raises(Unavailable, match="evidence-log-unreachable"):
        await gathering.gather(tuple(gateway.tenants.values()))
    assert database.read_now(count_waiting) == 1
    item_id = only(database)
    with pytest.raises(Unavailable, match="evidence-gathering"):
        database.read_now(lambda connection: bundle_of(connection, gateway.tenants[A].folder, item_id))


async def test_an_item_whose_registry_was_never_kept_is_said_to_have_no_bundle(gateway: Gateway) -> None:
    await ask(gateway, KNOWN)
    database = gateway.tenants[A].database
    lost = [only(database)]
    await database.write(lambda connection: keep(connection, (), lost, "", 1))
    with pytest.raises(Conflict, match="evidence-not-possible"):
        database.read_now(lambda connection: bundle_of(connection, gateway.tenants[A].folder, lost[0]))


def only(database: Database) -> ItemId:
    ((item_id,),) = database.read_now(lambda connection: connection.execute("SELECT item_id FROM asked_item").fetchall())
    return ItemId(item_id)


async def test_a_deletion_that_died_goes_on(tmp_path: Path, operators: Operators) -> None:
    async with running(tmp_path, operators) as gateway:
        await ask(gateway, KNOWN)
    script = (
        "from enishi.cli.gateway.retention import run_retention; from enishi import clock; from pathlib import Path; "
        f"clock.now_ms = lambda: {clock.now_ms() + 8 * 366 * DAY_MS}; run_retention(Path({str(tmp_path)!r}), '', False)"
    )
    died = subprocess.run([sys.executable, "-c", script], env={**os.environ, "ENISHI_CRASH_AT": "gateway.retention.before_delete:2"}, check=False)
    assert died.returncode == -signal.SIGKILL
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
    assert [set(reopened(tmp_path, name).values()) for name in (A, B)] == [{0}, {0}]


async def test_what_people_asked_of_their_own_data_goes_by_the_same_rule(
    tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ended before the day: gone; waiting for an official, not yet in the log, or later: kept."""
    # These rows carry no real reply, so the desk's own clock must not bring them to the log meanwhile.
    monkeypatch.setattr(kept, "unrecorded", lambda connection, limit: [])
    async with running(tmp_path, operators) as gateway:
        database = gateway.tenants[B].database
        cases = {b"ended": (1, "provided", -2), b"held": (1, "held", -2), b"unrecorded": (1, "provided", -1), b"later": (10, "provided", -2)}

        def fill(connection: sqlite3.Connection) -> int:
            for item, (at_ms, kind, index) in cases.items():
                connection.execute("INSERT INTO self_asked VALUES (?, x'', 'n', 'koseki', '', ?, x'', '')", (item, at_ms))
                connection.execute("INSERT INTO self_given VALUES (?, 0, ?, x'', 0, '', '', '', ?, ?)", (item, kind, at_ms, index))
                connection.execute("INSERT INTO returned VALUES (NULL, ?, 1, 'provided', x'', 'officer', ?, 'fault', ?)", (item, at_ms, at_ms))
            return len(cases)

        await database.write(fill)
        delete_old(database, 5)
        for table in ("self_asked", "self_given", "returned"):
            left = database.read_now(lambda connection, table=table: connection.execute(f"SELECT item_id FROM {table}").fetchall())  # type: ignore[misc]
            assert {item for (item,) in left} == set(cases) - {b"ended"}


@pytest.mark.asyncio
async def test_letters_go_by_their_answer_and_what_waits_stays(tmp_path: Path, operators: Operators) -> None:
    async with running(tmp_path, operators) as gateway:
        database = gateway.tenants[B].database
        cases = {b"answered": ("answered", 1), b"waiting": ("received", 0), b"later": ("answered", 10)}

        def fill(connection: sqlite3.Connection) -> int:
            for letter_id, (state, answered_ms) in cases.items():
                connection.execute("INSERT INTO letter VALUES (?, 'n', x'', 'why', 1, ?, 1, 2)", (letter_id, state))
                if answered_ms:
                    connection.execute("INSERT INTO letter_answer VALUES (?, '', 'a', '', '', 'o', ?)", (letter_id, answered_ms))
            return len(cases)

        await database.write(fill)
        delete_old(database, 5)
        left = database.read_now(lambda connection: connection.execute("SELECT letter_id FROM letter").fetchall())
        said = database.read_now(lambda connection: connection.execute("SELECT letter_id FROM letter_answer").fetchall())
        assert ({one for (one,) in left}, {one for (one,) in said}) == ({b"waiting", b"later"}, {b"later"})
