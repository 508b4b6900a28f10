"""Letters on the portal: chosen, written, sealed before the card signs, tracked for the session, and gone with it."""

import gc
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from enishi.protocol.letters import LETTER, LETTERS, PART, TEXT
from enishi.roles.portal.cards import cards_of
from enishi.roles.portal.letters.pages import SentLetter
from enishi.roles.portal.letters.writing import lacking, written_in
from enishi.roles.portal.login import begin
from enishi.roles.portal.telling import Teller
from enishi.sentences.catalogue import Catalogue
from enishi.sentences.language import Language
from enishi.sentences.phrase import plain
from enishi.terms import Outcome
from enishi.web.form import Form
from web.asgi import Answer, Browser
from web.portal_world import CARD, Hand, log_in, portal, token_in
from web.smalllog import DAY, NAMES, T0, SmallLog, ended, inquiry, look, story

WORDS = "どうして戸籍を見たのですか。canary-in-the-portal"
APPEAL = "3か月以内に札幌市長へ審査請求ができます。"


async def press(browser: Browser, path: str, fields: dict[str, str]) -> Answer:
    page = await browser.get(path.removesuffix("/send").removesuffix("/read"))
    return await browser.post(path, {"form_token": token_in(page.text), **fields})


async def signed(browser: Browser, answer: Answer) -> Answer:
    """The card agrees, and the browser comes back."""
    assert answer.header("location").startswith(f"{CARD}/authorize?"), answer.text
    state = parse_qs(urlsplit(answer.header("location")).query)["state"][0]
    return await browser.get(f"/callback?code=two&state={state}&iss={CARD}")


async def write(browser: Browser, kind: str = "why", holder: str = "011002", **fields: str) -> Answer:
    return await signed(browser, await press(browser, f"/letters/to/{holder}/{kind}/send", {"text": WORDS, **fields}))


async def read(browser: Browser, holder: str = "011002") -> Answer:
    return await signed(browser, await press(browser, f"/letters/at/{holder}/read", {}))


async def visitor(clock: Hand | None = None) -> tuple[Browser, object]:
    app, source = portal(clock=clock)
    browser = Browser(app)
    await log_in(browser)
    return browser, source


@pytest.mark.asyncio
async def test_a_letter_goes_by_the_card_and_its_answer_is_read_by_the_card() -> None:
    browser, source = await visitor()
    places = (await browser.get("/letters")).text
    assert "/letters/to/011002" in places
    assert "/letters/to/moj" in places
    # An organisation that only hands others' numbers in has no door for letters.
    assert "employer-1" in NAMES
    assert "/letters/to/employer-1" not in places
    assert (await browser.get("/letters/to/employer-1")).status == 404
    back = await write(browser)
    assert (back.status, back.header("location")) == (303, "/letters/at/011002")
    (asked,) = source.owned  # type: ignore[attr-defined]
    assert (asked.holder, asked.items, asked.period) == ("011002", (LETTER,), "")
    page = (await browser.get("/letters/at/011002")).text
    for words in ("手紙は札幌市に届きました", "回答を待っています", WORDS, "までに回答されます"):
        assert words in page, words
    kept = source.written["011002"]  # type: ignore[attr-defined]
    kept[0] = msgspec.structs.replace(kept[0], answered_ms=T0 + DAY, answer="審査のためです。")
    assert (await read(browser)).header("location") == "/letters/at/011002"
    assert source.owned[-1].items == (LETTERS,)  # type: ignore[attr-defined]
    page = (await browser.get("/letters/at/011002")).text
    assert "審査のためです。" in page
    assert "不服があるとき" not in page


@pytest.mark.asyncio
async def test_while_the_card_signs_the_portal_has_the_letter_sealed_only() -> None:
    """What waits for the browser to come back holds a digest and a seal; nothing of the text."""
    browser, source = await visitor()
    secret = "".join(["canary-", "while-", "signing"])
    page = await browser.get("/letters/to/moj/complaint")
    answer = await browser.post("/letters/to/moj/complaint/send", {"form_token": token_in(page.text), "text": secret})
    request = parse_qs(urlsplit(answer.header("location")).query)["request_to_sign"][0]
    waiting = [one for one in gc.get_objects() if isinstance(one, SentLetter)]
    assert waiting
    assert [one for one in waiting if secret in repr(one)] == []
    await signed(browser, answer)
    (asked,) = source.owned  # type: ignore[attr-defined]
    assert isinstance(asked.letter, bytes)
    assert secret not in request


@pytest.mark.asyncio
async def test_a_correction_names_item_wrong_and_right_and_a_refusal_says_why_and_how_to_appeal() -> None:
    browser, source = await visitor()
    page = (await browser.get("/letters/to/011002/correction?item=local_tax")).text
    assert '<option value="local_tax" selected>' in page
    fields = {"item": "local_tax", "wrong": "2,760,000円", "right": "2,670,000円"}
    await write(browser, "correction", **fields)
    kept = source.written["011002"]  # type: ignore[attr-defined]
    assert (kept[0].letter.kind, kept[0].letter.item, kept[0].letter.wrong) == ("correction", "local_tax", "2,760,000円")
    answer = {"answered_ms": T0 + DAY, "decision": "refused", "answer": "訂正しません。", "reason": "申告のとおりです。", "appeal": APPEAL}
    kept[0] = msgspec.structs.replace(kept[0], **answer)
    await read(browser)
    page = (await browser.get("/letters/at/011002")).text
    for words in ("求めを認めません", "訂正しません。", "申告のとおりです。", "審査請求ができます", APPEAL):
        assert words in page, words


@pytest.mark.asyncio
async def test_the_record_fills_in_what_the_letter_is_about() -> None:
    browser, source = await visitor()
    record = (await browser.get("/records/6")).text
    assert "/letters/about/6" in record
    about = (await browser.get("/letters/about/6")).text
    assert "/letters/to/012131/why?record=6" in about
    form = (await browser.get("/letters/to/012131/why?record=6")).text
    assert 'name="record" value="6"' in form
    await write(browser, holder="012131", record="6")
    viewed = cards_of(SmallLog(story()).view(begin(b"", T0).request).shown.records)
    body = next(card.body for card in viewed if card.number == 6)
    assert source.written["012131"][0].letter.about == body.txid  # type: ignore[attr-defined]
    assert (await browser.get("/letters/about/99")).status == 404


@pytest.mark.asyncio
async def test_an_answer_leads_to_a_correction_of_each_of_its_items() -> None:
    browser, _ = await visitor()
    form = await browser.get("/mydata/from/011002")
    answer = await browser.post("/mydata/from/011002/ask", {"form_token": token_in(form.text), "item-local_tax": "1", "period": "2024"})
    await signed(browser, answer)
    assert "/letters/to/011002/correction?item=local_tax" in (await browser.get("/mydata/answers/1")).text


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("why", {"text": "  "}, "伝えることを書いて"),
        ("why", {"text": "字" * (TEXT + 1)}, "長すぎます"),
        ("complaint", {"text": "a\x07b"}, "画面に表せない"),
        ("correction", {"wrong": "a", "right": "b"}, "どの情報か"),
        ("correction", {"item": "koseki", "wrong": "a", "right": "b"}, "どの情報か"),
        ("correction", {"item": "local_tax", "right": "b"}, "違っているところを"),
        ("correction", {"item": "local_tax", "wrong": "a"}, "正しい内容を"),
        ("correction", {"item": "local_tax", "wrong": "a" * (PART + 1), "right": "b"}, "長すぎます"),
    ],
)
async def test_what_is_missing_is_said_on_the_form_which_keeps_what_was_written(kind: str, fields: dict[str, str], words: str) -> None:
    browser, source = await visitor()
    answer = await press(browser, f"/letters/to/011002/{kind}/send", {"text": WORDS, **fields})
    assert (answer.status, source.owned) == (400, [])  # type: ignore[attr-defined]
    assert words in answer.text
    assert 'role="alert"' in answer.text
    assert fields.get("wrong", "") in answer.text


def test_what_a_form_sends_is_read_as_the_letter_has_it() -> None:
    written = written_in(Form({"text": " one\r\ntwo\rthree\t! "}), "text")
    assert written == {"text": "one\ntwo\nthree !"}
    assert lacking(written, "text") == ""


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("outcome", "sent", "brought"),
    [
        (None, "まだ受け取っていません", "まだ届いていません"),
        (Outcome.NO_SUCH_PERSON, "あなたを知らないため", "あなたの記録はありません"),
        (Outcome.NOT_REGISTERED, "手紙を開けませんでした", "あなたからの手紙はありません"),
    ],
)
async def test_what_did_not_arrive_is_said(outcome: Outcome | None, sent: str, brought: str) -> None:
    browser, source = await visitor()
    source.taken = outcome  # type: ignore[attr-defined]
    await write(browser)
    assert sent in (await browser.get("/letters/at/011002")).text
    await read(browser)
    assert brought in (await browser.get("/letters/at/011002")).text


@pytest.mark.asyncio
async def test_nobody_writes_or_reads_without_session_form_institution_or_the_same_card() -> None:
    app, source = portal()
    stranger = Browser(app)
    for path in ("/letters", "/letters/to/011002", "/letters/to/011002/why", "/letters/at/011002", "/letters/about/6"):
        assert (await stranger.get(path)).status == 401, path
    browser = Browser(app)
    await log_in(browser)
    assert (await browser.post("/letters/to/011002/why/send", {"text": WORDS})).status == 403
    assert (await browser.post("/letters/at/011002/read", {})).status == 403
    for path in ("/letters/to/999999", "/letters/to/011002/praise", "/letters/at/999999"):
        assert (await browser.get(path)).status == 404, path
    source.subject = "somebody else"
    assert (await write(browser)).status == 403
    assert source.owned == []


@pytest.mark.asyncio
async def test_letters_go_with_the_session_and_are_nobody_else_s() -> None:
    app, _ = portal()
    browser, other = Browser(app), Browser(app)
    await log_in(browser)
    await log_in(other)
    await write(browser)
    assert WORDS not in (await other.get("/letters/at/011002")).text
    page = await browser.get("/letters/at/011002")
    await browser.post("/logout", {"form_token": token_in(page.text)})
    assert (await browser.get("/letters/at/011002")).status == 401


@pytest.mark.parametrize(
    ("item", "result", "words"), [(LETTER, "sent", "手紙を出しました。届いています"), (LETTERS, "read", "手紙と回答を読みました")]
)
def test_the_record_of_a_letter_is_told_as_one(item: str, result: str, words: str) -> None:
    own = msgspec.structs.replace(
        inquiry(70, "moj", (item,), T0), kind="self", inquirer="", affair=None, affair_name="", purpose_item="", relation="", face="portal",
        basis=("415AC0000000057#90",), request=bytes(32),
    )  # fmt: skip
    log = SmallLog([*story()[:4], own, ended(own, "provided"), look(T0)])
    card = next(card for card in cards_of(log.view(begin(b"", T0).request).shown.records) if card.own)
    for language in Language:
        told = Teller(language, NAMES, Catalogue("kit", "portal")).tell(card)
        assert plain(told.sentence)
    told = Teller(Language.JAPANESE, NAMES, Catalogue("kit", "portal")).tell(card)
    assert (card.result, words in plain(told.sentence)) == (result, True)
    waiting = msgspec.structs.replace(card, outcome="")
    assert "まだ" in plain(Teller(Language.JAPANESE, NAMES, Catalogue("kit", "portal")).tell(waiting).sentence)
