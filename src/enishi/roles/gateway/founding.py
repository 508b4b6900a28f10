"""Use case: an institution joins.  Its keys are made in its own folder, and their public parts are what the registry will show."""

from pathlib import Path
from secrets import token_bytes

import msgspec

from enishi.linkage.group import base, random_scalar
from enishi.linkage.possession import prove_possession
from enishi.protocol.registry import possession_context
from enishi.seal.hpke import SealingKey
from enishi.seal.sign import SigningKey
from enishi.store.keyring import Keyring


class PublicParts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The public keys of an institution's key epoch, with the proof of possession of the first."""

    elgamal: bytes
    elgamal_proof: bytes
    hpke: bytes
    signing: bytes


def make_keys(tenant: Path, institution: str, epoch: int) -> PublicParts:
    """Make the keys of an epoch below `<tenant>/keys`, or take those that are there."""
    keys = Keyring(tenant / "keys")
    elgamal = keys.get_or_make(f"elgamal.{epoch}", random_scalar)
    hpke = SealingKey.from_bytes(keys.get_or_make(f"hpke.{epoch}", lambda: SealingKey.generate().to_bytes()))
    signing = SigningKey.from_bytes(keys.get_or_make(f"signing.{epoch}", lambda: token_bytes(32)))
    return PublicParts(
        elgamal=base(elgamal),
        elgamal_proof=prove_possession(elgamal, possession_context(institution, "elgamal", epoch)).encode(),
        hpke=hpke.public,
        signing=signing.public,
    )
