"""Numbers that people handed over: believed after own checks only, kept before they are confirmed, enrolled by the ordinary way, tied to a person."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from card.handed_card import ORDER
from enishi import clock
from enishi.errors import Unavailable
from enishi.number import individual_number
from enishi.protocol.declared import FRESH_MS
from enishi.protocol.wire import Empty
from enishi.roles.gateway.assemble import Gateway
from enishi.roles.gateway.evidence.retention import delete_old
from enishi.roles.gateway.offers.face import read_reference
from enishi.roles.gateway.offers.fetching import AHEAD_MS
from faults.dying import dying_at
from gateway.asgi_gateway import Answer, call
from gateway.world_gateway import CALLER, KNOWN, NUMBERS, TOKEN, A, B, documents, held, lay_platform, lay_tenant, question, running
from gateway.world_offers import Registrar

STRANGER = individual_number("55443322110")
"""Somebody whom neither institution knows; a number that belongs to nobody."""
AT_A, AT_B = f"{TOKEN}-{A}", f"{TOKEN}-{B}"


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its first round the background waits: each test takes the steps itself."""
    monkeypatch.setattr("enishi.roles.gateway.offers.fetching.PAUSE_S", 3600.0)


@pytest.fixture
def registrar(tmp_path: Path) -> Registrar:
    made = Registrar(tmp_path / "card")
    lay_platform(tmp_path, made, documents())
    return made


@pytest_asyncio.fixture
async def gateway(tmp_path: Path, registrar: Registrar) -> AsyncIterator[Gateway]:
    async with running(tmp_path, registrar) as platform:
        yield platform


def rows(gateway: Gateway, query: str, *values: object, tenant: str = A) -> list[Any]:
    return gateway.tenants[tenant].database.read_now(lambda connection: connection.execute(query, values).fetchall())


async def ask(gateway: Gateway, method: str, reference: bytes, body: Any = None, token: str = AT_A) -> Answer:
    app = gateway.face()
    assert app is not None
    return await call(app, method, f"/v1/handed/{reference.hex()}", msgspec.json.encode(body) if body is not None else b"", token)


@pytest.mark.asyncio
async def test_a_number_is_kept_confirmed_and_enrolled(gateway: Gateway, registrar: Registrar) -> None:
    handed = registrar.hand_over(STRANGER)
    assert await gateway.offers.fetch() == 1
    assert registrar.waiting == []
    ((ref, signed),) = rows(gateway, "SELECT ref, signed FROM offer WHERE reference = ?", handed.reference)
    assert signed == msgspec.msgpack.encode(handed.signed)
    assert rows(gateway, "SELECT individual_number FROM number WHERE ref = ?", ref) == [(STRANGER,)]
    await gateway.enrolment.enrol_all()
    assert len(rows(gateway, "SELECT 1 FROM linkage_code WHERE ref = ?", ref)) == 1
    answer = await ask(gateway, "GET", handed.reference)
    applicant = {"name": "内田　紬", "address": "札幌市中央区北1条西2丁目", "born_on": "1981-11-20", "gender": "female"}
    assert (answer.status, answer.body["applicant"], answer.body["person"], answer.body["state"]) == (200, applicant, None, "enrolled")
    assert (answer.body["source"], answer.body["row"], answer.body["purpose_item"]) == (ORDER, "108", "1")
    assert STRANGER.encode() not in answer.raw


@pytest.mark.asyncio
async def test_the_institutions_own_system_says_whose_it_is_and_then_asks_about_them(gateway: Gateway, registrar: Registrar) -> None:
    handed = registrar.hand_over(STRANGER)
    await gateway.offers.fetch()
    await gateway.enrolment.enrol_all()
    assert (await ask(gateway, "GET", handed.reference, token=AT_B)).status == 404
    for _ in range(2):
        answer = await ask(gateway, "POST", handed.reference, {"person": "2000000001"})
        assert (answer.status, answer.body["person"]) == (200, "2000000001")
    assert (await ask(gateway, "POST", handed.reference, {"person": "2000000002"})).status == 409
    txid = await gateway.ask.ask(gateway.tenants[A], CALLER, question(person="2000000001"))
    assert txid in registrar.log
    for body in (None, {}, {"person": ""}, {"person": "1", "individual_number": STRANGER}):
        assert (await ask(gateway, "POST", handed.reference, body)).status == 400
    assert (await ask(gateway, "POST", bytes(16), {"person": "1"})).body["type"].endswith(":handed-unknown")


@pytest.mark.asyncio
async def test_a_number_that_is_known_here_stays_under_its_ref(gateway: Gateway, registrar: Registrar) -> None:
    handed = registrar.hand_over(individual_number(NUMBERS[0]))
    before = rows(gateway, "SELECT * FROM number ORDER BY ref")
    assert await gateway.offers.fetch() == 1
    assert rows(gateway, "SELECT * FROM number ORDER BY ref") == before
    answer = await ask(gateway, "GET", handed.reference)
    assert (answer.body["person"], answer.body["state"]) == (KNOWN, "enrolled")
    # Another person's number is not theirs, whoever says so.
    assert (await ask(gateway, "POST", handed.reference, {"person": "1000000002"})).status == 409
    again = registrar.hand_over(individual_number(NUMBERS[0]))
    assert await gateway.offers.fetch() == 1
    assert (await ask(gateway, "POST", again.reference, {"person": KNOWN})).status == 200


@pytest.mark.asyncio
async def test_somebody_known_without_a_number_has_it_from_then_on(tmp_path: Path) -> None:
    registrar = Registrar(tmp_path / "card")
    lay_platform(tmp_path, registrar, documents())
    lay_tenant(tmp_path, registrar, "012025", [held("3000000001", None, {}), held("3000000002", individual_number(NUMBERS[1]), {})])
    async with running(tmp_path, registrar) as gateway:
        handed = registrar.hand_over(STRANGER, registrar.signed(registrar.envelope(institution="012025")))
        await gateway.offers.fetch()
        await gateway.enrolment.enrol_all()
        token = f"{TOKEN}-012025"
        assert (await ask(gateway, "POST", handed.reference, {"person": "3000000002"}, token)).status == 409
        answer = await ask(gateway, "POST", handed.reference, {"person": "3000000001"}, token)
        assert (answer.status, answer.body["person"], answer.body["state"]) == (200, "3000000001", "enrolled")
        query = "SELECT n.individual_number FROM person p JOIN number n USING (ref) JOIN linkage_code l USING (ref) WHERE p.addressee_number = ?"
        assert rows(gateway, query, "3000000001", tenant="012025") == [(STRANGER,)]


@pytest.mark.asyncio
async def test_a_tenant_that_is_not_in_the_registry_yet_is_not_asked_for(gateway: Gateway, registrar: Registrar) -> None:
    gateway.tenants["new"] = dataclasses.replace(gateway.tenants[A], id="new")  # type: ignore[arg-type]
    registrar.hand_over(STRANGER)
    try:
        assert await gateway.offers.fetch() == 1
    finally:
        del gateway.tenants["new"]
    assert registrar.asked == {A, B}


@pytest.mark.asyncio
async def test_what_is_not_believed_is_neither_kept_nor_confirmed(gateway: Gateway, registrar: Registrar) -> None:
    good = registrar.hand_over(STRANGER)
    other = registrar.hand_over(STRANGER, msgspec.structs.replace(good.signed, offer=registrar.envelope()))
    ahead_ms = clock.now_ms() + AHEAD_MS + 60_000
    early = registrar.hand_over(STRANGER, registrar.signed(registrar.envelope(at_ms=ahead_ms)), ahead_ms)
    stale = registrar.hand_over(STRANGER, registrar.signed(registrar.envelope(at_ms=clock.now_ms() - FRESH_MS - 60_000)))
    assert await gateway.offers.fetch() == 1
    assert [one.reference for one in registrar.waiting] == [other.reference, early.reference, stale.reference]
    assert rows(gateway, "SELECT COUNT(*) FROM offer") == [(1,)]


def unbelieved(text: str) -> list[str]:
    """The codes of what was said to be not believed."""
    return [line["code"] for line in map(json.loads, text.splitlines()) if line["event"] == "handed-not-believed"]


@pytest.mark.asyncio
async def test_what_is_not_believed_is_said_once_and_asked_for_no_more(
    gateway: Gateway, registrar: Registrar, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    stale = registrar.hand_over(STRANGER, registrar.signed(registrar.envelope(at_ms=clock.now_ms() - FRESH_MS - 60_000)))
    wrong = registrar.hand_over("123456789012")
    good = registrar.hand_over(STRANGER)
    assert await gateway.offers.fetch() == 1
    assert sorted(unbelieved(capsys.readouterr().err)) == ["individual-number-wrong", "offer-not-fresh"]
    assert good not in registrar.waiting
    registrar.hand_over(STRANGER)
    await gateway.offers.fetch()
    assert (sorted(registrar.left_out), unbelieved(capsys.readouterr().err)) == (sorted([stale.reference, wrong.reference]), [])
    # Under another registry its keys may be others: it is looked at once more.
    registrar.renew()
    await gateway.registry.refresh()
    await gateway.offers.fetch()
    assert (registrar.left_out, len(unbelieved(capsys.readouterr().err))) == ((), 2)


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["gateway.handed.before_store", "gateway.handed.after_store"])
async def test_a_death_beside_the_number_keeps_it_once(tmp_path: Path, registrar: Registrar, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    async with running(tmp_path, registrar) as gateway:
        handed = registrar.hand_over(STRANGER)
        with dying_at(monkeypatch, name):
            await gateway.offers.fetch()
        assert rows(gateway, "SELECT COUNT(*) FROM offer") == [(int(name.endswith("after_store")),)]
        assert len(registrar.waiting) == 1
    async with running(tmp_path, registrar) as gateway:
        await gateway.offers.fetch()
        await gateway.enrolment.enrol_all()
        assert registrar.waiting == []
        assert rows(gateway, "SELECT COUNT(*) FROM number WHERE individual_number = ?", STRANGER) == [(1,)]
        with dying_at(monkeypatch, "gateway.handed.before_settle"):
            app = gateway.face()
            assert app is not None
            await call(app, "POST", f"/v1/handed/{handed.reference.hex()}", b'{"person":"1"}', AT_A)
        assert rows(gateway, "SELECT 1 FROM person WHERE addressee_number = '1'") == []


@pytest.mark.asyncio
async def test_a_registrar_that_is_away_is_asked_again(gateway: Gateway, registrar: Registrar, monkeypatch: pytest.MonkeyPatch) -> None:
    registrar.hand_over(STRANGER)
    registrar.down = True
    with pytest.raises(Unavailable):
        await gateway.offers.fetch()
    registrar.down = False

    async def lost(told: object) -> Empty:
        raise Unavailable("peer-timeout")

    with monkeypatch.context() as patch:
        patch.setattr(registrar, "taken", lost)
        with pytest.raises(Unavailable):
            await gateway.offers.fetch()
    # The confirmation was lost: the same comes again, is kept once, and is confirmed.
    assert await gateway.offers.fetch() == 0
    assert (registrar.waiting, rows(gateway, "SELECT COUNT(*) FROM offer")) == ([], [(1,)])


@pytest.mark.asyncio
async def test_the_background_fetches_and_enrols(gateway: Gateway, registrar: Registrar, monkeypatch: pytest.MonkeyPatch) -> None:
    handed = registrar.hand_over(STRANGER)
    registrar.down = True
    monkeypatch.setattr("enishi.roles.gateway.offers.fetching.PAUSE_S", 0.01)
    errand = asyncio.create_task(gateway.offers.run(()))
    for _ in range(500):
        await asyncio.sleep(0.01)
        registrar.down = False
        if (await ask(gateway, "GET", handed.reference)).body.get("state") == "enrolled":
            break
    errand.cancel()
    assert registrar.waiting == []
    assert (await ask(gateway, "GET", handed.reference)).body["state"] == "enrolled"


@pytest.mark.asyncio
async def test_after_seven_years_the_proof_goes(gateway: Gateway, registrar: Registrar) -> None:
    registrar.hand_over(STRANGER)
    await gateway.offers.fetch()
    for before_ms, left in ((clock.now_ms() - 60_000, 1), (clock.now_ms() + 1, 0)):
        delete_old(gateway.tenants[A].database, before_ms)
        assert rows(gateway, "SELECT COUNT(*) FROM offer") == [(left,)]


def test_a_reference_is_read_as_people_copy_it() -> None:
    assert read_reference("0F0f " * 8) == b"\x0f" * 16
