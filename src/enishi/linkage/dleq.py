"""Proofs that one secret k joins many pairs: B = k·A and every D_i = k·C_i (RFC 9497, 2.2, batched by composites).

RFC 9497 derives the weight of a pair from that pair alone.  In a batch of thousands a prover could then search, by the generalised birthday
method, for errors that cancel.  `prove` and `verify` therefore put a digest of every point into the context string, so that each weight
depends on the whole batch; `generate` and `examine` are the RFC's own algorithm and take the context string as it is.
"""

from collections.abc import Sequence
from hashlib import sha512
from typing import Final

import msgspec

from enishi.encoding import DOMAIN, Bytes32, digest
from enishi.errors import Malformed, Tampered
from enishi.linkage.group import decode_point, decode_scalar, multiply, p_add, p_sum, random_scalar, s_mul, s_sub
from enishi.linkage.hashing import to_scalar_under

Point2 = tuple[bytes, bytes]
MAX_PAIRS: Final = 65_535
"""The index of a pair has two bytes (RFC 9497, 2.2.1)."""


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A Schnorr proof: challenge c and response s, both scalars."""

    c: Bytes32
    s: Bytes32

    def encode(self) -> bytes:
        """64 bytes, c ‖ s."""
        return self.c + self.s


def decode_proof(raw: bytes, field: str = "proof") -> Proof:
    """Read the 64 bytes of `Proof.encode`; Malformed otherwise."""
    if len(raw) != 64:
        raise Malformed("proof-length", f"{len(raw)} bytes", field)
    return Proof(decode_scalar(raw[:32], field), decode_scalar(raw[32:], field))


def prove(k: bytes, a: bytes, b: bytes, pairs: Sequence[Point2], context: bytes) -> Proof:
    """Prove B = k·A and D = k·C for every pair (C, D); one multiplication a pair."""
    return generate(k, a, b, pairs, bound(a, b, pairs, context), random_scalar())


def verify(a: bytes, b: bytes, pairs: Sequence[Point2], proof: Proof, context: bytes) -> None:
    """Tampered("dleq-false") unless the proof holds, Malformed for what is no point or scalar; two multiplications a pair."""
    for point in (a, b, *(point for pair in pairs for point in pair)):
        decode_point(point, "proof")
    examine(a, b, pairs, proof, bound(a, b, pairs, context))


def bound(a: bytes, b: bytes, pairs: Sequence[Point2], context: bytes) -> bytes:
    """The context string that binds the use, the caller's context and every point of the batch."""
    return DOMAIN + b"dleq/" + digest("dleq-batch", context, a, b, *(point for pair in pairs for point in pair))


def generate(k: bytes, a: bytes, b: bytes, pairs: Sequence[Point2], context_string: bytes, nonce: bytes) -> Proof:
    """GenerateProof (RFC 9497, 2.2.1) with the nonce handed in; it must be fresh and secret."""
    m = p_sum([multiply(d, c) for d, (c, _) in zip(_weights(b, pairs, context_string), pairs, strict=True)])
    z = multiply(k, m)
    challenge = _challenge(context_string, b, m, z, multiply(nonce, a), multiply(nonce, m))
    return Proof(challenge, s_sub(nonce, s_mul(challenge, k)))


def examine(a: bytes, b: bytes, pairs: Sequence[Point2], proof: Proof, context_string: bytes) -> None:
    """VerifyProof (RFC 9497, 2.2.2); Tampered("dleq-false") unless it holds."""
    c, s = decode_scalar(proof.c, "proof"), decode_scalar(proof.s, "proof")
    weights = _weights(b, pairs, context_string)
    m = p_sum([multiply(d, left) for d, (left, _) in zip(weights, pairs, strict=True)])
    z = p_sum([multiply(d, right) for d, (_, right) in zip(weights, pairs, strict=True)])
    t2 = p_add(multiply(s, a), multiply(c, b))
    t3 = p_add(multiply(s, m), multiply(c, z))
    if _challenge(context_string, b, m, z, t2, t3) != c:
        raise Tampered("dleq-false", f"{len(pairs)} pairs", "proof")


def _weights(b: bytes, pairs: Sequence[Point2], context_string: bytes) -> list[bytes]:
    if not pairs:
        raise Malformed("batch-empty", "no pairs")
    if len(pairs) > MAX_PAIRS:
        raise Malformed("batch-too-long", f"{len(pairs)} pairs")
    seed = sha512(_lengths(b, b"Seed-" + context_string)).digest()
    dst = b"HashToScalar-" + context_string
    return [to_scalar_under(dst, _lengths(seed) + i.to_bytes(2, "big") + _lengths(c, d) + b"Composite") for i, (c, d) in enumerate(pairs)]


def _challenge(context_string: bytes, *points: bytes) -> bytes:
    return to_scalar_under(b"HashToScalar-" + context_string, _lengths(*points) + b"Challenge")


def _lengths(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(2, "big") + part for part in parts)
