"""Enrolment: the registrar encrypts M, each operator multiplies and then strips its layer, the receiver checks both proofs and opens.

Multiply, then strip: an operator shows D = k_j·R' of the element it already multiplied.  Were the layer stripped first, k_j·R would be public,
and the exchange together with the institution could take the keeper's layer off the registrar's element and read M.
Operators take elements from the registrar alone: evaluating a point that an institution chose would let two of them link their databases.
"""

from collections.abc import Sequence

import msgspec

from enishi.encoding import Bytes32
from enishi.errors import Malformed
from enishi.linkage.dleq import Proof, prove, verify
from enishi.linkage.forms import Element, decode_elements
from enishi.linkage.group import G, base, multiply, p_add, p_sub, random_scalar, s_mul
from enishi.linkage.hashing import hash_to_group


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One operator's part of a transcript, for n elements: R' = e·R, C* = e·C, D = k_j·R', E = e·G; next come (R', C* - D)."""

    E: Bytes32
    E_proof: Proof
    R: tuple[Bytes32, ...]
    C_star: tuple[Bytes32, ...]
    D: tuple[Bytes32, ...]
    turn_proof: Proof
    layer_proof: Proof

    def elements(self) -> tuple[Element, ...]:
        """What the next party receives; Malformed if a point is none or the lists differ in length."""
        if not len(self.R) == len(self.C_star) == len(self.D):
            raise Malformed("batch-uneven", f"{len(self.R)} elements", "step")
        return tuple(Element(r, p_sub(c, d)) for r, c, d in zip(self.R, self.C_star, self.D, strict=True))


def handle_point(handle: bytes) -> bytes:
    """M = H2G(h) of a person's random handle (32 bytes)."""
    if len(handle) != 32:
        raise Malformed("handle-length", f"{len(handle)} bytes", "handle")
    return hash_to_group("handle", handle)


def request(m: bytes, z: bytes) -> Element:
    """Registrar: encrypt M under Z_X with fresh randomness."""
    r = random_scalar()
    return Element(base(r), p_add(m, multiply(r, z)))


def prove_factor(root: bytes, share: bytes, context: bytes) -> tuple[bytes, Proof]:
    """E = s_root·s_X·G with the proof log_G S_root = log_{S_X} E."""
    public_share, factor = base(share), base(s_mul(root, share))
    return factor, prove(root, G, base(root), [(public_share, factor)], context)


def check_factor(public_root: bytes, public_share: bytes, factor: bytes, proof: Proof, context: bytes) -> None:
    """Tampered("dleq-false") unless E belongs to the operator's root and its share for X."""
    verify(G, public_root, [(public_share, factor)], proof, context)


def operate(elements: Sequence[Element], root: bytes, share: bytes, layer: bytes, context: bytes) -> Step:
    """Operator j: multiply every element by e = s_root·s_X, then show the layer to strip, with proofs; six multiplications an element."""
    elements = decode_elements(elements)
    factor, factor_proof = prove_factor(root, share, context)
    e = s_mul(root, share)
    turned = tuple(Element(multiply(e, r), multiply(e, c)) for r, c in elements)
    stripped = tuple(multiply(layer, r) for r, _ in turned)
    return Step(
        E=factor,
        E_proof=factor_proof,
        R=tuple(element.R for element in turned),
        C_star=tuple(element.C for element in turned),
        D=stripped,
        turn_proof=prove(e, G, factor, _turns(elements, turned), context),
        layer_proof=prove(layer, G, base(layer), [(element.R, d) for element, d in zip(turned, stripped, strict=True)], context),
    )


def check_step(
    elements: Sequence[Element], step: Step, public_root: bytes, public_share: bytes, public_layer: bytes, context: bytes
) -> tuple[Element, ...]:
    """The next elements, if the operator did to every one what it must; Tampered("dleq-false") or Malformed otherwise."""
    elements = decode_elements(elements)
    following = step.elements()
    if len(elements) != len(following):
        raise Malformed("batch-uneven", f"{len(elements)} elements", "step")
    turned = decode_elements(zip(step.R, step.C_star, strict=True), "step")
    # (1) E is this operator's factor for this target, (2) it turned every element, (3) D is its layer on the turned element.
    check_factor(public_root, public_share, step.E, step.E_proof, context)
    verify(G, step.E, _turns(elements, turned), step.turn_proof, context)
    verify(G, public_layer, list(zip(step.R, step.D, strict=True)), step.layer_proof, context)
    return following


def open_element(secret: bytes, element: Element) -> bytes:
    """Receiver: the code C - y·R, 32 bytes."""
    return p_sub(element.C, multiply(secret, element.R))


def _turns(before: Sequence[Element], after: Sequence[Element]) -> list[tuple[bytes, bytes]]:
    return [pair for old, new in zip(before, after, strict=True) for pair in ((old.R, new.R), (old.C, new.C))]
