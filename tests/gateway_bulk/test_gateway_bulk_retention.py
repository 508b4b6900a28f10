"""Bulk is kept as long as the institution says: then messages that have ended go whole, with their keys, and nothing of the record of Art. 23."""

from pathlib import Path

import msgspec
import pytest

from enishi import clock
from enishi.cli.gateway.retention import run_retention
from enishi.errors import Misconfigured
from enishi.roles.gateway.bulk import retention
from enishi.roles.gateway.bulk.retention import DAY_MS, count_spent, delete_spent, rules_for
from faults.dying import dying_at
from gateway.world_gateway import PROTECTED, A, Operators
from gateway_bulk.world_bulk import NDJSON, api, line, lines

KEYED = NDJSON | {"idempotency-key": '"monday"'}
BULK = "SELECT (SELECT COUNT(*) FROM bulk), (SELECT COUNT(*) FROM bulk_row), (SELECT COUNT(*) FROM bulk_line)"
RECORD = "SELECT (SELECT COUNT(*) FROM asked), (SELECT COUNT(*) FROM asked_item), (SELECT COUNT(*) FROM asked_outcome)"


def keep(folder: Path, days: int) -> None:
    (folder / "tenants" / A / "bulk.json").write_bytes(msgspec.json.encode({"v": 1, "keep_days": days}))


@pytest.mark.asyncio
async def test_what_has_ended_goes_after_its_days_and_the_record_stays(
    tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with api(tmp_path, operators) as system:
        first = (await system.send(lines(3), KEYED)).body["number"]
        await system.ended(first)
        held = (await system.send(line(person=PROTECTED))).body["number"]
        await system.until(held, "waiting")
        record = await system.query(RECORD)
    born = clock.now_ms()
    monkeypatch.setattr(clock, "now_ms", lambda: born + 31 * DAY_MS)
    run_retention(tmp_path, A, False)
    keep(tmp_path, 32)
    run_retention(tmp_path, A, False)
    keep(tmp_path, 30)
    run_retention(tmp_path, A, True)
    assert [said.rpartition(" ")[2] for said in capsys.readouterr().out.splitlines() if said.startswith(A)] == ["0", "0", "1"]
    async with api(tmp_path, operators) as system:
        assert await system.query(BULK) == [(2, 4, 4)]
    run_retention(tmp_path, A, False)
    async with api(tmp_path, operators) as system:
        assert await system.query(BULK) == [(1, 1, 1)]
        assert await system.query(RECORD) == record
        assert (await system.get(f"/v1/bulk/{first}")).status == 404
        assert (await system.get(f"/v1/bulk/{held}")).body["state"] == "waiting"
        # The key went with its message: what comes under it now is a new one.
        again = (await system.send(lines(3), KEYED)).body["number"]
        assert again != first
        await system.ended(again)


@pytest.mark.asyncio
async def test_a_message_is_there_whole_or_gone_whole_wherever_the_program_died(
    tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 1)
    async with api(tmp_path, operators) as system:
        for _ in range(2):
            await system.ended((await system.send(lines(2))).body["number"])
        database, far = system.gateway.tenants[A].database, clock.now_ms() + DAY_MS
        with dying_at(monkeypatch, "gateway.bulk.before_delete"):
            delete_spent(database, far)
        assert await system.query(BULK) == [(2, 4, 4)]
        await database.write(lambda connection: retention._delete(connection, far))
        assert await system.query(BULK) == [(1, 2, 2)]
        assert delete_spent(database, far) == 1
        assert database.read_now(lambda connection: count_spent(connection, far)) == 0


@pytest.mark.asyncio
async def test_a_call_back_that_is_still_to_be_made_keeps_its_message(tmp_path: Path, operators: Operators) -> None:
    async with api(tmp_path, operators) as system:
        number = (await system.send(lines(1))).body["number"]
        await system.ended(number)
        database, far = system.gateway.tenants[A].database, clock.now_ms() + DAY_MS
        due = (bytes(16), bytes.fromhex(number), "ended", 1, 0, 5)
        await database.write(lambda connection: connection.execute("INSERT INTO callback VALUES (?, ?, ?, ?, ?, ?)", due).rowcount)
        assert delete_spent(database, far) == 0
        await database.write(lambda connection: connection.execute("UPDATE callback SET next_ms = -1").rowcount)
        assert delete_spent(database, far) == 1


@pytest.mark.parametrize("content", [b"", b"{}", b'{"v":1,"keep_days":0}', b'{"v":2,"keep_days":3}', b'{"v":1,"keep_days":3,"more":1}'])
def test_what_is_no_rule_stops_the_command(tmp_path: Path, content: bytes) -> None:
    assert rules_for(tmp_path) is None
    (tmp_path / "bulk.json").write_bytes(content)
    with pytest.raises(Misconfigured, match="bulk-rules-unreadable"):
        rules_for(tmp_path)
