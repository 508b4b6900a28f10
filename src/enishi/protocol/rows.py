"""Rows of an inquiry, one per person asked about, and the Merkle tree that binds them to the signed statement.

A row's leaf is `frame(digest("row-ciphertexts", R, C_B, C_U), case, relation, period)`: the provider is shown the digest in place of the
ciphertexts (from which nothing about the inquirer's code follows) and can still check relation and period against the signature.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec

from enishi.encoding import Bytes32, digest, frame
from enishi.protocol.forms import demand, demand_length
from enishi.tlog.tree import inclusions, leaf_hash, root_of, verify_inclusion

MAX_ROWS = 10_000
HASHED: Final = 4096
"""Rows whose hashes are kept: the root, the paths and the notices of a message ask for the same ones one after the other."""


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """One person in a message: R = rG, C_B = P_A + r·Z_B, C_U = P_A + r·Z_U (empty C_B for kind `view`), and what is asked about the person."""

    r: bytes
    b: bytes
    u: bytes
    case: bytes
    """Salted commitment (32 bytes) to the inquirer's case reference."""
    relation: str
    """Coded relation of the subject to the case (law's relations)."""
    period: str
    """Fiscal year or period asked for, as `2024` or `2024-04/2025-03`; empty where the item has none."""

    def shown(self) -> "ShownRow":
        """The row without its ciphertexts, as provider and evidence see it."""
        return _shown(self)


class ShownRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """A row whose ciphertexts are replaced by their digest (32 bytes)."""

    ciphertexts: Bytes32
    case: Bytes32
    relation: str
    period: str

    def leaf(self) -> bytes:
        """Merkle leaf hash of the row, 32 bytes."""
        return _leaf(self)


@lru_cache(maxsize=HASHED)
def _shown(row: Row) -> ShownRow:
    return ShownRow(digest("row-ciphertexts", row.r, row.b, row.u), row.case, row.relation, row.period)


@lru_cache(maxsize=HASHED)
def _leaf(row: ShownRow) -> bytes:
    return leaf_hash(frame(row.ciphertexts, row.case, row.relation.encode(), row.period.encode()))


def check_rows(rows: Sequence[Row], count: int, root: bytes) -> None:
    """Check lengths, count and Merkle root; Malformed where they differ from the statement. Points are checked by linkage."""
    demand(0 < count <= MAX_ROWS and len(rows) == count, "rows-count", f"{len(rows)} rows, statement says {count}", "rows")
    for row in rows:
        demand_length(row.case, 32, "case")
        demand(len(row.relation) <= 64 and len(row.period) <= 32, "row-too-long", "relation or period", "rows")
    demand(rows_root(rows) == root, "rows-root", "the rows are not those that were signed", "rows")


def rows_root(rows: Sequence[Row]) -> bytes:
    """Merkle root (RFC 6962 hashing) over the rows, 32 bytes."""
    return root_of([row.shown().leaf() for row in rows])


def row_paths(rows: Sequence[Row]) -> list[tuple[bytes, ...]]:
    """Inclusion paths of all rows, the tree hashed once."""
    return [tuple(path) for path in inclusions([row.shown().leaf() for row in rows])]


def check_shown(row: ShownRow, i: int, count: int, path: Sequence[bytes], root: bytes) -> None:
    """Tampered unless the shown row stands at place i under the signed root."""
    verify_inclusion(row.leaf(), i, count, list(path), root)
