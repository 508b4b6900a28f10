"""What a party hands in to the commission for reconciliation: its own record of Art. 23 of one item, and no person in it.

An institution hands in what it asked and what it answered, the keeper what it recorded. Each line carries the forms that others signed, so that
none of it need be believed.
"""

from typing import Annotated, Literal

import msgspec

from enishi.protocol.forms import Moment, demand, demand_length, read_payload
from enishi.protocol.outcome import SignedOutcome
from enishi.protocol.receipt import SignedReceipt
from enishi.terms import ItemId

THING = "handed"
Part = Literal["inquirer", "provider", "keeper"]


class Handed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One item as one party holds it: `by` names the institution (or `keeper`), `part` in what part; outcomes stand in the order they were given."""

    v: int = 1
    by: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    part: Part
    item_id: ItemId
    at_ms: Moment
    """The time in the receipt, by which every party tells the items of a period; without a receipt the inquirer's own."""
    receipt: SignedReceipt | None
    """None where an inquirer has sent a message and holds no reply yet."""
    outcomes: Annotated[tuple[SignedOutcome, ...], msgspec.Meta(max_length=8)]


def write_handed(handed: Handed) -> bytes:
    """One line of JSON, without its end."""
    return msgspec.json.encode(handed)


def read_handed(line: bytes) -> Handed:
    """Read a line without believing it; Malformed otherwise."""
    handed = read_payload(line, Handed, THING)
    demand(handed.v == 1, "version-unknown", f"version {handed.v}", "v")
    demand_length(handed.item_id, 32, "item_id")
    return handed
