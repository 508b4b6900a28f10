"""Where the commission's command takes the parties' records, its keys and the log from: one data folder, or files and an address."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Protocol

import msgspec

from enishi.cli.walk.publiclog import PublicLog
from enishi.cli.walk.sources import connect
from enishi.errors import Misconfigured, Tampered
from enishi.mesh.registry import read_pins
from enishi.protocol.handed import Handed, read_handed
from enishi.protocol.receipt import KEEPER
from enishi.protocol.registry import Snapshot, check_snapshot
from enishi.roles.gateway import handing as gateway
from enishi.roles.gateway.handing import Period
from enishi.roles.keeper import handing as keeper
from enishi.roles.keeper.rest import Rest
from enishi.roles.oversight.reconciling import Known, Leaves
from enishi.seal.dsse import Envelope
from enishi.store.keyring import Keyring
from enishi.tlog.checkpoint import open_checkpoint
from enishi.tlog.frontier import Frontier
from enishi.tlog.leaf import decode_leaf
from enishi.tlog.note import Note, parse_note, parse_verifier
from enishi.tlog.tiles import ENTRIES, WIDTH, Tile, decode_bundle
from enishi.tlog.tree import leaf_hash

Told = Callable[[int, int], None]


class Party(Protocol):
    """One party's records: its name, and its lines."""

    name: str

    def lines(self) -> Iterator[Handed]:
        """The lines one after another; raises where they cannot be read."""


class Office:
    """An institution's own database."""

    def __init__(self, path: Path, period: Period) -> None:
        """`path` is the tenant's gateway.db."""
        self.name, self._path, self._period = path.parent.name, path, period

    def lines(self) -> Iterator[Handed]:
        """What it would hand in at `/v1/reconciliation`."""
        with closing(connect(self._path)) as connection:
            yield from gateway.handed_in(connection, self.name, self._period)


class Keeping:
    """The keeper's own database."""

    def __init__(self, folder: Path, period: Period) -> None:
        """`folder` is the keeper's."""
        self.name, self._folder, self._period = KEEPER, folder, period

    def lines(self) -> Iterator[Handed]:
        """What the keeper hands in."""
        rest = Rest(Keyring(self._folder / "keys").get("rest"))
        with closing(connect(self._folder / "keeper.db")) as connection:
            yield from keeper.handed_in(connection, rest, self._period.from_ms, self._period.until_ms)


class File:
    """A file that a party handed in, named after it: `012131.jsonl`, `keeper.jsonl`."""

    def __init__(self, path: Path, period: Period) -> None:
        """`path` is a file of JSON Lines."""
        self.name, self._path, self._period = path.stem, path, period

    def lines(self) -> Iterator[Handed]:
        """Every line of the period."""
        with self._path.open("rb") as file:
            for line in file:
                handed = read_handed(line)
                if self._period.holds(handed.at_ms):
                    yield handed


def parties(data: Path, records: Path | None, period: Period) -> list[Party]:
    """Everybody who hands in, the keeper last: what institutions hold a receipt for, it recorded before."""
    if records is not None:
        return sorted((File(path, period) for path in records.glob("*.jsonl")), key=lambda one: (one.name == KEEPER, one.name))
    offices: list[Party] = [Office(path, period) for path in sorted(data.glob("gateway*/tenants/*/gateway.db"))]
    return [*offices, Keeping(data / KEEPER, period)] if (data / KEEPER / "keeper.db").is_file() else offices


def registry(data: Path) -> list[Snapshot]:
    """Every snapshot that the commission signed, oldest first; Misconfigured("records-missing") without its database."""
    if not (data / "oversight" / "oversight.db").is_file():
        raise Misconfigured("records-missing", "oversight", "data")
    pins = read_pins(data / "oversight")
    with closing(connect(data / "oversight" / "oversight.db")) as connection:
        rows = connection.execute("SELECT envelope FROM signed ORDER BY serial").fetchall()
    return [check_snapshot(msgspec.msgpack.decode(row[0], type=Envelope), pins)[0] for row in rows]


def known(snapshots: list[Snapshot]) -> Known:
    """The keys that any of the snapshots registered."""
    signing: dict[str, bytes] = {}
    for one in snapshots:
        signing |= one.signing_keys
    return Known(tuple(dict.fromkeys(one.keeper.signing for one in reversed(snapshots))), signing)


def read_leaves(data: Path, log: str, snapshots: list[Snapshot], period: Period, told: Told) -> Leaves:
    """The whole log under its newest checkpoint, from the public address or the keeper's database; Tampered where signature or root do not hold."""
    if not snapshots or not (log or (data / KEEPER / "keeper.db").is_file()):
        raise Misconfigured("records-missing", "log", "log")
    if log:
        public = PublicLog(log)
        return _checked(public.note, _bundles(public), snapshots, period, told)
    with closing(connect(data / KEEPER / "keeper.db")) as connection:
        row = connection.execute("SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1").fetchone()
        if row is None:
            raise Misconfigured("records-missing", "checkpoint", "log")
        return _checked(parse_note(bytes(row[1])), _table(connection, row[0]), snapshots, period, told)


def _checked(note: Note, entries: Iterator[bytes], snapshots: list[Snapshot], period: Period, told: Told) -> Leaves:
    checkpoint = open_checkpoint(note, parse_verifier(snapshots[-1].log_key))
    hashes, kinds = [], {}
    for index, data in enumerate(entries):
        leaf = decode_leaf(data)
        hashes.append(leaf_hash(data))
        if period.holds(leaf.at_ms):
            kinds[index] = leaf.kind
        if index % 1024 == 0:
            told(index, checkpoint.size)
    told(checkpoint.size, checkpoint.size)
    frontier = Frontier()
    frontier.extend(hashes)
    if len(hashes) != checkpoint.size or frontier.root != checkpoint.root:
        raise Tampered("log-leaves-differ", f"{len(hashes)} leaves, checkpoint of {checkpoint.size}", "log")
    return Leaves(hashes, kinds)


def _bundles(log: PublicLog) -> Iterator[bytes]:
    for n in range((log.size + WIDTH - 1) // WIDTH):
        width = min(WIDTH, log.size - n * WIDTH)
        yield from decode_bundle(log.tile(Tile(ENTRIES, n, width)), width)


def _table(connection: sqlite3.Connection, size: int) -> Iterator[bytes]:
    for (data,) in connection.execute("SELECT data FROM leaf WHERE idx < ? ORDER BY idx", (size,)):
        yield bytes(data)
