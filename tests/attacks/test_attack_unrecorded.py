"""Attack: something is released for which no record stands: without a commit, with a ticket that was not granted for it, or under a false receipt."""

from collections.abc import Callable
from secrets import token_bytes
from typing import Any

import msgspec
import pytest

from attacks.adversary_attack import Written, later, sitting, written
from attacks.network_attack import A, Network, fault_in
from attacks.wire_attack import Forward
from enishi.errors import Fault
from enishi.linkage.convert import Pair, exchange_step, open_pair
from enishi.linkage.forms import Blinded
from enishi.linkage.group import s_mul
from enishi.protocol.legal import verdict_of
from enishi.protocol.receipt import Receipt, pair_hash, sign_receipts
from enishi.protocol.rows import row_paths
from enishi.protocol.statement import item_id_of
from enishi.protocol.wire import Admit, Admitted, Batch, BlindRow, Commit, Committed, Notice, NoticeReply, Results
from enishi.roles.gateway import notices
from enishi.roles.keeper import admit, commit
from enishi.roles.keeper.ticket import Tickets
from linkage.attacker_linkage import Without
from running.mesh_running import STORY, register_question

pytestmark = pytest.mark.xdist_group("attacks")
ONE = (1).to_bytes(32, "little")
PROVIDER = ("moj", 1)


def admitted(network: Network, message: Written) -> Admitted:
    """What the keeper hands to the exchange for a message, before any commit."""
    state = network.exchange
    verdicts = tuple(verdict_of(state.jurist.decide(message.statement, row, state.snapshot, state.day(0))) for row in message.inquiry.rows)
    asked = Batch((Admit(message.inquiry, verdicts),))
    (result,) = network.call("exchange", "keeper", "/keeper/admit", asked, Results[Admitted]).results
    if result.fault is not None:
        raise Fault(result.fault.code)
    return result.value  # type: ignore[no-any-return]


def stepped(network: Network, message: Written, row: BlindRow) -> BlindRow:
    """The exchange's own step on a row, as its code makes it."""
    state, source = network.exchange, (message.statement.inquirer, 1)
    hops = [state.shares.hop(source, target) for target in ((message.statement.provider, 1), ("@audit", 1))]
    done = exchange_step(Blinded(row.r, row.b, row.u), state.secrets.layer, *hops)
    return BlindRow(done.R, done.B or b"", done.U)


def committed(network: Network, made: Commit) -> Results[Committed]:
    reply: Results[Committed] = network.call("exchange", "keeper", "/keeper/commit", Batch((made,)), Results[Committed])
    return reply


def opened_by_provider(network: Network, r: bytes, c: bytes) -> bytes:
    return open_pair(network.provider.tenants["moj"].key(1).elgamal, Pair(r, c))


def true_code(network: Network, who: Any = STORY.condolence.deceased) -> bytes:
    """The person's code at the provider."""
    query = "SELECT l.code FROM person p JOIN linkage_code l ON l.ref = p.ref WHERE p.addressee_number = ?"
    row = network.provider.tenants["moj"].database.read_now(lambda connection: connection.execute(query, (who.addressees["moj"],)).fetchone())
    return bytes(row[0])


def test_the_exchange_takes_a_pair_without_a_commit(network: Network, without: Without) -> None:
    """Success is that the provider, in league, opens the person's code and the log knows of nothing.  Two things stand in the way: β, and the
    keeper's own share of the hop, which it applies at the commit only."""

    def attempt() -> bytes:
        message = written(network, register_question())
        row = stepped(network, message, admitted(network, message).rows[0])
        return opened_by_provider(network, row.r, row.b)

    before = network.leaves()
    assert attempt() != true_code(network)
    patched = without(admit, "beta", lambda *_: ONE)
    assert attempt() != true_code(network)
    share = network.keeper.shares.hop((A, 1), PROVIDER)
    real = network.exchange.shares.hop
    without(network.exchange.shares, "hop", lambda source, target: s_mul(real(source, target), share) if target == PROVIDER else real(source, target))
    assert attempt() == true_code(network)
    assert network.leaves() == before
    patched.undo()
    assert attempt() != true_code(network)
    assert network.leaves() == before


# ---- tickets


def granted(network: Network, message: Written) -> Commit:
    """A lawful commit."""
    given = admitted(network, message)
    rows = tuple(stepped(network, message, row) for row in given.rows)
    return Commit(inquiry=message.inquiry, verdicts=given.verdicts, ticket=given.ticket, given=given.rows, rows=rows)


def forged(network: Network, made: Commit) -> Commit:
    return msgspec.structs.replace(made, ticket=msgspec.msgpack.encode((2**50, token_bytes(32))))


def of_another(network: Network, made: Commit) -> Commit:
    return msgspec.structs.replace(made, ticket=granted(network, written(network, register_question())).ticket)


def for_other_rows(network: Network, made: Commit) -> Commit:
    return msgspec.structs.replace(made, given=tuple(BlindRow(row.u, row.b, row.r) for row in made.given))


@pytest.mark.parametrize("change", [forged, of_another, for_other_rows])
def test_a_ticket_that_was_not_granted_for_this(network: Network, without: Without, change: Callable[[Network, Commit], Commit]) -> None:
    """Success is a pair released on a ticket that was forged, or granted for another transaction, or for other rows."""
    made = change(network, granted(network, written(network, register_question())))
    before = network.leaves()
    assert fault_in(committed(network, made)) == "ticket-false"
    assert network.leaves() == before
    patched = without(Tickets, "redeem")
    assert opened(network, committed(network, made)) == true_code(network)
    patched.undo()


def opened(network: Network, results: Results[Committed]) -> bytes:
    (result,) = results.results
    assert result.value is not None, result.fault
    item = result.value.items[0]
    return opened_by_provider(network, item.pair_r, item.pair_c)


def test_a_ticket_that_has_expired(network: Network, without: Without, monkeypatch: pytest.MonkeyPatch) -> None:
    """Success is a pair released half a minute after the checks that the ticket stands for."""
    made = granted(network, written(network, register_question()))
    before = network.leaves()
    with later(monkeypatch, 31_000):
        assert fault_in(committed(network, made)) == "ticket-expired"
        assert network.leaves() == before
        patched = without(Tickets, "redeem")
        assert opened(network, committed(network, made)) == true_code(network)
    patched.undo()


def test_a_ticket_used_twice(network: Network, without: Without) -> None:
    """The same commit again is a retry: the same receipt, no second record.  Success would be another pair under the recorded item."""
    made = granted(network, written(network, register_question()))
    other = granted(network, written(network, register_question(person=STORY.condolence.survivors[0].addressees["012131"], relation="survivor")))
    first, before = committed(network, made), network.leaves()
    assert committed(network, made) == first
    crossed = msgspec.structs.replace(made, rows=tuple(BlindRow(b.r, b.b, a.u) for a, b in zip(made.rows, other.rows, strict=True)))
    assert fault_in(committed(network, crossed)) == "pair-differs"
    patched = without(commit, "pair_hash", lambda *_: stored_hash(first))
    (again,) = committed(network, crossed).results
    assert again.value is not None
    assert again.value.items[0].receipt == first.results[0].value.items[0].receipt  # type: ignore[union-attr]
    assert again.value.items[0].pair_r != first.results[0].value.items[0].pair_r  # type: ignore[union-attr]
    patched.undo()
    assert network.leaves() == before


def stored_hash(results: Results[Committed]) -> bytes:
    (result,) = results.results
    assert result.value is not None
    return msgspec.json.decode(result.value.items[0].receipt.receipt, type=Receipt).pair_hash


def test_a_commit_without_any_admission(network: Network, without: Without) -> None:
    """Success is a pair for a message that π and law never saw.  Behind the ticket stands β: what did not come from an admission, divided by β,
    is nobody's code, and the item ends unplaced; and law is asked again."""
    message = written(network, register_question())
    lawful = verdict_of(
        network.exchange.jurist.decide(message.statement, message.inquiry.rows[0], network.exchange.snapshot, network.exchange.day(0))
    )
    # The exchange takes the keeper's layers for granted here: it is told what an admission without β would have given.
    with pytest.MonkeyPatch.context() as weak:
        weak.setattr(admit, "beta", lambda *_: ONE)
        plain = admitted(network, message).rows[0]
    made = Commit(inquiry=message.inquiry, verdicts=(lawful,), ticket=b"", given=(plain,), rows=(stepped(network, message, plain),))
    before = network.leaves()
    assert fault_in(committed(network, made)) == "ticket-unreadable"
    assert network.leaves() == before
    patched = without(Tickets, "redeem")
    (result,) = committed(network, made).results
    assert result.value is not None
    assert (result.value.items[0].pair_r, receipt_of(result.value).verdict) == (b"", "unplaced")
    fresh = written(network, register_question())
    without(commit, "beta", lambda *_: ONE)
    without(admit, "beta", lambda *_: ONE)
    plain = admitted(network, fresh).rows[0]
    made = Commit(inquiry=fresh.inquiry, verdicts=(lawful,), ticket=b"", given=(plain,), rows=(stepped(network, fresh, plain),))
    assert opened(network, committed(network, made)) == true_code(network)
    patched.undo()


def receipt_of(done: Committed) -> Receipt:
    return msgspec.json.decode(done.items[0].receipt.receipt, type=Receipt)


# ---- a receipt that the keeper never signed


def test_an_old_pair_under_a_new_statement_with_a_false_receipt(network: Network, without: Without) -> None:
    """Inquirer and exchange ask again about a person, past the keeper: the old pair, a new statement, a receipt that the exchange signs itself.
    Success is an answer for which no record stands."""
    kept: list[Notice] = []

    async def keep(batch: Batch[Notice], forward: Forward) -> Any:
        kept.extend(batch.each)
        return await forward(batch)

    with sitting(network, "/gateway/notice", keep):
        network.ask(register_question())
    message = written(network, register_question())
    receipt = Receipt(
        v=1,
        item_id=item_id_of(message.txid, 0),
        inquirer=message.statement.inquirer,
        provider=message.statement.provider,
        inquirer_epoch=1,
        provider_epoch=1,
        audit_epoch=1,
        verdict="permit",
        basis=("506M60004008009@2024-05-27#2/108",),
        pair_hash=pair_hash(kept[0].pair_r, kept[0].pair_c),
        leaf_hash=bytes(32),
        index=7,
        at_ms=message.statement.at_ms,
    )
    (signed,) = sign_receipts([receipt], network.exchange.secrets.signing, receipt.at_ms)
    notice = Notice(
        statement=message.inquiry.statement,
        place=0,
        row=message.inquiry.rows[0].shown(),
        path=row_paths(message.inquiry.rows)[0],
        receipt=signed,
        pair_r=kept[0].pair_r,
        pair_c=kept[0].pair_c,
    )
    before = network.leaves()
    assert fault_in(notify(network, notice)) == "signature-invalid"
    patched = without(notices, "check_receipt", lambda signed, key: msgspec.json.decode(signed.receipt, type=Receipt))
    assert fault_in(notify(network, notice)) == ""
    assert network.leaves() == before
    patched.undo()


def notify(network: Network, notice: Notice) -> Results[NoticeReply]:
    reply: Results[NoticeReply] = network.call("exchange", "platform-2", "/gateway/notice", Batch((notice,)), Results[NoticeReply])
    return reply
