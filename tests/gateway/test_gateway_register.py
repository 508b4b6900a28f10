"""What officials look up: a copy with every state before it, and whom to ask; only their own people, and nobody learns of it."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from enishi.cli.main import app
from enishi.roles.gateway.assemble import Gateway
from enishi.roles.gateway.copies import copy_of
from enishi.roles.gateway.load.loading import Place, load
from enishi.roles.gateway.register import history
from enishi.sentences.catalogue import table
from gateway.asgi_gateway import Answer, call
from gateway.live_gateway import JUMIN, declare, row
from gateway.load_gateway import adapter
from gateway.world_gateway import KNOWN, TOKEN, UNREGISTERED, A, B, Operators, running

PERSON, EMPTY = "9" + KNOWN, "9" + UNREGISTERED
TAKEN = {"removed": {"column": "月額", "value": "-"}}


async def get(gateway: Gateway, path: str, query: str = "", token: str = B) -> Answer:
    face = gateway.face()
    assert face is not None
    return await call(face, "GET", path, b"", f"{TOKEN}-{token}", None, query)


async def ask(gateway: Gateway, token: str = B, **asked: Any) -> Answer:
    face = gateway.face()
    assert face is not None
    return await call(face, "POST", "/v1/holders", msgspec.json.encode(asked), f"{TOKEN}-{token}")


def load_allowance(gateway: Gateway, folder: Path, name: str, rows: list[str], as_of_ms: int, **changes: Any) -> None:
    (folder / "source.csv").write_text("番号,年度,月額,人数\n" + "".join(f"{one}\n" for one in rows), encoding="utf-8")
    loader = adapter(name=name, **changes)
    done = load(loader, Place(gateway.tenants[B].database, folder, folder), as_of_ms, lambda part, whole: None)
    assert (done.state, done.bad_rows) == ("answering", ())


@pytest.mark.asyncio
async def test_a_copy_shows_what_answers_now_and_everything_that_did_before(gateway: Gateway, tmp_path: Path) -> None:
    path = f"/v1/copies/{EMPTY}/child_allowance"
    assert (await get(gateway, path, "period=2024")).body["state"] == "not_registered"
    load_allowance(gateway, tmp_path, "whole", [f"{EMPTY},2024,5000,一"], 1_700_000_000_000)
    load_allowance(gateway, tmp_path, "daily", [f"{EMPTY},2024,7000,一"], 1_710_000_000_000, mode="corrections")
    load_allowance(gateway, tmp_path, "daily", [f"{EMPTY},2024,-,一"], 1_711_000_000_000, mode="corrections", **TAKEN)
    load_allowance(gateway, tmp_path, "whole", [f"{EMPTY},2024,9000,二"], 1_720_000_000_000)
    load_allowance(gateway, tmp_path, "whole", [f"{PERSON},2024,1,一"], 1_730_000_000_000)
    now = await get(gateway, path, "period=2024")
    # The last whole load does not name the person: it took the copy back, and the history says so.
    assert (now.status, now.body["state"], now.body["document"], now.body["as_of"]) == (200, "no_such_data", None, None)
    former = (await get(gateway, path + "/history", "period=2024")).body["former"]
    found = [(one["state"], one["load"], one["document"] and one["document"]["monthly_amount"], one["as_of"] and one["as_of"][:10]) for one in former]
    assert found == [
        ("taken_back", "whole", None, None),
        ("held", "whole", 9000, "2024-07-03"),
        ("taken_back", "daily", None, None),
        ("held", "daily", 7000, "2024-03-10"),
        ("held", "whole", 5000, "2023-11-15"),
    ]
    assert [one["since"] for one in former] == sorted((one["since"] for one in former), reverse=True)


@pytest.mark.asyncio
async def test_a_history_comes_in_pages_and_the_first_import_is_its_end(gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = gateway.tenants[B].database
    first = await database.read(lambda connection: copy_of(connection, PERSON, "jumin", ""))
    assert first is not None
    fields = {name: {"column": name, "read": "json"} for name in JUMIN if name != "v"}
    form = {
        "item": "jumin.v2",
        "person": "person",
        "period": None,
        "tables": {},
        "fields": fields,
        "source": {"kind": "jsonl", "file": "source.jsonl"},
    }
    for size in (1, 2, 3):
        (tmp_path / "source.jsonl").write_bytes(msgspec.json.encode(row(household_size=str(size))) + b"\n")
        load(adapter(**form), Place(database, tmp_path, tmp_path), 1_700_000_000_000, lambda part, whole: None)
    monkeypatch.setattr(history, "PAGE", 2)
    path, seen, query = f"/v1/copies/{PERSON}/jumin/history", [], ""
    for _ in range(2):
        page = (await get(gateway, path, query)).body
        seen += [(one["load"], one["document"]["household_size"]) for one in page["former"]]
        query = f"before={page['next']}"
    assert (seen, page["next"]) == ([("allowance", 3), ("allowance", 2), ("allowance", 1), ("import", JUMIN["household_size"])], None)
    assert page["former"][-1]["since"] is None
    assert (await get(gateway, f"/v1/copies/{PERSON}/jumin")).body["document"]["household_size"] == 3


WRONG = [
    (f"/v1/copies/{PERSON}/nothing", "", 404, "item-unknown"),
    ("/v1/copies/7777777777/jumin", "", 404, "person-unknown"),
    (f"/v1/copies/{PERSON}/local_tax", "", 400, "period-missing"),
    (f"/v1/copies/{PERSON}/jumin", "period=2024", 400, "period-wrong"),
    (f"/v1/copies/{PERSON}/local_tax", "period=24", 400, "request-unreadable"),
    (f"/v1/copies/{PERSON}/jumin", "before=3", 400, "request-unreadable"),
    (f"/v1/copies/{PERSON}/jumin/history", "before=0", 400, "request-unreadable"),
    (f"/v1/copies/{PERSON}/jumin/history", "since=0", 400, "request-unreadable"),
]


@pytest.mark.asyncio
async def test_only_own_people_are_shown_and_what_is_wrong_is_said(gateway: Gateway) -> None:
    for path, query, status, slug in WRONG:
        answer = await get(gateway, path, query)
        assert (answer.status, answer.body["type"]) == (status, f"urn:enishi:problem:{slug}")
    for path in (f"/v1/copies/{PERSON}/jumin", f"/v1/copies/{PERSON}/jumin/history"):
        assert (await get(gateway, path, token=A)).body["type"] == "urn:enishi:problem:person-unknown"
        assert (await get(gateway, path, token="nobody")).status == 401


@pytest.mark.asyncio
async def test_a_credential_that_only_asks_looks_into_no_copy(tmp_path: Path, operators: Operators) -> None:
    file = tmp_path / "tenants" / B / "credentials.json"
    file.write_bytes(msgspec.json.encode([one | {"offices": ["marks"]} for one in msgspec.json.decode(file.read_bytes())]))
    async with running(tmp_path, operators) as gateway:
        looks = [await get(gateway, f"/v1/copies/{PERSON}/jumin"), await get(gateway, f"/v1/copies/{PERSON}/jumin/history")]
        looks.append(await ask(gateway, person=PERSON, item="jumin", day="2024-01-01"))
        assert [(one.status, one.body["type"]) for one in looks] == [(403, "urn:enishi:problem:office-missing")] * 3
        assert (await ask(gateway, item="jumin", day="2022-05-05", documents=[record(A, "2020-04-01", "2023-01-01")])).status == 200


@pytest.mark.asyncio
async def test_a_live_item_has_no_copy_that_answers(tmp_path: Path, operators: Operators) -> None:
    declare(tmp_path, "https://own.example")
    async with running(tmp_path, operators) as gateway:
        assert (await get(gateway, f"/v1/copies/{PERSON}/jumin")).body["state"] == "live"
        asked = await ask(gateway, item="jumin", person=PERSON, day="2024-01-01")
    assert (asked.body["state"], asked.body["reason"], asked.body["missing"]) == ("open", "no-record", ["jumin"])


def record(municipality: str, since: str, until: str | None = None, as_of: str = "2025-04-01", **more: Any) -> dict[str, Any]:
    status = "moved_out" if until else "resident"
    return {
        "document": JUMIN | {"municipality": municipality, "since": since, "until": until, "status": status, "moved_from": None} | more,
        "as_of": as_of,
    }


def insured(insurer: str, since: str, until: str | None = None, as_of: str = "2025-04-01") -> dict[str, Any]:
    document = {
        "v": "health_insurance.v1",
        "insurer": insurer,
        "scheme": "national",
        "standing": "insured",
        "since": since,
        "until": until,
        "benefits": [],
    }
    return {"document": document, "as_of": as_of}


FROM_A = {"municipality": A, "on": "2024-01-02"}
CASES: list[tuple[dict[str, Any], str, str | None, str]] = [
    ({"item": "local_tax", "fiscal_year": "2024", "documents": [record(A, "2020-04-01")]}, "held", A, "taxed-there"),
    ({"item": "local_tax", "fiscal_year": "2024", "documents": [record(B, "2024-01-02", moved_from=FROM_A)]}, "ask_first", A, "lived-before"),
    ({"item": "local_tax", "fiscal_year": "2024", "documents": [record(B, "2024-01-02")]}, "open", None, "not-said"),
    # As of a day before: it may have ended since, and a resident of then is not taken for one of the day.
    ({"item": "local_tax", "fiscal_year": "2024", "documents": [record(A, "2020-04-01", as_of="2023-12-31")]}, "open", None, "stale"),
    (
        {"item": "local_tax", "fiscal_year": "2024", "documents": [record(A, "2020-04-01", as_of="2023-12-31"), record(B, "2023-12-31")]},
        "held",
        B,
        "taxed-there",
    ),
    ({"item": "local_tax", "fiscal_year": "2024", "documents": [record(A, "2020-04-01"), record(B, "2020-04-01")]}, "open", None, "contradiction"),
    ({"item": "local_tax", "fiscal_year": "2024", "documents": [record("131121", "2020-04-01")]}, "open", None, "not-in-registry"),
    ({"item": "local_tax", "fiscal_year": "2099", "documents": [record(A, "2020-04-01")]}, "open", None, "to-come"),
    ({"item": "jumin", "day": "2022-05-05", "documents": [record(A, "2020-04-01", "2023-01-01")]}, "held", A, "resident-then"),
    ({"item": "jumin", "documents": [record(B, "2024-01-02", moved_from=FROM_A)]}, "held", A, "came-from"),
    ({"item": "jumin", "documents": [record(B, "2024-01-02", moved_from={"municipality": None, "on": "2024-01-02"})]}, "open", None, "abroad"),
    ({"item": "health_insurance", "day": "2024-04-01", "documents": [insured(A, "2020-04-01")]}, "held", A, "insured-then"),
    ({"item": "health_insurance", "day": "2024-04-01", "documents": [insured(A, "2020-04-01", as_of="2024-03-31")]}, "open", None, "stale"),
]


@pytest.mark.asyncio
async def test_whom_to_ask_is_worked_out_from_documents_and_nothing_is_guessed(gateway: Gateway, operators: Operators) -> None:
    operators.down = True
    for asked, state, institution, reason in CASES:
        answer = await ask(gateway, A, **asked)
        body = answer.body
        assert (answer.status, body["state"], body["institution"], body["reason"]) == (200, state, institution, reason), asked
        assert body["told"] == {"ja": table("names", "holders")[reason]["ja"], "en": table("names", "holders")[reason]["en"]}
        assert bool(body["missing"]) == (state == "ask_first" or reason in ("not-said", "stale", "contradiction"))
        assert (body["basis"] != []) == (asked["item"] == "local_tax")
        assert body["registry"] == gateway.registry.current().digest.hex()
    # Nothing was sent, and nothing of it is kept.
    assert operators.messages == []
    assert await gateway.tenants[A].database.read(lambda connection: connection.execute("SELECT COUNT(*) FROM asked").fetchone()) == (0,)


@pytest.mark.asyncio
async def test_the_institutions_own_copy_is_a_document_and_a_suspended_holder_is_told(gateway: Gateway, operators: Operators) -> None:
    since = JUMIN["since"]
    own = await ask(gateway, person=PERSON, item="jumin", day=since)
    assert own.body["reason"] in ("resident-then", "not-in-registry")
    assert JUMIN["municipality"] in (own.body["institution"], own.body["said"])
    assert (await ask(gateway, person="7777777777", item="jumin", day=since)).body["type"] == "urn:enishi:problem:person-unknown"
    assert (await ask(gateway, A, person=PERSON, item="jumin", day=since)).body["type"] == "urn:enishi:problem:person-unknown"
    operators.suspend(A)
    await gateway.registry.refresh()
    told = await ask(gateway, item="jumin", day="2022-05-05", documents=[record(A, "2020-04-01", "2023-01-01")])
    assert (told.body["institution"], told.body["suspended"]) == (A, True)


@pytest.mark.asyncio
async def test_a_request_that_does_not_fit_is_refused(gateway: Gateway) -> None:
    good = record(A, "2020-04-01")
    for asked, slug in (
        ({"item": "local_tax", "documents": [good]}, "holder-wrong"),
        ({"item": "welfare", "day": "2024-01-01", "documents": [good]}, "holder-wrong"),
        ({"item": "jumin", "day": "2024-01-01"}, "holder-wrong"),
        ({"item": "jumin", "day": "2024-01-01", "documents": [insured(A, "2020-04-01")]}, "item-invalid"),
        ({"item": "jumin", "day": "2024-13-01", "documents": [good]}, "request-unreadable"),
        ({"item": "jumin", "documents": [good], "guess": True}, "request-unreadable"),
    ):
        answer = await ask(gateway, **asked)
        assert (answer.status, answer.body["type"]) == (400, f"urn:enishi:problem:{slug}"), asked


@pytest.mark.asyncio
async def test_the_commands_say_the_same_from_the_folder_alone(tmp_path: Path, operators: Operators) -> None:
    async with running(tmp_path, operators) as gateway:
        api = [(await get(gateway, f"/v1/copies/{PERSON}/jumin")).body, (await get(gateway, f"/v1/copies/{PERSON}/jumin/history")).body["former"][0]]
    (tmp_path / "documents.json").write_bytes(msgspec.json.encode([record(A, "2020-04-01")]))
    place = ["--tenant", B, "--data", str(tmp_path)]
    runs = {
        ("copies", PERSON, "jumin"): (0, api[0]),
        ("copies", PERSON, "jumin", "--history"): (0, api[1]),
        ("holder", "local_tax", "--year", "2024", "--documents", str(tmp_path / "documents.json")): (0, {"state": "held", "institution": A}),
        ("holder", "local_tax", "--year", "2099", "--documents", str(tmp_path / "documents.json")): (3, {"state": "open", "reason": "to-come"}),
        ("holder", "local_tax", "--year", "2024", "--documents", str(tmp_path / "gone.json")): (78, None),
        ("copies", "7777777777", "jumin"): (1, None),
    }
    for words, (status, told) in runs.items():
        done = CliRunner().invoke(app, ["gateway", *words, *place])
        assert done.exit_code == status, (words, done.output)
        if told is not None:
            assert told.items() <= json.loads(done.stdout).items()
