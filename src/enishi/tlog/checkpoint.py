"""Checkpoints (C2SP tlog-checkpoint): the log's signed word about its size and root.

Text: origin, tree size in decimal, root in base64, each a line; then opaque extension lines, of which this log writes none.
"""

import base64
import re
from typing import Final

import msgspec

from enishi.errors import Malformed, Tampered
from enishi.tlog.note import Note, Signer, Verifier, parse_note, sign_note, verify_note

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_ROOT: Final = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=", re.ASCII)


class Checkpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Origin (the log's name), number of leaves (0 … 2^63-1), root hash (32 bytes)."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The note text, three lines."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a note text; Malformed("checkpoint-malformed").  Extension lines are passed over: a witness says nothing about them."""
    lines = text.split("\n")
    # The text ends in a newline, so the last piece is empty; no other may be.
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise Malformed("checkpoint-malformed", "lines")
    if not _SIZE.fullmatch(lines[1]) or int(lines[1]) >= 1 << 63 or not _ROOT.fullmatch(lines[2]):
        raise Malformed("checkpoint-malformed", "size or root")
    return Checkpoint(lines[0], int(lines[1]), base64.b64decode(lines[2]))


def sign_checkpoint(checkpoint: Checkpoint, key: Signer) -> Note:
    """The checkpoint as a note signed by the log, whose key is named by the origin; Malformed("checkpoint-malformed") if it has no form."""
    if parse_checkpoint(checkpoint.text) != checkpoint:
        raise Malformed("checkpoint-malformed", "origin")
    return sign_note(checkpoint.text, checkpoint.origin, key)


def open_checkpoint(note: Note, log: Verifier) -> Checkpoint:
    """The checkpoint of a note that the log signed.

    Raises the faults of `verify_note`, Malformed("checkpoint-malformed"), and Tampered("checkpoint-of-another-log") if the text
    names another origin.
    """
    verify_note(note, [log])
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != log.name:
        raise Tampered("checkpoint-of-another-log", checkpoint.origin[:100])
    return checkpoint


def read_checkpoint(encoded: bytes, log: Verifier) -> Checkpoint:
    """`open_checkpoint` of a note in bytes."""
    return open_checkpoint(parse_note(encoded), log)
