"""What the portal is given to show: the opened part of the log, with everything a browser needs to check it."""

from collections.abc import Mapping

import msgspec

from enishi.protocol.mandate import MandateShown
from enishi.protocol.offer import OfferShown
from enishi.protocol.view import CardSigned, ShownLog
from enishi.seal.hpke import SealingKey
from enishi.tlog.policy import MAX_AGE_MS


class Name(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An institution's name in both languages, as the registry has it."""

    ja: str
    en: str


class ViewedLog(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One look at one's own records.

    `shown` is what the exchange sealed to the session's answer key.  `log_key` and `witness_keys` are verifier keys in the form
    `name+hash+base64`, pinned by the portal's own configuration; `threshold` of the witnesses must have cosigned,
    none of them longer than `max_age_ms` ago.
    """

    shown: ShownLog
    request: bytes
    log_key: str
    witness_keys: tuple[str, ...]
    threshold: int
    max_age_ms: int = MAX_AGE_MS
    names: Mapping[str, Name]
    handed: tuple[OfferShown, ...] = ()
    """What the person handed over to institutions, by the registrar's word."""
    mandates: tuple[MandateShown, ...] = ()
    """Who acts for the person, and for whom they act, the newest first."""
    held: Mapping[str, tuple[str, ...]] = {}
    """Institutions in standing → the items (slugs) that they hold by their capacities; those that hold none are left out."""
    kinds: Mapping[str, str] = {}
    """Institutions → what kind they are of, by the registry."""


class SignedFor(msgspec.Struct, frozen=True):
    """What a sign-in brought: the card-signed request, and the issuer's name for the person at this portal alone (`sub`)."""

    signed: CardSigned
    subject: str
    proven_ms: int = 0
    """When they showed card and PIN, by the issuer's word (`auth_time`, OpenID Connect Core 2); 0 where it says nothing."""


class Proven(msgspec.Struct, frozen=True):
    """Whose card was shown once more (`sub`), and when, milliseconds UTC."""

    subject: str
    proven_ms: int


class Asked(msgspec.Struct, frozen=True):
    """A card-signed request on its way to the mesh, with the key that opens the answer."""

    signed: CardSigned
    answer_key: SealingKey


class ProofRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One record as the browser's checks read it; bytes are base64."""

    index: int
    leaf: bytes
    salt: bytes
    body: bytes
    inclusion: tuple[bytes, ...]


class ProofMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The leaf that commits to the root of the map of all labels (under the public salt, 32 zero bytes)."""

    index: int
    leaf: bytes
    root: bytes
    inclusion: tuple[bytes, ...]


class ProofDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that the four checks compare; JSON at /records/proof."""

    checkpoint: str
    records: tuple[ProofRecord, ...]
    map: ProofMap
    request: bytes
    sealed_labels: bytes
    log_key: str
    witness_keys: tuple[str, ...]
    threshold: int
    max_age_ms: int


def proof_of(viewed: ViewedLog) -> ProofDocument:
    """The document for the browser."""
    shown = viewed.shown
    return ProofDocument(
        checkpoint=shown.checkpoint,
        records=tuple(ProofRecord(one.index, one.leaf, one.salt, one.body, one.inclusion) for one in shown.records),
        map=ProofMap(shown.map_index, shown.map_leaf, shown.map_root, shown.map_inclusion),
        request=viewed.request,
        sealed_labels=shown.sealed_labels,
        log_key=viewed.log_key,
        witness_keys=viewed.witness_keys,
        threshold=viewed.threshold,
        max_age_ms=viewed.max_age_ms,
    )
