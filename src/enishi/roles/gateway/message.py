"""The message that an inquirer sends: ciphertexts, statement, signature and π, made in one piece and never made twice (3-protocol, step 1)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from secrets import token_bytes

import msgspec

from enishi.linkage.convert import blind, prove_rows
from enishi.linkage.forms import Row3
from enishi.protocol.forms import demand, sign_form
from enishi.protocol.rows import Row, rows_root
from enishi.protocol.statement import THING, Inquiry, Nondisclosure, Statement, commit, item_id_of, signer_keyid, txid_of
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.question import Question, Subject
from enishi.roles.gateway.registry import Known
from enishi.roles.gateway.tenant import Tenant
from enishi.seal.hpke import SealingKey
from enishi.terms import ItemId, Kind, Txid


@dataclass(frozen=True)
class Message:
    """A message ready to be stored and sent: its exact bytes, and the secrets that only the inquirer keeps."""

    txid: Txid
    item_ids: tuple[ItemId, ...]
    wire: bytes
    statement: Statement
    reply_key: SealingKey = field(repr=False)
    officer_salt: bytes = field(repr=False)
    case_salts: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True)
class Asking:
    """Who asks what, and the mark of non-disclosure that runs on the person at the inquirer, which withholds the whole record from the start."""

    tenant: Tenant
    caller: Caller
    question: Question
    mark: Nondisclosure | None = None


def make_message(asking: Asking, codes: Sequence[bytes], known: Known, at_ms: int) -> Message:
    """Blind the codes, sign the statement, prove the rows; Unknown or Denied where a party does not stand, Malformed where a key is no point."""
    tenant, caller, question = asking.tenant, asking.caller, asking.question
    inquirer, provider = known.standing(tenant.id, "inquirer"), known.standing(question.provider, "provider")
    demand(inquirer.id != provider.id, "parties-equal", inquirer.id, "provider")
    epoch, audit = provider.current(), known.snapshot.current_audit
    z_b, z_u = known.provider_key(provider.id, epoch), known.audit_key
    blinded, secrets = blind(codes, z_b, z_u)
    case_salts = tuple(token_bytes(32) for _ in codes)
    rows = tuple(map(_row, blinded, question.people, case_salts))
    reply_key, officer_salt = SealingKey.generate(), token_bytes(32)
    statement = Statement(
        v=1,
        kind=Kind.INQUIRY,
        nonce=token_bytes(16),
        inquirer=tenant.id,
        provider=provider.id,
        inquirer_epoch=inquirer.current().epoch,
        provider_epoch=epoch.epoch,
        audit_epoch=audit.epoch,
        registry=known.digest,
        law=known.snapshot.law,
        at_ms=at_ms,
        affair=question.affair,
        purpose_item=question.purpose_item,
        items=question.items,
        reply_key=reply_key.public,
        officer=commit("officer", officer_salt, f"{caller.system}/{caller.officer}"),
        nondisclosure=asking.mark,
        count=len(rows),
        rows=rows_root(rows),
    )
    key = tenant.key(statement.inquirer_epoch)
    envelope = sign_form(statement, THING, key.signing, signer_keyid(tenant.id, key.epoch))
    txid = txid_of(envelope.payload)
    # r is used here for the last time and forgotten; the stored bytes are what every retry sends.
    pi = prove_rows(txid, z_b, z_u, blinded, secrets).encode()
    wire = msgspec.msgpack.encode(Inquiry(envelope, rows, pi))
    return Message(txid, tuple(item_id_of(txid, i) for i in range(len(rows))), wire, statement, reply_key, officer_salt, case_salts)


def _row(row: Row3, subject: Subject, salt: bytes) -> Row:
    r, b, u = row
    return Row(r, b or b"", u, commit("case", salt, subject.case), subject.relation, subject.period)
