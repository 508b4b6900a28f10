"""The registry snapshot: who takes part, with which keys, capacities and standing; signed by the exchange AND the commission, and logged."""

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Annotated, NamedTuple

import msgspec

from enishi.encoding import Bytes32, Bytes64, digest, exactly, frame, u64
from enishi.errors import Malformed, Tampered, Unknown
from enishi.law.assessment import Exemption
from enishi.law.assessment import Kind as AssessmentKind
from enishi.law.ordinance.form import Ordinance
from enishi.protocol.forms import Epoch, Moment, demand, payload_type, read_once
from enishi.protocol.statement import signer_keyid
from enishi.seal.dsse import Envelope, check_envelope
from enishi.seal.hpke import Suite
from enishi.terms import InstitutionId

THING = "registry"
EXCHANGE, OVERSIGHT = "exchange", "oversight"
AUDIT = "@audit"
"""The owner named in the proof of possession of an audit key."""
Serial = Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)]
"""Number of a snapshot; the first is 1."""
HybridKey = Annotated[bytes, exactly(1217)]
"""An HPKE key of suite 1 behind its suite byte."""


class Capacity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A legal capacity (市町村長, 法務大臣 …) held on `[effective_on, until)`.

    Where the power is another's (権限の委任), `delegated_by` is that capacity, `law` the law whose affairs it covers, `citation` the clause.
    """

    name: str
    effective_on: date
    until: date | None = None
    delegated_by: str = ""
    law: str = ""
    citation: str = ""


class Assessment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A published privacy assessment (Art. 28): the affair it covers, the hash of the document, and what its kind was judged by.

    `kind`, `persons`, `staff`, `incident_on`, `exempt`, `outdated_on` are those of `law.AssessedFile`.  An entry that states neither kind
    nor exemption is one of 0.1.0: it says that an assessment was published, and no more.
    """

    source: str
    row: str
    published_on: date
    document: Bytes32
    kind: AssessmentKind = ""
    persons: int | None = None
    staff: int | None = None
    incident_on: date | None = None
    exempt: Exemption = ""
    outdated_on: date | None = None


class KeyEpoch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The keys of an institution in one key epoch, with proofs of possession, and both operators' public shares for it."""

    epoch: Epoch
    elgamal: Bytes32
    elgamal_proof: Bytes64
    hpke: HybridKey
    signing: Bytes32
    share_exchange: Bytes32
    share_keeper: Bytes32
    active: bool


class Institution(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One institution: names, capacities with dates, standing, keys by epoch, the platform that hosts its gateway, published assessments.

    `ordinances` are a local government's own, with what was filed about them: both operators decide Art. 19(9) from here.  Where there are
    none the field is not written, so a reader of 0.1.0 reads the snapshot too.
    """

    id: InstitutionId
    name_ja: str
    name_en: str
    kind: str
    platform: str
    suspended: bool
    capacities: tuple[Capacity, ...]
    assessments: tuple[Assessment, ...]
    epochs: tuple[KeyEpoch, ...]
    ordinances: tuple[Ordinance, ...] = ()

    def epoch(self, number: int) -> KeyEpoch:
        """The key epoch of that number if it is active; Unknown("epoch-unknown") otherwise."""
        for epoch in self.epochs:
            if epoch.epoch == number and epoch.active:
                return epoch
        raise Unknown("epoch-unknown", f"{self.id} has no active key epoch {number}", "epoch")

    def current(self) -> KeyEpoch:
        """The newest active key epoch."""
        return max((epoch for epoch in self.epochs if epoch.active), key=lambda epoch: epoch.epoch)


class Operator(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Public keys of a converting operator: S_root,j, layer key K_j with proofs of possession, Ed25519 signing key."""

    s_root: Bytes32
    s_root_proof: Bytes64
    layer: Bytes32
    layer_proof: Bytes64
    signing: Bytes32


class AuditEpoch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An audit domain U_e: the keeper's audit key Y_U and both operators' public shares."""

    epoch: Epoch
    elgamal: Bytes32
    elgamal_proof: Bytes64
    share_exchange: Bytes32
    share_keeper: Bytes32


class Witness(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A witness of the log: its verifier key in the signed-note form."""

    name: str
    verifier_key: str


class GatewayDoor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A platform that joined, and where exchange and keeper reach it (https://host:port)."""

    platform: str
    url: str


class Snapshot(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True, omit_defaults=True):
    """Everything that all roles must agree on, as of one moment.

    `gateways` are the platforms that joined a running mesh; those of the founders stand in each role's configuration.  Where nobody joined the
    field is not written, so a reader of 0.1.0 reads the snapshot too.
    """

    v: int
    serial: Serial
    at_ms: Moment
    previous: Bytes32
    law: Bytes32
    exchange: Operator
    keeper: Operator
    registrar: Bytes32
    portal: Bytes32
    disclosure: HybridKey
    log_origin: str
    log_key: str
    witnesses: tuple[Witness, ...]
    witness_quorum: int
    card_authority: bytes
    audit: tuple[AuditEpoch, ...]
    institutions: tuple[Institution, ...]
    gateways: tuple[GatewayDoor, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, Institution]:
        """Institutions by id."""
        return {institution.id: institution for institution in self.institutions}

    def institution(self, institution_id: str, field: str) -> Institution:
        """The institution, suspended or not; Unknown("institution-unknown") names the field that asked."""
        try:
            return self.by_id[institution_id]
        except KeyError:
            raise Unknown("institution-unknown", institution_id[:40], field) from None

    def audit_epoch(self, number: int) -> AuditEpoch:
        """The audit epoch of that number; Unknown otherwise."""
        for epoch in self.audit:
            if epoch.epoch == number:
                return epoch
        raise Unknown("epoch-unknown", f"no audit epoch {number}", "audit_epoch")

    @property
    def current_audit(self) -> AuditEpoch:
        """The audit epoch in which new records are written."""
        return self.audit[-1]

    @cached_property
    def signing_keys(self) -> dict[str, bytes]:
        """Ed25519 keys by DSSE keyid, of all institutions' active epochs."""
        return {signer_keyid(one.id, epoch.epoch): epoch.signing for one in self.institutions for epoch in one.epochs if epoch.active}

    def door(self, platform: str) -> str:
        """The address of a platform that joined; empty for another."""
        return next((one.url for one in self.gateways if one.platform == platform), "")


class SnapshotDigest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a SNAPSHOT leaf."""

    registry: Bytes32
    law: Bytes32


def possession_context(owner: str, key: str, epoch: int) -> bytes:
    """The context of a proof of possession: whose key it is, which key, of which epoch."""
    return frame(b"possession", owner.encode(), key.encode(), u64(epoch))


class Possession(NamedTuple):
    """What is to be proven of one key of a snapshot: the public key, the encoded proof, and the proof's context."""

    public: bytes
    proof: bytes
    context: bytes


def possessions(snapshot: Snapshot) -> Iterator[Possession]:
    """Every proof of possession that a snapshot must carry (rogue keys); Tampered("key-reused") where an institution has an audit key.

    The shares S_X,j have none of their own: whoever proves a Step knows s_root,j·s_X,j and s_root,j, so s_X,j (docs/protocol.md, section 9).
    """
    for name, operator in (("exchange", snapshot.exchange), ("keeper", snapshot.keeper)):
        yield Possession(operator.s_root, operator.s_root_proof, possession_context(name, "s_root", 0))
        yield Possession(operator.layer, operator.layer_proof, possession_context(name, "layer", 0))
    for epoch in snapshot.audit:
        yield Possession(epoch.elgamal, epoch.elgamal_proof, possession_context(AUDIT, "elgamal", epoch.epoch))
    audit = {epoch.elgamal for epoch in snapshot.audit}
    for institution in snapshot.institutions:
        for key in institution.epochs:
            if key.elgamal in audit:
                raise Tampered("key-reused", f"{institution.id} uses the audit key", "elgamal")
            yield Possession(key.elgamal, key.elgamal_proof, possession_context(institution.id, "elgamal", key.epoch))


def snapshot_digest(payload: bytes) -> bytes:
    """32 bytes by which statements name the snapshot they were made under."""
    return digest("registry", payload)


def read_snapshot(payload: bytes) -> Snapshot:
    """Decode and check the shape; keys are checked by the operators that know the group."""
    snapshot = read_once(payload, Snapshot, THING)
    demand(snapshot.v == 1, "version-unknown", f"version {snapshot.v}", "v")
    demand(len(snapshot.by_id) == len(snapshot.institutions), "registry-duplicate", "an institution stands twice", "institutions")
    demand(snapshot.audit, "registry-no-audit-epoch", "no audit epoch", "audit")
    if any(not any(epoch.active for epoch in one.epochs) for one in snapshot.institutions if not one.suspended):
        raise Malformed("registry-no-epoch", "an institution in standing has no active key epoch", "epochs")
    demand_hybrid(snapshot.disclosure, "disclosure")
    for institution in snapshot.institutions:
        for epoch in institution.epochs:
            demand_hybrid(epoch.hpke, "hpke")
    return snapshot


def demand_hybrid(key: bytes, field: str) -> None:
    """Malformed("sealing-key-malformed") unless an HPKE key of the registry is one of suite 1, whose length its form has demanded."""
    demand(key[:1] == bytes([Suite.HYBRID]), "sealing-key-malformed", "not a key of suite 1", field)


def check_succession(snapshot: Snapshot, digest: bytes, serial: int, held: bytes) -> None:
    """Whether a snapshot may follow the one held (its serial and digest); Tampered("registry-rolled-back") or ("registry-chain-broken").

    The same serial must be the very same snapshot, and the very next must name the one held.  Further on nobody can tell who did not see
    what lies between: the keeper, which sees all, logs each digest.
    """
    if snapshot.serial < serial:
        # An older snapshot would bring back a suspended institution or a revoked key.
        raise Tampered("registry-rolled-back", f"serial {snapshot.serial} after {serial}", "serial")
    named = {serial: digest, serial + 1: snapshot.previous}.get(snapshot.serial, held)
    if named != held:
        raise Tampered("registry-chain-broken", f"serial {snapshot.serial} does not continue what is held as {serial}", "previous")


def check_snapshot(envelope: Envelope, pins: dict[str, bytes]) -> tuple[Snapshot, bytes]:
    """Verify both signatures under the pinned keys of exchange and oversight; return the snapshot and its digest."""
    payload = check_envelope(envelope, payload_type(THING), pins, frozenset({EXCHANGE, OVERSIGHT}))
    return read_snapshot(payload), snapshot_digest(payload)
