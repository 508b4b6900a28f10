"""One signature for many forms: each form's bytes stand under the Merkle root (RFC 6962) that the head of their batch signs."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Protocol, TypeVar

from enishi.protocol.forms import demand, demand_length, open_form
from enishi.seal.dsse import Envelope
from enishi.tlog.tree import inclusions, leaf_hash, root_of, verify_inclusion

HEADS = 512
"""Heads whose signature is remembered as checked: what is signed together arrives together, or nearly."""


class Root(Protocol):
    """What the head of a batch signs, among other things: the root (32 bytes) over the bytes of `count` forms."""

    @property
    def v(self) -> int:
        """1."""

    @property
    def root(self) -> bytes:
        """32 bytes."""

    @property
    def count(self) -> int:
        """How many forms stand under it."""


R = TypeVar("R", bound=Root)


def root_and_paths(payloads: Sequence[bytes]) -> tuple[bytes, tuple[tuple[bytes, ...], ...]]:
    """Root of a batch, and for each payload its path of 32-byte hashes up to it."""
    hashes = [leaf_hash(payload) for payload in payloads]
    return root_of(hashes), tuple(tuple(path) for path in inclusions(hashes))


def open_head(head: Envelope, form: type[R], thing: str, keyid: str, keys: Mapping[str, bytes]) -> R:
    """The root that a head signs by the key of one keyid (Tampered), in its one encoding (Malformed)."""
    opened = _opened(head, form, thing, keyid, keys.get(keyid, b""))
    assert isinstance(opened, form)
    return opened


def check_place(payload: bytes, place: int, path: Sequence[bytes], root: Root) -> None:
    """Tampered unless a payload stands at its place under the root."""
    verify_inclusion(leaf_hash(payload), place, root.count, list(path), root.root)


@lru_cache(maxsize=HEADS)
def _opened(head: Envelope, form: type[Root], thing: str, keyid: str, key: bytes) -> Root:
    # The forms of a batch share one head: its signature is verified once. A head that does not hold is not remembered, and refused each time.
    root = open_form(head, form, thing, {keyid: key} if key else {}, {keyid})
    demand(root.v == 1, "version-unknown", f"version {root.v}", "v")
    demand_length(root.root, 32, "root")
    return root
