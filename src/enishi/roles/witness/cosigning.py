"""Use case: add a checkpoint.  The new size is stored by compare-and-set before the cosignature is made, so the witness never signs two histories."""

import sqlite3
from typing import Final

from enishi import clock
from enishi.errors import Unknown
from enishi.seal.sign import SigningKey
from enishi.store import crash
from enishi.store.database import Database
from enishi.tlog.checkpoint import Checkpoint, parse_checkpoint
from enishi.tlog.cosign import cosign
from enishi.tlog.note import Verifier
from enishi.tlog.witness import check_submission, parse_submission

MIGRATIONS: Final = (
    "CREATE TABLE seen (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, at_ms INTEGER NOT NULL);",
    # The log's own words, so that this witness can show a fork and not only claim one; empty for what an older version saw.
    "ALTER TABLE seen ADD COLUMN note BLOB NOT NULL DEFAULT x'';",
)


class Cosigning:
    """One witness for the logs whose keys it was given."""

    def __init__(self, database: Database, name: str, key: SigningKey, logs: dict[str, Verifier]) -> None:
        """`logs` maps origins to verifier keys."""
        self._database = database
        self._name = name
        self._key = key
        self._logs = logs

    async def add(self, body: bytes) -> str:
        """The cosignature line for a submission; Conflict("witness-has-another-size") carries the size that it has."""
        submission = parse_submission(body)
        claimed = parse_checkpoint(submission.note.text)
        log = self._log(claimed.origin)
        now_ms = clock.now_ms()

        def accept(connection: sqlite3.Connection) -> Checkpoint:
            fresh = check_submission(submission, self._last(connection, claimed.origin), log)
            connection.execute(
                "INSERT INTO seen (origin, size, root, at_ms, note) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root, at_ms = excluded.at_ms, note = excluded.note",
                (fresh.origin, fresh.size, fresh.root, now_ms, submission.note.encode()),
            )
            return fresh

        crash.point("witness.cosign.before_store")
        await self._database.write(accept)
        # Durable: from here on this witness will never sign a smaller or another tree.
        crash.point("witness.cosign.after_store")
        return cosign(submission.note.text, self._name, self._key, now_ms).line

    async def size(self, origin: str) -> int:
        """The size this witness has seen of a log, 0 if none."""
        self._log(origin)
        last = await self._database.read(lambda connection: self._last(connection, origin))
        return last.size if last else 0

    async def last_note(self, origin: str) -> bytes:
        """The signed checkpoint that was cosigned last, empty if there is none."""
        self._log(origin)
        query = "SELECT note FROM seen WHERE origin = ?"
        row = await self._database.read(lambda connection: connection.execute(query, (origin,)).fetchone())
        return bytes(row[0]) if row else b""

    def _log(self, origin: str) -> Verifier:
        try:
            return self._logs[origin]
        except KeyError:
            raise Unknown("log-unknown", origin[:80], "origin") from None

    @staticmethod
    def _last(connection: sqlite3.Connection, origin: str) -> Checkpoint | None:
        row = connection.execute("SELECT size, root FROM seen WHERE origin = ?", (origin,)).fetchone()
        return Checkpoint(origin, row[0], bytes(row[1])) if row else None
