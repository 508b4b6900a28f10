"""Attack: acting under a registry of yesterday, as an institution that is suspended, or with a key that is revoked, in queued items too."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from attacks.adversary_attack import send, sitting, written
from attacks.network_attack import A, Network, fault_in
from attacks.wire_attack import Forward
from enishi import clock
from enishi.errors import Denied, Fault, Tampered, Unavailable
from enishi.mesh import registry
from enishi.protocol.forms import sign_form
from enishi.protocol.registry import Institution, Snapshot
from enishi.protocol.statement import item_id_of
from enishi.protocol.wire import Batch, ItemIds, NoticeReply, OutcomeForm, Pending, Recorded, Results, SnapshotReply
from enishi.roles.exchange import examine, inquire
from enishi.roles.exchange.deliver import Delivery
from enishi.roles.gateway import desk, notices
from enishi.roles.gateway.desk import Decision
from enishi.roles.keeper.admit import Admission
from enishi.roles.keeper.outcome import Outcomes
from linkage.attacker_linkage import Without
from running.mesh_running import STORY, register_question, tax_question

pytestmark = pytest.mark.xdist_group("attacks")


def changed(network: Network, institution: str, **changes: Any) -> Snapshot:
    """The present registry with one institution changed, as the next serial."""
    now = network.exchange.snapshot
    parties = tuple(msgspec.structs.replace(one, **changes) if one.id == institution else one for one in now.institutions)
    return msgspec.structs.replace(now, serial=now.serial + 1, previous=network.exchange.digest, at_ms=clock.now_ms(), institutions=parties)


@contextmanager
def suspended(network: Network, institution: str) -> Iterator[None]:
    """Exchange and commission suspend an institution, and take it back afterwards."""
    network.publish(changed(network, institution, suspended=True))
    try:
        yield
    finally:
        network.publish(changed(network, institution, suspended=False))
        for gateway in (network.asker, network.provider):
            network.run(gateway.registry.refresh())


@contextmanager
def revoked(network: Network, institution: str) -> Iterator[None]:
    """The same for the only key epoch of an institution, which must be suspended with it."""
    party: Institution = network.exchange.snapshot.institution(institution, "")
    epochs = party.epochs
    dead = tuple(msgspec.structs.replace(one, active=False) for one in epochs)
    network.publish(changed(network, institution, suspended=True, epochs=dead))
    try:
        yield
    finally:
        network.publish(changed(network, institution, suspended=False, epochs=epochs))
        for gateway in (network.asker, network.provider):
            network.run(gateway.registry.refresh())


# ---- the inquirer


def test_a_stale_snapshot(network: Network, without: Without) -> None:
    """Success is a record made under a registry that no longer holds.  Keeper and exchange each say "retry" (409), never a refusal."""
    message, fresh = written(network, register_question()), written(network, register_question(), registry=bytes(32))
    before = network.leaves()
    assert fault_in(send(network, fresh.inquiry)) == "snapshot-stale"
    assert network.leaves() == before
    patched = without(Admission, "_check_snapshot")
    without(examine, "check_current")
    assert fault_in(send(network, fresh.inquiry)) == ""
    assert network.leaves() > before
    patched.undo()
    assert fault_in(send(network, message.inquiry)) == ""


def test_a_suspended_inquirer(network: Network, without: Without) -> None:
    """Success is that a suspended institution learns something.  Three stand in its way: the exchange, the keeper, and the law, which asks both
    parties' standing."""
    with suspended(network, A):
        message = written(network, register_question(), registry=network.exchange.digest)
        before = network.leaves()
        assert fault_in(send(network, message.inquiry)) == "institution-suspended"
        real = inquire.examine

        def blind(state: Any, inquiry: Any, tenants: Any) -> Any:
            return real(Standing(state), inquiry, tenants)

        patched = without(inquire, "examine", blind)
        assert fault_in(send(network, message.inquiry)) == "institution-suspended"
        assert network.leaves() == before
        without(Admission, "_check_standing")
        assert fault_in(send(network, message.inquiry)) == ""
        assert network.rows("SELECT state FROM item WHERE txid = ?", message.txid) == [("refused",)]
        without(network.keeper.jurist, "decide_rows", lenient(network.keeper.jurist))
        without(network.exchange.jurist, "decide_rows", lenient(network.exchange.jurist))
        other = written(network, register_question(), registry=network.exchange.digest)
        assert fault_in(send(network, other.inquiry)) == ""
        assert network.rows("SELECT length(rest_steps) > 0 FROM item WHERE txid = ?", other.txid) == [(1,)]
        patched.undo()


class Standing:
    """A state of the exchange in which nobody is suspended."""

    def __init__(self, state: Any) -> None:
        self._state = state

    @property
    def snapshot(self) -> Snapshot:
        now: Snapshot = self._state.snapshot
        return everybody_stands(now)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._state, name)


def everybody_stands(now: Snapshot) -> Snapshot:
    return msgspec.structs.replace(now, institutions=tuple(msgspec.structs.replace(one, suspended=False) for one in now.institutions))


def lenient(jurist: Any) -> Any:
    real = jurist.decide_rows
    return lambda statement, rows, snapshot, day: real(statement, rows, everybody_stands(snapshot), day)


def test_a_revoked_key_of_the_inquirer(network: Network) -> None:
    """The signature of a revoked epoch is no signature: nothing is recorded."""
    with revoked(network, A):
        message = written(network, register_question(), registry=network.exchange.digest)
        before = network.leaves()
        assert fault_in(send(network, message.inquiry)) == "epoch-unknown"
        assert network.leaves() == before


# ---- queued items


def kept_back(network: Network, question: dict[str, Any]) -> Any:
    """An item that is recorded and whose notice waits."""

    async def wait(batch: Any, forward: Forward) -> Results[NoticeReply]:
        raise Unavailable("peer-unreachable")

    message = written(network, question)
    with sitting(network, "/gateway/notice", wait):
        assert fault_in(send(network, message.inquiry)) == ""
    return message


async def redeliver(network: Network, message: Any) -> None:
    pending = await network.roles["exchange"]._keeper.call("/keeper/pending", ItemIds(()), Pending)
    for item in pending.items:
        if item.item_id == item_id_of(message.txid, 0):
            await network.roles["exchange"]._delivery.again(item)


def answered(network: Network, message: Any, provider: str) -> bool:
    query = "SELECT 1 FROM answered WHERE txid = ?"
    database = network.provider.tenants[provider].database
    return bool(database.read_now(lambda connection: connection.execute(query, (message.txid,)).fetchone()))


@pytest.mark.parametrize("party", [A, "moj"])
def test_a_notice_in_the_queue_of_a_party_that_was_suspended_since(network: Network, without: Without, party: str) -> None:
    """Success is an answer after the suspension.  The exchange does not send such a notice, and an honest provider would not answer it."""
    message = kept_back(network, register_question())
    with suspended(network, party):
        network.run(network.provider.registry.refresh())
        network.run(redeliver(network, message))
        assert not answered(network, message, "moj")
        patched = without(Delivery, "_standing", lambda *_: "platform-2")
        network.run(redeliver(network, message))
        assert not answered(network, message, "moj")
        without(notices, "check_standing")
        network.run(redeliver(network, message))
        assert answered(network, message, "moj")
        patched.undo()


def test_a_held_item_of_an_inquirer_that_was_suspended_since(network: Network, without: Without) -> None:
    """Success is that an official's decision reaches an institution that no longer stands."""
    message = written(network, tax_question(STORY.protected))
    send(network, message.inquiry)
    tenant, item_id = network.provider.tenants[STORY.loan.provider], item_id_of(message.txid, 0)

    def decide() -> None:
        network.run(network.provider.desk.decide(tenant, item_id, Decision("provide"), "officer"))

    with suspended(network, A):
        network.run(network.provider.registry.refresh())
        with pytest.raises(Denied, match="institution-suspended"):
            decide()
        patched = without(desk, "check_standing")
        decide()
        patched.undo()
    assert network.rows("SELECT state FROM item WHERE item_id = ?", item_id) == [("final",)]


def test_an_outcome_of_a_provider_that_was_suspended_since(network: Network, without: Without) -> None:
    """Success is that a provider ends items after its suspension, with a gateway that looks away."""
    message = written(network, tax_question(STORY.protected))
    send(network, message.inquiry)
    provider, item_id = STORY.loan.provider, item_id_of(message.txid, 0)
    patched = without(desk, "check_standing")
    with suspended(network, provider):
        with sitting(network, "/exchange/outcome", unreachable):
            network.run(network.provider.desk.decide(network.provider.tenants[provider], item_id, Decision("provide"), "officer"))
        assert push(network, item_id) == "institution-suspended"
        assert network.rows("SELECT state FROM item WHERE item_id = ?", item_id) == [("held",)]
        real = Outcomes._check

        def blind(self: Outcomes, form: Any, claim: Any, item: Any, to: Any) -> Any:
            return real(Outcomes(Standing(self._state)), form, claim, item, to)  # type: ignore[arg-type]

        without(Outcomes, "_check", blind)
        assert push(network, item_id) == ""
        assert network.rows("SELECT state FROM item WHERE item_id = ?", item_id) == [("final",)]
    patched.undo()


async def unreachable(batch: Any, forward: Forward) -> Any:
    raise Unavailable("peer-unreachable")


def push(network: Network, item_id: bytes) -> str:
    """The provider brings its decision to the log; the fault that comes back."""
    query = "SELECT reply FROM given WHERE item_id = ? ORDER BY place DESC LIMIT 1"
    database = network.provider.tenants[STORY.loan.provider].database
    ((reply,),) = database.read_now(lambda connection: connection.execute(query, (item_id,)).fetchall())
    outcome = msgspec.msgpack.decode(reply, type=NoticeReply).outcome
    return fault_in(network.call("exchange", "keeper", "/keeper/outcome", Batch((OutcomeForm(outcome, b""),)), Results[Recorded]))


# ---- the registry itself


def test_an_older_registry_for_one_gateway(network: Network, without: Without) -> None:
    """The exchange shows a gateway yesterday's snapshot, signed by both.  Success is that a suspended institution stands there again."""
    old = SnapshotReply(network.exchange.envelope)

    async def yesterday(asked: Any, forward: Forward) -> SnapshotReply:
        return old

    with suspended(network, A):
        network.run(network.provider.registry.refresh())
        with sitting(network, "/exchange/snapshot", yesterday):
            with pytest.raises(Tampered, match="registry-rolled-back"):
                network.run(network.provider.registry.refresh())
            assert network.provider.registry.current().snapshot.institution(A, "").suspended
            real = registry.check_snapshot

            def newest_always(envelope: Any, pins: Any) -> Any:
                snapshot, digest = real(envelope, pins)
                return msgspec.structs.replace(snapshot, serial=2**40), digest

            patched = without(registry, "check_snapshot", newest_always)
            network.run(network.provider.registry.refresh())
            assert not network.provider.registry.current().snapshot.institution(A, "").suspended
            patched.undo()
        network.provider.registry._checked._known = None
        network.run(network.provider.registry.refresh())


def test_a_registry_that_one_side_alone_signed(network: Network) -> None:
    """Adding needs both signatures: a snapshot of the exchange alone is believed by nobody."""
    added = changed(network, A, name_en="another")
    alone = SnapshotReply(sign_form(added, "registry", network.exchange.secrets.signing, "exchange"))
    with pytest.raises(Fault, match="signature-missing"):
        network.call("exchange", "keeper", "/keeper/snapshot", alone, Recorded)
