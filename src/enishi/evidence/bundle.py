"""The bundle: everything that is needed to verify one inquiry item, as one JSON file (`*.enishi.json`); byte strings are base64."""

from typing import Annotated, Final

import msgspec

from enishi.encoding import Bytes32, Bytes78
from enishi.errors import Malformed, Oversized
from enishi.protocol.outcome import SignedOutcome
from enishi.protocol.receipt import SignedReceipt
from enishi.protocol.record import Opened
from enishi.protocol.rows import MAX_ROWS, ShownRow
from enishi.seal.dsse import Envelope

VERSION: Final = 1
LIMIT: Final = 100 * 1024 * 1024
"""Largest file read, in bytes: a sealed answer of the largest size in base64, and room for the rest."""
MAX_OUTCOMES: Final = 3
"""closed, then held, then a final one: an item never has more outcomes."""
Position = Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)]


class Standing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a record stands in the log: position, leaf (78 bytes), inclusion path (32-byte hashes); the opened body where it may be shown."""

    index: Position
    leaf: Bytes78
    inclusion: tuple[Bytes32, ...]
    opened: Opened | None = None


class OutcomeEvidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One outcome as its provider signed it, and its leaf."""

    outcome: SignedOutcome
    standing: Standing


class Bundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Evidence of one item: what was asked, under which registry, what was recorded, how it ended, all under one checkpoint."""

    v: Annotated[int, msgspec.Meta(ge=VERSION, le=VERSION)]
    registry: Envelope
    """The registry snapshot that the statement names, signed by exchange and oversight."""
    statement: Envelope
    place: Annotated[int, msgspec.Meta(ge=0, lt=MAX_ROWS)]
    row: ShownRow
    path: tuple[Bytes32, ...]
    """From the shown row to the row root in the statement."""
    receipt: SignedReceipt
    record: Standing
    """The intent or the refusal."""
    outcomes: Annotated[tuple[OutcomeEvidence, ...], msgspec.Meta(max_length=MAX_OUTCOMES)]
    answer: bytes
    """The sealed answer of the last outcome; empty where it is not shown."""
    checkpoint: str
    """A note signed by the log and cosigned by witnesses (C2SP signed-note, tlog-checkpoint)."""


_decoder: Final = msgspec.json.Decoder(Bundle)


def encode(bundle: Bundle) -> bytes:
    """The file's bytes: indented JSON with a newline at its end."""
    return msgspec.json.format(msgspec.json.encode(bundle), indent=1) + b"\n"


def decode(encoded: bytes) -> Bundle:
    """Read a file without believing it; Malformed("bundle-unreadable") names the place, Oversized("bundle-too-large")."""
    if len(encoded) > LIMIT:
        raise Oversized("bundle-too-large", f"{len(encoded)} bytes")
    try:
        return _decoder.decode(encoded)
    except msgspec.ValidationError as error:
        raise Malformed("bundle-unreadable", str(error)[:200], "bundle") from error
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Malformed("bundle-unreadable", type(error).__name__, "bundle") from error
