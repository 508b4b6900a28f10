"""Calls back: signed, to allowed addresses alone, number and state and nothing else, again until heard, across deaths."""

import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.errors import Denied, Misconfigured
from enishi.roles.gateway.bulk import calling
from enishi.roles.gateway.bulk.callbacks import read_callbacks
from gateway.world_gateway import KNOWN, PROTECTED, A, Operators
from gateway_bulk.dying_bulk import dying
from gateway_bulk.receiver_bulk import SECRET, allow, receiving
from gateway_bulk.world_bulk import AT_B, NDJSON, QUESTION, Api, api, line, lines


@pytest.mark.asyncio
async def test_a_call_names_number_and_state_and_nothing_else(tmp_path: Path, operators: Operators) -> None:
    async with receiving(tmp_path) as receiver, api(tmp_path, operators) as system:
        number = (await system.send(line() + b"\n" + line(person=PROTECTED), query=f"callback={receiver.url}")).body["number"]
        await receiver.told(1)
        desk = Api(system.gateway, AT_B)
        (held,) = (await desk.get("/v1/held")).body["items"]
        await desk.post(f"/v1/held/{held['item_id']}", b'{"decision":"provide"}')
        await system.gateway.ask.again(system.gateway.tenants[A], bytes.fromhex((await system.results(number))[0]["txid"]))
        await receiver.told(2)
        await system.until(number, "ended")
    bodies = [body for _, body in receiver.heard]
    assert [body["data"] for body in bodies] == [{"number": number, "state": "waiting"}, {"number": number, "state": "ended"}]
    assert [body.keys() for body in bodies] == [{"type", "timestamp", "data"}] * 2
    assert receiver.heard[0][0]["webhook-id"] != receiver.heard[1][0]["webhook-id"]
    assert KNOWN not in msgspec.json.encode(receiver.heard).decode()


@pytest.mark.asyncio
async def test_what_is_not_heard_is_told_again_under_the_same_id(tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "PAUSES_S", (0, 0, 0))
    monkeypatch.setattr(calling, "TICK_S", 0.01)
    async with receiving(tmp_path) as receiver, api(tmp_path, operators) as system:
        receiver.statuses = [500, 302, 204]
        number = (await system.case({"questions": [QUESTION], "callback": receiver.url})).body["number"]
        await receiver.told(3)
        shown = await system.called(number, "told")
        assert shown == [{"state": "ended", "tries": 3, "arrived": "told"}]
        receiver.statuses = [410]
        gone = (await system.case({"questions": [QUESTION], "callback": receiver.url})).body["number"]
        assert await system.called(gone, "given_up") == [{"state": "ended", "tries": 1, "arrived": "given_up"}]
        receiver.statuses = [500] * 9
        never = (await system.case({"questions": [QUESTION], "callback": receiver.url})).body["number"]
        assert await system.called(never, "given_up") == [{"state": "ended", "tries": 4, "arrived": "given_up"}]
    first = [headers for headers, _ in receiver.heard[:3]]
    assert len({headers["webhook-id"] for headers in first}) == 1
    # A redirect was not followed: every call came to the address that was allowed.
    assert set(receiver.requests) == {"POST /told HTTP/1.1"}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("name", "heard"), [("gateway.callback.before_send", 1), ("gateway.callback.before_mark", 2), ("gateway.callback.after_mark", 1)]
)
async def test_a_call_survives_a_death(tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch, name: str, heard: int) -> None:
    async with receiving(tmp_path) as receiver:
        async with dying(tmp_path, operators, monkeypatch, name) as (system, death):
            number = (await system.send(lines(1), NDJSON | {"idempotency-key": '"k"'}, f"callback={receiver.url}")).body["number"]
            await death.come.wait()
        async with api(tmp_path, operators) as system:
            assert await system.called(number, "told") == [{"state": "ended", "tries": 1, "arrived": "told"}]
    assert len(receiver.heard) == heard
    assert len({headers["webhook-id"] for headers, _ in receiver.heard}) == 1


@pytest.mark.asyncio
async def test_whoever_sent_many_small_messages_hears_of_all_without_a_pause(
    tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each life looks once, and again only while there was as much as it calls at once."""
    monkeypatch.setattr(calling, "TICK_S", 3600.0)
    monkeypatch.setattr(calling, "AT_ONCE", 2)
    async with receiving(tmp_path) as receiver:
        async with api(tmp_path, operators) as system:
            numbers = [(await system.send(line(case=f"c-{n}"), query=f"callback={receiver.url}")).body["number"] for n in range(5)]
            for number in numbers:
                await system.until(number, "ended")
        async with api(tmp_path, operators) as system:
            await receiver.told(5)
    assert sorted(body["data"]["number"] for _, body in receiver.heard) == sorted(numbers)


@pytest.mark.asyncio
async def test_without_leave_nobody_is_called(tmp_path: Path, operators: Operators) -> None:
    async with api(tmp_path, operators) as system:
        nobody = await system.send(lines(1), query="callback=https://example.org/told")
        allow(tmp_path, "https://example.org/told")
        form = b"--b\r\nContent-Disposition: form-data; name=callback\r\n\r\nhttps://example.com/\r\n"
        form += b"--b\r\nContent-Disposition: form-data; name=file\r\nContent-Type: application/x-ndjson\r\n\r\n" + lines(1) + b"\r\n--b--\r\n"
        other = await system.send(form, {"content-type": "multipart/form-data; boundary=b"})
        assert await system.query("SELECT COUNT(*) FROM bulk") == [(0,)]
        (tmp_path / "tenants" / A / "callbacks.json").write_bytes(b"{}")
        broken = await system.send(lines(1), query="callback=https://example.org/told")
    assert [answer.body["type"].rpartition(":")[2] for answer in (nobody, other, broken)] == ["callback-not-allowed"] * 2 + ["callbacks-unreadable"]


ALLOWED = ("https://welfare.example.jp/enishi/", "http://localhost:8080/", "https://192.0.2.1/", "https://[::1]/", "https://[fe80::1]/")
GOOD = ["https://welfare.example.jp/enishi/x?y=1", "https://WELFARE.example.jp:443/enishi/", "http://localhost:8080/a", "https://[::1]/a"]
BAD = [
    "",
    "http://welfare.example.jp/enishi/",
    "https://welfare.example.jp/",
    "https://welfare.example.jp:444/enishi/",
    "https://welfare.example.jp.evil.example/enishi/",
    "https://welfare.example.jp@evil.example/enishi/",
    "https://user@welfare.example.jp/enishi/",
    "https://welfare.example.jp/enishi/../admin",
    "https://welfare.example.jp/enishi/%2e%2e/admin",
    "https://welfare.example.jp/enishi/\r\nx: y",
    "https://welfare.example.jp/enishi/#x",
    "https://welfare.example.jp\\@evil.example/enishi/",
    "http://localhost:8081/",
    "http://127.0.0.1:8080/",
    "https://192.0.2.1/a",
    "https://[fe80::1]/a",
    "ftp://welfare.example.jp/enishi/",
    "https://welfare.example.jp:x/enishi/",
    "https://[/",
]


def test_only_what_is_allowed_may_be_called() -> None:
    callbacks = read_callbacks(msgspec.json.encode({"secret": SECRET, "allowed": ALLOWED}))
    for url in GOOD:
        callbacks.check(url)
    for url in BAD:
        with pytest.raises(Denied):
            callbacks.check(url)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60) | st.from_regex(r"https?://[a-z.\[\]:@%0-9/]{0,40}"))
def test_no_address_breaks_the_check(url: str) -> None:
    callbacks = read_callbacks(msgspec.json.encode({"secret": SECRET, "allowed": ALLOWED}))
    try:
        callbacks.check(url)
    except Denied:
        return
    assert re.match(r"https?://", url.lower())


REACH = [
    ("welfare.example.jp", "127.0.0.1", False, False),
    ("welfare.example.jp", "::ffff:127.0.0.1", False, False),
    ("localhost", "127.0.0.1", True, True),
    ("welfare.example.jp", "169.254.1.1", False, True),
    ("welfare.example.jp", "fd00::1", False, True),
    ("welfare.example.jp", "100.64.0.1", False, True),
    ("welfare.example.jp", "224.0.0.1", False, True),
    ("welfare.example.jp", "0.0.0.0", False, True),
    ("welfare.example.jp", "1.1.1.1", True, True),
]


@pytest.mark.parametrize(("host", "address", "open_", "within"), REACH)
def test_a_name_may_not_lead_into_the_house(host: str, address: str, open_: bool, within: bool) -> None:
    file = {"secret": SECRET, "allowed": ["https://welfare.example.jp/"]}
    found = [read_callbacks(msgspec.json.encode(file | {"private": private})).may_reach(host, address) for private in (False, True)]
    assert found == [open_, within]


SPOILT = [{"secret": "whsec_c2hvcnQ="}, {"secret": "none"}, {"allowed": []}, {"allowed": ["http://example.org/"]}, {"more": 1}]


@pytest.mark.parametrize("changes", SPOILT)
def test_a_file_that_is_none_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(Misconfigured):
        read_callbacks(msgspec.json.encode({"secret": SECRET, "allowed": ["https://example.org/"]} | changes))
