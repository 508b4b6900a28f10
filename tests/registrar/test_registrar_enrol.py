"""Enrolment at the registrar: for the institution that asks, on a basis that is written down, by numbers or by one-use acquisition numbers."""

from datetime import date

import msgspec
import pytest

from enishi.errors import Busy, Denied, Fault, Malformed, Unavailable, Unknown
from enishi.protocol.enrol import MAX_BATCH
from enishi.protocol.registry import Capacity
from enishi.protocol.wire import Empty, EnrolOperate, EnrolPerson, EnrolRequest
from enishi.roles.registrar.enrol import Enrolling
from enishi.terms import InstitutionId
from keeper.world_operators import ACQUISITION, NUMBERS, STRANGER, TENANTS, A, B, Operators
from running.operators_running import Dial

Replace = msgspec.structs.replace
BASIS = "425AC0000000027#21_2"


@pytest.fixture
def ministry(world: Operators) -> None:
    """B holds the capacity that asks by acquisition number."""
    snapshot = world.registry.snapshot
    parties = tuple(Replace(one, capacities=(Capacity("法務大臣", date(2020, 1, 1)),)) if one.id == B else one for one in snapshot.institutions)
    world.registry._shown = Replace(snapshot, institutions=parties)


def asked(*people: EnrolPerson, institution: str = A) -> EnrolRequest:
    return EnrolRequest(InstitutionId(institution), BASIS, people)


def ref(name: str) -> bytes:
    """A ref of 16 bytes that a test can read."""
    return name.encode().rjust(16)


@pytest.mark.asyncio
async def test_the_code_comes_back_under_the_institutions_own_ref(world: Operators) -> None:
    await world.enrol(A, [NUMBERS[2]])
    codes = world.offices[A].codes
    assert len({codes[number] for number in NUMBERS}) == 3
    assert codes[NUMBERS[0]] != world.offices[B].codes[NUMBERS[0]]
    before = codes[NUMBERS[2]]
    await world.enrol(A, [NUMBERS[2]])
    assert world.offices[A].codes[NUMBERS[2]] == before
    del codes[NUMBERS[2]]


@pytest.mark.asyncio
async def test_who_is_not_in_the_register_is_named_by_ref(world: Operators) -> None:
    people = [
        EnrolPerson(ref("known"), NUMBERS[0]),
        EnrolPerson(ref("stranger"), STRANGER),
        EnrolPerson(ref("none"), "12"),
        EnrolPerson(ref("empty")),
    ]
    reply = await world.registrar.handle(asked(*people), TENANTS)
    assert (reply.enrolled, reply.unknown) == (1, (ref("stranger"), ref("none"), ref("empty")))
    assert len(world.delivered) == 1


@pytest.mark.asyncio
@pytest.mark.usefixtures("ministry")
async def test_an_acquisition_number_is_spent_by_its_use(world: Operators) -> None:
    person = EnrolPerson(ref("ref"), acquisition_number=ACQUISITION)
    first = await world.registrar.handle(asked(person, institution=B), TENANTS)
    assert (first.enrolled, first.unknown) == (1, ())
    world.take(world.offices[B], world.delivered.pop())
    assert world.offices[B].codes.pop("ref") == world.offices[B].codes[NUMBERS[1]]
    again = await world.registrar.handle(asked(person, institution=B), TENANTS)
    assert (again.enrolled, again.unknown) == (0, (ref("ref"),))


@pytest.mark.asyncio
@pytest.mark.usefixtures("ministry")
async def test_an_acquisition_number_outlives_a_delivery_that_failed(world: Operators) -> None:
    async def away(operate: EnrolOperate) -> Empty:
        raise Unavailable("peer-unreachable", "exchange")

    person = EnrolPerson(ref("ref"), acquisition_number=ACQUISITION)
    with pytest.raises(Unavailable):
        await Enrolling(world.registrar_db, world.registry, world.founded.registrar, away).handle(asked(person, institution=B), TENANTS)
    assert (await world.registrar.handle(asked(person, institution=B), TENANTS)).enrolled == 1


@pytest.mark.asyncio
async def test_an_institution_asks_for_itself(world: Operators) -> None:
    one = EnrolPerson(ref("ref"), NUMBERS[0])
    with pytest.raises(Denied, match="inquirer-not-your-tenant"):
        await world.registrar.handle(asked(one), frozenset({B}))
    with pytest.raises(Unknown, match="institution-unknown"):
        await world.registrar.handle(asked(one, institution="999999"), frozenset({"999999"}))
    snapshot = world.registry.snapshot
    stopped = tuple(Replace(each, suspended=True) for each in snapshot.institutions)
    world.registry._shown = Replace(snapshot, institutions=stopped)
    with pytest.raises(Denied, match="institution-suspended"):
        await world.registrar.handle(asked(one), TENANTS)


@pytest.mark.asyncio
@pytest.mark.parametrize("count", [0, MAX_BATCH + 1])
async def test_a_batch_has_a_size(world: Operators, count: int) -> None:
    with pytest.raises(Malformed, match="rows-count"):
        await world.registrar.handle(asked(*[EnrolPerson(ref("ref"), NUMBERS[0])] * count), TENANTS)


@pytest.mark.asyncio
async def test_each_enrolment_is_written_down_before_anything_leaves(world: Operators) -> None:
    async def away(operate: EnrolOperate) -> Empty:
        raise Unavailable("peer-unreachable", "exchange")

    registrar = Enrolling(world.registrar_db, world.registry, world.founded.registrar, away)
    with pytest.raises(Fault):
        await registrar.handle(asked(EnrolPerson(ref("ref"), NUMBERS[2])), TENANTS)
    kept = world.registrar_db.read_now(
        lambda c: c.execute("SELECT institution, epoch, basis FROM enrolment WHERE individual_number = ?", (NUMBERS[2],)).fetchall()
    )
    assert kept == [(A, 1, BASIS)]


# ---- what may be asked


@pytest.mark.asyncio
@pytest.mark.parametrize("basis", ["", "test", "506M60004008009#2", "425AC0000000027#19-1-8"])
async def test_only_the_provision_on_codes_is_a_basis(world: Operators, basis: str) -> None:
    with pytest.raises(Malformed, match="basis-unknown"):
        await world.registrar.handle(Replace(asked(EnrolPerson(ref("ref"), NUMBERS[0])), basis=basis), TENANTS)
    assert world.delivered == []


@pytest.mark.asyncio
async def test_only_the_ministry_of_justice_asks_by_acquisition_number(world: Operators) -> None:
    with pytest.raises(Denied, match="acquisition-not-yours"):
        await world.registrar.handle(asked(EnrolPerson(ref("ref"), acquisition_number=ACQUISITION), institution=B), TENANTS)
    assert world.registrar_db.read_now(lambda c: c.execute("SELECT ref FROM acquisition").fetchall()) == [(b"",)]


@pytest.mark.asyncio
@pytest.mark.usefixtures("ministry")
async def test_and_it_does_not_ask_by_number(world: Operators) -> None:
    with pytest.raises(Denied, match="number-not-yours"):
        await world.registrar.handle(asked(EnrolPerson(ref("ref"), NUMBERS[0]), institution=B), TENANTS)


@pytest.mark.asyncio
@pytest.mark.usefixtures("ministry")
async def test_an_acquisition_number_that_is_in_use_serves_no_second_ref(world: Operators) -> None:
    async def away(operate: EnrolOperate) -> Empty:
        raise Unavailable("peer-unreachable", "exchange")

    first, second = (EnrolPerson(one, acquisition_number=ACQUISITION) for one in (ref("first"), ref("second")))
    with pytest.raises(Unavailable):
        await Enrolling(world.registrar_db, world.registry, world.founded.registrar, away).handle(asked(first, institution=B), TENANTS)
    assert (await world.registrar.handle(asked(second, institution=B), TENANTS)).unknown == (ref("second"),)
    assert (await world.registrar.handle(asked(first, institution=B), TENANTS)).enrolled == 1
    assert world.registrar_db.read_now(lambda c: c.execute("SELECT COUNT(*) FROM acquisition").fetchone()) == (0,)


async def forgotten(world: Operators) -> None:
    """Nothing was asked today yet: the founding enrolled some."""
    await world.registrar_db.write(lambda connection: connection.execute("DELETE FROM enrolment_day").rowcount)


@pytest.mark.asyncio
async def test_an_institutions_day_has_an_end(world: Operators, dial: Dial) -> None:
    await forgotten(world)
    registrar = Enrolling(world.registrar_db, world.registry, world.founded.registrar, world.exchange_enrol.handle, quota=3)
    two = asked(EnrolPerson(ref("known"), NUMBERS[0]), EnrolPerson(ref("stranger"), STRANGER))
    await registrar.handle(two, TENANTS)
    with pytest.raises(Busy, match="enrolment-quota-spent") as caught:
        await registrar.handle(two, TENANTS)
    assert caught.value.status == 429
    await registrar.handle(Replace(two, institution=InstitutionId(B)), TENANTS)
    dial.now += 24 * 3600 * 1000
    await registrar.handle(two, TENANTS)


@pytest.mark.asyncio
async def test_a_request_that_came_to_nothing_spends_no_day(world: Operators) -> None:
    async def away(operate: EnrolOperate) -> Empty:
        raise Unavailable("peer-unreachable", "exchange")

    await forgotten(world)
    failing = Enrolling(world.registrar_db, world.registry, world.founded.registrar, away, quota=1)
    for _ in range(3):
        with pytest.raises(Unavailable, match="peer-unreachable"):
            await failing.handle(asked(EnrolPerson(ref("ref"), NUMBERS[0])), TENANTS)
