"""The 78 bytes of a leaf."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.errors import Fault, Malformed, Tampered
from enishi.tlog.leaf import NO_LABEL, PUBLIC_SALT, SIZE, Leaf, LeafKind, check_body, commitment, decode_leaf, encode_leaf

GOOD = Leaf(1, 7, 1_743_433_200_000, LeafKind.INTENT, b"\1" * 32, b"\2" * 32)


def test_the_fields_stand_where_the_head_of_the_module_says() -> None:
    encoded = encode_leaf(GOOD)
    assert len(encoded) == SIZE == 78
    assert encoded == b"\1" + (7).to_bytes(4, "big") + GOOD.at_ms.to_bytes(8, "big") + b"\1" + b"\1" * 32 + b"\2" * 32


def test_kinds_keep_their_numbers() -> None:
    names = ["INTENT", "OUTCOME", "REFUSAL", "LOOK", "LATE_ENTRY", "LABEL_MAP", "SNAPSHOT", "WITHHELD", "SELF", "CHANGE"]
    assert {kind.name: int(kind) for kind in LeafKind} == dict(zip(names, range(1, 11), strict=True))
    assert [kind.name for kind in LeafKind if not kind.labelled] == ["LABEL_MAP", "SNAPSHOT"]


LEAVES = st.builds(
    lambda epoch, at_ms, kind, label, committed: Leaf(1, epoch, at_ms, kind, label if kind.labelled else NO_LABEL, committed),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**64 - 1),
    st.sampled_from(LeafKind),
    st.binary(min_size=32, max_size=32).filter(any),
    st.binary(min_size=32, max_size=32),
)


@settings(max_examples=150, deadline=None)
@given(LEAVES)
def test_a_leaf_reads_back(leaf: Leaf) -> None:
    assert decode_leaf(encode_leaf(leaf)) == leaf


@pytest.mark.parametrize(
    "leaf",
    [
        Leaf(2, 0, 0, LeafKind.INTENT, b"\1" * 32, bytes(32)),
        Leaf(1, -1, 0, LeafKind.INTENT, b"\1" * 32, bytes(32)),
        Leaf(1, 2**32, 0, LeafKind.INTENT, b"\1" * 32, bytes(32)),
        Leaf(1, 0, 2**64, LeafKind.INTENT, b"\1" * 32, bytes(32)),
        Leaf(1, 0, 0, LeafKind.INTENT, b"\1" * 31, bytes(32)),
        Leaf(1, 0, 0, LeafKind.INTENT, b"\1" * 32, bytes(33)),
        Leaf(1, 0, 0, LeafKind.REFUSAL, NO_LABEL, bytes(32)),
        Leaf(1, 0, 0, LeafKind.LABEL_MAP, b"\1" * 32, bytes(32)),
    ],
)
def test_a_leaf_that_breaks_a_rule_is_not_written(leaf: Leaf) -> None:
    with pytest.raises(Malformed, match="leaf-malformed"):
        encode_leaf(leaf)


def test_a_leaf_is_bound_to_one_body_and_one_salt() -> None:
    salt, body = b"\3" * 32, b"body"
    leaf = Leaf(1, 7, 0, LeafKind.OUTCOME, b"\1" * 32, commitment(salt, body))
    check_body(leaf, salt, body)
    for other in ((PUBLIC_SALT, body), (salt, b"bodY"), (salt + b"b", b"ody")):
        with pytest.raises(Tampered, match="body-differs"):
            check_body(leaf, *other)


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=80)
    | st.tuples(st.integers(0, 77), st.integers(0, 255)).map(lambda at: encode_leaf(GOOD)[: at[0]] + bytes([at[1]]) + encode_leaf(GOOD)[at[0] + 1 :])
)
def test_what_is_read_is_written_the_same(encoded: bytes) -> None:
    try:
        leaf = decode_leaf(encoded)
    except Fault:
        return
    assert encode_leaf(leaf) == encoded
