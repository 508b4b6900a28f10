"""What the provider answers: the kind of outcome, the documents, one seal of one form for every kind, and the outcome that names it."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from enishi.errors import Fault, Unavailable
from enishi.items import catalog, validate, version_of
from enishi.items.catalog import Item
from enishi.protocol.outcome import Answer, GivenOutcome, answer_hash, answer_info, sign_outcome
from enishi.protocol.statement import Nondisclosure, Statement
from enishi.protocol.wire import NoticeReply
from enishi.roles.gateway.answering.hours import is_open, opens_at
from enishi.roles.gateway.answering.marks import lawful
from enishi.roles.gateway.answering.rules import Rules
from enishi.roles.gateway.copies import Copy
from enishi.roles.gateway.people import Held
from enishi.roles.gateway.tenant import KeyPair
from enishi.seal.many import Senders
from enishi.seal.pad import pad
from enishi.terms import Absence, InstitutionId, ItemId, Outcome, Txid

ANSWER_FLOOR: Final = 3 * 1024
"""Every answer is written at least this long (blanks after the JSON), so that the common ones all pad to one size and length tells no outcome."""

Copies = Mapping[str, tuple[Copy, ...]]


class Reason(StrEnum):
    """Why an item is held for an official (自動応答不可). It stays at the provider: to the inquirer every hold looks the same."""

    PROTECTED = "protected"
    REVIEW = "review"
    DISPUTED = "disputed"
    ITEM = "item"
    COPY = "copy"
    SOURCE = "source"
    REPRESENTED = "represented"


class Asked(msgspec.Struct, frozen=True):
    """One item of a checked notice: which transaction and row, and the statement it belongs to."""

    txid: Txid
    item_id: ItemId
    statement: Statement
    period: str


class Addressed(msgspec.Struct, frozen=True):
    """Where an answer goes: the item, the one-time key that it is sealed to, and who answers in which key epoch."""

    txid: Txid
    item_id: ItemId
    reply_key: bytes
    provider: InstitutionId
    provider_epoch: int


class Finding(msgspec.Struct, frozen=True):
    """What the tenant finds about one asked item."""

    kind: Outcome
    copies: Copies = {}
    absent: Mapping[str, Absence] = {}
    """Items asked for of which there is no document, and why."""
    deadline_ms: int = 0
    citation: str = ""
    nondisclosure: Nondisclosure | None = None
    reason: Reason | None = None


def item_of(name: str) -> Item:
    """The data item that a statement names, by the order's name or by slug; Unknown("item-unknown")."""
    return catalog.ITEMS[name] if name in catalog.ITEMS else catalog.by_law_name(name)


def period_of(item: Item, period: str) -> str:
    """The period under which a held copy of the item is kept: the asked one, or none where the item has no periods."""
    return period if item.period == "fiscal_year" else ""


def wanted_of(asked: Asked) -> tuple[tuple[str, str], ...]:
    """(item, period) of the held copies that are asked for."""
    return tuple((item.id, period_of(item, asked.period)) for item in map(item_of, asked.statement.items))


def find(held: Held | None, asked: Asked, rules: Rules, at_ms: int) -> Finding:
    """Answer automatically where nothing stands against it: unknown person, closed, what needs a human, nothing registered, or the documents."""
    if held is None:
        return Finding(Outcome.NO_SUCH_PERSON)
    mark = lawful_mark(held, at_ms)
    opening = rules.opening
    # Closed comes before every hold: outside the hours nobody learns which inquiries a human will have to see.
    if opening is not None and _slugs(asked) & set(opening.items) and not is_open(opening, at_ms):
        return Finding(Outcome.CLOSED, deadline_ms=opens_at(opening, at_ms), nondisclosure=mark)
    # Decided before the held copies are looked at: whether there are any is itself for the official to say.
    reason = reason_of(held, asked, rules, at_ms) or (Reason.SOURCE if held.unheard else None)
    try:
        return collect(held, asked) if reason is None else _hold(reason, rules, at_ms, mark)
    except Fault:
        # A copy that departs from its schema is not sent and not called absent: an official has to look.
        return _hold(Reason.COPY, rules, at_ms, mark)


def reason_of(held: Held, asked: Asked, rules: Rules, at_ms: int) -> Reason | None:
    """Why an official must see the inquiry at that time; None where the machine may answer."""
    if any(mark.kind == "nondisclosure" and mark.runs(at_ms) for mark in held.marks):
        # Once its end is past it does nothing any more: whoever set it said how long, and renews it by a new act.
        return Reason.PROTECTED
    if held.answering == "review":
        return Reason.REVIEW
    disputes = [mark for mark in held.marks if mark.kind == "dispute"]
    if any(mark.concerns(item, period) for mark in disputes for item, period in wanted_of(asked)):
        return Reason.DISPUTED
    return Reason.ITEM if _slugs(asked) & set(rules.held_items) else None


def _hold(reason: Reason, rules: Rules, at_ms: int, mark: Nondisclosure | None) -> Finding:
    return Finding(Outcome.HELD, deadline_ms=at_ms + rules.held_ms, nondisclosure=mark, reason=reason)


def _slugs(asked: Asked) -> set[str]:
    return set(map(_slug, asked.statement.items))


def lawful_mark(held: Held, at_ms: int) -> Nondisclosure | None:
    """The person's running mark of non-disclosure, as an outcome carries it."""
    return lawful(held.marks, at_ms)


def collect(held: Held, asked: Asked) -> Finding:
    """The held copies of every item asked for, each as its schema says (Malformed("item-invalid")); not registered if there is none at all.

    Unavailable("source-silent") where a live source has not answered.
    """
    return gathered(held, tuple(map(_slug, asked.statement.items)))


def gathered(held: Held, items: Sequence[str]) -> Finding:
    """The same for items by slug."""
    if held.unheard:
        raise Unavailable("source-silent", ", ".join(sorted(held.unheard)), "item_id")
    found = {item: held.copies.get(item, ()) for item in items}
    for item, each in found.items():
        for copy in each:
            validate(item, copy.document)
    absent = {item: held.absent.get(item, Absence.NOT_REGISTERED) for item, each in found.items() if not each}
    kind = Outcome.PROVIDED if any(found.values()) else Outcome.NOT_REGISTERED
    return Finding(kind, found if kind is Outcome.PROVIDED else {}, absent)


def _slug(name: str) -> str:
    return item_of(name).id


def compose(asked: Asked, finding: Finding, keys: KeyPair, at_ms: int, batch: Senders) -> NoticeReply:
    """Write, pad, seal to the inquirer's one-time key, and sign by itself; Malformed if that key is no key."""
    return compose_to(addressed(asked), finding, keys, at_ms, batch)


def compose_to(to: Addressed, finding: Finding, keys: KeyPair, at_ms: int, batch: Senders) -> NoticeReply:
    """The same for whoever asked: an institution, or the person themselves."""
    return reply_to(to, finding, write(to.item_id, finding), keys, at_ms, batch)


def reply_to(to: Addressed, finding: Finding, written: bytes, keys: KeyPair, at_ms: int, batch: Senders) -> NoticeReply:
    """The same with the answer as it was written: JSON of an `Answer` with blanks behind it."""
    sealed = seal_to(to, written, batch)
    return NoticeReply(sign_outcome(outcome_of(to, finding, sealed, at_ms), keys.signing), sealed)


def addressed(asked: Asked) -> Addressed:
    """Where the answer to an institution's question goes."""
    said = asked.statement
    return Addressed(asked.txid, asked.item_id, said.reply_key, said.provider, said.provider_epoch)


def seal_to(to: Addressed, written: bytes, batch: Senders) -> bytes:
    """Pad an answer and seal it to the one-time key; Malformed if that is no key.

    The answers of one batch to one key share an encapsulation, whatever their kinds.
    """
    return batch.to(to.reply_key).seal(answer_info(to.txid, to.item_id), pad(written))


def outcome_of(to: Addressed, finding: Finding, sealed: bytes, at_ms: int) -> GivenOutcome:
    """The outcome that says what was found and names the sealed answer."""
    return GivenOutcome(
        v=1,
        item_id=to.item_id,
        provider=to.provider,
        provider_epoch=to.provider_epoch,
        kind=finding.kind,
        answer_hash=answer_hash(sealed),
        at_ms=at_ms,
        deadline_ms=finding.deadline_ms,
        citation=finding.citation,
        nondisclosure=finding.nondisclosure,
    )


def write(item_id: ItemId, finding: Finding) -> bytes:
    """JSON of the `Answer`, with blanks behind it up to the length that all but large ones have."""
    documents = {item: tuple(msgspec.Raw(copy.document) for copy in copies) for item, copies in finding.copies.items()}
    schemas = {item: f"{item}.v{_version(item, copies)}" for item, copies in finding.copies.items()}
    as_of = {item: copies[0].as_of_ms for item, copies in finding.copies.items() if copies and copies[0].as_of_ms}
    answer = Answer(v=1, item_id=item_id, kind=finding.kind, documents=documents, schemas=schemas, as_of=as_of, absent=dict(finding.absent))
    return msgspec.json.encode(answer).ljust(ANSWER_FLOOR)


def _version(item: str, copies: tuple[Copy, ...]) -> int:
    return version_of(item, copies[0].document) if copies else catalog.ITEMS[item].version
