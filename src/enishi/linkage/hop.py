"""Proofs that each operator converted one row honestly; the keeper demands them when a provider answers no_such_person.

Both are written "multiply, then strip": what is shown is k_j times an element already multiplied by a secret.  A bare k_j·R would let the
keeper (from the exchange's proof) or exchange and provider together (from the keeper's) read the inquirer's code.
The keeper's proof keeps β secret: it shows that β, whatever it is, was taken off again.
"""

import msgspec

from enishi.encoding import Bytes32
from enishi.linkage.dleq import Proof, prove, verify
from enishi.linkage.forms import Blinded, Element, Pair, Row3, present
from enishi.linkage.group import G, base, multiply, p_sub, s_inv, s_mul


class ExchangeHop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """C* = δ·B of the pair element that came in; the exchange's layer on the way out is C* - B'."""

    C_star: Bytes32
    turn_proof: Proof
    layer_proof: Proof


class KeeperHop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """C* = β·C_B and F = β·S_{A,k}, with proofs for β, for the layer, and for δ_k / β."""

    C_star: Bytes32
    F: Bytes32
    blind_proof: Proof
    layer_proof: Proof
    turn_proof: Proof


class RootHop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The exchange's proof of its hop from `@root`: E = s_root·s_B·G with its own proof, and the hop whose base is G."""

    E: Bytes32
    E_proof: Proof
    hop: ExchangeHop


class KeeperRootHop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keeper's proof of the same, kept beside the outcome."""

    E: Bytes32
    E_proof: Proof
    hop: KeeperHop


def prove_hop(before: Blinded, after: Blinded, delta_b: bytes, base_from: bytes, layer: bytes, context: bytes) -> ExchangeHop:
    """Exchange: prove what `exchange_step` did to the pair; base_from is S_{A,x} (G for kind `self`)."""
    entered, left = _pair_side(before), _pair_side(after)
    c_star = multiply(delta_b, entered.C)
    turns = [(entered.R, left.R), (entered.C, c_star)]
    return ExchangeHop(
        c_star,
        prove(delta_b, base_from, multiply(delta_b, base_from), turns, context),
        prove(layer, G, base(layer), [(left.R, p_sub(c_star, left.C))], context),
    )


def check_hop(before: Blinded, after: Blinded, hop: ExchangeHop, base_from: bytes, base_to: bytes, public_layer: bytes, context: bytes) -> None:
    """Tampered("dleq-false") unless log_{S_A} S_B = log_R R' = log_B C* and log_G K_x = log_{R'} (C* - B').

    base_to is S_{B,x}; for kind `self`, where base_from is G, it is E = s_root·s_B·G with the proof of `enrol.prove_factor`.
    """
    entered, left = _pair_side(before), _pair_side(after)
    verify(base_from, base_to, [(entered.R, left.R), (entered.C, hop.C_star)], hop.turn_proof, context)
    verify(G, public_layer, [(left.R, p_sub(hop.C_star, left.C))], hop.layer_proof, context)


def prove_keeper_hop(
    row: Row3,
    admitted: Blinded,
    stepped: Blinded,
    pair: Pair,
    blinding: bytes,
    delta_b: bytes,
    base_from: bytes,
    layer: bytes,
    context: bytes,
) -> KeeperHop:
    """Keeper: prove what `admit_pair` and `commit_pair` did to a row, without showing β; base_from is S_{A,k} (G for kind `self`)."""
    source, sent, entered = present(row.C_B), _pair_side(admitted), _pair_side(stepped)
    c_star, mark = multiply(blinding, source), multiply(blinding, base_from)
    gamma = s_mul(delta_b, s_inv(blinding))
    return KeeperHop(
        c_star,
        mark,
        prove(blinding, row.R, sent.R, [(source, c_star), (base_from, mark)], context),
        prove(layer, G, base(layer), [(sent.R, p_sub(c_star, sent.C))], context),
        prove(gamma, mark, multiply(gamma, mark), [(entered.R, pair.R), (entered.C, pair.C)], context),
    )


def check_keeper_hop(
    row: Row3,
    admitted: Blinded,
    stepped: Blinded,
    pair: Pair,
    hop: KeeperHop,
    base_from: bytes,
    base_to: bytes,
    public_layer: bytes,
    context: bytes,
) -> None:
    """Tampered("dleq-false") unless the row was blinded by some β, stripped of K_k, and turned by δ_k / β for that same β."""
    source, sent, entered = present(row.C_B), _pair_side(admitted), _pair_side(stepped)
    # (1) one β made βR, C* and F; (2) what went to the exchange is C* less the keeper's layer; (3) δ_k / β leads from F = β·S_A to S_B.
    verify(row.R, sent.R, [(source, hop.C_star), (base_from, hop.F)], hop.blind_proof, context)
    verify(G, public_layer, [(sent.R, p_sub(hop.C_star, sent.C))], hop.layer_proof, context)
    verify(hop.F, base_to, [(entered.R, pair.R), (entered.C, pair.C)], hop.turn_proof, context)


def _pair_side(blinded: Blinded) -> Element:
    return Element(blinded.R, present(blinded.B))
