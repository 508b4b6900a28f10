"""Publishing the registry: from the founding list, once; signed by both; the keeper first; a crash offers the same bytes again."""

import dataclasses
from pathlib import Path

import msgspec
import pytest

from enishi.errors import Denied, Fault, Misconfigured, Tampered, Unavailable
from enishi.linkage.group import base, random_scalar
from enishi.linkage.possession import prove_possession
from enishi.protocol.enrol import read_batch
from enishi.protocol.registry import Snapshot, check_snapshot
from enishi.protocol.wire import EnrolOperate, Recorded, ShareRequest, SnapshotReply
from enishi.roles.exchange.founding import publish
from enishi.roles.keeper.snapshots import check_keys
from enishi.seal.dsse import Envelope, countersign, sign_envelope
from enishi.seal.sign import SigningKey
from enishi.tlog.leaf import LeafKind, decode_leaf
from keeper.world_operators import A, B, Operators

Replace = msgspec.structs.replace


def signed(world: Operators, snapshot: Snapshot) -> Envelope:
    """A snapshot signed by both, whatever it says."""
    envelope = sign_envelope("application/vnd.enishi.registry+json", msgspec.json.encode(snapshot), world.exchange.secrets.signing, "exchange")
    return countersign(envelope, world.founded.oversight, "oversight")


def second(world: Operators, **changes: object) -> Envelope:
    return signed(world, Replace(world.exchange.snapshot, **({"serial": 2, "previous": world.exchange.digest} | changes)))  # type: ignore[arg-type]


@pytest.mark.asyncio
async def test_the_founding_snapshot_names_the_founders_and_both_operators_shares(world: Operators) -> None:
    snapshot, digest = check_snapshot(world.exchange.envelope, world.pins)
    assert [one.id for one in snapshot.institutions] == [A, B]
    assert (snapshot.serial, snapshot.previous, snapshot.law) == (1, bytes(32), world.jurist.digest)
    for one in snapshot.institutions:
        assert one.current().share_exchange == base(world.exchange.shares.of(one.id, 1))
        assert one.current().share_keeper == base(world.keeper.shares.of(one.id, 1))
    check_keys(snapshot)
    assert (world.keeper.digest, world.exchange.digest) == (digest, digest)


@pytest.mark.asyncio
async def test_every_start_serves_the_snapshot_that_stands(world: Operators) -> None:
    envelope = world.exchange.envelope
    before = world.rows("SELECT COUNT(*) FROM leaf")
    await publish(world.exchange, world.founding_doors(), Path("no such file"))
    assert world.exchange.envelope == envelope
    assert world.rows("SELECT COUNT(*) FROM leaf") == before
    assert [decode_leaf(bytes(data)).kind for (data,) in world.rows("SELECT data FROM leaf")] == [LeafKind.SNAPSHOT]  # type: ignore[call-overload]


@pytest.mark.asyncio
async def test_new_law_is_a_new_snapshot(world: Operators) -> None:
    before = world.exchange.digest
    await forget(world, law=bytes(32))
    stale = world.exchange.digest
    assert stale != before
    doors = world.founding_doors()
    await publish(world.exchange, doors, Path("no such file"))
    assert world.exchange.snapshot.law == world.jurist.digest
    assert world.exchange.snapshot.previous == stale
    assert world.exchange.snapshot.serial == 3
    assert world.keeper.digest == world.exchange.digest


async def forget(world: Operators, **changes: object) -> None:
    """As if a second snapshot had been published by an earlier program."""
    snapshot = Replace(world.exchange.snapshot, serial=2, **changes)  # type: ignore[arg-type]
    envelope = signed(world, snapshot)
    encoded = msgspec.msgpack.encode(envelope)
    await world.exchange.database.write(lambda c: c.execute("INSERT INTO snapshot (serial, envelope) VALUES (2, ?)", (encoded,)).rowcount)
    digest = check_snapshot(envelope, world.pins)[1]
    await world.oversight_db.write(
        lambda c: c.execute("INSERT INTO signed (serial, digest, envelope, at_ms) VALUES (2, ?, ?, 0)", (digest, encoded)).rowcount
    )
    world.exchange.publish(snapshot, digest, envelope)


@pytest.mark.asyncio
async def test_a_draft_is_offered_again_byte_for_byte(world: Operators) -> None:
    await forget(world, law=bytes(32))
    offers: list[SnapshotReply] = []

    async def away(draft: SnapshotReply) -> SnapshotReply:
        offers.append(draft)
        raise Unavailable("peer-unreachable", "oversight")

    for _ in range(2):
        with pytest.raises(Unavailable):
            await publish(world.exchange, dataclasses.replace(world.founding_doors(), cosign=away), Path("no such file"))
    assert offers[0] == offers[1]
    await publish(world.exchange, world.founding_doors(), Path("no such file"))
    assert world.exchange.envelope.payload == offers[0].snapshot.payload


@pytest.mark.asyncio
async def test_nothing_is_shown_that_the_keeper_has_not_logged(world: Operators) -> None:
    await forget(world, law=bytes(32))
    shown = world.exchange.digest

    async def refuses(offered: SnapshotReply) -> Recorded:
        raise Denied("law-differs")

    with pytest.raises(Denied):
        await publish(world.exchange, dataclasses.replace(world.founding_doors(), adopt=refuses), Path("no such file"))
    assert world.exchange.digest == shown


@pytest.mark.asyncio
async def test_a_commission_that_signs_something_else_is_not_believed(world: Operators) -> None:
    await forget(world, law=bytes(32))

    async def other(draft: SnapshotReply) -> SnapshotReply:
        return SnapshotReply(countersign(draft.snapshot, SigningKey.generate(), "oversight"))

    with pytest.raises(Tampered, match="signature-invalid"):
        await publish(world.exchange, dataclasses.replace(world.founding_doors(), cosign=other), Path("no such file"))


@pytest.mark.asyncio
@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff", b'{"institutions":[],"registrar":"\xff"}', b'{"institutions":"x"}'])
async def test_a_founding_list_that_cannot_be_read_is_said(world: Operators, tmp_path: Path, content: bytes | None) -> None:
    await world.exchange.database.write(lambda c: c.execute("DELETE FROM snapshot").rowcount)
    if content is not None:
        (tmp_path / "founding.json").write_bytes(content)
    with pytest.raises(Misconfigured, match="founding-unreadable"):
        await publish(world.exchange, world.founding_doors(), tmp_path / "founding.json")


# ---- what the keeper adopts


@pytest.mark.asyncio
async def test_the_keeper_adopts_a_later_snapshot_and_no_earlier_one(world: Operators) -> None:
    first = world.exchange.envelope
    index = (await world.snapshots.adopt(SnapshotReply(second(world)))).index
    ((data,),) = world.rows("SELECT data FROM leaf WHERE idx = ?", index)
    assert decode_leaf(bytes(data)).kind is LeafKind.SNAPSHOT  # type: ignore[call-overload]
    with pytest.raises(Tampered, match="registry-chain-broken"):
        await world.snapshots.adopt(SnapshotReply(second(world, at_ms=5)))
    assert (await world.snapshots.adopt(SnapshotReply(second(world)))).index == index
    assert first != world.exchange.snapshot


@pytest.mark.asyncio
async def test_the_keeper_needs_both_signatures(world: Operators) -> None:
    both = second(world)
    for one in both.signatures:
        with pytest.raises(Tampered, match="signature-missing"):
            await world.snapshots.adopt(SnapshotReply(Envelope(both.payloadType, both.payload, (one,))))


@pytest.mark.asyncio
async def test_every_key_comes_with_its_proof_of_possession(world: Operators) -> None:
    snapshot = world.exchange.snapshot
    stolen = base(random_scalar())
    mine = random_scalar()
    first, other = snapshot.institutions
    rogue = Replace(first, epochs=(Replace(first.epochs[0], elgamal=stolen),))
    borrowed = Replace(first, epochs=(Replace(first.epochs[0], elgamal_proof=other.epochs[0].elgamal_proof),))
    wrong_name = Replace(first, epochs=(Replace(first.epochs[0], elgamal=base(mine), elgamal_proof=prove_possession(mine, b"elsewhere").encode()),))
    for one in (rogue, borrowed, wrong_name):
        with pytest.raises(Tampered, match="possession-false"):
            await world.snapshots.adopt(SnapshotReply(second(world, institutions=(one, other))))
    audit = Replace(first, epochs=(Replace(first.epochs[0], elgamal=snapshot.audit[0].elgamal),))
    with pytest.raises(Tampered, match="key-reused"):
        await world.snapshots.adopt(SnapshotReply(second(world, institutions=(audit, other))))
    with pytest.raises(Tampered, match="snapshot-not-ours"):
        await world.snapshots.adopt(SnapshotReply(second(world, log_key="another")))
    with pytest.raises(Misconfigured, match="law-differs"):
        await world.snapshots.adopt(SnapshotReply(second(world, law=bytes(32))))


@pytest.mark.asyncio
async def test_shares_are_made_once(world: Operators) -> None:
    asked = ShareRequest((("new", 1), (A, 1)), 1)
    parts = await world.snapshots.parts(asked)
    assert await parts_of(world, asked) == (parts.shares, parts.audit_share)
    assert parts.shares[1] == world.exchange.snapshot.institution(A, "x").current().share_keeper
    ((closed,),) = world.rows("SELECT rest_secret FROM share WHERE target = 'new'")
    assert world.keeper.shares.of("new", 1) not in bytes(closed)  # type: ignore[call-overload]


async def parts_of(world: Operators, asked: ShareRequest) -> tuple[tuple[bytes, ...], bytes]:
    parts = await world.snapshots.parts(asked)
    return parts.shares, parts.audit_share


# ---- enrolment passes through both


@pytest.mark.asyncio
async def test_an_enrolment_is_the_registrars_alone(world: Operators) -> None:
    caught: list[EnrolOperate] = []
    operate = world.registrar._operate

    async def catch(asked: EnrolOperate):  # type: ignore[no-untyped-def]
        caught.append(asked)
        return await operate(asked)

    world.registrar._operate = catch
    await world.enrol(A, list(world.offices[A].codes)[:1])
    batch = caught[0].batch
    forged = sign_envelope(batch.payloadType, batch.payload, SigningKey.generate(), "registrar")
    for handle in (world.exchange_enrol.handle, world.enrolling.handle):
        with pytest.raises(Tampered, match="signature-invalid"):
            await handle(EnrolOperate(forged))
    step = world.exchange_enrol._step(caught[0], read_batch(batch, world.exchange.snapshot.registrar))
    again = world.exchange_enrol._step(EnrolOperate(forged), read_batch(batch, world.exchange.snapshot.registrar))
    assert await world.enrolling.handle(EnrolOperate(batch, step))
    assert await world.enrolling.handle(EnrolOperate(batch, again))
    for bad in (b"", b"\xc1", b"\x81\xa1\xff\x00", step[:-1]):
        with pytest.raises(Fault, match="step-unreadable"):
            await world.enrolling.handle(EnrolOperate(batch, bad))
    broken = msgspec.msgpack.decode(step) | {"E": base(random_scalar())}
    with pytest.raises(Tampered, match="dleq-false"):
        await world.enrolling.handle(EnrolOperate(batch, msgspec.msgpack.encode(broken)))
