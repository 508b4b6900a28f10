"""Proofs that whoever registers a key knows its secret: without them a key could be chosen to cancel the others."""

from collections.abc import Iterable

from enishi.errors import Tampered
from enishi.linkage.dleq import Proof, decode_proof
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


class Proven:
    """Checks the proofs of whole registries, and remembers those that held, so that the next registry costs its new keys only."""

    def __init__(self) -> None:
        """Nothing is proven yet."""
        self._held: set[tuple[bytes, bytes, bytes]] = set()

    def check(self, claims: Iterable[tuple[bytes, bytes, bytes]]) -> None:
        """Each claim is (public key, encoded proof, context); Tampered("possession-false") for one that does not hold, Malformed for no proof."""
        for claim in claims:
            public, proof, context = claim
            if claim not in self._held:
                check_possession(public, decode_proof(proof), context)
                self._held.add(claim)


def _challenge(context: bytes, public: bytes, commitment: bytes) -> bytes:
    return hash_to_scalar("possession", context, public, commitment)
