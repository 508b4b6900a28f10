"""The tuples of points that travel between the parties, and their strict readers."""

from collections.abc import Iterable
from typing import NamedTuple

from enishi.errors import Malformed
from enishi.linkage.group import decode_point


class Element(NamedTuple):
    """An ElGamal ciphertext of a code: r = rG and c = code + r·Z."""

    r: bytes
    c: bytes


class Row3(NamedTuple):
    """One person's ciphertexts in a message: R = rG, C_B = code + r·Z_B (None where nobody is asked, kind `view`), C_U = code + r·Z_U."""

    r: bytes
    b: bytes | None
    u: bytes


class Blinded(NamedTuple):
    """What the operators pass each other: R, the pair's element B (None for a refusal or a view) and the audit element U, all times β."""

    r: bytes
    b: bytes | None
    u: bytes


class Pair(NamedTuple):
    """What the provider receives: R and C = P_B + y_B·R."""

    r: bytes
    c: bytes


def decode_elements(raw: Iterable[tuple[bytes, bytes]], field: str = "elements") -> tuple[Element, ...]:
    """Elements whose points are canonical and not neutral; Malformed names the place otherwise."""
    return tuple(Element(decode_point(r, f"{field}[{i}].r"), decode_point(c, f"{field}[{i}].c")) for i, (r, c) in enumerate(raw))


def decode_rows(raw: Iterable[tuple[bytes, bytes, bytes]], field: str = "rows") -> tuple[Row3, ...]:
    """Rows (R, C_B, C_U) of an inquiry; Malformed names the place of a point that is missing, non-canonical or neutral."""
    return tuple(
        Row3(decode_point(r, f"{field}[{i}].r"), decode_point(b, f"{field}[{i}].b"), decode_point(u, f"{field}[{i}].u"))
        for i, (r, b, u) in enumerate(raw)
    )


def decode_tag_rows(raw: Iterable[tuple[bytes, bytes]], field: str = "rows") -> tuple[Row3, ...]:
    """Rows (R, C_U) of a view, with nothing for a provider."""
    return tuple(Row3(decode_point(r, f"{field}[{i}].r"), None, decode_point(u, f"{field}[{i}].u")) for i, (r, u) in enumerate(raw))


def decode_blinded(r: bytes, b: bytes, u: bytes) -> Blinded:
    """What came from the other operator, an empty b standing for none; Malformed for a point that is non-canonical or neutral."""
    return Blinded(decode_point(r, "r"), decode_point(b, "b") if b else None, decode_point(u, "u"))


def decode_pair(r: bytes, c: bytes) -> Pair:
    """A provider's pair; Malformed for a point that is non-canonical or neutral."""
    return Pair(decode_point(r, "pair_r"), decode_point(c, "pair_c"))


def present(point: bytes | None) -> bytes:
    """The point itself; Malformed("row-without-pair") where a row carries none for a provider."""
    if point is None:
        raise Malformed("row-without-pair", "", "b")
    return point
