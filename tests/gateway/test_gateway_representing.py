"""Who represents whom by law, and whom a mark protects: by the right office, durable with the mark, told to the registrar in order and once."""

import sqlite3
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from enishi import clock
from enishi.errors import Malformed, Unavailable, Unknown
from enishi.number import individual_number
from enishi.protocol.mandate import RepresentationTold
from enishi.protocol.registry import Capacity
from enishi.roles.gateway.answering.marking import Marking, MarkRequest
from enishi.roles.gateway.assemble import Gateway
from enishi.roles.gateway.peers import MeshPeers
from enishi.roles.gateway.representing import telling
from enishi.roles.gateway.representing.entering import Entering, RepresentationRequest
from enishi.roles.gateway.representing.kept import Representation, acts
from enishi.roles.gateway.schema import MIGRATIONS
from enishi.store.database import Database
from enishi.terms import InstitutionId
from faults.dying import dying_at
from gateway.asgi_gateway import Answer, call
from gateway.world_gateway import KNOWN, NUMBERS, PROTECTED, TOKEN, UNKNOWN_AT_B, A, B, Operators, documents, lay_platform, running

HARM = "415AC0000000057#78-1-1"
LIST = "/v1/representations"


def day(days: int) -> date:
    return clock.moment(clock.now_ms()).date() + timedelta(days=days)


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The platform tells when a test says so."""

    async def run(self: telling.Telling, tenants: object) -> None:
        return None

    monkeypatch.setattr(telling.Telling, "run", run)


@pytest.fixture
def operators(tmp_path: Path) -> Operators:
    operators = Operators()
    lay_platform(tmp_path, operators, documents())
    for name, one in operators.institutions.items():
        operators.institutions[name] = msgspec.structs.replace(one, capacities=(Capacity("市町村長", date(2000, 1, 1)),))
    return operators


def entered(**changes: Any) -> dict[str, Any]:
    given = {"kind": "parent", "person": KNOWN, "representative": UNKNOWN_AT_B, "person_name": "内田　紬", "representative_name": "内田　碧"}
    return given | {"citation": "129AC0000000089#824", "until": day(3000).isoformat()} | changes


async def api(gateway: Gateway, method: str, path: str, said: object = None, tenant: str = A) -> Answer:
    app = gateway.face()
    assert app is not None
    return await call(app, method, path, msgspec.json.encode(said) if said is not None else b"", f"{TOKEN}-{tenant}")


async def told(gateway: Gateway, operators: Operators, tenant: str = A) -> list[RepresentationTold]:
    """What the registrar hears in one round."""
    operators.said.clear()
    await gateway.telling.tell(gateway.tenants[InstitutionId(tenant)])
    return list(operators.said)


async def marked(gateway: Gateway, person: str = KNOWN, tenant: str = A, ground: str = HARM) -> bytes:
    asked = MarkRequest(kind="nondisclosure", person=person, ground=ground, until=day(100))
    return (await Marking().put(gateway.tenants[InstitutionId(tenant)], asked, "welfare-system/officer-1")).id


@pytest.mark.asyncio
async def test_the_story_of_a_relation(gateway: Gateway, operators: Operators) -> None:
    shown = (await api(gateway, "POST", LIST, entered())).body
    assert [(one["act"], one["officer"], one["told_at"]) for one in shown["acts"]] == [("enter", "welfare-system/officer-1", None)]
    assert shown["person"] == KNOWN
    (said,) = await told(gateway, operators)
    child, parent = (individual_number(number) for number in NUMBERS[:2])
    assert (said.institution, said.act, said.kind, said.principal, said.representative) == (A, "enter", "parent", child, parent)
    assert (said.entry.hex(), said.principal_name, said.citation) == (shown["entry"], "内田　紬", "129AC0000000089#824")
    assert await told(gateway, operators) == []
    for act in ("confirm", "end"):
        await api(gateway, "POST", f"{LIST}/{shown['entry']}/{act}")
    # In the order in which they were done, without any number.
    assert [(one.act, one.principal, one.entry) for one in await told(gateway, operators)] == [("confirm", "", said.entry), ("end", "", said.entry)]
    (listed,) = (await api(gateway, "GET", LIST)).body["representations"]
    assert [(one["act"], one["told_at"] is not None, one["fault"]) for one in listed["acts"]] == [
        (act, True, "") for act in ("enter", "confirm", "end")
    ]
    assert not any(number in msgspec.json.encode(listed).decode() for number in (child, parent))


@pytest.mark.asyncio
async def test_a_municipality_says_what_a_representative_may(gateway: Gateway, operators: Operators) -> None:
    """For the record alone where it says nothing, and then the registrar is told nothing more than before."""
    plain, both = (await api(gateway, "POST", LIST, entered())).body, (await api(gateway, "POST", LIST, entered(scope=["records", "data"]))).body
    assert (plain["scope"], both["scope"]) == (["records"], ["records", "data"])
    assert [one.scope for one in await told(gateway, operators)] == [(), ("records", "data")]
    assert [one["scope"] for one in (await api(gateway, "GET", LIST)).body["representations"]] == [["records", "data"], ["records"]]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"person": "none"}, 404),
        ({"representative": "none"}, 404),
        ({"representative": KNOWN}, 400),
        ({"citation": "129AC0000000089#838"}, 400),
        ({"kind": "neighbour"}, 400),
        ({"person_name": ""}, 400),
        ({"until": "2001-01-01"}, 400),
        ({"scope": ["data", "data"]}, 400),
        ({"scope": []}, 400),
        ({"scope": ["letters"]}, 400),
        ({"until": "2099-01-01"}, 400),
        ({"kind": "guardian", "citation": "129AC0000000089#859", "until": str(day(3700))}, 400),
        ({"more": 1}, 400),
    ],
)
async def test_what_may_not_be_entered(gateway: Gateway, operators: Operators, changes: dict[str, Any], status: int) -> None:
    answer = await api(gateway, "POST", LIST, entered(**changes))
    assert answer.status == status
    assert KNOWN not in msgspec.json.encode(answer.body).decode()
    assert await told(gateway, operators) == []


@pytest.mark.asyncio
async def test_only_a_credential_with_that_office(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    one = "/" + "0" * 32
    monkeypatch.setattr("enishi.roles.gateway.credentials.Credential.offices", ("marks", "letters", "copies"))
    for method, path in (("GET", LIST), ("POST", LIST), ("POST", f"{LIST}{one}/end"), ("POST", f"{LIST}{one}/confirm")):
        assert (await api(gateway, method, path, entered())).status == 403
    monkeypatch.undo()
    assert (await api(gateway, "POST", f"{LIST}{one}/end")).status == 404


@pytest.mark.asyncio
async def test_a_mark_for_harm_protects_and_no_other(gateway: Gateway, operators: Operators) -> None:
    mark = await marked(gateway)
    (said,) = await told(gateway, operators)
    assert (said.act, said.entry, said.principal, said.kind) == ("protect", mark, individual_number(NUMBERS[0]), "")
    assert said.until_ms > clock.now_ms() + 99 * 86_400_000
    await marked(gateway, ground="415AC0000000057#78-1-2")
    await Marking().put(gateway.tenants[InstitutionId(A)], MarkRequest(kind="dispute", person=KNOWN), "x/y")
    # The same mark again is the one that stands, and a mark that is lifted brings nothing back.
    await marked(gateway)
    await Marking().lift(gateway.tenants[InstitutionId(A)], mark, "x/y")
    assert await told(gateway, operators) == []


@pytest.mark.asyncio
async def test_who_was_marked_at_the_first_import_is_protected_from_the_start(gateway: Gateway, operators: Operators) -> None:
    said = await told(gateway, operators, B)
    assert [(one.institution, one.act, one.principal) for one in said] == [(B, "protect", individual_number(NUMBERS[2]))]
    assert PROTECTED


@pytest.mark.asyncio
async def test_mark_and_protection_are_of_one_transaction(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise sqlite3.IntegrityError("full")

    monkeypatch.setattr("enishi.roles.gateway.answering.marks.owe", full)
    with pytest.raises(sqlite3.IntegrityError):
        await marked(gateway)
    assert gateway.tenants[InstitutionId(A)].database.read_now(lambda c: c.execute("SELECT COUNT(*) FROM mark").fetchone()) == (0,)


@pytest.mark.asyncio
async def test_a_registrar_that_is_away_or_refuses_or_does_not_know_somebody_yet(
    gateway: Gateway, operators: Operators, monkeypatch: pytest.MonkeyPatch
) -> None:
    await marked(gateway)
    operators.down = True
    with pytest.raises(Unavailable):
        await told(gateway, operators)
    operators.down = False
    operators.refuses = "representation-person-unknown"
    await api(gateway, "POST", LIST, entered())
    assert await told(gateway, operators) == []
    operators.refuses = ""
    # Not asked again at once, and not lost.
    assert await told(gateway, operators) == []
    now = clock.now_ms()
    monkeypatch.setattr(clock, "now_ms", lambda: now + telling.AGAIN_MS)
    assert [one.act for one in await told(gateway, operators)] == ["protect", "enter"]
    operators.refuses = "representation-unprotected"
    (listed,) = (await api(gateway, "GET", LIST)).body["representations"]
    await api(gateway, "POST", f"{LIST}/{listed['entry']}/confirm")
    assert await told(gateway, operators) == []
    (listed,) = (await api(gateway, "GET", LIST)).body["representations"]
    assert listed["acts"][-1]["fault"] == "representation-unprotected"
    operators.refuses = ""
    assert await told(gateway, operators) == []


@pytest.mark.asyncio
async def test_somebody_without_a_number_here_waits_and_keeps_nobody_up(gateway: Gateway, operators: Operators) -> None:
    tenant = gateway.tenants[InstitutionId(A)]
    await tenant.database.write(
        lambda c: (
            c.execute("UPDATE number SET individual_number = '' WHERE ref = (SELECT ref FROM person WHERE addressee_number = ?)", (KNOWN,)).rowcount
        )
    )
    await marked(gateway, KNOWN)
    await marked(gateway, UNKNOWN_AT_B)
    assert [one.principal for one in await told(gateway, operators)] == [individual_number(NUMBERS[1])]


@pytest.mark.asyncio
async def test_an_institution_that_is_no_municipality_tells_nobody_of_its_marks(tmp_path: Path, operators: Operators) -> None:
    for name, one in operators.institutions.items():
        operators.institutions[name] = msgspec.structs.replace(one, capacities=(Capacity("日本年金機構", date(2000, 1, 1)),))
    async with running(tmp_path, operators) as gateway:
        mark = await marked(gateway)
        assert await told(gateway, operators) == []
        (one,) = gateway.tenants[InstitutionId(A)].database.read_now(lambda c: acts(c, mark))
        assert one.fault == "representation-not-yours"


@pytest.mark.asyncio
async def test_a_death_at_every_step_loses_and_doubles_nothing(gateway: Gateway, operators: Operators, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant, desk = gateway.tenants[InstitutionId(A)], Entering()
    asked = msgspec.convert(entered(), RepresentationRequest)
    with dying_at(monkeypatch, "gateway.representation.before_enter"):
        await desk.enter(tenant, asked, "x/y")
    assert await told(gateway, operators) == []
    one: Representation
    one, _ = await desk.enter(tenant, asked, "x/y")
    with dying_at(monkeypatch, "gateway.representation.before_told"):
        await gateway.telling.tell(tenant)
    assert [said.entry for said in operators.said] == [one.entry]
    # Told again, in the same words: the registrar takes an entry once.
    assert await told(gateway, operators) == operators.said != []
    with dying_at(monkeypatch, "gateway.representation.before_act"):
        await desk.act(tenant, one.entry, "end", "x/y")
    assert await told(gateway, operators) == []
    await desk.act(tenant, one.entry, "end", "x/y")
    operators.refuses = "representation-person-unknown"
    with dying_at(monkeypatch, "gateway.representation.before_later"):
        await gateway.telling.tell(tenant)
    operators.refuses = ""
    assert [said.act for said in await told(gateway, operators)] == ["end"]
    with dying_at(monkeypatch, "gateway.representation.before_send"):
        await MeshPeers(None, {}).represent(operators.said[0])  # type: ignore[arg-type]


@pytest.mark.asyncio
async def test_another_institutions_relation_is_none(gateway: Gateway) -> None:
    one, _ = await Entering().enter(gateway.tenants[InstitutionId(A)], msgspec.convert(entered(), RepresentationRequest), "x/y")
    with pytest.raises(Unknown, match="representation-unknown"):
        await Entering().act(gateway.tenants[InstitutionId(B)], one.entry, "end", "x/y")
    with pytest.raises(Malformed, match="representation-wrong"):
        await Entering().enter(gateway.tenants[InstitutionId(A)], msgspec.convert(entered(until="2001-01-01"), RepresentationRequest), "x/y")


def test_who_was_marked_before_there_was_a_registrar_to_tell_is_owed(tmp_path: Path) -> None:
    before = next(n for n, step in enumerate(MIGRATIONS) if "CREATE TABLE representation_told" in step)
    old = Database.open(tmp_path / "gateway.db", MIGRATIONS[:before])
    rows = [
        (bytes([n]) * 16, "nondisclosure", ground, lifted)
        for n, (ground, lifted) in enumerate([(HARM, 0), ("dv-protection", 0), (HARM, 1), ("x", 0)])
    ]
    query = (
        "INSERT INTO mark (id, kind, addressee_number, item, period, ground, until_ms, set_by, setter, set_at_ms, lifted_at_ms)"
        " VALUES (?, ?, '1', '', '', ?, 9, 'officer', 'x/y', 5, ?)"
    )
    old.write_now(lambda c: c.executemany(query, rows).rowcount)
    old.close_now()
    new = Database.open(tmp_path / "gateway.db", MIGRATIONS)
    owed = new.read_now(lambda c: c.execute("SELECT entry, act, officer, at_ms FROM representation_told ORDER BY id").fetchall())
    new.close_now()
    assert owed == [(rows[n][0], "protect", "x/y", 5) for n in (0, 1)]
