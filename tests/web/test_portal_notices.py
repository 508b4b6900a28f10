"""The inbox, the choice of mails, the watch over the public log, and what a mail says: pressed as a person presses it."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from enishi.roles.portal.kept.left import CODE_MS, DAY_MS, FORGOTTEN_MS, TRIES, Left, Mode
from enishi.roles.portal.notices.counting import SETTLE_MS
from enishi.roles.portal.notices.post import Taken
from enishi.seal.sign import SigningKey
from enishi.tlog.labels import label, person_key
from enishi.tlog.leaf import LeafKind
from web.asgi import Browser
from web.kept_world import ADDRESS, MINUTE, KeptTown, code_in, hand_in, press, words_of
from web.portal_world import NOW, log_in
from web.smalllog import DAY, T0, SmallLog, inquiry, look, refused, story

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def town(tmp_path: Path) -> AsyncIterator[KeptTown]:
    running = KeptTown(tmp_path)
    yield running
    running.close()


async def test_the_inbox_says_who_asked_for_what_since_one_marked_it_read(town: KeptTown) -> None:
    browser = await town.browser()
    page = (await browser.get("/notices")).text
    # Of the five old ones a month ago or more none is shown to somebody who never marked anything.
    assert "新しい記録：5 件" in page
    assert "苫小牧市" in page
    assert "札幌市" in page
    assert (await press(browser, "/notices", "/notices/seen", {})).status == 303
    assert "新しい記録：0 件" in (await browser.get("/notices")).text
    assert "新しい記録 " not in (await browser.get("/records")).text
    town.source.log = SmallLog([*story(), refused(50, NOW + MINUTE), look(NOW + 2 * MINUTE)])
    later = await town.browser()
    assert "お知らせ（新しい記録 1 件）" in (await later.get("/records")).text
    page = (await later.get("/notices")).text
    assert "新しい記録：1 件" in page
    assert "地方税関係情報" in page or "住民税" in page


async def test_a_look_of_another_log_in_is_news_and_one_s_own_is_not(town: KeptTown) -> None:
    first = await town.browser()
    assert "新しい記録：5 件" in (await first.get("/notices")).text
    earlier = msgspec.structs.replace(look(NOW - 60_000), item_id=bytes(32))
    town.source.log = SmallLog([inquiry(1, "moj", ("戸籍関係情報",), NOW - DAY), earlier, look(NOW - 30_000)])
    second = await town.browser()
    assert "新しい記録：2 件" in (await second.get("/notices")).text


async def test_a_code_is_over_after_half_an_hour_and_after_five_wrong_ones(town: KeptTown) -> None:
    browser = await town.browser()
    for spoil in ("time", "tries"):
        await press(browser, "/notices", "/notices/mail", {"address": ADDRESS, "mode": "daily"})
        await town.errand.send()
        code = code_in(town.post.taken[-1])
        if spoil == "tries":
            for _ in range(TRIES):
                await press(browser, "/notices", "/notices/confirm", {"code": "x"})
        town.clock.at_ms += CODE_MS if spoil == "time" else 0
        if spoil == "time":
            # The session has ended long before; the person logs in again.
            town.source.proven_ms = town.clock.at_ms
            browser = await town.browser()
        assert (await press(browser, "/notices", "/notices/confirm", {"code": code})).status == 403
    assert town.keeping.shelf.left(town.person).address == ""


async def test_the_mail_of_the_day_goes_out_at_eight(town: KeptTown) -> None:
    await town.watched(await town.browser(), "daily")
    town.post.taken.clear()
    for n in range(3):
        town.log.add(town.next_label(n), LeafKind.INTENT, NOW)
    # NOW is three minutes past two in the afternoon in Japan.
    town.clock.at_ms = T0 + 3 * DAY + 17 * 60 * MINUTE
    await town.errand.turn()
    assert town.post.taken == []
    town.clock.at_ms += 60 * MINUTE
    await town.errand.turn()
    (mail,) = town.post.taken
    assert "3 件" in str(mail["Subject"])


async def test_a_note_takes_back_one_and_leaves_the_other(town: KeptTown) -> None:
    await town.watched(await town.browser())
    town.post.taken.clear()
    for n, kind in enumerate((LeafKind.INTENT, LeafKind.INTENT, LeafKind.WITHHELD)):
        town.log.add(town.next_label(n), kind, NOW)
    town.clock.at_ms += SETTLE_MS
    await town.errand.turn()
    assert "1 件" in str(town.post.taken[0]["Subject"])


async def test_labels_that_run_out_are_said_once_and_renewed_at_the_next_log_in(town: KeptTown) -> None:
    await town.watched(await town.browser())
    town.post.taken.clear()
    for n in range(40):
        town.log.add(town.next_label(n), LeafKind.LOOK)
    for _ in range(3):
        await town.errand.turn()
    assert ["次のログインまで" in str(mail["Subject"]) for mail in town.post.taken] == [True]
    back = await town.browser()
    page = (await back.get("/records")).text
    assert "data-renew" in page
    assert (await hand_in(back, town.source.log.kt, len(town.source.log.records) + 40)).status == 303
    assert "data-renew" not in (await back.get("/records")).text
    town.log.add(town.next_label(40), LeafKind.INTENT, NOW)
    town.clock.at_ms += SETTLE_MS
    await town.errand.turn()
    assert len(town.post.taken) == 2


async def test_what_came_between_the_look_and_the_labels_is_not_missed(town: KeptTown) -> None:
    """The watch is ahead of what this session was shown, because somebody else is watched for."""
    await town.watched(await town.browser())
    other = person_key(bytes(32), b"other")
    town.log.add(label(other, 0), LeafKind.INTENT, NOW)
    await town.errand.turn()
    town.post.taken.clear()
    town.source.subject = "another"
    browser = await town.browser()
    await town.confirmed(browser, address="uchida@mail.example")
    assert (await hand_in(browser, other, 0)).status == 303
    town.clock.at_ms += SETTLE_MS
    await town.errand.turn()
    assert [str(mail["To"]) for mail in town.post.taken[1:]] == ["uchida@mail.example"]


async def test_labels_that_come_in_during_a_look_are_not_passed_over(town: KeptTown) -> None:
    await town.watched(await town.browser())
    other = person_key(bytes(32), b"other")
    town.source.subject = "another"
    browser = await town.browser()
    await town.confirmed(browser, address="uchida@mail.example")
    town.post.taken.clear()
    town.log.add(label(other, 0), LeafKind.INTENT, NOW)
    shelf, honest = town.keeping.shelf, town.keeping.shelf.look

    async def late(*found: object) -> None:
        await hand_in(browser, other, 0)
        await honest(*found)  # type: ignore[arg-type]

    shelf.look = late  # type: ignore[method-assign,assignment]
    await town.errand.turn()
    shelf.look = honest  # type: ignore[method-assign]
    town.clock.at_ms += SETTLE_MS
    await town.errand.turn()
    assert [str(mail["To"]) for mail in town.post.taken] == ["uchida@mail.example"]


async def test_mails_that_are_ended_during_a_look_leave_nothing_waiting(town: KeptTown) -> None:
    browser = await town.browser()
    await town.watched(browser)
    town.log.add(town.next_label(), LeafKind.INTENT, NOW)
    shelf, honest = town.keeping.shelf, town.keeping.shelf.look

    async def late(*found: object) -> None:
        await press(browser, "/notices", "/notices/mode", {"mode": "off"})
        await honest(*found)  # type: ignore[arg-type]

    shelf.look = late  # type: ignore[method-assign,assignment]
    await town.errand.turn()
    assert shelf.left(town.person).waiting == ()


async def test_a_leaf_is_told_once_though_the_log_is_read_again(town: KeptTown) -> None:
    await town.watched(await town.browser())
    town.post.taken.clear()
    town.log.add(town.next_label(0), LeafKind.INTENT, NOW)
    await town.errand.turn()
    town.keeping.shelf.database.write_now(lambda connection: connection.execute("UPDATE watched SET size = 0").rowcount)
    town.clock.at_ms += SETTLE_MS
    await town.errand.turn()
    assert "1 件" in str(town.post.taken[0]["Subject"])


async def test_a_log_of_another_key_tells_nothing(town: KeptTown) -> None:
    await town.watched(await town.browser())
    town.post.taken.clear()
    town.log.key = SigningKey.generate()
    town.log.add(town.next_label(0), LeafKind.INTENT, NOW)
    town.clock.at_ms += SETTLE_MS
    await town.errand.turn()
    assert town.post.taken == []


async def test_nothing_is_fetched_for_nobody(town: KeptTown) -> None:
    town.log.add(bytes([1]) * 32, LeafKind.INTENT)
    await town.errand.turn()
    assert town.log.fetched == []


async def test_another_rhythm_and_the_end_of_mails(town: KeptTown) -> None:
    browser = await town.browser()
    await town.watched(browser)
    assert (await press(browser, "/notices", "/notices/mode", {"mode": "daily"})).status == 303
    assert town.keeping.shelf.left(town.person).mode is Mode.DAILY
    assert (await press(browser, "/notices", "/notices/mode", {"mode": "off"})).status == 303
    assert town.keeping.shelf.left(town.person).address == ""
    assert dict(town.keeping.shelf.watched) == {}
    town.log.add(town.next_label(0), LeafKind.INTENT, NOW)
    town.clock.at_ms += SETTLE_MS
    town.post.taken.clear()
    await town.errand.turn()
    assert town.post.taken == []


async def test_without_a_mail_server_the_page_says_so_and_the_inbox_works(tmp_path: Path) -> None:
    town = KeptTown(tmp_path)
    town.close()
    town.settings = msgspec.structs.replace(town.settings, mails=False)
    town.open()
    browser = await town.browser()
    page = (await browser.get("/notices")).text
    assert "メールでのお知らせは行っていません" in page
    assert 'action="/notices/mail"' not in page
    assert (await press(browser, "/notices", "/notices/mail", {"address": ADDRESS})).status == 403
    town.close()


async def test_it_is_there_after_a_restart(town: KeptTown) -> None:
    await town.watched(await town.browser())
    town.post.taken.clear()
    town.close()
    town.open()
    town.log.add(town.next_label(0), LeafKind.INTENT, NOW)
    await town.errand.turn()
    town.close()
    town.open()
    town.clock.at_ms += SETTLE_MS
    await town.errand.turn()
    assert len(town.post.taken) == 1


async def test_what_is_over_is_let_go_of(town: KeptTown) -> None:
    browser = await town.browser()
    await press(browser, "/notices", "/notices/mail", {"address": ADDRESS, "mode": "daily"})
    assert town.keeping.shelf.left(town.person) != Left()
    town.clock.at_ms += DAY_MS + 1
    await town.errand.tidy()
    assert town.keeping.shelf.left(town.person) == Left()


async def test_somebody_who_does_not_come_for_a_year_is_forgotten(town: KeptTown) -> None:
    await town.watched(await town.browser())
    town.clock.at_ms += FORGOTTEN_MS
    await town.errand.tidy()
    assert town.keeping.shelf.left(town.person) == Left()
    assert dict(town.keeping.shelf.watched) == {}


async def test_a_mail_that_nobody_takes_is_given_up_and_said(town: KeptTown) -> None:
    browser = await town.browser()
    await town.watched(browser)
    town.post.taken.clear()
    town.log.add(town.next_label(0), LeafKind.INTENT, NOW)
    town.clock.at_ms += SETTLE_MS
    town.post.answer = Taken.LATER
    town.post.tried.clear()
    began = town.clock.at_ms
    for _ in range(2000):
        await town.errand.send() if town.post.tried else await town.errand.turn()
        if town.keeping.shelf.left(town.person).lost_ms:
            break
        town.clock.at_ms += 5 * MINUTE
    assert 3 * DAY <= town.clock.at_ms - began < 3 * DAY + 6 * 60 * MINUTE + 10 * MINUTE
    # A minute, two, four …, then every six hours; always the same mail.
    assert 12 <= len(town.post.tried) <= 25
    assert len({str(mail["Message-ID"]) for mail in town.post.tried}) == 1
    town.source.proven_ms = town.clock.at_ms
    assert "あきらめました" in (await (await town.browser()).get("/notices")).text


async def test_a_lasting_refusal_ends_the_mail_at_once(town: KeptTown) -> None:
    await town.watched(await town.browser())
    town.log.add(town.next_label(0), LeafKind.INTENT, NOW)
    town.clock.at_ms += SETTLE_MS
    town.post.answer = Taken.REFUSED
    town.post.tried.clear()
    for _ in range(3):
        await town.errand.turn()
    assert len(town.post.tried) == 1
    assert town.keeping.shelf.left(town.person).lost_ms == town.clock.at_ms


async def test_every_language_of_a_mail_says_the_same(town: KeptTown) -> None:
    for language, word in (("en", "new record"), ("ja", "加わりました")):
        browser = Browser(town.app, language=language)
        await log_in(browser)
        await town.watched(browser)
        town.post.taken.clear()
        shelf = town.keeping.shelf
        await shelf.change(town.person, lambda left: (msgspec.structs.replace(left, waiting=(NOW,)), ()))
        town.clock.at_ms += SETTLE_MS
        await town.errand.turn()
        assert word in words_of(town.post.taken[0])
        town.clock.at_ms = NOW
