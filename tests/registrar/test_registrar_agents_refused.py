"""A mandate to an organisation that is refused: by law, registry, form, card, session, or by the platform that does not believe it."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from card.handed_card import ORDER
from enishi.card.authority import Use
from enishi.errors import Denied, Fault, Tampered, Unauthenticated, Unknown
from enishi.protocol.agent import LONGEST_MS, AgentsAsk, AgentSession, AgentsTold, AgentWithdrawal, read_mandate, sign_mandate
from enishi.protocol.declared import FRESH_MS, SESSION_MS
from enishi.protocol.offer import sign_offer
from enishi.protocol.statement import AffairRef
from enishi.protocol.view import request_digest
from enishi.roles.gateway.offers.fetching import AHEAD_MS
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId
from registrar.acting_registrar import ACT, AGENT, AUTHORITY, EMPLOYER, Replace, Town, withdraw
from registrar.mandating_registrar import in_force
from registrar.offering_registrar import application, carded, logged_in
from running.operators_running import Dial

NOT_LAWFUL: list[tuple[dict[str, Any], str]] = [
    # 特定技能 filings are no affair with number use on this day; nor is anything that is in no table.
    ({"affair": AffairRef(ACT, "31-4")}, "agent-without-basis"),
    ({"affair": AffairRef(ACT, "999")}, "agent-without-basis"),
    ({"affair": AffairRef("ordinance012131", "1")}, "agent-without-basis"),
    # The recipient is no number user of the affair.
    ({"affair": AffairRef(ACT, "83")}, "agent-without-basis"),
    ({"recipient": InstitutionId("011002")}, "agent-without-basis"),
    # It is one for the recipient, of a law that the registry does not enter the organisation for.
    ({"affair": AffairRef(ORDER, "108"), "recipient": InstitutionId("012131")}, "agent-not-registered"),
    # The city is no organisation of this kind, and an employer acts for whom it employs, an agent for who commissioned it.
    ({"agent": InstitutionId("012131")}, "agent-not-registered"),
    ({"part": "commission"}, "agent-not-registered"),
    ({"agent": AGENT}, "agent-not-registered"),
    ({"agent": InstitutionId("nobody")}, "institution-unknown"),
    ({"recipient": InstitutionId("nobody")}, "institution-unknown"),
]


async def refused(town: Town, signed: Any) -> str:
    with pytest.raises(Fault) as caught:
        await town.acting.take(signed)
    assert town.held("SELECT COUNT(*) FROM agent_mandate") == [(0,)]
    return caught.value.code


@pytest.mark.asyncio
async def test_only_what_law_and_registry_give_a_basis_for_is_taken(town: Town) -> None:
    for changes, slug in NOT_LAWFUL:
        assert await refused(town, await town.brought(**changes)) == slug, changes
    for name in (EMPLOYER, AUTHORITY):
        standing = town.parties[name]
        town.show(Replace(standing, suspended=True))
        assert await refused(town, await town.brought()) == "institution-suspended"
        town.show(standing)
    assert await town.give()


@pytest.mark.asyncio
async def test_it_is_fresh_signed_by_the_person_of_the_session_and_taken_once(town: Town, dial: Dial) -> None:
    for apart in (FRESH_MS + 1, -FRESH_MS - 1):
        assert await refused(town, await town.brought(at_ms=dial.now + apart)) == "offer-not-fresh"
    assert await refused(town, await town.brought(0, 1)) == "offer-of-another-person"
    late = sign_mandate(town.mandate(await logged_in(town.world)), town.world.founded.portal)
    dial.now += SESSION_MS
    assert await refused(town, town.carded(late)) == "offer-not-fresh"
    session = await logged_in(town.world)
    envelope = sign_mandate(town.mandate(session), town.world.founded.portal)
    assert await refused(town, town.carded(envelope, 0, Use.AUTHENTICATION)) == "card-certificate-refused"
    signed = town.carded(envelope)
    await town.acting.take(signed)
    with pytest.raises(Fault, match="offer-repeated"):
        await town.acting.take(signed)


@pytest.mark.asyncio
async def test_a_number_offer_is_no_mandate_and_a_mandate_no_number_offer(town: Town) -> None:
    """A signature over the one opens nothing of the other: kind and shape are apart, and so is what the card signed."""
    session = await logged_in(town.world)
    offer = carded(town.world, sign_offer(application(session), town.world.founded.portal))
    with pytest.raises(Tampered):
        await town.acting.take(town.carded(offer.offer))
    with pytest.raises(Tampered):
        read_mandate(offer.offer, town.world.founded.portal.public)


SHAPES: list[tuple[str, Callable[[Any], Any]]] = [
    ("version-unknown", lambda one: Replace(one, v=2)),
    ("kind-wrong", lambda one: Replace(one, face="consent")),
    ("agent-too-long", lambda one: Replace(one, until_ms=one.at_ms)),
    ("agent-too-long", lambda one: Replace(one, until_ms=one.at_ms + LONGEST_MS + 1)),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("slug", "change"), SHAPES)
async def test_the_shape_of_a_mandate(town: Town, slug: str, change: Callable[[Any], Any]) -> None:
    key = SigningKey.generate()
    good = town.mandate(b"request")
    with pytest.raises(Fault) as caught:
        read_mandate(sign_mandate(change(good), key), key.public)
    assert caught.value.code == slug
    longest = Replace(good, until_ms=good.at_ms + LONGEST_MS)
    assert read_mandate(sign_mandate(longest, key), key.public) == longest


@pytest.mark.asyncio
async def test_nobody_sees_or_withdraws_anothers(town: Town, dial: Dial) -> None:
    reference = await town.give(0)
    with pytest.raises(Unknown, match="agent-unknown"):
        await withdraw(town, reference, 1)
    assert await town.seen(1) == ()
    session = request_digest(await logged_in(town.world))
    dial.now += SESSION_MS
    for call in (town.acting.listed(AgentSession(session)), town.acting.withdraw(AgentWithdrawal(session, reference))):
        with pytest.raises(Unauthenticated, match="agent-session-over"):
            await call  # type: ignore[misc]
    assert (await town.seen())[0].ended_ms == 0


@pytest.mark.asyncio
async def test_a_platform_asks_for_and_strikes_its_own_alone(town: Town) -> None:
    reference = await town.give()
    with pytest.raises(Denied, match="tenant-not-yours"):
        await town.giving.give(AgentsAsk((EMPLOYER,)), frozenset({AGENT}))
    with pytest.raises(Denied, match="tenant-not-yours"):
        await town.giving.told(AgentsTold(EMPLOYER, (), (reference,)), frozenset({AGENT}))
    await town.giving.told(AgentsTold(AGENT, (reference,), (reference,)), frozenset({AGENT}))
    assert await town.fetch() == 1


@pytest.mark.asyncio
async def test_what_a_platform_does_not_believe_is_neither_kept_nor_confirmed(town: Town, dial: Dial) -> None:
    good, other = await town.brought(), await town.brought()
    reference = (await town.acting.take(good)).reference
    true = town.held("SELECT signed FROM agent_mandate")[0][0]
    for wrong in (Replace(good, mandate=other.mandate), Replace(good, signature=bytes(64))):
        planted = msgspec.msgpack.encode(wrong)
        await town.world.registrar_db.write(lambda c, planted=planted: c.execute("UPDATE agent_mandate SET signed = ?", (planted,)).rowcount)
        town.platform._unbelieved.clear()
        assert await town.fetch() == 0
    assert town.platform._unbelieved == {reference: None}
    await town.world.registrar_db.write(lambda c: c.execute("UPDATE agent_mandate SET signed = ?", (true,)).rowcount)
    assert await town.fetch() == 0  # seen and left out, until the registry changes
    town.platform._unbelieved.clear()
    dial.now -= AHEAD_MS + 1
    assert await town.fetch() == 0
    town.platform._unbelieved.clear()
    dial.now += AHEAD_MS + 1
    assert await town.fetch() == 1


@pytest.mark.asyncio
async def test_who_looks_for_somebody_else_sees_and_withdraws_nothing_of_theirs(town: Town) -> None:
    """A representative's session (15.4) shows the principal's record; at this door it is the representative's own, by the card that opened it."""
    theirs, own = await town.give(0), await town.give(1)
    mandate = await in_force(town.world)
    request = town.world.request(mandate=mandate.id)
    await town.world.registrar_viewing.handle(town.world.ask(request, 1))
    session = request_digest(request)
    assert [one.reference for one in (await town.acting.listed(AgentSession(session))).mandates] == [own]
    with pytest.raises(Unknown, match="agent-unknown"):
        await town.acting.withdraw(AgentWithdrawal(session, theirs))
    envelope = sign_mandate(Replace(town.mandate(b""), session=session), town.world.founded.portal)
    with pytest.raises(Denied, match="offer-of-another-person"):
        await town.acting.take(town.carded(envelope, 0))
