"""What a log sends to a witness (C2SP tlog-witness, add-checkpoint) and what the witness decides before it cosigns.

Body: `old <size> LF`, up to 63 lines of base64 hashes (the consistency proof), an empty line, the checkpoint as a note.
"""

import base64
import binascii
import re
from typing import Final

import msgspec

from enishi.errors import Conflict, Malformed
from enishi.tlog.checkpoint import Checkpoint, open_checkpoint
from enishi.tlog.note import MAX_NOTE, Note, Verifier, parse_note
from enishi.tlog.tree import EMPTY_ROOT, verify_consistency

MAX_PROOF: Final = 63
_OLD: Final = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)


class Submission(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The size the log believes the witness has seen, the proof from there (32-byte hashes), and the signed checkpoint."""

    old_size: int
    proof: tuple[bytes, ...]
    note: Note

    def encode(self) -> bytes:
        """The body of an add-checkpoint request."""
        lines = [f"old {self.old_size}", *(base64.b64encode(value).decode() for value in self.proof)]
        return "\n".join(lines).encode() + b"\n\n" + self.note.encode()


def parse_submission(body: bytes) -> Submission:
    """Read an add-checkpoint body; Malformed("submission-malformed" or "note-malformed")."""
    if len(body) > 2 * MAX_NOTE:
        raise Malformed("submission-malformed", f"{len(body)} bytes")
    head, gap, note = body.partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
        proof = tuple(_hash(line) for line in lines)
    except (UnicodeDecodeError, binascii.Error):
        raise Malformed("submission-malformed", "not lines of base64") from None
    old = _OLD.fullmatch(first)
    if not gap or old is None or len(proof) > MAX_PROOF:
        raise Malformed("submission-malformed")
    return Submission(int(old[1]), proof, parse_note(note))


def check_submission(submission: Submission, last: Checkpoint | None, log: Verifier) -> Checkpoint:
    """The checkpoint that a witness may record and then cosign, given the last one it cosigned for this log.

    The witness must store it by compare-and-set on `last` before it cosigns.  Raises the faults of `open_checkpoint` and
    `verify_consistency`; Conflict("witness-has-another-size", detail = its size) if the log starts from elsewhere;
    Conflict("witness-has-another-root") if the same size comes with another root, which is a split view.
    """
    fresh = open_checkpoint(submission.note, log)
    known = last if last is not None else Checkpoint(log.name, 0, EMPTY_ROOT)
    if submission.old_size > fresh.size:
        raise Malformed("submission-malformed", "the old size is larger than the new")
    if submission.old_size != known.size:
        raise Conflict("witness-has-another-size", str(known.size))
    if fresh.size == known.size and fresh.root != known.root:
        raise Conflict("witness-has-another-root", str(known.size))
    verify_consistency(known.size, fresh.size, known.root, fresh.root, submission.proof)
    return fresh


def _hash(line: str) -> bytes:
    value = base64.b64decode(line, validate=True)
    if len(value) != 32 or base64.b64encode(value).decode() != line:
        raise Malformed("submission-malformed", "a hash is 32 bytes")
    return value
