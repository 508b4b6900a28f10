"""The table of readers by families: each is one target of the coverage-guided fuzzer, and each reader is named the same in every run."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Final

from enishi.errors import Fault
from protocol.readers import AGENTS, LAW_AND_ITS_FACE, NUMBERS_AND_POINTS, OWN, PROTOCOL, ROLES_AND_EDGES, SEAL_AND_LOG
from protocol.reading import Reader

FAMILIES: Final[Mapping[str, tuple[Reader, ...]]] = {
    "law": LAW_AND_ITS_FACE,
    "protocol": (*PROTOCOL, *OWN),
    "log": SEAL_AND_LOG,
    "points": NUMBERS_AND_POINTS,
    "roles": (*ROLES_AND_EDGES, *AGENTS),
}
KEY: Final = 4
"""An input of the fuzzer begins with so many bytes that name the reader; the rest is what it reads."""


def named(readers: tuple[Reader, ...]) -> dict[str, Reader]:
    """Readers by name; the second of one name is `name.2`, in the table's order."""
    seen: Counter[str] = Counter()
    found = {}
    for reader in readers:
        seen[reader.name] += 1
        found[reader.name if seen[reader.name] == 1 else f"{reader.name}.{seen[reader.name]}"] = reader
    return found


def key_of(name: str) -> bytes:
    """The bytes that name a reader to the fuzzer."""
    return hashlib.sha256(name.encode()).digest()[:KEY]


def judge(reader: Reader, content: bytes) -> bool:
    """Whether a reader took the bytes; anything but a Fault goes through, and so does a second meaning of what was taken."""
    try:
        read = reader.read(content)
    except Fault:
        return False
    if reader.write is not None:
        written = reader.write(read)
        assert reader.write(reader.read(written)) == written, f"{reader.name} reads what it wrote otherwise"
    return True
