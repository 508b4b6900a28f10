"""Copies of a network's data, as an operator's backup or an auditor takes them, laid out for `enishi verify`."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from attacks.network_attack import SECOND, Network


def copy_database(source: Path, target: Path) -> None:
    """One consistent copy of a database that is in use."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(source)) as connection, closing(sqlite3.connect(target)) as copy:
        connection.backup(copy)


def copy_data(network: Network, target: Path) -> Path:
    """All folders of a network; the second platform's tenants beside the first one's."""
    for path in sorted(network.data.rglob("*")):
        place = target / _laid(path.relative_to(network.data))
        if path.suffix == ".db":
            copy_database(path, place)
        elif path.is_file() and not path.name.endswith(("-wal", "-shm")):
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)
    return target


def _laid(path: Path) -> Path:
    return Path("gateway", *path.parts[1:]) if path.parts[0] == SECOND else path
