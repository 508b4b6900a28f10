"""Attack: acting after one key has suspended an institution, bringing it back with one key, an old note or another mesh's, adding one alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from attacks.adversary_attack import send, sitting, written
from attacks.network_attack import FIRST, A, Network, fault_in
from attacks.test_attack_standing import answered, changed, kept_back, redeliver
from attacks.wire_attack import Forward
from enishi.errors import Conflict, Denied, Fault, Tampered
from enishi.protocol.forms import sign_form
from enishi.protocol.registry import EXCHANGE, snapshot_digest
from enishi.protocol.standing import ApproveAsk, Drafted, RegistryShown, ReinstateAsk, SuspendAsk, Suspended, SuspensionNote
from enishi.protocol.suspension import Suspension, read_suspension, sign_suspension
from enishi.protocol.wire import Empty, Recorded, SnapshotReply
from enishi.roles.exchange import spreading
from enishi.roles.exchange.deliver import Delivery
from enishi.roles.gateway import notices
from enishi.roles.keeper import suspending
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId
from linkage.attacker_linkage import Without
from running.mesh_running import register_question

pytestmark = pytest.mark.xdist_group("attacks")


def suspend(network: Network, side: str, institution: str) -> Suspended:
    asked = SuspendAsk(InstitutionId(institution), "key-compromise", "the key lay in a public repository")
    done: Suspended = network.operate(side, "suspend", asked, Suspended)
    return done


def spread(network: Network) -> None:
    """The round that the exchange makes at each news, when the loop of the test comes by."""
    role = network.roles["exchange"]
    network.run(spreading.spread(role._publishing, role._suspending))
    network.run(spreading.spread(role._publishing, role._suspending))


def reinstate(network: Network, institution: str) -> Drafted:
    """Both acts, of both sides."""
    made: Drafted = network.operate("exchange", "reinstate", ReinstateAsk(InstitutionId(institution)), Drafted)
    assert not made.in_force
    network.operate("oversight", "approve", ApproveAsk(made.digest), Empty)
    done: Drafted = network.operate("exchange", "finish", Empty(), Drafted)
    assert done.in_force
    spread(network)
    return done


@contextmanager
def suspended(network: Network, side: str, institution: str) -> Iterator[Suspended]:
    done = suspend(network, side, institution)
    try:
        yield done
    finally:
        spread(network)
        reinstate(network, institution)


@pytest.mark.parametrize("side", ["exchange", "oversight"])
@pytest.mark.parametrize("party", [A, "moj"])
def test_one_key_suspends_at_once_queued_items_too(network: Network, without: Without, side: str, party: str) -> None:
    """Success is an answer after either side alone has suspended a party: of a new message, or of one that was under way."""
    waiting, fresh = kept_back(network, register_question()), written(network, register_question())
    with suspended(network, side, party) as done:
        ((kind,),) = network.rows("SELECT substr(data, 14, 1) FROM leaf WHERE idx = ?", done.index)
        assert kind == b"\x07"
        if party == A:
            assert fault_in(send(network, fresh.inquiry)) == "institution-suspended"
        else:
            assert "suspended" in str(send(network, fresh.inquiry))
        network.run(redeliver(network, waiting))
        assert not answered(network, waiting, "moj")
        spread(network)
        assert network.provider.registry.current().snapshot.institution(party, "").suspended
        # Both looks away: the exchange sends what it must not, and the provider's gateway still refuses under the note it was pushed.
        patched = without(Delivery, "_standing", lambda *_: "platform-2")
        network.run(redeliver(network, waiting))
        assert not answered(network, waiting, "moj")
        without(notices, "check_standing")
        network.run(redeliver(network, waiting))
        assert answered(network, waiting, "moj")
        patched.undo()
    assert fault_in(send(network, written(network, register_question()).inquiry)) == ""


def test_an_exchange_that_hides_the_commissions_note(network: Network) -> None:
    """Success is a record for an institution that the commission suspended: the keeper has the note from the commission itself."""

    async def lost(offered: Any, forward: Forward) -> Empty:
        return Empty()

    message = written(network, register_question())
    with sitting(network, "/exchange/suspended", lost):
        suspend(network, "oversight", A)
    assert fault_in(send(network, message.inquiry)) == "institution-suspended"
    assert not network.exchange.snapshot.institution(A, "").suspended
    # And a next snapshot that drops it finds no signature, until the commission's own operator approves that very one.
    draft = SnapshotReply(sign_form(changed(network, A), "registry", network.exchange.secrets.signing, EXCHANGE))
    with pytest.raises(Denied, match="approval-missing"):
        network.call("exchange", "oversight", "/oversight/cosign", draft, SnapshotReply)
    network.roles["oversight"]._suspending._told.clear()
    network.run(network.roles["oversight"]._suspending.tell())
    assert network.exchange.snapshot.institution(A, "").suspended
    spread(network)
    reinstate(network, A)


def test_an_old_note_after_the_reinstatement(network: Network, without: Without) -> None:
    """Success is that a note of before suspends an institution which both sides have reinstated since."""
    with suspended(network, "exchange", A) as done:
        pass
    note = SuspensionNote(done.note)
    for caller, receiver, path in (("exchange", "keeper", "/keeper/suspend"), ("oversight", "exchange", "/exchange/suspended")):
        with pytest.raises(Conflict, match="suspension-over"):
            network.call(caller, receiver, path, note, Recorded if receiver == "keeper" else Empty)
    replayed = SnapshotReply(network.exchange.envelope, (done.note,))
    for receiver, path in ((FIRST, "/gateway/registry"), ("registrar", "/registrar/registry")):
        with pytest.raises(Conflict, match="suspension-over"):
            network.call("exchange", receiver, path, replayed, Empty)
    assert fault_in(send(network, written(network, register_question()).inquiry)) == ""
    patched = without(suspending, "check_suspension", lambda envelope, pins, snapshot: _renewed(read_suspension(envelope, pins), snapshot.serial))
    network.call("exchange", "keeper", "/keeper/suspend", note, Recorded)
    assert network.keeper.snapshot.institution(A, "").suspended
    patched.undo()
    network.keeper.notes.clear()
    network.keeper.adopt(network.keeper._signed, network.keeper.digest)


def _renewed(note: Any, serial: int) -> Any:
    return note._replace(said=msgspec.structs.replace(note.said, serial=serial))


def forged(network: Network, key: SigningKey, **changes: Any) -> SuspensionNote:
    given = {
        "v": 1,
        "mesh": network.exchange.signed.log_origin,
        "institution": A,
        "serial": network.exchange.signed.serial,
        "reason": "other",
        "because": "because",
        "at_ms": 1,
        "signer": "exchange",
    }
    return SuspensionNote(sign_suspension(Suspension(**(given | changes)), key).envelope)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"mesh": "log.elsewhere"}, "suspension-elsewhere"),
        ({"serial": 1 << 31}, "suspension-ahead"),
        ({"institution": "999999"}, "institution-unknown"),
    ],
)
def test_a_note_that_is_for_another_mesh_or_time_or_nobody(network: Network, changes: dict[str, Any], code: str) -> None:
    """Success is a suspension by a note that was signed for something else."""
    note, before = forged(network, network.exchange.secrets.signing, **changes), network.leaves()
    with pytest.raises(Fault, match=code):
        network.call("exchange", "keeper", "/keeper/suspend", note, Recorded)
    with pytest.raises(Fault, match=code):
        network.call("exchange", FIRST, "/gateway/registry", SnapshotReply(network.exchange.envelope, (note.note,)), Empty)
    assert network.leaves() == before


def test_a_note_under_another_key_or_in_another_name(network: Network) -> None:
    """Success is a suspension by somebody who is neither exchange nor commission, or by one in the other's name."""
    own = network.exchange.secrets.signing
    for note, code in (
        (forged(network, SigningKey.generate()), "signature-invalid"),
        (forged(network, own, signer="oversight"), "signature-invalid"),
        (SuspensionNote(sign_form(network.exchange.signed, "registry", own, EXCHANGE)), "form-unreadable"),
    ):
        with pytest.raises(Fault, match=code):
            network.call("exchange", "keeper", "/keeper/suspend", note, Recorded)
        assert not network.keeper.snapshot.institution(A, "").suspended


@pytest.mark.parametrize("kind", ["add", "reinstate"])
def test_one_key_adds_and_reinstates_nobody(network: Network, kind: str) -> None:
    """Success is an institution that stands by the exchange's word alone: at the commission unapproved, at every other role unsigned."""
    with suspended(network, "exchange", A):
        spread(network)
        now = changed(network, A, suspended=False)
        if kind == "add":
            now = changed(network, A)
            one = msgspec.structs.replace(now.institutions[0], id=InstitutionId("999999"))
            now = msgspec.structs.replace(now, institutions=(*now.institutions, one))
        alone = SnapshotReply(sign_form(now, "registry", network.exchange.secrets.signing, EXCHANGE))
        code = "approval-missing" if kind == "reinstate" else "key-reused"
        with pytest.raises(Denied, match=code):
            network.call("exchange", "oversight", "/oversight/cosign", alone, SnapshotReply)
        for receiver, path, reply in (
            ("keeper", "/keeper/snapshot", Recorded),
            (FIRST, "/gateway/registry", Empty),
            ("registrar", "/registrar/registry", Empty),
        ):
            with pytest.raises(Tampered, match="signature-missing"):
                network.call("exchange", receiver, path, alone, reply)
        assert fault_in(send(network, written_as_if_standing(network).inquiry)) == "institution-suspended"


def written_as_if_standing(network: Network) -> Any:
    """A message that a suspended inquirer writes with a gateway of its own."""
    real = network.asker.registry._checked._shown
    assert real is not None
    parties = tuple(msgspec.structs.replace(one, suspended=False) for one in real.institutions)
    network.asker.registry._checked._shown = msgspec.structs.replace(real, institutions=parties)
    try:
        return written(network, register_question(), registry=network.exchange.digest)
    finally:
        network.asker.registry._checked._shown = real


def test_what_was_approved_is_that_very_draft(network: Network) -> None:
    """Success is another registry than the one the commission's operator looked at, or an approval by the exchange's operator."""
    with suspended(network, "exchange", A):
        spread(network)
        one, two = (
            SnapshotReply(sign_form(changed(network, "moj", name_en=name), "registry", network.exchange.secrets.signing, EXCHANGE)) for name in "ab"
        )
        for draft in (one, two):
            with pytest.raises(Denied, match="approval-missing"):
                network.call("exchange", "oversight", "/oversight/cosign", draft, SnapshotReply)
        with pytest.raises(Fault, match="draft-unknown"):
            network.operate("oversight", "approve", ApproveAsk(snapshot_digest(one.snapshot.payload)), Empty)
        with pytest.raises(Denied, match="operator-not-ours"):
            network.operate("oversight", "approve", ApproveAsk(snapshot_digest(two.snapshot.payload)), Empty, name="operator-x")
        shown: RegistryShown = network.operate("oversight", "show", Empty(), RegistryShown)
        assert shown.draft == two.snapshot
        with pytest.raises(Denied, match="approval-missing"):
            network.call("exchange", "oversight", "/oversight/cosign", one, SnapshotReply)


def test_a_note_that_the_exchange_no_longer_shows(network: Network) -> None:
    """Success is that a gateway lets an institution act again because the exchange shows the same snapshot without the note."""
    bare = SnapshotReply(network.exchange.envelope)
    with suspended(network, "oversight", A):
        network.call("exchange", FIRST, "/gateway/registry", network.exchange.shown(), Empty)
        network.call("exchange", FIRST, "/gateway/registry", bare, Empty)
        checked = network.asker.registry._checked
        assert checked.snapshot.institution(A, "").suspended
        # Nor after a new start: the note lies beside the snapshot on disk.
        checked._known = None
        checked.load()
        assert checked.snapshot.institution(A, "").suspended
