"""A secret that an adapter names by its file: read when it is used, kept nowhere, shown in no fault."""

import os
from pathlib import Path
from typing import Final

from enishi.errors import Misconfigured

LONGEST: Final = 4096


def read_secret(path: Path) -> str:
    """The first line of a file that nobody but its owner may read; Misconfigured("source-secret-unreadable", "source-secret-open")."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise Misconfigured("source-secret-open", path.name, "source")
            text = file.readline(LONGEST).rstrip(b"\r\n").decode("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured("source-secret-unreadable", path.name, "source") from error
    if not text:
        raise Misconfigured("source-secret-unreadable", path.name, "source")
    return text
