"""Connections of one kind for every role, and the migrations that bring a file to the program's version."""

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from enishi.errors import Misconfigured
from enishi.store.faults import translate

_BUSY_MS: Final = 5_000


def connect(path: Path) -> sqlite3.Connection:
    """A connection in WAL mode with synchronous=FULL and foreign keys; transactions are begun by hand."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    try:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    except BaseException:
        connection.close()
        raise
    return connection


def open_file(path: Path, migrations: Sequence[str]) -> sqlite3.Connection:
    """Open or create the file and migrate it; Misconfigured("data-from-newer-version"), ("data-not-writable") or ("store-damaged")."""
    fresh = not path.exists()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = connect(path)
    except (OSError, sqlite3.Error) as error:
        raise _opening(error, path) from error
    try:
        migrate(connection, migrations, path)
    except BaseException:
        connection.close()
        raise
    if fresh:
        _sync_folder(path.parent)
    return connection


def _opening(error: Exception, path: Path) -> BaseException:
    fault = translate(error)
    damaged = isinstance(fault, Misconfigured)
    return fault if damaged else Misconfigured("data-not-writable", str(path), "data")


def migrate(connection: sqlite3.Connection, migrations: Sequence[str], path: Path) -> None:
    """Run the scripts that the file has not seen, all in one transaction together with the version number that they lead to."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(migrations):
        raise Misconfigured("data-from-newer-version", f"{path.name}: {version} > {len(migrations)}", "data")
    if version < len(migrations):
        _apply(connection, "\n;\n".join(migrations[version:]), len(migrations))


def _apply(connection: sqlite3.Connection, scripts: str, version: int) -> None:
    try:
        connection.executescript(f"BEGIN IMMEDIATE;\n{scripts}\n;PRAGMA user_version={version};\nCOMMIT;")
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        fault = translate(error)
        if fault is error:
            raise
        raise fault from error


def _sync_folder(folder: Path) -> None:
    # A new file's name is durable only when its folder is: otherwise a power cut after the first commit could lose the whole database.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
