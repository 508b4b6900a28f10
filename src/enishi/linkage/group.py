"""ristretto255 (RFC 9496): scalars are 32 bytes little-endian below q, points 32 bytes canonical.

No operation accepts or returns the neutral element: it never occurs in an honest run, and each place where it could slip in is an attack.
Lengths are checked here because the C library reads 32 bytes whatever it is given.
"""

from collections.abc import Sequence
from ctypes import Array, c_char
from functools import reduce
from itertools import accumulate
from typing import Final

from enishi.errors import Malformed
from enishi.linkage.sodium import Call, declare

ORDER: Final = 2**252 + 27742317777372353535851937790883648493
"""q, the prime order of the group."""
ZERO: Final = bytes(32)
"""Encoding of the scalar 0 and of the neutral element; both are refused as input."""
G: Final = bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76")
"""The generator (RFC 9496, 4.3.1)."""

_Buffer = c_char * 32
_random = declare("core_ristretto255_scalar_random", 0)
_reduce = declare("core_ristretto255_scalar_reduce", 1)
_scalar_add = declare("core_ristretto255_scalar_add", 2)
_scalar_sub = declare("core_ristretto255_scalar_sub", 2)
_scalar_mul = declare("core_ristretto255_scalar_mul", 2)
_scalar_invert = declare("core_ristretto255_scalar_invert", 1)
_is_point = declare("core_ristretto255_is_valid_point", 0)
_from_hash = declare("core_ristretto255_from_hash", 1)
_add = declare("core_ristretto255_add", 2)
_sub = declare("core_ristretto255_sub", 2)
_multiply = declare("scalarmult_ristretto255", 2)
_base = declare("scalarmult_ristretto255_base", 1)


def random_scalar() -> bytes:
    """A fresh uniform scalar, never zero."""
    out = _Buffer()
    _random(out)
    return out.raw


def scalar_from_hash(uniform: bytes) -> bytes:
    """Reduce 64 uniform bytes, little-endian, modulo q."""
    if len(uniform) != 64:
        raise Malformed("scalar-not-canonical", f"{len(uniform)} uniform bytes")
    out = _Buffer()
    _reduce(out, uniform)
    return out.raw


def point_from_hash(uniform: bytes) -> bytes:
    """Map 64 uniform bytes to a point (RFC 9496, 4.3.4)."""
    if len(uniform) != 64:
        raise Malformed("point-not-canonical", f"{len(uniform)} uniform bytes")
    out = _Buffer()
    _from_hash(out, uniform)
    return out.raw


def s_add(a: bytes, b: bytes) -> bytes:
    """a + b modulo q."""
    return _scalar(_scalar_add, a, b)


def s_sub(a: bytes, b: bytes) -> bytes:
    """a - b modulo q."""
    return _scalar(_scalar_sub, a, b)


def s_mul(a: bytes, b: bytes) -> bytes:
    """a · b modulo q."""
    return _scalar(_scalar_mul, a, b)


def s_inv(a: bytes) -> bytes:
    """1 / a modulo q; Malformed("scalar-not-canonical") for zero."""
    _demand_scalar(a)
    out = _Buffer()
    if _scalar_invert(out, a) != 0:
        raise Malformed("scalar-not-canonical", "zero has no inverse")
    return out.raw


def s_inv_all(scalars: Sequence[bytes]) -> list[bytes]:
    """1 / a modulo q of each, for one inversion and three products each (Montgomery's trick); Malformed("scalar-not-canonical") if any is zero."""
    if not scalars:
        return []
    products = list(accumulate(scalars, s_mul))
    # A product modulo a prime is zero only where a factor is: then none of them is inverted.
    rest, inverses = s_inv(products[-1]), []
    for place in range(len(scalars) - 1, 0, -1):
        inverses.append(s_mul(rest, products[place - 1]))
        rest = s_mul(rest, scalars[place])
    return [rest, *reversed(inverses)]


def s_sum(scalars: Sequence[bytes]) -> bytes:
    """Sum modulo q; zero for an empty sequence."""
    return reduce(s_add, scalars, ZERO)


def multiply(k: bytes, point: bytes) -> bytes:
    """k · point; Malformed("point-not-canonical") if point is none, or the product is neutral."""
    _demand_scalar(k)
    _demand_point(point)
    out = _Buffer()
    return _point(_multiply(out, k, point), out)


def base(k: bytes) -> bytes:
    """k · G; Malformed("point-not-canonical") for k = 0."""
    _demand_scalar(k)
    out = _Buffer()
    return _point(_base(out, k), out)


def p_add(a: bytes, b: bytes) -> bytes:
    """a + b; Malformed("point-not-canonical") if either is no point, or the sum is neutral."""
    _demand_point(a)
    _demand_point(b)
    out = _Buffer()
    return _point(_add(out, a, b), out)


def p_sub(a: bytes, b: bytes) -> bytes:
    """a - b; Malformed("point-not-canonical") if either is no point, or they are equal."""
    _demand_point(a)
    _demand_point(b)
    out = _Buffer()
    return _point(_sub(out, a, b), out)


def p_sum(points: Sequence[bytes]) -> bytes:
    """Sum of one or more points."""
    if not points:
        raise Malformed("batch-empty")
    return reduce(p_add, points)


def decode_point(raw: bytes, field: str = "point") -> bytes:
    """The bytes themselves if they are a canonical, non-neutral encoding; Malformed("point-not-canonical") otherwise."""
    if not _well_formed(raw) or _is_point(raw) != 1:
        raise Malformed("point-not-canonical", field, field)
    return raw


def decode_scalar(raw: bytes, field: str = "scalar") -> bytes:
    """The bytes themselves if they encode a scalar in 1..q-1; Malformed("scalar-not-canonical") otherwise."""
    if len(raw) != 32 or not 0 < int.from_bytes(raw, "little") < ORDER:
        raise Malformed("scalar-not-canonical", field, field)
    return raw


def _well_formed(raw: bytes) -> bool:
    # libsodium (seen in 1.0.18) ignores the highest bit of an encoding, so that each point would have two.
    return len(raw) == 32 and raw[31] < 0x80 and raw != ZERO


def _demand_scalar(k: bytes) -> None:
    if len(k) != 32:
        raise Malformed("scalar-not-canonical", f"{len(k)} bytes")


def _demand_point(point: bytes) -> None:
    if not _well_formed(point):
        raise Malformed("point-not-canonical", "neutral, not canonical or of a wrong length")


def _scalar(call: Call, a: bytes, b: bytes) -> bytes:
    _demand_scalar(a)
    _demand_scalar(b)
    out = _Buffer()
    call(out, a, b)  # a void function: what ctypes returns means nothing
    return out.raw


def _point(status: int, out: Array[c_char]) -> bytes:
    made = out.raw
    if status != 0 or made == ZERO:
        raise Malformed("point-not-canonical", "no point, or a neutral result")
    return made
