"""A keeper put back while every witness is away: what the exchange remembers of the log stops it, and where nothing shows a rollback it starts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from attacks.network_attack import Network
from completeness.watching import READER, ask_about, published
from enishi.cli.serve import sentence
from enishi.encoding import Bytes32
from enishi.errors import Fault, Misconfigured, Unavailable, Unknown
from enishi.protocol.wire import LogSeen
from enishi.roles.exchange.seen import NOTHING, Seen
from enishi.roles.keeper.chain import append_public
from enishi.roles.keeper.comparing import Comparing, continues
from enishi.roles.keeper.fence import is_up
from enishi.roles.keeper.log import Log
from enishi.roles.keeper.schema import MIGRATIONS
from enishi.seal.sign import SigningKey
from enishi.store.database import Database
from enishi.tlog.leaf import LeafKind
from enishi.tlog.tree import leaf_hash
from faults.dying import dying_at
from faults.second_keeper import copied, forget, lead, start
from faults.test_faults_fence import fenced, newest

pytestmark = pytest.mark.xdist_group("faults-log")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, founded_network: Path) -> Iterator[Network]:
    started = Network(tmp_path_factory.mktemp("remembered"), founded_network)
    yield started
    started.stop()


async def nothing(self: Any) -> None:
    """A check that was taken out."""


def recorded(role: Any, item_id: bytes) -> bool:
    return role._database.read_now(lambda c: c.execute("SELECT 1 FROM item WHERE item_id = ?", (item_id,)).fetchone()) is not None


def test_a_keeper_put_back_while_every_witness_is_away(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Three times on the same old database: with both comparisons taken out it records on a second history, without the one at the start it is
    fenced before its first record, and as it is it does not start."""
    folders = [copied(network, tmp_path / f"backup-{n}") for n in range(3)]
    ask_about(network, READER)
    published(network)
    monkeypatch.setattr(network, "witness_url", "http://127.0.0.1:9/add-checkpoint")
    monkeypatch.setattr(Comparing, "check_start", nothing)
    with monkeypatch.context() as blind:
        blind.setattr(Comparing, "demand", nothing)
        role = start(network, folders[0])
        lead(network, role)
        assert recorded(role, ask_about(network, READER))
        network.run(role.stop())

    role = start(network, folders[1])
    lead(network, role)
    waiting = ask_about(network, READER)
    assert (network.shown(newest(network)).state, fenced(role), recorded(role, waiting)) == ("sending", True, False)
    said = capfd.readouterr().err
    assert '"event":"log-fenced"' in said
    assert "log-behind-exchange" in said
    network.run(role.stop())

    monkeypatch.undo()
    monkeypatch.setattr(network, "witness_url", "http://127.0.0.1:9/add-checkpoint")
    with pytest.raises(Misconfigured, match="log-behind-exchange") as refused:
        start(network, folders[2])
    assert "Restore the newest backup" in sentence(refused.value)
    lead(network, network.roles["keeper"])
    forget(network)
    network.run(network.asker.ask.again(network.tenant, newest(network)))
    assert network.shown(newest(network)).state == "ended"


def test_a_keeper_starts_without_a_witness_where_nothing_shows_a_rollback(network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_about(network, READER)
    published(network)
    monkeypatch.setattr(network, "witness_url", "http://127.0.0.1:9/add-checkpoint")
    role = start(network, copied(network, tmp_path / "same"))
    lead(network, role)
    assert recorded(role, ask_about(network, READER))
    assert not fenced(role)
    network.run(role.stop())
    # What it recorded beside the true log is no part of what follows.
    lead(network, network.roles["keeper"])
    forget(network)


def test_a_keeper_that_dies_as_it_asks_has_recorded_nothing_and_asks_again(network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, before = copied(network, tmp_path / "dies"), network.rows("SELECT COUNT(*) FROM leaf")
    with dying_at(monkeypatch, "keeper.seen.before_send"):
        start(network, folder)
    role = start(network, folder)
    assert role._database.read_now(lambda c: c.execute("SELECT COUNT(*) FROM leaf").fetchall()) == before
    network.run(role.stop())


def test_what_was_seen_outlives_the_exchange(network: Network) -> None:
    seen = network.roles["exchange"]._seen
    ask_about(network, READER)
    network.run(seen.keep())
    again = Seen(network.roles["exchange"]._database)
    network.run(again.load())
    assert again.word() == seen.word()
    assert again.word().size > again.word().place >= 0


def test_a_look_and_an_outcome_are_seen_as_well(network: Network) -> None:
    seen = network.roles["exchange"]._seen
    ask_about(network, READER)
    (outcome,) = network.rows("SELECT MAX(outcome_index) FROM item")[0]
    assert seen.word().size == outcome + 1 > seen.word().place + 1
    network.look(READER)
    assert seen.word().size == network.run(published_size(network)) > outcome + 1


async def published_size(network: Network) -> int:
    return int(network.keeper.log.current().size)


# ---- the comparison itself


@pytest_asyncio.fixture
async def log(tmp_path: Path) -> Any:
    opened = Log(Database.open(tmp_path / "keeper.db", MIGRATIONS), SigningKey.generate(), "log.example/1")
    await opened.load()
    for n in range(3):
        await opened.database.write(lambda c, n=n: append_public(c, LeafKind.SNAPSHOT, n, bytes(32), b"{}"))  # type: ignore[misc]
    yield opened
    await opened.database.close()


def hash_at(log: Log, index: int) -> Bytes32:
    return leaf_hash(log.database.read_now(lambda c: c.execute("SELECT data FROM leaf WHERE idx = ?", (index,)).fetchone())[0])


@pytest.mark.asyncio
async def test_the_log_holds_as_many_leaves_and_the_same_one_at_the_place(log: Log) -> None:
    newest, first = hash_at(log, 2), hash_at(log, 0)
    for seen, holds in (
        (NOTHING, True),
        (LogSeen(3, 2, newest), True),
        (LogSeen(3, -1, b""), True),
        (LogSeen(4, 2, newest), False),
        (LogSeen(4, -1, b""), False),
        (LogSeen(3, 2, first), False),
        (LogSeen(2, 1, newest), False),
        (LogSeen(3, 3, newest), False),
    ):
        assert log.database.read_now(lambda c, seen=seen: continues(c, seen)) is holds, seen  # type: ignore[misc]


class Exchange:
    """What the exchange answers, one after another; a fault is raised."""

    def __init__(self, *answers: LogSeen | Fault) -> None:
        self.answers = list(answers)

    async def ask(self) -> LogSeen:
        answer = self.answers.pop(0)
        if isinstance(answer, Fault):
            raise answer
        return answer


@pytest.mark.asyncio
async def test_nothing_is_recorded_before_the_exchange_could_be_asked_and_it_is_asked_once(log: Log) -> None:
    exchange = Exchange(Unavailable("peer-unreachable"), Unavailable("peer-timeout"), LogSeen(3, 2, hash_at(log, 2)))
    comparing = Comparing(log, exchange.ask)
    await comparing.check_start()
    with pytest.raises(Unavailable, match="log-unconfirmed"):
        await comparing.demand()
    await comparing.demand()
    await comparing.demand()
    assert exchange.answers == []
    assert not log.database.read_now(is_up)


@pytest.mark.asyncio
async def test_an_exchange_of_0_1_0_knows_no_such_path_and_says_nothing(log: Log) -> None:
    comparing = Comparing(log, Exchange(Unknown("no-such-path"), Unknown("no-such-path")).ask)
    await comparing.check_start()
    await comparing.demand()


@pytest.mark.asyncio
async def test_an_objection_after_the_start_is_the_fence(log: Log) -> None:
    behind, holds = LogSeen(4, 2, hash_at(log, 2)), LogSeen(3, 2, hash_at(log, 2))
    comparing = Comparing(log, Exchange(behind, behind, holds).ask)
    with pytest.raises(Misconfigured, match="log-behind-exchange"):
        await comparing.check_start()
    with pytest.raises(Unavailable, match="log-fenced"):
        await comparing.demand()
    # Its word lifts no fence, it only takes back its own objection: a witness's cosignature lifts it.
    await comparing.demand()
    assert log.database.read_now(is_up)
    await log.fence.cosigned("witness")
    assert not log.database.read_now(is_up)
