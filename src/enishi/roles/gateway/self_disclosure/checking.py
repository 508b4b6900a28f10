"""What the holder checks before it looks at a person: registrar and face, the record, and the pair, each against the statement."""

from enishi.encoding import Bytes32
from enishi.errors import Tampered
from enishi.items import find
from enishi.linkage.convert import Pair, open_pair
from enishi.protocol.letters import CARRYING, check_carried
from enishi.protocol.receipt import check_receipt, pair_hash
from enishi.protocol.self_disclosure import ROOT, SelfNotice, SelfStatement, claimed_self, read_self, self_txid
from enishi.protocol.statement import item_id_of
from enishi.roles.gateway.answers import Addressed, period_of
from enishi.roles.gateway.registry import Known
from enishi.roles.gateway.tenant import KeyPair

Wanted = tuple[tuple[str, str], ...]


def read_self_notice(notice: SelfNotice) -> tuple[SelfStatement, Addressed]:
    """What is asked, and where the answer goes; nothing is verified here. Malformed."""
    said, txid = claimed_self(notice.statement.payload), self_txid(notice.statement)
    return said, Addressed(txid, item_id_of(txid, 0), said.answer_key, said.holder, said.holder_epoch)


def check_self_notice(notice: SelfNotice, known: Known) -> None:
    """Believe a notice only after every check; Denied, Unknown, Malformed or Tampered names the one that failed."""
    said, addressed = read_self_notice(notice)
    # (1) This institution stands, today, with the key epoch of the statement.
    known.standing(said.holder, "holder").epoch(said.holder_epoch)
    # (2) Face and registrar signed these very bytes: a card asked, and the row is of its person.
    read_self(notice.statement, known.snapshot.portal, known.snapshot.registrar)
    # (3) The keeper recorded it under the person before anything was released, as a request for one's own data and nothing else.
    receipt = check_receipt(notice.receipt, known.snapshot.keeper.signing)
    shown = (receipt.item_id, receipt.inquirer, receipt.provider, receipt.inquirer_epoch, receipt.provider_epoch, receipt.audit_epoch)
    if shown != (addressed.item_id, ROOT, said.holder, 0, said.holder_epoch, said.audit_epoch):
        raise Tampered("receipt-other-item", field="receipt")
    # (4) The pair is the one that the record names, so nobody swapped in another person.
    if receipt.verdict != "self" or receipt.pair_hash != pair_hash(notice.pair_r, notice.pair_c):
        raise Tampered("receipt-other-pair", field="receipt")
    # (5) What came with it is the letter that the card signed for, or nothing.
    check_carried(said.letter, notice.letter)


def open_self_code(notice: SelfNotice, keys: KeyPair) -> Bytes32:
    """The linkage code at this institution, P_B = C - y_B·R; Malformed("point-not-canonical")."""
    return open_pair(keys.elgamal, Pair(notice.pair_r, notice.pair_c))


def wanted_by(said: SelfStatement) -> Wanted:
    """(item, period) of the held copies that are asked for; Unknown("item-unknown")."""
    return tuple((item, period_of(find(item), said.period)) for item in said.items if item not in CARRYING)
