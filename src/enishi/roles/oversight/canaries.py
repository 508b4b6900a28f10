"""Canary persons: people who do not exist, registered and enrolled like everybody else, whose records can only show what the commission caused.

Nobody but the commission can tell them, so a keeper that misfiles or drops, and an official who asks without a case, meets them by chance.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, Literal

import msgspec

from enishi.protocol.record import RecordBody
from enishi.roles.oversight.reconciling import Difference

CANARY_FILE: Final = "canaries.json"
CAUSED_FILE: Final = "caused.jsonl"
INQUIRIES: Final = ("intent", "refusal")


class Canary(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One canary person: its card with the PIN, the municipality it lives in, and its numbers at the institutions that know it."""

    name: str
    card: str
    pin: str
    home: str
    addressees: Mapping[str, str]


class Caused(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the commission caused: `asking` before a question is put, `asked` with the item that came of it, `look` before a record is opened."""

    kind: Literal["asking", "asked", "look"]
    canary: str
    at_ms: int
    inquirer: str = ""
    provider: str = ""
    item_id: bytes = b""


def compare(caused: Sequence[Caused], shown: Mapping[str, Sequence[RecordBody]]) -> Iterator[Difference]:
    """What the records of the canary persons show against what was caused: missing, misfiled, asked by somebody else, looked at by somebody else."""
    places = {name: {body.item_id for body in bodies if body.kind in INQUIRIES} for name, bodies in shown.items()}
    asked = {one.item_id: one.canary for one in caused if one.kind == "asked"}
    for item_id, canary in asked.items():
        if canary in shown:
            yield from _placed(item_id, canary, [name for name, items in places.items() if item_id in items])
    for name, bodies in shown.items():
        yield from _besides(name, bodies, asked.keys(), _unanswered(name, caused))
        yield from _looks(name, bodies, caused)


def _placed(item_id: bytes, canary: str, found: Sequence[str]) -> Iterator[Difference]:
    if not found:
        yield Difference("canary-record-missing", item_id.hex(), canary)
    for other in found:
        if other != canary:
            yield Difference("canary-misfiled", item_id.hex(), f"asked about {canary}, filed under {other}")


def _unanswered(name: str, caused: Sequence[Caused]) -> Counter[tuple[str, str]]:
    # A question whose answer was lost on its way to the commission may stand in the record all the same.
    left: Counter[tuple[str, str]] = Counter()
    for one in caused:
        if one.canary == name and one.kind != "look":
            left[one.inquirer, one.provider] += 1 if one.kind == "asking" else -1
    return left


def _besides(name: str, bodies: Sequence[RecordBody], asked: Collection[bytes], left: Counter[tuple[str, str]]) -> Iterator[Difference]:
    known = set(asked)
    for body in bodies:
        if body.kind not in (*INQUIRIES, "outcome") or body.item_id in known:
            continue
        known.add(body.item_id)
        if body.kind in INQUIRIES and left[body.inquirer, body.provider] > 0:
            left[body.inquirer, body.provider] -= 1
        else:
            yield Difference("canary-asked", body.item_id.hex(), f"{name}: {body.kind}, {body.inquirer} → {body.provider}")


def _looks(name: str, bodies: Sequence[RecordBody], caused: Sequence[Caused]) -> Iterator[Difference]:
    seen = sum(body.kind == "look" for body in bodies)
    made = sum(one.kind == "look" and one.canary == name for one in caused)
    if seen > made:
        yield Difference("canary-looked", "", f"{name}: {seen} looks, {made} of them the commission's")
