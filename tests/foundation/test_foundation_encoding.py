"""Encodings: no two lists encode alike, no two uses share a digest, and numbers have one form."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.encoding import digest, frame, u64

quick = settings(max_examples=100, deadline=None, derandomize=True, database=None)
PARTS = st.lists(st.binary(max_size=6), max_size=5)


@quick
@given(PARTS, PARTS)
def test_framing_is_injective(one: list[bytes], other: list[bytes]) -> None:
    assert (frame(*one) == frame(*other)) == (one == other)


@quick
@given(PARTS)
def test_a_frame_can_be_taken_apart(parts: list[bytes]) -> None:
    rest, found = frame(*parts), []
    while rest:
        length = int.from_bytes(rest[:4], "big")
        found.append(rest[4 : 4 + length])
        rest = rest[4 + length :]
    assert found == parts


@quick
@given(st.text(max_size=8), st.text(max_size=8), PARTS)
def test_a_digest_belongs_to_its_use(use: str, other: str, parts: list[bytes]) -> None:
    assert (digest(use, *parts) == digest(other, *parts)) == (use == other)


def test_the_digest_is_what_the_protocol_says() -> None:
    domain = b"enishi/v1/txid"
    framed = len(domain).to_bytes(4, "big") + domain + (1).to_bytes(4, "big") + b"x"
    assert digest("txid", b"x") == hashlib.sha256(framed).digest()
    assert frame() == b""
    # The bounds of parts count: moving a byte from one to the next is another message.
    assert digest("a", b"bc", b"d") != digest("a", b"b", b"cd")


@quick
@given(st.integers(0, 2**64 - 1))
def test_u64_has_eight_bytes(value: int) -> None:
    assert int.from_bytes(u64(value), "big") == value
    assert len(u64(value)) == 8


@pytest.mark.parametrize("value", [-1, 2**64])
def test_u64_refuses_what_has_no_eight_bytes(value: int) -> None:
    with pytest.raises(OverflowError):
        u64(value)
