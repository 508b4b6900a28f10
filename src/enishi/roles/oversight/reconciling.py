"""Use case: reconcile what inquirers, providers and the keeper each hand in about the same items, and all of it with the log.

What does not agree is a value. An item is one person's in one message; who the person is nobody here can tell (3-protocol, "Misfiling by the
keeper": the persons themselves and the canaries find that).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from enishi.errors import Fault, Tampered
from enishi.protocol.handed import Handed, Part
from enishi.protocol.outcome import GivenOutcome, SignedOutcome, check_outcome, claimed_outcome
from enishi.protocol.receipt import KEEPER, Receipt, check_receipt
from enishi.sentences.problems import Words, texts
from enishi.terms import ItemId
from enishi.tlog.leaf import LeafKind

WAIT_MS: Final = 60_000
"""How long something may be under way between two parties before it counts as missing."""


class Known(msgspec.Struct, frozen=True):
    """Public keys out of every snapshot that the commission signed: the keeper's, and the institutions' by keyid."""

    keeper: tuple[bytes, ...]
    signing: Mapping[str, bytes]


class Leaves(msgspec.Struct, frozen=True):
    """The log under a checkpoint: the hash of each leaf by position, and the kinds of those leaves that lie in the period."""

    hashes: Sequence[bytes]
    kinds: Mapping[int, LeafKind]


class Difference(msgspec.Struct, frozen=True):
    """One thing on which the parties do not agree: a slug of `sentences/problems/oversight.json`, the item (hex; empty for a leaf), and the fact."""

    slug: str
    item_id: str
    detail: str

    @property
    def what(self) -> Words:
        """The sentence in both languages."""
        return texts(self.slug).what

    @property
    def next(self) -> Words:
        """What to do about it."""
        return texts(self.slug).next


class Reconciling:
    """Everything that was handed in, by item; `of` looks at one item, `unclaimed` at the log once every item was looked at."""

    def __init__(self, known: Known, leaves: Leaves, present: Collection[str], until_ms: int) -> None:
        """`present` names who handed in; what any party dates within a minute of `until_ms`, or after it, may be under way."""
        self._known = known
        self._leaves = leaves
        self._present = present
        self._settled_ms = until_ms - WAIT_MS
        self._items: dict[ItemId, list[Handed]] = {}
        self._claimed: set[int] = set()

    def take(self, handed: Handed) -> None:
        """Keep one line that was handed in."""
        self._items.setdefault(handed.item_id, []).append(handed)

    @property
    def items(self) -> Collection[ItemId]:
        """The items that anybody handed in."""
        return self._items.keys()

    def of(self, item_id: ItemId) -> Iterator[Difference]:
        """Everything that does not agree about one item."""
        lines, receipts, claims = self._items[item_id], dict[Part, Receipt](), dict[Part, list[GivenOutcome]]()
        for line in lines:
            yield from self._read(line, receipts, claims)
        if len({msgspec.json.encode(receipt) for receipt in receipts.values()}) > 1:
            yield _difference("reconcile-receipts-differ", item_id, ", ".join(f"{part}: leaf {one.index}" for part, one in receipts.items()))
        for receipt in {one.index: one for one in receipts.values()}.values():
            yield from self._logged(receipt)
        if receipts:
            yield from self._missing(lines, next(iter(receipts.values())), claims)
        yield from self._outcomes(item_id, lines, claims)

    def unclaimed(self) -> Iterator[Difference]:
        """Leaves of inquiries for which nobody has a receipt."""
        for index, kind in self._leaves.kinds.items():
            if kind in (LeafKind.INTENT, LeafKind.REFUSAL) and index not in self._claimed:
                yield Difference("reconcile-leaf-without-receipt", "", f"leaf {index}, {kind.name.lower()}")

    # ---- what each line says for itself

    def _read(self, line: Handed, receipts: dict[Part, Receipt], claims: dict[Part, list[GivenOutcome]]) -> Iterator[Difference]:
        who = f"{line.part} {line.by}"
        try:
            if line.receipt is not None:
                receipt = receipts[line.part] = self._receipt(line)
                self._claimed.add(receipt.index)
        except Fault as fault:
            yield _difference("reconcile-receipt-false", line.item_id, f"{who}: {fault.code}")
        for signed in line.outcomes:
            try:
                claims.setdefault(line.part, []).append(self._outcome(line, signed, receipts.get(line.part)))
            except Fault as fault:
                slug = "reconcile-other-item" if fault.code == "outcome-of-another-item" else "reconcile-outcome-false"
                yield _difference(slug, line.item_id, f"{who}: {fault.detail or fault.code}")

    def _receipt(self, line: Handed) -> Receipt:
        assert line.receipt is not None
        failure: Fault = Tampered("receipt-of-another-item", "no key of a keeper is known")
        for key in self._known.keeper:
            try:
                receipt = check_receipt(line.receipt, key)
                break
            except Fault as fault:
                failure = fault
        else:
            raise failure
        own = {"inquirer": receipt.inquirer, "provider": receipt.provider, "keeper": line.by}[line.part]
        if receipt.item_id != line.item_id or own != line.by:
            raise Tampered("receipt-of-another-item", line.by, "receipt")
        return receipt

    def _outcome(self, line: Handed, signed: SignedOutcome, receipt: Receipt | None) -> GivenOutcome:
        claim = claimed_outcome(signed)
        if claim.item_id != line.item_id:
            raise Tampered("outcome-of-another-item", f"answers {claim.item_id.hex()}", "outcome")
        if receipt is not None and (claim.provider, claim.provider_epoch) != (receipt.provider, receipt.provider_epoch):
            raise Tampered("outcome-not-yours", f"signed by {claim.provider}", "outcome")
        return check_outcome(signed, self._known.signing)

    # ---- what they say together

    def _logged(self, receipt: Receipt) -> Iterator[Difference]:
        if receipt.index >= len(self._leaves.hashes):
            if receipt.at_ms < self._settled_ms:
                yield _difference("reconcile-receipt-not-logged", receipt.item_id, f"leaf {receipt.index}; the log has {len(self._leaves.hashes)}")
        elif self._leaves.hashes[receipt.index] != receipt.leaf_hash:
            yield _difference("reconcile-receipt-not-logged", receipt.item_id, f"leaf {receipt.index} is another")

    def _missing(self, lines: Sequence[Handed], receipt: Receipt, claims: Mapping[Part, Sequence[GivenOutcome]]) -> Iterator[Difference]:
        parts, before = {line.part for line in lines}, receipt.at_ms < self._settled_ms
        answered = [claim.at_ms for part in ("inquirer", "keeper") for claim in claims.get(part, ()) if claim.at_ms < self._settled_ms]
        if "keeper" not in parts and KEEPER in self._present and before:
            yield _difference("reconcile-missing-keeper", receipt.item_id, f"{', '.join(sorted(parts))}: leaf {receipt.index}")
        if "inquirer" not in parts and receipt.inquirer in self._present and before:
            yield _difference("reconcile-missing-inquirer", receipt.item_id, receipt.inquirer)
        if "provider" not in parts and receipt.provider in self._present and answered:
            yield _difference("reconcile-missing-provider", receipt.item_id, receipt.provider)

    def _outcomes(self, item_id: ItemId, lines: Sequence[Handed], claims: Mapping[Part, Sequence[GivenOutcome]]) -> Iterator[Difference]:
        final = {part: one for part, given in claims.items() for one in given if not one.kind.interim}
        if len({msgspec.json.encode(one) for one in final.values()}) > 1:
            yield _difference("reconcile-outcomes-differ", item_id, ", ".join(f"{part}: {one.kind}" for part, one in final.items()))
        provider = [line for line in lines if line.part == "provider"]
        given = {msgspec.json.encode(one) for one in claims.get("provider", ())}
        for part in ("inquirer", "keeper"):
            for one in claims.get(part, ()) if provider and part not in final else ():
                if msgspec.json.encode(one) not in given:
                    yield _difference("reconcile-outcomes-differ", item_id, f"{part}: {one.kind}, which the provider never gave")
        told = final.get("provider")
        if told is not None and "keeper" not in final and told.at_ms < self._settled_ms and any(line.part == "keeper" for line in lines):
            yield _difference("reconcile-outcome-missing", item_id, f"provider: {told.kind}")


def _difference(slug: str, item_id: ItemId, detail: str) -> Difference:
    return Difference(slug, item_id.hex(), detail)
