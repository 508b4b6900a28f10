"""Handing over the number at the registrar: taken once, for whom the law lets use it, given to that institution alone, struck when it has it."""

import sqlite3
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from card.handed_card import ORDER
from enishi.card.authority import Use
from enishi.errors import Conflict, Denied, Fault, Unauthenticated, Unavailable
from enishi.law.verdict import GroundCode
from enishi.protocol.declared import FRESH_MS, SESSION_MS
from enishi.protocol.offer import HandedAsk, HandedTaken, read_offer, sign_offer
from enishi.protocol.statement import AffairRef
from enishi.protocol.view import CardSigned, card_message
from enishi.protocol.wire import ViewAsk
from enishi.roles.registrar import offers
from enishi.roles.registrar.people import import_signatures
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId
from faults.dying import dying_at
from keeper.world_operators import NUMBERS, TENANTS, A, B, Operators
from registrar.offering_registrar import application, brought, carded, logged_in, offering, slot_of
from running.operators_running import Dial

Replace = msgspec.structs.replace


def rows(world: Operators, query: str) -> list[Any]:
    return world.registrar_db.read_now(lambda connection: connection.execute(query).fetchall())


async def refused(world: Operators, signed: Any) -> str:
    with pytest.raises(Fault) as caught:
        await offering(world).take(signed)
    assert rows(world, "SELECT COUNT(*) FROM offer WHERE signed <> x''") == [(0,)]
    return caught.value.code


@pytest.mark.asyncio
async def test_a_number_goes_to_the_institution_that_the_application_names(world: Operators, dial: Dial) -> None:
    desk, signed = offering(world), await brought(world)
    taken = await desk.take(signed)
    assert (len(taken.reference), taken.at_ms) == (16, dial.now)
    assert (await desk.give(HandedAsk((InstitutionId(B),)), TENANTS)).numbers == ()
    assert (await desk.give(HandedAsk((InstitutionId(A),), (taken.reference,)), TENANTS)).numbers == ()
    for _ in range(2):
        (given,) = (await desk.give(HandedAsk((InstitutionId(A), InstitutionId(B))), TENANTS)).numbers
        assert (given.reference, given.individual_number, given.signed, given.at_ms) == (taken.reference, NUMBERS[0], signed, dial.now)
    await desk.taken(HandedTaken(InstitutionId(A), (taken.reference,)), TENANTS)
    assert (await desk.give(HandedAsk((InstitutionId(A),)), TENANTS)).numbers == ()


@pytest.mark.asyncio
async def test_a_reply_holds_no_more_than_it_may_and_the_others_come_in_their_turn(world: Operators, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = offering(world)
    taken = {(await desk.take(await brought(world))).reference for _ in range(3)}
    seen: set[bytes] = set()
    for most, count in ((1, 1), (len(msgspec.msgpack.encode(await brought(world))) * 5 // 2, 2)):
        monkeypatch.setattr("enishi.roles.registrar.offering.MOST", most)
        assert len((await desk.give(HandedAsk((InstitutionId(A),)), TENANTS)).numbers) == count
    for _ in range(200):
        # Nothing is confirmed, as by a platform that does not believe what it gets.
        seen |= {one.reference for one in (await desk.give(HandedAsk((InstitutionId(A),)), TENANTS)).numbers}
    assert seen == taken


@pytest.mark.asyncio
async def test_what_is_confirmed_is_struck_and_the_row_stays_for_its_person(world: Operators, dial: Dial) -> None:
    desk, signed = offering(world), await brought(world)
    taken = await desk.take(signed)
    dial.now += 5000
    for institution in (B, A, A):
        await desk.taken(HandedTaken(InstitutionId(institution), (taken.reference, bytes(16))), TENANTS)
        dial.now += 1000
    assert rows(world, "SELECT signed, taken_ms FROM offer") == [(b"", taken.at_ms + 6000)]
    name = "内田".encode()
    assert name in signed.certificate
    assert name not in (world.data / "registrar" / "registrar.db").read_bytes()
    (shown,) = offers.of_person(*connected(world), NUMBERS[0])
    assert (shown.reference, shown.institution, shown.affair, shown.purpose_item) == (taken.reference, A, AffairRef(ORDER, "108"), "1")
    assert (shown.at_ms, shown.taken_ms) == (taken.at_ms, taken.at_ms + 6000)
    assert offers.of_person(*connected(world), NUMBERS[1]) == ()


def connected(world: Operators) -> tuple[sqlite3.Connection]:
    return (world.registrar_db.read_now(lambda connection: connection),)


@pytest.mark.asyncio
async def test_the_person_sees_it_at_the_next_look_and_nobody_else_does(world: Operators) -> None:
    taken = await offering(world).take(await brought(world))
    own = await world.registrar_viewing.handle(world.ask(world.request()))
    other = await world.registrar_viewing.handle(world.ask(world.request(), 1))
    assert [one.reference for one in own.offers] == [taken.reference]
    assert other.offers == ()
    # A portal of 0.1.0 reads a look's reply as long as nothing was handed over.
    assert set(msgspec.msgpack.decode(msgspec.msgpack.encode(other))) == {"view"}


NOT_LAWFUL: list[tuple[dict[str, Any], str]] = [
    ({"affair": AffairRef(ORDER, "120")}, "offer-without-number-use"),
    ({"affair": AffairRef(ORDER, "999")}, "offer-without-number-use"),
    ({"affair": AffairRef("ordinance012131", "1")}, "offer-without-number-use"),
    ({"affair": AffairRef("425AC0000000027@2022-06-17#appended-1", "9")}, "offer-without-number-use"),
    ({"institution": InstitutionId("999999")}, "institution-unknown"),
]


@pytest.mark.asyncio
async def test_only_who_may_use_the_number_for_the_affair_receives_it(world: Operators) -> None:
    for changes, slug in NOT_LAWFUL:
        assert await refused(world, await brought(world, **changes)) == slug


@pytest.mark.asyncio
async def test_the_table_of_number_use_is_named_as_well_as_that_of_linkage(world: Operators) -> None:
    """Handing over is no inquiry: an affair that only the table of number use has is enough."""
    assert (await offering(world).take(await brought(world, affair=AffairRef("425AC0000000027@2024-05-27", "82-2"), purpose_item=""))).reference
    with pytest.raises(Denied) as caught:
        await offering(world).take(await brought(world, affair=AffairRef(ORDER, "120")))
    assert caught.value.detail == GroundCode.NOT_A_NUMBER_USER.value


@pytest.mark.asyncio
async def test_a_suspended_institution_neither_is_named_nor_fetches(world: Operators) -> None:
    desk, signed = offering(world), await brought(world)
    await desk.take(signed)
    snapshot = world.registry.snapshot
    parties = tuple(Replace(one, suspended=one.id == A) for one in snapshot.institutions)
    world.registry._shown = Replace(snapshot, institutions=parties)
    assert (await desk.give(HandedAsk((InstitutionId(A), InstitutionId(B))), TENANTS)).numbers == ()
    # Nor does one that is not in the registry yet, and it keeps none of its platform's others from fetching.
    world.registry._shown = snapshot
    assert len((await desk.give(HandedAsk((InstitutionId("new"), InstitutionId(A))), TENANTS | {"new"})).numbers) == 1
    world.registry._shown = Replace(snapshot, institutions=parties)
    with pytest.raises(Denied, match="institution-suspended"):
        await desk.take(await brought(world))


@pytest.mark.asyncio
async def test_an_application_is_fresh_for_ten_minutes(world: Operators, dial: Dial) -> None:
    for apart in (FRESH_MS + 1, -FRESH_MS - 1):
        assert await refused(world, await brought(world, at_ms=dial.now + apart)) == "offer-not-fresh"
    for apart in (FRESH_MS, -FRESH_MS):
        assert (await offering(world).take(await brought(world, at_ms=dial.now + apart))).reference


@pytest.mark.asyncio
async def test_a_session_lasts_half_an_hour(world: Operators, dial: Dial) -> None:
    session = await logged_in(world)
    dial.now += SESSION_MS - 1
    late = sign_offer(application(session), world.founded.portal)
    assert (await offering(world).take(carded(world, late))).reference
    dial.now += 1
    assert await refused_again(world, carded(world, sign_offer(application(session), world.founded.portal))) == "offer-of-another-person"


async def refused_again(world: Operators, signed: Any) -> str:
    with pytest.raises(Fault) as caught:
        await offering(world).take(signed)
    return caught.value.code


@pytest.mark.asyncio
async def test_a_card_that_the_register_stopped_or_does_not_know_hands_nothing_over(world: Operators) -> None:
    signed, other = await brought(world), await brought(world, 1, 1)
    await world.registrar_db.write(lambda c: c.execute("UPDATE card SET revoked = 1 WHERE individual_number = ?", (NUMBERS[0],)).rowcount)
    await world.registrar_db.write(lambda c: c.execute("DELETE FROM card WHERE individual_number = ?", (NUMBERS[1],)).rowcount)
    for one in (signed, other):
        assert await refused(world, one) == "card-unknown"


@pytest.mark.asyncio
async def test_the_signature_certificate_opens_no_records(world: Operators) -> None:
    """Looks go by the serials of authentication certificates alone, whatever its key is made to sign."""
    request, slot = world.request(), slot_of(world, 0, Use.SIGNATURE)
    signed = CardSigned(request, slot.certificate, SigningKey.from_bytes(slot.seed).sign(card_message(request)))
    with pytest.raises(Unauthenticated, match="card-unknown"):
        await world.registrar_viewing.handle(ViewAsk(signed, world.ask(request).face))


@pytest.mark.asyncio
async def test_a_register_without_signature_serials_says_so_until_they_are_loaded(world: Operators, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was founded by 0.1.0."""
    signed = await brought(world)
    serials = rows(world, "SELECT serial, individual_number FROM card WHERE use = 'signature'")
    await world.registrar_db.write(lambda c: c.execute("DELETE FROM card WHERE use = 'signature'").rowcount)
    with pytest.raises(Unavailable, match="signature-serials-missing"):
        await offering(world).take(signed)
    path = world.data / "registrar" / "signatures.jsonl"
    lines = [{"individual_number": number, "signature_serial": serial} for serial, number in serials]
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    with dying_at(monkeypatch, "registrar.signatures.before_store"):
        await import_signatures(world.registrar_db, path)
    assert await import_signatures(world.registrar_db, path) == 2
    assert await import_signatures(world.registrar_db, path) == 2
    assert (await offering(world).take(signed)).reference


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["registrar.offer.before_store", "registrar.offer.after_store"])
async def test_a_death_beside_the_row_leaves_it_whole_or_not_at_all(world: Operators, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    signed = await brought(world)
    with dying_at(monkeypatch, name):
        await offering(world).take(signed)
    kept = name.endswith("after_store")
    assert rows(world, "SELECT COUNT(*) FROM offer") == [(int(kept),)]
    # The portal learned no reference: brought again it is taken, or it stands already, and the person finds it at the next look.
    if kept:
        with pytest.raises(Conflict, match="offer-repeated"):
            await offering(world).take(signed)
        assert len((await world.registrar_viewing.handle(world.ask(world.request()))).offers) == 1
    else:
        assert (await offering(world).take(signed)).reference


@pytest.mark.asyncio
async def test_a_death_before_the_strike_gives_the_number_again(world: Operators, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = await offering(world).take(await brought(world))
    told = HandedTaken(InstitutionId(A), (taken.reference,))
    with dying_at(monkeypatch, "registrar.handed.before_strike"):
        await offering(world).taken(told, TENANTS)
    assert len((await offering(world).give(HandedAsk((InstitutionId(A),)), TENANTS)).numbers) == 1


@pytest.mark.asyncio
async def test_what_is_older_than_seven_years_is_forgotten(world: Operators, dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    await offering(world).take(await brought(world))
    dial.now += offers.YEARS_MS
    await offering(world).forget_old()
    assert rows(world, "SELECT COUNT(*) FROM offer") == [(1,)]
    dial.now += 1
    with dying_at(monkeypatch, "registrar.offer.before_forget"):
        await offering(world).forget_old()
    await offering(world).forget_old()
    assert rows(world, "SELECT COUNT(*) FROM offer") == [(0,)]


SHAPES: list[tuple[str, Callable[[Any], Any]]] = [
    ("version-unknown", lambda offer: Replace(offer, v=2)),
    ("kind-wrong", lambda offer: Replace(offer, face="consent")),
]


@pytest.mark.parametrize(("slug", "change"), SHAPES)
def test_the_shape_of_an_application(slug: str, change: Callable[[Any], Any]) -> None:
    key = SigningKey.generate()
    with pytest.raises(Fault) as caught:
        read_offer(sign_offer(change(application(b"request")), key), key.public)
    assert caught.value.code == slug
