"""A second keeper: the real role on a copy of the first one's folder, and the exchange led to either of them."""

import shutil
from pathlib import Path
from typing import Any
from unittest.mock import patch

from attacks.copies_attack import copy_database
from attacks.network_attack import Network
from enishi.mesh.rpc import MeshApp
from enishi.roles.exchange.seen import NOTHING
from enishi.roles.keeper import assemble

DOOR = "https://keeper"


def copied(network: Network, folder: Path) -> Path:
    """The keeper's folder as a backup has it: one consistent copy of the database, the same keys."""
    folder.mkdir(parents=True)
    copy_database(network.data / "keeper" / "keeper.db", folder / "keeper.db")
    return with_keys(network, folder)


def torn(network: Network, folder: Path) -> Path:
    """The keeper's files as they lie on the disk, with the last frame of the write-ahead log not fully written."""
    folder.mkdir(parents=True)
    for name in ("keeper.db", "keeper.db-wal"):
        shutil.copy(network.data / "keeper" / name, folder / name)
    wal = bytearray((folder / "keeper.db-wal").read_bytes())
    wal[last_frame(wal) + 1000 :] = bytes(len(wal) - last_frame(wal) - 1000)
    (folder / "keeper.db-wal").write_bytes(wal)
    return with_keys(network, folder)


def last_frame(wal: bytes) -> int:
    """Where the last frame of the present round of a write-ahead log begins: SQLite goes round in the file, and frames of the round have its salt."""
    size, salt, at = 24 + int.from_bytes(wal[8:12], "big"), wal[16:24], 32
    while wal[at + size + 8 : at + size + 16] == salt:
        at += size
    return at


def with_keys(network: Network, folder: Path) -> Path:
    (folder / "keys").symlink_to(network.data / "keeper" / "keys")
    shutil.copy(network.data / "keeper" / "pins.json", folder / "pins.json")
    return folder


def start(network: Network, folder: Path) -> Any:
    """Start a keeper on that folder as the process does; a role that cannot start is stopped again, and its fault raised."""
    config = network.config("keeper", network._settings("keeper"), folder)
    with patch.object(assemble, "MeshClient", lambda credentials: network.wire.client(network.peer("keeper"))):
        role = assemble.build(config)

        async def begin() -> None:
            try:
                await role.start()
                await role.after_open()
            except BaseException:
                await role.stop()
                raise

        network.run(begin())
    return role


def forget(network: Network) -> None:
    """The exchange has lost what it saw of the log, as one whose own database was put back; so only the witnesses are left to say it."""
    seen = network.roles["exchange"]._seen
    seen._seen = seen._kept = NOTHING


def lead(network: Network, role: Any) -> None:
    """From now on the exchange speaks to this keeper."""
    network.wire.doors[DOOR] = ("keeper", MeshApp(role.endpoints()))
