"""Every kind of answer in one process: closed and then by itself, held with reason and reminder, refused by a closed list, absent in three ways."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from enishi import clock
from enishi.errors import Conflict, Denied, Malformed
from enishi.protocol.outcome import Answer, check_outcome
from enishi.protocol.wire import FaultForm, NoticeReply, Recorded, Result, Results
from enishi.roles.gateway import shown
from enishi.roles.gateway.answering import refusals
from enishi.roles.gateway.answering.hours import DAYS, Opening
from enishi.roles.gateway.answering.marking import Marking, MarkRequest
from enishi.roles.gateway.answering.rules import Rules
from enishi.roles.gateway.answering.words import meaning
from enishi.roles.gateway.answers import Reason
from enishi.roles.gateway.ask import Ask
from enishi.roles.gateway.assemble import Gateway
from enishi.roles.gateway.desk import Decision, read_decision
from enishi.roles.gateway.question import Question
from enishi.roles.gateway.shown import InquiryShown, ItemShown
from enishi.sentences.catalogue import table
from enishi.terms import Absence, ItemId, Outcome, Txid
from faults.dying import dying_at
from gateway.asgi_gateway import call
from gateway.world_gateway import CALLER, KNOWN, PROTECTED, TOKEN, UNKNOWN_AT_B, UNREGISTERED, A, B, Operators, documents, question, running

DAY_MS = 86_400_000
ALWAYS = dict.fromkeys(DAYS, ("00:00", "24:00"))
ANSWERS = table("names", "answers")


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its first round the background waits: each test takes the steps itself."""
    for name in ("answering.opening", "desk"):
        monkeypatch.setattr(f"enishi.roles.gateway.{name}.PAUSE_S", 3600.0)
    # Its first round may come while a test's own inquiry is on its way, and sends the same bytes again.
    monkeypatch.setattr(Ask, "run", lambda *_: asyncio.Event().wait())


def closed_today(*items: str) -> Rules:
    """Open at every hour of every day but this and the next."""
    today = clock.moment(clock.now_ms()).date()
    return Rules(opening=Opening(items=items or ("jumin",), weekdays=dict(ALWAYS), closed_on=(today, today + timedelta(days=1))))


def declare(gateway: Gateway, rules: Rules, tenant: str = B) -> None:
    gateway.tenants[tenant] = replace(gateway.tenants[tenant], rules=rules)


def later(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    now = clock.now_ms()
    monkeypatch.setattr(clock, "now_ms", lambda: now + int(days * DAY_MS))


async def ask(gateway: Gateway, asked: Question) -> InquiryShown:
    return await look(gateway, await gateway.ask.ask(gateway.tenants[A], CALLER, asked))


async def look(gateway: Gateway, txid: Txid) -> InquiryShown:
    return await gateway.tenants[A].database.read(lambda connection: shown.show(connection, txid, CALLER))


async def again(gateway: Gateway, inquiry: InquiryShown) -> ItemShown:
    txid = Txid(bytes.fromhex(inquiry.txid))
    await gateway.ask.again(gateway.tenants[A], txid)
    return (await look(gateway, txid)).items[0]


async def decide(gateway: Gateway, inquiry: InquiryShown, decision: Decision) -> Outcome:
    return await gateway.desk.decide(gateway.tenants[B], ItemId(bytes.fromhex(inquiry.items[0].item_id)), decision, "desk/officer-2")


# ---- closed


@pytest.mark.asyncio
async def test_closed_says_when_it_opens_and_then_the_answer_follows_by_itself(
    gateway: Gateway, operators: Operators, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(gateway, closed_today())
    inquiry = await ask(gateway, question())
    (item,) = inquiry.items
    assert (inquiry.state, item.outcome, item.documents) == ("waiting", Outcome.CLOSED, {})
    assert item.deadline is not None
    assert item.deadline.endswith("T00:00:00.000+09:00")
    assert await gateway.opening.answer(gateway.tenants[B]) == 0
    later(monkeypatch, 2)
    assert await gateway.opening.answer(gateway.tenants[B]) == 1
    # The log has it before anybody asks again, and the inquirer's ordinary asking brings it.
    assert len(operators.messages) == 1
    after = await again(gateway, inquiry)
    assert (after.outcome, bool(after.documents)) == (Outcome.PROVIDED, True)
    assert await gateway.opening.answer(gateway.tenants[B]) == 0


@pytest.mark.asyncio
@pytest.mark.parametrize(("name", "given"), [("gateway.opening.before_store", 1), ("gateway.opening.after_store", 2)])
async def test_what_waits_for_the_opening_outlives_the_platform(
    tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch, name: str, given: int
) -> None:
    file = tmp_path / "tenants" / B / "answering.json"
    file.write_bytes(msgspec.json.encode(closed_today()))
    async with running(tmp_path, operators) as gateway:
        inquiry = await ask(gateway, question())
        assert inquiry.items[0].outcome is Outcome.CLOSED
        declare(gateway, Rules())
        with dying_at(monkeypatch, name):
            await gateway.opening.answer(gateway.tenants[B])
        count = await gateway.tenants[B].database.read(lambda connection: connection.execute("SELECT COUNT(*) FROM given").fetchone())
        assert count == (given,)
    file.write_bytes(msgspec.json.encode(Rules()))
    async with running(tmp_path, operators) as gateway:
        await gateway.opening.answer(gateway.tenants[B])
        await gateway.desk.push(gateway.tenants[B])
        assert (await again(gateway, inquiry)).outcome is Outcome.PROVIDED
        count = await gateway.tenants[B].database.read(lambda connection: connection.execute("SELECT COUNT(*) FROM given").fetchone())
    assert count == (2,)


@pytest.mark.asyncio
async def test_an_answer_that_the_log_returns_is_left_to_an_official(gateway: Gateway, operators: Operators, monkeypatch: pytest.MonkeyPatch) -> None:
    """It followed the opening by itself; made again by itself it would be the same, and come back for ever."""
    declare(gateway, closed_today())
    inquiry = await ask(gateway, question())
    declare(gateway, Rules())

    async def returned(replies: Sequence[NoticeReply]) -> Results[Recorded]:
        return Results(tuple(Result(fault=FaultForm.of(Malformed("nondisclosure-unlawful"))) for _ in replies))

    with monkeypatch.context() as place:
        place.setattr(operators, "outcome", returned)
        assert await gateway.opening.answer(gateway.tenants[B]) == 1
    assert await gateway.opening.answer(gateway.tenants[B]) == 0
    waiting = await gateway.desk.waiting(gateway.tenants[B])
    assert [(item.item_id.hex(), item.returned) for item in waiting.items] == [(inquiry.items[0].item_id, "nondisclosure-unlawful")]
    assert waiting.overdue + waiting.due_soon == 1  # its deadline is the opening
    assert await decide(gateway, inquiry, Decision("provide")) is Outcome.PROVIDED
    assert (await again(gateway, inquiry)).outcome is Outcome.PROVIDED


@pytest.mark.asyncio
async def test_only_what_is_answered_live_waits_and_an_unknown_person_is_said_at_once(gateway: Gateway) -> None:
    declare(gateway, closed_today("local_tax"))
    assert (await ask(gateway, question())).items[0].outcome is Outcome.PROVIDED
    assert (await ask(gateway, question(UNKNOWN_AT_B, ("地方税関係情報",), period="2024"))).items[0].outcome is Outcome.NO_SUCH_PERSON
    both = question(items=("住民票関係情報", "地方税関係情報"), period="2024")
    assert (await ask(gateway, both)).items[0].outcome is Outcome.CLOSED


@pytest.mark.asyncio
async def test_closed_tells_nothing_of_who_needs_a_human_and_the_hold_comes_with_the_opening(gateway: Gateway) -> None:
    declare(gateway, closed_today())
    plain, guarded = [await ask(gateway, question(person)) for person in (KNOWN, PROTECTED)]
    assert (plain.items[0].outcome, plain.items[0].deadline) == (guarded.items[0].outcome, guarded.items[0].deadline)
    with pytest.raises(Conflict, match="item-not-held"):
        await decide(gateway, guarded, Decision("provide"))
    declare(gateway, Rules())
    assert await gateway.opening.answer(gateway.tenants[B]) == 2
    assert [(await again(gateway, one)).outcome for one in (plain, guarded)] == [Outcome.PROVIDED, Outcome.HELD]
    assert await decide(gateway, guarded, Decision("provide")) is Outcome.PROVIDED


@pytest.mark.asyncio
async def test_the_mark_of_a_protected_person_is_on_the_first_outcome_also_when_closed(gateway: Gateway, operators: Operators) -> None:
    declare(gateway, closed_today())
    inquiry = await ask(gateway, question(PROTECTED))
    envelope, _ = operators.outcomes[ItemId(bytes.fromhex(inquiry.items[0].item_id))]
    outcome = check_outcome(envelope, {f"{one.id}/1": one.current().signing for one in operators.institutions.values()})
    assert outcome.kind is Outcome.CLOSED
    assert outcome.nondisclosure is not None


@pytest.mark.asyncio
async def test_a_party_suspended_while_closed_gets_no_answer(gateway: Gateway, operators: Operators) -> None:
    declare(gateway, closed_today())
    inquiry = await ask(gateway, question())
    operators.suspend(A)
    await gateway.registry.refresh()
    declare(gateway, Rules())
    assert await gateway.opening.answer(gateway.tenants[B]) == 0
    with pytest.raises(Denied):
        await decide(gateway, inquiry, Decision("provide"))


# ---- held


async def dispute(gateway: Gateway, person: str, item: str = "") -> None:
    await Marking().put(gateway.tenants[B], MarkRequest(kind="dispute", person=person, item=item), "desk/officer-2")


@pytest.mark.asyncio
async def test_every_reason_of_a_hold_is_the_desks_alone_and_all_holds_look_the_same(gateway: Gateway, operators: Operators) -> None:
    inquiries = [await ask(gateway, question(PROTECTED))]
    declare(gateway, Rules(held_items=("jumin",)))
    inquiries.append(await ask(gateway, question(KNOWN)))
    declare(gateway, Rules())
    await dispute(gateway, "9" + KNOWN, "jumin")
    inquiries.append(await ask(gateway, question(KNOWN)))
    spoil = "UPDATE held_copy SET document = ? WHERE addressee_number = ? AND item = 'local_tax' AND period = '2024'"
    await gateway.tenants[B].database.write(lambda connection: connection.execute(spoil, (b'{"v":"local_tax.v1"}', "9" + KNOWN)).rowcount)
    inquiries.append(await ask(gateway, question(KNOWN, ("地方税関係情報",), period="2024")))
    by_hand = "UPDATE person SET answering = 'review' WHERE addressee_number = ?"
    await gateway.tenants[B].database.write(lambda connection: connection.execute(by_hand, ("9" + UNREGISTERED,)).rowcount)
    inquiries.append(await ask(gateway, question(UNREGISTERED)))
    waiting = await gateway.desk.waiting(gateway.tenants[B])
    reasons = {one.item_id.hex(): one.reason for one in waiting.items}
    assert [reasons[one.items[0].item_id] for one in inquiries] == [Reason.PROTECTED, Reason.ITEM, Reason.DISPUTED, Reason.COPY, Reason.REVIEW]
    # What the inquirer is shown differs in ids, receipts and times alone; the reason stands nowhere in what it holds.
    seen = {(one.items[0].outcome, one.items[0].told, one.items[0].citation, bool(one.items[0].absent)) for one in inquiries}
    assert seen == {(Outcome.HELD, meaning("held"), "", False)}
    assert len({len(sealed) for _, sealed in operators.outcomes.values()}) == 1
    spans = {deadline(one) - asked_at(one) for one in inquiries}
    assert max(spans) - min(spans) < DAY_MS // 24


def deadline(inquiry: InquiryShown) -> int:
    assert inquiry.items[0].deadline is not None
    return at_ms(inquiry.items[0].deadline)


def asked_at(inquiry: InquiryShown) -> int:
    assert inquiry.items[0].receipt is not None
    return at_ms(inquiry.items[0].receipt.at)


def at_ms(text: str) -> int:
    from datetime import datetime

    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.asyncio
async def test_a_disputed_item_holds_only_what_asks_for_it(gateway: Gateway) -> None:
    await dispute(gateway, "9" + KNOWN, "local_tax")
    assert (await ask(gateway, question())).items[0].outcome is Outcome.PROVIDED
    assert (await ask(gateway, question(items=("地方税関係情報",), period="2024"))).items[0].outcome is Outcome.HELD


@pytest.mark.asyncio
async def test_a_reminder_comes_once_and_past_the_deadline_nothing_is_decided(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = await ask(gateway, question(PROTECTED))
    tenant, meter = gateway.tenants[B], gateway.desk.meter
    await gateway.desk.remind(tenant)

    def counted() -> list[float]:
        return [meter.total("enishi_held_reminders_total", "/v1/held", event) for event in ("held-due-soon", "held-overdue")]

    assert counted() == [0, 0]
    later(monkeypatch, 5.5)
    await gateway.desk.remind(tenant)
    await gateway.desk.remind(tenant)
    assert counted() == [1, 0]
    assert (await held_list(gateway))["items"][0]["urgency"] == "due_soon"
    await ask(gateway, question(PROTECTED))
    later(monkeypatch, 2)
    await gateway.desk.remind(tenant)
    assert counted() == [1, 1]
    said = [msgspec.json.decode(line) for line in capsys.readouterr().err.splitlines() if "held-" in line]
    assert [(line["event"], line["peer"], line["count"]) for line in said] == [("held-due-soon", B, 1), ("held-overdue", B, 1)]
    shown = await held_list(gateway)
    assert [item["urgency"] for item in shown["items"]] == ["overdue", "waiting"]
    assert (shown["items"][0]["item_id"], shown["due_soon"], shown["overdue"]) == (first.items[0].item_id, 0, 1)
    # Still open, still to be decided by a person.
    assert (await again(gateway, first)).outcome is Outcome.HELD
    assert await decide(gateway, first, Decision("provide")) is Outcome.PROVIDED
    assert (await held_list(gateway))["overdue"] == 0


async def held_list(gateway: Gateway) -> Any:
    app = gateway.face()
    assert app is not None
    answer = await call(app, "GET", "/v1/held", b"", f"{TOKEN}-{B}")
    assert answer.status == 200
    return answer.body


# ---- refused


CLOSED_LIST = {"425AC0000000027#19-1-8", "425AC0000000027#19-1-9", "425AC0000000027#26", "325AC0000000226#22"}


def test_the_list_of_provisions_is_closed() -> None:
    """Art. 22(1) leaves no discretion. Whoever lengthens the list changes this test, docs/answering.md, and says why in both."""
    assert refusals.ALLOWED == CLOSED_LIST
    page = Path("docs/answering.md").read_text(encoding="utf-8")
    assert all(f"`{citation}`" in page for citation in CLOSED_LIST)


@pytest.mark.parametrize(
    ("citation", "slug"),
    [
        ("", "citation-missing"),
        ("425AC0000000027#22-1", "citation-not-allowed"),
        ("because it is late", "citation-not-allowed"),
        ("425AC0000000027#19-1-8 ", "citation-not-allowed"),
    ],
)
def test_no_official_refuses_at_discretion(citation: str, slug: str) -> None:
    with pytest.raises(Malformed, match=slug):
        read_decision(msgspec.json.encode({"decision": "refuse", "citation": citation}))


@pytest.mark.asyncio
async def test_a_provision_that_speaks_of_another_case_is_no_ground(gateway: Gateway) -> None:
    inquiry = await ask(gateway, question(PROTECTED))
    for citation in ("325AC0000000226#22", "425AC0000000027#26", "425AC0000000027#19-1-9"):
        with pytest.raises(Malformed, match="citation-not-for-this"):
            await decide(gateway, inquiry, Decision("refuse", citation))
    with pytest.raises(Malformed, match="citation-not-allowed"):
        await decide(gateway, inquiry, Decision("refuse", "425AC0000000027#22-1"))
    assert await decide(gateway, inquiry, Decision("refuse", "425AC0000000027#19-1-8")) is Outcome.REFUSED_WITH_CITATION
    after = await again(gateway, inquiry)
    assert (after.citation, after.told) == ("425AC0000000027#19-1-8", meaning("refused_with_citation"))


# ---- absent


async def load_full(gateway: Gateway, item: str, period: str = "") -> None:
    """A full edition of the item without any row, as an adapter would leave it."""

    def put(connection: Any) -> None:
        connection.execute(
            "INSERT INTO edition (adapter, source, item, period, mode, state, begun_ms, turn, answering_since_ms)"
            " VALUES ('t', x'00', ?, ?, 'full', 'answering', 0, (SELECT COALESCE(MAX(turn), 0) + 1 FROM edition), 1)",
            (item, period),
        )

    await gateway.tenants[B].database.write(put)


@pytest.mark.asyncio
async def test_no_such_person_not_registered_and_no_such_data_are_kept_apart(gateway: Gateway) -> None:
    nobody = (await ask(gateway, question(UNKNOWN_AT_B))).items[0]
    unregistered = (await ask(gateway, question(UNREGISTERED))).items[0]
    await load_full(gateway, "jumin")
    nothing = (await ask(gateway, question(UNREGISTERED))).items[0]
    assert [item.outcome for item in (nobody, unregistered, nothing)] == [
        Outcome.NO_SUCH_PERSON,
        Outcome.NOT_REGISTERED,
        Outcome.NOT_REGISTERED,
    ]
    assert [item.absent.get("jumin") and item.absent["jumin"].why for item in (nobody, unregistered, nothing)] == [
        None,
        Absence.NOT_REGISTERED,
        Absence.NO_SUCH_DATA,
    ]
    texts = [item.told for item in (nobody, unregistered, nothing)]
    assert texts == [meaning("no_such_person"), meaning("not_registered"), meaning("no_such_data")]
    assert len(set(texts)) == 3


@pytest.mark.asyncio
async def test_what_is_missing_is_said_beside_what_is_provided(gateway: Gateway) -> None:
    item = (await ask(gateway, question(items=("住民票関係情報", "障害者関係情報")))).items[0]
    assert item.outcome is Outcome.PROVIDED
    assert {name: one.why for name, one in item.absent.items()} == {"disability": Absence.NOT_REGISTERED}
    assert item.documents["jumin"]
    assert not item.documents.get("disability")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "absent",
    [
        {"koseki": Absence.NO_SUCH_DATA},
        {"jumin": Absence.NO_SUCH_DATA},
    ],
    ids=["what was not asked for", "what is there"],
)
async def test_a_false_absence_is_not_believed(gateway: Gateway, monkeypatch: pytest.MonkeyPatch, absent: dict[str, Absence]) -> None:
    monkeypatch.setattr("enishi.roles.gateway.answers.Answer", lambda **said: Answer(**(said | {"absent": absent})))
    with pytest.raises(Exception, match="answer-not-asked"):
        await ask(gateway, question())


def test_every_kind_has_its_text() -> None:
    assert ANSWERS.keys() == {kind.value for kind in (*Outcome, *Absence)}
    assert len({words["ja"] for words in ANSWERS.values()}) == len({words["en"] for words in ANSWERS.values()}) == len(ANSWERS)
    assert documents()["jumin"]
