"""The exchange's own examination of a message: shape, signature, standing, law, and for what is new the snapshot.  π is the keeper's to check."""

from dataclasses import dataclass

from enishi.errors import Conflict, Denied
from enishi.law import Permit, Refusal
from enishi.protocol.forms import payload_type
from enishi.protocol.legal import verdict_of
from enishi.protocol.nondisclosure import check_mark
from enishi.protocol.statement import THING, Inquiry, Statement, read_inquiry, signer_keyid
from enishi.protocol.wire import Admit
from enishi.roles.exchange.state import State
from enishi.seal.dsse import check_envelope
from enishi.terms import Txid


@dataclass(frozen=True)
class Examined:
    """A message that may go on, with the exchange's decision per row."""

    txid: Txid
    statement: Statement
    inquiry: Inquiry
    decisions: tuple[Permit | Refusal, ...]

    def admit(self) -> Admit:
        """What the keeper is asked."""
        return Admit(self.inquiry, tuple(verdict_of(decision) for decision in self.decisions))


def check_current(state: State, statement: Statement) -> None:
    """Conflict("snapshot-stale") unless the statement was made under this exchange's own registry, law and audit epoch: "retry", no refusal.

    Asked once the keeper has said that nothing stands recorded: a retry of what is recorded is answered however old its registry is.
    """
    snapshot = state.snapshot
    if statement.registry != state.digest or statement.law != snapshot.law or statement.law != state.jurist.digest:
        raise Conflict("snapshot-stale", "the statement was made under another snapshot of registry or law", "registry")
    if statement.audit_epoch != snapshot.current_audit.epoch:
        raise Conflict("snapshot-stale", "the audit epoch is not the current one", "audit_epoch")


def check_new(state: State, statement: Statement) -> None:
    """What is asked of a message that nothing is recorded of: the present snapshot, and a lawful mark of non-disclosure if it has one."""
    check_current(state, statement)
    check_mark(statement.nondisclosure, statement.at_ms, state.day(statement.at_ms))


def examine(state: State, inquiry: Inquiry, tenants: frozenset[str]) -> Examined:
    """Check and decide; the time window is left to the keeper, which looks the txid up first.

    Raises Denied("inquirer-not-your-tenant"), Tampered, Malformed.
    """
    txid, statement = read_inquiry(inquiry)
    # TLS names the platform, whose certificate lists its tenants; the DSSE signature names the institution.
    if statement.inquirer not in tenants:
        raise Denied("inquirer-not-your-tenant", statement.inquirer, "inquirer")
    snapshot = state.snapshot
    inquirer = snapshot.institution(statement.inquirer, "inquirer")
    snapshot.institution(statement.provider, "provider").epoch(statement.provider_epoch)
    inquirer.epoch(statement.inquirer_epoch)
    if inquirer.suspended:
        raise Denied("institution-suspended", inquirer.id, "inquirer")
    keyid = signer_keyid(statement.inquirer, statement.inquirer_epoch)
    check_envelope(inquiry.statement, payload_type(THING), snapshot.signing_keys, frozenset({keyid}))
    day = state.day(statement.at_ms)
    return Examined(txid, statement, inquiry, tuple(state.jurist.decide_rows(statement, inquiry.rows, snapshot, day)))
