"""What may be amiss with a card, and the way on from there; the texts are sentences `card.help.<case>.…`."""

from typing import Final, NamedTuple


class Case(NamedTuple):
    """One case: its name in addresses and sentences, and how many sentences say what to do, what to bring, and what the counter does."""

    name: str
    do: int
    bring: int
    counter: int


HELP: Final = {
    case.name: case
    for case in (
        Case("lost", 3, 3, 2),
        Case("wrong-pin", 2, 0, 0),
        Case("locked", 2, 2, 2),
        Case("expired", 2, 2, 2),
        Case("moved", 3, 2, 2),
        Case("no-card", 2, 2, 3),
    )
}
"""Every case, in the order of the page that lists them."""
STATE_OF: Final = {"pin-blocked": "locked", "card-suspended": "lost", "card-expired": "expired", "card-moved": "moved"}
"""Which case a fault of the card leads to."""
