"""What the exchange's use cases share: secrets, database, law, the current snapshot, conversion shares."""

import sqlite3
from dataclasses import dataclass, field
from datetime import date

import msgspec

from enishi import clock
from enishi.errors import Unavailable
from enishi.linkage.group import base, random_scalar
from enishi.linkage.shares import Shares
from enishi.protocol.legal import Jurist
from enishi.protocol.registry import Snapshot
from enishi.protocol.suspension import Note, effective, in_force, read_suspension
from enishi.protocol.wire import SnapshotReply
from enishi.seal.dsse import Envelope
from enishi.seal.hpke import SealingKey
from enishi.seal.sign import SigningKey
from enishi.store.database import Database
from enishi.store.keyring import Keyring

AUDIT = "@audit"


@dataclass(frozen=True)
class Secrets:
    """All secrets but the shares; never printed."""

    s_root: bytes = field(repr=False)
    layer: bytes = field(repr=False)
    signing: SigningKey = field(repr=False)
    disclosure: SealingKey = field(repr=False)

    @property
    def layer_public(self) -> bytes:
        """K_x = k_x·G."""
        return base(self.layer)


def load_secrets(keyring: Keyring) -> Secrets:
    """Read the secrets, making at first start those that do not exist."""
    return Secrets(
        s_root=keyring.get_or_make("s_root", random_scalar),
        layer=keyring.get_or_make("layer", random_scalar),
        signing=SigningKey.from_bytes(keyring.get_or_make("signing", lambda: SigningKey.generate().to_bytes())),
        disclosure=SealingKey.from_bytes(keyring.get_or_make("disclosure", lambda: SealingKey.generate().to_bytes())),
    )


@dataclass
class State:
    """One per process; only the snapshot, `notes` and `shares` change after start."""

    secrets: Secrets
    database: Database
    jurist: Jurist
    pins: dict[str, bytes]
    pinned_day: date | None
    shares: Shares = field(init=False, repr=False)
    notes: dict[bytes, Note] = field(default_factory=dict)
    _current: tuple[Snapshot, bytes, Envelope] | None = None
    _effective: Snapshot | None = None

    def __post_init__(self) -> None:
        """Begin without a share."""
        self.shares = Shares(self.secrets.s_root)

    def publish(self, snapshot: Snapshot, digest: bytes, envelope: Envelope) -> None:
        """Make a snapshot the current one; the notes that it leaves in force stay on top of it."""
        self._current, self.notes = (snapshot, digest, envelope), in_force(self.notes.values(), snapshot)
        self._effective = effective(snapshot, self.notes.values())

    def suspend(self, note: Note) -> None:
        """Put a checked note on top of the current snapshot."""
        self.notes = {**self.notes, note.digest: note}
        if self._current is not None:
            self.publish(*self._current)

    @property
    def snapshot(self) -> Snapshot:
        """The current snapshot, with every suspension in force; Unavailable("no-snapshot") before the first."""
        if self._effective is None:
            raise Unavailable("no-snapshot")
        return self._effective

    @property
    def signed(self) -> Snapshot:
        """The current snapshot as both signed it, without what lies on top."""
        return self._now()[0]

    def published(self) -> Snapshot | None:
        """The current snapshot with every suspension in force, or None before the first."""
        return self._effective

    def shown(self) -> SnapshotReply:
        """What the other roles are shown: the signed snapshot and the notes in force."""
        return SnapshotReply(self.envelope, tuple(note.envelope for note in self.notes.values()))

    def load_notes(self, connection: sqlite3.Connection) -> None:
        """Take up every note that was stored; signatures are checked again, and what is over stays out."""
        for (envelope,) in connection.execute("SELECT envelope FROM suspension"):
            self.suspend(read_suspension(msgspec.msgpack.decode(envelope, type=Envelope), self.pins))

    @property
    def digest(self) -> bytes:
        """The digest by which statements name the current snapshot."""
        return self._now()[1]

    @property
    def envelope(self) -> Envelope:
        """The current snapshot as signed by exchange and oversight."""
        return self._now()[2]

    def day(self, at_ms: int) -> date:
        """The legal day of a signed time."""
        return clock.legal_day(at_ms, self.pinned_day)

    def load_shares(self, connection: sqlite3.Connection) -> None:
        """Read all shares from the database."""
        for target, epoch, secret in connection.execute("SELECT target, epoch, secret FROM share"):
            self.shares.put(target, epoch, secret)

    def _now(self) -> tuple[Snapshot, bytes, Envelope]:
        if self._current is None:
            raise Unavailable("no-snapshot")
        return self._current
