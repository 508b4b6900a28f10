"""What the provider checks before it looks at a person: the numbered checks of a ProvisionNotice (3-protocol, step 6)."""

from typing import Final

import msgspec

from enishi.errors import Tampered
from enishi.linkage.convert import Pair, open_pair
from enishi.protocol.forms import payload_type
from enishi.protocol.receipt import Receipt, check_receipt, pair_hash
from enishi.protocol.rows import check_shown
from enishi.protocol.statement import THING, Statement, item_id_of, read_statement, signer_keyid, txid_of
from enishi.protocol.wire import Notice
from enishi.roles.gateway.answers import Asked
from enishi.roles.gateway.registry import Known
from enishi.roles.gateway.tenant import KeyPair
from enishi.seal.dsse import Envelope, check_envelope

STATEMENTS: Final = 64
"""Statements that are kept as believed: as many messages may be on their way at once."""


class Claimed(msgspec.Struct, frozen=True):
    """A notice read but not yet believed: whom it is for and which item it is about."""

    notice: Notice
    asked: Asked


def read_notice(notice: Notice) -> Claimed:
    """Read the shape; nothing is verified here. Malformed otherwise."""
    statement = read_statement(notice.statement.payload)
    txid = txid_of(notice.statement.payload)
    # A place beyond the statement's rows is refused by the row's path, which the checks below follow.
    return Claimed(notice, Asked(txid, item_id_of(txid, max(0, min(notice.place, statement.count))), statement, notice.row.period))


def check_standing(statement: Statement, known: Known) -> None:
    """Both institutions stand now, with the key epochs of the statement; Denied or Unknown. Queued items are checked again when they are answered."""
    known.standing(statement.inquirer, "inquirer").epoch(statement.inquirer_epoch)
    known.standing(statement.provider, "provider").epoch(statement.provider_epoch)


def check_notice(claimed: Claimed, known: Known) -> None:
    """Believe a notice only after every check; Denied, Unknown, Malformed or Tampered names the one that failed."""
    notice, asked = claimed.notice, claimed.asked
    statement = asked.statement
    # (1) Both institutions stand, today and not only when the statement was made.
    check_standing(statement, known)
    # (2) The inquirer signed these very bytes with its key of that epoch.
    _check_signed(notice.statement, statement, known)
    # (3) The shown row stands at this place under the signed root: relation and period are the inquirer's own words.
    check_shown(notice.row, notice.place, statement.count, notice.path, statement.rows)
    # (4) The keeper recorded this item before anything was released, between these parties, as a permit.
    receipt = check_receipt(notice.receipt, known.snapshot.keeper.signing)
    check_parties(receipt, asked)
    # (5) The pair is the one that the record names, so nobody swapped in another person.
    if receipt.verdict != "permit" or receipt.pair_hash != pair_hash(notice.pair_r, notice.pair_c):
        raise Tampered("receipt-other-pair", field="receipt")


def _check_signed(envelope: Envelope, statement: Statement, known: Known) -> None:
    # The rows of one message come as so many notices: its signature is looked at once under each snapshot.
    if envelope in known.believed:
        return
    signer = signer_keyid(statement.inquirer, statement.inquirer_epoch)
    check_envelope(envelope, payload_type(THING), known.snapshot.signing_keys, frozenset({signer}))
    if len(known.believed) >= STATEMENTS:
        known.believed.clear()
    known.believed.add(envelope)


def check_parties(receipt: Receipt, asked: Asked) -> None:
    """Tampered("receipt-other-item") unless the receipt is for this item, these institutions and their key epochs."""
    statement = asked.statement
    shown = (receipt.item_id, receipt.inquirer, receipt.provider, receipt.inquirer_epoch, receipt.provider_epoch, receipt.audit_epoch)
    meant = (asked.item_id, statement.inquirer, statement.provider, statement.inquirer_epoch, statement.provider_epoch, statement.audit_epoch)
    if shown != meant:
        raise Tampered("receipt-other-item", field="receipt")


def open_code(claimed: Claimed, keys: KeyPair) -> bytes:
    """The linkage code at this institution, P_B = C - y_B·R (32 bytes); Malformed("point-not-canonical")."""
    return open_pair(keys.elgamal, Pair(claimed.notice.pair_r, claimed.notice.pair_c))
