"""Use case: load a source.  Batches are durable as they go; answers change in one step at the end, and a load that died goes on where it was."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from enishi import clock
from enishi.roles.gateway.load import editions
from enishi.roles.gateway.load.adapter import Adapter
from enishi.roles.gateway.load.editions import Batch, Edition
from enishi.roles.gateway.load.sources import Opened, forget_fetched, open_source
from enishi.roles.gateway.load.translating import BadRow, Written, translate
from enishi.store import crash
from enishi.store.database import Database

BATCH: Final = 2_000
"""Rows that become durable together."""
Told = Callable[[int, int], None]
"""Bytes of the source that are read, of how many."""


class Report(msgspec.Struct, frozen=True):
    """How a load ended: rows of the source, good and bad ones, from which row it went on, and the bad rows that were kept."""

    adapter: str
    item: str
    state: str
    rows: int
    good: int
    bad: int
    resumed_after: int
    bad_rows: tuple[BadRow, ...]


class Place(msgspec.Struct, frozen=True):
    """Where a load works: the tenant's database, the folder of the adapter's file, and the tenant's own folder for what is fetched."""

    database: Database
    beside: Path
    spool: Path


def load(adapter: Adapter, place: Place, as_of_ms: int, told: Told) -> Report:
    """Load the adapter's source; `as_of_ms` is when the source held it, 0 for the time at which its file was last written.

    Malformed("source-unreadable"), ("adapter-column-missing"), Conflict("source-changed"), Unavailable("source-unreachable").
    """
    with open_source(adapter, place.beside, place.spool) as source:
        database, now_ms = place.database, clock.now_ms()
        crash.point("gateway.load.before_begin")
        begun = database.write_now(lambda connection: editions.begin(connection, adapter, source.digest, now_ms))
        standing = begun
        if begun.state == "loading":
            _fill(adapter, database, source, begun, as_of_ms or source.as_of_ms, told)
            source.check()
            standing = _finish(adapter, database, begun.id)
    forget_fetched(adapter, place.spool)
    return _report(adapter, database, begun, standing)


def _fill(adapter: Adapter, database: Database, source: Opened, begun: Edition, as_of_ms: int, told: Told) -> None:
    now_ms, place = clock.now_ms(), begun.place
    rows = islice(source.rows(), place, None)
    while taken := _take(adapter, rows, now_ms):
        place += len(taken)
        _store(database, begun.id, Batch(taken, place, as_of_ms))
        told(source.place(), source.size)


def _take(adapter: Adapter, rows: Iterator[tuple[int, object]], now_ms: int) -> list[tuple[int, Written | BadRow]]:
    taken = islice(rows, BATCH)
    return [(number, row if isinstance(row, BadRow) else translate(adapter, number, row, now_ms)) for number, row in taken]  # type: ignore[arg-type]


def _store(database: Database, edition: int, batch: Batch) -> None:
    crash.point("gateway.load.before_batch")
    database.write_now(lambda connection: editions.fill(connection, edition, batch))
    # Durable with its place in the source: a load that dies here goes on behind this batch.
    crash.point("gateway.load.after_batch")


def _finish(adapter: Adapter, database: Database, edition: int) -> Edition:
    standing = database.read_now(lambda connection: editions.shown(connection, edition))
    at_ms = clock.now_ms()
    if standing.bad and adapter.bad_rows == "refuse":
        crash.point("gateway.load.before_refuse")
        return database.write_now(lambda connection: editions.refuse(connection, edition))
    crash.point("gateway.load.before_switch")
    switched = database.write_now(lambda connection: editions.switch(connection, edition, at_ms))
    # Durable: every answer from here on is of this edition.
    crash.point("gateway.load.after_switch")
    return switched


def _report(adapter: Adapter, database: Database, begun: Edition, standing: Edition) -> Report:
    bad = database.read_now(lambda connection: editions.bad_rows(connection, standing.id))
    return Report(adapter.name, adapter.item, standing.state, standing.place, standing.good, standing.bad, begun.place, bad)
