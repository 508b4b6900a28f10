"""What the founders of a mesh hand to its exchange before the first start: the public parts from which the first registry snapshot is made."""

import msgspec

from enishi.encoding import Bytes32, Bytes64
from enishi.law.ordinance.form import Ordinance
from enishi.protocol.registry import Assessment, Capacity, HybridKey, Witness
from enishi.terms import InstitutionId


class FoundingInstitution(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One institution with the public keys of its first epoch; `signing` and `hpke` are raw public keys (HPKE with suite byte)."""

    id: InstitutionId
    name_ja: str
    name_en: str
    kind: str
    platform: str
    capacities: tuple[Capacity, ...]
    assessments: tuple[Assessment, ...]
    elgamal: Bytes32
    elgamal_proof: Bytes64
    hpke: HybridKey
    signing: Bytes32
    ordinances: tuple[Ordinance, ...] = ()


class Founding(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The founding members and the public keys of the other roles."""

    institutions: tuple[FoundingInstitution, ...]
    registrar: Bytes32
    portal: Bytes32
    card_authority: bytes
    witnesses: tuple[Witness, ...]
    witness_quorum: int
