"""The tuples of points that travel between the parties, and their strict readers."""

from collections.abc import Iterable
from typing import NamedTuple

from enishi.errors import Malformed
from enishi.linkage.group import decode_point


class Element(NamedTuple):
    """An ElGamal ciphertext of a code: R = rG and C = code + r·Z."""

    R: bytes
    C: bytes


class Row3(NamedTuple):
    """One person's ciphertexts in a message: R = rG, C_B = code + r·Z_B (None where nobody is asked, kind `view`), C_U = code + r·Z_U."""

    R: bytes
    C_B: bytes | None
    C_U: bytes


class Blinded(NamedTuple):
    """What the operators pass each other: R, the pair's element B (None for a refusal or a view) and the audit element U, all times β."""

    R: bytes
    B: bytes | None
    U: bytes


class Pair(NamedTuple):
    """What the provider receives: R and C = P_B + y_B·R."""

    R: bytes
    C: bytes


def decode_elements(raw: Iterable[tuple[bytes, bytes]], field: str = "elements") -> tuple[Element, ...]:
    """Elements whose points are canonical and not neutral; Malformed names the place otherwise."""
    return tuple(Element(decode_point(r, f"{field}[{i}].R"), decode_point(c, f"{field}[{i}].C")) for i, (r, c) in enumerate(raw))


def decode_rows(raw: Iterable[tuple[bytes, bytes, bytes]], field: str = "rows") -> tuple[Row3, ...]:
    """Rows (R, C_B, C_U) of an inquiry; Malformed names the place of a point that is missing, non-canonical or neutral."""
    return tuple(
        Row3(decode_point(r, f"{field}[{i}].R"), decode_point(b, f"{field}[{i}].C_B"), decode_point(u, f"{field}[{i}].C_U"))
        for i, (r, b, u) in enumerate(raw)
    )


def raw_rows(raw: Iterable[tuple[bytes, bytes, bytes]]) -> tuple[Row3, ...]:
    """Rows as they came: whether each is a point, the first operation that takes it says (`multiply`, `p_add`, `p_sub`), with the same slug.

    For who uses every point before anything is released; reading a point costs a third of adding it, and each operation reads its own again.
    """
    return tuple(Row3(r, b, u) for r, b, u in raw)


def decode_tag_rows(raw: Iterable[tuple[bytes, bytes]], field: str = "rows") -> tuple[Row3, ...]:
    """Rows (R, C_U) of a view, with nothing for a provider."""
    return tuple(Row3(decode_point(r, f"{field}[{i}].R"), None, decode_point(u, f"{field}[{i}].C_U")) for i, (r, u) in enumerate(raw))


def decode_blinded(raw: tuple[bytes, bytes | None, bytes], field: str = "blinded") -> Blinded:
    """What came from the other operator; Malformed for a point that is non-canonical or neutral."""
    r, b, u = raw
    return Blinded(decode_point(r, f"{field}.R"), None if b is None else decode_point(b, f"{field}.B"), decode_point(u, f"{field}.U"))


def raw_blinded(raw: tuple[bytes, bytes, bytes]) -> Blinded:
    """The same as it came, for who multiplies all three points; each multiplication refuses what is no point, with the same slug."""
    r, b, u = raw
    return Blinded(r, b, u)


def decode_pair(raw: tuple[bytes, bytes], field: str = "pair") -> Pair:
    """A provider's pair; Malformed for a point that is non-canonical or neutral."""
    r, c = raw
    return Pair(decode_point(r, f"{field}.R"), decode_point(c, f"{field}.C"))


def present(point: bytes | None) -> bytes:
    """The point itself; Malformed("row-without-pair") where a row carries none for a provider."""
    if point is None:
        raise Malformed("row-without-pair", "", "B")
    return point
