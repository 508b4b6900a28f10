"""What is new to a person since they last marked their records as read: worked out from the session's own look, kept nowhere."""

from collections.abc import Sequence
from typing import Final

from enishi.protocol.record import read_body
from enishi.roles.portal.cards import Card

SHOWN: Final = 50
"""Cards of the inbox on one page; the rest is in the list of records."""
ANSWERED: Final = "answered"
"""The result of a letter whose answer can be read."""
FIRST_MS: Final = 30 * 24 * 60 * 60 * 1000
"""How far back the inbox of somebody reaches who never marked anything."""


def newest(cards: Sequence[Card]) -> int:
    """The place in the log of the newest leaf shown, -1 for none."""
    return max((record.index for card in cards for record in card.records), default=-1)


def news(cards: Sequence[Card], seen: int, at_ms: int) -> tuple[Card, ...]:
    """The cards with something that came behind `seen`, without this log-in's own look: letters that were answered, then the newest first.

    What is withheld is none of them, and neither is the note that says so: it stands in the list of records, and nothing points to it.
    """
    return tuple(sorted(_found(cards, seen, at_ms), key=lambda card: card.result != ANSWERED))


def count_of(cards: Sequence[Card], seen: int, at_ms: int) -> int:
    """How many cards `news` has; every page of the list says it, also to whom ten thousand are new."""
    return len(_found(cards, seen, at_ms))


def _found(cards: Sequence[Card], seen: int, at_ms: int) -> list[Card]:
    own = max((card.records[-1].index for card in cards if card.kind == "look" and not card.mandate), default=-1)
    return [card for card in cards if not card.withheld and card.records[-1].index != own and _is_new(card, seen, at_ms)]


def standing_open(cards: Sequence[Card]) -> int:
    """How many requests, of institutions or the person's own, have no outcome yet."""
    return sum(card.kind in ("intent", "self") and not card.outcome and not card.withheld for card in cards)


def waiting_for_officials(cards: Sequence[Card]) -> int:
    """How many requests and letters of the person's own an official has still to answer."""
    return sum(card.own and not card.mandate and card.outcome == "held" for card in cards)


def _is_new(card: Card, seen: int, at_ms: int) -> bool:
    if seen < 0:
        return at_ms - max(card.at_ms, card.ended_ms) < FIRST_MS
    # A note that came later to what was read says nothing that is news.
    newer = card.records[-1].index > seen
    return newer and any(record.index > seen and read_body(record.body).kind != "withheld" for record in reversed(card.records))
