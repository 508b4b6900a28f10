"""A person's request that carries a letter, or asks for their letters: what is kept of it, and what is answered."""

import sqlite3
from typing import Final

import msgspec

from enishi.errors import Fault
from enishi.mesh import logs
from enishi.protocol.letters import LETTER, LETTERS, SHOWN_FLOOR, Letter, open_letter
from enishi.protocol.outcome import Answer
from enishi.protocol.self_disclosure import SelfNotice, SelfStatement
from enishi.protocol.wire import NoticeReply
from enishi.roles.gateway.answers import Addressed, Finding, reply_to
from enishi.roles.gateway.letters.kept import Kept, arrived, store, written_by
from enishi.roles.gateway.self_disclosure import kept as own
from enishi.roles.gateway.tenant import Tenant
from enishi.seal.many import Senders
from enishi.terms import Outcome

SCHEMA: Final = "letter.v1"


class Taken(msgspec.Struct, frozen=True):
    """A request about to be recorded with its outcome, and the letter it brought, if it brought one that is kept."""

    entry: own.Entry
    letter: Kept | None


def opened_letter(tenant: Tenant, said: SelfStatement, sealed: bytes) -> Letter | None:
    """The letter of a checked request; None for one that cannot be read: its face wrote it wrongly, and no second try would mend that."""
    try:
        return open_letter(tenant.sealing(said.holder_epoch), sealed, said.holder, said.answer_key)
    except Fault as fault:
        logs.warn("letter-unreadable", peer=tenant.id, code=fault.code)
        return None


def taken(tenant: Tenant, notice: SelfNotice, said: SelfStatement, addressed: Addressed, number: str, at_ms: int) -> Taken:
    """What is kept and answered; `number` is empty where the institution does not know who writes: then nothing is kept but that they did."""
    letter = opened_letter(tenant, said, notice.letter) if number and said.items == (LETTER,) else None
    kept = tenant.database.read_now(lambda connection: arrived(connection, addressed.item_id, number, letter, at_ms)) if letter else None
    shown: tuple[Kept, ...] = (kept,) if kept else ()
    if number and said.items == (LETTERS,):
        shown = tuple(tenant.database.read_now(lambda connection: written_by(connection, number)))
    # A letter that is kept waits for an official until its deadline; what it was answered is fetched, that it was stands in the record.
    finding = Finding(Outcome.HELD, deadline_ms=kept.deadline_ms) if kept else Finding(_outcome(number, shown))
    written = _written(addressed, finding, said.items[0], shown)
    reply = reply_to(addressed, finding, written, tenant.key(said.holder_epoch), at_ms, Senders())
    # The letter's one copy is the one that is kept as a letter, so that deleting that deletes it.
    bare = msgspec.structs.replace(notice, letter=b"")
    return Taken(own.Entry(bare, said, addressed, number, finding, reply, at_ms), kept)


def record_taken(connection: sqlite3.Connection, one: Taken) -> NoticeReply:
    """Record the request with its outcome, and the letter with it, in one transaction; the outcome that stands, as for every request."""
    if one.letter is not None:
        store(connection, one.letter)
    return own.record(connection, one.entry)


def _outcome(number: str, shown: tuple[Kept, ...]) -> Outcome:
    if not number:
        return Outcome.NO_SUCH_PERSON
    return Outcome.PROVIDED if shown else Outcome.NOT_REGISTERED


def _written(addressed: Addressed, finding: Finding, item: str, shown: tuple[Kept, ...]) -> bytes:
    documents = {item: tuple(msgspec.Raw(msgspec.json.encode(one.shown)) for one in shown)} if shown else {}
    answer = Answer(v=1, item_id=addressed.item_id, kind=finding.kind, documents=documents, schemas=dict.fromkeys(documents, SCHEMA))
    return msgspec.json.encode(answer).ljust(SHOWN_FLOOR)
