"""Keeps a small data folder of this version for upgrade tests: founds a mesh, plays the story, packs what a later version must be able to read.

python tools/keep_data.py [--out tests/upgrade]

Its keys were made for it and its people are synthetic.  Left out is what every start writes anew (configurations, logs, locks).
"""

import argparse
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from enishi import __version__
from enishi.cli.tour import run_tour

LEFT_OUT: Final = {"config.json", "lock", "logs"}


def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """An entry without owner, or None for what stays out."""
    if LEFT_OUT & set(Path(entry.name).parts):
        return None
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def main() -> int:
    """Play and pack; 0 only if the story held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("tests/upgrade"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="enishi-keep-") as name:
        data = Path(name) / "data"
        data.mkdir()
        if status := run_tour(data, as_json=False):
            return status
        options.out.mkdir(parents=True, exist_ok=True)
        target = options.out / f"data-{__version__}.tar.xz"
        with tarfile.open(target, "w:xz") as archive:
            archive.add(data, "data", filter=plain)
    print(f"{target}: {target.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
