"""What an institution's own system said, put in the place of held copies; where it said nothing, nothing else is taken for it."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

from enishi.errors import Fault
from enishi.roles.gateway.copies import Copy
from enishi.roles.gateway.load.adapter import Adapter
from enishi.roles.gateway.load.translating import Written, translate
from enishi.roles.gateway.people import Held
from enishi.terms import Absence


class Wish(msgspec.Struct, frozen=True):
    """One thing to ask a live source: whose copy of which item and period."""

    addressee_number: str
    item: str
    period: str


Heard = Mapping[Wish, Copy | Absence]
_ROW = msgspec.json.Decoder(dict[str, Any] | None)


def wishes_of(number: str, wanted: Iterable[tuple[str, str]], live: Collection[str]) -> tuple[Wish, ...]:
    """What is to be asked of live sources for a person."""
    return tuple(Wish(number, item, period) for item, period in wanted if item in live)


def read_answer(adapter: Adapter, wish: Wish, body: bytes, asked_ms: int) -> Copy | Absence | None:
    """The document of one answer, valid by its schema and about what was asked; `null` says that there is no such data; None for any other.

    `asked_ms` is when the source was asked: as of then, where the row says no time of its own.
    """
    try:
        row = _ROW.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    if row is None:
        return Absence.NO_SUCH_DATA
    try:
        found = translate(adapter, 1, row, asked_ms)
    except Fault:
        return None
    # Another person's row, or another year's, is no answer however well it is formed.
    if not isinstance(found, Written) or (found.addressee_number, found.period) != (wish.addressee_number, wish.period):
        return None
    return Copy(found.document, found.as_of_ms or asked_ms)


def with_heard(held: Held, wanted: Iterable[tuple[str, str]], live: Collection[str], heard: Heard) -> Held:
    """The person with what was heard in the place of held copies of live items; the items of which nothing was heard stand in `unheard`."""
    copies, absent, unheard = dict(held.copies), dict(held.absent), set()
    for wish in wishes_of(held.addressee_number, wanted, live):
        # A copy that was loaded before the item was declared live says nothing of today.
        copies[wish.item] = ()
        absent.pop(wish.item, None)
        found = heard.get(wish)
        if isinstance(found, Copy):
            copies[wish.item] = (found,)
        elif found is not None:
            absent[wish.item] = found
        else:
            unheard.add(wish.item)
    return msgspec.structs.replace(held, copies=copies, absent=absent, unheard=frozenset(unheard))
