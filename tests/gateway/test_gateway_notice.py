"""What the provider refuses: each check of a notice is met by the change that only it would find."""

from collections.abc import Callable

import msgspec
import pytest

from enishi.errors import Denied, Unknown
from enishi.linkage.group import base, random_scalar
from enishi.protocol.outcome import claimed_outcome
from enishi.protocol.receipt import Receipt, sign_receipts
from enishi.protocol.wire import Batch, Fetch, Notice, NoticeReply
from enishi.roles.gateway.answers import ANSWER_FLOOR
from enishi.roles.gateway.assemble import Gateway
from enishi.roles.gateway.question import Subject
from enishi.seal.shared import HEAD, NONCE
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId, ItemId, Outcome, Txid
from gateway.world_gateway import CALLER, EXCHANGE, KNOWN, PROTECTED, UNREGISTERED, A, B, Operators, notice_of, question

Change = Callable[[Notice, Operators], Notice]


async def captured(gateway: Gateway, operators: Operators, person: str = KNOWN) -> Notice:
    """The notice of an inquiry that the exchange recorded, before the provider has seen any: taken from the log of the operators."""
    txid = await gateway.ask.ask(gateway.tenants[A], CALLER, question(person))
    inquiry, receipts, pairs = operators.log[txid]
    pair = pairs[0]
    assert pair is not None
    return notice_of(inquiry, 0, receipts[0], pair)


async def deliver(gateway: Gateway, *notices: Notice) -> list[NoticeReply | str]:
    results = (await gateway.provide.notice(Batch(notices), EXCHANGE)).results
    return [result.value if result.value is not None else result.fault.code for result in results if result.fault or result.value]


async def forget(gateway: Gateway) -> None:
    """Empty the provider's record, so that the next delivery is the first."""
    await gateway.tenants[B].database.write(
        lambda connection: [connection.execute(f"DELETE FROM {table}") for table in ("given", "answered")] and None
    )


@pytest.mark.asyncio
async def test_the_same_notice_again_returns_the_same_bytes(gateway: Gateway, operators: Operators) -> None:
    notice = await captured(gateway, operators)
    first, second = await deliver(gateway, notice, notice)
    (third,) = await deliver(gateway, notice)
    assert first == second == third
    assert isinstance(first, NoticeReply)


@pytest.mark.asyncio
async def test_a_stored_answer_is_fetched_again_and_no_other(gateway: Gateway, operators: Operators) -> None:
    notice = await captured(gateway, operators)
    (reply,) = await deliver(gateway, notice)
    assert isinstance(reply, NoticeReply)
    item_id = msgspec.json.decode(notice.receipt.receipt, type=Receipt).item_id
    assert await gateway.provide.fetch(Fetch(InstitutionId(B), item_id), EXCHANGE) == reply
    with pytest.raises(Unknown, match="item-id-unknown"):
        await gateway.provide.fetch(Fetch(InstitutionId(B), ItemId(bytes(32))), EXCHANGE)
    with pytest.raises(Unknown, match="tenant-unknown"):
        await gateway.provide.fetch(Fetch(InstitutionId("nobody"), item_id), EXCHANGE)


def other_pair(notice: Notice, operators: Operators) -> Notice:
    return msgspec.structs.replace(notice, pair_r=base(random_scalar()))


def forged_receipt(notice: Notice, operators: Operators) -> Notice:
    receipt = msgspec.json.decode(notice.receipt.receipt, type=Receipt)
    return msgspec.structs.replace(notice, receipt=sign_receipts([receipt], SigningKey.generate(), 0)[0])


def reissued(notice: Notice, operators: Operators, **changes: object) -> Notice:
    receipt = msgspec.structs.replace(msgspec.json.decode(notice.receipt.receipt, type=Receipt), **changes)
    return msgspec.structs.replace(notice, receipt=sign_receipts([receipt], operators.keeper.signing, 0)[0])


def other_statement(notice: Notice, operators: Operators) -> Notice:
    payload = notice.statement.payload.replace(b'"purpose_item":"3"', b'"purpose_item":"1"')
    return msgspec.structs.replace(notice, statement=msgspec.structs.replace(notice.statement, payload=payload))


CHANGES: list[tuple[str, Change, str]] = [
    ("a pair of another person", other_pair, "receipt-other-pair"),
    ("a receipt that the keeper did not sign", forged_receipt, "signature-invalid"),
    ("a receipt of another item", lambda n, o: reissued(n, o, item_id=bytes(32)), "receipt-other-item"),
    ("a receipt of another inquirer", lambda n, o: reissued(n, o, inquirer=B), "receipt-other-item"),
    ("a receipt of a refusal", lambda n, o: reissued(n, o, verdict="refusal", pair_hash=b""), "receipt-other-pair"),
    ("a receipt without a pair", lambda n, o: reissued(n, o, pair_hash=b""), "length-wrong"),
    ("a statement changed after it was signed", other_statement, "signature-invalid"),
    (
        "another relation",
        lambda n, o: msgspec.structs.replace(n, row=msgspec.structs.replace(n.row, relation="survivor")),
        "inclusion-broken",
    ),
    ("another place", lambda n, o: msgspec.structs.replace(n, place=1), "proof-position"),
    ("a place before the first", lambda n, o: msgspec.structs.replace(n, place=-1), "proof-position"),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("change", "slug"), [change[1:] for change in CHANGES], ids=[change[0] for change in CHANGES])
async def test_a_changed_notice_is_not_answered(gateway: Gateway, operators: Operators, change: Change, slug: str) -> None:
    notice = await captured(gateway, operators)
    await forget(gateway)
    (answer,) = await deliver(gateway, change(notice, operators))
    assert isinstance(answer, str)
    assert answer == slug
    assert await gateway.tenants[B].database.read(lambda connection: connection.execute("SELECT COUNT(*) FROM answered").fetchone()) == (0,)


@pytest.mark.asyncio
async def test_one_bad_notice_fails_alone(gateway: Gateway, operators: Operators) -> None:
    good, other = await captured(gateway, operators), await captured(gateway, operators, PROTECTED)
    replies = await deliver(gateway, good, other_pair(good, operators), other)
    assert [isinstance(reply, NoticeReply) for reply in replies] == [True, False, True]


@pytest.mark.asyncio
async def test_the_answers_of_one_batch_share_an_encapsulation_whatever_their_kinds(gateway: Gateway, operators: Operators) -> None:
    people = tuple(Subject(person, "applicant", case=f"case {person}") for person in (KNOWN, PROTECTED, UNREGISTERED))
    asked = msgspec.structs.replace(question(), people=people)
    messages = [await gateway.ask.ask(gateway.tenants[A], CALLER, one) for one in (asked, question())]
    notices = [_of(operators, messages[0], place) for place in range(3)] + [_of(operators, messages[1], 0)]
    await forget(gateway)
    replies = [reply for reply in await deliver(gateway, *notices) if isinstance(reply, NoticeReply)]
    assert [claimed_outcome(reply.outcome).kind for reply in replies[:3]] == [Outcome.PROVIDED, Outcome.HELD, Outcome.NOT_REGISTERED]
    heads = [reply.sealed[:HEAD] for reply in replies]
    assert heads[0] == heads[1] == heads[2] != heads[3]
    assert len({reply.sealed[HEAD : HEAD + NONCE] for reply in replies}) == 4
    assert len({len(reply.sealed) for reply in replies}) == 1
    # A batch of another moment is another batch.
    await forget(gateway)
    (again,) = await deliver(gateway, notices[0])
    assert isinstance(again, NoticeReply)
    assert again.sealed[:HEAD] not in heads


def _of(operators: Operators, txid: bytes, place: int) -> Notice:
    inquiry, receipts, pairs = operators.log[Txid(txid)]
    pair = pairs[place]
    assert pair is not None
    return notice_of(inquiry, place, receipts[place], pair)


@pytest.mark.asyncio
async def test_a_suspended_inquirer_gets_no_answer_even_for_a_recorded_inquiry(gateway: Gateway, operators: Operators) -> None:
    notice = await captured(gateway, operators)
    operators.suspend(A)
    await gateway.registry.refresh()
    assert await deliver(gateway, notice) == ["institution-suspended"]
    item_id = msgspec.json.decode(notice.receipt.receipt, type=Receipt).item_id
    with pytest.raises(Denied, match="institution-suspended"):
        await gateway.provide.fetch(Fetch(InstitutionId(B), item_id), EXCHANGE)


@pytest.mark.asyncio
async def test_a_notice_made_under_another_registry_is_judged_under_the_newest(gateway: Gateway, operators: Operators) -> None:
    notice = await captured(gateway, operators)
    operators.renew()
    await gateway.registry.refresh()
    operators.suspend(A)
    # The notice names the first snapshot, the platform knows the second: it asks, and learns of the third.
    assert await deliver(gateway, notice) == ["institution-suspended"]


@pytest.mark.asyncio
async def test_an_item_that_nobody_knows_is_a_fault_and_not_an_answer(gateway: Gateway, operators: Operators) -> None:
    txid = await gateway.ask.ask(gateway.tenants[A], CALLER, question(items=("no such item",)))
    inquiry, receipts, pairs = operators.log[txid]
    assert pairs[0] is not None
    assert await deliver(gateway, notice_of(inquiry, 0, receipts[0], pairs[0])) == ["item-unknown"]
    assert operators.outcomes == {}


@pytest.mark.asyncio
async def test_a_reply_key_that_is_none_is_a_fault_and_not_a_crash(gateway: Gateway, operators: Operators, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enishi.roles.gateway.message.SealingKey", _NoKey)
    txid = await gateway.ask.ask(gateway.tenants[A], CALLER, question())
    inquiry, receipts, pairs = operators.log[txid]
    assert pairs[0] is not None
    assert await deliver(gateway, notice_of(inquiry, 0, receipts[0], pairs[0])) == ["sealing-key-malformed"]


class _NoKey:
    public = b"\x02" + bytes(32)
    """Of small order: it has the form of a key, and nothing can be sealed to it."""

    @classmethod
    def generate(cls) -> "_NoKey":
        return cls()

    def to_bytes(self) -> bytes:
        return b"\x02" + bytes(range(32))


def test_the_floor_fits_the_padded_size_of_common_answers() -> None:
    assert 2048 < ANSWER_FLOOR <= 4096 - 4
