"""One page of the list of records: what was chosen, what there is to choose from, and the page's own cards."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Final
from urllib.parse import urlencode

import msgspec
from starlette.datastructures import QueryParams

from enishi.roles.portal.cards import Card, Filter
from enishi.roles.portal.telling import Teller, Told
from enishi.sentences.phrase import plain

SIZE: Final = 50
"""Cards on a page."""


class Choice(msgspec.Struct, frozen=True):
    """One option of a filter."""

    key: str
    words: str


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the list; `page` counts from 1."""

    told: tuple[Told, ...]
    shown: int
    page: int
    pages: int
    filter: Filter
    institutions: tuple[Choice, ...]
    affairs: tuple[Choice, ...]
    results: tuple[Choice, ...]

    def link(self, page: int) -> str:
        """The address of another page under the same filter."""
        return "/records?" + urlencode({**self._chosen(), "page": page})

    def file(self, ending: str) -> str:
        """The address of everything that the filter keeps, as a file."""
        chosen = urlencode(self._chosen())
        return f"/records/export.{ending}" + (f"?{chosen}" if chosen else "")

    def _chosen(self) -> dict[str, str]:
        return {name: value for name, value in msgspec.structs.asdict(self.filter).items() if value}


def read_filter(query: QueryParams) -> Filter:
    """What an address's query chooses; a day that is none is read as no day."""
    words = {name: query.get(name, "")[:200] for name in ("institution", "affair", "result")}
    return Filter(**words, **{name: _day(query.get(name, "")) for name in ("since", "until")})


def list_cards(cards: Sequence[Card], query: QueryParams, teller: Teller) -> Listing:
    """Filter and cut the cards by an address's query; what it says that makes no sense is read as "everything" or the first page."""
    chosen = read_filter(query)
    kept = [card for card in cards if chosen.keeps(card)]
    pages = max(1, -(-len(kept) // SIZE))
    page = min(max(1, _number(query.get("page", "1"))), pages)
    return Listing(
        told=tuple(teller.tell(card) for card in kept[(page - 1) * SIZE : page * SIZE]),
        shown=len(kept),
        page=page,
        pages=pages,
        filter=chosen,
        institutions=_choices(
            (key for card in cards for key in (card.body.inquirer, card.body.provider)), lambda key: plain(teller.institution(key))
        ),
        affairs=_affairs(cards, teller),
        results=_choices((card.result for card in cards), lambda key: plain(teller.result(key))),
    )


def _choices(keys: Iterable[str], words: Callable[[str], str]) -> tuple[Choice, ...]:
    choices = [Choice(key, words(key)) for key in dict.fromkeys(keys) if key]
    return tuple(sorted(choices, key=lambda choice: choice.words))


def _affairs(cards: Sequence[Card], teller: Teller) -> tuple[Choice, ...]:
    # Very many cards are of few affairs: the key is written once for each.
    one = {(card.body.affair, card.body.purpose_item): card for card in cards}
    first = {card.affair: card for card in one.values() if card.affair}
    return _choices(first, lambda key: plain(teller.purpose(first[key])))


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if len(text) == 10 else ""
    except ValueError:
        return ""


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1
