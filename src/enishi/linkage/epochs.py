"""Change of keys: rotation of an institution's shares, mergers and splits.  One token from each operator moves a whole column of codes."""

from collections.abc import Sequence
from functools import reduce

from enishi.errors import Malformed, Tampered
from enishi.linkage.group import decode_point, decode_scalar, multiply, s_mul
from enishi.linkage.keys import delta


def token(share_from: bytes, share_to: bytes) -> bytes:
    """Operator: Δ_j = s_{to,j} / s_{from,j}; sealed to the institution (rotation) or to the successor (merger, split), never to another."""
    return delta(share_from, share_to)


def check_token(factor: bytes, public_from: bytes, public_to: bytes) -> None:
    """Tampered("token-wrong") unless Δ_j · S_{from,j} = S_{to,j}; Malformed for a bad encoding."""
    decode_scalar(factor, "token")
    if multiply(factor, decode_point(public_from, "from")) != decode_point(public_to, "to"):
        raise Tampered("token-wrong", "", "token")


def carry(codes: Sequence[bytes], tokens: Sequence[bytes]) -> tuple[bytes, ...]:
    """The codes in the new key: each times the product of the operators' tokens; one multiplication a code."""
    if not tokens:
        raise Malformed("batch-empty", "no token", "tokens")
    factor = reduce(s_mul, [decode_scalar(part, "token") for part in tokens])
    return tuple(multiply(factor, code) for code in codes)
