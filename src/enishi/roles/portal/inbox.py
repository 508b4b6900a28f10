"""What is new to a person since they last marked their records as read: worked out from the session's own look, kept nowhere."""

from collections.abc import Sequence
from typing import Final

from enishi.protocol.record import read_body
from enishi.roles.portal.cards import Card

SHOWN: Final = 50
"""Cards of the inbox on one page; the rest is in the list of records."""
FIRST_MS: Final = 30 * 24 * 60 * 60 * 1000
"""How far back the inbox of somebody reaches who never marked anything."""


def newest(cards: Sequence[Card]) -> int:
    """The place in the log of the newest leaf shown, -1 for none."""
    return max((record.index for card in cards for record in card.records), default=-1)


def news(cards: Sequence[Card], seen: int, at_ms: int) -> tuple[Card, ...]:
    """The cards with something that came behind `seen`, the newest first, without this log-in's own look.

    What is withheld is none of them, and neither is the note that says so: it stands in the list of records, and nothing points to it.
    """
    own = max((card.records[-1].index for card in cards if card.kind == "look" and not card.mandate), default=-1)
    return tuple(card for card in cards if not card.withheld and card.records[-1].index != own and _is_new(card, seen, at_ms))


def _is_new(card: Card, seen: int, at_ms: int) -> bool:
    # A note that came later to what was read says nothing that is news.
    told = [record.index for record in card.records if read_body(record.body).kind != "withheld"]
    if seen < 0:
        return at_ms - max(card.at_ms, card.ended_ms) < FIRST_MS
    return bool(told) and max(told) > seen
