"""What a walk finds: values that name table, row and fact, so that a damaged row never ends the walk."""

import sqlite3
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Final

import msgspec

from enishi.errors import Fault
from enishi.sentences.problems import Words, texts

KEPT: Final = 500
"""Findings kept word for word; what comes after them is counted."""
UNREADABLE: Final = (msgspec.MsgspecError, UnicodeError, ValueError, TypeError, OverflowError, LookupError, AttributeError, RecursionError)
"""What reading a damaged value may raise below the mesh's own faults; here, and nowhere else, every one of them means: cannot be read."""

CLOCKS_MS: Final = 86_400_000
"""How far two clocks may stand apart before a time that nobody signed is called wrong."""

Progress = Callable[[str, int, int], None]
"""(name of the step, rows done, rows in all)."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong: what (slug of `sentences/problems/evidence.json`), in which table, at which row, and the fact."""

    slug: str
    table: str
    key: str
    detail: str

    @property
    def what(self) -> Words:
        """The sentence in both languages."""
        return texts(self.slug).what

    @property
    def next(self) -> Words:
        """What to do about it."""
        return texts(self.slug).next


class Findings:
    """Collects findings, and what could not be checked because a key or a database is not in this folder."""

    def __init__(self, progress: Progress) -> None:
        """`progress` is told how far each step has come."""
        self.found: list[Finding] = []
        self.more = 0
        self.unchecked: list[str] = []
        self.rows = 0
        self._progress = progress

    def add(self, slug: str, table: str, key: object, detail: str = "") -> None:
        """Keep one finding, once; bytes in keys are shown as hex."""
        finding = Finding(slug, table, key.hex() if isinstance(key, bytes) else str(key), detail[:300])
        if finding in self.found:
            return
        if len(self.found) < KEPT:
            self.found.append(finding)
        else:
            self.more += 1

    def leave(self, what: str) -> None:
        """Name, once, what cannot be checked in this folder."""
        if what not in self.unchecked:
            self.unchecked.append(what)

    def demand(self, condition: object, slug: str, table: str, key: object, detail: str = "") -> None:
        """Add a finding unless the condition holds."""
        if not condition:
            self.add(slug, table, key, detail)

    def watch(self, slug: str, table: str, key: object) -> "Watch":
        """Turn whatever the lines inside raise about damaged data into a finding of this slug."""
        return Watch(self, slug, table, key)

    def rows_of(self, connection: sqlite3.Connection, step: str, table: str, columns: str, rest: str = "") -> Iterator[tuple[Any, ...]]:
        """Stream the rows of a table with progress; a database error ends this table alone and is a finding.

        A damaged database may hold a value of any type in any column, so the values are Any and are read under `watch`.
        """
        with self.watch("database-damaged", table, ""):
            total = connection.execute(f"SELECT COUNT(*) FROM {table.rpartition('.')[2]}").fetchone()[0]
            for done, row in enumerate(connection.execute(f"SELECT {columns} FROM {table.rpartition('.')[2]} {rest}")):
                if done % 256 == 0:
                    self._progress(step, done, total)
                self.rows += 1
                yield row
            self._progress(step, total, total)


class Watch:
    """The lines inside read what may be damaged; nothing that they raise about it goes further."""

    __slots__ = ("_findings", "_key", "_slug", "_table")

    def __init__(self, findings: Findings, slug: str, table: str, key: object) -> None:
        """Findings of these lines are of this slug, table and row."""
        self._findings, self._slug, self._table, self._key = findings, slug, table, key

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        """Swallow what damaged data raises, and nothing else."""
        if isinstance(error, Fault):
            self._findings.add(self._slug, self._table, self._key, str(error))
        elif isinstance(error, sqlite3.Error):
            self._findings.add("database-damaged", self._table, self._key, str(error))
        elif isinstance(error, UNREADABLE):
            self._findings.add("evidence-unreadable", self._table, self._key, f"{type(error).__name__}: {error}")
        else:
            return False
        return True
