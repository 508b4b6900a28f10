"""Notices, consents and sessions in a real browser: for everybody, and the labels that the page works out for itself."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from browser.browsing import LOOKS, Town, choose, chromium, log_in, look, serving, shown, unfold
from enishi.roles.portal.face import build_face
from enishi.roles.portal.keeping import open_keeping
from enishi.roles.portal.notices.mails import Composer, stop_path
from enishi.roles.portal.notices.sending import Errand
from enishi.roles.portal.notices.watching import Watching
from enishi.roles.portal.settings import PortalSettings
from enishi.sentences.catalogue import Catalogue
from enishi.tlog.labels import label
from enishi.web.cookies import Signer
from web.kept_world import ADDRESS, BANK, ISSUER, KEY, SENDER, Letterbox, PublicLog, code_in
from web.portal_world import NOW
from web.smallmandates import CODE, SmallMandates, mandate

T = TypeVar("T")
pytestmark = pytest.mark.xdist_group("browser")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine beside the browser's own loop, which holds this thread."""
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(asyncio.run, work).result()


class KeepingTown(Town):
    """A town whose portal keeps things, with a post; `mails` is what its settings say."""

    def __init__(self, port: int, folder: Path) -> None:
        """Build all of it."""
        super().__init__(port)
        settings = PortalSettings(origin=self.portal, login_origins=(self.card,), card_help=None, cookie_key=bytes(32), mails=True)
        self.keeping = open_keeping(folder / "portal.db", KEY, ISSUER)
        self.post, self.signer = Letterbox(), Signer(settings.cookie_key)
        self.source.proven_ms = NOW
        shelf = self.keeping.shelf
        watching = Watching(shelf, PublicLog().verifier, PublicLog().fetch, lambda: NOW)
        self.errand = Errand(shelf, watching, Composer(self.portal, SENDER, self.signer, Catalogue("notices")), self.post, lambda: NOW)
        self.mandates = SmallMandates()
        self.mandates.issuer = self.card
        self._face = build_face(self.source, settings, lambda: NOW, self.offers, self.keeping, mandates=self.mandates)
        self._silent = build_face(self.source, msgspec.structs.replace(settings, mails=False), lambda: NOW, self.offers, self.keeping)

    @property
    def person(self) -> bytes:
        """Whose row is that of the source's subject."""
        return self.keeping.shelf.person(self.source.subject)

    def send(self) -> None:
        """Bring what waits to the letterbox."""
        run(self.errand.send())


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeepingTown]:
    with serving(lambda port: KeepingTown(port, tmp_path_factory.mktemp("portal"))) as running:
        yield running


@pytest.fixture(scope="module")
def profile() -> Iterator[Callable[..., BrowserContext]]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def subject(served: KeepingTown, request: pytest.FixtureRequest) -> str:
    """Each test is another person's."""
    served.source.subject, served.source.proven_ms = request.node.name, NOW
    return served.source.subject


def choose_mails(page: Page, served: KeepingTown) -> None:
    """Type an address in, and the code that came."""
    page.fill("#address", ADDRESS)
    page.click("form[action='/notices/mail'] button")
    page.wait_for_selector("#code")
    served.send()
    page.fill("#code", code_in(served.post.taken[-1]))


@pytest.mark.parametrize(("language", "widths"), LOOKS)
def test_notices_are_for_everybody(
    served: KeepingTown, profile: Callable[..., BrowserContext], subject: str, language: str, widths: tuple[int, ...]
) -> None:
    """The inbox, every state of the mails, and the page behind the link in one."""
    context = profile()
    page = context.new_page()
    choose(page, served, language)
    served.source.proven_ms = 0
    log_in(page, served)
    page.goto(f"{served.portal}/notices")
    unfold(page)
    found = look(page, "notices-again", language, widths)
    served.source.proven_ms = NOW
    page.click("form.again button")
    page.wait_for_selector("#address")
    page.fill("#address", "nobody@nowhere")
    page.click("form[action='/notices/mail'] button")
    expect(page.locator("[role=alert]")).to_be_visible()
    found |= look(page, "notices-address-wrong", language, widths)
    choose_mails(page, served)
    found |= look(page, "notices-code", language, widths)
    page.click("form[action='/notices/confirm'] button")
    page.wait_for_selector("[data-hand-in]:visible")
    found |= look(page, "notices-labels-missing", language, widths)
    with page.expect_navigation():
        page.click("[data-hand-in]")
    page.wait_for_selector("[data-hand-in]:visible")
    found |= look(page, "notices-on", language, widths)
    page.click("form[action='/notices/seen'] button")
    page.wait_for_selector(".empty")
    found |= look(page, "notices-none", language, widths)
    page.goto(served.portal + stop_path(served.signer, served.keeping.shelf.left(served.person).stop))
    found |= look(page, "notices-stop", language, widths)
    page.click("main button")
    found |= look(page, "notices-stopped", language, widths)
    context.close()
    assert not any(found.values()), shown({name: value for name, value in found.items() if value})


@pytest.mark.parametrize(("language", "widths"), LOOKS)
def test_consents_and_sessions_are_for_everybody(
    served: KeepingTown, profile: Callable[..., BrowserContext], subject: str, language: str, widths: tuple[int, ...]
) -> None:
    """A list with what stands and what is over, one with its history, one to withdraw with and without the card, and one's sessions."""
    consents = served.keeping.consents
    law = msgspec.structs.replace(BANK, recipient="012131", citation="415AC0000000057#76-1", items=("local_tax", "jumin"))
    for one in (BANK, law):
        run(consents.give(served.person, one, NOW))
    context, other = profile(), profile()
    log_in(other.new_page(), served)
    page = context.new_page()
    choose(page, served, language)
    served.source.proven_ms = 0
    log_in(page, served)
    found: dict[str, object] = {}
    for name, path in {"consent-again": "/consents/1", "sessions-again": "/sessions"}.items():
        page.goto(served.portal + path)
        found |= look(page, name, language, widths)
    served.source.proven_ms = NOW
    page.click("form.again button")
    page.wait_for_url("**/sessions")
    found |= look(page, "sessions", language, widths)
    page.locator("form[action='/sessions/end'] button").last.click()
    page.wait_for_load_state()
    found |= look(page, "sessions-alone", language, widths)
    page.goto(f"{served.portal}/consents/2")
    found |= look(page, "consent", language, widths)
    page.click("form[action$='/withdraw'] button")
    page.wait_for_load_state()
    found |= look(page, "consent-withdrawn", language, widths)
    page.goto(f"{served.portal}/consents")
    found |= look(page, "consents", language, widths)
    context.close()
    other.close()
    assert not any(found.values()), shown({name: value for name, value in found.items() if value})


@pytest.mark.parametrize(("language", "widths"), LOOKS)
def test_representatives_are_for_everybody(
    served: KeepingTown, profile: Callable[..., BrowserContext], subject: str, language: str, widths: tuple[int, ...]
) -> None:
    """Asking, the code, taking on, the lists of both, reading for somebody else, and what cannot be done meanwhile."""
    served.source.mandates, served.mandates.subject = served.mandates, subject
    uses = (NOW - 60_000, NOW - 86_400_000)
    served.mandates.kept = [mandate(1, uses=uses), mandate(2, role="principal", kind="guardian", other="内田　碧", state="ended", ended_ms=NOW)]
    context = profile()
    page = context.new_page()
    choose(page, served, language)
    log_in(page, served)
    page.click("nav.errands a[href='/representatives']")
    found = look(page, "representatives", language, widths)
    page.click("form[action='/representatives/offer'] button")
    page.wait_for_url("**/representatives/code")
    found |= look(page, "representatives-code", language, widths)
    page.click("p.back a")
    page.fill("#code", CODE)
    page.click("form[action='/representatives/find'] button")
    page.wait_for_url("**/representatives/accept")
    found |= look(page, "representatives-accept", language, widths)
    page.click("form[action='/representatives/accept'] button")
    page.wait_for_url("**/representatives")
    page.click("form[action='/representatives/act'] button >> nth=0")
    page.wait_for_url("**/records")
    found |= look(page, "acting-records", language, widths)
    page.goto(f"{served.portal}/records/1")
    found |= look(page, "acting-record", language, widths)
    page.goto(f"{served.portal}/mydata")
    found |= look(page, "acting-refused", language, widths)
    page.goto(f"{served.portal}/records")
    page.click("form[action='/representatives/stop'] button")
    page.wait_for_url("**/representatives")
    context.close()
    served.source.mandates = None
    assert not any(found.values()), shown({name: value for name, value in found.items() if value})


def confirmed(context: BrowserContext, served: KeepingTown) -> Page:
    """Where somebody chose mails and confirmed the address, and the browser is about to hand in labels."""
    page = context.new_page()
    log_in(page, served)
    page.goto(f"{served.portal}/notices")
    choose_mails(page, served)
    page.click("form[action='/notices/confirm'] button")
    page.wait_for_selector("[data-hand-in]:visible")
    return page


def test_the_browser_hands_in_the_labels_that_follow_its_records_and_no_other(
    served: KeepingTown, profile: Callable[..., BrowserContext], subject: str
) -> None:
    context = profile(locale="ja-JP")
    page = confirmed(context, served)
    with page.expect_navigation():
        page.click("[data-hand-in]")
    count, kt = len(served.source.log.records), served.source.log.kt
    assert served.keeping.shelf.left(served.person).labels == tuple(label(kt, count + n) for n in range(32))
    # At the next log-in the records page renews what is used up, by itself.
    run(served.keeping.shelf.change(served.person, lambda left: (msgspec.structs.replace(left, labels=left.labels[:3]), ())))
    page.get_by_text("ログアウト").click()
    with page.expect_response("**/notices/labels"):
        log_in(page, served)
    page.goto(f"{served.portal}/notices")
    assert len(served.keeping.shelf.left(served.person).labels) == 32
    context.close()


def test_a_browser_without_the_device_key_hands_in_nothing_and_says_so(
    served: KeepingTown, profile: Callable[..., BrowserContext], subject: str
) -> None:
    context = profile(locale="ja-JP")
    page = confirmed(context, served)
    page.evaluate("""new Promise(resolve => { indexedDB.open("enishi", 1).onsuccess = ({ target }) => {
      target.result.transaction("device-keys", "readwrite").objectStore("device-keys").clear().onsuccess = resolve; }; })""")
    page.click("[data-hand-in]")
    expect(page.locator("[data-when=failed]")).to_be_visible()
    assert served.keeping.shelf.left(served.person).labels == ()
    context.close()


def test_all_but_the_labels_works_without_script(served: KeepingTown, profile: Callable[..., BrowserContext], subject: str) -> None:
    context = profile(java_script_enabled=False, locale="ja-JP")
    page = context.new_page()
    log_in(page, served)
    page.get_by_text("お知らせ（新しい記録").click()
    expect(page.locator(".card")).to_have_count(5)
    choose_mails(page, served)
    page.click("form[action='/notices/confirm'] button")
    expect(page.locator("form[data-labels]")).to_contain_text("JavaScript が必要です")
    expect(page.locator("[data-hand-in]")).to_be_hidden()
    page.get_by_text("メールをやめる").click()
    expect(page.locator("#address")).to_be_visible()
    page.get_by_text("ここまで読んだ", exact=True).click()
    expect(page.locator(".card")).to_have_count(0)
    context.close()
