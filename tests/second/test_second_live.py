"""The second implementation takes one role after another in a mesh of ours: what it signs and converts, ours admits and records, and back."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from enishi import clock
from enishi.protocol import wire
from enishi.protocol.enrol import Transcript
from enishi.protocol.statement import Inquiry, read_inquiry
from enishi.roles.gateway.received import Sent, check_reply
from enishi.roles.gateway.registry import Known
from enishi.roles.keeper import log as keeper_log
from enishi.roles.registrar.enrol import Enrolling as Registrar
from enishi.seal.hpke import SealingKey, Suite
from enishi.society.build import generate
from enishi.society.holdings import holdings
from enishi.terms import InstitutionId, Outcome
from enishi.tlog.cosign import cosign
from enishi.tlog.note import KeyType, Verifier, add_signatures
from keeper.founded_operators import WITNESS
from keeper.world_operators import NUMBERS, TENANTS, A, B, Operators
from running.operators_running import founded, world
from second.speaking import Second

__all__ = ["founded", "world"]
ABOUT = {"relation": "applicant", "period": "", "affair": {"source": "506M60004008009@2024-05-27", "row": "108"}, "purpose_item": "3"}
ABOUT |= {"items": ["住民票関係情報"]}
pytestmark = pytest.mark.asyncio


def seen(world: Operators) -> dict[str, Any]:
    """The signed snapshot and the two pins, all that a stranger needs."""
    return {"snapshot": msgspec.msgpack.encode(world.exchange.envelope), "pins": world.pins}


def asked(other: Second, world: Operators, *codes: bytes, **changes: Any) -> dict[str, Any]:
    given = {"codes": codes, "signing": world.offices[A].signing.to_bytes(), "inquirer": A, "provider": B, "about": ABOUT, "at_ms": clock.now_ms()}
    made: dict[str, Any] = other.ask("ask", **seen(world), **(given | changes))
    return made


def inquiry(made: dict[str, Any]) -> Inquiry:
    return msgspec.msgpack.decode(bytes.fromhex(made["message"]), type=Inquiry)


def shares(world: Operators) -> dict[str, bytes]:
    """What the exchange keeps, handed to the one that takes its place."""
    state = world.exchange
    named = {"share_a": (A, 1), "share_b": (B, 1), "share_u": ("@audit", 1)}
    return {"layer": state.secrets.layer, **{name: state.shares.of(*place) for name, place in named.items()}}


def ref(number: str) -> bytes:
    """A ref of its 16 bytes for a person."""
    return number.encode().ljust(16, b"-")


def document() -> dict[str, Any]:
    """A resident record of the synthetic country."""
    copies = next(person.copies for person in holdings(A, generate(7, 60), 7) if "jumin" in person.copies)
    made: dict[str, Any] = msgspec.json.decode(next(iter(copies["jumin"].values())))
    return made


async def test_as_an_institution_it_opens_the_codes_that_ours_opens(other: Second, world: Operators) -> None:
    people = tuple(wire.EnrolPerson(ref(number), individual_number=number) for number in NUMBERS[:2])
    await world.registrar.handle(wire.EnrolRequest(InstitutionId(A), "425AC0000000027#21_2", people), TENANTS)
    (delivery,) = world.delivered
    given = {"deliver": msgspec.msgpack.encode(delivery), "elgamal": world.offices[A].elgamal}
    codes = other.ask("openTranscript", **seen(world), **given)
    assert codes == {ref(number).hex(): world.offices[A].codes[number].hex() for number in NUMBERS[:2]}
    exchanged = wire.Deliver(Transcript(delivery.transcript.batch, delivery.transcript.keeper, delivery.transcript.exchange))
    assert "proof" in other.refuses("openTranscript", **seen(world), **(given | {"deliver": msgspec.msgpack.encode(exchanged)}))


async def test_as_both_institutions_it_asks_and_answers_through_our_operators(other: Second, world: Operators) -> None:
    known, unknown = (world.offices[B].codes[number] for number in NUMBERS[:2])
    opened: list[str] = []

    def answer(notice: wire.Notice) -> wire.NoticeReply:
        keys = {"elgamal": world.offices[B].elgamal, "signing": world.offices[B].signing.to_bytes()}
        people = {known.hex(): {"jumin": [document()]}}
        made = other.ask("answer", **seen(world), **keys, notice=msgspec.msgpack.encode(notice), people=people, at_ms=clock.now_ms(), beside=2)
        opened.append(made["code"])
        return msgspec.msgpack.decode(bytes.fromhex(made["reply"]), type=wire.NoticeReply)

    world.answer = answer
    made = asked(other, world, *(world.offices[A].codes[number] for number in NUMBERS[:2]))
    reply = await world.inquire(inquiry(made))
    assert sorted(opened) == sorted([known.hex(), unknown.hex()])
    items = other.ask(
        "readReply", **seen(world), message=made["message"], reply_key=made["reply_key"], reply=msgspec.msgpack.encode(reply), before=[]
    )
    assert [(item["kind"], item["documents"]) for item in items] == [("provided", {"jumin": 1}), ("no_such_person", {})]
    swapped = wire.InquiryReply(reply.txid, reply.items[::-1])
    assert other.refuses(
        "readReply", **seen(world), message=made["message"], reply_key=made["reply_key"], reply=msgspec.msgpack.encode(swapped), before=[]
    )


async def test_its_sealed_answer_is_one_that_our_inquirer_believes(other: Second, world: Operators) -> None:
    def answer(notice: wire.Notice) -> wire.NoticeReply:
        keys = {"elgamal": world.offices[B].elgamal, "signing": world.offices[B].signing.to_bytes()}
        people = {world.offices[B].codes[NUMBERS[0]].hex(): {"jumin": [document()]}}
        made = other.ask("answer", **seen(world), **keys, notice=msgspec.msgpack.encode(notice), people=people, at_ms=clock.now_ms())
        return msgspec.msgpack.decode(bytes.fromhex(made["reply"]), type=wire.NoticeReply)

    world.answer = answer
    for suite in Suite:
        key = SealingKey.generate(suite)
        message = world.inquiry(NUMBERS[0], reply_key=key.public)
        txid, statement = read_inquiry(message)
        (received,) = check_reply(Sent(txid, statement, key, {}), await world.inquire(message), Known(world.exchange.snapshot, world.exchange.digest))
        assert received.outcome is not None
        assert received.outcome.kind is Outcome.PROVIDED
        assert msgspec.json.decode(received.answer)["documents"]["jumin"] == [document()]


async def test_a_refusal_of_ours_is_read_as_one(other: Second, world: Operators) -> None:
    made = asked(other, world, world.offices[A].codes[NUMBERS[0]], about=ABOUT | {"items": ["戸籍関係情報"]})
    reply = msgspec.msgpack.encode(await world.inquire(inquiry(made)))
    (item,) = other.ask("readReply", **seen(world), message=made["message"], reply_key=made["reply_key"], reply=reply, before=[])
    assert item["verdict"] == "refusal"
    assert item["grounds"]


async def test_as_the_exchange_it_converts_and_proves_for_our_keeper(other: Second, world: Operators) -> None:
    message = world.inquiry(NUMBERS[0])
    admitted = await world.admit(world.asked(message))
    given = {"inquiry": msgspec.msgpack.encode(message), "admitted": msgspec.msgpack.encode(admitted)}
    made = other.ask("convert", **given, **shares(world))
    commit = msgspec.msgpack.decode(bytes.fromhex(made), type=wire.Commit)
    assert commit == world.stepped(message, admitted)
    (item,) = (await world.commit(commit)).items
    assert world.code_at_b(item.pair_r, item.pair_c) == world.offices[B].codes[NUMBERS[0]]
    hop = {"commit": made, "place": 0, "item": item.item_id, **{name: value for name, value in shares(world).items() if name != "share_u"}}
    outcome = world.outcome(item.item_id, Outcome.NO_SUCH_PERSON)
    proven = bytes.fromhex(other.ask("proveHop", **hop))
    assert (await world.record(wire.OutcomeForm(outcome, proven))).index > 0


async def test_as_the_exchange_it_enrols_with_our_keeper(other: Second, world: Operators) -> None:
    async def exchange(form: wire.EnrolOperate) -> wire.Empty:
        secrets = {"root": world.exchange.secrets.s_root, "share": world.exchange.shares.of(A, 1), "layer": world.exchange.secrets.layer}
        made = other.ask("operate", **seen(world), **secrets, operate=msgspec.msgpack.encode(form))
        return await world.enrolling.handle(msgspec.msgpack.decode(bytes.fromhex(made), type=wire.EnrolOperate))

    registrar = Registrar(world.registrar_db, world.registry, world.founded.registrar, exchange)
    people = (wire.EnrolPerson(ref(NUMBERS[0]), individual_number=NUMBERS[0]),)
    await registrar.handle(wire.EnrolRequest(InstitutionId(A), "425AC0000000027#21_2", people), TENANTS)
    world.take(world.offices[A], world.delivered[-1])
    assert world.offices[A].codes[ref(NUMBERS[0]).decode()] == world.offices[A].codes[NUMBERS[0]]


@pytest_asyncio.fixture
async def publishing(world: Operators, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Operators]:
    """The world with its publisher at work, each checkpoint cosigned by the registry's witness."""
    monkeypatch.setattr(keeper_log, "PAUSE_S", 0.0)
    publish = world.log.publish

    async def cosigned() -> keeper_log.Published:
        made = await publish()
        note = add_signatures(made.note, [cosign(made.note.text, WITNESS, world.founded.witness, clock.now_ms())])
        await world.log.cosigned(made.size, note)
        return made

    monkeypatch.setattr(world.log, "publish", cosigned)
    task = asyncio.create_task(world.log.run())
    yield world
    task.cancel()


async def test_as_portal_and_citizen_it_checks_the_record(other: Second, publishing: Operators) -> None:
    world = publishing
    await world.inquire(world.inquiry(NUMBERS[0]))
    await world.committed(world.inquiry(NUMBERS[1]))
    now, portal = clock.now_ms(), world.founded.portal.to_bytes()
    session = other.ask("request", at_ms=now)
    signed = world.signed(bytes.fromhex(session["request"]))
    card = {"certificate": signed.certificate, "signature": signed.signature}
    ask = other.ask("askToLook", **seen(world), **card, request=session["request"], portal=portal, at_ms=now)
    assert ask["card"] in (world.data / "registrar" / "residents.jsonl").read_text(encoding="utf-8")
    reply = await world.registrar_viewing.handle(msgspec.msgpack.decode(bytes.fromhex(ask["ask"]), type=wire.ViewAsk))
    given = {"request": session["request"], "portal": portal}
    view = other.ask("countersign", **seen(world), **given, reply=msgspec.msgpack.encode(reply))
    shown = await world.exchange_viewing.handle(msgspec.msgpack.decode(bytes.fromhex(view), type=wire.ViewMessage))
    verifier = Verifier(WITNESS, world.founded.witness.public, KeyType.COSIGNATURE)
    device = {"request": session["request"], "device_key": session["device_key"], "at_ms": clock.now_ms()}
    device |= {"known": {"log": world.log.verifier.encoded, "witnesses": [verifier.encoded], "needed": 1}}
    found = other.ask("look", **device, answer_key=session["answer_key"], reply=msgspec.msgpack.encode(shown), view=view)
    assert (found["count"], found["kinds"], found["seen"]) == (3, ["intent", "outcome", "look"], 1)
    assert other.ask("lookAgain", **device, log=found["log"], change="nothing")["count"] == 3
    for change in ("a record left out", "a record twice", "a body changed", "an older size", "no cosignature", "another map"):
        assert other.refuses("lookAgain", **device, log=found["log"], change=change)
