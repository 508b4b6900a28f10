"""What must hold after every step, read from the roles' databases as they are on the disk and from what each party was sent."""

import contextlib
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from attacks.network_attack import SECOND, A
from enishi.cli.walk.sealed import open_body
from enishi.law import Party, Question, RowRef
from enishi.protocol.legal import relation_of
from enishi.protocol.outcome import SignedOutcome
from enishi.protocol.receipt import Receipt, SignedReceipt
from enishi.protocol.record import read_body
from enishi.protocol.statement import Inquiry, Statement, item_id_of, read_statement, txid_of
from enishi.protocol.wire import Committed, CommittedItem, InquiryReply, NoticeReply, Recorded, Results
from enishi.roles.exchange.state import load_secrets as exchange_secrets
from enishi.roles.keeper.keys import load_secrets as keeper_secrets
from enishi.roles.keeper.rest import Rest
from enishi.society.institutions import institution
from enishi.store.keyring import Keyring
from enishi.terms import Outcome
from enishi.tlog.labels import label, person_key
from enishi.tlog.leaf import LeafKind, decode_leaf
from enishi.tlog.tree import leaf_hash
from law.test_law_matrix import naive
from running.mesh_running import STORY

PROVIDERS = sorted({STORY.condolence.register, STORY.loan.provider, "011002"})
"""Whom the machine asks."""
GIVEN = "SELECT item_id, place, kind, reply FROM given UNION ALL SELECT item_id, place, kind, reply FROM self_given"
"""What a provider answered, to institutions and to people about themselves."""
FINAL = {kind.value for kind in Outcome if not kind.interim}


class Truths:
    """The invariants over the data of one network; what was once seen durable or acknowledged is remembered and demanded again."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.seen: dict[tuple[str, Any], bytes] = {}
        self.judged: set[bytes] = set()
        self.said: dict[int, str] = {}
        self.wrong: list[str] = []

    @cached_property
    def keeper(self) -> Any:
        return keeper_secrets(Keyring(self.data / "keeper" / "keys"))

    @cached_property
    def disclosure(self) -> Any:
        return exchange_secrets(Keyring(self.data / "exchange" / "keys")).disclosure

    @contextlib.contextmanager
    def open(self, *place: str) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(f"file:{self.data.joinpath(*place)}?mode=ro", uri=True)) as connection:
            yield connection

    def rows(self, *place: str, query: str, values: tuple[Any, ...] = ()) -> list[Any]:
        with self.open(*place) as connection:
            return connection.execute(query, values).fetchall()

    def log(self, query: str, *values: Any) -> list[Any]:
        return self.rows("keeper", "keeper.db", query=query, values=values)

    def asker(self, query: str) -> list[Any]:
        return self.rows("gateway", "tenants", A, "gateway.db", query=query)

    def providers(self, query: str) -> list[Any]:
        return [row for one in PROVIDERS for row in self.rows(SECOND, "tenants", one, "gateway.db", query=query)]

    # ---- at the moment at which something leaves a role

    def left(self, path: str, answer: bytes) -> None:
        """Look at what leaves; what is wrong is kept for the next check, since a role would take it for a fault of its own."""
        try:
            self._left(path, answer)
        except AssertionError as error:
            self.wrong.append(str(error))

    def _left(self, path: str, answer: bytes) -> None:
        """No release without record: what leaves names a leaf, and the leaf is on the disk already."""
        if path == "/keeper/commit":
            for committed in _values(answer, Results[Committed]):
                for item in committed.items:
                    self._demand_leaf(_receipt(item.receipt), LeafKind.INTENT if item.pair_r else LeafKind.REFUSAL)
        if path == "/keeper/self/commit":
            self._demand_leaf(_receipt(msgspec.msgpack.decode(answer, type=CommittedItem).receipt), LeafKind.SELF)
        if path == "/keeper/outcome":
            for recorded in _values(answer, Results[Recorded]):
                assert self.log("SELECT 1 FROM leaf WHERE idx = ?", recorded.index), "an outcome was acknowledged that is nowhere"
        if path == "/exchange/inquire":
            for reply in _values(answer, Results[InquiryReply]):
                for item in reply.items:
                    self._demand_outcome(item.outcome)

    def _demand_leaf(self, receipt: Receipt, kind: LeafKind) -> None:
        found = self.log("SELECT data, item_id FROM leaf WHERE idx = ?", receipt.index)
        assert found, "a pair or receipt left before its record stood"
        assert (leaf_hash(found[0][0]), found[0][1]) == (receipt.leaf_hash, receipt.item_id), "a receipt names another leaf"
        assert decode_leaf(found[0][0]).kind in (kind, LeafKind.REFUSAL if receipt.verdict == "unplaced" else kind), "a pair left for a refusal"

    def _demand_outcome(self, outcome: SignedOutcome | None) -> None:
        if outcome is not None:
            claim = msgspec.json.decode(_said(outcome))
            leaves = self.log("SELECT idx FROM leaf WHERE item_id = ?", _id(claim["item_id"]))
            assert claim["kind"] in {self.bodies().get(index) for (index,) in leaves}, "an answer left whose outcome does not stand"

    # ---- after every step

    def check(self) -> None:
        assert not self.wrong, self.wrong[0]
        self.nothing_is_lost()
        self.one_inquiry_ends_once()
        self.no_permit_without_a_row()
        self.labels_have_no_gap()

    def nothing_is_lost(self) -> None:
        """What was durable or acknowledged once stands there still, byte for byte."""
        now: dict[tuple[str, Any], bytes] = {("leaf", index): data for index, data in self.log("SELECT idx, data FROM leaf")}
        now |= {("checkpoint", size): note for size, note in self.log("SELECT size, note FROM checkpoint")}
        now |= {("recorded", item): self._rest("receipt", item, closed) for item, closed in self.log("SELECT item_id, rest_receipt FROM item")}
        now |= {("receipt", item): receipt for item, receipt in self.asker("SELECT item_id, receipt FROM asked_item WHERE receipt != x''")}
        now |= {("told", (item, rank)): outcome for item, rank, outcome in self.asker("SELECT item_id, rank, outcome FROM asked_outcome")}
        now |= {("given", (item, place)): reply for item, place, reply in self.providers(f"SELECT item_id, place, reply FROM ({GIVEN})")}
        for key, value in self.seen.items():
            assert now.get(key) == value, f"{key[0]} was there and is {'another' if key in now else 'gone'}"
        for (_, item), mine in [one for one in now.items() if one[0][0] == "receipt"]:
            assert now.get(("recorded", item)) == mine, "the inquirer holds a receipt that the keeper does not"
        self.seen = now

    def one_inquiry_ends_once(self) -> None:
        """At most one final outcome of an item, the same at provider, keeper and inquirer, and as many leaves of the log say so."""
        given = [(item, _payload(reply)) for item, kind, reply in self.providers(f"SELECT item_id, kind, reply FROM ({GIVEN})") if kind in FINAL]
        ends = Counter(item for item, _ in given)
        assert all(count == 1 for count in ends.values()), "a provider ended an item twice"
        items = self.log("SELECT item_id, state, rest_outcome FROM item")
        final = {item: self._end(item, closed) for item, state, closed in items if state == "final"}
        leaves = Counter(item for index, item in self.log("SELECT idx, item_id FROM leaf") if self.bodies().get(index) in FINAL)
        assert leaves == Counter(final.keys()), "the log does not hold one final outcome for each item that ended, and none for others"
        assert final.items() <= dict(given).items(), "the keeper holds an end that the provider did not give"
        told = {
            item: _said(msgspec.msgpack.decode(one, type=SignedOutcome))
            for item, one in self.asker("SELECT item_id, outcome FROM asked_outcome WHERE rank = 2")
        }
        assert told.items() <= final.items(), "the inquirer was told an end that is not the log's"

    def no_permit_without_a_row(self) -> None:
        """What was recorded as a permit is one by the transcription of the law alone."""
        permitted = {_receipt_of(self._rest("receipt", item, closed)) for item, closed in self.log("SELECT item_id, rest_receipt FROM item")}
        wanted = {one.item_id for one in permitted if one.verdict == "permit"} - self.judged
        for (message,) in self.asker("SELECT message FROM asked") if wanted else ():
            inquiry = msgspec.msgpack.decode(message, type=Inquiry)
            statement, txid = read_statement(inquiry.statement.payload), txid_of(inquiry.statement.payload)
            for place, row in enumerate(inquiry.rows):
                if item_id_of(txid, place) in wanted:
                    assert lawful(statement, row.relation), "a permit was recorded for which no row of the law stands"
                    wanted.discard(item_id_of(txid, place))
                    self.judged.add(item_id_of(txid, place))
        assert not wanted, "a permit was recorded that nobody asked for"

    def labels_have_no_gap(self) -> None:
        """A person's leaves carry the labels 0…n−1, the second chain's 0…m−1."""
        labels = {index: decode_leaf(data).label for index, data in self.log("SELECT idx, data FROM leaf")}
        chains: defaultdict[tuple[int, bytes], list[int]] = defaultdict(list)
        for epoch, tag, n, index in self.log("SELECT epoch, tag, n, idx FROM chain ORDER BY epoch, tag, n"):
            assert n == len(chains[epoch, tag]), "a person's chain has a gap"
            assert labels[index] == label(person_key(self.keeper.labels, tag), n), "a leaf carries another label than its place in the chain"
            chains[epoch, tag].append(index)
        counts = {(epoch, tag): count for epoch, tag, count in self.log("SELECT epoch, tag, count FROM person")}
        assert counts == {person: len(chain) for person, chain in chains.items()}, "a person's count is not that of the chain"
        for place, (m, index) in enumerate(self.log("SELECT m, idx FROM second_chain ORDER BY m")):
            assert (m, labels[index]) == (place, label(self.keeper.second_chain, m)), "the second chain has a gap"

    # ---- reading

    def bodies(self) -> dict[int, str]:
        """The kind of outcome that each leaf's opened body tells, where it is an outcome."""
        newest = max(self.said, default=-1)
        for index, data, sealed in self.log("SELECT idx, data, sealed FROM leaf WHERE idx > ? ORDER BY idx", newest):
            leaf = decode_leaf(data)
            body = read_body(open_body(self.disclosure, leaf, sealed).body) if leaf.kind is LeafKind.OUTCOME else None
            self.said[index] = str(body.outcome) if body else ""
        return self.said

    def _rest(self, column: str, item: bytes, closed: bytes) -> bytes:
        return Rest(self.keeper.rest).open(column, item, closed)

    def _end(self, item: bytes, closed: bytes) -> bytes:
        return _said(msgspec.msgpack.decode(self._rest("outcome", item, closed), type=SignedOutcome))


def lawful(statement: Statement, relation: str) -> bool:
    """A second, plain reading of the law: some capacity of either side stands in the row, with the 号, every item and the relation."""
    sides = [[one.name for one in institution(party).capacities] for party in (statement.inquirer, statement.provider)]
    affair, asked = RowRef(statement.affair.source, statement.affair.row), (statement.items, statement.purpose_item, relation_of(relation))
    return any(naive(Question(Party((mine,), "A"), affair, Party((theirs,), "B"), *asked)) for mine in sides[0] for theirs in sides[1])


def _values(answer: bytes, form: Any) -> list[Any]:
    return [one.value for one in msgspec.msgpack.decode(answer, type=form).results if one.value is not None]


def _receipt(signed: SignedReceipt) -> Receipt:
    return msgspec.json.decode(signed.receipt, type=Receipt)


def _receipt_of(stored: bytes) -> Receipt:
    return _receipt(msgspec.msgpack.decode(stored, type=SignedReceipt))


def _payload(reply: bytes) -> bytes:
    return _said(msgspec.msgpack.decode(reply, type=NoticeReply).outcome)


def _said(signed: SignedOutcome) -> bytes:
    return signed.outcome or signed.payload


def _id(written: str) -> bytes:
    return msgspec.convert(written, bytes)
