"""The law page: search, list, picture, changes, permanent places, and the verdict of the form."""

import re
from datetime import date
from html import unescape
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.law import GroundCode, load
from enishi.law.diff import differ
from enishi.law.ordinance.form import Shown
from enishi.law.question import Policy
from enishi.roles.exchange.lawface.card import STEPS, step_of
from enishi.roles.exchange.lawface.face import HOME
from enishi.roles.exchange.lawface.finding import Finder, fold
from enishi.roles.exchange.lawface.matrix import NARROW, WIDE, cells_of, picture_of
from enishi.roles.exchange.lawface.pairs import Wanted, pairs_of, sorted_by
from enishi.roles.exchange.lawface.places import Places
from enishi.roles.exchange.lawface.shelf import Shelf
from enishi.sentences.catalogue import Catalogue
from enishi.web.citations import law_path
from exchange_face.law_face import DAY, ORDER, ROW, TOWN, law_face
from web.asgi import Answer, Browser

FACE = law_face()
SHELF = Shelf(load())
LINKAGE = f"{ORDER}#2/"


async def get(path: str, language: str = "ja") -> Answer:
    return await Browser(FACE, language=language).get(path)


def ask(**changes: str) -> str:
    asked = {"row": ROW, "inquirer": "i:012131", "provider": "i:moj", "purpose": "1", "relation": "survivor", "item": "戸籍関係情報"}
    return "/ask?" + urlencode(asked | changes)


def words(answer: Answer) -> str:
    """What a reader sees, tags and readings taken away."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<rp>.*?</rp>|<rt>.*?</rt>|<[^>]+>", "", answer.text)))


def test_the_lines_are_the_rows_taken_apart_and_nothing_else() -> None:
    era = SHELF.on(DAY).era
    stated = {
        (party, provider, item, row.row.label)
        for row in era.linkage
        for party in row.row.parties
        for grant in row.row.grants
        for provider in grant.providers
        for item in grant.items
    }
    lines = [(pair.inquirer, pair.provider, pair.item, pair.row.row.label) for pair in SHELF.on(DAY).pairs]
    assert set(lines) == stated
    assert len(lines) == len(stated)


def test_a_line_says_since_when_and_under_which_item() -> None:
    pair = next(one for one in SHELF.on(DAY).pairs if one.row.row.citation == ROW and one.item == "地方税関係情報")
    assert (pair.since, pair.from_before, [purpose.item for purpose in pair.purposes]) == (date(2024, 5, 27), False, ["3"])
    older = next(one for one in SHELF.on(DAY).pairs if one.row.row.laws == ("児童手当法",) and one.item == "地方税関係情報")
    assert (older.since, older.from_before) == (date(2022, 6, 17), True)


def test_lines_narrow_down_and_sort_both_ways() -> None:
    pairs = SHELF.on(DAY).pairs
    kept = [pair for pair in pairs if Wanted(inquirer="市町村長", item="戸籍関係情報").keeps(pair)]
    assert {(pair.inquirer, pair.item) for pair in kept} == {("市町村長", "戸籍関係情報")}
    up, down = (sorted_by(pairs, "since", order) for order in ("up", "down"))
    assert [pair.since for pair in up] == sorted(pair.since for pair in pairs)
    assert up == down[::-1]
    assert sorted_by(pairs, "row", "up") == list(pairs)


@pytest.mark.parametrize("frame", [WIDE, NARROW])
def test_the_picture_has_a_dot_for_every_lawful_pair_and_for_no_other(frame: object) -> None:
    cells = cells_of(pairs_of(SHELF.on(DAY).era, load().eras, load().identity))
    picture = picture_of(cells, WIDE if frame is WIDE else NARROW)
    down, across = {line.at: line.key for line in picture.rows}, {line.at: line.key for line in picture.columns}
    drawn = {(down[dot.y], across[dot.x]) for dot in picture.dots}
    own_rows, own_columns = set(down.values()), set(across.values())
    lawful = {(cell.inquirer if cell.inquirer in own_rows else "", cell.item if cell.item in own_columns else "") for cell in cells}
    assert drawn == lawful
    assert len(picture.dots) == len(lawful)
    assert max(dot.r for dot in picture.dots) <= picture.rows[1].at - picture.rows[0].at


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("災害弔慰金", f"{LINKAGE}108"),
        ("さいがいちょういきん", f"{LINKAGE}108"),
        ("サイガイチョウイキン", f"{LINKAGE}108"),
        ("弔慰 災害", f"{LINKAGE}108"),
        ("Condolence", f"{LINKAGE}108"),
        ("じどうてあて", f"{LINKAGE}107"),
        ("こせき", "戸籍関係情報"),
        ("ｺｾｷ", "戸籍関係情報"),
        ("Ministry of Justice", "moj"),
        ("とまこまい", "012131"),
        ("ほうむだいじん", "法務大臣"),
    ],
)
def test_search_finds_by_any_part_in_any_writing(query: str, found: str) -> None:
    hits = Finder(SHELF.on(DAY).era).find(query, TOWN)
    assert found in {*hits.rows, *hits.items, *hits.capacities, *(one.id for one in hits.institutions)}


def test_search_finds_nothing_for_nothing() -> None:
    assert Finder(SHELF.on(DAY).era).find("  ", TOWN).count == 0
    assert Finder(SHELF.on(DAY).era).find("存在しない事務", TOWN).count == 0


@given(st.text(max_size=120))
@settings(max_examples=100, deadline=None)
def test_no_search_breaks_it(query: str) -> None:
    assert SHELF.on(DAY).finder.find(query, TOWN).count >= 0
    assert fold(fold(query)) == fold(query)


def test_every_place_of_the_law_has_its_page() -> None:
    places = Places(load())
    for revision in load().book.revisions:
        for row in revision.rows:
            assert places.find(row.citation) is not None
            for purpose in row.purposes:
                assert places.find(purpose.citation) is not None
                for entry in purpose.entries:
                    found = places.find(entry.citation)
                    assert found is not None
                    assert found.row == row
    article = places.find(f"{ORDER}#110")
    assert article is not None
    assert article.citation == ROW


@pytest.mark.parametrize("code", list(GroundCode))
def test_every_ground_belongs_to_a_step(code: GroundCode) -> None:
    assert step_of(code.value) in STEPS
    steps = {"inquirer-not-in-row": "row", "inquirer-not-in-purpose": "item", "inquirer-not-registered": "standing", "same-institution": "standing"}
    assert step_of(code.value) == steps.get(code.value, step_of(code.value))


@pytest.mark.asyncio
@pytest.mark.parametrize("language", ["ja", "en", "ja-easy"])
@pytest.mark.parametrize(
    "path", ["/", "/find?q=災害", "/pairs", "/matrix", "/changes", "/ask", ask(), law_path(ROW), law_path("425AC0000000027#19-1-8")]
)
async def test_every_page_in_every_language_carries_no_inline_style_or_script(path: str, language: str) -> None:
    browser = Browser(FACE)
    await browser.get(f"/language/{language}?next=/")
    page = await browser.get(path)
    assert page.status == 200, page.text
    assert "<script" not in page.text
    assert "style=" not in page.text


@pytest.mark.asyncio
async def test_a_permit_shows_the_chain_with_a_link_for_every_citation() -> None:
    page = await get(ask())
    assert "照会できます" in words(page)
    assert "苫小牧市は、災害弔慰金の支給を決めるために、戸籍の情報を法務省に求めることができます。" in words(page)
    for citation in ("425AC0000000027#19-1-8", ROW, f"{ORDER}#110-1-1-イ"):
        assert f'href="{law_path(citation)}"' in page.text


@pytest.mark.asyncio
async def test_a_refusal_shows_every_ground_and_its_ways_ask_again() -> None:
    page = await get(ask(provider="c:市町村長", item="地方税関係情報"))
    assert "照会できません" in words(page)
    way = re.search(r'class="button way-ask" href="([^"]+)"', page.text)
    assert way
    again = await get(unescape(way[1]))
    assert 'value="3" selected' in again.text
    assert "第3号として判定する" in words(page)


@pytest.mark.asyncio
async def test_an_affair_of_an_ordinance_in_the_registry_has_its_page() -> None:
    (ordinance,) = TOWN[-1].ordinances
    citation = Shown(ordinance, ordinance.affairs[0]).citation
    assert ordinance.affairs[0].name in words(await get(law_path(citation)))
    assert (await get(law_path(citation + "9"))).status == 404


@pytest.mark.asyncio
async def test_the_registry_counts_on_the_page_as_in_the_mesh() -> None:
    assert "接続を停止されています" in words(await get(ask(inquirer="i:462012")))
    assert "照会できません" in words(await get(ask(inquirer="i:402036")))


@pytest.mark.asyncio
async def test_a_place_shows_words_validity_provenance_history_and_the_full_text() -> None:
    page = await get(law_path(f"{ORDER}#110-1-3-ニ"))
    for part in (
        "市町村民税に関する情報",
        "当該申請を行う者又は当該者と同一の世帯に属する者",
        "provision_order_2024-05-27.jsonl:108",
        "2024年）5月27日",
    ):
        assert part in words(page)
    assert "https://laws.e-gov.go.jp/law/506M60004008009" in page.text
    assert law_path("425AC0000000027@2024-05-27#appended/82-2") in page.text


@pytest.mark.asyncio
@pytest.mark.parametrize(("citation", "status"), [(f"{ORDER}#2/999", 404), ("nonsense", 400), ("506M60004008009@2024-05-27", 400), ("%00", 400)])
async def test_a_citation_of_nothing_says_so(citation: str, status: int) -> None:
    assert (await get("/law/" + quote(citation, safe="%"))).status == status


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "path",
    [
        "/pairs?page=99999&sort=x&order=y",
        "/pairs?on=x",
        "/?day=9999-99-99",
        "/ask?row=x&item=y",
        "/find?q=%F0%9F%98%80",
        "/matrix?sort=evil",
        "/changes?day=1900-01-01",
    ],
)
async def test_an_address_that_makes_no_sense_harms_nothing(path: str) -> None:
    assert (await get(path)).status == 200


@pytest.mark.asyncio
async def test_the_day_decides_what_is_shown_and_what_is_said_about_it() -> None:
    assert "2022年）6月17日 より前の法律は持っていません" in words(await get("/?day=2020-01-01"))
    assert "2025年）4月1日 です。それより後" in words(await get("/?day=2026-12-01"))
    assert "日付を読めなかった" in words(await get("/?day=soon"))
    assert "131の事務" in words(await get("/?on=2022-06-17"))
    assert "173の事務" in words(await get("/"))


@pytest.mark.asyncio
async def test_changes_name_what_came_and_what_ceased() -> None:
    page = words(await get("/changes?on=2024-05-27"))
    assert "新しく求められるようになった事務" in page
    assert "いちばん古い表" in words(await get("/changes?on=2022-06-17"))
    turning = SHELF.turning(DAY)
    diff = differ(SHELF.tables, date(2022, 6, 17), DAY)
    changed = {change.after or change.before: change for change in diff.affairs if change.kind == "linkage"}
    turns = [*turning.came, *turning.went, *turning.altered]
    assert len(turns) == len(changed) > 100
    assert all(turn.gained == tuple(one[1:] for one in changed[turn.row.citation].became) for turn in turns)
    assert all(turn.lost == tuple(one[1:] for one in changed[turn.row.citation].ceased) for turn in turns)
    now, then = ({pair.row.row.citation for pair in SHELF.on(day).pairs} for day in (DAY, date(2023, 1, 1)))
    assert {turn.row.citation for turn in turning.came} <= now - then
    assert {turn.row.citation for turn in turning.went} <= then - now


@pytest.mark.asyncio
async def test_a_mesh_that_counts_proposals_says_so_on_every_page() -> None:
    proposing = Browser(law_face(policy=Policy(proposals="count")))
    assert "まだ法律でない提案" in words(await proposing.get("/"))
    assert "まだ法律でない提案" not in words(await get("/"))


def test_templates_and_handlers_ask_for_sentences_that_there_are() -> None:
    held = Catalogue("kit", "law").keys()
    sources = [*HOME.glob("**/*.html"), *HOME.glob("*.py")]
    asked = {key for path in sources for key in re.findall(r"(?:say|words)\([\"']([\w.]+)[\"'],? ?[^~]", path.read_text())}
    assert len(asked) > 60
    assert {key for key in asked if not key.endswith(".")} - held == set()
