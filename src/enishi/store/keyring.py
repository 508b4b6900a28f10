"""Secret keys of a role as files of its own folder: one file a key, readable by the role alone."""

import os
from collections.abc import Callable
from pathlib import Path

from enishi.errors import Misconfigured


class Keyring:
    """A folder of secret keys, mode 0700; files have mode 0600 and hold raw bytes."""

    def __init__(self, folder: Path) -> None:
        """Open or make the folder."""
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def get(self, name: str) -> bytes:
        """The key of that name; Misconfigured("key-missing") without it."""
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError as error:
            raise Misconfigured("key-missing", name, name) from error

    def get_or_make(self, name: str, make: Callable[[], bytes]) -> bytes:
        """The key of that name, made and made durable first if it does not exist."""
        path = self.folder / name
        if not path.exists():
            self.put(name, make())
        return path.read_bytes()

    def put(self, name: str, key: bytes) -> None:
        """Write a key whole or not at all: temporary file, fsync, rename, fsync of the folder."""
        waiting = self.folder / f".{name}.new"
        with open(os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        waiting.rename(self.folder / name)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
