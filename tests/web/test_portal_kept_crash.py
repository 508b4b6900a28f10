"""The portal dies at each step of what it keeps and mails: what was said is there after the start, and no mail is lost."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from enishi.roles.portal.kept.consents import Consent
from enishi.roles.portal.kept.left import mark_read
from enishi.roles.portal.notices.counting import SETTLE_MS
from enishi.roles.portal.notices.post import Taken
from enishi.tlog.leaf import LeafKind
from faults.dying import dying_at
from web.kept_world import KeptTown
from web.portal_world import NOW

pytestmark = pytest.mark.asyncio
BANK = Consent(source="011002", recipient="client-7", items=("local_tax",), purpose="p", from_ms=NOW, until_ms=NOW + 1000)


@pytest_asyncio.fixture
async def town(tmp_path: Path) -> AsyncIterator[KeptTown]:
    running = KeptTown(tmp_path)
    yield running
    running.close()


def restart(town: KeptTown) -> None:
    town.close()
    town.open()


@pytest.mark.parametrize(("point", "kept"), [("portal.kept.before_store", False), ("portal.kept.after_store", True)])
async def test_a_mark_is_there_from_its_store_on(town: KeptTown, monkeypatch: pytest.MonkeyPatch, point: str, kept: bool) -> None:
    with dying_at(monkeypatch, point):
        await town.keeping.shelf.change(town.person, lambda left: (mark_read(left, 7, NOW), ()))
    restart(town)
    assert (town.keeping.shelf.left(town.person).seen >= 0) is kept


@pytest.mark.parametrize("point", ["portal.kept.before_store", "portal.kept.after_store"])
async def test_a_leaf_that_was_met_is_told_once_whenever_the_watch_dies(town: KeptTown, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    await town.watched(await town.browser())
    town.post.taken.clear()
    town.log.add(town.next_label(), LeafKind.INTENT, NOW)
    with dying_at(monkeypatch, point):
        await town.errand.turn()
    restart(town)
    town.clock.at_ms += SETTLE_MS
    with dying_at(monkeypatch, point):
        # Before, the leaf is met; after, it is told.
        await town.errand.turn()
    restart(town)
    for _ in range(3):
        await town.errand.turn()
    assert ["1 件" in str(mail["Subject"]) for mail in town.post.taken] == [True]


@pytest.mark.parametrize(("point", "times"), [("portal.mail.before_send", 1), ("portal.mail.after_send", 2), ("portal.mail.before_strike", 2)])
async def test_a_mail_is_never_lost_and_doubles_bear_one_name(town: KeptTown, monkeypatch: pytest.MonkeyPatch, point: str, times: int) -> None:
    await town.watched(await town.browser())
    town.post.taken.clear()
    town.log.add(town.next_label(), LeafKind.INTENT, NOW)
    town.clock.at_ms += SETTLE_MS
    with dying_at(monkeypatch, point):
        await town.errand.turn()
    restart(town)
    for _ in range(3):
        await town.errand.turn()
    assert len(town.post.taken) == times
    assert len({str(mail["Message-ID"]) for mail in town.post.taken}) == 1


async def test_a_pause_that_was_not_stored_is_no_pause(town: KeptTown, monkeypatch: pytest.MonkeyPatch) -> None:
    await town.watched(await town.browser())
    town.post.taken.clear()
    town.log.add(town.next_label(), LeafKind.INTENT, NOW)
    town.clock.at_ms += SETTLE_MS
    town.post.answer = Taken.LATER
    with dying_at(monkeypatch, "portal.mail.before_postpone"):
        await town.errand.turn()
    restart(town)
    town.post.answer = Taken.SENT
    await town.errand.turn()
    assert len(town.post.taken) == 1


@pytest.mark.parametrize(("point", "stands"), [("portal.consent.before_withdraw", True), ("portal.consent.after_withdraw", False)])
async def test_a_withdrawal_holds_from_its_store_on(town: KeptTown, monkeypatch: pytest.MonkeyPatch, point: str, stands: bool) -> None:
    name = await town.keeping.consents.give(town.person, BANK, NOW)
    with dying_at(monkeypatch, point):
        await town.keeping.consents.withdraw(town.person, name, NOW)
    restart(town)
    assert town.keeping.consents.stands(town.person, name, NOW) is stands


async def test_a_consent_that_was_not_stored_is_none(town: KeptTown, monkeypatch: pytest.MonkeyPatch) -> None:
    with dying_at(monkeypatch, "portal.consent.before_store"):
        await town.keeping.consents.give(town.person, BANK, NOW)
    restart(town)
    assert town.keeping.consents.of(town.person) == []
