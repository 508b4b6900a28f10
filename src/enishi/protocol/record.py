"""ProvisionRecord: the body behind a leaf of the log, which the person reads on the portal (Art. 23)."""

import re
from typing import Annotated, Final, Literal, NamedTuple

import msgspec

from enishi.encoding import digest
from enishi.errors import Malformed
from enishi.protocol.forms import END_MS, Moment, demand, demand_length, read_payload
from enishi.protocol.statement import AffairRef

Face = Literal["portal", "consent", "oversight"]
POINTING: Final = ("late_entry", "withheld")
"""Kinds of body that say of another leaf, by `original_index`, where it stands."""
ASKED_BY_CARD: Final = ("look", "self")
"""Kinds of body that name the card-signed request that they answer."""
_MARKS: Final = re.compile(r"withheld-ground:([!-~]{1,80})\nwithheld-until:([1-9][0-9]{0,14})")


class GroundShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One ground of a refusal, with its citation and what it means in both languages."""

    code: str
    citation: str
    message: dict[str, str]


class RecordBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an intent, refusal, outcome, look, request for one's own data or notice of change says; one form for all, absent things empty."""

    v: int = 1
    kind: Literal["intent", "refusal", "outcome", "look", "late_entry", "withheld", "self", "change"]
    item_id: bytes
    txid: bytes
    at_ms: Moment
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
    deadline_ms: Moment = 0
    face: str = ""
    """For a look or a request for one's own data: which face asked, for whom."""
    marks: tuple[str, ...] = ()
    """Doubts and modes that the verdict carries (`doubt:…`, `proposals`, `law_edge`), and `withheld` with ground and end."""
    original_index: int = -1
    """For a late entry: where the withheld record has stood since; for a withheld note: the leaf that it takes out of sight."""
    request: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)] | msgspec.UnsetType = msgspec.UNSET
    """For a look, and for one's own data: the digest of the card-signed request that it answers.

    Not written where it is absent, as in 0.1.0; so is the next."""
    mandate: Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)] | msgspec.UnsetType = msgspec.UNSET
    """For a look of a representative, or their request for the person's own data: the mandate; who they are, the registrar tells the person."""


class Opened(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """What a sealed body opens to: the salt (32 bytes) of the leaf's commitment and the body's JSON bytes."""

    salt: bytes
    body: bytes


class WithheldNote(NamedTuple):
    """What the body of a WITHHELD leaf says: which leaf is not shown, by which ground (a citation), and until when (milliseconds UTC)."""

    original_index: int
    ground: str
    until_ms: int


def write_body(body: RecordBody) -> bytes:
    """The JSON bytes that are committed to and shown."""
    return msgspec.json.encode(body)


def read_body(body: bytes) -> RecordBody:
    """Read a body's JSON bytes as strictly as appendix A of docs/protocol.md says; Malformed otherwise."""
    read = read_payload(body, RecordBody, "record")
    demand(read.v == 1, "version-unknown", f"version {read.v}", "v")
    for field in ("item_id", "txid"):
        # What is withheld, and the note of it, name no item: with it the content could be looked for elsewhere.
        demand_length(getattr(read, field), 0 if read.kind == "withheld" or read == bare_body(read.at_ms) else 32, field)
    demand(read.original_index >= 0 if read.kind in POINTING else read.original_index == -1, "record-index-wrong", read.kind, "original_index")
    demand(read.kind in ASKED_BY_CARD or read.request is msgspec.UNSET, "record-request-wrong", read.kind, "request")
    demand(read.kind in ASKED_BY_CARD or read.mandate is msgspec.UNSET, "record-mandate-wrong", read.kind, "mandate")
    if read.kind == "withheld":
        withheld_note(read)
    return read


def bare_body(at_ms: int) -> RecordBody:
    """What is shown in the place of a withheld body, with an empty salt: the time of its leaf, and nothing else."""
    return RecordBody(kind="intent", item_id=b"", txid=b"", at_ms=at_ms, marks=("withheld",))


def note_body(note: WithheldNote, at_ms: int) -> RecordBody:
    """The body of a WITHHELD leaf of that time."""
    marks = (f"withheld-ground:{note.ground}", f"withheld-until:{note.until_ms}")
    return RecordBody(kind="withheld", item_id=b"", txid=b"", at_ms=at_ms, marks=marks, original_index=note.original_index)


def withheld_note(body: RecordBody) -> WithheldNote:
    """What the body of a WITHHELD leaf says; Malformed("withheld-note-malformed") unless it is what `note_body` writes."""
    matched = _MARKS.fullmatch("\n".join(body.marks))
    note = WithheldNote(body.original_index, matched[1], int(matched[2])) if matched else None
    if note is None or not note.until_ms < END_MS or note_body(note, body.at_ms) != body:
        raise Malformed("withheld-note-malformed", str(body.marks)[:120], "marks")
    return note


def disclosure_info(committed: bytes) -> bytes:
    """HPKE info of a body at rest, bound to the leaf's commitment so that bodies cannot be exchanged."""
    return digest("disclosure", committed)
