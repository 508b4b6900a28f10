"""Two keepers started by mistake, and a keeper put back: one history goes on, the other releases nothing more, and says so."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from attacks.network_attack import DAY, Network
from completeness.watching import READER, ask_about, auditor, commission, differences, published, received_ms
from enishi.cli.configs import Plan, write_configs
from enishi.cli.founding import witness_key
from enishi.cli.ports import find_base
from enishi.cli.serve import FAILED, sentence
from enishi.errors import Misconfigured, Unavailable
from enishi.roles.keeper.fence import Fence, demand_down, is_up
from enishi.roles.keeper.log import Log
from enishi.roles.keeper.schema import MIGRATIONS
from enishi.roles.keeper.witnessing import witnessings
from enishi.seal.sign import SigningKey
from enishi.store import claim
from enishi.store.database import Database
from enishi.terms import Txid
from enishi.tlog.note import KeyType, Verifier
from faults.dying import dying_at
from faults.second_keeper import copied, forget, lead, start

pytestmark = pytest.mark.xdist_group("faults-log")
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, founded_network: Path) -> Iterator[Network]:
    started = Network(tmp_path_factory.mktemp("fenced"), founded_network)
    yield started
    started.stop()


def test_a_second_keeper_on_the_same_folder_does_not_start(network: Network) -> None:
    config = write_configs(Plan(network.data, find_base(), DAY))["keeper"]
    with claim(network.data / "keeper"):
        ended = subprocess.run([sys.executable, "-m", "enishi.cli.serve", "keeper", str(config)], capture_output=True, text=True, timeout=120)
    assert ended.returncode == FAILED
    assert sentence(Misconfigured("data-in-use", str(network.data / "keeper"))) in ended.stderr


async def until(condition: Any) -> None:
    """What never comes fails, rather than to be waited for without end."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.01)


def fenced(role: Any) -> bool:
    return bool(role._database.read_now(is_up))


def newest(network: Network) -> Txid:
    row = network.tenant.database.read_now(lambda c: c.execute("SELECT txid FROM asked ORDER BY at_ms DESC LIMIT 1").fetchone())
    return Txid(row[0])


def test_a_second_keeper_on_a_copy_is_fenced_by_the_witness(network: Network, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Its start alone does nothing to the log.  Led to it, the exchange gets records until its first checkpoint is refused; from then on nothing is
    recorded there and nothing released.  What it acknowledged before is found by the commission a minute later, and stands in its folder."""
    ask_about(network, READER)
    published(network)
    second = start(network, copied(network, tmp_path / "second"))
    acknowledged = ask_about(network, READER)
    published(network)
    assert not fenced(network.roles["keeper"])

    forget(network)
    lead(network, second)
    beside = ask_about(network, READER)
    network.run(until(lambda: fenced(second)))
    waiting = ask_about(network, READER)
    assert network.shown(newest(network)).state == "sending"
    assert second._database.read_now(lambda c: c.execute("SELECT 1 FROM item WHERE item_id = ?", (waiting,)).fetchone()) is None
    assert '"event":"log-fenced"' in capfd.readouterr().err

    lead(network, network.roles["keeper"])
    network.run(network.asker.ask.again(network.tenant, newest(network)))
    network.run(second.stop())
    assert network.shown(newest(network)).state == "ended"
    assert network.rows("SELECT COUNT(*) FROM item WHERE item_id IN (?, ?)", acknowledged, waiting) == [(2,)]
    published(network)
    assert commission(network, tmp_path / "commission") >= {"reconcile-missing-keeper"}
    assert "gateway-record-missing" in auditor(network, tmp_path / "audit")
    assert network.rows("SELECT 1 FROM item WHERE item_id = ?", beside) == []


def test_a_keeper_put_back_does_not_start_and_says_what_to_do(network: Network, tmp_path: Path) -> None:
    backup = copied(network, tmp_path / "backup")
    ask_about(network, READER)
    published(network)
    forget(network)
    with pytest.raises(Misconfigured, match="log-behind-witness") as refused:
        start(network, backup)
    assert "Restore the newest backup" in sentence(refused.value)


def test_a_keeper_put_back_while_no_witness_answers(network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the exchange has lost what it saw, too, it records blindly, because a witness's outage must block nothing; the witness's first word ends
    that, and no new start changes it.
    What was acknowledged between is in that folder only: the commission names it a minute after its receipt, an auditor at once, by the receipt that
    the institution holds.  What was asked behind the fence has no receipt, and is recorded in the true log by itself."""
    backup = copied(network, tmp_path / "backup")
    ask_about(network, READER)
    published(network)
    with monkeypatch.context() as outage:
        outage.setattr(network, "witness_url", "http://127.0.0.1:9/add-checkpoint")
        forget(network)
        role = start(network, backup)
        lead(network, role)
        beside = ask_about(network, READER)
        assert network.shown(newest(network)).state == "ended"
        assert not fenced(role)
    network.run(answering(role._state.log, network.witness_url, witness_key(network.data)))
    waiting = ask_about(network, READER)
    assert network.shown(newest(network)).state == "sending"
    network.run(role.stop())
    forget(network)
    with pytest.raises(Misconfigured, match="log-behind-witness|witness-saw-another-history"):
        start(network, backup)
    lead(network, network.roles["keeper"])
    network.run(network.asker.ask.again(network.tenant, newest(network)))
    assert network.shown(newest(network)).state == "ended"
    published(network)
    assert network.rows("SELECT item_id FROM item WHERE item_id IN (?, ?)", beside, waiting) == [(waiting,)]
    assert ("reconcile-missing-keeper", beside.hex()) in differences(network, tmp_path / "commission")
    assert ("reconcile-missing-keeper", beside.hex()) not in differences(network, tmp_path / "early", 0, received_ms(network, beside))
    assert "gateway-record-missing" in auditor(network, tmp_path / "audit")


async def answering(log: Log, url: str, key: str) -> None:
    """Until the witness, there again, has said its word."""
    asking = asyncio.create_task(witnessings(log, url, key)[0].run())
    try:
        await until(lambda: log.database.read_now(is_up))
    finally:
        asking.cancel()


# ---- the fence itself


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> Any:
    opened = Database.open(tmp_path / "keeper.db", MIGRATIONS)
    yield opened
    await opened.close()


@pytest.mark.asyncio
async def test_the_fence_goes_up_with_a_refusal_too_many_and_down_with_a_cosignature(database: Database) -> None:
    fence = Fence(database, spare=1)
    await fence.refused("first", "log-behind-witness")
    await fence.refused("first", "log-behind-witness")
    assert not database.read_now(is_up)
    await fence.refused("second", "log-behind-witness")
    with pytest.raises(Unavailable, match="log-fenced"):
        await database.write(demand_down)
    await fence.cosigned("first")
    await database.write(demand_down)


@pytest.mark.asyncio
async def test_the_first_word_of_a_witness_that_was_away_at_the_start_counts_as_it_would_have_then(database: Database) -> None:
    """Where readers need one of two witnesses one refusal is spared, but not at the start, and not of one that could not be asked there."""
    fence = Fence(database, spare=1)
    fence.unheard("first")
    await fence.refused("first", "log-behind-witness")
    with pytest.raises(Unavailable, match="log-fenced"):
        await database.write(demand_down)
    await fence.cosigned("second")
    assert database.read_now(is_up)
    await fence.cosigned("first")
    await database.write(demand_down)
    await fence.refused("first", "log-behind-witness")
    assert not database.read_now(is_up)


@pytest.mark.asyncio
async def test_after_a_new_start_only_those_who_refused_take_the_fence_down(database: Database) -> None:
    before = Fence(database, spare=1)
    before.unheard("first")
    await before.refused("first", "log-behind-witness")
    after = Fence(database, spare=1)
    await after.recall()
    await after.cosigned("second")
    assert database.read_now(is_up)
    await after.cosigned("first")
    await database.write(demand_down)


@pytest.mark.asyncio
async def test_a_fence_of_the_first_version_names_nobody(database: Database) -> None:
    await database.write(lambda connection: connection.execute("INSERT INTO meta VALUES ('fenced', x'01')").rowcount)
    fence = Fence(database, 0)
    await fence.recall()
    assert database.read_now(is_up)
    await fence.cosigned("any")
    await database.write(demand_down)


@pytest.mark.asyncio
async def test_the_start_notes_whom_it_could_not_ask(tmp_path: Path, database: Database) -> None:
    log = Log(database, SigningKey.generate(), "log.example/1", 1, 2)
    await log.load()
    await log.publish()
    witness = Verifier("witness.example/1", SigningKey.generate().public, KeyType.COSIGNATURE)
    await witnessings(log, "http://127.0.0.1:9/add-checkpoint", witness.encoded)[0].check_start()
    await log.fence.refused(witness.name, "log-behind-witness")
    assert database.read_now(is_up)


@pytest.mark.asyncio
async def test_the_fence_outlives_the_process_and_a_crash_beside_it(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with dying_at(monkeypatch, "keeper.fence.before_store"):
        await Fence(database, 0).refused("witness", "log-behind-witness")
    assert not database.read_now(is_up)
    await Fence(database, 0).refused("witness", "log-behind-witness")
    with dying_at(monkeypatch, "keeper.fence.before_lift"):
        await Fence(database, 0).cosigned("witness")
    assert database.read_now(is_up)
    await Fence(database, 0).cosigned("witness")
    assert not database.read_now(is_up)
