"""ProvisionRecord: the body behind a leaf of the log, which the person reads on the portal (Art. 23)."""

from typing import Annotated, Literal

import msgspec

from enishi.encoding import digest
from enishi.protocol.forms import read_payload
from enishi.protocol.statement import AffairRef

Face = Literal["portal", "consent", "oversight"]


class GroundShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One ground of a refusal, with its citation and what it means in both languages."""

    code: str
    citation: str
    message: dict[str, str]


class RecordBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an intent, refusal, outcome or look says; one form for all four, absent things empty."""

    v: int = 1
    kind: Literal["intent", "refusal", "outcome", "look", "late_entry"]
    item_id: bytes
    txid: bytes
    at_ms: int
    inquirer: str = ""
    provider: str = ""
    affair: AffairRef | None = None
    affair_name: str = ""
    purpose_item: str = ""
    items: tuple[str, ...] = ()
    period: str = ""
    relation: str = ""
    basis: tuple[str, ...] = ()
    grounds: tuple[GroundShown, ...] = ()
    outcome: str = ""
    deadline_ms: int = 0
    face: str = ""
    """For a look: which face asked, for whom."""
    marks: tuple[str, ...] = ()
    """Doubts and modes that the verdict carries (`doubt:…`, `proposals`, `law_edge`), and `withheld` with ground and end."""
    original_index: int = -1
    """For a late entry: where the withheld record has stood since."""
    request: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)] | msgspec.UnsetType = msgspec.UNSET
    """For a look: the digest of the card-signed request that it answers; the one member that is not written where it is absent, as in 0.1.0."""


class Opened(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """What a sealed body opens to: the salt (32 bytes) of the leaf's commitment and the body's JSON bytes."""

    salt: bytes
    body: bytes


def write_body(body: RecordBody) -> bytes:
    """The JSON bytes that are committed to and shown."""
    return msgspec.json.encode(body)


def read_body(body: bytes) -> RecordBody:
    """Read a body's JSON bytes; Malformed otherwise."""
    return read_payload(body, RecordBody, "record")


def disclosure_info(committed: bytes) -> bytes:
    """HPKE info of a body at rest, bound to the leaf's commitment so that bodies cannot be exchanged."""
    return digest("disclosure", committed)
