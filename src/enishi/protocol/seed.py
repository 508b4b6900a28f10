"""How a NoticeSeed rests sealed at the keeper: padded, under an info that names its item, so that no seed can be put in another's place."""

from typing import Final

import msgspec

from enishi.encoding import frame
from enishi.errors import Tampered
from enishi.protocol.wire import NoticeSeed
from enishi.seal.hpke import SealingKey, open_sealed
from enishi.seal.pad import pad, unpad
from enishi.terms import ItemId

SEED_INFO: Final = b"enishi/v1/notice-seed"
"""HPKE info of the seeds of 0.1.0, which were not padded; still read, written no more."""


def seed_info(item_id: ItemId) -> bytes:
    """HPKE info of an item's seed."""
    return frame(b"enishi/v1/notice-seed", item_id)


def seed_plain(seed: NoticeSeed) -> bytes:
    """The bytes to be sealed: msgpack, padded."""
    return pad(msgspec.msgpack.encode(seed))


def seed_bytes(key: SealingKey, item_id: ItemId, sealed: bytes) -> bytes:
    """The msgpack of a sealed seed; Tampered("seal-broken") where it is not this item's."""
    try:
        return unpad(open_sealed(key, seed_info(item_id), sealed))
    except Tampered:
        return open_sealed(key, SEED_INFO, sealed)
