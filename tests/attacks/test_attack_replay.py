"""Attack: a message is sent again, with or without changes, or kept back and sent later."""

import pytest

from attacks.adversary_attack import Lax, later, reply_in, send, written
from attacks.network_attack import Network, fault_in
from attacks.wire_attack import Forward
from enishi.protocol.wire import Batch, Commit, Committed, Results
from enishi.roles.keeper import admit, commit
from enishi.roles.keeper.commit import Committing
from linkage.attacker_linkage import Without
from running.mesh_running import register_question

pytestmark = pytest.mark.xdist_group("attacks")
LATER_MS = 10 * 60 * 1000


def lax_keys(without: Without) -> None:
    for name in ("_append_one", "_store"):
        real = getattr(Committing, name)
        without(Committing, name, lambda self, connection, *given, real=real: real(self, Lax(connection), *given))


def test_the_same_bytes_again(network: Network, without: Without) -> None:
    """Success is a second record of one inquiry.  Three checks stand, each behind the other: the look-up of the txid, that of the nonce,
    and the database's unique keys."""
    message = written(network, register_question())
    first, before = reply_in(send(network, message.inquiry)), network.leaves()
    assert reply_in(send(network, message.inquiry)) == first
    assert network.leaves() == before
    for module in (admit, commit):
        patched = without(module, "by_txid", lambda *_: ())
    assert fault_in(send(network, message.inquiry)) == "nonce-reused"
    without(Committing, "_nonce_taken", lambda *_: False)
    assert fault_in(send(network, message.inquiry)) != ""
    assert network.leaves() == before
    lax_keys(without)
    again = reply_in(send(network, message.inquiry))
    assert network.leaves() > before
    assert again.items[0].receipt != first.items[0].receipt
    patched.undo()
    after = network.leaves()
    send(network, message.inquiry)
    assert network.leaves() == after


def test_the_same_bytes_twice_at_once_are_answered_at_once(network: Network) -> None:
    """A sweep may send what is being sent: one of the two is recorded, and the other, told that it is under way, is answered from that record."""
    told: list[str] = []

    async def double(batch: Batch[Commit], forward: Forward) -> Results[Committed]:
        del network.wire.sitters["/keeper/commit"]
        both: Results[Committed] = await forward(Batch(batch.each * 2))
        told.extend(one.fault.code for one in both.results if one.fault)
        return Results(both.results[len(batch.each) :])

    network.wire.sitters["/keeper/commit"] = double
    shown = network.shown(network.ask(register_question()))
    assert (told, shown.state) == (["commit-under-way"], "ended")


def test_the_same_nonce_with_other_bytes(network: Network, without: Without) -> None:
    """Success is a second record under one nonce; behind the keeper's own look-up stands the column's unique key."""
    first = written(network, register_question())
    send(network, first.inquiry)
    other = written(network, register_question(case="R7-other"), nonce=first.statement.nonce)
    before = network.leaves()
    assert fault_in(send(network, other.inquiry)) == "nonce-reused"
    assert network.leaves() == before
    patched = without(Committing, "_nonce_taken", lambda *_: False)
    assert fault_in(send(network, other.inquiry)) != ""
    lax_keys(without)
    assert fault_in(send(network, other.inquiry)) == ""
    assert network.leaves() > before
    patched.undo()


def test_one_transaction_with_other_rows_or_another_proof(network: Network, without: Without) -> None:
    """Success is a record of rows that the statement does not carry: the signed root of the rows is the check."""
    message, other = written(network, register_question()), written(network, register_question())
    mixed = type(message.inquiry)(message.inquiry.statement, other.inquiry.rows, message.inquiry.pi)
    before = network.leaves()
    assert fault_in(send(network, mixed)) == "rows-root"
    assert network.leaves() == before


def test_a_message_kept_back_and_sent_later(network: Network, without: Without, monkeypatch: pytest.MonkeyPatch) -> None:
    """Success is a record at a time at which nobody asked."""
    message = written(network, register_question())
    with later(monkeypatch, LATER_MS):
        before = network.leaves()
        assert fault_in(send(network, message.inquiry)) == "outside-time-window"
        assert network.leaves() == before
        patched = without(admit, "check_window")
        assert fault_in(send(network, message.inquiry)) == ""
        assert network.leaves() > before
    patched.undo()


def test_a_retry_after_the_window_finds_its_record(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """The look-up comes before the window: what was recorded in time is answered with the same receipt however late."""
    message = written(network, register_question())
    first = reply_in(send(network, message.inquiry))
    with later(monkeypatch, LATER_MS):
        assert reply_in(send(network, message.inquiry)) == first
