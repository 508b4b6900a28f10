"""The portal in a real browser: proof, keyboard, no script, and nothing for axe to find on any page in any language and width."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from browser.browsing import LOOKS, SETTLED, Town, choose, chromium, log_in, look, picture, shown, town, unfold
from enishi.protocol.commission import CommissionAnswerAsk
from enishi.roles.portal.view import Asked, ViewedLog

CHECKS = ("included", "complete", "signed", "witnessed")
pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def served() -> Iterator[Town]:
    with town() as running:
        yield running


@pytest.fixture(scope="module")
def profile() -> Iterator[Callable[..., BrowserContext]]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(profile: Callable[..., BrowserContext]) -> Iterator[Page]:
    context = profile(viewport={"width": 360, "height": 780}, locale="ja-JP")
    opened = context.new_page()
    broken: list[str] = []
    opened.on("pageerror", lambda error: broken.append(str(error)))
    yield opened
    context.close()
    assert broken == []


def states(page: Page) -> dict[str, str | None]:
    return {name: page.get_attribute(f"[data-check={name}]", "data-state") for name in CHECKS}


@pytest.mark.parametrize(("language", "widths"), LOOKS)
def test_every_page_is_for_everybody(served: Town, profile: Callable[..., BrowserContext], language: str, widths: tuple[int, ...]) -> None:
    context = profile()
    page = context.new_page()
    choose(page, served, language)
    found = look(page, "first", language, widths)
    log_in(page, served)
    numbers = {"provided": 6, "refused": 8, "held": 9, "look": 11}
    paths = {"again": "/", "records": "/records", "none": "/records?institution=nobody", "problem": "/nothing"}
    paths |= {f"record-{name}": f"/records/{number}" for name, number in numbers.items()}
    for name, path in paths.items():
        page.goto(served.portal + path)
        if page.query_selector("[data-whole]"):
            page.wait_for_selector(SETTLED)
        unfold(page)
        found |= look(page, name, language, widths)
    context.close()
    assert not any(found.values()), shown({name: value for name, value in found.items() if value})


def test_the_browser_proves_the_list(served: Town, page: Page) -> None:
    log_in(page, served)
    page.wait_for_selector(SETTLED)
    assert page.get_attribute("[data-whole]", "data-state") == "good"
    expect(page.locator("[data-whole]")).to_contain_text("完全性を確認しました")
    page.click("[data-again]")
    page.wait_for_selector(SETTLED)
    assert states(page) == dict.fromkeys(CHECKS, "good")


def test_see_the_proof_opens_the_four_checks_of_a_record(served: Town, page: Page) -> None:
    log_in(page, served)
    page.locator("article").nth(1).get_by_text("証明を見る").click()
    page.wait_for_selector(SETTLED)
    assert states(page) == dict.fromkeys(CHECKS, "good")
    page.locator("[data-check=included] summary").nth(1).click()
    expect(page.locator("[data-number=texts]")).to_contain_text('"outcome":"no_such_person"')
    expect(page.locator("[data-check=included] [data-number=fault]")).not_to_be_visible()


def test_a_changed_record_is_called_out_in_words(served: Town, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = served.source.view

    async def lying(asked: Asked) -> ViewedLog:
        viewed = await honest(asked)
        records = list(viewed.shown.records)
        records[0] = msgspec.structs.replace(records[0], body=records[0].body.replace(b'"moj"', b'"digital"'))
        return msgspec.structs.replace(viewed, shown=msgspec.structs.replace(viewed.shown, records=tuple(records)))

    monkeypatch.setattr(served.source, "view", lying)
    log_in(page, served)
    page.wait_for_selector(SETTLED)
    assert states(page) == dict.fromkeys(CHECKS, "good") | {"included": "bad"}
    expect(page.locator("[data-whole]")).to_contain_text("証明に合わないところがあります")
    picture(page, "records-changed-ja-360")


def test_no_witness_yet_is_said_and_is_no_alarm(served: Town, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served.source, "witnesses", 0)
    log_in(page, served)
    page.wait_for_selector(SETTLED)
    expect(page.locator("[data-whole]")).to_contain_text("外部の証人の署名はまだ届いていません")


def test_the_device_key_cannot_be_read_and_another_browser_has_none(served: Town, page: Page) -> None:
    log_in(page, served)
    page.wait_for_selector(SETTLED)
    kept = """new Promise(resolve => { const open = indexedDB.open("enishi", 1); open.onsuccess = () => {
      const all = open.result.transaction("device-keys").objectStore("device-keys").getAll();
      all.onsuccess = () => resolve(all.result.map(({ privateKey }) => privateKey.extractable)); }; })"""
    assert page.evaluate(kept) == [False]
    page.evaluate("""new Promise(resolve => { indexedDB.open("enishi", 1).onsuccess = ({ target }) => {
      target.result.transaction("device-keys", "readwrite").objectStore("device-keys").clear().onsuccess = resolve; }; })""")
    page.reload()
    page.wait_for_selector(SETTLED)
    assert states(page) == dict.fromkeys(CHECKS, "good") | {"complete": "absent"}


def test_everything_but_the_proof_works_without_script(served: Town, profile: Callable[..., BrowserContext]) -> None:
    context = profile(java_script_enabled=False, viewport={"width": 360, "height": 780}, locale="ja-JP")
    page = context.new_page()
    log_in(page, served)
    expect(page.locator("article")).to_have_count(11)
    expect(page.locator("[data-whole]")).to_contain_text("証明の確認には JavaScript が必要です")
    page.select_option("#filter-result", "refusal")
    page.locator(".filters button").click()
    expect(page.locator("article")).to_have_count(1)
    page.get_by_text("断った理由").click()
    expect(page.locator(".reasons")).to_contain_text("求めることはできません")
    page.get_by_text("ログアウト").click()
    expect(page.locator("form[data-login]")).to_be_visible()
    context.close()


def test_the_keyboard_reaches_everything_in_the_order_of_the_page(served: Town, page: Page) -> None:
    log_in(page, served)
    page.wait_for_selector(SETTLED)
    # The proof's own button only shows with script, after the page; wait for it so that the order is the reader's.
    page.wait_for_selector("[data-again]:visible")
    places: list[tuple[float, float]] = []
    for _ in range(14):
        page.keyboard.press("Tab")
        box = page.evaluate("(() => { const b = document.activeElement.getBoundingClientRect(); return [b.top + scrollY, b.left]; })()")
        places.append((box[0], box[1]))
    rows = [round(top / 48) for top, _ in places[1:]]
    assert rows == sorted(rows)
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "4px"


def test_the_skip_link_leads_to_the_content(served: Town, page: Page) -> None:
    page.goto(served.portal)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_policy_holds_an_inline_script_back(served: Town, page: Page) -> None:
    page.goto(served.portal)
    page.evaluate("() => { const s = document.createElement('script'); s.textContent = 'window.got = 1'; document.body.append(s); }")
    assert page.evaluate("window.got") is None


@pytest.mark.parametrize(("language", "widths"), LOOKS)
def test_one_s_own_data_is_for_everybody(served: Town, profile: Callable[..., BrowserContext], language: str, widths: tuple[int, ...]) -> None:
    """Whom to ask, what to ask for, what is missing, what came back, and the forms for paper."""
    context = profile()
    page = context.new_page()
    choose(page, served, language)
    log_in(page, served)
    page.goto(f"{served.portal}/mydata")
    found = look(page, "mydata", language, widths)
    page.goto(f"{served.portal}/mydata/from/moj")
    page.click(".asking button")
    expect(page.locator("[role=alert]")).to_be_visible()
    found |= look(page, "mydata-missing", language, widths)
    page.check("[name=item-koseki]")
    page.click(".asking button")
    page.wait_for_url("**/mydata/answers/*")
    found |= look(page, "mydata-answer", language, widths)
    page.goto(f"{served.portal}/paper")
    found |= look(page, "paper", language, widths)
    context.close()
    assert not any(found.values()), shown({name: value for name, value in found.items() if value})


def test_one_s_own_data_is_asked_for_and_read_without_script(served: Town, profile: Callable[..., BrowserContext]) -> None:
    context = profile(java_script_enabled=False, locale="ja-JP")
    page = context.new_page()
    log_in(page, served)
    page.get_by_text("わたしの情報を求める").click()
    page.get_by_text("札幌市", exact=True).click()
    page.check("[name=item-local_tax]")
    page.select_option("#period", "2024")
    page.get_by_text("カードで署名して求める").click()
    page.wait_for_url("**/mydata/answers/*")
    expect(page.locator(".own-item")).to_contain_text("2,760,000")
    context.close()


@pytest.mark.parametrize(("language", "widths"), LOOKS)
def test_letters_are_for_everybody(served: Town, profile: Callable[..., BrowserContext], language: str, widths: tuple[int, ...]) -> None:
    """From a record to a letter, what is missing, that it arrived, and an answer that refuses."""
    context = profile()
    page = context.new_page()
    choose(page, served, language)
    log_in(page, served)
    served.source.written.clear()
    page.goto(f"{served.portal}/letters")
    found = look(page, "letters", language, widths)
    page.goto(f"{served.portal}/records/6")
    page.click("a[href='/letters/about/6']")
    found |= look(page, "letters-about", language, widths)
    page.goto(f"{served.portal}/letters/to/011002")
    found |= look(page, "letters-to", language, widths)
    page.click("a[href$='/correction']")
    page.fill("[name=wrong]", "2,760,000円")
    page.click(".asking button")
    expect(page.locator("[role=alert]")).to_be_visible()
    found |= look(page, "letters-missing", language, widths)
    page.select_option("#item", "local_tax")
    page.fill("[name=right]", "2,670,000円")
    page.fill("[name=text]", "確定申告の控えのとおりです。\n控えの写しは窓口でお見せします。")
    page.click(".asking button")
    page.wait_for_url("**/letters/at/*")
    found |= look(page, "letters-sent", language, widths)
    kept = served.source.written["011002"]
    answer = {"decision": "refused", "answer": "訂正しません。", "reason": "申告書のとおりです。", "appeal": "3か月以内に札幌市長へ。"}
    kept[0] = msgspec.structs.replace(kept[0], answered_ms=kept[0].arrived_ms + 1, known=False, **answer)
    page.click("form[action$='/read'] button")
    page.wait_for_selector(".card-done")
    unfold(page)
    found |= look(page, "letters-answered", language, widths)
    context.close()
    assert not any(found.values()), shown({name: value for name, value in found.items() if value})


def test_a_letter_is_written_and_read_without_script(served: Town, profile: Callable[..., BrowserContext]) -> None:
    context = profile(java_script_enabled=False, locale="ja-JP")
    page = context.new_page()
    log_in(page, served)
    page.get_by_text("機関に手紙を書く・回答を読む").click()
    page.locator("a[href='/letters/to/moj']").click()
    page.get_by_text("苦情を伝える").click()
    page.fill("[name=text]", "返事がありません。")
    page.get_by_text("カードで署名して送る").click()
    page.wait_for_url("**/letters/at/moj")
    expect(page.locator("article")).to_contain_text("返事がありません。")
    context.close()


def answered(served: Town, number: str) -> None:
    """The commission answers; on a thread of its own, because the browser's has a loop that runs."""
    said = CommissionAnswerAsk(number, "市に報告を求めました。\n結果は後日お知らせします。")
    with ThreadPoolExecutor(1) as aside:
        aside.submit(lambda: asyncio.run(served.letters.answer(said))).result()


@pytest.mark.parametrize(("language", "widths"), LOOKS)
def test_letters_to_the_commission_are_for_everybody(
    served: Town, profile: Callable[..., BrowserContext], language: str, widths: tuple[int, ...]
) -> None:
    """Without a log-in: what is missing, number and secret, a wrong secret, waiting, answered; and with one, a record that is shown."""
    context = profile()
    page = context.new_page()
    choose(page, served, language)
    page.click("a[href='/commission']")
    page.click(".asking button")
    expect(page.locator("[role=alert]")).to_be_visible()
    found = look(page, "commission-missing", language, widths)
    page.check("[name=kind][value=complaint]")
    page.fill("[name=text]", "市の説明に納得できません。")
    page.click(".asking button")
    page.wait_for_selector(".secret")
    found |= look(page, "commission-sent", language, widths)
    number, secret = page.locator(".secret").all_inner_texts()
    page.click("a[href='/commission/answer']")
    page.fill("[name=number]", number)
    page.fill("[name=secret]", "1" * 30)
    page.click(".asking button")
    expect(page.locator("[role=alert]")).to_be_visible()
    found |= look(page, "commission-wrong", language, widths)
    page.fill("[name=secret]", secret)
    page.click(".asking button")
    page.wait_for_selector(".result-waiting")
    found |= look(page, "commission-waiting", language, widths)
    answered(served, number)
    page.goto(f"{served.portal}/commission/answer")
    page.fill("[name=number]", number)
    page.fill("[name=secret]", secret)
    page.click(".asking button")
    page.wait_for_selector(".result-done")
    found |= look(page, "commission-answered", language, widths)
    log_in(page, served)
    page.goto(f"{served.portal}/commission?record=6")
    expect(page.locator("[name=show]")).not_to_be_checked()
    found |= look(page, "commission-record", language, widths)
    context.close()
    assert not any(found.values()), shown({name: value for name, value in found.items() if value})


def test_the_commission_is_written_to_without_script(served: Town, profile: Callable[..., BrowserContext]) -> None:
    context = profile(java_script_enabled=False, locale="ja-JP")
    page = context.new_page()
    page.goto(f"{served.portal}/commission")
    page.check("[name=kind][value=question]")
    page.fill("[name=text]", "だれに尋ねればよいですか。")
    page.get_by_text("封をして送る").click()
    expect(page.locator(".secret")).to_have_count(2)
    context.close()
