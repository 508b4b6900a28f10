"""Attack: learning by guessing: a case number from its commitment, whether a tag is known, an outcome from a length."""

from typing import Any

import msgspec
import pytest

from attacks.adversary_attack import codes, reply_in, send, sitting, written
from attacks.network_attack import Network
from attacks.wire_attack import Forward
from enishi.linkage.convert import multiply
from enishi.linkage.group import random_scalar
from enishi.protocol.outcome import claimed_outcome
from enishi.protocol.receipt import Receipt
from enishi.protocol.statement import Inquiry, commit, item_id_of
from enishi.protocol.wire import Batch, ItemReply, NoticeReply, Results
from enishi.roles.gateway import answers, message
from enishi.roles.gateway.desk import Decision
from enishi.roles.gateway.question import read_question
from enishi.roles.keeper.commit import Committing
from enishi.terms import Outcome
from linkage.attacker_linkage import Without
from running.mesh_running import STORY, register_question, tax_question

pytestmark = pytest.mark.xdist_group("attacks")
CASES = [f"R7-{number}" for number in range(100)]


# ---- a case number


def guessed(network: Network, case: str) -> str:
    """The case number that an operator finds for the commitment in a message: every number it can think of, with every salt that it has seen."""
    inquiry = msgspec.msgpack.decode(network.message(network.ask(register_question(case=case))), type=Inquiry)
    statement = msgspec.json.decode(inquiry.statement.payload)
    seen = [
        bytes(32),
        inquiry.rows[0].r,
        inquiry.rows[0].u,
        inquiry.pi[:32],
        *(msgspec.convert(statement[name], bytes) for name in ("officer", "rows")),
    ]
    return next((one for one in CASES for salt in seen if commit("case", salt, one) == inquiry.rows[0].case), "")


def test_a_case_number_from_its_commitment(network: Network, without: Without) -> None:
    """Success is the case number, which joins an inquiry to a file; the salt is what keeps the few possible numbers apart from their commitments."""
    assert guessed(network, "R7-42") == ""
    patched = without(message, "token_bytes", lambda length: bytes(length) if length == 32 else network.tenant.id.encode().ljust(length)[:length])
    assert guessed(network, "R7-42") == "R7-42"
    patched.undo()


# ---- a tag


def refused(network: Network, points: list[bytes] | None) -> ItemReply:
    """The reply to an inquiry that the law refuses."""
    question = register_question(items=["地方税関係情報"], provider="011002", period="2024")
    return reply_in(send(network, written(network, question, points).inquiry)).items[0]


def form_of(reply: ItemReply) -> tuple[Any, ...]:
    """What a reply shows, apart from ids, places and times, which differ in every reply."""
    receipt = msgspec.json.decode(reply.receipt.receipt, type=Receipt)
    return receipt.verdict, receipt.basis, receipt.pair_hash, reply.refusal, reply.outcome, reply.outcome_index, reply.sealed, receipt.audit_epoch


def made_up(network: Network) -> list[bytes]:
    """t·P_A: a point of nobody, from a true code."""
    return [multiply(random_scalar(), codes(network, read_question(msgspec.json.encode(register_question())))[0])]


def test_a_tag_that_is_known_looks_like_one_that_is_not(network: Network, without: Without) -> None:
    """Success is that the reply to a refused inquiry tells the inquirer whether a point is somebody's code."""
    assert form_of(refused(network, None)) == form_of(refused(network, made_up(network)))
    real = Committing._receipt

    def telling(statement: Any, item: Any, placed: Any, at_ms: int) -> Receipt:
        known = network.rows("SELECT 1 FROM valid_tag WHERE tag = ?", item.tag)
        return msgspec.structs.replace(real(statement, item, placed, at_ms), verdict="refusal" if known else "unplaced")

    patched = without(Committing, "_receipt", staticmethod(telling))
    assert form_of(refused(network, None)) != form_of(refused(network, made_up(network)))
    patched.undo()


def test_a_permitted_inquiry_about_nobody_is_recorded_and_alarmed(network: Network) -> None:
    """What is conceded: where the law permits, the inquirer learns that its own made-up point is nobody's; it costs a record and an alarm."""
    committing_alarms, before = alarms(network), network.leaves()
    reply = reply_in(send(network, written(network, register_question(), made_up(network)).inquiry)).items[0]
    assert msgspec.json.decode(reply.receipt.receipt, type=Receipt).verdict == "unplaced"
    assert (reply.outcome, reply.sealed) == (None, b"")
    assert (network.leaves(), alarms(network)) == (before + 1, committing_alarms + 1)


def alarms(network: Network) -> int:
    door = network.wire.doors["https://keeper"][1]._doors["/keeper/commit"]
    committing = next(cell.cell_contents for cell in door.endpoint.handler.__closure__ or () if hasattr(cell.cell_contents, "__self__"))
    return int(committing.__self__.unplaced)


# ---- a length


def lengths(network: Network) -> dict[Outcome, set[int]]:
    """How long the sealed answer of each kind of outcome is on the wire."""
    found: dict[Outcome, set[int]] = {}

    def note(reply: NoticeReply) -> None:
        found.setdefault(claimed_outcome(reply.outcome).kind, set()).add(len(reply.sealed))

    async def listen(batch: Batch[Any], forward: Forward) -> Results[NoticeReply]:
        replies: Results[NoticeReply] = await forward(batch)
        for result in replies.results:
            if result.value is not None:
                note(result.value)
        return replies

    async def pushed(batch: Batch[NoticeReply], forward: Forward) -> Any:
        for reply in batch.each:
            note(reply)
        return await forward(batch)

    with sitting(network, "/gateway/notice", listen), sitting(network, "/exchange/outcome", pushed):
        for question in (register_question(), tax_question(STORY.loan.applicant), tax_question(STORY.unknown), tax_question(STORY.protected)):
            send(network, written(network, question).inquiry)
        message = written(network, tax_question(STORY.protected))
        send(network, message.inquiry)
        desk, tenant = network.provider.desk, network.provider.tenants[STORY.loan.provider]
        refusal = Decision("refuse", "425AC0000000027#19-1-8")
        network.run(desk.decide(tenant, item_id_of(message.txid, 0), refusal, "officer"))
    return found


def test_the_length_of_a_sealed_answer(network: Network, without: Without) -> None:
    """Success is that whoever sees the length of an answer knows its outcome.  Two things make all lengths one: the floor under every answer, and
    the padding to buckets above it."""
    found = lengths(network)
    assert found.keys() == {Outcome.PROVIDED, Outcome.NO_SUCH_PERSON, Outcome.HELD, Outcome.REFUSED_WITH_CITATION}
    assert len(set().union(*found.values())) == 1
    patched = without(answers, "pad", lambda plain: plain)
    without(answers, "ANSWER_FLOOR", 0)  # type: ignore[arg-type]
    found = lengths(network)
    assert not found[Outcome.PROVIDED] & (found[Outcome.NO_SUCH_PERSON] | found[Outcome.HELD])
    patched.undo()
