"""Enrolment: the registrar encrypts M, each operator multiplies and then strips its layer, the receiver checks both proofs and opens.

Multiply, then strip: an operator shows D = k_j·R' of the element it already multiplied.  Were the layer stripped first, k_j·R would be public,
and the exchange together with the institution could take the keeper's layer off the registrar's element and read M.
Operators take elements from the registrar alone: evaluating a point that an institution chose would let two of them link their databases.
"""

from collections.abc import Sequence

import msgspec

from enishi.errors import Malformed
from enishi.linkage.dleq import Proof, prove, verify
from enishi.linkage.forms import Element, decode_elements
from enishi.linkage.group import G, base, multiply, p_add, p_sub, random_scalar, s_mul
from enishi.linkage.hashing import hash_to_group


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One operator's part of a transcript, for n elements: r = e·R, c_star = e·C, d = k_j·r; factor E = e·G; next come (r, c_star - d)."""

    factor: bytes
    factor_proof: Proof
    r: tuple[bytes, ...]
    c_star: tuple[bytes, ...]
    d: tuple[bytes, ...]
    turn_proof: Proof
    layer_proof: Proof

    def elements(self) -> tuple[Element, ...]:
        """What the next party receives; Malformed if a point is none or the lists differ in length."""
        if not len(self.r) == len(self.c_star) == len(self.d):
            raise Malformed("batch-uneven", f"{len(self.r)} elements", "step")
        return tuple(Element(r, p_sub(c, d)) for r, c, d in zip(self.r, self.c_star, self.d, strict=True))

    def encode(self) -> bytes:
        """The step as msgpack, for transcripts."""
        return msgspec.msgpack.encode(self)


def read_step(raw: bytes) -> Step:
    """Read `Step.encode`; Malformed("step-unreadable") for other bytes.  Points and proofs are checked by `check_step`."""
    try:
        return msgspec.msgpack.decode(raw, type=Step)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("step-unreadable", str(error), "step") from error


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
        factor=factor,
        factor_proof=factor_proof,
        r=tuple(element.r for element in turned),
        c_star=tuple(element.c for element in turned),
        d=stripped,
        turn_proof=prove(e, G, factor, _turns(elements, turned), context),
        layer_proof=prove(layer, G, base(layer), [(element.r, d) for element, d in zip(turned, stripped, strict=True)], context),
    )


def check_step(
    elements: Sequence[Element], step: Step, public_root: bytes, public_share: bytes, public_layer: bytes, context: bytes
) -> tuple[Element, ...]:
    """The next elements, if the operator did to every one what it must; Tampered("dleq-false") or Malformed otherwise."""
    elements = decode_elements(elements)
    following = step.elements()
    if len(elements) != len(following):
        raise Malformed("batch-uneven", f"{len(elements)} elements", "step")
    turned = decode_elements(zip(step.r, step.c_star, strict=True), "step")
    # (1) E is this operator's factor for this target, (2) it turned every element, (3) d is its layer on the turned element.
    check_factor(public_root, public_share, step.factor, step.factor_proof, context)
    verify(G, step.factor, _turns(elements, turned), step.turn_proof, context)
    verify(G, public_layer, list(zip(step.r, step.d, strict=True)), step.layer_proof, context)
    return following


def open_element(secret: bytes, element: Element) -> bytes:
    """Receiver: the code C - y·R, 32 bytes."""
    return p_sub(element.c, multiply(secret, element.r))


def _turns(before: Sequence[Element], after: Sequence[Element]) -> list[tuple[bytes, bytes]]:
    return [pair for old, new in zip(before, after, strict=True) for pair in ((old.r, new.r), (old.c, new.c))]
