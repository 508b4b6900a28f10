"""What the keeper's use cases share: secrets, database, log, the adopted snapshot, conversion shares."""

import sqlite3
from dataclasses import dataclass, field
from datetime import date

import msgspec

from enishi import clock
from enishi.errors import Unavailable
from enishi.linkage.keys import layer_key, target_key
from enishi.linkage.shares import Shares
from enishi.mesh.metrics import Meter
from enishi.protocol.legal import Jurist
from enishi.protocol.registry import Snapshot
from enishi.protocol.suspension import Note, effective, in_force, read_suspension
from enishi.roles.keeper.comparing import Comparing
from enishi.roles.keeper.keys import Secrets
from enishi.roles.keeper.log import Log
from enishi.roles.keeper.rest import Rest
from enishi.roles.keeper.ticket import Tickets
from enishi.seal.dsse import Envelope
from enishi.store.database import Database


@dataclass
class State:
    """One per process; only `snapshot`, `digest`, `notes` and `shares` change after start."""

    secrets: Secrets
    database: Database
    rest: Rest
    log: Log
    tickets: Tickets
    jurist: Jurist
    pins: dict[str, bytes]
    pinned_day: date | None
    meter: Meter = field(default_factory=Meter)
    shares: Shares = field(init=False, repr=False)
    notes: dict[bytes, Note] = field(default_factory=dict)
    comparing: Comparing | None = None
    """None where no exchange is known whose word could be asked for."""
    _signed: Snapshot | None = None
    _snapshot: Snapshot | None = None
    _digest: bytes = b""

    def __post_init__(self) -> None:
        """Begin without a share."""
        self.shares = Shares(self.secrets.s_root)

    async def may_record(self) -> None:
        """Called before every append to a person's or the second chain; waits for the exchange's word before the first of this run."""
        if self.comparing is not None:
            await self.comparing.demand()

    def adopt(self, snapshot: Snapshot, digest: bytes) -> None:
        """Make a checked snapshot the current one; the notes that it leaves in force stay on top of it."""
        self._signed, self._digest, self.notes = snapshot, digest, in_force(self.notes.values(), snapshot)
        self._snapshot = effective(snapshot, self.notes.values())

    def suspend(self, note: Note) -> None:
        """Put a checked note on top of the current snapshot."""
        self.notes = {**self.notes, note.digest: note}
        if self._signed is not None:
            self.adopt(self._signed, self._digest)

    @property
    def snapshot(self) -> Snapshot:
        """The current snapshot, with every suspension in force; Unavailable("no-snapshot") before the first."""
        if self._snapshot is None:
            raise Unavailable("no-snapshot")
        return self._snapshot

    def load_notes(self, connection: sqlite3.Connection) -> None:
        """Take up every note that was logged; signatures are checked again, and what is over stays out."""
        for (envelope,) in connection.execute("SELECT envelope FROM suspension"):
            self.suspend(read_suspension(msgspec.msgpack.decode(envelope, type=Envelope), self.pins))

    @property
    def digest(self) -> bytes:
        """The digest by which statements name the current snapshot."""
        return self._digest

    def day(self, at_ms: int) -> date:
        """The legal day of a signed time."""
        return clock.legal_day(at_ms, self.pinned_day)

    def layered(self, elgamal: bytes) -> bytes:
        """Z = Y + K_x + K_k."""
        return target_key(elgamal, layer_key(self.snapshot.exchange.layer, self.snapshot.keeper.layer))

    def load_shares(self, connection: sqlite3.Connection) -> None:
        """Read all shares from the database."""
        for target, epoch, closed in connection.execute("SELECT target, epoch, rest_secret FROM share"):
            self.shares.put(target, epoch, self.rest.open("share", f"{target}/{epoch}".encode(), closed))
