"""What the commission is shown of the second chain (Art. 23(2)): every leaf with its ground and end, and proofs that none is left out."""

import msgspec

from enishi.encoding import Bytes32, Bytes78
from enishi.tlog.labels import MapProof

PAGE = 500
"""Most leaves of one page."""


class SecondAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The commission asks for the leaves from number `first` on."""

    first: int


class SecondLeaf(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One leaf of the second chain: item, position and inclusion, ground and end, label in the map, and its late entry if there is one."""

    item_id: bytes
    index: int
    leaf: Bytes78
    inclusion: tuple[Bytes32, ...]
    ground: str
    until_ms: int
    present: MapProof
    late_index: int
    """-1 before the late entry, whose leaf and inclusion are then empty."""
    late_leaf: bytes
    late_inclusion: tuple[Bytes32, ...]


class SecondPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Leaves first, first + 1, … under one checkpoint, and the proof that number `count` does not exist."""

    key: Bytes32
    """K′, which makes the labels of the second chain."""
    first: int
    count: int
    leaves: tuple[SecondLeaf, ...]
    absent: MapProof
    checkpoint: str
    map_index: int
    map_leaf: Bytes78
    map_root: Bytes32
    map_inclusion: tuple[Bytes32, ...]
