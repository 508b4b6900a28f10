"""Asking for somebody else's data, and a letter that was answered, in a real browser and for everybody."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from browser.browsing import LOOKS, choose, log_in, look, shown
from browser.test_browser_notices import KeepingTown, profile, served, subject
from web import smalllog
from web.smallmandates import mandate
from web.test_portal_answered import history
from web.test_portal_represented import BOTH, answered

__all__ = ["profile", "served", "subject"]
pytestmark = pytest.mark.xdist_group("browser")


@pytest.mark.parametrize(("language", "widths"), LOOKS)
def test_asking_for_somebody_else_is_for_everybody(
    served: KeepingTown,  # noqa: F811
    profile: Callable[..., BrowserContext],  # noqa: F811
    subject: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    widths: tuple[int, ...],
) -> None:
    """By law and by wish: whom one may ask, the form and what it lacks, what came back, was refused or waits; and how the list speaks of it."""
    monkeypatch.setitem(smalllog.HELD, "012131", ("local_tax", "jumin", "child_allowance"))
    monkeypatch.setattr(served.source, "answers", answered)
    monkeypatch.setattr(served.source, "mandates", served.mandates)
    served.mandates.subject = subject
    served.mandates.kept = [mandate(2, scope=BOTH, kind="voluntary", institution="", citation="", other="内田　碧"), mandate(1, scope=BOTH)]
    context = profile()
    page = context.new_page()
    choose(page, served, language)
    log_in(page, served)
    page.goto(f"{served.portal}/representatives")
    found = look(page, "represented-list", language, widths)
    page.click("a[href='/representatives/1/data']")
    page.wait_for_url("**/representatives/1/data")
    found |= look(page, "represented-by-law", language, widths)
    page.click("a[href='/representatives/1/data/012131']")
    page.click("form.asking button")
    page.wait_for_url("**/ask")
    found |= look(page, "represented-missing", language, widths)
    page.check("input[name='item-child_allowance']")
    page.select_option("#period", "2024")
    page.click("form.asking button")
    page.wait_for_url("**/representatives/answers/1")
    found |= look(page, "represented-provided", language, widths)
    for holder, item in (("011002", "jumin"), ("digital", "account")):
        page.goto(f"{served.portal}/representatives/2/data/{holder}")
        page.check(f"input[name='item-{item}']")
        page.click("form.asking button")
        page.wait_for_url("**/representatives/answers/*")
        found |= look(page, f"represented-{item}", language, widths)
    page.goto(f"{served.portal}/representatives/2/data")
    found |= look(page, "represented-by-wish", language, widths)
    context.close()
    assert not any(found.values()), shown({name: value for name, value in found.items() if value})


@pytest.mark.parametrize(("language", "widths"), LOOKS)
def test_an_answered_letter_is_for_everybody(
    served: KeepingTown,  # noqa: F811
    profile: Callable[..., BrowserContext],  # noqa: F811
    subject: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    widths: tuple[int, ...],
) -> None:
    """First in the inbox, and on its own page, with the way to the answer."""
    monkeypatch.setattr(served.source, "log", history("held", "provided"))
    context = profile()
    page = context.new_page()
    choose(page, served, language)
    log_in(page, served)
    page.goto(f"{served.portal}/notices")
    found = look(page, "answered-notices", language, widths)
    page.locator("a[href^='/records/']").first.click()
    page.wait_for_url("**/records/*")
    found |= look(page, "answered-record", language, widths)
    page.click("a[href='/letters/at/011002']")
    page.wait_for_url("**/letters/at/011002")
    context.close()
    assert not any(found.values()), shown({name: value for name, value in found.items() if value})
