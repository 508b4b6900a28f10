"""Attack: the exchange moves a pair, a row, a receipt or an answer from one transaction to another."""

from typing import Any

import msgspec
import pytest

from attacks.adversary_attack import reply_in, send, sitting, written
from attacks.network_attack import Network
from attacks.wire_attack import Forward
from enishi.errors import Tampered
from enishi.protocol.outcome import claimed_outcome
from enishi.protocol.wire import Batch, InquiryReply, Notice, NoticeReply, Results
from enishi.roles.gateway import notices, provide, received
from enishi.roles.gateway.received import Sent, check_reply
from enishi.terms import ItemId
from linkage.attacker_linkage import Without
from running.mesh_running import STORY, register_question

pytestmark = pytest.mark.xdist_group("attacks")
ONE, TWO = STORY.condolence.survivors[:2]


def about(who: Any) -> dict[str, Any]:
    return register_question(person=who.addressees["012131"], relation="survivor")


class Swapper:
    """An exchange that keeps the first notice it sends and puts parts of it into the second."""

    def __init__(self, **parts: str) -> None:
        self._parts = parts
        self.first: Notice | None = None
        self.fault = ""
        self.item_id = ItemId(b"")

    async def sit(self, batch: Batch[Notice], forward: Forward) -> Results[NoticeReply]:
        (notice,) = batch.each
        if self.first is None:
            self.first = notice
            return await forward(batch)  # type: ignore[no-any-return]
        moved = {name: getattr(self.first, name) for name in self._parts}
        reply: Results[NoticeReply] = await forward(Batch((msgspec.structs.replace(notice, **moved),)))
        self.fault = reply.results[0].fault.code if reply.results[0].fault else ""
        return reply


def swapped(network: Network, *parts: str) -> tuple[str, str]:
    """The fault at the provider when parts of the notice about ONE come with the record about TWO, and about whom it answered ("" if not)."""
    swapper = Swapper(**dict.fromkeys(parts, ""))
    with sitting(network, "/gateway/notice", swapper.sit):
        send(network, written(network, about(ONE)).inquiry)
        message = written(network, about(TWO))
        send(network, message.inquiry)
    found = network.provider.tenants["moj"].database.read_now(
        lambda connection: connection.execute("SELECT addressee_number FROM answered WHERE txid = ?", (message.txid,)).fetchone()
    )
    return swapper.fault, found[0] if found else ""


def test_the_pair_of_another_transaction(network: Network, without: Without) -> None:
    """Success is an answer about one person under the record of another."""
    assert swapped(network, "pair_r", "pair_c") == ("receipt-other-pair", "")
    real = notices.check_notice

    def without_pair_hash(claimed: notices.Claimed, known: Any) -> None:
        receipt = msgspec.json.decode(claimed.notice.receipt.receipt)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(notices, "pair_hash", lambda *_: msgspec.convert(receipt["pair_hash"], bytes))
            real(claimed, known)

    patched = without(provide, "check_notice", without_pair_hash)
    assert swapped(network, "pair_r", "pair_c") == ("", ONE.addressees["moj"])
    patched.undo()


def test_the_receipt_and_pair_of_another_transaction(network: Network, without: Without) -> None:
    """Success as above: receipt and pair fit each other, and only the item id that the receipt names tells."""
    assert swapped(network, "receipt", "pair_r", "pair_c") == ("receipt-other-item", "")
    patched = without(notices, "check_parties")
    assert swapped(network, "receipt", "pair_r", "pair_c") == ("", ONE.addressees["moj"])
    patched.undo()


def test_the_row_of_another_transaction(network: Network, without: Without) -> None:
    """Success is a notice that states relation and case as the inquirer never signed them for this person."""
    assert swapped(network, "row", "path") == ("inclusion-broken", "")
    patched = without(notices, "check_shown")
    assert swapped(network, "row", "path") == ("", TWO.addressees["moj"])
    patched.undo()


def test_the_statement_of_another_transaction(network: Network) -> None:
    """The whole of another notice is that other item, which was answered before: byte for byte the same reply, and nothing under this record."""
    assert swapped(network, "statement", "row", "path") == ("receipt-other-item", "")
    assert swapped(network, "statement", "row", "path", "receipt", "pair_r", "pair_c") == ("", "")


# ---- what the inquirer is told


def crossed(network: Network, *parts: str) -> tuple[Sent, InquiryReply]:
    """A reply about two persons in which the exchange has crossed parts of the two items."""
    people = [{"person": who.addressees["012131"], "relation": "survivor", "period": "", "case": "R7"} for who in (ONE, TWO)]
    question = {key: value for key, value in register_question().items() if key not in ("person", "relation", "case")}
    message = written(network, question | {"people": people})
    reply = reply_in(send(network, message.inquiry))
    first, second = reply.items
    items = tuple(msgspec.structs.replace(own, **{name: getattr(other, name) for name in parts}) for own, other in ((first, second), (second, first)))
    return Sent(message.txid, message.statement, message.reply_key, {}), InquiryReply(reply.txid, items)


def check(network: Network, sent: Sent, reply: InquiryReply) -> list[dict[str, Any]]:
    return [msgspec.json.decode(one.answer) for one in check_reply(sent, reply, network.asker.registry.current())]


def test_the_answers_of_two_persons_crossed(network: Network, without: Without) -> None:
    """Success is that the inquirer takes one person's documents for another's.  Three checks stand behind one another: the outcome names its item,
    the seal opens for its item only, and the answer says its item inside."""
    sent, reply = crossed(network, "outcome", "sealed")
    with pytest.raises(Tampered, match="outcome-other-item"):
        check(network, sent, reply)
    patched = without(received, "_check_outcome", lambda asked, item, known: received.check_outcome(item.outcome, known.snapshot.signing_keys))
    with pytest.raises(Tampered, match="seal-broken"):
        check(network, sent, reply)
    first, second = (received.item_id_of(sent.txid, i) for i in range(2))
    real, other = received.answer_info, {first: second, second: first}
    without(received, "answer_info", lambda txid, item_id: real(txid, other[item_id]))
    with pytest.raises(Tampered, match="answer-other"):
        check(network, sent, reply)
    open_real = received._open

    def open_blind(asked: Any, key: Any, sealed: bytes, outcome: Any) -> bytes:
        return open_real(msgspec.structs.replace(asked, item_id=other[asked.item_id]), key, sealed, outcome)

    without(received, "answer_info", real)
    without(received, "_open", open_blind)
    answers = check(network, sent, reply)
    assert [answer["item_id"] for answer in answers] != [msgspec.to_builtins(first), msgspec.to_builtins(second)]
    patched.undo()
    with pytest.raises(Tampered):
        check(network, sent, reply)


def test_the_receipts_of_two_persons_crossed(network: Network, without: Without) -> None:
    """Success is an inquirer's record in which a receipt stands for another person's item."""
    sent, reply = crossed(network, "receipt")
    with pytest.raises(Tampered, match="receipt-other-item"):
        check(network, sent, reply)
    patched = without(received, "check_parties")
    assert len(check(network, sent, reply)) == 2
    patched.undo()


def test_the_sealed_answer_of_another_person(network: Network, without: Without) -> None:
    """Success as above, with the outcome left alone: the hash that it names, and behind it the seal, which opens for its own item only."""
    sent, reply = crossed(network, "sealed")
    with pytest.raises(Tampered, match="answer-other"):
        check(network, sent, reply)
    named = {item.sealed: claimed_outcome(other.outcome).answer_hash for item, other in zip(reply.items, reply.items, strict=True) if other.outcome}
    patched = without(received, "answer_hash", named.__getitem__)
    with pytest.raises(Tampered, match="seal-broken"):
        check(network, sent, reply)
    patched.undo()
