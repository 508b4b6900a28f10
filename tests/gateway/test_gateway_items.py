"""The published forms: pages for people, JSON Schema and OpenAPI for programs; rare characters live through everything; an answer says as of when."""

import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from enishi import items
from enishi.clock import moment, now_ms
from enishi.roles.gateway import shown
from enishi.roles.gateway.copies import Copy
from enishi.roles.gateway.itemface.fields import fields_of
from enishi.roles.gateway.itemface.pages import build_pages
from enishi.roles.gateway.openapi import document
from enishi.seal.hpke import SealingKey, open_sealed, seal
from enishi.seal.pad import pad, unpad
from gateway.asgi_gateway import call
from gateway.world_gateway import CALLER, KNOWN, TOKEN, A, B, Operators, question, running

PAGES = [(item.id, version) for item in items.ITEMS.values() for version in range(1, item.version + 1)]
RARE = "𠮷野\U000e0100　葛\U000e0100辻\U000e0101𩸽 邉󠄁髙﨑"
"""Outside the basic plane (𠮷, 𩸽), with ideographic variation selectors (葛󠄀, 辻󠄁, 邉󠄁), and compatibility ideographs (髙, 﨑)."""


@pytest.mark.asyncio
@pytest.mark.parametrize(("item_id", "version"), PAGES)
async def test_each_version_has_a_page_with_all_its_fields_and_codes(item_id: str, version: int) -> None:
    app = build_pages("http://gateway.localhost")
    page = await call(app, "GET", f"/items/{item_id}/{version}", headers={"accept-language": "en"})
    assert page.status == 200
    schema = items.schema(item_id, version)
    for field in fields_of(schema):
        assert f"<code>{field.path}</code>" in page.body
        assert field.en.replace("'", "&#39;") in page.body
    for codes in re.findall(r'"x-code-list":\s*"(\w+)"', msgspec.json.encode(schema).decode()):
        assert all(f"<code>{code}</code>" in page.body for code in items.code_list(codes).codes)
    found = await call(app, "GET", f"/items/{item_id}/{version}/schema.json")
    assert found.body == schema
    assert found.headers["content-type"] == "application/schema+json"


@pytest.mark.asyncio
@pytest.mark.parametrize("language", ["ja", "en", "ja-easy"])
async def test_the_list_names_every_item_and_says_which_no_law_opens(language: str) -> None:
    app = build_pages("http://gateway.localhost")
    page = await call(app, "GET", "/items", headers={"cookie": f"enishi_items_language={language}"})
    assert page.status == 200
    named, unnamed = page.body.split('id="unnamed"')
    for item in items.ITEMS.values():
        assert f"/items/{item.id}/{item.version}" in (named if item.law_name else unnamed)


@pytest.mark.asyncio
async def test_what_there_is_not_is_not_found_and_the_api_keeps_its_own_paths(tmp_path: Path, operators: Operators) -> None:
    async with running(tmp_path, operators) as gateway:
        app = gateway.face()
        assert app is not None
        for path in ("/items/no_such_item/1", "/items/jumin/3", "/items/jumin/0", "/items/codes/nothing"):
            assert (await call(app, "GET", path)).status == 404, path
        assert (await call(app, "GET", "/items/jumin/2")).status == 200
        assert (await call(app, "GET", "/items/codes/prefecture")).body["codes"]["13"]["ja"] == "東京都"
        assert (await call(app, "GET", "/static/enishi.css")).status == 200
        assert (await call(app, "GET", "/v1/nothing")).headers["content-type"] == "application/problem+json"
        assert (await call(app, "GET", "/v1/held")).status == 401


def resolved(reference: str, whole: dict[str, Any]) -> Any:
    place: Any = whole
    for step in reference.removeprefix("#/").split("/"):
        place = place[step]
    return place


def test_openapi_has_every_version_and_no_reference_leads_nowhere() -> None:
    described = document()
    text = msgspec.json.encode(described).decode()
    references = set(re.findall(r'"\$ref":"([^"]+)"', text))
    assert len(references) > len(PAGES)
    assert all(resolved(reference, described) for reference in references)
    assert {f"{item_id}.v{version}" for item_id, version in PAGES} <= described["components"]["schemas"].keys()


@pytest.mark.asyncio
async def test_an_answer_is_as_openapi_says_down_to_the_document_and_says_as_of_when(tmp_path: Path, operators: Operators) -> None:
    before = now_ms()
    async with running(tmp_path, operators) as gateway:
        app = gateway.face()
        assert app is not None
        asked = msgspec.json.encode(
            {"affair": {"source": "506M60004008009@2024-05-27", "row": "108"}, "purpose_item": "3", "items": ["住民票関係情報"], "provider": B}
            | {"people": [{"person": KNOWN, "relation": "applicant", "period": "", "case": "case-7"}]}
        )
        answer = await call(app, "POST", "/v1/inquiries", asked, f"{TOKEN}-{A}", {"content-length": str(len(asked))})
    (item,) = answer.body["items"]
    assert moment(before).isoformat() <= item["as_of"]["jumin"] <= moment(now_ms()).isoformat(timespec="milliseconds")
    described = document()
    whole = {"$ref": "#/components/schemas/InquiryShown", "components": described["components"]}
    check = jsonschema_rs.Draft202012Validator(whole)
    assert check.is_valid(answer.body)
    item["documents"]["jumin"][0]["status"] = "somewhere"
    assert not check.is_valid(answer.body)


@pytest.mark.asyncio
async def test_rare_characters_live_through_schema_pad_seal_answer_and_record(tmp_path: Path, operators: Operators) -> None:
    async with running(tmp_path, operators) as gateway:
        tenant = gateway.tenants[B]
        held = "SELECT document FROM held_copy WHERE addressee_number = ? AND item = 'jumin'"
        (kept,) = await tenant.database.read(lambda connection: connection.execute(held, ("9" + KNOWN,)).fetchone())
        written = msgspec.json.decode(kept) | {"address": RARE, "name": dict.fromkeys(("family", "given", "family_kana", "given_kana"), RARE)}
        rare = msgspec.json.encode(written)
        items.validate("jumin", rare)
        key = SealingKey.generate()
        assert unpad(open_sealed(key, b"info", seal(key.public, b"info", pad(rare)))) == rare
        put = "UPDATE held_copy SET document = ? WHERE addressee_number = ? AND item = 'jumin'"
        await tenant.database.write(lambda connection: connection.execute(put, (rare, "9" + KNOWN)).rowcount)
        txid = await gateway.ask.ask(gateway.tenants[A], CALLER, question())
        found = await gateway.tenants[A].database.read(lambda connection: shown.show(connection, txid, CALLER))
        app = gateway.face()
        assert app is not None
        over_http = await call(app, "GET", f"/v1/inquiries/{txid.hex()}", token=f"{TOKEN}-{A}")
    (document_,) = found.items[0].documents["jumin"]
    assert msgspec.json.decode(document_)["address"] == RARE
    assert bytes(document_) == rare
    assert over_http.body["items"][0]["documents"]["jumin"][0]["name"]["family"] == RARE


def test_a_copy_of_unknown_age_is_told_without_a_time() -> None:
    from enishi.roles.gateway.answers import _version

    assert _version("jumin", (Copy(b'{"v":"jumin.v1"}', 0),)) == 1
    assert _version("jumin", ()) == 2
