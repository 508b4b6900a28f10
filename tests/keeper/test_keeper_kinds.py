"""Which kinds of outcome a provider may give, under which key epoch, and when it must name a provision."""

import msgspec
import pytest

from enishi.errors import Denied, Malformed
from enishi.protocol.outcome import sign_outcome
from enishi.protocol.statement import item_id_of
from enishi.protocol.wire import OutcomeForm
from enishi.roles.keeper import outcome
from enishi.terms import ItemId, Outcome
from keeper.world_operators import B, Operators, txid

PROVISION = "425AC0000000027#19-1-8"


async def opened(world: Operators) -> ItemId:
    inquiry = world.inquiry()
    await world.committed(inquiry)
    return item_id_of(txid(inquiry), 0)


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", sorted(outcome.UNGIVEN))
async def test_kinds_that_no_provider_gives(world: Operators, kind: Outcome) -> None:
    with pytest.raises(Denied, match="outcome-kind-not-yours"):
        await world.record(OutcomeForm(world.outcome(await opened(world), kind), b""))
    assert world.rows("SELECT state FROM item") == [("open",)]


@pytest.mark.asyncio
async def test_a_refusal_names_its_provision_and_nothing_else_does(world: Operators) -> None:
    item = await opened(world)
    for kind, citation in ((Outcome.REFUSED_WITH_CITATION, ""), (Outcome.PROVIDED, PROVISION), (Outcome.HELD, PROVISION)):
        with pytest.raises(Malformed, match="outcome-citation-wrong"):
            await world.record(OutcomeForm(world.outcome(item, kind, citation=citation), b""))
    await world.record(OutcomeForm(world.outcome(item, Outcome.REFUSED_WITH_CITATION, citation=PROVISION), b""))


@pytest.mark.asyncio
@pytest.mark.parametrize("citation", ["425AC0000000027#22-1", "425AC0000000027#19-1-8 ", "425AC0000000027#19", "too busy"])
async def test_a_refusal_on_another_provision_is_not_recorded(world: Operators, citation: str) -> None:
    item = await opened(world)
    with pytest.raises(Malformed, match="outcome-citation-not-allowed"):
        await world.record(OutcomeForm(world.outcome(item, Outcome.REFUSED_WITH_CITATION, citation=citation), b""))
    assert world.rows("SELECT state FROM item") == [("open",)]
    await world.record(OutcomeForm(world.outcome(item, Outcome.PROVIDED), b""))


@pytest.mark.asyncio
async def test_the_key_epoch_is_the_receipts(world: Operators) -> None:
    """A second epoch of B's is active: what its key signs is no word about an item that was converted for the first."""
    item = await opened(world)
    snapshot, digest = world.keeper.snapshot, world.keeper.digest
    party = snapshot.institution(B, "")
    later = msgspec.structs.replace(party.epochs[0], epoch=2)
    parties = tuple(msgspec.structs.replace(one, epochs=(*one.epochs, later)) if one.id == B else one for one in snapshot.institutions)
    world.keeper.adopt(msgspec.structs.replace(snapshot, institutions=parties), digest)
    claim = msgspec.structs.replace(outcome.check_outcome(world.outcome(item), snapshot.signing_keys), provider_epoch=2)
    with pytest.raises(Denied, match="outcome-not-yours"):
        await world.record(OutcomeForm(sign_outcome(claim, world.offices[B].signing), b""))
    await world.record(OutcomeForm(world.outcome(item), b""))
