"""Whole inquiries through one platform: every kind of outcome, refusals by law, several people at once, retries and restarts."""

import asyncio
import sqlite3
from pathlib import Path

import msgspec
import pytest

from enishi.errors import Conflict, Denied, Malformed, Tampered, Unavailable, Unknown
from enishi.protocol.wire import InquiryReply
from enishi.roles.gateway import asked, shown
from enishi.roles.gateway.assemble import Gateway
from enishi.roles.gateway.desk import Decision
from enishi.roles.gateway.question import Question, Subject
from enishi.roles.gateway.shown import InquiryShown
from enishi.society.build import generate
from enishi.society.holdings import holdings
from enishi.terms import ItemId, Outcome, Txid
from gateway.world_gateway import (
    CALLER,
    KNOWN,
    PROTECTED,
    UNKNOWN_AT_B,
    UNREGISTERED,
    A,
    B,
    Operators,
    documents,
    question,
    running,
)


async def ask(gateway: Gateway, asked: Question) -> InquiryShown:
    txid = await gateway.ask.ask(gateway.tenants[A], CALLER, asked)
    return await look(gateway, txid)


async def look(gateway: Gateway, txid: Txid) -> InquiryShown:
    return await gateway.tenants[A].database.read(lambda connection: shown.show(connection, txid, CALLER))


async def again(gateway: Gateway, inquiry: InquiryShown) -> InquiryShown:
    txid = Txid(bytes.fromhex(inquiry.txid))
    await gateway.ask.again(gateway.tenants[A], txid)
    return await look(gateway, txid)


@pytest.mark.asyncio
async def test_a_person_known_at_the_provider_is_provided(gateway: Gateway) -> None:
    inquiry = await ask(gateway, question())
    (item,) = inquiry.items
    assert (inquiry.state, item.verdict, item.outcome) == ("ended", "permit", Outcome.PROVIDED)
    assert item.documents == {"jumin": (msgspec.Raw(documents()["jumin"][""]),)}
    assert item.schemas == {"jumin": "jumin.v2"}
    assert item.receipt is not None
    assert item.receipt.index > 0


@pytest.mark.asyncio
async def test_a_copy_is_asked_for_by_its_fiscal_year(gateway: Gateway) -> None:
    year = next(iter(documents()["local_tax"]))
    there = await ask(gateway, question(items=("地方税関係情報",), period=year))
    absent = await ask(gateway, question(items=("地方税関係情報",), period="1999"))
    assert there.items[0].documents == {"local_tax": (msgspec.Raw(documents()["local_tax"][year]),)}
    assert absent.items[0].outcome is Outcome.NOT_REGISTERED


@pytest.mark.asyncio
async def test_a_person_whom_the_provider_does_not_know(gateway: Gateway) -> None:
    inquiry = await ask(gateway, question(UNKNOWN_AT_B))
    assert (inquiry.state, inquiry.items[0].outcome) == ("ended", Outcome.NO_SUCH_PERSON)


@pytest.mark.asyncio
async def test_a_person_without_the_item(gateway: Gateway) -> None:
    inquiry = await ask(gateway, question(UNREGISTERED))
    assert inquiry.items[0].outcome is Outcome.NOT_REGISTERED


@pytest.mark.asyncio
async def test_a_refusal_by_law_shows_grounds_and_remedies(gateway: Gateway, operators: Operators) -> None:
    inquiry = await ask(gateway, question(row="999"))
    (item,) = inquiry.items
    assert (inquiry.state, item.verdict, item.outcome) == ("ended", "refusal", None)
    assert item.grounds[0].code == "linkage-none"
    assert item.remedies[0]["code"] == "juki"
    assert operators.outcomes == {}


@pytest.mark.asyncio
async def test_every_kind_of_answer_has_one_length(gateway: Gateway, operators: Operators) -> None:
    registers = (person.copies["koseki"][""] for person in holdings("moj", generate(7, 60), 7) if "koseki" in person.copies)
    longest = max(registers, key=len)
    assert len(longest) > 1024
    keep = "INSERT INTO held_copy (addressee_number, item, period, document) VALUES (?, 'koseki', '', ?)"
    await gateway.tenants[B].database.write(lambda connection: connection.execute(keep, ("9" + KNOWN, longest)).rowcount)
    for person in (KNOWN, UNKNOWN_AT_B, PROTECTED, UNREGISTERED):
        await ask(gateway, question(person, ("戸籍関係情報",)))
    assert len({len(sealed) for _, sealed in operators.outcomes.values()}) == 1


@pytest.mark.asyncio
async def test_several_people_in_one_message(gateway: Gateway, operators: Operators) -> None:
    one = question()
    people = tuple(Subject(person, "applicant", "", f"case-{i}") for i, person in enumerate((KNOWN, UNKNOWN_AT_B, PROTECTED)))
    inquiry = await ask(gateway, msgspec.structs.replace(one, people=people))
    assert [item.outcome for item in inquiry.items] == [Outcome.PROVIDED, Outcome.NO_SUCH_PERSON, Outcome.HELD]
    assert [item.case for item in inquiry.items] == ["case-0", "case-1", "case-2"]
    # The gateway's own errand may send the same bytes a second time.
    assert len(set(operators.messages)) == 1


@pytest.mark.asyncio
async def test_a_protected_person_is_held_until_an_official_provides(gateway: Gateway, operators: Operators) -> None:
    inquiry = await ask(gateway, question(PROTECTED))
    assert (inquiry.state, inquiry.items[0].outcome) == ("waiting", Outcome.HELD)
    assert inquiry.items[0].deadline is not None
    provider = gateway.tenants[B]
    (held,) = await gateway.desk.held(provider)
    assert held.addressee_number == "9" + PROTECTED
    await gateway.desk.decide(provider, held.item_id, Decision("provide"), "desk/officer-2")
    assert await gateway.desk.held(provider) == []
    after = await again(gateway, inquiry)
    assert (after.state, after.items[0].outcome) == ("ended", Outcome.PROVIDED)
    assert after.items[0].documents
    assert operators.messages[0] == operators.messages[1]


@pytest.mark.asyncio
async def test_a_held_item_is_refused_with_the_provision_that_allows_it(gateway: Gateway) -> None:
    inquiry = await ask(gateway, question(PROTECTED))
    item_id = ItemId(bytes.fromhex(inquiry.items[0].item_id))
    await gateway.desk.decide(gateway.tenants[B], item_id, Decision("refuse", "425AC0000000027#19-1-8"), "desk/officer-2")
    after = await again(gateway, inquiry)
    assert after.items[0].outcome is Outcome.REFUSED_WITH_CITATION
    assert after.items[0].citation == "425AC0000000027#19-1-8"
    with pytest.raises(Conflict, match="outcome-final"):
        await gateway.desk.decide(gateway.tenants[B], item_id, Decision("provide"), "desk/officer-3")


@pytest.mark.asyncio
async def test_an_item_that_was_not_held_cannot_be_decided(gateway: Gateway) -> None:
    inquiry = await ask(gateway, question())
    with pytest.raises(Conflict, match="outcome-final"):
        await gateway.desk.decide(gateway.tenants[B], ItemId(bytes.fromhex(inquiry.items[0].item_id)), Decision("provide"), "desk/officer-2")
    with pytest.raises(Unknown, match="item-id-unknown"):
        await gateway.desk.decide(gateway.tenants[A], ItemId(bytes.fromhex(inquiry.items[0].item_id)), Decision("provide"), "desk/officer-2")


@pytest.mark.asyncio
async def test_a_decision_waits_for_an_exchange_that_is_away(gateway: Gateway, operators: Operators) -> None:
    inquiry = await ask(gateway, question(PROTECTED))
    item_id = ItemId(bytes.fromhex(inquiry.items[0].item_id))
    operators.down = True
    await gateway.desk.decide(gateway.tenants[B], item_id, Decision("provide"), "desk/officer-2")
    held_envelope, _ = operators.outcomes[item_id]
    operators.down = False
    assert await gateway.desk.push(gateway.tenants[B]) == 1
    assert operators.outcomes[item_id][0] != held_envelope
    assert await gateway.desk.push(gateway.tenants[B]) == 0


@pytest.mark.asyncio
async def test_standing_is_checked_again_when_an_official_decides(gateway: Gateway, operators: Operators) -> None:
    inquiry = await ask(gateway, question(PROTECTED))
    operators.suspend(A)
    await gateway.registry.refresh()
    with pytest.raises(Denied, match="institution-suspended"):
        await gateway.desk.decide(gateway.tenants[B], ItemId(bytes.fromhex(inquiry.items[0].item_id)), Decision("provide"), "desk/officer-2")


@pytest.mark.asyncio
async def test_an_exchange_that_is_away_loses_nothing(gateway: Gateway, operators: Operators) -> None:
    operators.down = True
    inquiry = await ask(gateway, question())
    assert (inquiry.state, inquiry.items[0].verdict) == ("sending", None)
    operators.down = False
    after = await again(gateway, inquiry)
    assert (after.state, after.items[0].outcome) == ("ended", Outcome.PROVIDED)


@pytest.mark.asyncio
async def test_what_was_stored_before_a_crash_is_sent_after_it_with_the_same_bytes(tmp_path: Path, operators: Operators) -> None:
    async with running(tmp_path, operators) as gateway:
        operators.down = True
        inquiry = await ask(gateway, question())
        operators.down = False
    (stored,) = sqlite3.connect(tmp_path / "tenants" / A / "gateway.db").execute("SELECT message FROM asked").fetchone()
    async with running(tmp_path, operators) as gateway:
        after = await again(gateway, inquiry)
    assert after.state == "ended"
    assert set(operators.messages) == {stored}


@pytest.mark.asyncio
async def test_a_stale_snapshot_makes_a_new_message(gateway: Gateway, operators: Operators) -> None:
    operators.renew()
    inquiry = await ask(gateway, question())
    assert (inquiry.state, inquiry.items[0].outcome) == ("ended", Outcome.PROVIDED)
    first, second = (msgspec.msgpack.decode(message) for message in dict.fromkeys(operators.messages))
    assert first["rows"][0][0] != second["rows"][0][0]
    assert len(operators.log) == 1


@pytest.mark.asyncio
async def test_a_message_refused_on_two_ways_at_once_is_renewed_once(gateway: Gateway, operators: Operators) -> None:
    """The background and a look at the inquiry send the same bytes; both hear that the snapshot is stale, and the question is asked once."""
    operators.down = True
    txid = await gateway.ask.ask(gateway.tenants[A], CALLER, question())
    operators.renew()
    operators.down = False
    await asyncio.gather(*(gateway.ask.again(gateway.tenants[A], txid) for _ in range(3)))
    assert len(operators.log) == 1
    assert await gateway.tenants[A].database.read(lambda connection: asked.load(connection, txid).txid) in operators.log


@pytest.mark.asyncio
async def test_a_renewed_message_is_found_by_its_first_id(gateway: Gateway, operators: Operators) -> None:
    operators.down = True
    first = await ask(gateway, question())
    operators.down = False
    operators.renew()
    after = await again(gateway, first)
    assert (await look(gateway, Txid(bytes.fromhex(first.txid)))).txid == after.txid != first.txid
    assert after.state == "ended"


@pytest.mark.asyncio
async def test_a_final_outcome_is_asked_for_no_more(gateway: Gateway, operators: Operators) -> None:
    inquiry = await ask(gateway, question())
    before = len(operators.messages)
    assert await again(gateway, inquiry) == inquiry
    assert len(operators.messages) == before


@pytest.mark.asyncio
async def test_another_system_does_not_see_the_inquiry(gateway: Gateway) -> None:
    txid = await gateway.ask.ask(gateway.tenants[A], CALLER, question())
    other = msgspec.structs.replace(CALLER, system="another-system")
    with pytest.raises(Unknown, match="inquiry-unknown"):
        await gateway.tenants[A].database.read(lambda connection: shown.show(connection, txid, other))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("asked", "slug"),
    [
        (question("no-such-number"), "person-unknown"),
        (question(provider="999999"), "institution-unknown"),
        (question(provider=A), "parties-equal"),
    ],
)
async def test_what_cannot_be_asked_is_refused_before_anything_is_sent(gateway: Gateway, operators: Operators, asked: Question, slug: str) -> None:
    with pytest.raises(Malformed, match=slug):
        await ask(gateway, asked)
    assert operators.messages == []


@pytest.mark.asyncio
async def test_the_exchanges_refusal_of_a_message_ends_it(gateway: Gateway, operators: Operators) -> None:
    def refuse(reply: InquiryReply) -> InquiryReply:
        raise Denied("inquirer-not-your-tenant")

    operators.tamper = refuse
    with pytest.raises(Denied, match="inquirer-not-your-tenant"):
        await ask(gateway, question())
    txid, state = await gateway.tenants[A].database.read(lambda connection: connection.execute("SELECT txid, state FROM asked").fetchone())
    assert state == "failed"
    with pytest.raises(Denied, match="inquirer-not-your-tenant"):
        await look(gateway, txid)


@pytest.mark.asyncio
async def test_a_false_reply_keeps_the_inquiry_open(gateway: Gateway, operators: Operators) -> None:
    def garble(reply: InquiryReply) -> InquiryReply:
        return msgspec.structs.replace(reply, items=(msgspec.structs.replace(reply.items[0], sealed=b"\x01" + bytes(2000)),))

    operators.tamper = garble
    with pytest.raises(Tampered, match="answer-other"):
        await ask(gateway, question())
    operators.tamper = lambda reply: reply
    (txid,) = await gateway.tenants[A].database.read(
        lambda connection: connection.execute("SELECT txid FROM asked WHERE state = 'sending'").fetchone()
    )
    await gateway.ask.again(gateway.tenants[A], txid)
    assert (await look(gateway, txid)).items[0].outcome is Outcome.PROVIDED


@pytest.mark.asyncio
async def test_a_closed_database_is_told_as_unavailable(gateway: Gateway) -> None:
    await gateway.tenants[A].database.close()
    with pytest.raises(Unavailable):
        await gateway.ask.ask(gateway.tenants[A], CALLER, question())
