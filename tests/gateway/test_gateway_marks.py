"""Marks on people: who may be marked, on what ground and until when; what a mark does while it runs, when it has run out, and when it is lifted."""

import hashlib
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import Result
from typer.testing import CliRunner

from enishi import clock
from enishi.cli.gateway.markcommands import mark
from enishi.errors import Conflict, Malformed, Unknown
from enishi.protocol.outcome import GivenOutcome, claimed_outcome
from enishi.roles.gateway.answering.marking import Marking, MarkRequest, read_mark
from enishi.roles.gateway.assemble import Gateway
from enishi.roles.gateway.schema import MIGRATIONS
from enishi.store.database import Database
from enishi.terms import ItemId, Outcome
from faults.dying import dying_at
from gateway.asgi_gateway import Answer, call
from gateway.test_gateway_answering import ask, later
from gateway.world_gateway import KNOWN, PROTECTED, TOKEN, A, B, Operators, question, running

GROUND = "415AC0000000057#78-1-1"


def until(days: int) -> str:
    return (clock.moment(clock.now_ms()).date() + timedelta(days=days)).isoformat()


async def api(gateway: Gateway, method: str, path: str, said: object = None, tenant: str = B) -> Answer:
    app = gateway.face()
    assert app is not None
    return await call(app, method, path, msgspec.json.encode(said) if said is not None else b"", f"{TOKEN}-{tenant}")


async def signed(gateway: Gateway, operators: Operators, person: str = KNOWN) -> GivenOutcome:
    inquiry = await ask(gateway, question(person))
    return claimed_outcome(operators.outcomes[ItemId(bytes.fromhex(inquiry.items[0].item_id))][0])


@pytest.mark.asyncio
async def test_a_mark_by_the_api_holds_and_withholds_until_it_ends_and_does_nothing_behind_its_end(
    gateway: Gateway, operators: Operators, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"kind": "nondisclosure", "person": "9" + KNOWN, "ground": GROUND, "until": until(3)}
    mark = (await api(gateway, "POST", "/v1/marks", asked)).body
    assert (mark["set_by"], mark["setter"], mark["lifted_by"], mark["lifted_at"]) == ("officer", "welfare-system/officer-1", "", None)
    outcome = await signed(gateway, operators)
    assert outcome.nondisclosure is not None
    assert (outcome.kind, outcome.nondisclosure.ground) == (Outcome.HELD, GROUND)
    later(monkeypatch, 4)
    outcome = await signed(gateway, operators)
    assert (outcome.kind, outcome.nondisclosure) == (Outcome.PROVIDED, None)
    lifted = (await api(gateway, "POST", f"/v1/marks/{mark['id']}/lift")).body
    assert (lifted["lifted_by"], lifted["id"]) == ("welfare-system/officer-1", mark["id"])
    assert (await signed(gateway, operators)).kind is Outcome.PROVIDED
    standing = (await api(gateway, "GET", "/v1/marks")).body["marks"]
    assert mark["id"] not in [one["id"] for one in standing]


@pytest.mark.asyncio
async def test_the_history_keeps_who_set_and_who_lifted(gateway: Gateway) -> None:
    tenant, marking = gateway.tenants[B], Marking()
    asked = MarkRequest(kind="dispute", person="9" + KNOWN, item="jumin", by="system")
    mark = await marking.put(tenant, asked, "night-run/none")
    assert await marking.put(tenant, asked, "another/one") == mark
    assert mark.set_by == "system"
    await marking.lift(tenant, mark.id, "desk/officer-2")
    assert await marking.lift(tenant, mark.id, "desk/officer-2") == await marking.lift(tenant, mark.id, "desk/officer-2")
    with pytest.raises(Conflict, match="mark-lifted"):
        await marking.lift(tenant, mark.id, "desk/officer-3")
    second = await marking.put(tenant, asked, "night-run/none")
    assert second.id != mark.id
    history = [(one.id, one.setter, one.lifted_by) for one in await marking.listed(tenant, "history") if one.kind == "dispute"]
    assert sorted(history) == sorted([(second.id, "night-run/none", ""), (mark.id, "night-run/none", "desk/officer-2")])
    assert [one.id for one in await marking.listed(tenant, "standing") if one.kind == "dispute"] == [second.id]


@pytest.mark.asyncio
async def test_a_mark_of_the_import_was_set_by_the_system(gateway: Gateway) -> None:
    (mark,) = await Marking().listed(gateway.tenants[B], "standing")
    assert (mark.addressee_number, mark.kind, mark.ground, mark.set_by, mark.setter) == ("9" + PROTECTED, "nondisclosure", GROUND, "system", "import")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"ground": "dv-protection"}, "nondisclosure-unlawful"),
        ({"ground": "415AC0000000057#78-1-8"}, "nondisclosure-unlawful"),
        ({"days": 368}, "nondisclosure-too-long"),
        ({"days": 0}, "mark-ended"),
        ({"person": "7777777777"}, "person-unknown"),
        ({"item": "jumin"}, "mark-wrong"),
        ({"ground": ""}, "mark-wrong"),
        ({"kind": "dispute"}, "mark-wrong"),
        ({"kind": "curiosity"}, "request-unreadable"),
        ({"by": "nobody"}, "request-unreadable"),
    ],
)
async def test_what_is_no_lawful_mark_is_refused(gateway: Gateway, change: dict[str, Any], slug: str) -> None:
    days = change.pop("days", 30)
    asked = {"kind": "nondisclosure", "person": "9" + KNOWN, "ground": GROUND, "until": until(days)} | change
    answer = await api(gateway, "POST", "/v1/marks", asked)
    assert answer.body["type"] == f"urn:enishi:problem:{slug}"
    assert "7777777777" not in msgspec.json.encode(answer.body).decode()
    assert len(await Marking().listed(gateway.tenants[B], "history")) == 1


def test_a_year_is_the_most() -> None:
    read_mark(msgspec.json.encode({"kind": "nondisclosure", "person": "1", "ground": GROUND, "until": until(366)}))
    with pytest.raises(Unknown, match="item-unknown"):
        read_mark(b'{"kind":"dispute","person":"1","item":"none"}')
    with pytest.raises(Malformed, match="mark-wrong"):
        read_mark(b'{"kind":"nondisclosure","person":"1","ground":"415AC0000000057#78-1-1"}')


@pytest.mark.asyncio
async def test_another_institution_sees_and_lifts_none_of_them(gateway: Gateway) -> None:
    (mark,) = (await api(gateway, "GET", "/v1/marks")).body["marks"]
    assert (await api(gateway, "GET", "/v1/marks", tenant=A)).body == {"marks": []}
    assert (await api(gateway, "POST", f"/v1/marks/{mark['id']}/lift", tenant=A)).status == 404
    assert (await api(gateway, "POST", "/v1/marks/none/lift")).status == 400
    app = gateway.face()
    assert app is not None
    for method, path in (("GET", "/v1/marks"), ("POST", "/v1/marks"), ("POST", f"/v1/marks/{mark['id']}/lift")):
        assert (await call(app, method, path, b"{}")).status == 401


@pytest.mark.asyncio
async def test_only_a_credential_with_that_office_has_to_do_with_marks(tmp_path: Path, operators: Operators) -> None:
    """The same institution's system that asks and answers learns from the API neither who is marked nor that anybody is."""
    path = tmp_path / "tenants" / B / "credentials.json"
    (officer,) = msgspec.json.decode(path.read_bytes())
    plain = {"token_sha256": hashlib.sha256(b"plain").hexdigest(), "system": officer["system"], "officer": "officer-9"}
    path.write_bytes(msgspec.json.encode([officer, plain]))
    async with running(tmp_path, operators) as gateway:
        app = gateway.face()
        assert app is not None
        (mark,) = (await api(gateway, "GET", "/v1/marks")).body["marks"]
        asked = msgspec.json.encode({"kind": "dispute", "person": "9" + KNOWN})
        for method, path_, body in (("GET", "/v1/marks", b""), ("POST", "/v1/marks", asked), ("POST", f"/v1/marks/{mark['id']}/lift", b"")):
            answer = await call(app, method, path_, body, "plain")
            assert (answer.status, answer.body["type"]) == (403, "urn:enishi:problem:office-missing")
        assert (await call(app, "GET", "/v1/held", b"", "plain")).status == 200
        assert [one.id.hex() for one in await Marking().listed(gateway.tenants[B], "history") if one.standing] == [mark["id"]]


@pytest.mark.asyncio
async def test_a_mark_is_there_or_not_wherever_the_platform_died(tmp_path: Path, operators: Operators, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = MarkRequest(kind="dispute", person="9" + KNOWN)
    async with running(tmp_path, operators) as gateway:
        with dying_at(monkeypatch, "gateway.mark.before_store"):
            await Marking().put(gateway.tenants[B], asked, "desk/officer-2")
        assert len(await Marking().listed(gateway.tenants[B], "history")) == 1
        mark = await Marking().put(gateway.tenants[B], asked, "desk/officer-2")
        with dying_at(monkeypatch, "gateway.mark.before_lift"):
            await Marking().lift(gateway.tenants[B], mark.id, "desk/officer-2")
    async with running(tmp_path, operators) as gateway:
        standing = await Marking().listed(gateway.tenants[B], "standing")
        assert mark.id in [one.id for one in standing]
        assert (await ask(gateway, question())).items[0].outcome is Outcome.HELD


def test_the_command_sets_lifts_and_lists_beside_the_gateway(tmp_path: Path) -> None:
    folder = tmp_path / "tenants" / B
    folder.mkdir(parents=True)
    database = Database.open(folder / "gateway.db", MIGRATIONS)
    put = (
        "INSERT INTO person (addressee_number, ref, answering, nondisclosure_ground, nondisclosure_until_ms) VALUES ('1', x'00', 'automatic', '', 0)"
    )
    database.write_now(lambda connection: connection.execute(put).rowcount)
    told = Told(tmp_path)
    made = told("set", "--person", "1", "--officer", "suzuki", "--ground", GROUND, "--until", until(30))
    assert (made["kind"], made["set_by"], made["setter"]) == ("nondisclosure", "officer", "enishi-cli/suzuki")
    assert told("list")["id"] == made["id"]
    lifted = told("lift", made["id"], "--officer", "tanaka")
    assert (lifted["lifted_by"], told("list", "--history")) == ("enishi-cli/tanaka", lifted)
    assert told.fails("set", "--person", "1", "--officer", "suzuki", "--ground", GROUND, "--until", until(400))
    assert told.fails("set", "--person", "2", "--officer", "suzuki", "--kind", "dispute")
    assert told.fails("lift", "0" * 32, "--officer", "tanaka")
    assert told.fails("set", "--person", "1", "--officer", " ", "--kind", "dispute")
    database.close_now()


class Told:
    """The command as it is run, its one line of JSON read."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def __call__(self, verb: str, *words: str) -> dict[str, Any]:
        done = self._run(verb, *words)
        assert done.exit_code == 0, done.output
        shown: dict[str, Any] = msgspec.json.decode(done.stdout)
        return shown

    def fails(self, verb: str, *words: str) -> bool:
        return self._run(verb, *words).exit_code != 0

    def _run(self, verb: str, *words: str) -> Result:
        return CliRunner().invoke(mark, [verb, *words, "--tenant", B, "--data", str(self._data)])


def test_marks_of_an_older_folder_are_carried_over(tmp_path: Path) -> None:
    file = tmp_path / "gateway.db"
    Database.open(file, MIGRATIONS[:2]).close_now()
    with sqlite3.connect(file) as old:
        old.execute("INSERT INTO marker (name, at_ms) VALUES ('import', 5)")
        put = "INSERT INTO person (addressee_number, ref, answering, nondisclosure_ground, nondisclosure_until_ms) VALUES (?, ?, 'review', ?, ?)"
        old.executemany(put, [("1", b"a", "dv-protection", 99), ("2", b"b", "", 0)])
    old.close()
    database = Database.open(file, MIGRATIONS)
    try:
        rows = database.read_now(
            lambda connection: connection.execute("SELECT addressee_number, ground, until_ms, setter, set_at_ms FROM mark").fetchall()
        )
        assert rows == [("1", "dv-protection", 99, "import", 5)]
        assert database.read_now(lambda c: c.execute("SELECT COUNT(*) FROM person WHERE nondisclosure_ground != ''").fetchone()) == (0,)
    finally:
        database.close_now()
