"""Proofs that each operator converted one row honestly; the keeper demands them when a provider answers no_such_person.

Both are written "multiply, then strip": what is shown is k_j times an element already multiplied by a secret.  A bare k_j·R would let the
keeper (from the exchange's proof) or exchange and provider together (from the keeper's) read the inquirer's code.
The keeper's proof keeps β secret: it shows that β, whatever it is, was taken off again.
`before` and `after` are (R, element) of the pair side: what `admit_pair` handed out, and what `exchange_step` returned.
"""

import msgspec

from enishi.errors import Malformed
from enishi.linkage.dleq import Point2, Proof, decode_proof, prove, verify
from enishi.linkage.forms import Row3, present
from enishi.linkage.group import G, base, decode_point, multiply, p_sub, s_inv, s_mul


class ExchangeHop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """c_star = δ·B of the pair element that came in; the exchange's layer on the way out is c_star - B'."""

    c_star: bytes
    turn_proof: Proof
    layer_proof: Proof

    def encode(self) -> bytes:
        """160 bytes."""
        return self.c_star + self.turn_proof.encode() + self.layer_proof.encode()


class KeeperHop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """c_star = β·C_B and mark = β·S_{A,k}, with proofs for β, for the layer, and for δ_k / β."""

    c_star: bytes
    mark: bytes
    blind_proof: Proof
    layer_proof: Proof
    turn_proof: Proof

    def encode(self) -> bytes:
        """256 bytes."""
        return b"".join((self.c_star, self.mark, *(proof.encode() for proof in (self.blind_proof, self.layer_proof, self.turn_proof))))


def read_hop(raw: bytes) -> ExchangeHop:
    """Read `ExchangeHop.encode`; Malformed otherwise."""
    _demand_length(raw, 160)
    return ExchangeHop(decode_point(raw[:32], "hop"), decode_proof(raw[32:96], "hop"), decode_proof(raw[96:], "hop"))


def read_keeper_hop(raw: bytes) -> KeeperHop:
    """Read `KeeperHop.encode`; Malformed otherwise."""
    _demand_length(raw, 256)
    proofs = [decode_proof(raw[at : at + 64], "hop") for at in (64, 128, 192)]
    return KeeperHop(decode_point(raw[:32], "hop"), decode_point(raw[32:64], "hop"), *proofs)


def prove_hop(before: Point2, after: Point2, delta_b: bytes, base_from: bytes, layer: bytes, context: bytes) -> ExchangeHop:
    """Exchange: prove what `exchange_step` did to a pair; base_from is S_{A,x} (G for kind `self`)."""
    c_star = multiply(delta_b, before[1])
    turns = [(before[0], after[0]), (before[1], c_star)]
    return ExchangeHop(
        c_star,
        prove(delta_b, base_from, multiply(delta_b, base_from), turns, context),
        prove(layer, G, base(layer), [(after[0], p_sub(c_star, after[1]))], context),
    )


def check_hop(before: Point2, after: Point2, base_from: bytes, base_to: bytes, public_layer: bytes, hop: ExchangeHop, context: bytes) -> None:
    """Tampered("dleq-false") unless log_{S_A} S_B = log_R R' = log_B C* and log_G K_x = log_{R'} (C* - B').

    base_to is S_{B,x}; for kind `self`, where base_from is G, it is E = s_root·s_B·G with the proof of `enrol.prove_factor`.
    """
    verify(base_from, base_to, [(before[0], after[0]), (before[1], hop.c_star)], hop.turn_proof, context)
    verify(G, public_layer, [(after[0], p_sub(hop.c_star, after[1]))], hop.layer_proof, context)


def prove_keeper_hop(
    row: Row3,
    before: Point2,
    after: Point2,
    pair: Point2,
    blinding: bytes,
    delta_b: bytes,
    base_from: bytes,
    layer: bytes,
    context: bytes,
) -> KeeperHop:
    """Keeper: prove what `admit_pair` and `commit_pair` did to a row, without showing β; base_from is S_{A,k} (G for kind `self`)."""
    source = present(row.b)
    c_star, mark = multiply(blinding, source), multiply(blinding, base_from)
    gamma = s_mul(delta_b, s_inv(blinding))
    return KeeperHop(
        c_star,
        mark,
        prove(blinding, row.r, before[0], [(source, c_star), (base_from, mark)], context),
        prove(layer, G, base(layer), [(before[0], p_sub(c_star, before[1]))], context),
        prove(gamma, mark, multiply(gamma, mark), [(after[0], pair[0]), (after[1], pair[1])], context),
    )


def check_keeper_hop(
    row: Row3,
    before: Point2,
    after: Point2,
    pair: Point2,
    base_from: bytes,
    base_to: bytes,
    public_layer: bytes,
    hop: KeeperHop,
    context: bytes,
) -> None:
    """Tampered("dleq-false") unless the row was blinded by some β, stripped of K_k, and turned by δ_k / β for that same β."""
    # (1) one β made βR, C* and the mark; (2) what went to the exchange is C* less the keeper's layer; (3) δ_k / β leads from β·S_A to S_B.
    verify(row.r, before[0], [(present(row.b), hop.c_star), (base_from, hop.mark)], hop.blind_proof, context)
    verify(G, public_layer, [(before[0], p_sub(hop.c_star, before[1]))], hop.layer_proof, context)
    verify(hop.mark, base_to, [(after[0], pair[0]), (after[1], pair[1])], hop.turn_proof, context)


def _demand_length(raw: bytes, length: int) -> None:
    if len(raw) != length:
        raise Malformed("hop-length", f"{len(raw)} bytes, {length} wanted", "hop")
