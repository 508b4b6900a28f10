"""Signed envelopes as the Dead Simple Signing Envelope (DSSE 1.0) writes them, for what is kept as evidence.

JSON form: {"payloadType": text, "payload": base64, "signatures": [{"keyid": text, "sig": base64}, …]}.  Each signature is Ed25519 over
the pre-authentication encoding `DSSEv1 SP len(type) SP type SP len(payload) SP payload`, lengths in decimal ASCII.
"""

from collections.abc import Mapping, Set
from typing import Final

import msgspec

from enishi.encoding import Bytes64
from enishi.errors import Malformed, Misconfigured, Tampered
from enishi.seal.sign import SigningKey, verify

MAX_SIGNATURES: Final = 16
"""More signatures than this on one envelope are refused unread: each costs a verification."""


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One signature of an envelope: `keyid` names the key, `sig` is 64 bytes."""

    keyid: str
    sig: Bytes64


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A typed payload and the signatures over it; the field names are DSSE's."""

    payloadType: str
    payload: bytes
    signatures: tuple[Signature, ...]


_decoder: Final = msgspec.json.Decoder(Envelope)
_encoder: Final = msgspec.json.Encoder()


def pae(payload_type: str, payload: bytes) -> bytes:
    """The pre-authentication encoding (DSSE 1.0): the bytes that are signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign_envelope(payload_type: str, payload: bytes, key: SigningKey, keyid: str) -> Envelope:
    """An envelope with one signature."""
    return Envelope(payload_type, payload, (Signature(keyid, key.sign(pae(payload_type, payload))),))


def countersign(envelope: Envelope, key: SigningKey, keyid: str) -> Envelope:
    """The envelope with one signature more; Malformed("envelope-signed-twice") if that keyid has signed already."""
    if any(signature.keyid == keyid for signature in envelope.signatures):
        raise Malformed("envelope-signed-twice", keyid)
    mine = Signature(keyid, key.sign(pae(envelope.payloadType, envelope.payload)))
    return Envelope(envelope.payloadType, envelope.payload, (*envelope.signatures, mine))


def encode_envelope(envelope: Envelope) -> bytes:
    """The JSON form, without spaces."""
    return _encoder.encode(envelope)


def decode_envelope(encoded: bytes) -> Envelope:
    """Read the JSON form; Malformed("envelope-malformed") for anything else."""
    try:
        return _decoder.decode(encoded)
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        raise Malformed("envelope-malformed", str(problem)) from None


def check_envelope(envelope: Envelope, payload_type: str, keys: Mapping[str, bytes], required: Set[str]) -> bytes:
    """The payload, after every required key has been seen to sign it as this type.

    `keys` maps keyid to the 32-byte public key.  Signatures of keys not in `keys` are passed over, as DSSE asks; one that is in
    `keys` must verify even if it is not required.  Raises Tampered("envelope-type-wrong", "signature-missing" or
    "signature-invalid"), Malformed("envelope-signed-twice" or "envelope-malformed"), Misconfigured("signers-not-named") if
    nobody is required.
    """
    if not required:
        raise Misconfigured("signers-not-named", payload_type)
    if envelope.payloadType != payload_type:
        raise Tampered("envelope-type-wrong", f"expected {payload_type}")
    found = _by_keyid(envelope.signatures)
    missing = sorted(keyid for keyid in required if keyid not in found or keyid not in keys)
    if missing:
        raise Tampered("signature-missing", ", ".join(missing))
    message = pae(payload_type, envelope.payload)
    for keyid in found.keys() & keys.keys():
        verify(keys[keyid], message, found[keyid])
    return envelope.payload


def _by_keyid(signatures: tuple[Signature, ...]) -> dict[str, bytes]:
    if len(signatures) > MAX_SIGNATURES:
        raise Malformed("envelope-malformed", f"{len(signatures)} signatures")
    found = {signature.keyid: signature.sig for signature in signatures}
    if len(found) != len(signatures):
        raise Malformed("envelope-signed-twice")
    return found
