"""Attacks on notices, consents and sessions of the portal: by an open session, a mail, an address, a made-up link, another person's card."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from enishi.errors import Tampered
from enishi.protocol.record import WithheldNote, bare_body, note_body, write_body
from enishi.protocol.view import ShownRecord
from enishi.roles.portal.cards import Card, cards_of
from enishi.roles.portal.fresh import FRESH_MS, Again
from enishi.roles.portal.inbox import news
from enishi.roles.portal.kept.left import ASKS, Mode
from enishi.roles.portal.notices import counting, mails
from enishi.roles.portal.notices.counting import SETTLE_MS
from enishi.roles.portal.notices.mails import stop_path
from enishi.tlog.labels import label, person_key
from enishi.tlog.leaf import LeafKind
from enishi.web.cookies import Signer
from web.asgi import Browser
from web.kept_world import ADDRESS, BANK, MINUTE, ONE_CLICK, KeptTown, code_in, mail_of_news, press, show_card, stop_of, words_of
from web.portal_world import NOW
from web.smalllog import DAY, inquiry

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def town(tmp_path: Path) -> AsyncIterator[KeptTown]:
    running = KeptTown(tmp_path)
    yield running
    running.close()


async def test_without_the_question_for_the_card_an_open_session_does_it_all(town: KeptTown, monkeypatch: pytest.MonkeyPatch) -> None:
    """The attacks below with exactly one check taken out."""
    monkeypatch.setattr(Again, "demand", lambda self, visit: None)
    name = await town.keeping.consents.give(town.person, BANK, NOW)
    mine, other = await town.browser(), await town.browser()
    town.clock.at_ms += FRESH_MS
    assert (await press(mine, "/notices", "/notices/mail", {"address": "thief@mail.example"})).status == 303
    assert (await press(mine, "/sessions", "/sessions/end", {"which": "others"})).status == 303
    assert (await press(mine, "/consents/1", "/consents/1/withdraw", {})).status == 303
    assert (await other.get("/records")).status == 401
    assert not town.keeping.consents.stands(town.person, name, town.clock.at_ms)


async def test_without_the_rest_of_a_leaf_a_mail_tells_of_what_is_withheld(town: KeptTown, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for the ten minutes."""
    await town.watched(await town.browser())
    town.post.taken.clear()
    monkeypatch.setattr(counting, "SETTLE_MS", 0)
    town.log.add(town.next_label(0), LeafKind.INTENT, NOW)
    await town.errand.turn()
    assert len(town.post.taken) == 1


async def test_without_the_signature_whoever_knows_a_token_s_form_tries_them(town: KeptTown, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for the signed token: what is left then is that it is sixteen random bytes."""
    mail = await mail_of_news(town)
    monkeypatch.setattr(mails, "read_stop", lambda signer, text: bytes.fromhex(text.partition(".")[0]))
    monkeypatch.setattr("enishi.roles.portal.noticepages.read_stop", mails.read_stop)
    path = stop_of(mail).partition(".")[0] + ".x"
    await Browser(town.app).post_bytes(path, ONE_CLICK, "application/x-www-form-urlencoded")
    assert town.keeping.shelf.left(town.person).address == ""


async def test_mails_begin_with_a_code_that_only_the_address_s_owner_reads(town: KeptTown) -> None:
    browser = await town.browser()
    assert (await press(browser, "/notices", "/notices/mail", {"address": ADDRESS, "mode": "daily"})).status == 303
    assert await town.errand.send() == 1
    (mail,) = town.post.taken
    assert (mail["To"], mail["From"]) == (ADDRESS, "enishi@city.example")
    assert mail["List-Unsubscribe"] is None
    wrong = await press(browser, "/notices", "/notices/confirm", {"code": "00000000" if code_in(mail) != "00000000" else "00000001"})
    assert (wrong.status, "コードが違います" in wrong.text) == (400, True)
    assert town.keeping.shelf.left(town.person).address == ""
    assert (await press(browser, "/notices", "/notices/confirm", {"code": code_in(mail)})).status == 303
    left = town.keeping.shelf.left(town.person)
    assert (left.address, left.mode, left.asked) == (ADDRESS, Mode.DAILY, None)
    assert f"{ADDRESS} に知らせます" in (await browser.get("/notices")).text


async def test_nobody_is_showered_with_codes(town: KeptTown) -> None:
    browser = await town.browser()
    for _ in range(ASKS):
        assert (await press(browser, "/notices", "/notices/mail", {"address": ADDRESS, "mode": "daily"})).status == 303
    assert (await press(browser, "/notices", "/notices/mail", {"address": ADDRESS, "mode": "daily"})).status == 429


@pytest.mark.parametrize(
    "address",
    [
        "mori@mail.example\r\nBcc: all@mail.example",
        "mori@mail.example\nSubject: x",
        "mori@mail.example, all@mail.example",
        "<mori@mail.example>",
        "mori@mail.example>\r\nDATA",
        '"a b"@mail.example',
        "mori",
        "mori@localhost",
        "mori @mail.example",
        "森@mail.example",
        ".mori@mail.example",
        "mo..ri@mail.example",
        "m" * 65 + "@mail.example",
        "m@" + "a." * 130 + "example",
    ],
)
async def test_an_address_is_an_address_and_carries_no_header(town: KeptTown, address: str) -> None:
    browser = await town.browser()
    answer = await press(browser, "/notices", "/notices/mail", {"address": address, "mode": "daily"})
    assert (answer.status, "形を確かめて" in answer.text) == (400, True)
    assert await town.errand.send() == 0


async def test_a_new_record_sends_one_mail_that_names_nobody(town: KeptTown) -> None:
    await town.watched(await town.browser())
    town.post.taken.clear()
    town.log.add(town.next_label(0), LeafKind.INTENT, NOW)
    town.log.add(town.next_label(1), LeafKind.OUTCOME, NOW)
    town.log.add(town.next_label(2), LeafKind.REFUSAL, NOW)
    await town.errand.turn()
    assert town.post.taken == []
    town.clock.at_ms += SETTLE_MS
    await town.errand.turn()
    (mail,) = town.post.taken
    assert "2 件" in str(mail["Subject"])
    text = str(mail) + words_of(mail)
    for word in ("苫小牧", "012131", "moj", "戸籍", "災害", "地方税", "住民票", "subject"):
        assert word not in text, word
    await town.errand.turn()
    assert len(town.post.taken) == 1


async def test_what_is_withheld_sends_no_mail(town: KeptTown) -> None:
    """The mark comes with the first outcome: the outcome stands in the second chain, and the note in the person's own."""
    await town.watched(await town.browser())
    town.post.taken.clear()
    second = person_key(bytes(32), b"second chain")
    town.log.add(town.next_label(0), LeafKind.INTENT, NOW)
    town.log.add(label(second, 0), LeafKind.OUTCOME, NOW)
    town.log.add(town.next_label(1), LeafKind.WITHHELD, NOW)
    town.log.add(label(second, 1), LeafKind.INTENT, NOW)
    town.clock.at_ms += SETTLE_MS
    await town.errand.turn()
    town.clock.at_ms += DAY
    await town.errand.turn()
    assert town.post.taken == []
    town.log.add(town.next_label(2), LeafKind.LATE_ENTRY, NOW + DAY)
    town.clock.at_ms += SETTLE_MS
    await town.errand.turn()
    assert len(town.post.taken) == 1


async def test_an_address_is_changed_with_the_card_and_not_with_an_open_session(town: KeptTown) -> None:
    browser = await town.browser()
    await town.watched(browser)
    town.clock.at_ms += 6 * MINUTE
    page = (await browser.get("/notices")).text
    assert 'action="/notices/mail"' not in page
    assert "カードで本人確認をする" in page
    assert (await press(browser, "/notices", "/notices/mail", {"address": "thief@mail.example"})).status == 403
    town.source.proven_ms = town.clock.at_ms
    back = await show_card(browser)
    assert (back.status, back.header("location")) == (303, "/notices")
    assert (await press(browser, "/notices", "/notices/mail", {"address": "new@mail.example"})).status == 303
    # Until the new address is its owner's, the old one stands.
    assert town.keeping.shelf.left(town.person).address == ADDRESS


async def test_a_token_of_another_or_made_up_ends_nobody_s_mails(town: KeptTown) -> None:
    mail = await mail_of_news(town)
    name, _, mac = stop_of(mail).rpartition("/")[2].partition(".")
    signer = Signer(town.settings.cookie_key)
    foreign = stop_path(Signer(bytes(31) + b"x"), town.keeping.shelf.left(town.person).stop)
    paths = [f"/notices/stop/{name}", f"/notices/stop/{'00' * 16}.{mac}", f"/notices/stop/{name}.{mac[:-1]}", foreign]
    paths += [f"/notices/stop/{signer.sign('session', name)}", stop_path(signer, bytes(16)), f"/notices/stop/{signer.sign('notices-stop', 'zz')}"]
    for path in paths:
        answer = await Browser(town.app).post_bytes(path, ONE_CLICK, "application/x-www-form-urlencoded")
        assert answer.status in (200, 404), path
    assert town.keeping.shelf.left(town.person).address == ADDRESS


async def test_withdrawing_asks_for_the_card(town: KeptTown) -> None:
    name = await town.keeping.consents.give(town.person, BANK, NOW)
    browser = await town.browser()
    town.clock.at_ms += 6 * MINUTE
    page = (await browser.get("/consents/1")).text
    assert "カードで本人確認をする" in page
    assert (await press(browser, "/consents/1", "/consents/1/withdraw", {})).status == 403
    assert town.keeping.consents.stands(town.person, name, town.clock.at_ms)
    town.source.proven_ms = town.clock.at_ms
    assert (await show_card(browser, "/consents/1", "/consents/1")).header("location") == "/consents/1"
    assert (await press(browser, "/consents/1", "/consents/1/withdraw", {})).status == 303


async def test_a_row_put_under_another_person_opens_nowhere(town: KeptTown) -> None:
    name = await town.keeping.consents.give(town.person, BANK, NOW)
    other = town.keeping.shelf.person("another")
    town.keeping.shelf.database.write_now(lambda connection: connection.execute("UPDATE consent SET person = ?", (other,)).rowcount)
    with pytest.raises(Tampered, match="kept-broken"):
        town.keeping.consents.stands(other, name, NOW)


async def test_ending_sessions_asks_for_the_card_within_five_minutes(town: KeptTown) -> None:
    mine, other = await town.browser(), await town.browser()
    town.clock.at_ms += FRESH_MS - 1
    assert "/sessions/end" in (await mine.get("/sessions")).text
    town.clock.at_ms += 1
    assert "/sessions/end" not in (await mine.get("/sessions")).text
    assert (await press(mine, "/sessions", "/sessions/end", {"which": "others"})).status == 403
    assert (await other.get("/records")).status == 200
    town.source.proven_ms = town.clock.at_ms
    assert (await show_card(mine, "/sessions", "/sessions")).status == 303
    assert (await press(mine, "/sessions", "/sessions/end", {"which": "others"})).status == 303
    assert (await other.get("/records")).status == 401


async def test_another_person_s_card_makes_no_session_fresh(town: KeptTown) -> None:
    mine, _ = await town.browser(), await town.browser()
    town.clock.at_ms += FRESH_MS
    town.source.subject, town.source.proven_ms = "another", town.clock.at_ms
    assert (await show_card(mine, "/sessions", "/sessions")).status == 403
    assert (await press(mine, "/sessions", "/sessions/end", {"which": "others"})).status == 403


async def test_a_card_that_the_issuer_remembers_from_before_does_not_count(town: KeptTown) -> None:
    mine, _ = await town.browser(), await town.browser()
    town.clock.at_ms += FRESH_MS
    assert (await show_card(mine, "/sessions", "/sessions")).status == 303
    assert (await press(mine, "/sessions", "/sessions/end", {"which": "others"})).status == 403


def with_a_mark() -> tuple[Card, ...]:
    """A record that stands withheld, its note, and one that may be read."""
    asked, other = inquiry(1, "moj", ("戸籍関係情報",), NOW - DAY), inquiry(2, "digital", ("公的給付支給等口座登録簿関係情報",), NOW - DAY)
    note = note_body(WithheldNote(0, "415AC0000000057#78-1-1", NOW + 90 * DAY), NOW - DAY)
    bodies = [write_body(body) for body in (bare_body(asked.at_ms), other, note)]
    return cards_of([ShownRecord(index, bytes([index]) * 78, b"", body, ()) for index, body in enumerate(bodies)])


async def test_the_inbox_shows_nothing_of_what_is_withheld() -> None:
    cards = with_a_mark()
    assert sorted(card.withheld for card in cards) == [False, True]
    for seen in (-1, 0):
        assert [card.body.provider for card in news(cards, seen, NOW)] == ["digital"]
    # The note came last of all: marked as read up to the record before it, nothing is new.
    assert news(cards, 1, NOW) == ()


async def test_a_note_that_came_to_what_was_read_is_no_news() -> None:
    asked = inquiry(1, "moj", ("戸籍関係情報",), NOW - DAY)
    note = note_body(WithheldNote(0, "415AC0000000057#78-1-1", NOW - 1), NOW - DAY)
    records = [ShownRecord(index, bytes([index]) * 78, b"", write_body(body), ()) for index, body in enumerate((asked, note))]
    (card,) = cards_of(records)
    assert not card.withheld
    assert news((card,), 0, NOW) == ()
