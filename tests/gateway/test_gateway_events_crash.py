"""Notices of change wherever the platform died: a subscription is made once, a notice arrives once, an end holds or is made again."""

from pathlib import Path

import pytest

from enishi.terms import ItemId
from faults.dying import dying_at
from gateway.test_gateway_answering import later
from gateway.test_gateway_events import answered_item, moves, state, subscribe, tell
from gateway.world_events import Post
from gateway.world_gateway import CALLER, A, B, documents, lay_platform, running


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


SUBSCRIBING = ["gateway.subscribe.before_store", "gateway.subscribe.after_store", "gateway.event.before_watch", "gateway.subscribe.before_taken"]


@pytest.mark.asyncio
@pytest.mark.parametrize("name", SUBSCRIBING)
async def test_a_subscription_is_made_once_wherever_the_platform_died(tmp_path: Path, post: Post, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    async with running(tmp_path, post) as gateway:
        item_id = await answered_item(gateway)
        with dying_at(monkeypatch, name):
            await subscribe(gateway, item_id)
    async with running(tmp_path, post) as gateway:
        if name == "gateway.subscribe.before_store":
            assert await gateway.events.listed(gateway.tenants[A], CALLER) == []
            return
        await gateway.events.send_waiting(gateway.tenants[A])
        assert await state(gateway, item_id) == "on"
        assert len(set(post.events)) == 1
        await moves(gateway)
        await tell(gateway)
        assert await state(gateway, item_id) == "changed"


TELLING = ["gateway.event.before_tell", "gateway.event.after_tell", "gateway.event.before_changed", "gateway.event.before_settle"]


@pytest.mark.asyncio
@pytest.mark.parametrize("name", TELLING)
async def test_a_notice_arrives_once_wherever_the_platform_died(tmp_path: Path, post: Post, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    async with running(tmp_path, post) as gateway:
        item_id = await answered_item(gateway)
        await subscribe(gateway, item_id)
        with dying_at(monkeypatch, name):
            await moves(gateway)
            await tell(gateway)
    async with running(tmp_path, post) as gateway:
        await tell(gateway)
        (one,) = await gateway.events.listed(gateway.tenants[A], CALLER)
        assert (one.state, one.changed_ms > 0) == ("changed", True)
        assert await tell(gateway) == 0
        (again,) = await gateway.events.listed(gateway.tenants[A], CALLER)
    assert again == one
    assert len({message for message in post.events if message != post.events[0]}) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["gateway.subscribe.before_end", "gateway.event.before_close", "gateway.subscribe.before_refuse"])
async def test_an_end_holds_or_is_made_again(tmp_path: Path, post: Post, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    async with running(tmp_path, post) as gateway:
        item_id = await answered_item(gateway)
        if name == "gateway.subscribe.before_refuse":
            post.refuse = lambda statement, place: True
            with dying_at(monkeypatch, name):
                await subscribe(gateway, item_id)
        else:
            await subscribe(gateway, item_id, 30)
            if name == "gateway.event.before_close":
                later(monkeypatch, 31)
            with dying_at(monkeypatch, name):
                if name == "gateway.event.before_close":
                    await gateway.events.push(gateway.tenants[B])
                await gateway.events.end(gateway.tenants[A], CALLER, ItemId(bytes.fromhex(item_id)))
    async with running(tmp_path, post) as gateway:
        await gateway.events.send_waiting(gateway.tenants[A])
        await gateway.events.push(gateway.tenants[B])
        if name == "gateway.subscribe.before_end":
            assert await state(gateway, item_id) == "on"
            await gateway.events.end(gateway.tenants[A], CALLER, ItemId(bytes.fromhex(item_id)))
        await moves(gateway)
        assert await tell(gateway) == 0
