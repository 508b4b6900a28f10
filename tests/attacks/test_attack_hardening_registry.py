"""Attack: two histories of the registry, a look that is signed for another key, and a statement under a registry that one operator left behind."""

from typing import Any

import msgspec
import pytest

from attacks.adversary_attack import send, sitting, written
from attacks.network_attack import Network, fault_in
from attacks.test_attack_standing import changed
from attacks.wire_attack import Forward
from enishi import clock
from enishi.errors import Fault, Tampered
from enishi.mesh import registry
from enishi.protocol.forms import sign_form
from enishi.protocol.registry import EXCHANGE, OVERSIGHT, Snapshot
from enishi.protocol.view import View
from enishi.protocol.wire import Recorded, SnapshotReply, ViewAsk, ViewAskReply
from enishi.roles.exchange import examine
from enishi.roles.keeper import snapshots
from enishi.roles.keeper.admit import Admission
from enishi.roles.portal import meshed
from enishi.roles.portal.view import Asked
from enishi.seal.dsse import countersign
from enishi.seal.hpke import SealingKey
from linkage.attacker_linkage import Without
from running.mesh_running import STORY, register_question

pytestmark = pytest.mark.xdist_group("attacks")


def fork(network: Network, **changes: Any) -> SnapshotReply:
    """A second history, signed by an exchange and a commission that both forgot the first."""
    branch: Snapshot = msgspec.structs.replace(changed(network, "moj", name_en="another"), **changes)
    envelope = sign_form(branch, "registry", network.exchange.secrets.signing, EXCHANGE)
    return SnapshotReply(countersign(envelope, network.roles["oversight"]._cosigning._key, OVERSIGHT))


def test_a_registry_that_does_not_continue_the_one_held(network: Network, without: Without) -> None:
    """Success is a gateway that moves from one history of the registry to another without a word."""

    async def other(asked: Any, forward: Forward) -> SnapshotReply:
        return branch

    held = network.asker.registry.current()
    for changes in ({"previous": bytes(32)}, {"serial": held.snapshot.serial}):
        branch = fork(network, **changes)
        with sitting(network, "/exchange/snapshot", other):
            with pytest.raises(Tampered, match="registry-chain-broken"):
                network.run(network.asker.registry.refresh())
            assert network.asker.registry.current().digest == held.digest
    patched = without(registry, "check_succession")
    with sitting(network, "/exchange/snapshot", other):
        network.run(network.asker.registry.refresh())
    assert network.asker.registry.current().digest != held.digest
    patched.undo()
    network.asker.registry._checked._known = None
    network.run(network.asker.registry.refresh())


def test_the_keeper_logs_one_chain_of_registries(network: Network, without: Without) -> None:
    """Success is a second history in the log."""
    before = network.leaves(), network.rows("SELECT COUNT(*) FROM snapshot")
    branch, now = fork(network, previous=bytes(32)), (network.keeper.snapshot, network.keeper.digest)
    with pytest.raises(Fault, match="registry-chain-broken"):
        network.call("exchange", "keeper", "/keeper/snapshot", branch, Recorded)
    assert (network.leaves(), network.rows("SELECT COUNT(*) FROM snapshot")) == before
    patched = without(snapshots, "check_succession")
    network.call("exchange", "keeper", "/keeper/snapshot", branch, Recorded)
    assert network.rows("SELECT COUNT(*) FROM snapshot") != before[1]
    patched.undo()
    network.run(_forget(network, now))


async def _forget(network: Network, now: tuple[Snapshot, bytes]) -> None:
    serial = now[0].serial
    await network.keeper.database.write(lambda connection: connection.execute("DELETE FROM snapshot WHERE serial > ?", (serial,)).rowcount)
    network.keeper.adopt(*now)


def test_the_commission_signs_one_chain(network: Network) -> None:
    """A draft of the next serial that names another one before it is not signed."""
    draft = msgspec.structs.replace(changed(network, "moj", name_en="another"), previous=bytes(32))
    offered = SnapshotReply(sign_form(draft, "registry", network.exchange.secrets.signing, EXCHANGE))
    with pytest.raises(Fault, match="previous-differs"):
        network.call("exchange", "oversight", "/oversight/cosign", offered, SnapshotReply)


# ---- a look


def test_the_registrar_has_the_face_sign_for_another_key(network: Network, without: Without) -> None:
    """Success is a View that both signed, whose answer key is the adversary's: the exchange would seal a person's log to it."""
    own = SealingKey.generate()

    async def twisted(asked: ViewAsk, forward: Forward) -> ViewAskReply:
        named = msgspec.json.decode((await forward(asked)).view.payload, type=View)
        key = network.roles["registrar"]._viewing._key
        return ViewAskReply(sign_form(msgspec.structs.replace(named, answer_key=own.public), "view", key, "registrar"))

    async def caught(message: Any, forward: Forward) -> Any:
        assert msgspec.json.decode(message.view.payload, type=View).answer_key == own.public
        raise Fault("signed-for-the-adversary")

    def look() -> None:
        signed, answer_key = network.signed(STORY.reader)
        network.run(network.sources[0].view(Asked(signed, answer_key)))

    with sitting(network, "/registrar/view", twisted), sitting(network, "/exchange/view", caught):
        with pytest.raises(Tampered, match="view-other-request"):
            look()
        patched = without(meshed, "check_named")
        with pytest.raises(Fault, match="signed-for-the-adversary"):
            look()
        patched.undo()


# ---- a statement


@pytest.mark.parametrize("field", ["registry", "law"])
def test_a_statement_under_a_registry_that_only_the_keeper_follows(network: Network, without: Without, field: str) -> None:
    """The keeper looks away: success is a record under another registry or law than the exchange's own.  The exchange says "retry"."""
    message, before = written(network, register_question(), **{field: bytes(32)}), network.leaves()
    patched = without(Admission, "_check_snapshot")
    assert fault_in(send(network, message.inquiry)) == "snapshot-stale"
    assert network.leaves() == before
    without(examine, "check_current")
    assert fault_in(send(network, message.inquiry)) == ""
    assert network.leaves() > before
    patched.undo()
    # Recorded: the same bytes are answered, whatever registry holds by now.
    assert fault_in(send(network, message.inquiry)) == ""


def test_a_retry_of_what_is_recorded_is_answered_under_a_newer_registry(network: Network) -> None:
    message = written(network, register_question())
    assert fault_in(send(network, message.inquiry)) == ""
    network.publish(msgspec.structs.replace(changed(network, "moj"), at_ms=clock.now_ms()))
    assert fault_in(send(network, message.inquiry)) == ""
    for gateway in (network.asker, network.provider):
        network.run(gateway.registry.refresh())
