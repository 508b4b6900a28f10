"""Signed notes (C2SP signed-note): a text of lines, and under an empty line the signatures over it.

    — <key name> base64(key id, 4 bytes ‖ signature)                 key id = SHA-256(name ‖ LF ‖ type ‖ public key)[:4]

Type 0x01 is Ed25519 over the text, 0x04 the timestamped Ed25519 cosignature of a witness (`cosign`).
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Final, Protocol

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from enishi.errors import Malformed, Tampered

MAX_NOTE: Final = 65_536
"""Largest note read, in bytes."""
MAX_SIGNATURES: Final = 64
_DASH: Final = "— "


class KeyType(IntEnum):
    """The signature types of the specification that the log uses."""

    ED25519 = 0x01
    COSIGNATURE = 0x04


class Signer(Protocol):
    """An Ed25519 private key; `seal.SigningKey` is one."""

    public: bytes

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature."""
        ...


class NoteSignature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One signature line: key name, key id (4 bytes) and whatever the key's type signs with."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """The line of the note, with its newline."""
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text that ends in a newline, and its signatures."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def encode(self) -> bytes:
        """The note as UTF-8 bytes."""
        return (self.text + "\n" + "".join(signature.line for signature in self.signatures)).encode()


class Verifier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key that a reader trusts: name, 32-byte Ed25519 public key, type."""

    name: str
    public: bytes
    type: KeyType = KeyType.ED25519

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that name this key beside its name."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:4]

    @property
    def encoded(self) -> str:
        """The verifier key `name+hex(key id)+base64(type ‖ public key)`."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(bytes([self.type]) + self.public).decode()}"

    def made(self, signature: NoteSignature) -> bool:
        """True if the line claims this key by name and id; its signature is still to be verified."""
        return signature.name == self.name and signature.key_id == self.key_id


def parse_verifier(encoded: str) -> Verifier:
    """Read a verifier key; Malformed("verifier-key-malformed") for anything `Verifier.encoded` would not write."""
    name, _, rest = encoded.partition("+")
    key = _unbase64(rest[9:])
    if not _is_name(name) or key is None or len(key) != 33 or key[0] not in tuple(KeyType):
        raise Malformed("verifier-key-malformed", encoded[:100])
    verifier = Verifier(name, key[1:], KeyType(key[0]))
    if verifier.encoded != encoded:
        raise Malformed("verifier-key-malformed", "the key id does not belong to the key")
    return verifier


def sign_note(text: str, name: str, key: Signer) -> Note:
    """A note with one Ed25519 signature; Malformed("note-malformed") for a text or a name that no note can carry."""
    if not _is_text(text) or not _is_name(name):
        raise Malformed("note-malformed", "text or key name")
    return Note(text, (NoteSignature(name, Verifier(name, key.public).key_id, key.sign(text.encode())),))


def add_signatures(note: Note, signatures: Sequence[NoteSignature]) -> Note:
    """The note with these lines below its own; one of the same key replaces the older, as fresher cosignatures do."""
    fresh = {(signature.name, signature.key_id) for signature in signatures}
    kept = tuple(signature for signature in note.signatures if (signature.name, signature.key_id) not in fresh)
    return Note(note.text, kept + tuple(signatures))


def parse_note(encoded: bytes) -> Note:
    """Read a note without believing it; Malformed("note-malformed")."""
    if len(encoded) > MAX_NOTE:
        raise Malformed("note-malformed", f"{len(encoded)} bytes")
    try:
        decoded = encoded.decode()
    except UnicodeDecodeError:
        raise Malformed("note-malformed", "not UTF-8") from None
    text, gap, lines = decoded.rpartition("\n\n")
    if not gap or not _is_text(text + "\n"):
        raise Malformed("note-malformed", "no text above an empty line")
    return Note(text + "\n", parse_signatures(lines))


def parse_signatures(lines: str) -> tuple[NoteSignature, ...]:
    """Read one or more signature lines, each with its newline; Malformed("note-malformed")."""
    *complete, rest = lines.split("\n")
    if rest or not 1 <= len(complete) <= MAX_SIGNATURES:
        raise Malformed("note-malformed", f"{len(complete)} signature lines")
    return tuple(_parse_line(line) for line in complete)


def verify_note(note: Note, verifiers: Sequence[Verifier]) -> tuple[Verifier, ...]:
    """The Ed25519 keys among `verifiers` that signed the text, at least one.

    Lines of unknown keys are passed over.  Raises Tampered("note-signature-invalid") if a line of a known key does not verify,
    Tampered("note-not-signed") if no known key signed.
    """
    signed = []
    for verifier in verifiers:
        lines = [line for line in note.signatures if verifier.type is KeyType.ED25519 and verifier.made(line)]
        for line in lines:
            check_signature(verifier, note.text.encode(), line.signature)
        signed += [verifier] if lines else []
    if not signed:
        raise Tampered("note-not-signed")
    return tuple(signed)


def check_signature(verifier: Verifier, message: bytes, signature: bytes) -> None:
    """Return if the 64-byte Ed25519 signature is the key's; Tampered("note-signature-invalid")."""
    try:
        Ed25519PublicKey.from_public_bytes(verifier.public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise Tampered("note-signature-invalid", verifier.name) from None


def _parse_line(line: str) -> NoteSignature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    signature = _unbase64(encoded)
    if not line.startswith(_DASH) or not _is_name(name) or signature is None or len(signature) < 5:
        raise Malformed("note-malformed", "signature line")
    return NoteSignature(name, signature[:4], signature[4:])


def _is_name(name: str) -> bool:
    return _is_clean(name, lambda character: character != "+" and not character.isspace()) and name != ""


def _is_text(text: str) -> bool:
    return text.endswith("\n") and _is_clean(text, lambda character: True)


def _is_clean(text: str, allowed: Callable[[str], bool]) -> bool:
    # A lone surrogate is a character to Python but cannot be written as UTF-8.
    return all((character >= " " or character == "\n") and not "\ud800" <= character <= "\udfff" and allowed(character) for character in text)


def _unbase64(encoded: str) -> bytes | None:
    # Bits that padding leaves over must be zero: one signature, one spelling.
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return decoded if base64.b64encode(decoded).decode() == encoded else None
