"""Cosignatures (C2SP tlog-cosignature, `cosignature/v1`): a witness's word that at this time this was the largest tree it had seen.

Signature bytes: time (seconds since 1970, u64 big-endian) ‖ Ed25519 signature over `cosignature/v1 LF time <decimal> LF` and the text.
"""

from typing import Final

from enishi.errors import Malformed, Tampered
from enishi.tlog.checkpoint import parse_checkpoint
from enishi.tlog.note import KeyType, Note, NoteSignature, Signer, Verifier, check_signature

_LENGTH: Final = 8 + 64


def cosign(text: str, name: str, key: Signer, at_ms: int) -> NoteSignature:
    """The witness's line for a checkpoint text that it has found consistent; the time is cut to whole seconds.

    Raises Malformed("checkpoint-malformed" or "cosignature-malformed"): a witness signs no other text and no time before 1970.
    """
    parse_checkpoint(text)
    at_s = at_ms // 1000
    if not 0 <= at_s < 1 << 63:
        raise Malformed("cosignature-malformed", "time", "at_ms")
    verifier = Verifier(name, key.public, KeyType.COSIGNATURE)
    return NoteSignature(name, verifier.key_id, at_s.to_bytes(8, "big") + key.sign(_message(text, at_s)))


def verify_cosignature(text: str, line: NoteSignature, witness: Verifier) -> int:
    """The time of a cosignature, in milliseconds UTC, after checking that the witness made it over this text.

    Raises Malformed("cosignature-malformed"), Tampered("cosignature-of-another-witness" or "note-signature-invalid").
    """
    if witness.type is not KeyType.COSIGNATURE or not witness.made(line):
        raise Tampered("cosignature-of-another-witness", line.name)
    at_s = int.from_bytes(line.signature[:8], "big")
    if len(line.signature) != _LENGTH or at_s >= 1 << 63:
        raise Malformed("cosignature-malformed", line.name)
    check_signature(witness, _message(text, at_s), line.signature[8:])
    return at_s * 1000


def cosigned_at(note: Note, witness: Verifier) -> int | None:
    """When the witness cosigned this note last, in milliseconds UTC; None if it did not.  A false line of its own raises."""
    times = [verify_cosignature(note.text, line, witness) for line in note.signatures if witness.made(line)]
    return max(times, default=None)


def _message(text: str, at_s: int) -> bytes:
    return f"cosignature/v1\ntime {at_s}\n{text}".encode()
