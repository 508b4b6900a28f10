"""Adding, suspending and reinstating on real databases: two acts of two sides, a crash between any two steps, whoever was away."""

import asyncio
import dataclasses

import msgspec
import pytest

from enishi.errors import Conflict, Denied, Fault, Malformed, Tampered, Unavailable, Unknown
from enishi.linkage.group import base, random_scalar
from enishi.linkage.possession import prove_possession
from enishi.protocol.founding import FoundingInstitution
from enishi.protocol.registry import Snapshot, check_snapshot, possession_context
from enishi.protocol.standing import SuspendAsk, SuspensionNote
from enishi.protocol.wire import Empty, EnrolOperate, Recorded, SnapshotReply
from enishi.roles.exchange.publishing import Publishing
from enishi.roles.exchange.spreading import spread
from enishi.roles.exchange.state import State as ExchangeState
from enishi.roles.exchange.suspending import Suspending, SuspendingDoors
from enishi.roles.keeper.suspending import Suspending as KeeperSuspending
from enishi.roles.oversight import suspending as oversight_suspending
from enishi.roles.oversight.suspending import Suspending as Commission
from enishi.terms import InstitutionId
from enishi.tlog.leaf import LeafKind, decode_leaf
from keeper.world_operators import A, B, Operators

Replace = msgspec.structs.replace
WHY = SuspendAsk(InstitutionId(A), "incident", "a laptop was lost")


class Acts:
    """The operators' verbs over one world; a test takes doors away."""

    def __init__(self, world: Operators) -> None:
        self.world, self.pushed, self.away = world, list[SnapshotReply](), set[str]()
        self.woken = 0
        doors = dataclasses.replace(world.founding_doors(), cosign=self.cosign)
        self.publishing = Publishing(world.exchange, doors, frozenset({"platform-1"}), self.wake)
        self.suspending = Suspending(world.exchange, SuspendingDoors(self.keeper, lambda: {"platform-1": self.push}), self.wake)
        self.commission = Commission(world.oversight_db, world.founded.oversight, oversight_suspending.SuspendingDoors(self.keeper, self.exchange))

    def wake(self) -> None:
        self.woken += 1

    def _up(self, name: str) -> None:
        if name in self.away:
            raise Unavailable("peer-unreachable", name)

    async def cosign(self, draft: SnapshotReply) -> SnapshotReply:
        self._up("oversight")
        return await self.world.cosigner.handle(draft)

    async def keeper(self, note: SuspensionNote) -> Recorded:
        self._up("keeper")
        return await KeeperSuspending(self.world.keeper).take(note)

    async def exchange(self, note: SuspensionNote) -> Empty:
        self._up("exchange")
        return await self.suspending.take(note)

    async def push(self, shown: SnapshotReply) -> Empty:
        self._up("platform-1")
        self.pushed.append(shown)
        return Empty()

    async def spread(self) -> None:
        await spread(self.publishing, self.suspending)


def stands(snapshot: Snapshot, institution: str = A) -> bool:
    return not snapshot.institution(institution, "").suspended


def newcomer(world: Operators, **changes: object) -> FoundingInstitution:
    """An institution with keys and a proof of its own."""
    one, secret = world.exchange.snapshot.institution(B, ""), random_scalar()
    keys = one.epochs[0]
    given = {
        "id": "011011",
        "name_ja": "札幌市",
        "name_en": "Sapporo",
        "kind": one.kind,
        "platform": "platform-1",
        "capacities": one.capacities,
        "assessments": one.assessments,
        "elgamal": base(secret),
        "elgamal_proof": prove_possession(secret, possession_context("011011", "elgamal", 1)).encode(),
        "hpke": keys.hpke,
        "signing": keys.signing,
    }
    return FoundingInstitution(**(given | changes))  # type: ignore[arg-type]


@pytest.mark.asyncio
@pytest.mark.parametrize("side", ["exchange", "oversight"])
async def test_a_note_holds_at_once_is_logged_and_then_carried(world: Operators, side: str) -> None:
    acts, digest = Acts(world), world.exchange.digest
    done = await (acts.suspending if side == "exchange" else acts.commission).suspend(WHY)
    assert not stands(world.exchange.snapshot)
    assert not stands(world.keeper.snapshot)
    assert (world.exchange.digest, world.keeper.digest) == (digest, digest)
    ((data,),) = world.rows("SELECT data FROM leaf WHERE idx = ?", done.index)
    assert decode_leaf(bytes(data)).kind is LeafKind.SNAPSHOT  # type: ignore[call-overload]
    with pytest.raises(Conflict, match="institution-suspended-already"):
        await acts.suspending.suspend(WHY)
    await acts.spread()
    assert acts.pushed[0].suspensions == (done.note,)
    assert world.exchange.signed.serial == 2
    assert not stands(world.exchange.signed)
    assert world.exchange.notes == {}
    assert world.keeper.digest == world.exchange.digest
    await acts.spread()
    assert check_snapshot(acts.pushed[-1].snapshot, world.pins)[0].serial == 2
    assert world.exchange.signed.serial == 2


@pytest.mark.asyncio
async def test_what_is_under_way_stops_with_the_note(world: Operators) -> None:
    """Admitted before, committed after: the pair is not released."""
    acts, inquiry, asked = Acts(world), world.inquiry(), await _caught(world)
    admitted = await world.admit(world.asked(inquiry))
    commit = world.stepped(inquiry, admitted)
    await acts.suspending.suspend(WHY)
    with pytest.raises(Denied, match="ticket-false"):
        await world.commit(commit)
    with pytest.raises(Denied, match="institution-suspended"):
        await world.inquire(inquiry)
    with pytest.raises(Fault, match="institution-suspended"):
        await world.enrolling.handle(asked)
    world.exchange_enrol._keeper = _nobody
    with pytest.raises(Fault, match="institution-suspended"):
        await world.exchange_enrol.handle(asked)
    assert world.rows("SELECT 1 FROM item") == []


async def _nobody(asked: EnrolOperate) -> Empty:
    raise AssertionError("the exchange asked the keeper")


async def _caught(world: Operators):  # type: ignore[no-untyped-def]
    caught = []

    async def catch(asked):  # type: ignore[no-untyped-def]
        caught.append(asked)
        raise Unavailable("caught")

    world.registrar._operate = catch
    with pytest.raises(Unavailable):
        await world.enrol(A, list(world.offices[A].codes)[:1])
    return caught[0]


@pytest.mark.asyncio
async def test_who_was_away_is_told_later(world: Operators) -> None:
    acts = Acts(world)
    acts.away = {"keeper", "oversight", "platform-1"}
    assert (await acts.suspending.suspend(WHY)).index == -1
    await acts.spread()
    assert stands(world.keeper.snapshot)
    acts.away = {"oversight"}
    await acts.spread()
    assert not stands(world.keeper.snapshot)
    assert len(acts.pushed) == 1
    acts.away.clear()
    await acts.spread()
    assert not stands(world.exchange.signed)


@pytest.mark.asyncio
async def test_notes_are_there_after_a_new_start(world: Operators) -> None:
    acts = Acts(world)
    acts.away = {"oversight"}
    await acts.suspending.suspend(WHY)
    state = world.exchange
    again = ExchangeState(state.secrets, state.database, state.jurist, state.pins, state.pinned_day)
    await state.database.read(again.load_notes)
    again.publish(state.signed, state.digest, state.envelope)
    assert not stands(again.snapshot)
    world.keeper.notes.clear()
    await world.keeper.database.read(world.keeper.load_notes)
    world.keeper.adopt(state.signed, state.digest)
    assert not stands(world.keeper.snapshot)


@pytest.mark.asyncio
async def test_reinstating_waits_for_the_commissions_operator(world: Operators) -> None:
    acts = Acts(world)
    await acts.suspending.suspend(WHY)
    await acts.spread()
    made = await acts.publishing.reinstate(A)
    again = await acts.publishing.reinstate(A)
    assert (made.in_force, made.digest) == (False, again.digest)
    assert not (await acts.publishing.finish()).in_force
    with pytest.raises(Unknown, match="draft-unknown"):
        await world.cosigner.approve(bytes(32), "operator")
    await world.cosigner.approve(made.digest, "operator")
    assert (await acts.publishing.finish()).in_force
    assert stands(world.exchange.snapshot)
    assert stands(world.keeper.snapshot)
    assert world.exchange.digest == made.digest
    with pytest.raises(Conflict, match="institution-stands"):
        await acts.publishing.reinstate(A)


@pytest.mark.asyncio
async def test_a_note_outlives_a_draft_that_does_not_know_it(world: Operators) -> None:
    """Approved, then suspended, then published: the institution is still suspended, until the next registry says so for good."""
    acts = Acts(world)
    added = await acts.publishing.add(newcomer(world))
    await world.cosigner.approve(added.digest, "operator")
    acts.away = {"oversight", "exchange"}
    await acts.commission.suspend(WHY)
    await acts.suspending.suspend(Replace(WHY, institution=InstitutionId(B)))
    acts.away.clear()
    assert (await acts.publishing.finish()).in_force
    await acts.commission.tell()
    assert [stands(world.exchange.snapshot, one) for one in (A, B)] == [False, False]
    assert [stands(world.keeper.snapshot, one) for one in (A, B)] == [False, False]
    await acts.spread()
    assert [stands(world.exchange.signed, one) for one in (A, B)] == [False, False]


@pytest.mark.asyncio
async def test_an_institution_is_added_with_both_operators_shares(world: Operators) -> None:
    acts, one = Acts(world), newcomer(world)
    made = await acts.publishing.add(one)
    assert not made.in_force
    assert one.id not in world.exchange.snapshot.by_id
    await world.cosigner.approve(made.digest, "operator")
    assert (await acts.publishing.finish()).in_force
    keys = world.exchange.snapshot.institution(one.id, "").current()
    assert keys.share_exchange == base(world.exchange.shares.of(one.id, 1))
    assert keys.share_keeper == base(world.keeper.shares.of(one.id, 1))
    assert world.keeper.digest == world.exchange.digest
    with pytest.raises(Conflict, match="institution-known"):
        await acts.publishing.add(one)


@pytest.mark.asyncio
async def test_what_is_not_added(world: Operators) -> None:
    acts = Acts(world)
    stolen = base(random_scalar())
    for changes, kind, code in (
        ({"elgamal": stolen}, Tampered, "possession-false"),
        ({"id": "@audit"}, Malformed, "institution-id-wrong"),
        ({"platform": "platform-9"}, Unknown, "platform-unknown"),
        ({"capacities": ()}, Denied, "capacity-missing"),
    ):
        with pytest.raises(kind, match=code):
            await acts.publishing.add(newcomer(world, **changes))
        assert world.exchange.signed.serial == 1
    # A draft that was refused for good does not stand in the way of the next.
    assert not (await acts.publishing.add(newcomer(world))).in_force


@pytest.mark.asyncio
async def test_a_commission_that_did_not_answer_may_have_signed(world: Operators) -> None:
    """The answer is lost: the draft stays, and nothing takes its place."""
    acts = Acts(world)
    await acts.suspending.suspend(WHY)
    await acts.spread()
    made = await acts.publishing.reinstate(A)
    await world.cosigner.approve(made.digest, "operator")

    async def lost(draft: SnapshotReply) -> SnapshotReply:
        await world.cosigner.handle(draft)
        raise Unavailable("peer-unreachable", "oversight")

    doors = acts.publishing._doors
    acts.publishing._doors = dataclasses.replace(doors, cosign=lost)
    for work in (acts.publishing.finish, lambda: acts.publishing.add(newcomer(world))):
        with pytest.raises(Unavailable):
            await work()
    acts.publishing._doors = doors
    await asyncio.gather(acts.publishing.finish(), acts.publishing.finish())
    assert world.exchange.digest == made.digest
