"""The suspension note: exchange or commission alone suspends an institution at once, on top of the snapshot, until the next one is signed."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, NamedTuple

import msgspec

from enishi.encoding import Bytes32, digest
from enishi.errors import Conflict, Tampered
from enishi.protocol.forms import Moment, demand, open_form, read_canonical, sign_form
from enishi.protocol.registry import Serial, Snapshot
from enishi.seal.dsse import Envelope
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId

THING = "suspension"
Signer = Literal["exchange", "oversight"]
Reason = Literal["key-compromise", "incident", "order", "own-request", "other"]
"""Why: a key is no longer the institution's own, something happened there, an order, the institution's own wish, or what `because` says."""
Because = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]


class Suspension(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One note, signed under `signer`.  `mesh` is the log's origin; `serial` that of the newest snapshot the signer had put its name to.

    It holds under every snapshot up to that serial.  The next one carries the suspension or, with both signatures, lifts it.
    """

    v: int
    mesh: str
    institution: InstitutionId
    serial: Serial
    reason: Reason
    because: Because
    at_ms: Moment
    signer: Signer


class SuspensionDigest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of the SNAPSHOT leaf that logs a note."""

    suspension: Bytes32


class Note(NamedTuple):
    """A note as a role holds it: what it says, and the envelope that others can check."""

    said: Suspension
    envelope: Envelope

    @property
    def digest(self) -> bytes:
        """32 bytes that name the note in the log."""
        return digest("suspension", self.envelope.payload)


Notes = Mapping[bytes, Note]
"""Notes by digest."""


def sign_suspension(said: Suspension, key: SigningKey) -> Note:
    """Sign a note as the one whom it names as signer."""
    return Note(said, sign_form(said, THING, key, said.signer))


def read_suspension(envelope: Envelope, pins: Mapping[str, bytes]) -> Note:
    """Verify under the pinned key of the signer that the note names; Tampered or Malformed otherwise."""
    claimed = read_canonical(envelope.payload, Suspension, THING)
    said = open_form(envelope, Suspension, THING, pins, {claimed.signer})
    demand(said.v == 1, "version-unknown", f"version {said.v}", "v")
    return Note(said, envelope)


def check_suspension(envelope: Envelope, pins: Mapping[str, bytes], snapshot: Snapshot) -> Note:
    """The note, if it holds on top of this snapshot.

    Raises Tampered("suspension-elsewhere", "suspension-ahead") and what `read_suspension` raises; Conflict("suspension-over") where a newer
    snapshot has decided since; Unknown("institution-unknown").
    """
    note = read_suspension(envelope, pins)
    if note.said.mesh != snapshot.log_origin:
        raise Tampered("suspension-elsewhere", note.said.mesh[:80], "mesh")
    if note.said.serial < snapshot.serial:
        # Replayed after the institution was reinstated, it must not stop it again.
        raise Conflict("suspension-over", f"made under {note.said.serial}, the registry is {snapshot.serial}", "serial")
    if note.said.serial > snapshot.serial + 1:
        # Nobody signs more than one snapshot ahead: such a note would hold under registries that nobody has seen.
        raise Tampered("suspension-ahead", f"made under {note.said.serial}, the registry is {snapshot.serial}", "serial")
    snapshot.institution(note.said.institution, "institution")
    return note


def in_force(notes: Iterable[Note], snapshot: Snapshot) -> dict[bytes, Note]:
    """Those of the notes that hold under a snapshot, by digest."""
    return {note.digest: note for note in notes if note.said.serial >= snapshot.serial}


def effective(snapshot: Snapshot, notes: Iterable[Note]) -> Snapshot:
    """The snapshot as it holds now: every institution that a note in force names is suspended.  The digest stays that of what both signed."""
    named = {note.said.institution for note in in_force(notes, snapshot).values()}
    fresh = {one.id for one in snapshot.institutions if one.id in named and not one.suspended}
    if not fresh:
        return snapshot
    changed = (msgspec.structs.replace(one, suspended=True) if one.id in fresh else one for one in snapshot.institutions)
    return msgspec.structs.replace(snapshot, institutions=tuple(changed))
