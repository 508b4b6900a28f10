"""Secrets of operators, institutions and the audit domain, and the public points that follow from them."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from enishi.linkage.group import base, p_add, random_scalar, s_inv, s_mul

KNOWN: Final = 8192
"""Public points of which the sums are kept: the same institutions and audit epochs come back with every message, and a sum costs a quarter of a
multiplication."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A secret scalar and its public point: Y_X of an institution, Y_U of an audit epoch, or a share S_{X,j} of an operator."""

    secret: bytes = field(repr=False)
    public: bytes


@dataclass(frozen=True, slots=True)
class OperatorKeys:
    """What one operator keeps for good: the root secret s_root,j and the layer secret k_j."""

    root: bytes = field(repr=False)
    layer: bytes = field(repr=False)

    def public_root(self) -> bytes:
        """S_root,j, 32 bytes."""
        return base(self.root)

    def public_layer(self) -> bytes:
        """K_j, 32 bytes."""
        return base(self.layer)


def new_share() -> bytes:
    """A fresh secret scalar: a share of an institution's or audit domain's key, a root, a layer or an ElGamal secret."""
    return random_scalar()


def new_pair() -> KeyPair:
    """A fresh secret with its public point."""
    return pair_of(random_scalar())


def pair_of(secret: bytes) -> KeyPair:
    """The key pair of a stored secret."""
    return KeyPair(secret, base(secret))


def new_operator() -> OperatorKeys:
    """Fresh root and layer secrets."""
    return OperatorKeys(random_scalar(), random_scalar())


def public(secret: bytes) -> bytes:
    """secret · G."""
    return base(secret)


@lru_cache(maxsize=KNOWN)
def layer_key(exchange: bytes, keeper: bytes) -> bytes:
    """K = K_x + K_k; both must have come with proofs of possession."""
    return p_add(exchange, keeper)


@lru_cache(maxsize=KNOWN)
def target_key(recipient: bytes, layer: bytes) -> bytes:
    """Z = Y + K, under which a code is encrypted: opening it takes the recipient AND both operators."""
    return p_add(recipient, layer)


def delta(share_from: bytes, share_to: bytes) -> bytes:
    """δ_{A→B,j} = s_{B,j} / s_{A,j}, what operator j multiplies by; also the token of a rotation or succession."""
    return s_mul(share_to, s_inv(share_from))


def delta_root(root: bytes, share_to: bytes) -> bytes:
    """δ_{@root→X,j} = s_root,j · s_{X,j}, for enrolments and for the kinds `view` and `self`."""
    return s_mul(root, share_to)
