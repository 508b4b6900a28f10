"""Use case: officials read people's letters and answer each once; what comes near or past its deadline is said."""

import asyncio
import sqlite3
from typing import Annotated, Final

import msgspec

from enishi import clock
from enishi.errors import Malformed, Unknown
from enishi.mesh import logs
from enishi.protocol.forms import demand
from enishi.protocol.letters import DECIDED, TEXT, Letter, LetterDecision, readable
from enishi.protocol.self_disclosure import SelfNotice
from enishi.protocol.wire import NoticeReply
from enishi.roles.gateway.answers import Finding, compose_to
from enishi.roles.gateway.letters import kept
from enishi.roles.gateway.letters.kept import Kept, LetterAnswer
from enishi.roles.gateway.self_disclosure import kept as own
from enishi.roles.gateway.self_disclosure.checking import read_self_notice
from enishi.roles.gateway.tenant import Tenant
from enishi.seal.many import Senders
from enishi.store import crash
from enishi.terms import ItemId, Outcome

LISTED: Final = 500
ANSWERED: Final = Finding(Outcome.PROVIDED)
"""How a letter's item ends, whatever was decided."""
REFUSING: Final = ("granted_in_part", "refused")
Text = Annotated[str, msgspec.Meta(max_length=TEXT)]


class LetterAnswerRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an official answers: a text; `decision` for a correction or suspension; `reason` and `appeal` (教示) where it refuses, even in part."""

    answer: Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT)]
    decision: LetterDecision = ""
    reason: Text = ""
    appeal: Text = ""


class Waiting(msgspec.Struct, frozen=True):
    """The letters to list, and of all that wait, how many are near and past their deadline."""

    letters: tuple[Kept, ...]
    due_soon: int
    overdue: int
    at_ms: int


class LetterDesk:
    """Lists, shows and answers for all tenants."""

    async def waiting(self, tenant: Tenant) -> Waiting:
        """What waits for an answer, the most urgent first, with the counts of what is urgent."""
        at_ms = clock.now_ms()
        overdue, urgent, letters = await tenant.database.read(
            lambda connection: (
                kept.waiting_until(connection, at_ms),
                kept.waiting_until(connection, at_ms + tenant.rules.reminder_ms),
                kept.waiting(connection, LISTED),
            )
        )
        return Waiting(tuple(letters), urgent - overdue, overdue, at_ms)

    async def answered(self, tenant: Tenant) -> tuple[Kept, ...]:
        """What was answered, the newest first."""
        return tuple(await tenant.database.read(lambda connection: kept.answered(connection, LISTED)))

    async def one(self, tenant: Tenant, letter_id: ItemId) -> Kept:
        """A letter with everything in it; Unknown("letter-unknown")."""
        return await tenant.database.read(lambda connection: kept.one(connection, letter_id))

    async def answer(self, tenant: Tenant, letter_id: ItemId, said: LetterAnswer, officer: str) -> Kept:
        """Answer a letter once; Unknown("letter-unknown"), Conflict("letter-answered"), Malformed as `check_answer` says."""
        letter = await self.one(tenant, letter_id)
        check_answer(letter.letter, said)
        at_ms = clock.now_ms()
        reply = await asyncio.to_thread(_ended, tenant, letter_id, at_ms)
        crash.point("gateway.letter.before_answer")
        await tenant.database.write(lambda connection: _answer(connection, letter_id, said, officer, reply, at_ms))
        # Durable: this is what the person's next reading brings, and nothing changes it; that there is an answer reaches the log from here.
        crash.point("gateway.letter.after_answer")
        return await self.one(tenant, letter_id)


def _ended(tenant: Tenant, letter_id: ItemId, at_ms: int) -> NoticeReply | None:
    """The outcome that says that a letter was answered, and not what; None for one that did not wait in the log, as before letters did, or whose key
    epoch is no longer here."""

    def waiting(connection: sqlite3.Connection) -> SelfNotice | None:
        return own.notice_of(connection, letter_id)[0] if own.waits(connection, letter_id) else None

    notice = tenant.database.read_now(waiting)
    if notice is None:
        return None
    said, addressed = read_self_notice(notice)
    try:
        return compose_to(addressed, ANSWERED, tenant.key(said.holder_epoch), at_ms, Senders())
    except Unknown as fault:
        logs.warn("letter-end-unsigned", peer=tenant.id, code=fault.code)
        return None


def _answer(connection: sqlite3.Connection, letter_id: ItemId, said: LetterAnswer, officer: str, reply: NoticeReply | None, at_ms: int) -> None:
    kept.answer(connection, letter_id, said, officer, at_ms)
    if reply is not None:
        own.decide(connection, letter_id, ANSWERED, reply, officer, at_ms)


def read_letter_answer(body: bytes) -> LetterAnswer:
    """Read an answer; Malformed("request-unreadable")."""
    try:
        said = msgspec.json.decode(body, type=LetterAnswerRequest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("request-unreadable", str(error)[:200], "body") from error
    return LetterAnswer(said.answer, said.decision, said.reason, said.appeal)


def check_answer(letter: Letter, said: LetterAnswer) -> None:
    """Malformed("letter-decision-missing", "letter-decision-unasked", "letter-reason-missing", "letter-appeal-missing", "letter-malformed").

    A correction and a suspension end in a decision, and no other letter does. A refusal says why (APPI Art. 93(2), 101(2)) and how to appeal
    (Administrative Complaint Review Act Art. 82).
    """
    demand(said.decision or letter.kind not in DECIDED, "letter-decision-missing", letter.kind, "decision")
    demand(not said.decision or letter.kind in DECIDED, "letter-decision-unasked", letter.kind, "decision")
    if said.decision in REFUSING:
        demand(said.reason.strip(), "letter-reason-missing", said.decision, "reason")
        demand(said.appeal.strip(), "letter-appeal-missing", said.decision, "appeal")
    for field in ("answer", "reason", "appeal"):
        demand(readable(getattr(said, field)), "letter-malformed", "a character that no page shows", field)
    demand(said.answer.strip(), "letter-malformed", "empty", "answer")
