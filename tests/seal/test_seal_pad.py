"""Padding: lengths become alike, and there is one padded form."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.errors import Malformed, Oversized
from enishi.seal.pad import BUCKET, LIMIT, bucket, pad, unpad


@pytest.mark.parametrize(
    ("length", "size"), [(0, 1024), (1, 1024), (1020, 1024), (1021, 2048), (2044, 2048), (2045, 4096), (100_000, 131_072), (LIMIT - 4, LIMIT)]
)
def test_buckets(length: int, size: int) -> None:
    assert bucket(length) == size


def test_an_answer_and_a_refusal_are_as_long() -> None:
    assert len(pad(b"no")) == len(pad(b"yes, and here is the whole document" * 20)) == BUCKET


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 5000), st.binary(max_size=3))
def test_padding_comes_off(length: int, tail: bytes) -> None:
    plaintext = bytes(length) + tail
    assert unpad(pad(plaintext)) == plaintext


@pytest.mark.parametrize(
    "padded",
    [
        b"",
        b"\0" * 4,
        pad(b"x")[:-1],
        pad(b"x") + b"\0",
        pad(b"x")[:-1] + b"\1",
        pad(b"x") + bytes(1024),
        b"\xff" * 4 + bytes(1020),
        (1021).to_bytes(4, "big") + bytes(1020),
        b"\xff" * 1024,
    ],
)
def test_another_form_is_refused(padded: bytes) -> None:
    with pytest.raises(Malformed, match="padding-malformed"):
        unpad(padded)


def test_what_is_too_large_is_told_so() -> None:
    with pytest.raises(Oversized, match="padding-too-large"):
        bucket(LIMIT - 3)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=2100) | st.integers(0, 2**32 - 1).map(lambda n: n.to_bytes(4, "big") + bytes(1020)))
def test_what_comes_off_goes_back_on_the_same(padded: bytes) -> None:
    try:
        plaintext = unpad(padded)
    except Malformed:
        return
    assert pad(plaintext) == padded
