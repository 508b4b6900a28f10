"""Notice seeds at rest: padded and bound to their item; those that 0.1.0 sealed are read still."""

import msgspec
import pytest

from enishi.errors import Tampered
from enishi.protocol.seed import SEED_INFO, seed_bytes, seed_info, seed_plain
from enishi.seal.hpke import SealingKey, seal
from enishi.seal.pad import BUCKET
from enishi.terms import ItemId
from protocol import messages as made

KEY = SealingKey.generate()
ITEM, OTHER = ItemId(b"\1" * 32), ItemId(b"\2" * 32)


def test_a_seed_opens_for_its_item_alone() -> None:
    sealed = seal(KEY.public, seed_info(ITEM), seed_plain(made.seed()))
    assert seed_bytes(KEY, ITEM, sealed) == msgspec.msgpack.encode(made.seed())
    assert len(seed_plain(made.seed())) % BUCKET == 0
    with pytest.raises(Tampered, match="seal-broken"):
        seed_bytes(KEY, OTHER, sealed)


def test_a_seed_of_0_1_0_is_read() -> None:
    written = msgspec.msgpack.encode(made.seed())
    assert seed_bytes(KEY, ITEM, seal(KEY.public, SEED_INFO, written)) == written
