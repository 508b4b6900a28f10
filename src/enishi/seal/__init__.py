"""Seals what only one reader may open, and signs what anyone may check: HPKE, padding, Ed25519, DSSE.

Holds: the private keys its caller hands in, for as long as the caller keeps them.
Never sees: who a message is about, where it goes, a socket, a database, a clock.
"""

from enishi.seal.dsse import Envelope, Signature, check_envelope, countersign, decode_envelope, encode_envelope, sign_envelope
from enishi.seal.hpke import SealingKey, Suite, open_sealed, seal
from enishi.seal.many import Sender
from enishi.seal.pad import pad, unpad
from enishi.seal.sign import SigningKey, verify

__all__ = [
    "Envelope",
    "Sender",
    "SealingKey",
    "Signature",
    "SigningKey",
    "Suite",
    "check_envelope",
    "countersign",
    "decode_envelope",
    "encode_envelope",
    "open_sealed",
    "pad",
    "seal",
    "sign_envelope",
    "unpad",
    "verify",
]
