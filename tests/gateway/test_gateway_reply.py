"""What the inquirer refuses: each check of a reply is met by the change that only it would find, and nothing false is kept."""

from collections.abc import Callable

import msgspec
import pytest

from enishi.errors import Fault
from enishi.protocol.outcome import Answer, GivenOutcome, answer_hash, answer_info, claimed_outcome, sign_outcome
from enishi.protocol.receipt import Receipt, sign_receipts
from enishi.protocol.statement import read_statement
from enishi.protocol.wire import InquiryReply, ItemReply
from enishi.roles.gateway.assemble import Gateway
from enishi.seal.hpke import seal
from enishi.seal.pad import pad
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId, ItemId, Outcome, Txid
from gateway.world_gateway import CALLER, REFUSAL, A, B, Operators, question

Forge = Callable[["Forger"], ItemReply]


class Forger:
    """Holds a true reply and B's keys, so that a forgery can be as good as its maker's place allows."""

    def __init__(self, gateway: Gateway, operators: Operators, reply: InquiryReply) -> None:
        self.key = gateway.tenants[B].keys[1].signing
        self.operators, self.reply, self.item = operators, reply, reply.items[0]
        inquiry, _, _ = operators.log[reply.txid]
        self.statement = read_statement(inquiry.statement.payload)
        assert self.item.outcome is not None
        self.outcome = claimed_outcome(self.item.outcome)

    def signed(self, key: SigningKey, sealed: bytes, **changes: object) -> ItemReply:
        outcome: GivenOutcome = msgspec.structs.replace(self.outcome, answer_hash=answer_hash(sealed), **changes)
        return msgspec.structs.replace(self.item, outcome=sign_outcome(outcome, key), sealed=sealed)

    def answered(self, txid: Txid | None = None, **changes: object) -> ItemReply:
        """A reply with another answer, properly sealed and signed by the provider itself."""
        answer = Answer(v=1, item_id=self.outcome.item_id, kind=Outcome.PROVIDED, documents={}, schemas={})
        plain = msgspec.json.encode(msgspec.structs.replace(answer, **changes))
        return self.signed(self.key, seal(self.statement.reply_key, answer_info(txid or self.reply.txid, self.outcome.item_id), pad(plain)))

    def receipt(self, **changes: object) -> ItemReply:
        receipt: Receipt = msgspec.structs.replace(msgspec.json.decode(self.item.receipt.receipt, type=Receipt), **changes)
        return msgspec.structs.replace(self.item, receipt=sign_receipts([receipt], self.operators.keeper.signing, 0)[0])


FORGERIES: list[tuple[str, Forge, str]] = [
    ("an outcome that the exchange signed", lambda f: f.signed(f.operators.exchange.signing, f.item.sealed), "signature-invalid"),
    ("an outcome of another item", lambda f: f.signed(f.key, f.item.sealed, item_id=ItemId(bytes(32))), "outcome-other-item"),
    ("an answer that the outcome does not name", lambda f: msgspec.structs.replace(f.item, sealed=f.item.sealed[:-1]), "answer-other"),
    ("an answer sealed for another inquiry", lambda f: f.answered(txid=Txid(bytes(32))), "seal-broken"),
    ("an answer of another kind than the outcome", lambda f: f.answered(kind=Outcome.NOT_REGISTERED), "answer-other"),
    ("an answer of another item", lambda f: f.answered(item_id=ItemId(bytes(32))), "answer-other"),
    ("a document that was not asked for", lambda f: f.answered(documents={"koseki": (msgspec.Raw(b"{}"),)}), "answer-not-asked"),
    ("a document that departs from its schema", lambda f: f.answered(documents={"jumin": (msgspec.Raw(b"{}"),)}), "item-invalid"),
    ("an answer that is no JSON", lambda f: f.signed(f.key, _seal(f, b"no JSON")), "form-unreadable"),
    ("an answer that is not padded", lambda f: f.signed(f.key, _seal_raw(f, b"{}")), "padding-malformed"),
    ("a receipt of another item", lambda f: f.receipt(item_id=bytes(32)), "receipt-other-item"),
    ("a receipt of another provider", lambda f: f.receipt(provider=InstitutionId("moj")), "receipt-other-item"),
    (
        "a refusal that brings an answer",
        lambda f: msgspec.structs.replace(f.receipt(verdict="refusal", pair_hash=b""), refusal=_refusal()),
        "refusal-with-answer",
    ),
    (
        "a refusal without its reasons",
        lambda f: msgspec.structs.replace(f.receipt(verdict="refusal", pair_hash=b""), outcome=None, sealed=b""),
        "form-unreadable",
    ),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("forge", "slug"), [one[1:] for one in FORGERIES], ids=[one[0] for one in FORGERIES])
async def test_a_forged_reply_is_refused_and_the_true_one_still_arrives(gateway: Gateway, operators: Operators, forge: Forge, slug: str) -> None:
    operators.tamper = lambda reply: msgspec.structs.replace(reply, items=(forge(Forger(gateway, operators, reply)),))
    with pytest.raises(Fault, match=slug):
        await gateway.ask.ask(gateway.tenants[A], CALLER, question())
    tenant = gateway.tenants[A]
    assert await tenant.database.read(lambda connection: connection.execute("SELECT COUNT(*) FROM asked_outcome").fetchone()) == (0,)
    operators.tamper = lambda reply: reply
    (txid,) = await tenant.database.read(lambda connection: connection.execute("SELECT txid FROM asked").fetchone())
    await gateway.ask.again(tenant, txid)
    assert await tenant.database.read(lambda connection: connection.execute("SELECT kind FROM asked_outcome").fetchone()) == ("provided",)


@pytest.mark.asyncio
@pytest.mark.parametrize("forge", [lambda reply: InquiryReply(Txid(bytes(32)), reply.items), lambda reply: InquiryReply(reply.txid, ())])
async def test_a_reply_to_another_inquiry_is_refused(gateway: Gateway, operators: Operators, forge: Callable[[InquiryReply], InquiryReply]) -> None:
    operators.tamper = forge
    with pytest.raises(Fault, match="reply-other-inquiry"):
        await gateway.ask.ask(gateway.tenants[A], CALLER, question())


@pytest.mark.asyncio
async def test_an_item_that_the_log_could_not_place_ends_unavailable(gateway: Gateway, operators: Operators) -> None:
    operators.tamper = lambda reply: msgspec.structs.replace(
        reply,
        items=(msgspec.structs.replace(Forger(gateway, operators, reply).receipt(verdict="unplaced", pair_hash=b""), outcome=None, sealed=b""),),
    )
    txid = await gateway.ask.ask(gateway.tenants[A], CALLER, question())
    state = await gateway.tenants[A].database.read(
        lambda connection: connection.execute("SELECT state FROM asked WHERE txid = ?", (txid,)).fetchone()
    )
    assert state == ("ended",)


def _refusal() -> bytes:
    return msgspec.json.encode(REFUSAL)


def _seal(forger: Forger, plain: bytes) -> bytes:
    return _seal_raw(forger, pad(plain))


def _seal_raw(forger: Forger, plain: bytes) -> bytes:
    return seal(forger.statement.reply_key, answer_info(forger.reply.txid, forger.outcome.item_id), plain)
