"""Live sources: what an institution's own system says while an inquiry is answered, and that nothing stands in for what it did not say."""

import asyncio
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from enishi import clock
from enishi.errors import Malformed, Misconfigured
from enishi.mesh import pki
from enishi.protocol.wire import Batch
from enishi.roles.gateway import shown
from enishi.roles.gateway.answering.hours import DAYS, Opening
from enishi.roles.gateway.answering.marking import Marking, MarkRequest
from enishi.roles.gateway.answering.opening import OpeningTime
from enishi.roles.gateway.answering.rules import HELD_MS, Rules
from enishi.roles.gateway.ask import Ask
from enishi.roles.gateway.assemble import Gateway
from enishi.roles.gateway.copies import Copy
from enishi.roles.gateway.desk import Decision, Desk
from enishi.roles.gateway.live import asking
from enishi.roles.gateway.live.asking import ask_live
from enishi.roles.gateway.live.declared import sources_of
from enishi.roles.gateway.live.heard import Wish, read_answer
from enishi.roles.gateway.load.adapter import read_adapter
from enishi.roles.gateway.load.loading import Place, load
from enishi.roles.gateway.shown import InquiryShown, ItemShown
from enishi.terms import Absence, ItemId, Outcome, Txid
from gateway.asgi_gateway import call
from gateway.live_gateway import JUMIN, PERSON, declare, row, system
from gateway.world_gateway import CALLER, EXCHANGE, KNOWN, PROTECTED, TOKEN, A, B, Operators, notice_of, question, running

DAY_MS = 86_400_000
MOVED = "北海道札幌市の新しい住所"


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The background takes no step: each test takes them itself, and counts the calls that they cause."""

    async def idle(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asking, "BUDGET_S", 60.0)
    for errand in (Ask, OpeningTime, Desk):
        monkeypatch.setattr(errand, "run", idle)


async def ask(gateway: Gateway, person: str = KNOWN) -> InquiryShown:
    txid = await gateway.ask.ask(gateway.tenants[A], CALLER, question(person))
    return await gateway.tenants[A].database.read(lambda connection: shown.show(connection, txid, CALLER))


async def again(gateway: Gateway, inquiry: InquiryShown) -> ItemShown:
    txid = Txid(bytes.fromhex(inquiry.txid))
    await gateway.ask.again(gateway.tenants[A], txid)
    return (await gateway.tenants[A].database.read(lambda connection: shown.show(connection, txid, CALLER))).items[0]


async def reasons(gateway: Gateway) -> list[str]:
    return [item.reason for item in (await gateway.desk.waiting(gateway.tenants[B])).items]


def later(monkeypatch: pytest.MonkeyPatch, ms: int) -> None:
    now = clock.now_ms()
    monkeypatch.setattr(clock, "now_ms", lambda: now + ms)


def address(item: ItemShown) -> str:
    return str(msgspec.json.decode(item.documents["jumin"][0])["address"])


@pytest.mark.asyncio
async def test_the_system_answers_in_the_place_of_a_held_copy_and_says_as_of_when(tmp_path: Path, operators: Operators) -> None:
    with system() as own:
        own.body = msgspec.json.encode(row(address=msgspec.json.encode(MOVED).decode()))
        declare(tmp_path, own.url)
        async with running(tmp_path, operators) as gateway:
            (item,) = (await ask(gateway)).items
    assert (item.outcome, address(item), own.asked) == (Outcome.PROVIDED, MOVED, [f"/people/{PERSON}"])
    assert item.as_of == {"jumin": "2025-03-31T22:15:00.000+09:00"}


FAILURES: dict[str, dict[str, Any]] = {
    "not found": {"status": 404},
    "broken": {"status": 500},
    "elsewhere": {"status": 302},
    "cut off": {"missing": 5},
    "empty": {"body": b""},
    "no json": {"body": b"<html>"},
    "a list": {"body": b"[]"},
    "too large": {"body": b'{"a":"' + b"x" * 300_000 + b'"}'},
    "another person": {"body": msgspec.json.encode(row(person="9000000009"))},
    "a missing column": {"body": msgspec.json.encode({name: value for name, value in row().items() if name != "address"})},
    "against the schema": {"body": msgspec.json.encode(row(household_size="-1"))},
    "held tomorrow": {"body": msgspec.json.encode(row(at="2099-01-01T00:00:00+09:00"))},
    "slow": {"wait_s": 3.0},
}


@pytest.mark.asyncio
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
async def test_a_source_that_is_slow_or_wrong_holds_the_inquiry_and_nothing_is_given(
    tmp_path: Path, operators: Operators, failure: dict[str, Any]
) -> None:
    with system() as own:
        for name, value in failure.items():
            setattr(own, name, value)
        declare(tmp_path, own.url, **({"timeout_s": 0.3} if own.wait_s else {}))
        before_ms = clock.now_ms()
        async with running(tmp_path, operators) as gateway:
            inquiry = await ask(gateway)
            (item,) = inquiry.items
            assert (inquiry.state, item.outcome, item.documents, item.as_of) == ("waiting", Outcome.HELD, {}, {})
            assert await reasons(gateway) == ["source"]
            (held,) = (await gateway.desk.waiting(gateway.tenants[B])).items
            # The same days as for every other hold: the deadline tells nobody that a system was down.
            assert before_ms + HELD_MS <= held.deadline_ms <= clock.now_ms() + HELD_MS
    assert own.asked == [f"/people/{PERSON}"]


@pytest.mark.asyncio
async def test_the_answer_follows_by_itself_once_the_system_is_back_and_it_is_not_called_all_the_time(
    tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch
) -> None:
    with system() as own:
        own.status = 503
        declare(tmp_path, own.url)
        async with running(tmp_path, operators) as gateway:
            inquiry = await ask(gateway)
            assert await gateway.opening.answer(gateway.tenants[B]) == 0
            called = len(own.asked)
            assert await gateway.opening.answer(gateway.tenants[B]) == 0
            assert len(own.asked) == called
            own.status = 200
            later(monkeypatch, 31_000)
            assert await gateway.opening.answer(gateway.tenants[B]) == 1
            after = await again(gateway, inquiry)
            assert (after.outcome, address(after)) == (Outcome.PROVIDED, JUMIN["address"])
            later(monkeypatch, 62_000)
            assert await gateway.opening.answer(gateway.tenants[B]) == 0


@pytest.mark.asyncio
async def test_an_official_provides_what_the_system_says_and_nothing_while_it_is_silent(tmp_path: Path, operators: Operators) -> None:
    with system() as own:
        own.status = 500
        declare(tmp_path, own.url)
        async with running(tmp_path, operators) as gateway:
            inquiry = await ask(gateway)
            item_id, app = inquiry.items[0].item_id, gateway.face()
            assert app is not None
            answer = await call(app, "POST", f"/v1/held/{item_id}", b'{"decision":"provide"}', f"{TOKEN}-{B}")
            assert (answer.status, answer.body["type"]) == (503, "urn:enishi:problem:source-silent")
            assert await reasons(gateway) == ["source"]
            own.status = 200
            decided = await gateway.desk.decide(gateway.tenants[B], ItemId(bytes.fromhex(item_id)), Decision("provide"), "desk/officer-2")
            assert decided is Outcome.PROVIDED
            assert address(await again(gateway, inquiry)) == JUMIN["address"]


@pytest.mark.asyncio
async def test_the_system_may_say_that_there_is_no_such_data(tmp_path: Path, operators: Operators) -> None:
    with system() as own:
        own.body = b"null"
        declare(tmp_path, own.url)
        async with running(tmp_path, operators) as gateway:
            (item,) = (await ask(gateway)).items
    assert (item.outcome, item.absent["jumin"].why) == (Outcome.NOT_REGISTERED, Absence.NO_SUCH_DATA)


@pytest.mark.asyncio
async def test_nobody_is_asked_about_who_is_protected_or_while_it_is_closed_or_a_second_time(
    tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch
) -> None:
    with system() as own:
        declare(tmp_path, own.url)
        async with running(tmp_path, operators) as gateway:
            assert (await ask(gateway, PROTECTED)).items[0].outcome is Outcome.HELD
            open_ = gateway.tenants[B]
            today = clock.moment(clock.now_ms()).date()
            closed = Rules(opening=Opening(items=("jumin",), weekdays=dict.fromkeys(DAYS, ("00:00", "24:00")), closed_on=(today,)))
            gateway.tenants[B] = replace(open_, rules=closed)
            waiting = await ask(gateway)
            assert (waiting.items[0].outcome, own.asked) == (Outcome.CLOSED, [])
            gateway.tenants[B] = open_
            assert await gateway.opening.answer(open_) == 1
            assert len(own.asked) == 1
            inquiry, receipts, pairs = operators.log[Txid(bytes.fromhex(waiting.txid))]
            assert pairs[0] is not None
            repeated = await gateway.provide.notice(Batch((notice_of(inquiry, 0, receipts[0], pairs[0]),)), EXCHANGE)
            assert (repeated.results[0].value is not None, len(own.asked)) == (True, 1)


@pytest.mark.asyncio
async def test_a_mark_that_was_set_while_the_system_was_silent_comes_first(
    tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch
) -> None:
    with system() as own:
        own.status = 500
        declare(tmp_path, own.url)
        async with running(tmp_path, operators) as gateway:
            await ask(gateway)
            own.status, day = 200, clock.moment(clock.now_ms() + 30 * DAY_MS).date()
            mark = MarkRequest(kind="nondisclosure", person=PERSON, ground="415AC0000000057#78-1-1", until=day)
            await Marking().put(gateway.tenants[B], mark, "desk/officer-2")
            later(monkeypatch, 31_000)
            assert await gateway.opening.answer(gateway.tenants[B]) == 0
            assert (await reasons(gateway), len(own.asked)) == (["protected"], 1)


def _pair(folder: Path) -> ssl.SSLContext:
    """A server's context that demands certificates of the authority in `folder/ca`; a caller's own beside it."""
    at_ms = clock.now_ms()
    pki.create_authority(folder / "ca", at_ms)
    for name in ("server", "caller"):
        pki.issue(folder / "ca", folder / name, "gateway", name, (), at_ms, hosts=("localhost",))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server" / "cert.pem", folder / "server" / "key.pem")
    context.load_verify_locations(folder / "server" / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    return context


@pytest.mark.asyncio
async def test_a_system_behind_mutual_tls_hears_the_bearer_and_another_authority_is_not_believed(tmp_path: Path, operators: Operators) -> None:
    with system(_pair(tmp_path / "tls")) as own:
        mine = tmp_path / "tls" / "caller"
        files = {"ca_file": str(mine / "ca.pem"), "cert_file": str(mine / "cert.pem"), "key_file": str(mine / "key.pem")}
        place = declare(tmp_path, own.url, **files, bearer_file="token")
        (place / "token").write_text("s3cret\n", encoding="ascii")
        wish = Wish(PERSON, "jumin", "")
        async with running(tmp_path, operators) as gateway:
            tenant = gateway.tenants[B]
            assert await ask_live(tenant, (wish,)) == {}
            (place / "token").chmod(0o600)
            assert isinstance((await ask_live(tenant, (wish,)))[wish], Copy)
            assert own.headers[-1]["Authorization"] == "Bearer s3cret"
            calls = len(own.asked)
            for changes in ({"ca_file": None}, {"cert_file": None, "key_file": None}):
                declare(tmp_path, own.url, **(files | changes))
                assert await ask_live(replace(tenant, live=sources_of(tenant.folder)), (wish,)) == {}
            assert len(own.asked) == calls


@pytest.mark.asyncio
async def test_what_did_not_answer_within_the_time_of_a_message_is_not_waited_for(
    tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "BUDGET_S", 0.5)
    with system() as own:
        declare(tmp_path, own.url)
        async with running(tmp_path, operators) as gateway:
            own.wait_s = 4.0
            wishes = [Wish(str(number), "jumin", "") for number in range(40)]
            assert await ask_live(gateway.tenants[B], wishes) == {}
    assert len(own.asked) <= asking.AT_ONCE


@pytest.mark.asyncio
async def test_a_number_with_signs_in_it_is_no_other_path(tmp_path: Path, operators: Operators) -> None:
    with system() as own:
        declare(tmp_path, own.url)
        async with running(tmp_path, operators) as gateway:
            await ask_live(gateway.tenants[B], [Wish("../a/b?c#d %", "jumin", "")])
    assert own.asked == ["/people/..%2Fa%2Fb%3Fc%23d%20%25"]


def test_an_answer_about_another_year_is_none() -> None:
    fields = {"fiscal_year": {"column": "y"}, "monthly_amount": {"column": "m", "read": "integer"}, "children": {"column": "c", "read": "integer"}}
    live = {"kind": "live", "url": "https://own.example/{person}/{period}"}
    form = {"v": 1, "name": "x", "item": "child_allowance.v1", "source": live, "mode": "live", "bad_rows": "refuse", "person": "p"}
    adapter = read_adapter(msgspec.json.encode(form | {"period": {"column": "y"}, "fields": fields}))
    body = msgspec.json.encode({"p": "1", "y": "2024", "m": 5, "c": 1})
    found = read_answer(adapter, Wish("1", "child_allowance", "2024"), body, 1_700_000_000_000)
    assert isinstance(found, Copy)
    # Without a time of its own it is as of when it was asked.
    assert found.as_of_ms == 1_700_000_000_000
    assert read_answer(adapter, Wish("1", "child_allowance", "2023"), body, 1_700_000_000_000) is None


WRONG: list[dict[str, Any]] = [
    {"source": {"kind": "live", "url": "http://own.example/{person}"}},
    {"source": {"kind": "live", "url": "http://localhost.own.example/{person}"}},
    {"source": {"kind": "live", "url": "https://own.example/all"}},
    {"source": {"kind": "live", "url": "https://{person}.example/x"}},
    {"source": {"kind": "live", "url": "https://own.example/{person}/{number}"}},
    {"source": {"kind": "live", "url": "https://own.example/{person}/{period}"}},
    {"source": {"kind": "live", "url": "https://own.example/{person}", "cert_file": "cert.pem"}},
    {"source": {"kind": "live", "url": "https://own.example/{person}", "timeout_s": 60}},
    {"mode": "full"},
    {"bad_rows": "skip"},
]


@pytest.mark.parametrize("change", WRONG)
def test_a_live_source_that_cannot_be_meant_stops_the_start(tmp_path: Path, change: dict[str, Any]) -> None:
    (tmp_path / "tenants" / B).mkdir(parents=True)
    file = declare(tmp_path, "https://own.example") / "jumin.yaml"
    assert set(sources_of(tmp_path / "tenants" / B)) == {"jumin"}
    told = yaml.safe_load(file.read_bytes())
    file.write_text(yaml.safe_dump(told | change), encoding="utf-8")
    with pytest.raises(Misconfigured, match="live-wrong"):
        sources_of(tmp_path / "tenants" / B)


def test_two_sources_of_one_item_stop_the_start_and_a_live_one_is_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "tenants" / B).mkdir(parents=True)
    file = declare(tmp_path, "https://own.example") / "jumin.yaml"
    (file.parent / "other.yaml").write_bytes(file.read_bytes())
    with pytest.raises(Misconfigured, match="a second source of jumin"):
        sources_of(tmp_path / "tenants" / B)
    with pytest.raises(Malformed, match="asked, not loaded"):
        load(read_adapter(file.read_bytes()), Place(None, tmp_path, tmp_path), 0, lambda done, whole: None)  # type: ignore[arg-type]
