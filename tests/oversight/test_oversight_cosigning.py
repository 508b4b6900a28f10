"""The commission's signature: once for each serial, in order, and only under what the commission can check for itself."""

from pathlib import Path

import msgspec
import pytest

from enishi.errors import Conflict, Denied, Malformed, Tampered
from enishi.mesh.config import RoleConfig
from enishi.protocol.registry import Snapshot, check_snapshot, read_snapshot
from enishi.protocol.wire import SnapshotReply
from enishi.roles.oversight.assemble import build
from enishi.seal.dsse import sign_envelope
from enishi.seal.sign import SigningKey
from enishi.store.keyring import Keyring
from keeper.world_operators import Operators

Replace = msgspec.structs.replace


def draft(world: Operators, **changes: object) -> SnapshotReply:
    """The second snapshot as the exchange offers it."""
    first = world.exchange.snapshot
    payload = msgspec.json.encode(Replace(first, **({"serial": 2, "previous": world.exchange.digest} | changes)))  # type: ignore[arg-type]
    return offered(world, payload)


def offered(world: Operators, payload: bytes) -> SnapshotReply:
    return SnapshotReply(sign_envelope("application/vnd.enishi.registry+json", payload, world.exchange.secrets.signing, "exchange"))


@pytest.mark.asyncio
async def test_the_next_serial_is_signed(world: Operators) -> None:
    signed = await world.cosigner.handle(draft(world))
    snapshot, _ = check_snapshot(signed.snapshot, world.pins)
    assert snapshot.serial == 2
    kept = world.oversight_db.read_now(lambda c: c.execute("SELECT serial FROM signed ORDER BY serial").fetchall())
    assert kept == [(1,), (2,)]


@pytest.mark.asyncio
async def test_the_same_draft_again_is_signed_again(world: Operators) -> None:
    one = draft(world)
    assert await world.cosigner.handle(one) == await world.cosigner.handle(one)


@pytest.mark.asyncio
async def test_a_serial_is_signed_for_one_snapshot(world: Operators) -> None:
    await world.cosigner.handle(draft(world))
    with pytest.raises(Conflict, match="serial-signed"):
        await world.cosigner.handle(draft(world, at_ms=1))


@pytest.mark.asyncio
@pytest.mark.parametrize("serial", [3, 4_000_000_000, 0])
async def test_no_serial_is_left_out(world: Operators, serial: int) -> None:
    with pytest.raises(Conflict, match="serial-gap"):
        await world.cosigner.handle(draft(world, serial=serial))


@pytest.mark.asyncio
@pytest.mark.parametrize("serial", [2**63, -1])
async def test_a_serial_that_no_table_holds_is_a_fault(world: Operators, serial: int) -> None:
    with pytest.raises(Malformed, match="form-unreadable"):
        await world.cosigner.handle(draft(world, serial=serial))


@pytest.mark.asyncio
async def test_other_law_than_the_commissions_own_is_not_signed(world: Operators) -> None:
    with pytest.raises(Denied, match="law-differs"):
        await world.cosigner.handle(draft(world, law=bytes(32)))


@pytest.mark.asyncio
async def test_nobody_stands_in_the_registry_without_a_capacity(world: Operators) -> None:
    bare = tuple(Replace(one, capacities=()) for one in world.exchange.snapshot.institutions)
    with pytest.raises(Denied, match="capacity-missing") as caught:
        await world.cosigner.handle(draft(world, institutions=bare))
    assert all(one.id in caught.value.detail for one in bare)


@pytest.mark.asyncio
async def test_no_key_stands_twice(world: Operators) -> None:
    snapshot: Snapshot = world.exchange.snapshot
    first, second = snapshot.institutions
    for other in (first.epochs[0].elgamal, snapshot.audit[0].elgamal):
        same = Replace(second, epochs=(Replace(second.epochs[0], elgamal=other),))
        with pytest.raises(Denied, match="key-reused"):
            await world.cosigner.handle(draft(world, institutions=(first, same)))


@pytest.mark.asyncio
async def test_only_the_exchange_may_offer(world: Operators) -> None:
    good = draft(world).snapshot
    forged = sign_envelope(good.payloadType, good.payload, SigningKey.generate(), "exchange")
    nameless = sign_envelope(good.payloadType, good.payload, world.exchange.secrets.signing, "keeper")
    other_form = sign_envelope("application/vnd.enishi.statement+json", good.payload, world.exchange.secrets.signing, "exchange")
    for envelope, code in ((forged, "signature-invalid"), (nameless, "signature-missing"), (other_form, "envelope-type-wrong")):
        with pytest.raises(Tampered, match=code):
            await world.cosigner.handle(SnapshotReply(envelope))
    with pytest.raises(Malformed, match="form-unreadable"):
        await world.cosigner.handle(offered(world, b"{}"))


@pytest.mark.asyncio
async def test_the_role_starts_with_its_key_and_remembers_what_it_signed(world: Operators, tmp_path: Path) -> None:
    one = draft(world)
    await world.cosigner.handle(one)
    Keyring(world.data / "oversight" / "keys").put("signing", world.founded.oversight.to_bytes())
    await world.oversight_db.close()
    role = build(RoleConfig(role="oversight", name="oversight", data=world.data / "oversight", tls=tmp_path))
    await role.start()
    callers = {endpoint.path: endpoint.callers for endpoint in role.endpoints()}
    assert callers.pop("/oversight/cosign") == frozenset({"exchange"})
    assert [callers.pop(path) for path in ("/oversight/letter", "/oversight/letter/state")] == [frozenset({"portal"})] * 2
    assert set(callers.values()) == {frozenset({"operator"})}
    signed = await role._cosign(one, None)  # type: ignore[arg-type]
    assert read_snapshot(signed.snapshot.payload).serial == 2
    with pytest.raises(Conflict, match="serial-signed"):
        await role._cosign(draft(world, at_ms=1), None)  # type: ignore[arg-type]
    await role.stop()
