"""Requests on paper: what the law has each say, when it is decided, and nothing of anybody in it."""

import pytest

from enishi.law.citation import describe
from enishi.roles.portal.paperforms import FORMS
from web.asgi import Browser
from web.portal_world import log_in, portal
from web.test_portal_export import words_in
from web.test_portal_mydata import ask

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("disclosure", ("保有個人情報開示請求書", "第76条", "30日以内", "第83条第1項", "特定するに足りる事項")),
        ("correction", ("保有個人情報訂正請求書", "第90条", "90日以内", "第94条第1項", "趣旨", "理由")),
        ("suspension", ("保有個人情報利用停止請求書", "第98条", "90日以内", "第102条第1項", "趣旨", "理由")),
    ],
)
async def test_each_form_says_what_the_act_has_it_say(form: str, says: tuple[str, ...]) -> None:
    app, _ = portal()
    answer = await Browser(app).get(f"/paper/{form}.pdf")
    assert (answer.status, answer.header("content-type")) == (200, "application/pdf")
    written = words_in(answer.body).replace("\n", "")
    assert [words for words in (*says, "氏名", "住所又は居所", "個人番号（マイナンバー）は書かないで") if words not in written] == []


async def test_the_page_needs_no_log_in_and_leads_to_every_form() -> None:
    app, _ = portal()
    browser = Browser(app)
    page = (await browser.get("/paper")).text
    assert all(f'href="/paper/{form}.pdf"' in page for form in FORMS)
    assert 'href="/paper"' in (await browser.get("/")).text
    assert (await browser.get("/paper/other.pdf")).status == 404
    assert all(describe(citation).ja for form in FORMS.values() for citation in form.basis)


async def test_the_form_of_an_answer_names_the_institution_and_what_was_disclosed() -> None:
    app, _ = portal()
    browser = Browser(app)
    assert (await browser.get("/mydata/answers/1/correction.pdf")).status == 401
    await log_in(browser)
    assert (await browser.get("/mydata/answers/1/correction.pdf")).status == 404
    await ask(browser)
    assert "correction.pdf" in (await browser.get("/mydata/answers/1")).text
    written = words_in((await browser.get("/mydata/answers/1/correction.pdf")).body).replace("\n", "")
    assert "札幌市" in written
    assert "地方税（住民税）の情報" in written
    assert "令和7年" in written
