"""The providers' own records of Art. 23: notices, the persons they were about, and the outcomes given."""

from typing import Any

import msgspec

from enishi.cli.walk.findings import Findings
from enishi.cli.walk.items import checked_receipt
from enishi.cli.walk.logged import Logged
from enishi.cli.walk.registry import History
from enishi.cli.walk.sources import Tenant
from enishi.errors import Tampered
from enishi.protocol.forms import payload_type
from enishi.protocol.outcome import answer_hash, check_outcome, check_transition
from enishi.protocol.receipt import pair_hash
from enishi.protocol.rows import check_shown
from enishi.protocol.statement import THING, Statement, item_id_of, read_statement, signer_keyid, txid_of
from enishi.protocol.wire import Notice, NoticeReply
from enishi.roles.gateway.notices import open_code, read_notice
from enishi.roles.gateway.tenant import KeyPair
from enishi.seal.dsse import check_envelope
from enishi.seal.sign import SigningKey
from enishi.terms import ItemId, Outcome


class AnsweredWalk:
    """One tenant's answered items."""

    def __init__(self, tenant: Tenant, findings: Findings, history: History, logged: Logged) -> None:
        """With the tenant's key in its folder, the person that each notice opens to is compared with the record."""
        self._tenant = tenant
        self._findings = findings
        self._history = history
        self._logged = logged
        self._table = f"gateway/{tenant.id}"
        # Opening a code takes the first half of a key pair; nothing is signed here.
        self._unused = SigningKey.generate()

    def walk(self) -> None:
        """Check every item and every outcome given to it."""
        columns = "item_id, txid, inquirer, notice, addressee_number, at_ms"
        for values in self._findings.rows_of(self._tenant.connection, "answered", f"{self._table}.answered", columns):
            with self._findings.watch("gateway-record-differs", f"{self._table}.answered", values[0]):
                self._check(*values)
        with self._findings.watch("gateway-record-differs", f"{self._table}.given", ""):
            for (item_id,) in self._tenant.connection.execute("SELECT item_id FROM given WHERE item_id NOT IN (SELECT item_id FROM answered)"):
                self._findings.add("gateway-record-differs", f"{self._table}.given", item_id, "belongs to nothing")

    def _check(self, item_id: bytes, txid: bytes, inquirer: str, notice: bytes, person: str, at_ms: int) -> None:
        asked = msgspec.msgpack.decode(notice, type=Notice)
        statement = read_statement(asked.statement.payload)
        self._check_notice(asked, statement)
        own = (txid, inquirer, self._tenant.id) == (txid_of(asked.statement.payload), statement.inquirer, statement.provider)
        if not own or item_id != item_id_of(txid_of(asked.statement.payload), asked.place):
            raise Tampered("gateway-record-differs", "the notice is of another item")
        receipt = checked_receipt(asked.receipt, self._history)
        if (receipt.item_id, receipt.pair_hash) != (item_id, pair_hash(asked.pair_r, asked.pair_c)):
            raise Tampered("gateway-record-differs", "the receipt is of another item or pair")
        self._logged.check_receipt(f"{self._table}.answered", receipt)
        self._check_given(ItemId(item_id), statement, at_ms)
        self._check_person(asked, statement, ItemId(item_id), person)

    def _check_notice(self, asked: Notice, statement: Statement) -> None:
        keyid = signer_keyid(statement.inquirer, statement.inquirer_epoch)
        check_envelope(asked.statement, payload_type(THING), self._history.signing_keys, frozenset({keyid}))
        check_shown(asked.row, asked.place, statement.count, asked.path, statement.rows)

    def _check_person(self, asked: Notice, statement: Statement, item_id: ItemId, person: str) -> None:
        elgamal = self._tenant.folder / "keys" / f"elgamal.{statement.provider_epoch}"
        if not elgamal.is_file():
            return
        # The pair opens to a code of this institution: the record must be about the person whose code it is.
        code = open_code(read_notice(asked), KeyPair(statement.provider_epoch, elgamal.read_bytes(), self._unused))
        query = "SELECT p.addressee_number FROM linkage_code l JOIN person p ON p.ref = l.ref WHERE l.epoch = ? AND l.code = ?"
        row = self._tenant.connection.execute(query, (statement.provider_epoch, code)).fetchone()
        self._findings.demand(
            (row[0] if row else "") == person, "gateway-record-differs", f"{self._table}.answered", item_id, "about another person than was asked"
        )

    def _check_given(self, item_id: ItemId, statement: Statement, at_ms: int) -> None:
        table, before, places, last = f"{self._table}.given", None, [], None
        query = "SELECT place, kind, reply, deadline_ms, officer, at_ms, recorded_index FROM given WHERE item_id = ? ORDER BY place"
        for values in self._tenant.connection.execute(query, (item_id,)):
            with self._findings.watch("outcome-false", table, item_id):
                places.append(values[0])
                self._findings.demand(values[0] or values[5] == at_ms, "gateway-record-differs", table, item_id, "time")
                before, last = self._check_one(item_id, statement, before, values), values
        self._findings.demand(places and places == list(range(len(places))), "gateway-record-missing", table, item_id, f"places {places}")
        if last is not None:
            self._check_recorded(item_id, last[2])

    def _check_one(self, item_id: ItemId, statement: Statement, before: Outcome | None, values: tuple[Any, ...]) -> Outcome:
        place, kind, reply, deadline_ms, officer, at_ms, index = values
        table, given = f"{self._table}.given", msgspec.msgpack.decode(reply, type=NoticeReply)
        claim = check_outcome(given.outcome, self._history.signing_keys)
        said = (claim.item_id, claim.provider, claim.provider_epoch, claim.answer_hash)
        if said != (item_id, statement.provider, statement.provider_epoch, answer_hash(given.sealed)):
            raise Tampered("outcome-false", "of another item, provider or answer")
        check_transition(before, claim.kind)
        own = (kind, deadline_ms, at_ms) == (claim.kind.value, claim.deadline_ms, claim.at_ms)
        self._findings.demand(own, "gateway-record-differs", table, item_id, "kind, deadline or time")
        # The first outcome is the machine's; a later one is an official's, or followed by itself with the opening hours or the live source.
        self._findings.demand(place > 0 or not officer, "gateway-record-differs", table, item_id, "officer")
        if index >= 0:
            self._logged.check_outcome(table, claim, index, at_ms)
        else:
            # On its way, or overtaken on its way; the first one went out in the reply to its notice.
            self._findings.demand(index in ((-1, -3) if place else (-2,)), "gateway-record-differs", table, item_id, f"recorded at {index}")
        return claim.kind

    def _check_recorded(self, item_id: ItemId, reply: bytes) -> None:
        # The newest outcome that the log holds is one that this provider gave; the newest given may still be on its way there.
        index, recorded = self._logged.newest(item_id)
        if recorded is None or msgspec.msgpack.decode(reply, type=NoticeReply).outcome == recorded:
            return
        query = "SELECT reply FROM given WHERE item_id = ?"
        given = [msgspec.msgpack.decode(one, type=NoticeReply).outcome for (one,) in self._tenant.connection.execute(query, (item_id,))]
        self._findings.demand(recorded in given, "outcome-false", "keeper.item", item_id, f"the provider never gave the outcome at leaf {index}")
