"""One's own data where an official must see it first, where somebody garbles it, and wherever a role dies on the way."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import msgspec
import pytest

from attacks.adversary_attack import sitting
from attacks.network_attack import Network
from attacks.own_attack import own, request_for, signed_by
from enishi import clock
from enishi.errors import Malformed, Unknown
from enishi.linkage.group import base, random_scalar
from enishi.protocol.record import RecordBody, read_body
from enishi.protocol.self_disclosure import DECIDED_MS, SelfCommit
from enishi.roles.exchange.recover import redeliver
from enishi.roles.gateway.answering import marks
from enishi.roles.gateway.answering.marking import MarkRequest, made_of
from enishi.roles.gateway.desk import Decision
from enishi.roles.gateway.self_disclosure import desk as self_desk
from enishi.roles.keeper import outcome as keeper_outcome
from enishi.roles.portal.view import Asked
from enishi.seal.hpke import SealingKey
from enishi.terms import Outcome
from faults.dying import Killed
from linkage.attacker_linkage import Without
from running.mesh_running import STORY

pytestmark = pytest.mark.xdist_group("attacks")
PERSON, HOLDER, ITEMS = STORY.reader, STORY.condolence.register, ("koseki",)
OTHERS = "415AC0000000057#78-1-2"


@pytest.fixture(autouse=True)
def forgotten(network: Network) -> Iterator[None]:
    """What a test leaves waiting, and what its officials decided, ends with it."""
    yield
    tenant, keeper = network.provider.tenants[HOLDER], network.roles["keeper"]._database
    network.run(
        tenant.database.write(lambda connection: [connection.execute(f"DELETE FROM {name}").rowcount for name in ("self_asked", "self_given")])
    )
    network.run(keeper.write(lambda connection: connection.execute("UPDATE item SET state = 'final' WHERE state = 'open'").rowcount))


@pytest.fixture
def marked(network: Network) -> Iterator[None]:
    """A mark of non-disclosure that runs on the person at the holder."""
    tenant = network.provider.tenants[HOLDER]
    one = mark_of(network)
    network.run(tenant.database.write(lambda connection: marks.put(connection, one)))
    yield
    network.run(tenant.database.write(lambda connection: marks.lift(connection, one.id, "test", clock.now_ms())))


def mark_of(network: Network) -> marks.Mark:
    until = clock.legal_day(clock.now_ms() + 30 * 86_400_000)
    asked = MarkRequest(kind="nondisclosure", person=number(network), ground="415AC0000000057#78-1-1", until=until)
    return made_of(asked, "test", clock.now_ms())


def number(network: Network) -> str:
    return str(PERSON.addressees[HOLDER])


def decide(network: Network, decision: str, citation: str = "") -> Outcome:
    """An official decides what waits longest."""
    desk, tenant = network.provider.self_desk, network.provider.tenants[HOLDER]
    waiting = network.run(desk.waiting(tenant))[0]
    assert (waiting.addressee_number, waiting.items, waiting.reason) == (number(network), ITEMS, "protected")
    return network.run(desk.decide(tenant, waiting.item_id, Decision(decision, citation), "test/officer"))  # type: ignore[arg-type]


def last_bodies(network: Network, count: int) -> list[RecordBody]:
    # What once was withheld is shown behind the person's own chain: the newest are those with the highest places.
    records = sorted(network.look(PERSON).proof.records, key=lambda record: record.index)
    return [read_body(record.body) for record in records][-count - 1 : -1]


def test_a_protected_person_is_answered_by_an_official_and_then_at_once(network: Network, marked: None) -> None:
    held = own(network, PERSON, HOLDER, ITEMS)
    assert (held.outcome, held.documents) == (Outcome.HELD, {})
    assert DECIDED_MS - 60_000 < held.deadline_ms - clock.now_ms() <= DECIDED_MS
    assert decide(network, "provide") is Outcome.PROVIDED
    asked, first, last = last_bodies(network, 3)
    assert (asked.kind, asked.provider, asked.items, asked.basis) == ("self", HOLDER, ITEMS, ("415AC0000000057#76",))
    assert (first.outcome, last.outcome, last.inquirer) == ("held", "provided", "")
    assert own(network, PERSON, HOLDER, ITEMS).documents["koseki"]


def test_a_refusal_names_an_item_of_the_act_and_stands_until_something_changes(network: Network, marked: None) -> None:
    assert own(network, PERSON, HOLDER, ITEMS).outcome is Outcome.HELD
    for citation in ("", "425AC0000000027#19-1-8", "415AC0000000057#78-1-8"):
        with pytest.raises(Malformed, match="citation-missing|citation-not-allowed"):
            decide(network, "refuse", citation)
    assert decide(network, "refuse", OTHERS) is Outcome.REFUSED_WITH_CITATION
    again = own(network, PERSON, HOLDER, ITEMS)
    assert (again.outcome, again.citation, again.documents) == (Outcome.REFUSED_WITH_CITATION, OTHERS, {})
    assert own(network, PERSON, HOLDER, ("koseki", "account")).outcome is Outcome.HELD  # another question is another decision
    tenant = network.provider.tenants[HOLDER]
    newer = "UPDATE mark SET set_at_ms = ? WHERE lifted_at_ms = 0"
    network.run(tenant.database.write(lambda connection: connection.execute(newer, (clock.now_ms() + 1,)).rowcount))
    assert own(network, PERSON, HOLDER, ITEMS).outcome is Outcome.HELD


def test_the_keeper_takes_no_other_refusal_and_no_mark(network: Network, marked: None, without: Without) -> None:
    """A holder that refuses at its discretion has not answered: the item stays open, whatever its own desk lets through."""
    own(network, PERSON, HOLDER, ITEMS)
    desk, tenant = network.provider.self_desk, network.provider.tenants[HOLDER]
    patched = without(self_desk, "check_exception", lambda _: None)
    decide(network, "refuse", "425AC0000000027#26")
    patched.undo()
    assert network.run(desk.push(tenant)) == 0
    assert last_bodies(network, 1)[0].outcome == "held"


def test_data_in_dispute_is_shown_to_the_person(network: Network) -> None:
    tenant = network.provider.tenants[HOLDER]
    dispute = made_of(MarkRequest(kind="dispute", person=number(network), item="koseki"), "test", clock.now_ms())
    network.run(tenant.database.write(lambda connection: marks.put(connection, dispute)))
    assert own(network, PERSON, HOLDER, ITEMS).outcome is Outcome.PROVIDED
    network.run(tenant.database.write(lambda connection: marks.lift(connection, dispute.id, "test", clock.now_ms())))


def test_what_cannot_be_asked_costs_no_signature(network: Network) -> None:
    key = SealingKey.generate()
    signed = signed_by(network, PERSON, request_for("999999", ITEMS, "", key))
    with pytest.raises(Unknown, match="institution-unknown"):
        network.run(network.sources[0].own(Asked(signed, key)))
    before = network.leaves()
    with pytest.raises(Unknown, match="item-unknown"):
        own(network, PERSON, HOLDER, ("no_such_item",))
    assert network.leaves() == before


def test_a_garbled_pair_is_no_missing_person(network: Network, without: Without) -> None:
    """The exchange returns another row to the keeper, so that the holder finds nobody: it cannot prove its hop, and the item stays open."""

    async def garble(commit: SelfCommit, forward: Any) -> Any:
        row = msgspec.structs.replace(commit.row, r=base(random_scalar()), b=base(random_scalar()))
        return await forward(msgspec.structs.replace(commit, row=row))

    with sitting(network, "/keeper/self/commit", garble):
        assert own(network, PERSON, HOLDER, ITEMS).outcome is None
        patched = without(keeper_outcome, "prove_root_hops", lambda *_: b"hop")
        assert own(network, PERSON, HOLDER, ITEMS).outcome is Outcome.NO_SUCH_PERSON
        patched.undo()


BEFORE = ["registrar.self.before_store", "registrar.self.after_store", "portal.self.before_send", "portal.self.before_ask"]
BEFORE += ["exchange.self.before_send", "exchange.self.before_commit", "keeper.self.before_append"]
BEHIND = ["keeper.self.after_append", "exchange.self.after_recorded", "exchange.self.before_notice", "exchange.self.after_answer"]
BEHIND += ["gateway.self.before_store", "gateway.self.after_store"]


@contextmanager
def dying(patch: pytest.MonkeyPatch, name: str) -> Iterator[list[str]]:
    """The process that comes by a point ends there; whoever called it hears nothing."""
    passed: list[str] = []

    def point(here: str) -> None:
        passed.append(here)
        if here == name:
            raise Killed

    with patch.context() as place:
        place.setattr("enishi.store.crash.point", point)
        yield passed


@pytest.mark.parametrize("name", BEFORE + BEHIND)
def test_wherever_a_role_dies_there_is_no_answer_without_a_record(network: Network, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before = network.leaves()
    with dying(monkeypatch, name) as passed, suppress(Exception):
        # A holder that dies leaves the item waiting; whoever dies before it leaves no answer at all.
        assert own(network, PERSON, HOLDER, ITEMS).outcome is None
    assert name in passed
    if name in BEFORE:
        assert network.leaves() == before
        return
    exchange = network.roles["exchange"]
    assert network.leaves() > before
    assert network.run(redeliver(exchange._delivery, exchange._pending(exchange._keeper))) == 1
    ((state, index, ended),) = network.rows("SELECT state, leaf_index, outcome_index FROM item ORDER BY leaf_index DESC LIMIT 1")
    assert (state, index < ended) == ("final", True)


@pytest.mark.parametrize("name", ["gateway.selfdesk.before_store", "gateway.selfdesk.after_store", "gateway.selfdesk.before_confirm"])
def test_wherever_the_desk_dies_the_decision_stands_once_or_not_at_all(
    network: Network, monkeypatch: pytest.MonkeyPatch, marked: None, name: str
) -> None:
    assert own(network, PERSON, HOLDER, ITEMS).outcome is Outcome.HELD
    desk, tenant = network.provider.self_desk, network.provider.tenants[HOLDER]
    with dying(monkeypatch, name), pytest.raises(Killed):
        decide(network, "provide")
    if name == "gateway.selfdesk.before_store":
        assert decide(network, "provide") is Outcome.PROVIDED
    network.run(desk.push(tenant))
    assert network.run(desk.push(tenant)) == 0
    assert [body.outcome for body in last_bodies(network, 2)] == ["held", "provided"]
