"""The platform dies at each point of bulk and starts again: no row is lost, none is asked twice, none ends twice, and the key still holds."""

from pathlib import Path

import msgspec
import pytest

from enishi.protocol.statement import Inquiry, read_inquiry
from enishi.roles.gateway.bulk import picking
from gateway.world_gateway import Operators
from gateway_bulk.dying_bulk import dying
from gateway_bulk.world_bulk import NDJSON, api, line, lines, outcomes

KEYED = NDJSON | {"idempotency-key": '"once"'}
BODY = b"\n".join([line(case="first"), line(person="7777777777"), line(purpose_item="2"), b"{", line(case="last")])
SAID = ["provided", "person-unknown", "provided", "request-unreadable", "provided"]
IN_FLIGHT = [
    "gateway.bulk.before_accept",
    "gateway.bulk.after_accept",
    "gateway.bulk.before_fail",
    "gateway.ask.before_store",
    "gateway.ask.after_store",
    "gateway.ask.before_keep",
    "gateway.ask.after_keep",
    "gateway.bulk.before_settle",
    "gateway.bulk.after_settle",
]


@pytest.mark.asyncio
@pytest.mark.parametrize("name", IN_FLIGHT)
async def test_every_row_ends_once_wherever_the_platform_died(
    tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async with dying(tmp_path, operators, monkeypatch, name) as (system, _):
        await system.send(BODY, KEYED)
    async with api(tmp_path, operators) as system:
        accepted = await system.send(BODY, KEYED)
        assert accepted.status == 202
        results = await system.ended(accepted.body["number"])
        messages = await system.query("SELECT (SELECT COUNT(*) FROM bulk), (SELECT COUNT(*) FROM asked_outcome)")
    assert outcomes(results) == SAID
    assert messages == [(1, 3)]
    # Each good row stands in the operators' log once, and the bytes that were sent for it never changed.
    assert sum(read_inquiry(inquiry)[1].count for inquiry, _, _ in operators.log.values()) == 3
    assert {read_inquiry(msgspec.msgpack.decode(message, type=Inquiry))[0] for message in set(operators.messages)} == operators.log.keys()
    assert len(set(operators.messages)) == len(operators.log)


@pytest.mark.asyncio
@pytest.mark.parametrize(("name", "taken"), [("gateway.bulk.before_cancel", 0), ("gateway.bulk.after_cancel", 50)])
async def test_rows_are_taken_back_once_or_not_at_all(
    tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch, name: str, taken: int
) -> None:
    monkeypatch.setattr(picking, "GROUP", 10)
    async with dying(tmp_path, operators, monkeypatch, name) as (system, _):
        operators.down = True
        number = (await system.send(lines(90), KEYED)).body["number"]
        await system.counted(number, sending=40)
        await system.delete(f"/v1/bulk/{number}")
    operators.down = False
    async with api(tmp_path, operators) as system:
        results = await system.ended((await system.send(lines(90), KEYED)).body["number"])
    assert outcomes(results) == ["provided"] * (90 - taken) + ["cancelled"] * taken
    assert sum(read_inquiry(inquiry)[1].count for inquiry, _, _ in operators.log.values()) == 90 - taken
