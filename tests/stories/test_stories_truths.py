"""Each invariant of the state machine fails when a role is broken in just that way: a machine that never says no would prove nothing."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from attacks.network_attack import FIRST, SECOND
from attacks.own_attack import own
from attacks.test_attack_log import Forgetful
from enishi.errors import Unavailable
from enishi.protocol.legal import Jurist
from enishi.protocol.statement import Inquiry, read_statement
from enishi.protocol.wire import Empty, SnapshotReply
from enishi.roles.gateway import answered, desk
from enishi.roles.gateway.desk import Decision
from enishi.roles.gateway.self_disclosure import kept
from enishi.roles.keeper import chain, outcome
from linkage.attacker_linkage import Without
from running.mesh_running import STORY, register_question, tax_question
from stories.sea_machine import Sea
from stories.storm_machine import CHANGES, LOSSES, Fate, Storm, changed
from stories.test_stories_machine import OWN, several
from stories.truths_machine import Truths

pytestmark = pytest.mark.xdist_group("machine")


class Watched:
    """A sea and its truths."""

    def __init__(self, template: Path, folder: Path) -> None:
        self.sea = Sea(template, folder / "sea")
        self.truths = Truths(self.sea.data)
        self.sea.wire.left = self.truths.left

    def write(self, role: str, query: str) -> None:
        """A hand in a role's database."""
        self.sea.run(self.sea.roles[role]._database.write(lambda connection: connection.execute(query).rowcount))

    def decide(self, item: bytes) -> None:
        tenant = self.sea.provider.tenants[STORY.loan.provider]
        self.sea.run(self.sea.provider.desk.decide(tenant, item, Decision("provide"), "officer"))

    def held(self) -> bytes:
        self.sea.ask(tax_question(STORY.protected))
        return bytes(self.truths.log("SELECT item_id FROM item WHERE state = 'held'")[0][0])


@pytest.fixture
def watched(founded_network: Path, tmp_path: Path) -> Iterator[Watched]:
    made = Watched(founded_network, tmp_path)
    yield made
    made.sea.end()


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Without:
    return Without(monkeypatch)


def refuted(watched: Watched, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        watched.truths.check()


def test_a_keeper_that_releases_before_it_records(watched: Watched) -> None:
    watched.sea.keeper.database = Forgetful(watched.sea.keeper.database)
    watched.sea.ask(register_question())
    refuted(watched, "left before its record stood")


def test_an_exchange_that_answers_before_the_outcome_stands(watched: Watched) -> None:
    watched.sea.ask(register_question())
    watched.truths.check()
    watched.truths.said = dict.fromkeys(watched.truths.said, "") | {10**9: ""}
    watched.sea.run(watched.sea.asker.ask.again(watched.sea.tenant, watched.sea.ask(register_question())))
    refuted(watched, "whose outcome does not stand")


def test_a_provider_that_ends_an_item_twice(watched: Watched, without: Without) -> None:
    item = watched.held()
    watched.decide(item)
    watched.truths.check()
    without(answered, "check_transition")
    without(desk, "check_transition")
    watched.decide(item)
    refuted(watched, "ended an item twice")


def test_a_holder_that_ends_a_persons_own_request_twice(watched: Watched, without: Without) -> None:
    own(watched.sea, *OWN["held"])
    tenant, desk_of = watched.sea.provider.tenants[STORY.loan.provider], watched.sea.provider.self_desk
    (waits,) = watched.sea.run(desk_of.waiting(tenant))
    watched.sea.run(desk_of.decide(tenant, waits.item_id, Decision("provide"), "officer"))
    watched.truths.check()
    without(kept, "check_transition")
    watched.sea.run(desk_of.decide(tenant, waits.item_id, Decision("provide"), "officer"))
    refuted(watched, "ended an item twice")


def test_a_keeper_that_takes_an_end_back(watched: Watched) -> None:
    watched.decide(watched.held())
    watched.truths.check()
    watched.write("keeper", "UPDATE item SET state = 'held' WHERE state = 'final'")
    refuted(watched, "one final outcome for each item that ended")


def test_a_keeper_that_logs_an_end_twice(watched: Watched, without: Without) -> None:
    item = watched.held()
    watched.decide(item)
    watched.truths.check()
    for module in (outcome, answered, desk):
        without(module, "check_transition")
    watched.decide(item)
    watched.truths.seen.clear()
    tenant = watched.sea.provider.tenants[STORY.loan.provider]
    watched.sea.run(tenant.database.write(lambda connection: connection.execute("DELETE FROM given WHERE place = 1").rowcount))
    refuted(watched, "one final outcome for each item that ended")


def test_two_operators_that_permit_without_a_row(watched: Watched, without: Without) -> None:
    """Whatever is asked, they decide a question that the law permits."""
    real, _ = Jurist.decide_rows, watched.sea.ask(register_question())
    watched.truths.check()
    ((message,),) = watched.truths.asker("SELECT message FROM asked")
    inquiry = msgspec.msgpack.decode(message, type=Inquiry)
    permitted = (read_statement(inquiry.statement.payload), inquiry.rows[:1])
    without(Jurist, "decide_rows", lambda self, statement, rows, snapshot, day: real(self, *permitted, snapshot, day))
    watched.sea.ask(register_question(relation="guarantor"))
    refuted(watched, "no row of the law stands")


@pytest.mark.parametrize(
    ("role", "query", "said"),
    [
        ("keeper", "DELETE FROM leaf WHERE idx = (SELECT MAX(idx) FROM leaf)", "leaf was there and is gone"),
        ("keeper", "DELETE FROM checkpoint WHERE size = (SELECT MAX(size) FROM checkpoint)", "checkpoint was there and is gone"),
        ("keeper", "DELETE FROM item", "recorded was there and is gone"),
        ("asker", "UPDATE asked_item SET receipt = x'01'", "receipt was there and is another"),
        ("asker", "DELETE FROM asked_outcome", "told was there and is gone"),
        ("provider", "DELETE FROM given", "given was there and is gone"),
    ],
)
def test_what_was_acknowledged_and_is_lost(watched: Watched, role: str, query: str, said: str) -> None:
    watched.sea.ask(register_question())
    tenants = {"asker": watched.sea.tenant, "provider": watched.sea.provider.tenants[STORY.condolence.register]}
    database = tenants[role].database if role in tenants else watched.sea.roles[role]._database
    if role not in tenants:
        # Publication and witnesses' words would stumble over the damage before it is looked at, or be what is damaged before it was ever seen.
        for errand in watched.sea.roles[role]._tasks:
            errand.cancel()
        watched.sea.run(database.write(lambda connection: 0))
    watched.truths.check()
    watched.sea.run(database.write(lambda connection: connection.execute(query).rowcount))
    refuted(watched, said)


def test_a_keeper_that_leaves_a_label_out(watched: Watched, without: Without) -> None:
    real = chain.label
    without(chain, "label", lambda key, n: real(key, n + 1))
    watched.sea.ask(register_question())
    refuted(watched, "another label than its place")


def test_a_keeper_that_forgets_a_place_of_a_chain(watched: Watched) -> None:
    watched.sea.ask(register_question())
    watched.write("keeper", "DELETE FROM chain WHERE n = 0")
    refuted(watched, "a person's chain has a gap")


def test_a_damage_that_only_the_walk_finds(founded_network: Path, tmp_path: Path) -> None:
    made = Watched(founded_network, tmp_path)
    made.sea.ask(register_question())
    made.write("keeper", "UPDATE leaf SET sealed = x'00' WHERE idx = (SELECT MAX(leaf_index) FROM item)")
    made.truths.check()
    assert not made.sea.end().ok


def test_a_role_that_breaks_is_noticed(watched: Watched, without: Without) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    without(outcome, "check_outcome", broken)
    watched.sea.ask(register_question())
    assert watched.sea.wire.broken == ["/keeper/outcome"]


# ---- the storm itself


def calls(wire: Storm, path: str) -> int:
    """How many calls of a door passed; the roles' own errands call others beside."""
    return sum(one.path == path for one in wire.passed)


@pytest.mark.parametrize(("kind", "acted", "answered"), [("lost", 0, False), ("late", 0, False), ("unanswered", 1, False), ("doubled", 2, True)])
def test_a_fate_befalls_the_next_call_only(watched: Watched, kind: str, acted: int, answered: bool) -> None:
    assert kind in LOSSES
    wire, url = watched.sea.wire, "https://exchange"
    before = calls(wire, "/exchange/snapshot")
    wire.fates["/exchange/snapshot"] = Fate(kind)
    client = wire.client(watched.sea.peer(FIRST))
    with contextlib.nullcontext() if answered else pytest.raises(Unavailable):
        watched.sea.run(client.call(url, "", "/exchange/snapshot", Empty(), SnapshotReply))
    assert calls(wire, "/exchange/snapshot") - before == acted
    assert len(wire.late) == (kind == "late")
    assert watched.sea.run(client.call(url, "", "/exchange/snapshot", Empty(), SnapshotReply))


@pytest.mark.parametrize("kind", CHANGES)
def test_a_changed_message_is_another(kind: str) -> None:
    mine, theirs = b"\x81\xa1a\x01", b"\x81\xa1a\x02"
    assert changed(Fate(kind, 31), mine, [theirs]) == (theirs if kind != "flipped" else b"\x81\xa1a\x81")
    assert changed(Fate("flipped", 31), mine, []) == b"\x81\xa1a\x81"
    assert changed(Fate("other's", 0), mine, []) == mine


def test_a_role_that_stopped_is_not_there(watched: Watched) -> None:
    watched.sea.halt(SECOND)
    txid = watched.sea.ask(register_question())
    assert watched.sea.shown(txid).items[0].outcome is None
    watched.sea.go_on(SECOND)
    watched.sea.run(watched.sea.asker.ask.again(watched.sea.tenant, txid))
    assert watched.sea.shown(txid).items[0].outcome == "provided"
    watched.truths.check()


def test_a_platform_starts_though_one_of_its_institutions_is_suspended(watched: Watched) -> None:
    """Found by the machine: the others on the platform answer as before."""
    now = watched.sea.exchange.snapshot
    parties = tuple(msgspec.structs.replace(one, suspended=one.id == STORY.loan.provider) for one in now.institutions)
    watched.sea.publish(msgspec.structs.replace(now, serial=now.serial + 1, previous=watched.sea.exchange.digest, institutions=parties))
    watched.sea.halt(SECOND)
    watched.sea.go_on(SECOND)
    watched.sea.run(watched.sea.asker.registry.refresh())
    assert watched.sea.shown(watched.sea.ask(register_question())).items[0].outcome == "provided"


def test_a_keeper_that_answers_for_other_rows_does_not_break_the_exchange(watched: Watched) -> None:
    """Found by the machine: the inquirer asks again with the same bytes, and gets what was recorded."""
    watched.sea.ask(several())
    watched.sea.wire.fates["/keeper/commit"] = Fate("other's", 0, True)
    txid = watched.sea.ask(register_question())
    assert watched.sea.wire.broken == []
    watched.sea.run(watched.sea.asker.ask.again(watched.sea.tenant, txid))
    assert watched.sea.shown(txid).items[0].outcome == "provided"
    watched.truths.check()
