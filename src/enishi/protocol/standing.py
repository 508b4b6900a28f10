"""Messages by which the operators' people add, suspend and reinstate an institution in a running mesh (docs/protocol.md, section 8)."""

import msgspec

from enishi.encoding import Bytes32
from enishi.protocol.founding import FoundingInstitution
from enishi.protocol.suspension import Because, Reason
from enishi.seal.dsse import Envelope
from enishi.terms import InstitutionId


class AddAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The exchange's operator asks that an institution be added; its keys come with proofs of possession."""

    institution: FoundingInstitution


class SuspendAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An operator has an institution suspended at once."""

    institution: InstitutionId
    reason: Reason
    because: Because


class ReinstateAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The exchange's operator asks that a suspended institution stand again."""

    institution: InstitutionId


class SuspensionNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A suspension note on its way to who applies it."""

    note: Envelope


class Suspended(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The note as it was made, and the position of its leaf; -1 while the keeper has not been reached."""

    note: Envelope
    index: int


class Drafted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The next snapshot: its serial and digest, and whether the commission has signed it, so that it is in force."""

    serial: int
    digest: Bytes32
    in_force: bool


class ApproveAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The commission's operator approves the one draft that has this digest."""

    digest: Bytes32


class RegistryShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The registry as an operator's role holds it: the newest snapshot, the notes in force, and the draft that waits for approval."""

    snapshot: Envelope
    suspensions: tuple[Envelope, ...]
    draft: Envelope | None
