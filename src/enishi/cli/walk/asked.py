"""The inquirers' own records of Art. 23, against themselves and against the log."""

from collections.abc import Mapping
from typing import Any

import msgspec

from enishi.cli.walk.findings import Findings
from enishi.cli.walk.items import checked_receipt, is_own
from enishi.cli.walk.logged import Logged
from enishi.cli.walk.own import is_answered_here
from enishi.cli.walk.registry import History
from enishi.cli.walk.sources import Sources, Tenant
from enishi.errors import Tampered
from enishi.protocol.forms import payload_type
from enishi.protocol.outcome import Answer, SignedOutcome, answer_hash, answer_info, check_outcome
from enishi.protocol.receipt import SignedReceipt
from enishi.protocol.statement import THING, Inquiry, Statement, commit, item_id_of, read_inquiry, signer_keyid
from enishi.protocol.verdict import Verdict
from enishi.protocol.wire import FaultForm
from enishi.roles.gateway.asked import FINAL, RANKS
from enishi.seal.dsse import check_envelope
from enishi.seal.hpke import SealingKey, open_sealed
from enishi.seal.pad import unpad
from enishi.terms import ItemId, Txid


class AskedWalk:
    """One tenant's messages, items, receipts and outcomes."""

    def __init__(self, tenant: Tenant, findings: Findings, history: History, logged: Logged) -> None:
        """`logged` is the keeper's side."""
        self._tenant = tenant
        self._findings = findings
        self._history = history
        self._logged = logged
        self._table = f"gateway/{tenant.id}"

    def walk(self) -> None:
        """Check every message with everything that belongs to it."""
        columns = "txid, message, reply_key, officer_salt, system, officer, provider, at_ms, state, fault, renewed_as"
        for values in self._findings.rows_of(self._tenant.connection, "asked", f"{self._table}.asked", columns):
            with self._findings.watch("gateway-record-differs", f"{self._table}.asked", values[0]):
                self._check(*values)
        for table, parent, key in (("asked_item", "asked", "txid"), ("asked_outcome", "asked_item", "item_id")):
            query = f"SELECT item_id FROM {table} WHERE {key} NOT IN (SELECT {key} FROM {parent})"
            with self._findings.watch("gateway-record-differs", f"{self._table}.{table}", ""):
                for (item_id,) in self._tenant.connection.execute(query):
                    self._findings.add("gateway-record-differs", f"{self._table}.{table}", item_id, "belongs to nothing")

    def _check(
        self, txid: bytes, message: bytes, reply_key: bytes, salt: bytes, system: str, officer: str, provider: str, at_ms: int, state: str, *end: Any
    ) -> None:
        inquiry = msgspec.msgpack.decode(message, type=Inquiry)
        computed, statement = read_inquiry(inquiry)
        table = f"{self._table}.asked"
        if computed != txid:
            raise Tampered("gateway-record-differs", "the message has another txid")
        keyid = signer_keyid(statement.inquirer, statement.inquirer_epoch)
        check_envelope(inquiry.statement, payload_type(THING), self._history.signing_keys, frozenset({keyid}))
        self._findings.demand(len(inquiry.pi) == 64 and statement.inquirer == self._tenant.id, "gateway-record-differs", table, txid, "inquirer or π")
        self._findings.demand((provider, at_ms) == (statement.provider, statement.at_ms), "gateway-record-differs", table, txid, "provider or time")
        self._findings.demand(
            commit("officer", salt, f"{system}/{officer}") == statement.officer, "gateway-record-differs", table, txid, "system or officer"
        )
        key = SealingKey.from_bytes(reply_key)
        self._findings.demand(key.public == statement.reply_key, "gateway-record-differs", table, txid, "key of the reply")
        self._check_items(Txid(txid), inquiry, statement, key)
        self._check_state(Txid(txid), statement, state, *end)

    def _check_state(self, txid: Txid, statement: Statement, state: str, fault: bytes, renewed_as: bytes) -> None:
        table, connection = f"{self._table}.asked", self._tenant.connection
        receipts = [len(receipt) > 0 for (receipt,) in connection.execute("SELECT receipt FROM asked_item WHERE txid = ?", (txid,))]
        recorded = state in ("waiting", "ended")
        agree = len(receipts) == statement.count and all(receipts) if recorded else not any(receipts)
        self._findings.demand(agree, "gateway-record-differs", table, txid, f"state {state} and receipts")
        if fault or state == "failed":
            msgspec.json.decode(fault, type=FaultForm)
            self._findings.demand(state == "failed", "gateway-record-differs", table, txid, f"state {state} with a fault")
        if renewed_as or state == "renewed":
            found = connection.execute("SELECT 1 FROM asked WHERE txid = ?", (renewed_as,)).fetchone()
            self._findings.demand(found and state == "renewed", "gateway-record-differs", table, txid, "renewed as what is not there")
        if recorded:
            self._logged.check_transaction(txid, statement)
            waiting = connection.execute(WAITING, (txid,)).fetchone()[0]
            self._findings.demand(
                (waiting > 0) is (state == "waiting"), "gateway-record-differs", table, txid, f"{waiting} open items, state {state}"
            )
        elif state in ("failed", "renewed"):
            self._findings.demand(not self._logged.holds(txid), "gateway-record-differs", table, txid, f"state {state}, but the log holds it")

    def _check_items(self, txid: Txid, inquiry: Inquiry, statement: Statement, key: SealingKey) -> None:
        table, places = f"{self._table}.asked_item", []
        query = "SELECT item_id, place, addressee_number, case_reference, case_salt, receipt, refusal FROM asked_item WHERE txid = ? ORDER BY place"
        for item_id, place, person, case, salt, receipt, refusal in self._tenant.connection.execute(query, (txid,)):
            with self._findings.watch("gateway-record-differs", table, item_id):
                places.append(place)
                self._findings.demand(item_id == item_id_of(txid, place), "gateway-record-differs", table, item_id, "id, txid or place")
                self._findings.demand(commit("case", salt, case) == inquiry.rows[place].case, "gateway-record-differs", table, item_id, "case")
                known = self._tenant.connection.execute("SELECT 1 FROM person WHERE addressee_number = ?", (person,)).fetchone()
                self._findings.demand(known, "gateway-record-differs", table, item_id, "a person who is not known here")
                self._check_receipt(ItemId(item_id), receipt, refusal, statement)
                self._check_outcomes(txid, ItemId(item_id), statement, key)
        if places != list(range(statement.count)):
            self._findings.add("gateway-record-missing", table, txid, f"places {places} of {statement.count}")

    def _check_receipt(self, item_id: ItemId, receipt: bytes, refusal: bytes, statement: Statement) -> None:
        if not receipt:
            self._findings.demand(not refusal, "gateway-record-differs", f"{self._table}.asked_item", item_id, "a refusal without receipt")
            return
        said = checked_receipt(msgspec.msgpack.decode(receipt, type=SignedReceipt), self._history)
        parties = (said.item_id, said.inquirer, said.provider, said.audit_epoch)
        if parties != (item_id, statement.inquirer, statement.provider, statement.audit_epoch):
            raise Tampered("gateway-record-differs", "receipt of another item")
        self._logged.check_receipt(f"{self._table}.asked_item", said)
        if bool(refusal) is not (said.verdict == "refusal"):
            raise Tampered("gateway-record-differs", "grounds and verdict")
        if refusal:
            verdict = msgspec.json.decode(refusal, type=Verdict)
            if (
                verdict.permit
                or tuple(ground.citation for ground in verdict.grounds) != said.basis
                or not self._logged.same_refusal(item_id, refusal)
            ):
                raise Tampered("gateway-record-differs", "grounds differ from the record")

    def _check_outcomes(self, txid: Txid, item_id: ItemId, statement: Statement, key: SealingKey) -> None:
        query = "SELECT rank, kind, outcome, outcome_index, sealed, answer, deadline_ms, at_ms FROM asked_outcome WHERE item_id = ? ORDER BY rank"
        for rank, kind, outcome, index, sealed, answer, deadline_ms, at_ms in self._tenant.connection.execute(query, (item_id,)):
            table = f"{self._table}.asked_outcome"
            with self._findings.watch("outcome-false", table, item_id):
                claim = check_outcome(msgspec.msgpack.decode(outcome, type=SignedOutcome), self._history.signing_keys)
                if (claim.item_id, claim.provider, claim.answer_hash) != (item_id, statement.provider, answer_hash(sealed)):
                    raise Tampered("outcome-false", "of another item, provider or answer")
                own = (kind, rank, deadline_ms) == (claim.kind.value, RANKS.get(claim.kind, FINAL), claim.deadline_ms)
                self._findings.demand(own, "gateway-record-differs", table, item_id, "kind, rank or deadline")
                opened = msgspec.json.decode(unpad(open_sealed(key, answer_info(txid, item_id), sealed)), type=Answer)
                same = msgspec.json.encode(opened) == answer and opened.kind is claim.kind
                self._findings.demand(same, "gateway-record-differs", table, item_id, "the opened answer")
                self._logged.check_outcome(table, claim, index, at_ms)


WAITING = (
    "SELECT COUNT(*) FROM asked_item i WHERE i.txid = ? AND i.refusal = x'' AND NOT EXISTS"
    " (SELECT 1 FROM asked_outcome o WHERE o.item_id = i.item_id AND o.rank = 2)"
)


def walk_missing(sources: Sources, findings: Findings, history: History, logged: Logged) -> None:
    """Every item of the log whose parties are here stands in their own records too: what an operator filed without being asked is found.

    An institution whose platform keeps its records in another folder is named as not checked; `enishi reconcile` asks it for them.
    """
    elsewhere, query = _elsewhere(history, sources.tenants), f"WHERE leaf_index < {sources.settled:d} ORDER BY leaf_index"
    for item_id, txid, index in findings.rows_of(sources.keeper, "reconciliation", "keeper.item", "item_id, txid, leaf_index", query):
        with findings.watch("gateway-record-missing", "keeper.item", item_id):
            inquirer, provider = logged.parties_of(item_id)
            if is_own(sources.keeper, txid):
                held = is_answered_here(sources.keeper, item_id, sources.tenants.get(provider))
                findings.demand(held, "gateway-record-missing", "keeper.item", item_id, f"leaf {index}: its holder has no such request")
            elif inquirer in elsewhere:
                findings.leave(f"gateway/{inquirer}: its records are in another folder")
            else:
                held = any(one.connection.execute("SELECT 1 FROM asked WHERE txid = ?", (txid,)).fetchone() for one in sources.tenants.values())
                findings.demand(held, "gateway-record-missing", "keeper.item", item_id, f"leaf {index}: no inquirer here has asked this")


def _elsewhere(history: History, tenants: Mapping[str, Tenant]) -> frozenset[str]:
    """Institutions whose platform, by the registry, hosts nobody of this folder: one that is missing beside its neighbours was taken away."""
    registered = history.newest.institutions if history.newest else ()
    here = {one.platform for one in registered if one.id in tenants}
    return frozenset(one.id for one in registered if one.platform not in here)
