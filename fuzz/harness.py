"""One target of the fuzzer: a family of the table of readers under atheris. An input names its reader in its first bytes.

libFuzzer's own arguments apply: a folder for what is found, `-max_total_time`, `-runs`, `-merge=1`, or files to run once.
"""

import random
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

import atheris  # noqa: E402

with atheris.instrument_imports(include=["enishi", "yaml"]):
    from protocol.readers import READERS

from changing import reshaped  # noqa: E402

from fuzz.families import FAMILIES, KEY, judge, key_of, named  # noqa: E402

assert READERS


def run(family: str) -> None:
    """Fuzz a family; ends the process."""
    readers = {key_of(name): reader for name, reader in named(FAMILIES[family]).items()}
    valid = {key: reader.valid() for key, reader in readers.items()}
    keys = sorted(readers)

    def one(content: bytes) -> int:
        reader = readers.get(content[:KEY])
        if reader is None:
            return -1
        judge(reader, content[KEY:])
        return 0

    def change(content: bytes, most: int, seed: int) -> bytes:
        chance = random.Random(seed)
        key, told = content[:KEY], content[KEY:]
        if key not in readers or chance.random() < 0.02:
            key = chance.choice(keys)
        if not told or chance.random() < 0.05:
            told = valid[key]
        new = reshaped(told, chance) if chance.random() < 0.4 else None
        if new is None:
            new = atheris.Mutate(told, max(1, most - KEY))
        return (key + new)[:most]

    # Signatures of valid messages hold under this process's keys only, so they are written for each run.
    for folder in [Path(word) for word in sys.argv[1:] if Path(word).is_dir()][:1]:
        for key, content in valid.items():
            (folder / f"valid-{key.hex()}").write_bytes(key + content)
    atheris.Setup(sys.argv, one, custom_mutator=change)
    atheris.Fuzz()
