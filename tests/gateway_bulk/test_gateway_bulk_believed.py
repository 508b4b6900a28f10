"""A message's signature is looked at once for all its rows, and believed for those very bytes under that very snapshot alone."""

from pathlib import Path

import msgspec
import pytest

from enishi.protocol.wire import Batch
from enishi.roles.gateway import notices
from enishi.seal import dsse
from gateway.world_gateway import EXCHANGE, Operators, notice_of
from gateway_bulk.world_bulk import api, lines


@pytest.mark.asyncio
async def test_one_look_for_many_rows_and_none_for_a_forgery(tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dsse.Envelope] = []

    def look(envelope: dsse.Envelope, *rest: object) -> bytes:
        seen.append(envelope)
        return dsse.check_envelope(envelope, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(notices, "check_envelope", look)
    async with api(tmp_path, operators) as system:
        await system.ended((await system.send(lines(20))).body["number"])
        assert len(seen) == 1
        ((inquiry, receipts, pairs),) = operators.log.values()
        assert pairs[0] is not None
        notice = notice_of(inquiry, 0, receipts[0], pairs[0])
        bad = msgspec.structs.replace(inquiry.statement.signatures[0], sig=bytes(64))
        forged = msgspec.structs.replace(notice, statement=msgspec.structs.replace(inquiry.statement, signatures=(bad,)))
        for _ in range(2):
            (result,) = (await system.gateway.provide.notice(Batch((forged,)), EXCHANGE)).results
            assert result.fault is not None
            assert result.fault.code == "signature-invalid"
        operators.renew()
        await system.gateway.registry.refresh()
        await system.gateway.provide.notice(Batch((notice,)), EXCHANGE)
        assert [one == inquiry.statement for one in seen] == [True, False, False, True]
