"""Use case: admit a message.  Every check that a record needs is made here; what leaves is blinded by β and worthless without a commit."""

import sqlite3
from collections.abc import Sequence
from typing import Final

from enishi import clock
from enishi.encoding import digest
from enishi.errors import Conflict, Denied, Fault, Malformed
from enishi.law import Permit, Refusal
from enishi.linkage.convert import admit_pair, admit_tag, beta, check_rows, decode_pi
from enishi.linkage.forms import Row3, decode_rows, present, raw_rows
from enishi.mesh.beside import beside
from enishi.protocol.forms import payload_type
from enishi.protocol.legal import verdict_of
from enishi.protocol.nondisclosure import check_mark
from enishi.protocol.statement import THING, Statement, check_window, read_inquiry, signer_keyid
from enishi.protocol.verdict import Verdict
from enishi.protocol.wire import Admit, Admitted, Batch, BlindRow, FaultForm, Result, Results, StoredItem
from enishi.roles.keeper.state import State
from enishi.roles.keeper.stored import by_txid
from enishi.seal.dsse import check_envelope
from enishi.terms import Txid

ROW_MS: Final = 2.0
"""Processor time of one row with its message, about."""
Known = dict[int, tuple[StoredItem, ...]]


class Admission:
    """Admits messages that the exchange forwards."""

    def __init__(self, state: State) -> None:
        """Work on the keeper's state."""
        self._state = state

    async def handle(self, batch: Batch[Admit]) -> Results[Admitted]:
        """Admit each message of a batch for itself."""
        return Results(await beside(ROW_MS * sum(len(admit.inquiry.rows) for admit in batch.each), self._results, batch.each))

    def _results(self, each: Sequence[Admit]) -> tuple[Result[Admitted], ...]:
        known = self._state.database.read_now(lambda connection: self._known(connection, each))
        return tuple(self._result(known.get(i), admit) for i, admit in enumerate(each))

    def _known(self, connection: sqlite3.Connection, each: Sequence[Admit]) -> Known:
        # (1) The txid is looked up before anything else, the time window included: a retry must find its record however late it comes.
        found = {}
        for i, admit in enumerate(each):
            stored = by_txid(connection, self._state.rest, Txid(digest("txid", admit.inquiry.statement.payload)))
            if stored:
                found[i] = stored
        return found

    def _result(self, stored: tuple[StoredItem, ...] | None, admit: Admit) -> Result[Admitted]:
        try:
            return Result(self._again(stored, admit) if stored else self._admit(admit))
        except Fault as fault:
            return Result(fault=FaultForm.of(fault))

    def _again(self, stored: tuple[StoredItem, ...], admit: Admit) -> Admitted:
        _, statement = read_inquiry(admit.inquiry)
        self._check_standing(statement)
        return Admitted(ticket=b"", verdicts=(), rows=(), stored=stored)

    def _admit(self, admit: Admit) -> Admitted:
        # (2) Shape: encodings, rows under the signed root; identity and non-canonical points are found by π, which takes every one of them.
        txid, statement = read_inquiry(admit.inquiry)
        if len(admit.verdicts) != statement.count:
            raise Conflict("rows-count", "a verdict for each row is needed", "verdicts")
        rows = raw_rows([(row.r, row.b, row.u) for row in admit.inquiry.rows])
        # (3) Time, snapshot, signature, standing.
        at_ms = clock.now_ms()
        check_window(statement.at_ms, at_ms)
        self._check_snapshot(statement)
        keyid = signer_keyid(statement.inquirer, statement.inquirer_epoch)
        check_envelope(admit.inquiry.statement, payload_type(THING), self._state.snapshot.signing_keys, frozenset({keyid}))
        self._check_standing(statement)
        check_mark(statement.nondisclosure, statement.at_ms, self._state.day(statement.at_ms))
        # (4) π: each row's two ciphertexts carry one and the same code, blinded by an r that the inquirer knows.
        self._check_pi(txid, statement, rows, admit.inquiry.pi)
        # (5) Law, decided here for itself; (6) what is handed out is multiplied by β, so it pairs with nothing but this row's commit.
        decisions = list(self._state.jurist.decide_rows(statement, admit.inquiry.rows, self._state.snapshot, self._state.day(statement.at_ms)))
        verdicts = tuple(joint(own, other) for own, other in zip(decisions, admit.verdicts, strict=True))
        blinded = tuple(
            self._blind(txid, i, row, decision, verdict) for i, (row, decision, verdict) in enumerate(zip(rows, decisions, verdicts, strict=True))
        )
        ticket = self._state.tickets.issue(txid, statement.inquirer, verdicts, blinded, at_ms)
        return Admitted(ticket=ticket, verdicts=verdicts, rows=blinded, stored=())

    def _check_snapshot(self, statement: Statement) -> None:
        if statement.registry != self._state.digest or statement.law != self._state.snapshot.law:
            raise Conflict("snapshot-stale", "the statement was made under another snapshot of registry or law", "registry")
        if statement.audit_epoch != self._state.snapshot.current_audit.epoch:
            raise Conflict("snapshot-stale", "the audit epoch is not the current one", "audit_epoch")

    def _check_standing(self, statement: Statement) -> None:
        inquirer = self._state.snapshot.institution(statement.inquirer, "inquirer")
        provider = self._state.snapshot.institution(statement.provider, "provider")
        if inquirer.suspended:
            raise Denied("institution-suspended", inquirer.id, "inquirer")
        inquirer.epoch(statement.inquirer_epoch)
        provider.epoch(statement.provider_epoch)

    def _check_pi(self, txid: Txid, statement: Statement, rows: Sequence[Row3], pi: bytes) -> None:
        snapshot = self._state.snapshot
        z_b = self._state.layered(snapshot.institution(statement.provider, "provider").epoch(statement.provider_epoch).elgamal)
        z_u = self._state.layered(snapshot.audit_epoch(statement.audit_epoch).elgamal)
        try:
            check_rows(txid, z_b, z_u, rows, decode_pi(pi))
        except Malformed:
            # Which row it is, whoever wrote it should be told.
            decode_rows((row.R, present(row.C_B), row.C_U) for row in rows)
            raise

    def _blind(self, txid: Txid, i: int, row: Row3, decision: Permit | Refusal, verdict: Verdict) -> BlindRow:
        secrets = self._state.secrets
        mask = beta(secrets.beta, txid, i)
        if verdict.permit and isinstance(decision, Permit):
            blinded = admit_pair(row, mask, secrets.layer, secrets.audit)
            return BlindRow(blinded.R, blinded.B or b"", blinded.U)
        blinded = admit_tag(row, mask, secrets.layer, secrets.audit)
        return BlindRow(blinded.R, b"", blinded.U)


def joint(own: Permit | Refusal, other: Verdict) -> Verdict:
    """The keeper's own verdict, unless it alone would permit: a permit needs both operators."""
    mine = verdict_of(own)
    return mine if other.permit or not mine.permit else other
