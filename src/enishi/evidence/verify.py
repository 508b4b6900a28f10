"""The offline verifier: numbered checks, each made for itself, so that a report says which one thing does not hold.

Forms are read before they are believed: a false signature fails its own check, and what the form claims is still compared with the rest.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Final

from enishi.errors import Fault, Tampered
from enishi.evidence.bundle import Bundle, OutcomeEvidence, Standing
from enishi.evidence.report import Check, Mark, Report, meanings
from enishi.protocol.forms import payload_type, read_payload
from enishi.protocol.outcome import GivenOutcome, answer_hash, check_outcome, check_transition, claimed_outcome
from enishi.protocol.receipt import Receipt, check_receipt
from enishi.protocol.record import RecordBody, read_body
from enishi.protocol.registry import EXCHANGE, OVERSIGHT, Snapshot, check_snapshot, read_snapshot, snapshot_digest
from enishi.protocol.rows import check_shown
from enishi.protocol.statement import THING, Statement, item_id_of, read_statement, signer_keyid, txid_of
from enishi.seal.dsse import check_envelope
from enishi.terms import ItemId, Outcome, Txid
from enishi.tlog.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from enishi.tlog.cosign import cosigned_at
from enishi.tlog.leaf import LeafKind, check_body, decode_leaf
from enishi.tlog.note import Note, parse_note, parse_verifier
from enishi.tlog.tree import leaf_hash, verify_inclusion

NOTHING: Final = None
"""What a check returns when the bundle has nothing for it."""


def verify_bundle(bundle: Bundle, pins: Mapping[str, bytes]) -> Report:
    """Make every check of a bundle under the pinned 32-byte keys of `exchange` and `oversight`; a fault is a failed check, never raised."""
    return _Examination(bundle, pins).report()


class _Examination:
    def __init__(self, bundle: Bundle, pins: Mapping[str, bytes]) -> None:
        self._bundle = bundle
        self._pins = {name: key for name, key in pins.items() if name in (EXCHANGE, OVERSIGHT)}

    def report(self) -> Report:
        checks: tuple[Callable[[], str | None], ...] = (
            self._registry_signed,
            self._statement_signed,
            self._registry_named,
            self._item_id,
            self._row_bound,
            self._receipt_signed,
            self._receipt_fits,
            self._leaf_named,
            self._leaf_included,
            self._checkpoint_signed,
            self._checkpoint_cosigned,
            self._outcomes_signed,
            self._outcomes_included,
            self._bodies_open,
            self._answer_named,
        )
        made = tuple(_make(number, name, check) for number, (name, check) in enumerate(zip(meanings(), checks, strict=True), start=1))
        return Report(self._txid.hex(), self._item.hex(), made)

    # ---- what the forms claim -----------------------------------------------------------------------------------------------------

    @cached_property
    def _snapshot(self) -> Snapshot:
        return read_snapshot(self._bundle.registry.payload)

    @cached_property
    def _statement(self) -> Statement:
        return read_statement(self._bundle.statement.payload)

    @cached_property
    def _txid(self) -> Txid:
        return txid_of(self._bundle.statement.payload)

    @cached_property
    def _item(self) -> ItemId:
        return item_id_of(self._txid, self._bundle.place)

    @cached_property
    def _receipt(self) -> Receipt:
        return read_payload(self._bundle.receipt.receipt, Receipt, "receipt")

    @cached_property
    def _note(self) -> Note:
        return parse_note(self._bundle.checkpoint.encode(errors="replace"))

    @cached_property
    def _checkpoint(self) -> Checkpoint:
        return parse_checkpoint(self._note.text)

    @cached_property
    def _claims(self) -> tuple[GivenOutcome, ...]:
        return tuple(claimed_outcome(one.outcome) for one in self._bundle.outcomes)

    # ---- the checks ---------------------------------------------------------------------------------------------------------------

    def _registry_signed(self) -> str:
        # (1) Everything below rests on this: both signatures over the registry, under the keys that the reader pinned.
        snapshot, _ = check_snapshot(self._bundle.registry, self._pins)
        return f"serial {snapshot.serial}"

    def _statement_signed(self) -> str:
        # (2) The inquirer signed these bytes with its key of the epoch that the statement names.
        keyid = signer_keyid(self._statement.inquirer, self._statement.inquirer_epoch)
        check_envelope(self._bundle.statement, payload_type(THING), self._snapshot.signing_keys, frozenset({keyid}))
        return keyid

    def _registry_named(self) -> str:
        # (3) The registry is the one that the statement was made under, not a later one with another key.
        digest = snapshot_digest(self._bundle.registry.payload)
        if (self._statement.registry, self._statement.law) != (digest, self._snapshot.law):
            raise Tampered("evidence-other-registry", digest.hex())
        return digest.hex()

    def _item_id(self) -> str:
        # (4) The item id follows from the statement's bytes and the row's place.
        if self._receipt.item_id != self._item or self._bundle.place >= self._statement.count:
            raise Tampered("evidence-other-item", self._item.hex())
        return self._item.hex()

    def _row_bound(self) -> str:
        # (5) The row, without its ciphertexts, stands at its place under the root that was signed.
        bundle, statement = self._bundle, self._statement
        check_shown(bundle.row, bundle.place, statement.count, bundle.path, statement.rows)
        return f"{bundle.place + 1}/{statement.count}"

    def _receipt_signed(self) -> str:
        # (6) The keeper signed the root of the batch, and the receipt stands under it.
        check_receipt(self._bundle.receipt, self._snapshot.keeper.signing)
        return f"{self._bundle.receipt.place}"

    def _receipt_fits(self) -> str:
        # (7) Parties and epochs are the statement's; a pair was released for a permit and for nothing else.
        shown, meant = _parties(self._receipt), _parties(self._statement)
        if shown != meant or self._receipt.verdict not in ("permit", "refusal", "unplaced"):
            raise Tampered("evidence-receipt-differs", "parties or verdict")
        if len(self._receipt.pair_hash) != (32 if self._receipt.verdict == "permit" else 0):
            raise Tampered("evidence-receipt-differs", "pair")
        return f"{self._receipt.verdict}: {', '.join(self._receipt.basis)}"

    def _leaf_named(self) -> str:
        # (8) The leaf is the one that the receipt names, and says what the receipt says.
        record, receipt = self._bundle.record, self._receipt
        leaf = decode_leaf(record.leaf)
        kind = LeafKind.INTENT if receipt.verdict == "permit" else LeafKind.REFUSAL
        if (leaf_hash(record.leaf), record.index) != (receipt.leaf_hash, receipt.index):
            raise Tampered("evidence-other-leaf", f"leaf {record.index}, receipt says {receipt.index}")
        if (leaf.kind, leaf.epoch, leaf.at_ms) != (kind, receipt.audit_epoch, receipt.at_ms):
            raise Tampered("evidence-other-leaf", f"kind {leaf.kind.name}, epoch {leaf.epoch}")
        return f"{leaf.kind.name} {record.index}"

    def _leaf_included(self) -> str:
        # (9) It is in the tree of the checkpoint.
        return self._included(self._bundle.record)

    def _included(self, standing: Standing) -> str:
        checkpoint = self._checkpoint
        verify_inclusion(leaf_hash(standing.leaf), standing.index, checkpoint.size, standing.inclusion, checkpoint.root)
        return f"{standing.index} < {checkpoint.size}"

    def _checkpoint_signed(self) -> str:
        # (10) The log that the registry names signed this size and root.
        checkpoint = open_checkpoint(self._note, parse_verifier(self._snapshot.log_key))
        if checkpoint.origin != self._snapshot.log_origin:
            raise Tampered("checkpoint-of-another-log", checkpoint.origin[:100])
        return f"{checkpoint.origin} {checkpoint.size}"

    def _checkpoint_cosigned(self) -> str:
        # (11) Enough of the registry's witnesses cosigned it; how long ago does not matter to evidence, a false line does.
        times = {one.name: cosigned_at(self._note, parse_verifier(one.verifier_key)) for one in self._snapshot.witnesses}
        seen = sorted(name for name, at_ms in times.items() if at_ms is not None)
        if len(seen) < self._snapshot.witness_quorum:
            raise Tampered("cosignatures-missing", f"{len(seen)} of {self._snapshot.witness_quorum}")
        return ", ".join(seen)

    def _outcomes_signed(self) -> str | None:
        # (12) The provider that was asked signed each outcome for this item, and none follows a final one.
        if not self._bundle.outcomes:
            return NOTHING
        before: Outcome | None = None
        for one in self._bundle.outcomes:
            before = self._follow(one, before)
        return f"{before}"

    def _follow(self, one: OutcomeEvidence, before: Outcome | None) -> Outcome:
        claim, statement = check_outcome(one.outcome, self._snapshot.signing_keys), self._statement
        if (claim.item_id, claim.provider, claim.provider_epoch) != (self._item, statement.provider, statement.provider_epoch):
            raise Tampered("evidence-outcome-differs", claim.provider)
        if self._receipt.verdict != "permit":
            raise Tampered("evidence-outcome-differs", self._receipt.verdict)
        check_transition(before, claim.kind)
        return claim.kind

    def _outcomes_included(self) -> str | None:
        # (13) Each outcome was recorded after what it ends, in the same log and audit epoch.
        last, facts = self._bundle.record.index, []
        for one in self._bundle.outcomes:
            leaf, index = decode_leaf(one.standing.leaf), one.standing.index
            if (leaf.kind, leaf.epoch) != (LeafKind.OUTCOME, self._receipt.audit_epoch) or index <= last:
                raise Tampered("evidence-other-leaf", f"{leaf.kind.name} {index}")
            facts.append(self._included(one.standing))
            last = index
        return ", ".join(facts) if facts else NOTHING

    def _bodies_open(self) -> str | None:
        # (14) A body that is shown is the one that its leaf commits to; for outcome leaves this alone ties them to the item.
        standings = [self._bundle.record, *(one.standing for one in self._bundle.outcomes)]
        meant = [self._meant(), *((claim.kind, "outcome") for claim in self._claims)]
        facts = [self._open(standing, *wanted) for standing, wanted in zip(standings, meant, strict=True) if standing.opened is not None]
        return ", ".join(facts) if facts else NOTHING

    def _meant(self) -> tuple[str, str]:
        if self._receipt.verdict == "permit":
            return "", "intent"
        return ("unavailable" if self._receipt.verdict == "unplaced" else ""), "refusal"

    def _open(self, standing: Standing, outcome: str, kind: str) -> str:
        assert standing.opened is not None
        check_body(decode_leaf(standing.leaf), standing.opened.salt, standing.opened.body)
        body = read_body(standing.opened.body)
        if (body.item_id, body.txid, body.kind, body.outcome) != (self._item, self._txid, kind, outcome) or not self._speaks(body):
            raise Tampered("evidence-body-differs", f"{body.kind} {body.outcome}")
        return f"{standing.index}"

    def _speaks(self, body: RecordBody) -> bool:
        statement, row = self._statement, self._bundle.row
        if (body.inquirer, body.provider) != (statement.inquirer, statement.provider):
            return False
        if body.kind == "outcome":
            return True
        asked = (body.affair, body.purpose_item, body.items, body.period, body.relation)
        return asked == (statement.affair, statement.purpose_item, statement.items, row.period, row.relation)

    def _answer_named(self) -> str | None:
        # (15) The sealed answer, if it is shown, is the one that the last outcome names.
        if not self._bundle.answer:
            return NOTHING
        if not self._claims or self._claims[-1].answer_hash != answer_hash(self._bundle.answer):
            raise Tampered("evidence-other-answer", f"{len(self._bundle.answer)} bytes")
        return f"{len(self._bundle.answer)} bytes"


def _make(number: int, name: str, check: Callable[[], str | None]) -> Check:
    try:
        detail = check()
    except Fault as fault:
        return Check(number, name, Mark.FAILS, meanings()[name], str(fault))
    return Check(number, name, Mark.ABSENT if detail is NOTHING else Mark.HOLDS, meanings()[name], detail or "")


def _parties(form: Receipt | Statement) -> tuple[str, str, int, int, int]:
    return form.inquirer, form.provider, form.inquirer_epoch, form.provider_epoch, form.audit_epoch
