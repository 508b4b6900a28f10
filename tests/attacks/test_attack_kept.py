"""Who steals what the portal keeps between visits: the database, with and without the key of the ring; and what no line of operation may say."""

import gc
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from enishi.errors import Tampered
from enishi.roles.portal.keeping import open_keeping
from enishi.roles.portal.kept.consents import Consent
from enishi.roles.portal.kept.left import Left
from enishi.roles.portal.kept.sealing import Rest
from enishi.roles.portal.notices.counting import SETTLE_MS
from enishi.roles.portal.notices.post import Taken
from enishi.roles.portal.view import ViewedLog
from enishi.roles.portal.visits import Visit
from enishi.tlog.leaf import LeafKind
from web.kept_world import ADDRESS, ISSUER, KEY, KeptTown, press
from web.portal_world import NOW
from web.smalllog import SmallLog, story

pytestmark = pytest.mark.asyncio
SUBJECT = "canary-subject-5d1f"


@pytest_asyncio.fixture
async def town(tmp_path: Path) -> AsyncIterator[KeptTown]:
    """Somebody left everything that can be left, then logged out; one mail waits."""
    running = KeptTown(tmp_path, SmallLog(story(), b"canary"))
    running.source.subject = SUBJECT
    browser = await running.browser()
    await running.watched(browser)
    await press(browser, "/notices", "/notices/seen", {})
    consent = Consent(source="011002", recipient="canary-bank", items=("local_tax",), purpose="canary-purpose", from_ms=NOW, until_ms=NOW + 1000)
    await running.keeping.consents.give(running.person, consent, NOW)
    running.post.answer = Taken.LATER
    running.log.add(running.next_label(), LeafKind.INTENT, NOW)
    running.clock.at_ms += SETTLE_MS
    await running.errand.turn()
    page = await browser.get("/notices")
    token = page.text.split('name="form_token" value="')[1].partition('"')[0]
    assert (await browser.post("/logout", {"form_token": token})).status == 303
    yield running
    running.close()


def files(town: KeptTown) -> bytes:
    """Everything on the disk: the database and its write-ahead log."""
    return b"".join(path.read_bytes() for path in sorted(town.path.parent.glob("portal.db*")))


def secrets_of(town: KeptTown) -> dict[str, bytes]:
    labels = {f"label {n}": town.next_label(n) for n in range(33)}
    words = {word: word.encode() for word in (ADDRESS, "mail.example", SUBJECT, "canary-bank", "canary-purpose", "local_tax")}
    return words | labels | {"stop": town.keeping.shelf.left(town.person).stop}


async def test_a_stolen_database_alone_says_nothing(town: KeptTown) -> None:
    stolen = files(town)
    assert len(stolen) > 10_000
    found = [name for name, secret in secrets_of(town).items() if secret and (secret in stolen or secret.hex().encode() in stolen)]
    assert found == []
    # What is conceded: how many people left something, how many mails wait, and how far the log was looked through.
    with sqlite3.connect(f"file:{town.path}?mode=ro", uri=True) as connection:
        assert [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("kept", "mail", "consent")] == [1, 1, 1]
        assert connection.execute("SELECT size FROM watched").fetchone()[0] == len(town.log.leaves)


async def test_the_search_finds_what_is_written_unsealed(town: KeptTown, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same attack with exactly one check taken out: the seal."""
    monkeypatch.setattr(Rest, "wrap", lambda self, table, row, plain: plain)
    left = town.keeping.shelf.left(town.person)
    await town.keeping.shelf.change(town.person, lambda _: (msgspec.structs.replace(left, seen=99), ()))
    stolen = files(town)
    assert ADDRESS.encode() in stolen
    assert town.next_label(1) in stolen


async def test_with_the_key_address_and_labels_are_read_and_no_record(town: KeptTown) -> None:
    """What a thief of folder and ring has: whose address goes with which next labels, and so when records of that address come; no record of them."""
    keeping = open_keeping(town.path, KEY, ISSUER)
    ((person, left),) = keeping.shelf.everyone()
    assert (left.address, len(left.labels)) == (ADDRESS, 31)
    assert person == Rest(KEY).person(ISSUER, SUBJECT)
    plain = msgspec.msgpack.encode(left)
    for _, _, salt, body in town.source.log.records:
        assert salt not in plain
        assert body not in plain
    for word in ("012131", "moj", "苫小牧", "戸籍"):
        assert word.encode() not in plain
    assert town.source.log.kt not in plain
    keeping.shelf.database.close_now()


async def test_a_row_under_another_key_or_in_another_place_opens_nowhere(town: KeptTown) -> None:
    with pytest.raises(Tampered, match="kept-broken"):
        open_keeping(town.path, bytes(32), ISSUER)
    other = town.keeping.shelf.person("another")
    town.keeping.shelf.database.write_now(lambda connection: connection.execute("UPDATE kept SET person = ?", (other,)).rowcount)
    with pytest.raises(Tampered, match="kept-broken"):
        town.keeping.shelf.left(other)


def in_memory(town: KeptTown) -> list[Visit | ViewedLog]:
    """Everything of this person's records that the process still holds; other tests' portals may hold other people's."""
    gc.collect()
    leaves = {record[1] for record in town.source.log.records}
    visits = [one for one in gc.get_objects() if isinstance(one, Visit) and one.subject == SUBJECT]
    return [*visits, *(one for one in gc.get_objects() if isinstance(one, ViewedLog) and any(record.leaf in leaves for record in one.shown.records))]


async def test_the_memory_of_the_portal_holds_no_record_of_somebody_who_is_not_logged_in(town: KeptTown) -> None:
    """After log-out the process has labels, keys and addresses to work with: nothing of any record hangs on it any more."""
    await town.errand.turn()
    assert in_memory(town) == []


async def test_the_memory_test_finds_a_session_that_is_open(town: KeptTown) -> None:
    browser = await town.browser()
    assert {type(one) for one in in_memory(town)} == {Visit, ViewedLog}
    assert browser.cookies


async def test_what_is_taken_back_is_gone_from_the_file(town: KeptTown) -> None:
    sealed = town.keeping.shelf.database.read_now(lambda connection: connection.execute("SELECT sealed FROM kept").fetchone()[0])
    mail = town.keeping.shelf.database.read_now(lambda connection: connection.execute("SELECT sealed FROM mail").fetchone()[0])
    # Long rows lie on several pages: a piece from the front and one from the back stand for the whole.
    pieces = [part for row in (sealed, mail) for part in (row[:64], row[-64:])]
    assert [piece in files(town) for piece in pieces] == [True] * 4
    await town.keeping.shelf.stop(town.keeping.shelf.left(town.person).stop)
    assert town.keeping.shelf.left(town.person) == Left(seen=town.keeping.shelf.left(town.person).seen, used_ms=NOW, asks=(NOW,))
    town.close()
    stolen = files(town)
    town.open()
    assert [piece in stolen for piece in pieces] == [False] * 4


async def test_no_line_of_operation_says_whom_a_mail_was_for(town: KeptTown, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    town.post.answer = Taken.REFUSED
    town.clock.at_ms += 60 * 60 * 1000
    await town.errand.turn()
    browser = await town.browser()
    for path, fields in (
        ("/notices/mail", {"address": "canary\r\n@x"}),
        ("/notices/confirm", {"code": "canary"}),
        ("/notices/labels", {"labels": "canary"}),
    ):
        await press(browser, "/notices", path, fields)
    lines = capsys.readouterr().err
    assert "mail_given_up" in lines
    for secret in (ADDRESS, "mail.example", SUBJECT, "canary", town.person.hex()):
        assert secret not in lines
