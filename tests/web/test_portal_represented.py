"""Asking for somebody else's data at the portal: what is offered hangs on the mandate alone, each request is signed, and the answer stands apart."""

from typing import Any

import msgspec
import pytest

from enishi.protocol.record import RecordBody, write_body
from enishi.protocol.represented import NEUTRAL
from enishi.protocol.self_disclosure import SelfRequest
from enishi.protocol.view import ShownRecord, request_digest
from enishi.roles.portal.cards import cards_of
from enishi.roles.portal.inbox import news
from enishi.roles.portal.owndata import OwnData
from enishi.roles.portal.telling import Teller
from enishi.sentences.catalogue import Catalogue
from enishi.sentences.language import Language
from enishi.sentences.phrase import plain
from enishi.terms import Outcome
from enishi.tlog.leaf import Leaf, LeafKind, encode_leaf
from web import smalllog
from web.asgi import Answer, Browser
from web.portal_world import NOW, token_in
from web.smalllog import DAY, key_of
from web.smallmandates import mandate
from web.test_portal_representatives import LIST, Town, acting, asked_of, press, through_the_card

pytestmark = pytest.mark.asyncio
BOTH = ("records", "data")
CHOSEN = {"item-child_allowance": "1", "period": "2024"}
DOCUMENT = b'{"v":"child_allowance.v1","fiscal_year":"2024","monthly_amount":15000,"children":1}'


def answered(request: SelfRequest) -> OwnData:
    """苫小牧市 has the allowance; nobody else tells a representative anything; デジタル庁 has an official look at it."""
    plain_one = OwnData(
        holder=request.holder,
        items=request.items,
        period=request.period,
        item_id=key_of(80),
        index=41,
        at_ms=request.at_ms,
        outcome=Outcome.REFUSED_WITH_CITATION,
        citation=NEUTRAL,
    )
    if request.holder == "digital":
        return msgspec.structs.replace(plain_one, outcome=Outcome.HELD, citation="", deadline_ms=request.at_ms + 30 * DAY)
    if request.items != ("child_allowance",):
        return plain_one
    return msgspec.structs.replace(plain_one, outcome=Outcome.PROVIDED, citation="", documents={"child_allowance": (DOCUMENT,)})


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setitem(smalllog.HELD, "012131", ("local_tax", "jumin", "child_allowance"))
    monkeypatch.setitem(smalllog.HELD, "isa", ("residence_status", "pension"))
    one = Town()
    one.source.answers = answered
    return one


async def asking(browser: Browser, holder: str = "012131", chosen: dict[str, str] | None = None, number: int = 1) -> Answer:
    page = f"{LIST}/{number}/data/{holder}"
    return await press(browser, f"{page}/ask", CHOSEN if chosen is None else chosen, page)


async def test_a_request_names_the_mandate_and_is_signed_by_ones_own_card(town: Town) -> None:
    town.mandates.kept = [mandate(1, scope=BOTH)]
    browser = await town.browser()
    assert f'href="{LIST}/1/data"' in (await browser.get(LIST)).text
    answer = await asking(browser)
    assert "森" not in answer.header("location")
    back = await through_the_card(browser, answer)
    assert (back.status, back.header("location")) == (303, f"{LIST}/answers/1")
    (asked,) = town.source.owned
    assert (asked.mandate, asked.holder, asked.items, asked.period) == (mandate(1).id, "012131", ("child_allowance",), "2024")
    page = (await browser.get(f"{LIST}/answers/1")).text
    for words in ("森　蒼 さんの情報です。あなたの情報ではありません", "15,000", "森　蒼 さんの記録に残りました"):
        assert words in page, words
    # The reader's own list says at once that it was used.
    assert "まだ使っていません" not in (await browser.get(LIST)).text
    # It is not among one's own, and one's own pages do not show it.
    assert (await browser.get("/mydata/answers/1")).status == 404
    assert "/mydata/answers/" not in (await browser.get("/mydata")).text
    assert f"{LIST}/answers/1" in (await browser.get(f"{LIST}/1/data")).text


async def test_what_is_offered_hangs_on_the_mandate_and_on_nothing_that_is_known_of_the_person(town: Town) -> None:
    town.mandates.kept = [mandate(2, scope=BOTH, kind="voluntary", institution="", citation=""), mandate(1, scope=BOTH)]
    browser = await town.browser()
    by_law, by_wish = (await browser.get(f"{LIST}/1/data")).text, (await browser.get(f"{LIST}/2/data")).text
    offered = {one: [f"{LIST}/{number}/data/{one}" in page for number, page in ((1, by_law), (2, by_wish))] for one in smalllog.HELD}
    assert offered == {"012131": [True, True], "isa": [True, True], "011002": [False, True], "moj": [False, True], "digital": [False, True]}
    assert "住民票" not in by_law
    assert "住民票" in by_wish
    assert "居場所の分かる情報" in by_law
    form = (await browser.get(f"{LIST}/1/data/012131")).text
    assert ("item-child_allowance" in form, "item-jumin" in form) == (True, False)
    for holder in ("011002", "moj", "nobody"):
        assert (await browser.get(f"{LIST}/1/data/{holder}")).status == 404
    # What the page does not offer is passed over where somebody sends it all the same.
    assert (await asking(browser, chosen={"item-jumin": "1"})).status == 400
    assert town.source.owned == []


@pytest.mark.parametrize(
    ("holder", "chosen", "words"),
    [("011002", {"item-jumin": "1"}, "代理人に情報をお渡しできません"), ("digital", {"item-account": "1"}, "担当者が、代理人に渡してよいか")],
)
async def test_whatever_else_is_answered_has_its_own_words(town: Town, holder: str, chosen: dict[str, str], words: str) -> None:
    town.mandates.kept = [mandate(1, scope=BOTH, kind="voluntary", institution="", citation="")]
    browser = await town.browser()
    await through_the_card(browser, await asking(browser, holder, chosen))
    page = (await browser.get(f"{LIST}/answers/1")).text
    assert words in page
    assert ("個人情報の保護に関する法律第81条" in page.replace(" ", "")) == (holder == "011002")


async def test_only_as_representative_and_where_the_mandate_is_for_it(town: Town) -> None:
    town.mandates.kept = [mandate(3, role="principal", scope=BOTH), mandate(2, scope=BOTH), mandate(1)]
    browser = await town.browser()
    page = (await browser.get(LIST)).text
    assert [f"{LIST}/{number}/data" in page for number in (1, 2, 3)] == [False, True, False]
    for number in (1, 3, 4):
        assert (await browser.get(f"{LIST}/{number}/data")).status == 404
        token = token_in((await browser.get(LIST)).text)
        assert (await browser.post(f"{LIST}/{number}/data/012131/ask", {"form_token": token, **CHOSEN})).status == 404
    # While one reads for somebody else, this is shut as everything is.
    town.mandates.kept = [mandate(1, scope=BOTH)]
    reading = await acting(town, await town.browser())
    for path in (f"{LIST}/1/data", f"{LIST}/1/data/012131", f"{LIST}/answers/1"):
        assert (await reading.get(path)).status == 403


async def test_what_was_obtained_is_gone_with_the_mandate_and_with_the_session(town: Town) -> None:
    town.mandates.kept = [mandate(1, scope=BOTH)]
    browser, principal = await town.browser(), await town.browser()
    await through_the_card(browser, await asking(browser))
    assert (await browser.get(f"{LIST}/answers/1")).status == 200
    await press(principal, f"{LIST}/end", {"number": "1"})
    assert (await browser.get(f"{LIST}/answers/1")).status == 404


async def test_a_mandate_is_offered_for_what_was_ticked_and_the_card_says_so(town: Town) -> None:
    browser = await town.browser()
    for ticked, scope, words in (
        ({"data": "1"}, ("data",), "自己情報を求める、"),
        ({"records": "1", "data": "1"}, BOTH, "記録を見て、自己情報を求める、"),
    ):
        answer = await press(browser, f"{LIST}/offer", {"lasts": "1"} | ticked)
        assert words in asked_of(answer)["document_name"]
        await through_the_card(browser, answer)
        assert town.mandates.brought[-1].scope == scope  # type: ignore[union-attr]
    assert (await press(browser, f"{LIST}/offer", {"lasts": "1"})).status == 400


@pytest.mark.parametrize("language", list(Language))
async def test_the_principal_reads_who_asked_for_what_and_how_it_ended(language: Language) -> None:
    known, unknown = b"\1" * 16, b"\2" * 16

    def told(name: bytes, *outcomes: str) -> Any:
        given: dict[str, Any] = {"item_id": bytes([7]) * 32, "txid": bytes(32), "provider": "011002"}
        asked = RecordBody(
            kind="self",
            at_ms=NOW,
            items=("pension",),
            basis=("415AC0000000057#76-2",),
            face="portal",
            request=request_digest(b""),
            mandate=name,
            **given,
        )
        ends = [RecordBody(kind="outcome", at_ms=NOW + 1, outcome=one, basis=(NEUTRAL,) if "refused" in one else (), **given) for one in outcomes]
        leaves = [encode_leaf(Leaf(1, 1, NOW, LeafKind.SELF, bytes(31) + bytes([place + 1]), bytes(32))) for place in range(3)]
        cards = cards_of([ShownRecord(place, leaves[place], b"", write_body(body), ()) for place, body in enumerate([asked, *ends])])
        assert news(cards, -1, NOW) == cards
        mandates = [mandate(1, role="principal", other="内田　碧"), mandate(2, role="representative", other="森　蒼")]
        return Teller(language, smalllog.NAMES, Catalogue("kit", "portal", "representatives"), None, mandates).tell(cards[0])

    sentences = {plain(told(known, *outcomes).sentence) for outcomes in ((), ("provided",), ("held",), ("refused_with_citation",))}
    assert len(sentences) == 4
    assert all("内田　碧" in sentence for sentence in sentences)
    assert plain(told(known, "provided").inquirer) == "内田　碧"
    stranger = told(unknown, "provided")
    assert "森" not in plain(stranger.sentence) + plain(stranger.inquirer)
    assert plain(stranger.sentence) not in sentences


@pytest.mark.parametrize(
    ("language", "own", "theirs"), [("ja", "あなたの", "本人の"), ("en", "your ", "the person’s "), ("ja-easy", "あなたの", "本人の")]
)
async def test_a_representative_is_not_called_you(town: Town, language: str, own: str, theirs: str) -> None:
    import re

    town.mandates.kept = [mandate(1)]
    browser = await town.browser(language)
    await browser.get(f"/language/{language}?next=/records")

    async def sentences(path: str) -> str:
        page = re.sub(r"<rt>[^<]*</rt>|<rp>[^<]*</rp>", "", (await browser.get(path)).text)
        return re.sub(r"<[^>]+>", "", " ".join(re.findall(r'class="(?:sentence|lead)">(.*?)</p>', page)))

    mine = await sentences("/records/1")
    await acting(town, browser)
    for path in ("/records", "/records/1"):
        read = await sentences(path)
        assert theirs in read
        assert own not in read, read
    assert own in mine or language == "en"
