"""Consents: given through the verb, listed, with their history, and withdrawn at once, by their own person and with the card."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from enishi.errors import Malformed, Unknown
from enishi.roles.portal.kept.consents import LONGEST_MS
from web.kept_world import BANK, KeptTown, press
from web.portal_world import NOW
from web.smalllog import DAY

pytestmark = pytest.mark.asyncio

MINUTE = 60_000


@pytest_asyncio.fixture
async def town(tmp_path: Path) -> AsyncIterator[KeptTown]:
    running = KeptTown(tmp_path)
    yield running
    running.close()


async def test_a_consent_is_listed_and_withdrawn_at_once(town: KeptTown) -> None:
    consents = town.keeping.consents
    name = await consents.give(town.person, BANK, NOW)
    browser = await town.browser()
    page = (await browser.get("/consents")).text
    for words in ("さっぽろ&lt;b&gt;銀行", "札幌市", "有効"):
        assert words in page, words
    one = (await browser.get("/consents/1")).text
    for words in ("住宅ローンの審査", "あなたの同意", "同意しました", 'action="/consents/1/withdraw"'):
        assert words in one, words
    assert consents.stands(town.person, name, NOW)
    assert (await press(browser, "/consents/1", "/consents/1/withdraw", {})).status == 303
    assert not consents.stands(town.person, name, NOW)
    one = (await browser.get("/consents/1")).text
    assert "取り消しました" in one
    assert "/withdraw" not in one
    assert "終わった同意" in (await browser.get("/consents")).text


async def test_a_withdrawal_is_there_after_a_restart_and_a_second_one_changes_nothing(town: KeptTown) -> None:
    name = await town.keeping.consents.give(town.person, BANK, NOW)
    await town.keeping.consents.withdraw(town.person, name, NOW + 1)
    town.close()
    town.open()
    again = await town.keeping.consents.withdraw(town.person, name, NOW + 2)
    assert (again.withdrawn_ms, [change.what for change in again.changes]) == (NOW + 1, ["given", "withdrawn"])


async def test_another_person_s_consent_is_nobody_s(town: KeptTown) -> None:
    consents = town.keeping.consents
    name = await consents.give(town.person, BANK, NOW)
    town.source.subject = "another"
    assert not consents.stands(town.person, name, NOW)
    with pytest.raises(Unknown, match="consent-unknown"):
        await consents.withdraw(town.person, name, NOW)
    browser = await town.browser()
    assert "さっぽろ" not in (await browser.get("/consents")).text
    assert (await browser.get("/consents/1")).status == 404
    assert (await press(browser, "/consents", "/consents/1/withdraw", {})).status in (403, 404)


@pytest.mark.parametrize(
    "change",
    [
        {"until_ms": NOW - DAY},
        {"until_ms": NOW - DAY - 1},
        {"from_ms": NOW, "until_ms": NOW + LONGEST_MS + 1},
        {"from_ms": NOW - 2 * DAY, "until_ms": NOW - DAY},
        {"withdrawn_ms": 5},
    ],
)
async def test_a_consent_is_bounded_and_has_no_past(town: KeptTown, change: dict[str, int]) -> None:
    with pytest.raises(Malformed, match="consent-malformed"):
        await town.keeping.consents.give(town.person, msgspec.structs.replace(BANK, **change), NOW)


async def test_a_consent_ends_by_itself(town: KeptTown) -> None:
    name = await town.keeping.consents.give(town.person, BANK, NOW)
    assert [town.keeping.consents.stands(town.person, name, at) for at in (BANK.from_ms - 1, BANK.from_ms, BANK.until_ms - 1, BANK.until_ms)] == [
        False,
        True,
        True,
        False,
    ]
    with_law = msgspec.structs.replace(BANK, citation="415AC0000000057#76-1", from_ms=NOW + 2 * DAY)
    await town.keeping.consents.give(town.person, with_law, NOW + 1)
    page = (await (await town.browser()).get("/consents/2")).text
    assert "開始前" in page
    assert "あなたの同意" not in page
