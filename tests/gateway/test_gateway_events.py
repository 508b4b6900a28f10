"""Notices of change through one platform: who gets one, what stands in it, when it ends, and that it arrives once wherever the platform died."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from enishi import clock
from enishi.errors import Conflict, Denied, Tampered, Unknown
from enishi.linkage.group import random_scalar
from enishi.protocol.event import Event, EventNote, claimed_note, sign_note
from enishi.protocol.receipt import Receipt, SignedReceipt, check_receipt, sign_receipts
from enishi.roles.gateway.answering.marking import Marking, MarkRequest
from enishi.roles.gateway.assemble import Gateway
from enishi.roles.gateway.events.eventing import SubscriptionRequest
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId, ItemId, Outcome
from gateway.asgi_gateway import Answer, call
from gateway.test_gateway_answering import ask, later
from gateway.world_events import Post
from gateway.world_gateway import CALLER, EXCHANGE, KNOWN, PROTECTED, TOKEN, UNKNOWN_AT_B, A, B, documents, lay_platform, question, running

YEAR = 365


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its first round the background waits: each test takes the steps itself."""
    for name in ("events.eventing", "answering.opening", "desk"):
        monkeypatch.setattr(f"enishi.roles.gateway.{name}.PAUSE_S", 3600.0)


@pytest.fixture
def post(tmp_path: Path) -> Post:
    operators = Post()
    lay_platform(tmp_path, operators, documents())
    return operators


@pytest_asyncio.fixture
async def platform(tmp_path: Path, post: Post) -> AsyncIterator[Gateway]:
    async with running(tmp_path, post) as gateway:
        yield gateway


def day(days: int) -> date:
    return clock.moment(clock.now_ms()).date() + timedelta(days=days)


async def answered_item(gateway: Gateway, person: str = KNOWN) -> str:
    return (await ask(gateway, question(person))).items[0].item_id


async def subscribe(gateway: Gateway, item_id: str, days: int = YEAR) -> str:
    return (await gateway.events.subscribe(gateway.tenants[A], CALLER, SubscriptionRequest(item_id, day(days)))).state


async def state(gateway: Gateway, item_id: str) -> str:
    listed = await gateway.events.listed(gateway.tenants[A], CALLER)
    return next(one.state for one in listed if one.item_id.hex() == item_id)


async def moves(gateway: Gateway, person: str = KNOWN, address: str = "別の町一丁目一番一号") -> None:
    """A correction of the person's resident record comes from the source."""
    document = msgspec.json.decode(documents()["jumin"][""])
    document["address"] = address

    def put(connection: Any) -> None:
        made = connection.execute(
            "INSERT INTO edition (adapter, source, item, period, mode, state, begun_ms, turn, answering_since_ms)"
            " VALUES ('t', x'00', 'jumin', '', 'corrections', 'answering', 0, (SELECT COALESCE(MAX(turn), 0) + 1 FROM edition), ?)",
            (clock.now_ms(),),
        )
        row = "INSERT INTO loaded_copy (edition, addressee_number, period, document, as_of_ms) VALUES (?, ?, '', ?, 0)"
        connection.execute(row, (made.lastrowid, "9" + person, msgspec.json.encode(document)))

    await gateway.tenants[B].database.write(put)


async def tell(gateway: Gateway) -> int:
    await gateway.events.sweep(gateway.tenants[B])
    return await gateway.events.push(gateway.tenants[B])


@pytest.mark.asyncio
async def test_a_move_is_told_without_content_and_an_ordinary_inquiry_follows(platform: Gateway, post: Post) -> None:
    item_id = await answered_item(platform)
    assert await subscribe(platform, item_id) == "on"
    await tell(platform)
    assert post.notes() == [("subscribe", bytes.fromhex(item_id))]
    await moves(platform)
    await tell(platform)
    assert post.notes()[1:] == [("changed", bytes.fromhex(item_id))]
    assert await state(platform, item_id) == "changed"
    note = claimed_note(msgspec.msgpack.decode(post.events[-1], type=Event).note)
    assert msgspec.structs.asdict(note).keys() == {"v", "kind", "item_id", "by", "epoch", "ends_ms", "at_ms"}
    for word in ("別の町", "jumin", KNOWN, "9" + KNOWN):
        assert word.encode() not in post.events[-1]
    inquiry = await ask(platform, question())
    assert inquiry.items[0].outcome is Outcome.PROVIDED
    assert "別の町一丁目一番一号".encode() in bytes(inquiry.items[0].documents["jumin"][0])
    # The notice used its subscription up; the new item carries the next.
    await moves(platform, address="さらに別の町二丁目")
    assert await tell(platform) == 0
    assert await subscribe(platform, inquiry.items[0].item_id) == "on"
    await tell(platform)
    assert await state(platform, inquiry.items[0].item_id) == "changed"


@pytest.mark.asyncio
async def test_an_event_is_as_large_whatever_changed(platform: Gateway, post: Post) -> None:
    sizes = set()
    for address in ("ア", "長い町名" * 40):
        item_id = await answered_item(platform)
        await subscribe(platform, item_id)
        await moves(platform, address=address)
        await tell(platform)
        sizes.add(len(msgspec.msgpack.decode(post.events[-1], type=Event).note.payload))
    assert len(sizes) == 1


@pytest.mark.asyncio
async def test_the_same_content_again_is_no_change(platform: Gateway, post: Post) -> None:
    item_id = await answered_item(platform)
    await subscribe(platform, item_id)
    await moves(platform, address=msgspec.json.decode(documents()["jumin"][""])["address"])
    assert await tell(platform) == 0
    assert await state(platform, item_id) == "on"


@pytest.mark.asyncio
async def test_a_change_between_answer_and_subscription_is_told(platform: Gateway) -> None:
    item_id = await answered_item(platform)
    await moves(platform)
    await subscribe(platform, item_id)
    await tell(platform)
    assert await state(platform, item_id) == "changed"


@pytest.mark.asyncio
async def test_who_never_subscribed_gets_none(platform: Gateway, post: Post) -> None:
    await answered_item(platform)
    await moves(platform)
    assert await tell(platform) == 0
    assert post.events == []


@pytest.mark.asyncio
async def test_who_never_asked_can_neither_subscribe_nor_be_told(platform: Gateway, post: Post) -> None:
    with pytest.raises(Unknown, match="item-id-unknown"):
        await subscribe(platform, "0f" * 32)
    item_id = await answered_item(platform)
    await subscribe(platform, item_id)
    other = msgspec.structs.replace(CALLER, system="another-system")
    with pytest.raises(Unknown, match="item-id-unknown"):
        await platform.events.subscribe(platform.tenants[A], other, SubscriptionRequest(item_id, day(YEAR)))
    assert await platform.events.listed(platform.tenants[A], other) == []
    # The provider forgets nothing of that, but has never answered the item: there is nothing to watch.
    event = msgspec.msgpack.decode(post.events[0], type=Event)
    await platform.tenants[B].database.write(lambda connection: connection.execute("DELETE FROM answered").rowcount)
    with pytest.raises(Unknown, match="item-id-unknown"):
        await platform.events.take(event, EXCHANGE)
    await platform.tenants[A].database.write(lambda connection: connection.execute("DELETE FROM subscription").rowcount)
    with pytest.raises(Unknown, match="subscription-unknown"):
        await platform.events.take(recorded(post, changed_note(platform, event)), EXCHANGE)


@pytest.mark.asyncio
async def test_a_change_is_not_taken_without_the_keepers_receipt_of_it(platform: Gateway, post: Post) -> None:
    """Success is an inquirer that learns of a change that does not stand in the person's record."""
    item_id = await answered_item(platform)
    await subscribe(platform, item_id)
    event = changed_note(platform, msgspec.msgpack.decode(post.events[0], type=Event))
    with pytest.raises(Denied, match="event-unrecorded"):
        await platform.events.take(event, EXCHANGE)
    for wrong in ({"item_id": ItemId(bytes(32))}, {"provider": InstitutionId(A)}, {"inquirer": InstitutionId(B)}, {"verdict": "refusal"}):
        with pytest.raises(Tampered, match="receipt-other-item"):
            await platform.events.take(msgspec.structs.replace(event, told=post.told(event, **wrong)), EXCHANGE)
    assert await state(platform, item_id) == "on"
    await platform.events.take(recorded(post, event), EXCHANGE)
    assert await state(platform, item_id) == "changed"
    query = "SELECT told FROM subscription"
    ((told,),) = await platform.tenants[A].database.read(lambda connection: connection.execute(query).fetchall())
    assert check_receipt(msgspec.msgpack.decode(told, type=SignedReceipt), post.keeper.signing.public).verdict == "change"


def recorded(post: Post, event: Event) -> Event:
    return msgspec.structs.replace(event, told=post.told(event))


def changed_note(gateway: Gateway, event: Event, **said: Any) -> Event:
    note = claimed_note(event.note)
    facts = {"v": 1, "kind": "changed", "item_id": note.item_id, "by": InstitutionId(B), "epoch": 1, "ends_ms": 0, "at_ms": clock.now_ms()}
    made = EventNote(**(facts | said))
    return msgspec.structs.replace(event, note=sign_note(made, gateway.tenants[made.by].key(1).signing))


@pytest.mark.asyncio
async def test_an_item_that_still_waits_cannot_be_subscribed_to(platform: Gateway) -> None:
    with pytest.raises(Conflict, match="subscription-too-early"):
        await subscribe(platform, await answered_item(platform, PROTECTED))


@pytest.mark.asyncio
async def test_of_a_person_unknown_there_nothing_is_ever_told_and_the_subscription_looks_the_same(platform: Gateway) -> None:
    assert await subscribe(platform, await answered_item(platform, UNKNOWN_AT_B)) == "on"
    await moves(platform)
    assert await tell(platform) == 0


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", ["nondisclosure", "dispute"])
async def test_of_a_person_under_a_mark_nothing_is_told_until_it_is_lifted(platform: Gateway, kind: Any) -> None:
    item_id, provider = await answered_item(platform), platform.tenants[B]
    await subscribe(platform, item_id)
    lawful = {"ground": "415AC0000000057#78-1-1", "until": day(30)} if kind == "nondisclosure" else {}
    mark = await Marking().put(provider, MarkRequest(kind=kind, person="9" + KNOWN, **lawful), "desk/officer-2")
    await moves(platform)
    assert await tell(platform) == 0
    await Marking().lift(provider, mark.id, "desk/officer-2")
    await tell(platform)
    assert await state(platform, item_id) == "changed"


@pytest.mark.asyncio
async def test_the_law_of_the_day_decides_on_both_ways(platform: Gateway, post: Post, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = await answered_item(platform), await answered_item(platform)
    await subscribe(platform, first)
    post.refuse = lambda statement, place: True
    with pytest.raises(Denied, match="event-not-lawful"):
        await subscribe(platform, second)
    assert await state(platform, second) == "refused"
    await moves(platform)
    await tell(platform)
    assert await state(platform, first) == "on"
    rows = await platform.tenants[B].database.read(lambda connection: connection.execute("SELECT state, message FROM watched").fetchall())
    assert rows == [("refused", b"")]
    assert "change-not-told" in capsys.readouterr().err


@pytest.mark.asyncio
async def test_the_inquirer_ends_it(platform: Gateway, post: Post) -> None:
    item_id = await answered_item(platform)
    await subscribe(platform, item_id)
    ended = await platform.events.end(platform.tenants[A], CALLER, ItemId(bytes.fromhex(item_id)))
    assert ended.state == "ended"
    await moves(platform)
    assert await tell(platform) == 0
    # The first note, kept by somebody and sent again, wakes nothing.
    await platform.events.take(msgspec.msgpack.decode(post.events[0], type=Event), EXCHANGE)
    assert await tell(platform) == 0
    assert await subscribe(platform, item_id) == "ended"


@pytest.mark.asyncio
async def test_it_ends_with_its_date(platform: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    item_id = await answered_item(platform)
    await subscribe(platform, item_id, 30)
    later(monkeypatch, 31)
    await platform.events.push(platform.tenants[B])
    await moves(platform)
    assert await tell(platform) == 0


@pytest.mark.asyncio
@pytest.mark.parametrize("days", [0, -1, 368])
async def test_an_end_in_the_past_or_beyond_a_year_is_none(platform: Gateway, days: int) -> None:
    item_id = await answered_item(platform)
    with pytest.raises(Exception, match="event-until-wrong"):
        await subscribe(platform, item_id, days)


def another_key(gateway: Gateway, event: Event) -> Event:
    return msgspec.structs.replace(event, note=sign_note(claimed_note(event.note), SigningKey.generate()))


def own_receipt(gateway: Gateway, event: Event) -> Event:
    receipt = msgspec.json.decode(event.receipt.receipt, type=Receipt)
    return msgspec.structs.replace(event, receipt=sign_receipts([receipt], SigningKey.generate(), 0)[0])


def other_item(gateway: Gateway, event: Event) -> Event:
    return changed_note(gateway, event, kind="subscribe", by=InstitutionId(A), item_id=ItemId(random_scalar()), ends_ms=clock.now_ms() + 10**9)


def other_relation(gateway: Gateway, event: Event) -> Event:
    return msgspec.structs.replace(event, row=msgspec.structs.replace(event.row, relation="survivor"))


def provider_subscribes(gateway: Gateway, event: Event) -> Event:
    return changed_note(gateway, event, kind="subscribe", ends_ms=clock.now_ms() + 10**9)


def inquirer_tells(gateway: Gateway, event: Event) -> Event:
    return changed_note(gateway, event, by=InstitutionId(A))


def ahead(gateway: Gateway, event: Event) -> Event:
    return changed_note(gateway, event, at_ms=clock.now_ms() + 10**7)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("change", "slug"),
    [
        (another_key, "signature-invalid"),
        (own_receipt, "signature-invalid"),
        (other_item, "receipt-other-item"),
        (other_relation, "inclusion-broken"),
        (provider_subscribes, "event-not-yours"),
        (inquirer_tells, "event-not-yours"),
        (ahead, "outside-time-window"),
    ],
)
async def test_a_false_note_is_not_taken(platform: Gateway, post: Post, change: Any, slug: str) -> None:
    item_id = await answered_item(platform)
    await subscribe(platform, item_id)
    event = msgspec.msgpack.decode(post.events[0], type=Event)
    with pytest.raises((Tampered, Denied, Exception), match=slug):
        await platform.events.take(change(platform, event), EXCHANGE)
    assert await state(platform, item_id) == "on"


@pytest.mark.asyncio
async def test_an_exchange_that_is_away_loses_no_note(platform: Gateway, post: Post) -> None:
    item_id = await answered_item(platform)
    post.down = True
    assert await subscribe(platform, item_id) == "asking"
    post.down = False
    await platform.events.send_waiting(platform.tenants[A])
    assert await state(platform, item_id) == "on"
    await moves(platform)
    post.down = True
    assert await tell(platform) == 0
    post.down = False
    await platform.events.push(platform.tenants[B])
    assert await state(platform, item_id) == "changed"
    assert len(set(post.events)) == len(post.events) == 2


# ---- the API


async def api(gateway: Gateway, method: str, path: str, said: object = None, tenant: str = A) -> Answer:
    app = gateway.face()
    assert app is not None
    return await call(app, method, path, msgspec.json.encode(said) if said is not None else b"", f"{TOKEN}-{tenant}")


@pytest.mark.asyncio
async def test_the_api(platform: Gateway, post: Post) -> None:
    item_id = await answered_item(platform)
    made = await api(platform, "POST", "/v1/subscriptions", {"item_id": item_id, "until": day(30).isoformat()})
    assert (made.status, made.body["state"], made.body["changed_at"]) == (200, "on", None)
    await moves(platform)
    await tell(platform)
    (shown,) = (await api(platform, "GET", "/v1/subscriptions")).body["subscriptions"]
    assert (shown["item_id"], shown["state"]) == (item_id, "changed")
    assert shown["changed_at"].endswith("+09:00")
    assert (await api(platform, "GET", "/v1/subscriptions", tenant=B)).body == {"subscriptions": []}
    assert (await api(platform, "POST", f"/v1/subscriptions/{item_id}/end")).body["state"] == "changed"
    assert (await api(platform, "POST", f"/v1/subscriptions/{'0f' * 32}/end")).status == 404
    assert (await api(platform, "POST", "/v1/subscriptions", {"item_id": "short", "until": "2026-01-01"})).status == 400
    app = platform.face()
    assert app is not None
    assert (await call(app, "GET", "/v1/subscriptions")).status == 401
