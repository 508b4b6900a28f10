"""A mandate to an organisation, from the card to the word that it is deleted: given, fetched, and ended in each of its ways."""

from collections.abc import Callable
from datetime import date

import msgspec
import pytest

from enishi.errors import Denied, Unavailable, Unknown
from enishi.law import load
from enishi.law.tables import Tables
from enishi.protocol.agent import AgentsAsk
from enishi.protocol.legal import policy_of
from enishi.protocol.wire import EnrolPerson, EnrolRequest
from enishi.roles.registrar.asking import BASES, check_asking
from enishi.roles.registrar.offering import Reading
from keeper.world_operators import NUMBERS
from registrar.acting_registrar import AGENT, AUTHORITY, EMPLOYER, MONTH_MS, NUMBER, PERMIT, STATE, Replace, Town, related, withdraw
from registrar.offering_registrar import DAY
from running.operators_running import Dial

# ---- the whole way


@pytest.mark.asyncio
async def test_given_fetched_withdrawn_and_deleted(town: Town, dial: Dial) -> None:
    reference = await town.give()
    (shown,) = await town.seen()
    assert (shown.agent, shown.recipient, shown.affair, shown.part) == (EMPLOYER, AUTHORITY, PERMIT, "employment")
    assert (shown.taken_ms, shown.ended_ms, shown.deleted_ms) == (0, 0, 0)
    dial.now += 2000
    assert await town.fetch() == 1
    assert town.kept(NUMBER, reference) == [(NUMBERS[0],)]
    assert (await town.seen())[0].taken_ms == dial.now
    assert town.held("SELECT signed FROM agent_mandate") == [(b"",)]
    assert await town.fetch() == 0
    dial.now += 5000
    (shown,) = await withdraw(town, reference)
    assert (shown.ended_ms, shown.reason, shown.deleted_ms) == (dial.now, "withdrawn", 0)
    dial.now += 1000
    await town.fetch()
    assert town.kept(NUMBER, reference) == []
    assert town.kept(STATE, reference) == [(0, "withdrawn", 1, 1)]
    (shown,) = await town.seen()
    assert (shown.ended_ms, shown.deleted_ms) == (dial.now - 1000, dial.now)
    # Nothing is left to ask for, and nothing to say.
    asked = AgentsAsk((EMPLOYER,))
    assert (await town.giving.give(asked, frozenset({EMPLOYER}))) == type(await town.agents(asked))((), ())


@pytest.mark.asyncio
async def test_for_many_and_for_each_organisation_its_own(town: Town) -> None:
    own = {await town.give(0), await town.give(0), await town.give(1)}
    other = await town.give(1, agent=AGENT, part="commission")
    assert await town.fetch() == 4
    assert {row[0] for row in town.kept("SELECT reference FROM agent_mandate")} == own
    assert town.kept("SELECT reference, part FROM agent_mandate", name=AGENT) == [(other, "commission")]
    assert {one.reference for one in await town.seen(1)} - own == {other}


@pytest.mark.asyncio
async def test_it_leads_to_no_code(town: Town) -> None:
    """Its number stands apart from those that codes are obtained for, and the registrar gives an organisation none, whatever it names."""
    await town.give()
    await town.fetch()
    assert town.kept("SELECT COUNT(*) FROM number") == [(0,)]
    people = (EnrolPerson(ref=bytes(16), individual_number=NUMBERS[0]),)
    asked = EnrolRequest(EMPLOYER, min(BASES), people)
    with pytest.raises(Denied, match="agent-without-code"):
        check_asking(asked, town.parties[EMPLOYER], DAY)
    ended = Replace(town.parties[EMPLOYER], capacities=(related(until=date(2020, 1, 1)),))
    with pytest.raises(Denied, match="agent-without-code"):
        check_asking(asked, ended, DAY)
    city = town.world.registry.snapshot.by_id["012131"]
    check_asking(Replace(asked, institution=city.id), Replace(city, capacities=(*city.capacities, related())), DAY)


# ---- its ends


@pytest.mark.asyncio
async def test_its_day_comes_although_the_registrar_is_away(town: Town, dial: Dial) -> None:
    reference = await town.give()
    await town.fetch()
    town.down, dial.now = True, dial.now + MONTH_MS - 1
    with pytest.raises(Unavailable):
        await town.fetch()
    assert town.kept(NUMBER, reference) == [(NUMBERS[0],)]
    dial.now += 1
    with pytest.raises(Unavailable):
        await town.fetch()
    assert town.kept(NUMBER, reference) == []
    assert town.kept(STATE, reference) == [(0, "expired", 1, 0)]
    (shown,) = await town.seen()
    assert (shown.reason, shown.ended_ms, shown.deleted_ms) == ("expired", shown.until_ms, 0)
    town.down = False
    await town.fetch()
    assert (await town.seen())[0].deleted_ms == dial.now
    assert town.kept(STATE, reference) == [(0, "expired", 1, 1)]


@pytest.mark.asyncio
async def test_the_organisation_gives_it_up(town: Town, dial: Dial) -> None:
    reference = await town.give()
    await town.fetch()
    town.down = True
    ended = await town.platform.end(town.tenants[EMPLOYER], reference)
    assert (ended.reason, ended.person, town.kept(NUMBER, reference)) == ("given_up", None, [])
    assert (await town.seen())[0].ended_ms == 0
    town.down, dial.now = False, dial.now + 1000
    await town.fetch()
    (shown,) = await town.seen()
    assert (shown.reason, shown.deleted_ms) == ("given_up", dial.now)
    again = await town.platform.end(town.tenants[EMPLOYER], reference)
    assert again == ended
    with pytest.raises(Unknown, match="agent-unknown"):
        await town.platform.end(town.tenants[AGENT], reference)


@pytest.mark.asyncio
async def test_a_suspension_ends_it_for_good(town: Town) -> None:
    reference = await town.give()
    await town.fetch()
    standing = town.parties[EMPLOYER]
    town.show(Replace(standing, suspended=True))
    await town.settling.settle()
    town.show(standing)
    await town.fetch()
    assert town.kept(STATE, reference) == [(0, "standing", 1, 1)]
    assert (await town.seen())[0].reason == "standing"


FALLEN: list[tuple[str, Callable[[Town], None]]] = [
    ("standing", lambda town: town.show(Replace(town.parties[EMPLOYER], suspended=True))),
    ("standing", lambda town: town.show(Replace(town.parties[EMPLOYER], capacities=(related(until=DAY),)))),
    ("standing", lambda town: town.show(Replace(town.parties[EMPLOYER], capacities=(related("雇用保険法"),)))),
    ("standing", lambda town: town.show(Replace(town.parties[EMPLOYER], kind="agent"))),
    ("standing", lambda town: town.without(EMPLOYER)),
    ("basis", lambda town: town.without(AUTHORITY)),
    ("basis", lambda town: town.show(Replace(town.parties[AUTHORITY], capacities=()))),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("reason", "change"), FALLEN)
async def test_it_ends_with_its_basis_and_with_the_organisations_standing(town: Town, reason: str, change: Callable[[Town], None]) -> None:
    reference = await town.give()
    await town.fetch()
    change(town)
    await town.fetch()
    assert town.kept(STATE, reference) == [(0, reason, 1, 1)]
    assert town.kept(NUMBER, reference) == []


@pytest.mark.asyncio
async def test_a_day_whose_law_is_not_verified_gives_none_and_ends_none(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = await town.give()
    await town.fetch()
    for part in (town.acting, town.settling):
        monkeypatch.setattr(part, "_law", part._law._replace(day=date(2026, 11, 1)))
    with pytest.raises(Denied, match="agent-without-basis"):
        await town.give()
    await town.fetch()
    assert town.kept(NUMBER, reference) == [(NUMBERS[0],)]


@pytest.mark.asyncio
async def test_a_table_made_anew_ends_none_whose_affair_stands_in_it(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """On 2026-10-01 the stay permits become row 31-3; read as if that day were verified."""
    later = Tables(msgspec.msgpack.encode(Replace(load().book, verified_until=date(2027, 1, 1))))
    stays, goes = await town.give(), await town.give()
    await town.fetch()
    await town.world.registrar_db.write(lambda c: c.execute("UPDATE agent_mandate SET row = '999' WHERE reference = ?", (goes,)).rowcount)
    monkeypatch.setattr(town.settling, "_law", Reading(lambda: later, policy_of("off", "refuse"), date(2026, 11, 1)))
    await town.fetch()
    assert town.kept(NUMBER, stays) == [(NUMBERS[0],)]
    assert town.kept(STATE, goes) == [(0, "basis", 1, 1)]


@pytest.mark.asyncio
async def test_withdrawn_before_it_was_fetched_it_never_arrives(town: Town) -> None:
    reference = await town.give()
    await withdraw(town, reference)
    assert town.held("SELECT signed FROM agent_mandate") == [(b"",)]
    assert await town.fetch() == 0
    assert town.kept("SELECT COUNT(*) FROM agent_mandate") == [(0,)]
    # There was nothing to delete: its word that nothing is there comes all the same.
    assert (await town.seen())[0].deleted_ms > 0


@pytest.mark.asyncio
async def test_what_is_gone_stands_in_no_page_of_either_file(town: Town) -> None:
    for writer in (town.world.registrar_db, *(tenant.database for tenant in town.tenants.values())):
        # Some builds of SQLite overwrite freed pages unasked; what the program asks for is what is looked at.
        await writer.write(lambda connection: connection.execute("PRAGMA secure_delete=OFF").fetchone())
    reference, name = await town.give(), "内田".encode()
    await town.fetch()
    database = town.tenants[EMPLOYER].folder / "gateway.db"
    await withdraw(town, reference)
    await town.fetch()
    for tenant in town.tenants.values():
        await tenant.database.close()
    content = database.read_bytes()
    assert (NUMBERS[0].encode() in content, name in content) == (False, False)
    assert reference in content
    await town.world.registrar_db.close()
    assert name not in (town.world.data / "registrar" / "registrar.db").read_bytes()
