"""The kept corpus: `fuzz/corpus/<family>/<reader>/<digest>`, the bytes as they come to the reader; what once broke one is called `crash-…`."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from house.source import ROOT

CORPUS = ROOT / "fuzz" / "corpus"
MOST_BYTES = 1_000_000
LONGEST = 8_192
"""A kept input is no longer than this, but where it broke a reader."""


def kept(family: str, folder: Path = CORPUS) -> Iterator[tuple[str, bytes]]:
    """Each kept input of a family with the name of its reader."""
    for path in sorted((folder / family).glob("*/*")):
        yield path.parent.name, path.read_bytes()


def keep(family: str, reader: str, content: bytes, kind: str = "", folder: Path = CORPUS) -> Path:
    """Write an input down, once."""
    path = folder / family / reader / f"{kind}{hashlib.sha256(content).hexdigest()[:12]}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
