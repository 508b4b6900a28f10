"""Conversion of a code from A to B with the record's tag beside it: inquirer, keeper, exchange, keeper, provider (docs/protocol.md).

Every function handles one row; the plural ones handle the rows of ONE message, since a bad point fails the whole call.
All group work happens in libsodium outside Python's lock, so callers may run messages side by side in threads.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeAlias

from enishi.encoding import digest, u64
from enishi.errors import Malformed, Tampered
from enishi.linkage.dleq import Proof, decode_proof
from enishi.linkage.forms import Blinded as Blinded
from enishi.linkage.forms import Pair as Pair
from enishi.linkage.forms import Row3 as Row3
from enishi.linkage.forms import present
from enishi.linkage.group import (
    ZERO,
    base,
    decode_scalar,
    multiply,
    p_add,
    p_sub,
    p_sum,
    random_scalar,
    s_add,
    s_inv,
    s_inv_all,
    s_mul,
    s_sub,
    s_sum,
)
from enishi.linkage.hashing import hash_to_scalar
from enishi.linkage.keys import KNOWN

Pi: TypeAlias = Proof
"""π: one proof for all rows of a message that C_B and C_U hold the same code under the same r."""

_ONE: Final = b"\x01" + bytes(31)


@dataclass(frozen=True, slots=True)
class RowSecrets:
    """The randomness of each row; used once for π, then forgotten."""

    r: tuple[bytes, ...] = field(repr=False)


def blind(codes: Sequence[bytes], z_b: bytes, z_u: bytes) -> tuple[tuple[Row3, ...], RowSecrets]:
    """Inquirer: R = rG, C_B = P + r·Z_B, C_U = P + r·Z_U with a fresh r for each code."""
    secrets = RowSecrets(tuple(random_scalar() for _ in codes))
    return tuple(_row(code, r, z_b, z_u) for code, r in zip(codes, secrets.r, strict=True)), secrets


def blind_tags(codes: Sequence[bytes], z_u: bytes) -> tuple[Row3, ...]:
    """Registrar, kind `view`: R and C_U only.  There is nothing to prove: a single ciphertext cannot disagree with itself."""
    return tuple(Row3(base(r), None, p_add(code, multiply(r, z_u))) for code in codes for r in (random_scalar(),))


def prove_rows(txid: bytes, z_b: bytes, z_u: bytes, rows: Sequence[Row3], secrets: RowSecrets) -> Pi:
    """Inquirer: prove log_G X = log_H W, H = Z_B - Z_U, for the weighted sums X of R and W of C_B - C_U; four multiplications in all."""
    _demand_rows(rows)
    if len(rows) != len(secrets.r):
        raise Malformed("batch-uneven", f"{len(rows)} rows", "rows")
    h = _between(z_b, z_u)
    rho = s_sum([s_mul(d, r) for d, r in zip(_weights(txid, len(rows)), secrets.r, strict=True)])
    w = random_scalar()
    challenge = _challenge(txid, z_b, z_u, base(rho), multiply(rho, h), base(w), multiply(w, h))
    return Pi(challenge, s_sub(w, s_mul(challenge, rho)))


def check_rows(txid: bytes, z_b: bytes, z_u: bytes, rows: Sequence[Row3], pi: Pi) -> None:
    """Keeper: Tampered("pi-false") unless every row holds one code; two multiplications a row.

    The weights depend on the txid alone, so the txid must bind the rows: check them against the statement's Merkle root first.
    """
    _demand_rows(rows)
    c, s = decode_scalar(pi.c, "pi"), decode_scalar(pi.s, "pi")
    weights = _weights(txid, len(rows))
    h = _between(z_b, z_u)
    x = p_sum([multiply(d, row.R) for d, row in zip(weights, rows, strict=True)])
    w = p_sum([multiply(d, _difference(row)) for d, row in zip(weights, rows, strict=True)])
    if _challenge(txid, z_b, z_u, x, w, p_add(base(s), multiply(c, x)), p_add(multiply(s, h), multiply(c, w))) != c:
        raise Tampered("pi-false", f"{len(rows)} rows", "pi")


def decode_pi(raw: bytes) -> Pi:
    """Read the 64 bytes of `Pi.encode`; Malformed otherwise."""
    return decode_proof(raw, "pi")


@lru_cache(maxsize=4096)
def beta(secret: bytes, txid: bytes, i: int) -> bytes:
    """Keeper: the blinding scalar of row i, the same whenever the message is repeated, never zero."""
    # Asked for when a message is admitted, and moments later when it is committed.
    scalar = hash_to_scalar("beta", secret, txid, u64(i))
    return scalar if scalar != ZERO else _ONE


def admit_pair(row: Row3, blinding: bytes, layer: bytes, audit: bytes) -> Blinded:
    """Keeper, permitted row: (βR, β(C_B - k_k·R), β(C_U - (k_k + y_U)·R)); five multiplications."""
    body = p_sub(present(row.C_B), multiply(layer, row.R))
    return Blinded(multiply(blinding, row.R), multiply(blinding, body), _audit_element(row, blinding, layer, audit))


def admit_tag(row: Row3, blinding: bytes, layer: bytes, audit: bytes) -> Blinded:
    """Keeper, refused row or view: (βR, nothing, β(C_U - (k_k + y_U)·R)); three multiplications."""
    return Blinded(multiply(blinding, row.R), None, _audit_element(row, blinding, layer, audit))


def exchange_step(blinded: Blinded, layer: bytes, delta_b: bytes | None, delta_u: bytes) -> Blinded:
    """Exchange: strip k_x·R from both elements, multiply the pair by δ_B and U by δ_U; without a pair R stays as it is."""
    own = multiply(layer, blinded.R)
    tag = multiply(delta_u, p_sub(blinded.U, own))
    if blinded.B is None or delta_b is None:
        return Blinded(blinded.R, None, tag)
    return Blinded(multiply(delta_b, blinded.R), multiply(delta_b, p_sub(blinded.B, own)), tag)


def commit_tag(blinded: Blinded, blinding: bytes, delta_u: bytes) -> bytes:
    """Keeper: T, the person's tag in the audit epoch.  Release nothing unless T is among the valid tags and its record is durable."""
    return unblind_tag(blinded, _unblinding(blinding), delta_u)


def commit_pair(blinded: Blinded, blinding: bytes, delta_b: bytes) -> Pair:
    """Keeper: the pair for B; two multiplications."""
    return unblind_pair(blinded, _unblinding(blinding), delta_b)


def unblindings(blindings: Sequence[bytes]) -> list[bytes]:
    """Keeper: 1/β of every row of one message.  One inversion for all; alone each costs half a multiplication."""
    return s_inv_all(blindings)


def unblind_tag(blinded: Blinded, unblinding: bytes, delta_u: bytes) -> bytes:
    """What `commit_tag` gives, by 1/β."""
    return multiply(s_mul(delta_u, unblinding), blinded.U)


def unblind_pair(blinded: Blinded, unblinding: bytes, delta_b: bytes) -> Pair:
    """What `commit_pair` gives, by 1/β."""
    factor = s_mul(delta_b, unblinding)
    return Pair(multiply(factor, blinded.R), multiply(factor, present(blinded.B)))


def open_pair(secret: bytes, pair: Pair) -> bytes:
    """Provider: its own code of the person, C - y_B·R."""
    return p_sub(pair.C, multiply(secret, pair.R))


def _row(code: bytes, r: bytes, z_b: bytes, z_u: bytes) -> Row3:
    return Row3(base(r), p_add(code, multiply(r, z_b)), p_add(code, multiply(r, z_u)))


def _audit_element(row: Row3, blinding: bytes, layer: bytes, audit: bytes) -> bytes:
    return multiply(blinding, p_sub(row.C_U, multiply(s_add(layer, audit), row.R)))


@lru_cache(maxsize=64)
def _unblinding(blinding: bytes) -> bytes:
    # The tag and the pair of a row need the same inverse one after the other, and it costs nearly as much as a multiplication.
    return s_inv(blinding)


@lru_cache(maxsize=KNOWN)
def _between(z_b: bytes, z_u: bytes) -> bytes:
    return p_sub(z_b, z_u)


def _difference(row: Row3) -> bytes:
    return p_sub(present(row.C_B), row.C_U)


def _weights(txid: bytes, count: int) -> list[bytes]:
    """d_i: the first 16 bytes of each digest, little-endian."""
    return [digest("pi-coef", txid, u64(i))[:16] + bytes(16) for i in range(count)]


def _challenge(txid: bytes, *points: bytes) -> bytes:
    return hash_to_scalar("pi", txid, *points)


def _demand_rows(rows: Sequence[Row3]) -> None:
    if not rows:
        raise Malformed("batch-empty", "no rows", "rows")
