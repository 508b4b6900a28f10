"""The holders' own records of what people asked of their own data: requests, the persons they were about, and the outcomes given."""

import sqlite3
from typing import Any

import msgspec

from enishi.cli.walk.findings import Findings
from enishi.cli.walk.items import checked_receipt
from enishi.cli.walk.logged import Logged
from enishi.cli.walk.registry import History
from enishi.cli.walk.sources import Tenant
from enishi.errors import Tampered
from enishi.protocol.outcome import answer_hash, check_outcome, check_transition
from enishi.protocol.receipt import pair_hash
from enishi.protocol.self_disclosure import SelfNotice, SelfStatement
from enishi.protocol.wire import NoticeReply
from enishi.roles.gateway.self_disclosure.checking import open_self_code, read_self_notice
from enishi.roles.gateway.tenant import KeyPair
from enishi.seal.sign import SigningKey
from enishi.terms import ItemId, Outcome


class OwnWalk:
    """One tenant's requests of people for their own data."""

    def __init__(self, tenant: Tenant, findings: Findings, history: History, logged: Logged) -> None:
        """With the tenant's key in its folder, the person that each notice opens to is compared with the record."""
        self._tenant, self._findings, self._history, self._logged = tenant, findings, history, logged
        self._table = f"gateway/{tenant.id}.self_asked"
        # Opening a code takes the first half of a key pair; nothing is signed here.
        self._unused = SigningKey.generate()

    def walk(self) -> None:
        """Check every request and every outcome given to it; a database of an older version has none."""
        if not has_own(self._tenant.connection):
            return
        columns = "item_id, notice, addressee_number, at_ms"
        for values in self._findings.rows_of(self._tenant.connection, "own data", self._table, columns):
            with self._findings.watch("gateway-record-differs", self._table, values[0]):
                self._check(*values)

    def _check(self, item_id: bytes, kept: bytes, person: str, at_ms: int) -> None:
        notice = msgspec.msgpack.decode(kept, type=SelfNotice)
        said, addressed = read_self_notice(notice)
        receipt = checked_receipt(notice.receipt, self._history)
        named = (addressed.item_id, said.holder, receipt.item_id, receipt.verdict, receipt.pair_hash)
        if named != (item_id, self._tenant.id, item_id, "self", pair_hash(notice.pair_r, notice.pair_c)):
            raise Tampered("gateway-record-differs", "the notice or its receipt is of another request or pair")
        self._logged.check_receipt(self._table, receipt)
        self._check_given(ItemId(item_id), said, at_ms)
        self._check_person(notice, said, item_id, person)

    def _check_person(self, notice: SelfNotice, said: SelfStatement, item_id: bytes, person: str) -> None:
        elgamal = self._tenant.folder / "keys" / f"elgamal.{said.holder_epoch}"
        if not elgamal.is_file():
            return
        code = open_self_code(notice, KeyPair(said.holder_epoch, elgamal.read_bytes(), self._unused))
        query = "SELECT p.addressee_number FROM linkage_code l JOIN person p ON p.ref = l.ref WHERE l.epoch = ? AND l.code = ?"
        row = self._tenant.connection.execute(query, (said.holder_epoch, code)).fetchone()
        self._findings.demand((row[0] if row else "") == person, "gateway-record-differs", self._table, item_id, "about another person than asked")

    def _check_given(self, item_id: ItemId, said: SelfStatement, at_ms: int) -> None:
        before: Outcome | None = None
        query = "SELECT place, kind, reply, deadline_ms, officer, at_ms, recorded_index FROM self_given WHERE item_id = ? ORDER BY place"
        given = self._tenant.connection.execute(query, (item_id,)).fetchall()
        places = [values[0] for values in given]
        self._findings.demand(places and places == list(range(len(places))), "gateway-record-missing", self._table, item_id, f"places {places}")
        for values in given:
            self._findings.demand(values[0] or values[5] == at_ms, "gateway-record-differs", self._table, item_id, "time")
            before = self._check_one(item_id, said, before, values)

    def _check_one(self, item_id: ItemId, said: SelfStatement, before: Outcome | None, values: tuple[Any, ...]) -> Outcome:
        place, kind, reply, deadline_ms, officer, at_ms, index = values
        given = msgspec.msgpack.decode(reply, type=NoticeReply)
        claim = check_outcome(given.outcome, self._history.signing_keys)
        named = (claim.item_id, claim.provider, claim.provider_epoch, claim.answer_hash)
        if named != (item_id, said.holder, said.holder_epoch, answer_hash(given.sealed)):
            raise Tampered("outcome-false", "of another request, holder or answer")
        check_transition(before, claim.kind)
        own = (kind, deadline_ms, at_ms, bool(officer)) == (claim.kind.value, claim.deadline_ms, claim.at_ms, place > 0)
        self._findings.demand(own, "gateway-record-differs", self._table, item_id, "kind, deadline, time or officer")
        if index >= 0:
            self._logged.check_outcome(self._table, claim, index, at_ms)
        return claim.kind


def has_own(connection: sqlite3.Connection) -> bool:
    """Whether a tenant's database has the tables at all."""
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'self_asked'").fetchone() is not None


def is_answered_here(keeper: sqlite3.Connection, item_id: bytes, holder: Tenant | None) -> bool:
    """Whether a request stands in its holder's record, if that is here; one that has no outcome yet may not have reached it."""
    waits = keeper.execute("SELECT state = 'open' FROM item WHERE item_id = ?", (item_id,)).fetchone()
    if holder is None or (waits and waits[0]):
        return True
    kept = has_own(holder.connection) and holder.connection.execute("SELECT 1 FROM self_asked WHERE item_id = ?", (item_id,)).fetchone()
    return bool(kept)
