"""A stream of questions from acceptance to results: progress, order, cursor, cancel, repeats, back-pressure, cases."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from enishi.errors import Denied
from enishi.protocol.statement import Inquiry, Statement, read_inquiry
from enishi.roles.gateway.bulk import intake, picking, row, settling, store, working
from gateway.asgi_gateway import Answer
from gateway.world_gateway import KNOWN, PROTECTED, UNKNOWN_AT_B, UNREGISTERED, A, Operators
from gateway_bulk.world_bulk import AT_B, NDJSON, QUESTION, Api, api, line, lines, outcomes

REFUSED = {"source": QUESTION["affair"]["source"], "row": "999"}


def statements(operators: Operators) -> list[Statement]:
    return [read_inquiry(msgspec.msgpack.decode(message, type=Inquiry))[1] for message in dict.fromkeys(operators.messages)]


def cursor(answer: Answer) -> str:
    return answer.headers["link"].partition("after=")[2].partition(">")[0]


def slug(answer: Answer) -> str:
    return str(answer.body["type"]).removeprefix("urn:enishi:problem:")


async def stored(system: Api) -> tuple[int, int]:
    """Messages of bulk, and messages asked, that stand in the database."""
    query = "SELECT (SELECT COUNT(*) FROM bulk), (SELECT COUNT(*) FROM asked)"
    found = await system.gateway.tenants[A].database.read(lambda connection: connection.execute(query).fetchone())
    return found[0], found[1]


@pytest.mark.asyncio
async def test_every_row_ends_with_its_own_result_in_the_order_of_the_rows(tmp_path: Path, operators: Operators) -> None:
    people = [{"person": KNOWN, "relation": "applicant"}] * 2
    body = [
        line(),
        b"",
        line(person=UNKNOWN_AT_B),
        b'{"person":',
        line(affair=REFUSED),
        line(person="7777777777"),
        line(person=UNREGISTERED),
        line(person=None, relation=None, case="", people=people),
    ]
    async with api(tmp_path, operators) as system:
        accepted = await system.send(b"\r\n".join(body))
        assert (accepted.status, accepted.body["rows"]) == (202, 7)
        assert accepted.headers["location"] == f"/v1/bulk/{accepted.body['number']}"
        results = await system.ended(accepted.body["number"])
        progress = (await system.get(accepted.headers["location"])).body
    assert [one["line"] for one in results] == [1, 3, 4, 5, 6, 7, 8]
    said = ["provided", "no_such_person", "request-unreadable", "refusal", "person-unknown", "not_registered", "row-many-people"]
    assert outcomes(results) == said
    assert progress["counts"] == {"ended": 4, "failed": 3}
    assert results[0]["item"]["documents"]["jumin"]
    assert "7777777777" not in msgspec.json.encode(results).decode()


@pytest.mark.asyncio
async def test_rows_of_one_question_share_a_statement_and_others_do_not(tmp_path: Path, operators: Operators) -> None:
    body = lines(picking.GROUP + 3) + line(items=["local_tax"], period="2024") + b"\n" + lines(2)
    async with api(tmp_path, operators) as system:
        results = await system.ended((await system.send(body)).body["number"])
    assert sorted(statement.count for statement in statements(operators)) == [1, 5, picking.GROUP]
    assert [one["item"]["case"] for one in results][-3:] == ["case-1", "case-1", "case-2"]
    assert outcomes(results) == ["provided"] * (picking.GROUP + 6)


@pytest.mark.asyncio
async def test_while_somebody_waits_for_an_answer_many_go_in_smaller_portions(tmp_path: Path, operators: Operators) -> None:
    async with api(tmp_path, operators) as system:
        assert (await system.post("/v1/inquiries", line())).status == 200
        results = await system.ended((await system.send(lines(picking.SHARED + 3))).body["number"])
    assert sorted(statement.count for statement in statements(operators)) == [1, 3, picking.SHARED]
    assert outcomes(results) == ["provided"] * (picking.SHARED + 3)


@pytest.mark.asyncio
async def test_a_held_row_waits_and_is_told_again_alone(tmp_path: Path, operators: Operators) -> None:
    async with api(tmp_path, operators) as system:
        number = (await system.send(line() + b"\n" + line(person=PROTECTED))).body["number"]
        assert (await system.until(number, "waiting"))["counts"] == {"ended": 1, "waiting": 1}
        first = await system.results(number)
        after = cursor(await system.get(f"/v1/bulk/{number}/results"))
        assert outcomes(first) == ["provided", "held"]
        assert await system.results(number, after) == []
        # What stands already is not told again, however often the record is looked at.
        message = [(bytes.fromhex(number), bytes.fromhex(first[0]["txid"]))]
        await system.gateway.tenants[A].database.write(lambda connection: settling.settle(connection, message, 0))
        assert await system.results(number, after) == []
        desk = Api(system.gateway, AT_B)
        (held,) = (await desk.get("/v1/held")).body["items"]
        await desk.post(f"/v1/held/{held['item_id']}", b'{"decision":"provide"}')
        await system.gateway.ask.again(system.gateway.tenants[A], bytes.fromhex(first[0]["txid"]))
        await system.until(number, "ended")
        again = await system.results(number, after)
    assert [(one["line"], one["item"]["outcome"]) for one in again] == [(2, "provided")]


@pytest.mark.asyncio
async def test_cancelling_takes_back_what_is_not_sent_and_says_what_was(
    tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picking, "GROUP", 20)
    async with api(tmp_path, operators) as system:
        operators.down = True
        number = (await system.send(lines(picking.GROUP * (working.FLIGHTS + 2)))).body["number"]
        await system.counted(number, sending=picking.GROUP * working.FLIGHTS)
        cancelled = (await system.delete(f"/v1/bulk/{number}")).body
        assert cancelled["counts"] == {"sending": picking.GROUP * working.FLIGHTS, "cancelled": picking.GROUP * 2}
        assert (cancelled["state"], cancelled["cancelled_at"] is not None) == ("working", True)
        operators.down = False
        results = await system.ended(number)
        assert (await system.delete(f"/v1/bulk/{number}")).body["counts"] == {
            "ended": picking.GROUP * working.FLIGHTS,
            "cancelled": picking.GROUP * 2,
        }
    assert outcomes(results) == ["provided"] * picking.GROUP * working.FLIGHTS + ["cancelled"] * picking.GROUP * 2
    assert sum(statement.count for statement in statements(operators)) == picking.GROUP * working.FLIGHTS


@pytest.mark.asyncio
async def test_rows_taken_back_after_they_were_picked_are_not_asked(tmp_path: Path, operators: Operators) -> None:
    async with api(tmp_path, operators) as system:
        operators.down = True
        first = (await system.send(b"\n".join(line(purpose_item=str(number)) for number in range(1, 6)))).body["number"]
        await system.counted(first, sending=working.FLIGHTS)
        database = system.gateway.tenants[A].database
        (group,) = await database.read(picking.pick)
        assert (await database.read(lambda connection: picking.still(connection, group))).rows == group.rows
        await system.delete(f"/v1/bulk/{first}")
        assert (await database.read(lambda connection: picking.still(connection, group))).rows == ()
        operators.down = False
        await system.ended(first)


@pytest.mark.asyncio
async def test_a_peer_that_is_away_bounds_what_is_sent_and_loses_nothing(tmp_path: Path, operators: Operators) -> None:
    body = b"\n".join(line(case=str(number), purpose_item=str(number)) for number in range(1, 12))
    async with api(tmp_path, operators) as system:
        operators.down = True
        number = (await system.send(body)).body["number"]
        await system.counted(number, sending=working.FLIGHTS)
        operators.down = False
        assert outcomes(await system.ended(number)) == ["provided"] * 11
    assert len(operators.log) == 11


@pytest.mark.asyncio
async def test_a_stale_snapshot_renews_the_message_and_the_rows_follow(tmp_path: Path, operators: Operators) -> None:
    async with api(tmp_path, operators) as system:
        operators.renew()
        results = await system.ended((await system.send(lines(3))).body["number"])
    assert outcomes(results) == ["provided"] * 3
    assert (len(operators.log), {one["txid"] for one in results}) == (1, {txid.hex() for txid in operators.log})


@pytest.mark.asyncio
async def test_what_is_wrong_with_all_rows_fails_them_all(tmp_path: Path, operators: Operators) -> None:
    async with api(tmp_path, operators) as system:
        bad = b"".join(line(provider=provider) + b"\n" for provider in ("999999", "999999", A))
        results = await system.ended((await system.send(bad + line())).body["number"])
    assert outcomes(results) == ["institution-unknown", "institution-unknown", "parties-equal", "provided"]
    assert results[0]["problem"]["what"].keys() == {"ja", "en"}


@pytest.mark.asyncio
async def test_a_message_that_the_exchange_refuses_fails_its_rows(tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(inquiry: Inquiry) -> Any:
        raise Denied("institution-suspended", A, "inquirer")

    monkeypatch.setattr(operators, "_inquire", refuse)
    async with api(tmp_path, operators) as system:
        results = await system.ended((await system.send(lines(2))).body["number"])
    assert len(set(outcomes(results))) == 1
    assert {one["state"] for one in results} == {"failed"}


@pytest.mark.asyncio
async def test_the_same_bytes_under_a_key_are_one_message(tmp_path: Path, operators: Operators) -> None:
    keyed = NDJSON | {"idempotency-key": '"monday-1"'}
    async with api(tmp_path, operators) as system:
        first = await system.send(lines(2), keyed)
        assert (await system.send(lines(2), keyed)).body["number"] == first.body["number"]
        other = await system.send(lines(3), keyed)
        assert (other.status, slug(other)) == (422, "repeat-key-reused")
        assert (await system.send(lines(2), NDJSON | {"idempotency-key": '"monday-2"'})).body["number"] != first.body["number"]
        assert (await system.send(lines(2), keyed, "callback=")).body["number"] == first.body["number"]
        await system.ended(first.body["number"])
    async with api(tmp_path, operators) as system:
        assert (await system.send(lines(2), keyed)).body["number"] == first.body["number"]
        assert (await stored(system))[0] == 2


@pytest.mark.asyncio
async def test_a_repeat_while_the_first_is_read_waits_its_turn(tmp_path: Path, operators: Operators) -> None:
    keyed = NDJSON | {"idempotency-key": '"twice"'}
    async with api(tmp_path, operators) as system:
        answers = await asyncio.gather(system.send(lines(300), keyed), system.send(lines(300), keyed))
    assert sorted(answer.status for answer in answers) == [202, 409]


@pytest.mark.asyncio
@pytest.mark.parametrize("key", ["bare", '""', '"a', '"ä"', '"' + "a" * 256 + '"', '"a\\b"'])
async def test_a_key_that_is_none_is_refused(tmp_path: Path, operators: Operators, key: str) -> None:
    async with api(tmp_path, operators) as system:
        answer = await system.send(lines(1), NDJSON | {"idempotency-key": key})
        assert (answer.status, slug(answer)) == (400, "repeat-key-wrong")
        assert await stored(system) == (0, 0)


@pytest.mark.asyncio
async def test_a_full_queue_takes_nothing_and_loses_nothing(tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "OPEN_ROWS", 5)
    async with api(tmp_path, operators) as system:
        operators.down = True
        full = await system.send(lines(6))
        assert (full.status, slug(full), full.headers["retry-after"]) == (429, "bulk-queue-full", "10")
        assert await stored(system) == (0, 0)
        first = (await system.send(lines(5))).body["number"]
        operators.down = False
        await system.ended(first)
        second = (await system.send(lines(5))).body["number"]
        assert outcomes(await system.ended(second)) == ["provided"] * 5
    monkeypatch.setattr("enishi.roles.gateway.bulk.asking.READERS", 0)
    async with api(tmp_path, operators) as system:
        busy = await system.send(lines(1))
    assert (busy.status, slug(busy), busy.headers["retry-after"]) == (429, "bulk-reading-busy", "10")


@pytest.mark.asyncio
async def test_limits_are_said_with_413_and_leave_nothing(tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MAX_ROWS", 3)
    monkeypatch.setattr(intake, "MAX_LINES", 6)
    async with api(tmp_path, operators) as system:
        for body, problem in ((lines(4), "bulk-too-many-rows"), (b"\n" * 7 + lines(1), "bulk-too-many-rows")):
            answer = await system.send(body)
            assert (answer.status, slug(answer)) == (413, problem)
        monkeypatch.setattr(intake, "BODY_LIMIT", 500)
        answer = await system.send(lines(3))
        assert (answer.status, slug(answer)) == (413, "message-too-large")
        said = await system.send(b"", NDJSON | {"content-length": "99999999999"})
        assert (said.status, slug(said)) == (413, "message-too-large")
        assert await stored(system) == (0, 0)


@pytest.mark.asyncio
async def test_a_line_too_long_fails_alone(tmp_path: Path, operators: Operators) -> None:
    body = b"\n".join([line(), line(case="x" * 20_000), line(), b"y" * 100_000, line()])
    async with api(tmp_path, operators) as system:
        results = await system.ended((await system.send(body)).body["number"])
    assert outcomes(results) == ["provided", "row-too-large", "provided", "row-too-large", "provided"]
    assert results[1]["problem"]["status"] == 413


@pytest.mark.asyncio
async def test_another_system_knows_of_nothing(tmp_path: Path, operators: Operators) -> None:
    async with api(tmp_path, operators) as system:
        number = (await system.send(lines(1))).body["number"]
        other = Api(system.gateway, AT_B)
        for path in (f"/v1/bulk/{number}", f"/v1/bulk/{number}/results", f"/v1/bulk/{number}/file", f"/v1/cases/{number}", "/v1/bulk/none"):
            assert (await other.get(path)).status == 404
        assert (await other.delete(f"/v1/bulk/{number}")).status == 404
        assert (await system.get(f"/v1/cases/{number}")).status == 404
        assert slug(await system.get(f"/v1/bulk/{number}/results", "after=x")) == "cursor-wrong"
        assert slug(await system.get(f"/v1/bulk/{number}/file")) == "bulk-no-file"


@pytest.mark.asyncio
async def test_a_case_asks_every_question_at_once(tmp_path: Path, operators: Operators) -> None:
    people = [{"person": KNOWN, "relation": "applicant", "case": "a"}, {"person": UNKNOWN_AT_B, "relation": "spouse", "case": "b"}]
    questions = [
        QUESTION | {"items": ["jumin", "local_tax"], "period": "2024"},
        {name: value for name, value in QUESTION.items() if name not in ("person", "relation", "case")} | {"people": people},
        {"surprise": 1},
    ]
    async with api(tmp_path, operators) as system:
        answer = await system.case({"questions": questions})
        assert (answer.status, answer.body["state"]) == (200, "ended")
        assert [one["line"] for one in answer.body["rows"]] == [1, 2, 2, 3]
        assert outcomes(answer.body["rows"]) == ["provided", "provided", "no_such_person", "request-unreadable"]
        assert (await system.get(answer.headers["location"])).body == answer.body
        held = await system.case({"questions": [QUESTION | {"person": PROTECTED}]})
        assert (held.status, held.body["state"]) == (202, "waiting")
        operators.down = True
        later = await system.case({"questions": [QUESTION]}, {"idempotency-key": '"case"'})
        assert (later.status, later.body["state"]) == (202, "working")
        operators.down = False
        await system.until(later.body["number"], "ended")
        again = await system.case({"questions": [QUESTION]}, {"idempotency-key": '"case"'})
        assert (again.status, outcomes(again.body["rows"])) == (200, ["provided"])


@pytest.mark.asyncio
async def test_a_case_is_bounded(tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row, "MAX_PEOPLE", 2)
    async with api(tmp_path, operators) as system:
        assert slug(await system.case({"questions": [QUESTION] * 3})) == "case-too-large"
        for body in ({"questions": []}, {"questions": [QUESTION], "more": 1}, []):
            assert slug(await system.case(body)) == "request-unreadable"
        assert slug(await system.case({"questions": [QUESTION], "callback": "https://example.org/"})) == "callback-not-allowed"
        large = await system.case({"questions": [QUESTION | {"case": "x" * 300_000}]})
        assert (large.status, slug(large)) == (413, "message-too-large")
        assert await stored(system) == (0, 0)


@pytest.mark.asyncio
async def test_a_case_goes_before_a_long_message(tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picking, "GROUP", 1)
    async with api(tmp_path, operators) as system:
        operators.down = True
        number = (await system.send(lines(30))).body["number"]
        await system.counted(number, sending=working.FLIGHTS)
        case = asyncio.create_task(system.case({"questions": [QUESTION | {"case": "urgent"}]}))
        await asyncio.sleep(0)
        operators.down = False
        await system.until((await case).body["number"], "ended")
        left = (await system.get(f"/v1/bulk/{number}")).body["counts"].get("accepted", 0)
        await system.ended(number)
    assert left > 0
