"""What can befall the log: full disk, torn write, clock put back, witness away, an answer lost behind a COMMIT.

Each is detected and said, nothing acknowledged is lost, and what goes on afterwards is the ordinary path: the same bytes are sent again.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from attacks.copies_attack import copy_data, copy_database
from attacks.network_attack import Network
from completeness.watching import READER, ask_about, auditor, citizen, published
from enishi import clock
from enishi.cli.verify import verify_data
from enishi.errors import Denied, Unavailable
from enishi.mesh.server import Listener
from enishi.protocol.statement import WINDOW_MS
from enishi.roles.keeper.moments import Moments
from enishi.roles.keeper.ticket import LIFE_MS, Tickets
from enishi.sentences.problems import GENERIC, texts
from enishi.terms import Txid
from enishi.tlog.leaf import decode_leaf
from faults.second_keeper import lead, start, torn
from running.operators_running import Dial

pytestmark = pytest.mark.xdist_group("faults-log")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, founded_network: Path) -> Iterator[Network]:
    started = Network(tmp_path_factory.mktemp("faults"), founded_network)
    yield started
    started.stop()


def newest(network: Network) -> Txid:
    row = network.tenant.database.read_now(lambda c: c.execute("SELECT txid FROM asked ORDER BY rowid DESC LIMIT 1").fetchone())
    return Txid(row[0])


def again(network: Network, txid: Txid) -> Any:
    """Send what has no reply yet once more, as the gateway does by itself."""
    network.run(network.asker.ask.again(network.tenant, txid))
    return network.shown(txid)


# ---- full disk


def pages(network: Network, most: int) -> None:
    """The keeper's file may have so many pages; SQLite says SQLITE_FULL beyond, as it does when the disk is full."""
    network.run(network.keeper.database.write(lambda connection: connection.execute(f"PRAGMA max_page_count = {most}").fetchone()))


def fill(network: Network) -> Txid:
    """Ask until the disk is full: whatever had a receipt before has its record."""
    pages(network, 1)
    while True:
        ask_about(network, READER)
        if network.shown(newest(network)).state == "sending":
            return newest(network)


def test_a_full_disk(network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing is recorded and nothing released; the call fails as store-unavailable, the publisher says so, and both go on once there is room."""
    before = ask_about(network, READER)
    txid = fill(network)
    assert network.rows("SELECT 1 FROM tx WHERE txid = ?", txid) == []
    assert network.shown(txid).items[0].receipt is None
    assert network.shown(txid).items[0].documents == {}
    meter = network.wire.doors["https://keeper"][1].meter
    assert meter.total("enishi_calls_total", "/keeper/commit", "store-unavailable") > 0
    assert texts("store-unavailable") is not GENERIC
    with pytest.raises(Unavailable, match="store-unavailable"):
        network.run(full_publication(network))
    monkeypatch.setattr(network.keeper.log, "_behind", something_waits)
    network.run(until_said(capfd, '"event":"log-not-published","code":"store-unavailable"', network))
    monkeypatch.undo()
    pages(network, 1_000_000)
    assert again(network, txid).state == "ended"
    assert network.rows("SELECT 1 FROM item WHERE item_id = ?", before)
    published(network)
    assert auditor(network, tmp_path / "audit") == set()


async def full_publication(network: Network) -> None:
    """Publish until not even that fits any more."""
    for _ in range(100):
        await network.keeper.log.publish()


async def nothing_waits() -> bool:
    """Stands for a publisher that has not come to it yet."""
    return False


async def something_waits() -> bool:
    """Stands for a leaf that was recorded just before the disk was full."""
    return True


async def until_said(capfd: pytest.CaptureFixture[str], line: str, network: Network) -> None:
    network.keeper.log.dirty()
    said = ""
    for _ in range(600):
        if line in said:
            return
        await asyncio.sleep(0.05)
        said += capfd.readouterr().err
    raise AssertionError(said)


# ---- an answer lost behind the COMMIT


def test_an_answer_lost_behind_the_commit(network: Network) -> None:
    """The record is durable and its receipt never left: the same bytes get the receipt that was made then, and there is one record."""
    kept: list[Any] = []

    async def lose(asked: Any, forward: Any) -> Any:
        kept.append(await forward(asked))
        raise Unavailable("peer-unreachable", "keeper")

    network.wire.sitters["/keeper/commit"] = lose
    item_id = ask_about(network, READER)
    del network.wire.sitters["/keeper/commit"]
    txid = newest(network)
    assert network.shown(txid).state == "sending"
    shown = again(network, txid)
    assert (shown.state, shown.items[0].outcome) == ("ended", "provided")
    row = network.tenant.database.read_now(lambda c: c.execute("SELECT receipt FROM asked_item WHERE item_id = ?", (item_id,)).fetchone())
    (committed,) = [result.value.items[0] for batch in kept for result in batch.results if result.value.items[0].item_id == item_id]
    assert committed.receipt.receipt in row[0]
    assert network.rows("SELECT COUNT(*) FROM item WHERE item_id = ?", item_id) == [(1,)]


# ---- clock


def test_a_clock_put_back(network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """By less than the window of statements: leaf times stand still until the clock has caught up; it is said, and everything goes on."""
    ask_about(network, READER)
    dial = Dial()
    dial.now -= WINDOW_MS // 2
    with monkeypatch.context() as put_back:
        put_back.setattr(clock, "now_ms", dial)
        ask_about(network, READER)
        assert network.shown(newest(network)).state == "ended"
        network.run(network.keeper.log.publish())
    times = [decode_leaf(data).at_ms for (data,) in network.rows("SELECT data FROM leaf ORDER BY idx")]
    assert times == sorted(times)
    assert '"event":"clock-went-back"' in capfd.readouterr().err
    published(network)
    assert auditor(network, tmp_path / "audit") == set()


def test_a_clock_put_back_far_is_believed_and_said(dial: Dial, capfd: pytest.CaptureFixture[str]) -> None:
    moments = Moments()
    moments.begin(dial.now + 10 * WINDOW_MS)
    assert moments.now_ms() == dial.now
    assert '"event":"clock-went-back","seconds":3000' in capfd.readouterr().err
    dial.now += 5
    assert moments.now_ms() == dial.now
    assert "clock-went-back" not in capfd.readouterr().err


def test_times_never_go_back_within_the_window(dial: Dial) -> None:
    moments = Moments()
    first = moments.now_ms()
    dial.now -= WINDOW_MS - 1
    assert moments.now_ms() == first
    dial.now += WINDOW_MS
    assert moments.now_ms() == first + 1


def test_a_ticket_does_not_live_longer_by_a_clock_put_back() -> None:
    tickets, txid, now = Tickets(bytes(32)), Txid(bytes(32)), 1_000_000_000
    ticket = tickets.issue(txid, "012131", (), (), now)
    tickets.redeem(ticket, txid, (), (), now + LIFE_MS)
    for wrong in (now + LIFE_MS + 1, now - WINDOW_MS):
        with pytest.raises(Denied, match="ticket-expired"):
            tickets.redeem(ticket, txid, (), (), wrong)


@pytest.fixture
def dial(monkeypatch: pytest.MonkeyPatch) -> Dial:
    hand = Dial()
    monkeypatch.setattr(clock, "now_ms", hand)
    return hand


# ---- witness


def test_a_witness_that_is_away(network: Network, capfd: pytest.CaptureFixture[str]) -> None:
    """Records and answers go on; a reader is told that nobody has cosigned yet; the newest checkpoint is cosigned when the witness is back."""
    face, port = network.roles["witness"].face(), network._door.port
    network.run(network._door.close())
    ask_about(network, READER)
    assert network.shown(newest(network)).state == "ended"
    assert citizen(network, READER) == "cosignatures-missing"
    assert '"event":"witness-unreachable"' in capfd.readouterr().err
    network._door = Listener(face, "127.0.0.1", port)
    network.run(network._door.open())
    published(network)
    assert citizen(network, READER) == ""


@pytest.fixture
def another(tmp_path: Path, founded_network: Path) -> Iterator[Network]:
    """For a damage that stays: `enishi verify` finds it ever after."""
    started = Network(tmp_path / "mesh", founded_network)
    yield started
    started.stop()


def test_a_checkpoint_that_the_database_lost_is_said_and_the_next_one_is_cosigned(another: Network, capfd: pytest.CaptureFixture[str]) -> None:
    """What a witness signed has nowhere to be kept: the keeper says so, goes on asking, and the next checkpoint has its cosignature."""
    rows(another, "CREATE TRIGGER lost AFTER INSERT ON checkpoint BEGIN DELETE FROM checkpoint WHERE size = NEW.size; END")
    ask_about(another, READER)
    another.run(until_said(capfd, '"event":"cosignature-not-kept","code":"checkpoint-missing"', another))
    rows(another, "DROP TRIGGER lost")
    ask_about(another, READER)
    published(another)
    assert citizen(another, READER) == ""


def rows(network: Network, query: str) -> None:
    """A hand in the keeper's database."""
    network.run(network.keeper.database.write(lambda connection: connection.execute(query).rowcount))


# ---- torn write; last, because another keeper goes on after it


def test_a_torn_write(network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The power fails while the last transaction is on its way to the disk: it is gone whole, nobody had been told of it, and it comes again."""
    before = ask_about(network, READER)
    published(network)
    monkeypatch.setattr(network.keeper.log, "_behind", nothing_waits)

    async def lose(asked: Any, forward: Any) -> Any:
        await forward(asked)
        raise Unavailable("peer-unreachable", "keeper")

    network.wire.sitters["/keeper/commit"] = lose
    item_id = ask_about(network, READER)
    del network.wire.sitters["/keeper/commit"]
    txid = newest(network)
    role = start(network, torn(network, tmp_path / "torn"))
    held = role._database.read_now(lambda c: [row[0] for row in c.execute("SELECT item_id FROM item")])
    assert network.rows("SELECT COUNT(*) FROM item WHERE item_id = ?", item_id) == [(1,)]
    assert (before in held, item_id in held) == (True, False)
    lead(network, role)
    assert again(network, txid).state == "ended"
    network.run(role._state.log.publish())
    data = copy_data(network, tmp_path / "data")
    copy_database(tmp_path / "torn" / "keeper.db", data / "keeper" / "keeper.db")
    network.run(role.stop())
    assert verify_data(data).ok
