"""One's own data on the portal: chosen, signed for with the card of the session, laid out, saved, and gone with the session."""

import csv
import io
from datetime import date
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from enishi.items import ITEMS, items_held, read, schema
from enishi.law import load
from enishi.protocol.self_disclosure import SelfRequest
from enishi.roles.portal.asking import years_at
from enishi.roles.portal.cards import cards_of
from enishi.roles.portal.laidout import Words, lay_out, lines_of
from enishi.roles.portal.login import begin
from enishi.roles.portal.owndata import OwnData
from enishi.roles.portal.telling import Teller
from enishi.roles.portal.visits import MOST_ANSWERS
from enishi.sentences.catalogue import Catalogue
from enishi.sentences.language import Language
from enishi.sentences.phrase import plain
from enishi.terms import Outcome
from web.asgi import Answer, Browser
from web.portal_world import CARD, log_in, portal, token_in
from web.smalllog import DOCUMENTS, NAMES, T0, SmallLog, ended, inquiry, look, story
from web.test_portal_export import words_in

TAX = {"item-local_tax": "1", "item-jumin": "1", "period": "2024"}


async def press(browser: Browser, holder: str, chosen: dict[str, str]) -> Answer:
    page = await browser.get(f"/mydata/from/{holder}")
    return await browser.post(f"/mydata/from/{holder}/ask", {"form_token": token_in(page.text), **chosen})


async def ask(browser: Browser, holder: str = "011002", chosen: dict[str, str] | None = None) -> Answer:
    """Choose, sign, and come back."""
    answer = await press(browser, holder, TAX if chosen is None else chosen)
    assert answer.header("location").startswith(f"{CARD}/authorize?")
    state = parse_qs(urlsplit(answer.header("location")).query)["state"][0]
    return await browser.get(f"/callback?code=two&state={state}&iss={CARD}")


@pytest.mark.asyncio
async def test_what_is_chosen_is_what_the_card_signs_and_the_answer_is_shown() -> None:
    app, source = portal()
    browser = Browser(app)
    await log_in(browser)
    places = await browser.get("/mydata")
    assert "札幌市" in places.text
    assert "/mydata/from/011002" in places.text
    back = await ask(browser)
    assert (back.status, back.header("location")) == (303, "/mydata/answers/1")
    (asked,) = source.owned
    assert (asked.holder, asked.items, asked.period, asked.face) == ("011002", ("local_tax", "jumin"), "2024", "portal")
    page = (await browser.get("/mydata/answers/1")).text
    for words in ("札幌市からの回答", "合計所得金額（円）", "2,760,000", "市区町村民税（円）", "112,000", "登録されていません"):
        assert words in page, words
    assert "/mydata/answers/1" in (await browser.get("/mydata")).text


@pytest.mark.asyncio
async def test_each_request_has_its_own_session_nonce_and_key() -> None:
    app, source = portal()
    browser = Browser(app)
    await log_in(browser)
    await ask(browser)
    await ask(browser)
    one, two = source.owned
    assert not {one.session, one.nonce, one.answer_key} & {two.session, two.nonce, two.answer_key}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("chosen", "words"),
    [({}, "少なくとも一つ"), ({"item-local_tax": "1"}, "年度も選んで"), ({"item-local_tax": "1", "period": "1999"}, "年度も選んで")],
)
async def test_what_is_missing_is_said_on_the_form(chosen: dict[str, str], words: str) -> None:
    app, source = portal()
    browser = Browser(app)
    await log_in(browser)
    answer = await press(browser, "011002", chosen)
    assert answer.status == 400
    assert words in answer.text
    assert 'role="alert"' in answer.text
    assert source.owned == []


@pytest.mark.asyncio
async def test_items_that_the_institution_does_not_hold_are_passed_over() -> None:
    app, source = portal()
    browser = Browser(app)
    await log_in(browser)
    await ask(browser, "moj", {"item-koseki": "1", "item-local_tax": "1", "period": "2024"})
    (asked,) = source.owned
    assert (asked.items, asked.period) == (("koseki",), "")


@pytest.mark.asyncio
async def test_nobody_asks_without_a_session_a_page_of_ours_or_a_known_institution() -> None:
    app, source = portal()
    stranger = Browser(app)
    for path in ("/mydata", "/mydata/from/011002", "/mydata/answers/1", "/mydata/answers/1/export.json"):
        assert (await stranger.get(path)).status == 401, path
    browser = Browser(app)
    await log_in(browser)
    assert (await browser.post("/mydata/from/011002/ask", TAX)).status == 403
    assert (await browser.get("/mydata/from/999999")).status == 404
    assert (await browser.get("/mydata/answers/1")).status == 404
    assert source.owned == []


@pytest.mark.asyncio
async def test_another_person_s_card_asks_nothing_in_this_session() -> None:
    app, source = portal()
    browser = Browser(app)
    await log_in(browser)
    source.subject = "somebody else"
    back = await ask(browser)
    assert back.status == 403
    assert "別の方のカード" in back.text
    assert source.owned == []


@pytest.mark.asyncio
async def test_a_session_that_ended_at_the_card_asks_nothing() -> None:
    app, source = portal()
    browser = Browser(app)
    await log_in(browser)
    answer = await press(browser, "011002", TAX)
    state = parse_qs(urlsplit(answer.header("location")).query)["state"][0]
    token = token_in((await browser.get("/records")).text)
    await browser.post("/logout", {"form_token": token})
    assert (await browser.get(f"/callback?code=two&state={state}&iss={CARD}")).status == 401
    assert source.owned == []


@pytest.mark.asyncio
async def test_what_is_held_says_until_when_and_what_waits_says_so() -> None:
    app, source = portal()
    browser = Browser(app)
    await log_in(browser)
    await ask(browser, "digital", {"item-account": "1"})
    held = (await browser.get("/mydata/answers/1")).text
    assert "第83条第1項" in held
    assert "export." not in held
    source.answers = lambda request: _ended(request, None)
    await ask(browser, "digital", {"item-account": "1"})
    assert "まだ届いていません" in (await browser.get("/mydata/answers/2")).text
    source.answers = lambda request: _ended(request, Outcome.REFUSED_WITH_CITATION, "415AC0000000057#78-1-2")
    await ask(browser, "digital", {"item-account": "1"})
    refused = (await browser.get("/mydata/answers/3")).text
    assert "示しませんでした" in refused
    assert "第78条" in refused


def _ended(request: SelfRequest, outcome: Outcome | None, citation: str = "") -> OwnData:
    return OwnData(holder=request.holder, items=request.items, period="", item_id=bytes(32), index=1, at_ms=T0, outcome=outcome, citation=citation)


@pytest.mark.asyncio
async def test_an_answer_is_saved_in_three_forms_and_names_nobody_in_the_address() -> None:
    app, _ = portal()
    browser = Browser(app)
    await log_in(browser)
    await ask(browser)
    data = await browser.get("/mydata/answers/1/export.json")
    said = msgspec.json.decode(data.body)
    assert said["documents"]["local_tax"] == [msgspec.json.decode(DOCUMENTS["local_tax"])]
    assert said["absent"] == {"jumin": "not_registered"}
    table = list(csv.reader(io.StringIO((await browser.get("/mydata/answers/1/export.csv")).body.decode("utf-8-sig"))))
    assert ["地方税（住民税）の情報", "市区町村民税（円） / 所得割額（円）", "112,000"] in [row[:3] for row in table]
    paper = await browser.get("/mydata/answers/1/export.pdf")
    assert "2,760,000" in words_in(paper.body)
    assert all(one.header("content-disposition").startswith('attachment; filename="enishi-mydata-20') for one in (data, paper))
    assert (await browser.get("/mydata/answers/1/export.exe")).status == 404


@pytest.mark.asyncio
async def test_a_visit_keeps_no_more_answers_than_it_may() -> None:
    app, _ = portal()
    browser = Browser(app)
    await log_in(browser)
    for _ in range(MOST_ANSWERS + 1):
        await ask(browser, "moj", {"item-koseki": "1"})
    assert (await browser.get("/mydata/answers/1")).status == 404
    assert (await browser.get(f"/mydata/answers/{MOST_ANSWERS + 1}")).status == 200


def test_every_schema_s_every_field_has_its_label_and_words() -> None:
    """Lists, groups, codes, dates and nothing: in Japanese and in English."""
    words = Words("yes", "no")
    lines = {" / ".join(line.path): line.value for line in lines_of(lay_out("koseki", DOCUMENTS["koseki"], Language.ENGLISH, words))}
    assert lines["Name / Family name"] == "内田"
    assert lines["Date of birth"] == "20 November 1981"
    assert (lines["Spouse"], lines["Date of death"]) == ("", "")
    assert [path for path in lines if path.startswith("Children")] == [f"Children / {one}" for one in _CHILD]
    assert not any(path.endswith("Version") or path == "v" for path in lines)


_CHILD = ("Name / Family name", "Name / Given name", "Name / Family name (kana)", "Name / Given name (kana)", "Date of birth", "Date of death")


def test_no_schema_carries_another_person_s_address() -> None:
    """A household member's address must stay out of what a person is shown at once: where a form comes that has one, it must be held."""
    assert {item for item in ITEMS if _address_of_another(item)} == set()
    planted = {"properties": {"spouse": {"type": "object", "properties": {"name": {"x-gif": "氏名"}, "home": {"x-gif": "アドレス"}}}}}
    assert _others(planted, planted, 0)


def _address_of_another(item: str) -> bool:
    return any(_others(form, form, 0) for version in range(1, ITEMS[item].version + 1) for form in (schema(item, version),))


def _others(form: dict[str, object], whole: dict[str, object], depth: int) -> bool:
    """Whether a group below the first level holds a person's name and an address."""
    fields: dict[str, dict[str, object]] = form.get("properties", {})  # type: ignore[assignment]
    marks = {str(body.get("x-gif", "")) for body in fields.values()}
    if depth and "氏名" in marks and "アドレス" in marks:
        return True
    return any(_others(inner, whole, depth + 1) for body in fields.values() for inner in _inner(body, whole))


def _inner(body: dict[str, object], whole: dict[str, object]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = [body] if "properties" in body else []
    if isinstance(body.get("items"), dict):
        found += _inner(body["items"], whole)  # type: ignore[arg-type]
    for one in body.get("anyOf", []):  # type: ignore[attr-defined]
        found += _inner(one, whole)
    if "$ref" in body:
        found += _inner(whole["$defs"][str(body["$ref"]).removeprefix("#/$defs/")], whole)  # type: ignore[index]
    return found


def test_what_institutions_hold_is_what_the_order_has_them_give() -> None:
    """By the grants of the table in force; beside it only items that no row names, and two capacities that stand for one of the table."""
    era = load().era(date(2025, 4, 1))
    assert era is not None
    names = {item.law_name: item.id for item in ITEMS.values() if item.law_name}
    grants = [grant for row in era.linkage for grant in row.row.grants]
    given = {(party, names[item]) for grant in grants for party in grant.providers for item in grant.items if item in names}
    for party in {party for party, _ in given}:
        named = {item for one, item in given if one == party}
        assert {item for item in items_held((party,), "") if ITEMS[item].law_name} == named, party
    assert items_held((), "police") == ("driving_license",)
    assert items_held(("市町村長",), "employer")[-1] == "schooling"
    assert items_held((), "employer") == ()


def test_one_s_own_request_is_told_as_one_s_own_and_counted_apart() -> None:
    own = msgspec.structs.replace(
        inquiry(70, "moj", ("koseki",), T0), kind="self", inquirer="", affair=None, affair_name="", purpose_item="", relation="", face="portal",
        basis=("415AC0000000057#76",), request=bytes(32),
    )  # fmt: skip
    log = SmallLog([*story()[:4], own, ended(own, "provided"), look(T0)])
    viewed = log.view(begin(b"", T0).request)
    card = next(card for card in cards_of(viewed.shown.records) if card.own)
    assert (card.state, card.result, card.plain, card.withheld) == ("done", "provided", False, False)
    told = Teller(Language.JAPANESE, NAMES, Catalogue("kit", "portal")).tell(card)
    assert plain(told.sentence) == "あなたが、カードを使って、ご自分の戸籍の情報を法務省に求め、受け取りました。"
    assert (plain(told.inquirer), plain(told.purpose)) == ("あなた", "ご自分の情報を得るため")
    assert told.basis[0].id == "415AC0000000057#76"


def test_six_years_are_offered_the_newest_first() -> None:
    assert years_at(2025) == ("2025", "2024", "2023", "2022", "2021", "2020")
    assert read("local_tax", DOCUMENTS["local_tax"])["fiscal_year"] in years_at(2025)
