"""Enrolment: what the registrar signs, and the transcript that both operators prove and the institution (or the keeper, for U_e) opens."""

import msgspec

from enishi.encoding import digest
from enishi.protocol.forms import Epoch, Moment, demand, demand_length, open_form
from enishi.seal.dsse import Envelope
from enishi.terms import InstitutionId, Kind

THING = "enrol"
REGISTRAR = "registrar"
MAX_BATCH = 1000


class EnrolBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Elements (R = rG, C = M + r·Z) of one target and key epoch; refs are the institution's own random handles, empty for `enrol_audit`."""

    v: int
    kind: Kind
    request: bytes
    target: InstitutionId
    epoch: Epoch
    at_ms: Moment
    refs: tuple[bytes, ...]
    r: tuple[bytes, ...]
    c: tuple[bytes, ...]


class Transcript(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The registrar's signed batch and both operators' steps with their proofs (msgpack of linkage's Step), exchange first."""

    batch: Envelope
    exchange: bytes
    keeper: bytes


def read_batch(envelope: Envelope, registrar_key: bytes) -> EnrolBatch:
    """Check the registrar's signature and the shape of a batch."""
    batch = open_form(envelope, EnrolBatch, THING, {REGISTRAR: registrar_key}, {REGISTRAR})
    count = len(batch.r)
    demand(batch.v == 1, "version-unknown", f"version {batch.v}", "v")
    demand(batch.kind in (Kind.ENROL, Kind.ENROL_AUDIT), "kind-wrong", batch.kind, "kind")
    demand(0 < count <= MAX_BATCH and len(batch.c) == count, "rows-count", f"{count} elements", "r")
    demand(len(batch.refs) == (count if batch.kind is Kind.ENROL else 0), "rows-count", "refs do not fit the elements", "refs")
    _check_members(batch)
    return batch


def _check_members(batch: EnrolBatch) -> None:
    demand_length(batch.request, 16, "request")
    for field, length in (("refs", 16), ("r", 32), ("c", 32)):
        for one in getattr(batch, field):
            demand_length(one, length, field)
    # A ref names one person at the institution: two codes under one ref would be one person's or the other's, whoever reads last.
    demand(len(set(batch.refs)) == len(batch.refs), "ref-twice", "", "refs")


def step_context(batch: Envelope, operator: str) -> bytes:
    """32-byte context that ties an operator's proofs to this very batch and to its own place in the chain."""
    return digest("enrol-step", batch.payload, operator.encode())
