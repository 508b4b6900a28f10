"""Proofs that whoever registers a key knows its secret: without them a key could be chosen to cancel the others."""

from enishi.errors import Tampered
from enishi.linkage.dleq import Proof
from enishi.linkage.group import base, decode_point, decode_scalar, multiply, p_add, random_scalar, s_mul, s_sub
from enishi.linkage.hashing import hash_to_scalar


def prove_possession(secret: bytes, context: bytes) -> Proof:
    """Schnorr proof of knowledge of the logarithm of `base(secret)`; the context names role, key and epoch."""
    nonce = random_scalar()
    challenge = _challenge(context, base(secret), base(nonce))
    return Proof(challenge, s_sub(nonce, s_mul(challenge, secret)))


def check_possession(public: bytes, proof: Proof, context: bytes) -> None:
    """Tampered("possession-false") unless the proof holds for this key and context; Malformed for a bad encoding."""
    decode_point(public, "public")
    c, s = decode_scalar(proof.c, "possession"), decode_scalar(proof.s, "possession")
    if _challenge(context, public, p_add(base(s), multiply(c, public))) != c:
        raise Tampered("possession-false", "", "possession")


def _challenge(context: bytes, public: bytes, commitment: bytes) -> bytes:
    return hash_to_scalar("possession", context, public, commitment)
