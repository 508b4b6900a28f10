"""A letter that was answered: told by the record and first in the inbox, and by a mail that says no more than that something is new."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from enishi.protocol.letters import LETTER
from enishi.protocol.record import RecordBody
from enishi.roles.portal.kept import left as leaving
from enishi.roles.portal.kept.left import MADE, Chain, Left
from enishi.roles.portal.notices.counting import SETTLE_MS, seen
from enishi.sentences.catalogue import name_of
from enishi.sentences.language import Language
from enishi.sentences.phrase import plain
from enishi.terms import Outcome
from enishi.tlog.leaf import LeafKind
from web.kept_world import KeptTown, hand_in, press, words_of
from web.portal_world import NOW
from web.smalllog import DAY, T0, SmallLog, ended, inquiry, look, story
from web.test_portal_letters import write
from web.test_portal_mydata import ask

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def town(tmp_path: Path) -> AsyncIterator[KeptTown]:
    running = KeptTown(tmp_path)
    running.source.taken = Outcome.HELD
    yield running
    running.close()


def letter(number: int = 70, at_ms: int = T0, **changes: Any) -> RecordBody:
    """The record of a letter to 札幌市."""
    plain_one = inquiry(number, "011002", (LETTER,), at_ms)
    given: dict[str, Any] = {"kind": "self", "inquirer": "", "affair": None, "affair_name": "", "purpose_item": "", "relation": ""}
    given |= {"face": "portal", "basis": ("415AC0000000057#90",), "request": bytes(32)}
    return msgspec.structs.replace(plain_one, **(given | changes))


def told(*outcomes: str) -> list[RecordBody]:
    """The story, in which a letter of three weeks ago went so: the first outcome at once, another only now."""
    own = letter(at_ms=NOW - 21 * DAY)
    first = [ended(own, outcome) for outcome in outcomes[:1]]
    later = [ended(own, outcome, after_ms=21 * DAY + 1) for outcome in outcomes[1:]]
    return [*sorted([*story(), own, *first], key=lambda body: body.at_ms), look(NOW), *later, *([look(NOW + 2)] if later else [])]


def history(*outcomes: str) -> SmallLog:
    """The same as a log."""
    return SmallLog(told(*outcomes))


async def settled(town: KeptTown) -> int:
    """How many mails go out once everything has rested."""
    town.post.taken.clear()
    # The watch comes by first, and again when what it met has rested.
    await town.errand.turn()
    town.clock.at_ms += SETTLE_MS
    await town.errand.turn()
    return len(town.post.taken)


async def test_an_answered_letter_stands_first_in_the_inbox_with_the_way_to_its_answer(town: KeptTown) -> None:
    town.source.log = history("held")
    browser = await town.browser()
    await press(browser, "/notices", "/notices/seen", {})
    town.source.log = history("held", "provided")
    later = await town.browser()
    page = (await later.get("/notices")).text
    assert "新しい記録：1 件" in page
    assert "回答がありました" in page
    assert 'href="/letters/at/011002"' in page
    # Beside what is newer it stands first.
    town.source.log = SmallLog([*told("held", "provided"), inquiry(95, "moj", ("戸籍関係情報",), NOW + 3), look(NOW + 4)])
    page = (await (await town.browser()).get("/notices")).text
    assert page.index("回答がありました") < page.index("法務省")


@pytest.mark.parametrize(("outcomes", "result"), [(("held",), "sent"), (("held", "provided"), "answered"), (("provided",), "sent")])
async def test_the_record_says_that_it_was_answered_and_never_what(town: KeptTown, outcomes: tuple[str, ...], result: str) -> None:
    town.source.log = history(*outcomes)
    browser = await town.browser()
    page = (await browser.get("/records?result=" + result)).text
    assert plain(name_of("results", result, Language.JAPANESE)) in page
    assert ("回答がありました" in page) == ('href="/letters/at/011002"' in page) == (result == "answered")


async def test_a_letter_that_was_sent_says_how_one_hears_of_the_answer(town: KeptTown) -> None:
    browser = await town.browser()
    await write(browser)
    assert "「お知らせ」の一番上に出ます" in (await browser.get("/letters/at/011002")).text


async def test_a_mail_goes_out_when_an_official_has_answered_and_names_nobody(town: KeptTown) -> None:
    browser = await town.browser()
    await town.watched(browser)
    await write(browser)
    (own_ms,) = leaving_of(town).made
    assert leaving_of(town).awaited == 1
    # The letter and its arrival: what the person did themselves sends no mail.
    town.log.add(town.next_label(0), LeafKind.SELF, own_ms)
    town.log.add(town.next_label(1), LeafKind.OUTCOME, own_ms + 400)
    assert await settled(town) == 0
    town.log.add(town.next_label(2), LeafKind.OUTCOME, town.clock.at_ms)
    assert await settled(town) == 1
    (mail,) = town.post.taken
    assert "1 件" in str(mail["Subject"])
    for word in ("札幌", "手紙", "回答"):
        assert word not in words_of(mail) + str(mail["Subject"])


async def test_without_a_letter_that_waits_the_end_of_an_inquiry_sends_no_mail(town: KeptTown) -> None:
    await town.watched(await town.browser())
    town.log.add(town.next_label(0), LeafKind.OUTCOME, town.clock.at_ms)
    assert await settled(town) == 0


async def test_an_own_request_sends_no_mail_and_a_representatives_does(town: KeptTown) -> None:
    browser = await town.browser()
    await town.watched(browser)
    await ask(browser)
    (own_ms,) = leaving_of(town).made
    town.log.add(town.next_label(0), LeafKind.SELF, own_ms)
    assert await settled(town) == 0
    town.log.add(town.next_label(1), LeafKind.SELF, town.clock.at_ms)
    assert await settled(town) == 1


async def test_what_waits_is_counted_anew_from_the_persons_own_chain(town: KeptTown) -> None:
    town.source.log = history("held")
    browser = await town.browser()
    await town.watched(browser)
    assert (leaving_of(town).awaited, leaving_of(town).opened) == (1, 0)
    # One more goes in this session; labels that come in behind it know of both, since the log is looked through again from the look.
    await write(browser)
    assert (await hand_in(browser, town.source.log.kt, len(town.source.log.records))).status == 303
    again = leaving_of(town)
    assert (again.awaited, len(again.made)) == (2, 1)
    town.source.log = history("held", "provided")
    back = await town.browser()
    assert (await hand_in(back, town.source.log.kt, len(town.source.log.records))).status == 303
    assert leaving_of(town).awaited == 0


async def test_who_chose_no_mails_leaves_nothing_by_writing(town: KeptTown) -> None:
    browser = await town.browser()
    await write(browser)
    assert leaving_of(town) == Left()


async def test_counting_is_the_same_in_whatever_order_leaf_and_word_come() -> None:
    labels = tuple(bytes([n]) * 32 for n in range(32))
    begun = leaving.hand_in(Left(address="a@b.example"), labels, 1, Chain())
    first = leaving.make(seen(begun, labels[0], LeafKind.SELF, 7), 7, 1)
    second = seen(leaving.make(begun, 7, 1), labels[0], LeafKind.SELF, 7)
    assert first == second
    assert (first.waiting, first.made, first.opened, first.awaited) == ((), (), 1, 1)
    arrived = seen(first, labels[1], LeafKind.OUTCOME, 8)
    assert (arrived.waiting, arrived.opened) == ((), 0)
    assert seen(arrived, labels[2], LeafKind.OUTCOME, 9).waiting == (9,)
    # While an inquiry's own first outcome is to come, an outcome is taken for that.
    asked = seen(arrived, labels[2], LeafKind.INTENT, 9)
    assert seen(asked, labels[3], LeafKind.OUTCOME, 10).waiting == (9,)
    # A note takes back the inquiry that it withholds, with its place among those that are open.
    hidden = seen(asked, labels[3], LeafKind.WITHHELD, 10)
    assert (hidden.waiting, hidden.opened) == ((), 0)
    many = begun
    for leaf_ms in range(100, 200):
        many = leaving.make(many, leaf_ms, 0)
    assert (len(many.made), many.made[-1]) == (MADE, 199)


def leaving_of(town: KeptTown) -> Left:
    """What stands in the portal's database of the one person."""
    return town.keeping.shelf.left(town.person)
