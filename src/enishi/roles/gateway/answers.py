"""What the provider answers: the kind of outcome, the documents, one seal of one form for every kind, and the signed outcome."""

from collections.abc import Mapping
from typing import Final

import msgspec

from enishi.errors import Fault
from enishi.items import catalog, validate, version_of
from enishi.items.catalog import Item
from enishi.protocol.nondisclosure import FORMER, LIMIT_MS
from enishi.protocol.outcome import Answer, SignedOutcome, answer_hash, answer_info, sign_outcome
from enishi.protocol.statement import Nondisclosure, Statement
from enishi.protocol.wire import NoticeReply
from enishi.roles.gateway.copies import Copy
from enishi.roles.gateway.people import Held
from enishi.roles.gateway.tenant import KeyPair
from enishi.seal.hpke import seal
from enishi.seal.pad import pad
from enishi.terms import ItemId, Outcome, Txid

HELD_DAYS: Final = 7
HELD_MS: Final = HELD_DAYS * 24 * 60 * 60 * 1000
"""How long an official has to decide on a held inquiry."""
ANSWER_FLOOR: Final = 3 * 1024
"""Every answer is written at least this long (blanks after the JSON), so that the common ones all pad to one size and length tells no outcome."""

Copies = Mapping[str, tuple[Copy, ...]]


class Asked(msgspec.Struct, frozen=True):
    """One item of a checked notice: which transaction and row, and the statement it belongs to."""

    txid: Txid
    item_id: ItemId
    statement: Statement
    period: str


class Finding(msgspec.Struct, frozen=True):
    """What the tenant finds about one asked item."""

    kind: Outcome
    copies: Copies = {}
    deadline_ms: int = 0
    citation: str = ""
    nondisclosure: Nondisclosure | None = None


def item_of(name: str) -> Item:
    """The data item that a statement names, by the order's name or by slug; Unknown("item-unknown")."""
    return catalog.ITEMS[name] if name in catalog.ITEMS else catalog.by_law_name(name)


def period_of(item: Item, period: str) -> str:
    """The period under which a held copy of the item is kept: the asked one, or none where the item has no periods."""
    return period if item.period == "fiscal_year" else ""


def wanted_of(asked: Asked) -> tuple[tuple[str, str], ...]:
    """(item, period) of the held copies that are asked for."""
    return tuple((item.id, period_of(item, asked.period)) for item in map(item_of, asked.statement.items))


def find(held: Held | None, asked: Asked, at_ms: int) -> Finding:
    """Answer automatically where nothing stands against it: unknown person, a person who needs a human, nothing registered, or the documents."""
    if held is None:
        return Finding(Outcome.NO_SUCH_PERSON)
    mark = lawful_mark(held, at_ms)
    if held.answering == "review" or mark is not None:
        # Decided before the held copies are looked at: whether there are any is itself for the official to say.
        return Finding(Outcome.HELD, deadline_ms=at_ms + HELD_MS, nondisclosure=mark)
    try:
        return collect(held.copies, asked)
    except Fault:
        # A copy that departs from its schema is not sent and not called absent: an official has to look.
        return Finding(Outcome.HELD, deadline_ms=at_ms + HELD_MS)


def lawful_mark(held: Held, at_ms: int) -> Nondisclosure | None:
    """The person's mark of non-disclosure (Art. 23(2)) while it runs, for a year at most: what goes on longer is renewed by the next act."""
    if held.nondisclosure_ground and held.nondisclosure_until_ms > at_ms:
        ground = FORMER.get(held.nondisclosure_ground, held.nondisclosure_ground)
        return Nondisclosure(ground, min(held.nondisclosure_until_ms, at_ms + LIMIT_MS))
    return None


def collect(copies: Copies, asked: Asked) -> Finding:
    """The held copies of every item asked for, each as its schema says (Malformed("item-invalid")); not registered if there is none at all."""
    found = {item_of(name).id: copies.get(item_of(name).id, ()) for name in asked.statement.items}
    for item, each in found.items():
        for copy in each:
            validate(item, copy.document)
    return Finding(Outcome.PROVIDED, found) if any(found.values()) else Finding(Outcome.NOT_REGISTERED)


def compose(asked: Asked, finding: Finding, keys: KeyPair, at_ms: int) -> NoticeReply:
    """Write, pad, seal to the inquirer's one-time key, and sign; Malformed if that key is no key."""
    sealed = seal(asked.statement.reply_key, answer_info(asked.txid, asked.item_id), pad(_write(asked, finding)))
    outcome = SignedOutcome(
        v=1,
        item_id=asked.item_id,
        provider=asked.statement.provider,
        provider_epoch=asked.statement.provider_epoch,
        kind=finding.kind,
        answer_hash=answer_hash(sealed),
        at_ms=at_ms,
        deadline_ms=finding.deadline_ms,
        citation=finding.citation,
        nondisclosure=finding.nondisclosure,
    )
    return NoticeReply(sign_outcome(outcome, keys.signing), sealed)


def _write(asked: Asked, finding: Finding) -> bytes:
    documents = {item: tuple(msgspec.Raw(copy.document) for copy in copies) for item, copies in finding.copies.items()}
    schemas = {item: f"{item}.v{_version(item, copies)}" for item, copies in finding.copies.items()}
    as_of = {item: copies[0].as_of_ms for item, copies in finding.copies.items() if copies and copies[0].as_of_ms}
    answer = Answer(v=1, item_id=asked.item_id, kind=finding.kind, documents=documents, schemas=schemas, as_of=as_of)
    return msgspec.json.encode(answer).ljust(ANSWER_FLOOR)


def _version(item: str, copies: tuple[Copy, ...]) -> int:
    return version_of(item, copies[0].document) if copies else catalog.ITEMS[item].version
