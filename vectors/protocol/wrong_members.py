"""What signed forms may not say: for each form (name of the case, what is expected, the members that are changed)."""

from typing import Any, Final

from vector_world import AT_MS, browser

Wrong = tuple[tuple[str, str, dict[str, Any]], ...]
_KEY: Final = browser("reply key").public

STATEMENTS: Final[Wrong] = (
    ("an inquirer's epoch before the first", "form-unreadable", {"inquirer_epoch": -1}),
    ("a provider's epoch beyond a leaf", "form-unreadable", {"provider_epoch": 1 << 32}),
    ("an audit epoch before the first", "form-unreadable", {"audit_epoch": -1}),
    ("no reply key", "seal-suite-unknown", {"reply_key": b""}),
    ("a reply key of no suite", "seal-suite-unknown", {"reply_key": b"\3" + _KEY[1:]}),
    ("a reply key of 32 bytes", "sealing-key-malformed", {"reply_key": _KEY[:32]}),
    ("a count of no rows", "rows-count", {"count": 0}),
    ("a count of too many rows", "rows-count", {"count": 10_001}),
)
RECEIPTS: Final[Wrong] = (
    ("version 2", "version-unknown", {"v": 2}),
    ("an item id of 31 bytes", "length-wrong", {"item_id": bytes(31)}),
    ("a hash of a leaf of 31 bytes", "length-wrong", {"leaf_hash": bytes(31)}),
    ("a hash of a pair of 31 bytes", "length-wrong", {"pair_hash": bytes(31)}),
    ("a permit without a pair", "length-wrong", {"pair_hash": b""}),
    ("a refusal with a pair", "length-wrong", {"verdict": "refusal"}),
    ("a verdict that is none", "form-unreadable", {"verdict": "perhaps"}),
    ("a time before time", "form-unreadable", {"at_ms": -1}),
    ("an inquirer's epoch before the first", "form-unreadable", {"inquirer_epoch": -1}),
    ("a provider's epoch before the first", "form-unreadable", {"provider_epoch": -1}),
    ("an audit epoch beyond a leaf", "form-unreadable", {"audit_epoch": 1 << 32}),
    ("a refusal", "ok", {"verdict": "refusal", "pair_hash": b""}),
    ("an unplaced row", "ok", {"verdict": "unplaced", "pair_hash": b""}),
)
HEADS: Final[Wrong] = (
    ("a head of version 2", "version-unknown", {"v": 2}),
    ("a head before time", "form-unreadable", {"at_ms": -1}),
    ("a head with a root of 31 bytes", "length-wrong", {"root": bytes(31)}),
)
OUTCOMES: Final[Wrong] = (
    ("an item id of 31 bytes", "length-wrong", {"item_id": bytes(31)}),
    ("a hash of an answer of 31 bytes", "length-wrong", {"answer_hash": bytes(31)}),
    ("a deadline of what has ended", "outcome-deadline", {"deadline_ms": AT_MS + 1}),
    ("an epoch before the first", "form-unreadable", {"provider_epoch": -1}),
)
OUTCOME_HEADS: Final[Wrong] = (
    *HEADS,
    ("a head of an epoch beyond a leaf", "form-unreadable", {"provider_epoch": 1 << 32}),
)
TIMES: Final[dict[str, Any]] = {"before time": -1, "the end of time": 253_402_214_400_000, "a text": "2025-04-01", "null": None, "a fraction": 1.5}
"""No times, for an Answer's `as_of`."""
