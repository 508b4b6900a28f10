"""From the leaves of the log to what a person reads: an inquiry and its outcomes become one card, refusals and looks one each."""

from collections.abc import Iterable, Sequence

import msgspec

from enishi.clock import moment
from enishi.protocol.letters import CARRYING, LETTER
from enishi.protocol.record import GroundShown, RecordBody, WithheldNote, read_body, withheld_note
from enishi.protocol.view import ShownRecord

WAITING = ("", "held", "closed")
"""Outcomes after which another must follow."""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One act that concerned the person; `records` are its leaves, oldest first, `kind` is that of the first."""

    number: int
    kind: str
    at_ms: int
    body: RecordBody
    outcome: str
    held: bool
    """Whether it waited for an official once."""
    ended_ms: int
    deadline_ms: int
    grounds: tuple[GroundShown, ...]
    provider_cites: tuple[str, ...]
    """The provisions on which a provider that refused relies."""
    marks: tuple[str, ...]
    note: WithheldNote | None
    """By which ground, and until when, the operators kept the record from its person; of several the one that ends last."""
    records: tuple[ShownRecord, ...]

    @property
    def state(self) -> str:
        """What the card's colour, icon and word follow: done, none, waiting, refused or look."""
        if self.kind in ("refusal", "look"):
            return "refused" if self.kind == "refusal" else "look"
        if self.withheld:
            return "none"
        if self.outcome in WAITING:
            return "waiting"
        if self.outcome == "provided":
            return "done"
        return "refused" if self.outcome == "refused_with_citation" else "none"

    @property
    def result(self) -> str:
        """The key of the result's word: an outcome, or `refusal`, `look`, `withheld`, `asked` (no outcome yet), `sent`, `answered` and `read`
        for letters.

        A look by a representative is `look_by`: it is not the person who looked.
        """
        if self.withheld:
            return "withheld"
        if self.lettering == LETTER and self.outcome in ("held", "provided"):
            # One that never waited is of before letters did: that it was answered, its record does not say.
            return "answered" if self.held and self.outcome == "provided" else "sent"
        if self.lettering and self.outcome == "provided":
            return "read"
        if self.mandate and not self.own:
            return "look_by"
        return self.kind if self.kind in ("refusal", "look") else self.outcome or "asked"

    @property
    def mandate(self) -> bytes:
        """The mandate by which a representative looked, or asked for the person's data; empty for every other card."""
        return b"" if self.body.mandate is msgspec.UNSET else self.body.mandate

    @property
    def lettering(self) -> str:
        """`letter` where the person wrote one, `letters` where they read theirs, else nothing."""
        return next((item for item in self.body.items if item in CARRYING), "") if self.own else ""

    @property
    def withheld(self) -> bool:
        """Whether law keeps the content from the person for now: there is a leaf, and nothing to tell."""
        return self.kind != "look" and not self.own and self.body.affair is None

    @property
    def own(self) -> bool:
        """Whether the person asked for their own data, or a representative for them."""
        return self.kind == "self"

    @property
    def plain(self) -> bool:
        """Whether there are no parties to tell of: a look of one's own, or a record withheld."""
        return self.kind == "look" or self.withheld

    @property
    def affair(self) -> str:
        """The affair's key: source, row and purpose item; empty for a look."""
        affair = self.body.affair
        return f"{affair.source.partition('@')[0]}/{affair.row}/{self.body.purpose_item}" if affair else ""


def cards_of(records: Iterable[ShownRecord]) -> tuple[Card, ...]:
    """The person's cards, newest first, numbered from 1 for the oldest; Malformed for a body that is no record."""
    groups: dict[bytes, list[tuple[ShownRecord, RecordBody]]] = {}
    keys: dict[int, bytes] = {}
    for record in sorted(records, key=lambda record: record.index):
        body = read_body(record.body)
        # A withheld record does not say which item it belongs to: it is a card of its own, and its note, which comes behind it, joins it.
        keys[record.index] = (keys.get(body.original_index) if body.kind == "withheld" else body.item_id) or record.leaf
        groups.setdefault(keys[record.index], []).append((record, body))
    cards = [_card(i + 1, group) for i, group in enumerate(groups.values())]
    return tuple(reversed(cards))


def _card(number: int, group: Sequence[tuple[ShownRecord, RecordBody]]) -> Card:
    first = group[0][1]
    outcomes = [body for _, body in group if body.kind == "outcome"]
    last = outcomes[-1] if outcomes else first
    # A record that was withheld until now tells its story itself; its kind says only why it stands so late.
    told = next((body for _, body in group if body.affair is not None), first)
    note = max((withheld_note(body) for _, body in group if body.kind == "withheld"), key=lambda note: note.until_ms, default=None)
    changes = [f"changed:{body.at_ms}" for _, body in group if body.kind == "change"]
    ended = [f"withheld-until:{note.until_ms}"] if note is not None and told.affair is not None else []
    return Card(
        number=number,
        kind="intent" if first.kind in ("outcome", "change") else first.kind,
        at_ms=first.at_ms,
        body=told,
        outcome=last.outcome,
        held=any(body.outcome == "held" for body in outcomes),
        ended_ms=last.at_ms,
        deadline_ms=last.deadline_ms,
        grounds=tuple(ground for _, body in group for ground in body.grounds),
        provider_cites=tuple(citation for body in outcomes for citation in body.basis) if last.outcome == "refused_with_citation" else (),
        marks=tuple(dict.fromkeys([*(mark for _, body in group for mark in body.marks if body.kind != "withheld"), *ended, *changes])),
        note=note,
        records=tuple(record for record, _ in group),
    )


class Filter(msgspec.Struct, frozen=True):
    """What the reader chose to see; empty means everything."""

    institution: str = ""
    affair: str = ""
    result: str = ""
    since: str = ""
    until: str = ""
    """First and last day in Japan, YYYY-MM-DD."""

    def keeps(self, card: Card) -> bool:
        """Whether a card is among what was chosen."""
        parties = (card.body.inquirer, card.body.provider)
        return (
            (not self.institution or self.institution in parties)
            and (not self.affair or self.affair == card.affair)
            and (not self.result or self.result == card.result)
            and self._in_time(card)
        )

    def _in_time(self, card: Card) -> bool:
        if not (self.since or self.until):
            return True
        day = moment(card.at_ms).date().isoformat()
        return (not self.since or self.since <= day) and (not self.until or day <= self.until)

    @property
    def active(self) -> bool:
        """Whether anything was chosen."""
        return any(msgspec.structs.astuple(self))
