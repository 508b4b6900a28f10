"""Files of the card: readable by their owner only, replaced whole, and on disk before the next step relies on them."""

import os
from pathlib import Path

from enishi.errors import Misconfigured


def write_private(path: Path, content: bytes) -> None:
    """Replace a file (mode 0600) so that a crash leaves the old or the new content, and return only when the new one is durable."""
    draft = path.with_name(path.name + ".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync_folder(path.parent)


def read_bytes(path: Path) -> bytes:
    """A file's content; Misconfigured("card-data-damaged") where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Misconfigured("card-data-damaged", path.name) from error


def _sync_folder(folder: Path) -> None:
    # The renaming itself must survive a crash, or the tries used up would come back.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
