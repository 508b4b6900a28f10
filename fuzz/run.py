"""Runs every target of the fuzzer, one after another, and says what each found: `make fuzz`, `make fuzz SECONDS=600 KEEP=1`.

An input that breaks a reader is written to the kept corpus at once, where `make test` finds it from then on. With KEEP=1 what reached new lines is
kept, too, as few inputs as reach the same.
"""

import base64
import binascii
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from fuzz.corpus import LONGEST, keep, kept  # noqa: E402
from fuzz.families import FAMILIES, KEY, key_of, named  # noqa: E402

HANG_S, MEMORY_MB, MAX_LEN = 30, 2048, 40_000
VECTORS: Final = {"log": ("seal", "tlog", "evidence"), "points": ("linkage",)}
"""The families to whose readers the published vectors are put, with the folders that hold them."""
COUNTED: Final = re.compile(r"#(\d+)\s+DONE\s+cov: (\d+) ft: (\d+)")


def main(seconds: int, keeping: bool) -> int:
    """Fuzz all families; 1 if anything was found."""
    found = 0
    for family in FAMILIES:
        with tempfile.TemporaryDirectory(prefix="enishi-fuzz-") as folder:
            found += _fuzz(family, Path(folder), seconds, keeping)
    print(f"{found} findings" if found else "nothing found")
    return 1 if found else 0


def _fuzz(family: str, folder: Path, seconds: int, keeping: bool) -> int:
    new, seeds, broken = (folder / name for name in ("new", "seeds", "broken"))
    for path in (new, seeds, broken):
        path.mkdir()
    for n, content in enumerate(_seeds(family)):
        (seeds / f"{n:06d}").write_bytes(content)
    done = _run(family, [new, seeds], f"-max_total_time={seconds}", f"-artifact_prefix={broken}/")
    counted = COUNTED.search(done)
    said = "{} executions, coverage {}, features {}".format(*counted.groups()) if counted else "ended early"
    print(f"{family:<10} {said}", flush=True)
    for path in sorted(broken.iterdir()):
        _tell(family, path, done)
    if keeping and counted:
        _keep(family, seeds, new)
    return sum(1 for _ in broken.iterdir()) or (0 if counted else _end(done))


def _run(family: str, folders: list[Path], *words: str) -> str:
    limits = (f"-timeout={HANG_S}", f"-rss_limit_mb={MEMORY_MB}", f"-max_len={MAX_LEN}")
    command = [sys.executable, str(ROOT / "fuzz" / f"fuzz_{family}.py"), *map(str, folders), *limits, *words]
    done = subprocess.run(command, capture_output=True, check=False, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"})
    return (done.stdout + done.stderr).decode("utf-8", "replace")


def _seeds(family: str) -> Iterator[bytes]:
    for name, content in kept(family):
        yield key_of(name) + content
    for folder in VECTORS.get(family, ()):
        for path in sorted((ROOT / "vectors" / folder).rglob("*.json")):
            for content in {one for one in (path.read_bytes(), *_strings(json.loads(path.read_bytes()))) if len(one) <= LONGEST}:
                yield from (key_of(name) + content for name in named(FAMILIES[family]))


def _strings(tree: Any) -> Iterator[bytes]:
    if isinstance(tree, str):
        yield tree.encode()
        for decode in (bytes.fromhex, lambda text: base64.b64decode(text, validate=True)):
            try:
                yield decode(tree)
            except (ValueError, binascii.Error):
                continue
    for below in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _strings(below)


def _tell(family: str, path: Path, said: str) -> None:
    content = path.read_bytes()
    names = {key_of(name): name for name in named(FAMILIES[family])}
    kind = path.name.partition("-")[0]
    place = keep(family, names[content[:KEY]], content[KEY:], "crash-")
    print(f"  {kind} of {names[content[:KEY]]}: {place.relative_to(ROOT)}")
    print("\n".join(f"    {line}" for line in said[said.find("Traceback") :].splitlines()[:30]) if "Traceback" in said else "")


def _keep(family: str, seeds: Path, new: Path) -> None:
    # Merged into what the run began with: only what reaches more than all of that is added, and what was kept before stays.  The valid messages
    # (fuzz/harness.py) are made anew for each run, so they are no finding of any.
    for path in new.glob("valid-*"):
        path.unlink()
    before = {path.name for path in seeds.iterdir()}
    _run(family, [seeds, new], "-merge=1")
    names = {key_of(name): name for name in named(FAMILIES[family])}
    added = [path for path in sorted(seeds.iterdir()) if path.name not in before and not path.name.startswith("valid-")]
    for content in [path.read_bytes() for path in added]:
        if content[:KEY] in names and len(content) - KEY <= LONGEST:
            keep(family, names[content[:KEY]], content[KEY:])


def _end(said: str) -> int:
    print("\n".join(f"    {line}" for line in said.splitlines()[-12:]))
    return 1


if __name__ == "__main__":
    sys.exit(main(int(os.environ.get("SECONDS", "20")), os.environ.get("KEEP", "") not in ("", "0")))
