"""One page of the list of who may ask whom: narrowed down, sorted, cut; every link of it stays on the same choice."""

from collections.abc import Iterable, Sequence
from typing import Final, Literal
from urllib.parse import urlencode

import msgspec
from starlette.datastructures import QueryParams

from enishi.roles.exchange.lawface.pairs import SORTS, Pair, Wanted, sorted_by
from enishi.roles.exchange.lawface.words import Words
from enishi.roles.exchange.publiclaw import PublicLaw
from enishi.sentences.phrase import Phrase, plain

SIZE: Final = 50
"""Lines on a page."""


class Option(msgspec.Struct, frozen=True):
    """One option of a filter."""

    key: str
    words: str


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the list; `page` counts from 1."""

    pairs: tuple[Pair, ...]
    count: int
    page: int
    pages: int
    wanted: Wanted
    sort: str
    order: Literal["up", "down"]
    on: str
    options: tuple[tuple[str, tuple[Option, ...]], ...]

    def link(self, page: int) -> str:
        """The address of another page."""
        return self._link(self.sort, self.order, page)

    def sort_link(self, column: str) -> str:
        """The address of the list sorted by a column; the other way round where it is sorted by it already."""
        turned = column == self.sort and self.order == "up"
        return self._link(column, "down" if turned else "up", 1)

    def _link(self, sort: str, order: str, page: int) -> str:
        chosen = {name: value for name, value in msgspec.structs.asdict(self.wanted).items() if value}
        parts = {**chosen, "sort": sort, "order": order, "on": self.on, "page": str(page) if page > 1 else ""}
        return "/pairs?" + urlencode({name: value for name, value in parts.items() if value})


def list_pairs(pairs: Sequence[Pair], query: QueryParams, words: Words, on: str) -> Listing:
    """Narrow down, sort and cut by an address's query; what it says that makes no sense is read as "everything" or the first page."""
    wanted = Wanted(*(query.get(name, "")[:300] for name in ("inquirer", "provider", "item", "law")))
    sort = query.get("sort", "") if query.get("sort") in SORTS else "row"
    order: Literal["up", "down"] = "down" if query.get("order") == "down" else "up"
    kept = sorted_by([pair for pair in pairs if wanted.keeps(pair)], sort, order)
    pages = max(1, -(-len(kept) // SIZE))
    page = min(max(1, _number(query.get("page", "1"))), pages)
    return Listing(
        pairs=tuple(kept[(page - 1) * SIZE : page * SIZE]),
        count=len(kept),
        page=page,
        pages=pages,
        wanted=wanted,
        sort=sort,
        order=order,
        on=on,
        options=_options(pairs, words),
    )


def _options(pairs: Sequence[Pair], words: Words) -> tuple[tuple[str, tuple[Option, ...]], ...]:
    return (
        ("inquirer", _sorted(Option(key, plain(words.capacity(key))) for key in {pair.inquirer for pair in pairs})),
        ("provider", _sorted(Option(key, plain(words.capacity(key))) for key in {pair.provider for pair in pairs})),
        ("item", _sorted(Option(key, plain(words.item(key))) for key in {pair.item for pair in pairs})),
        ("law", _sorted(Option(key, key) for key in {law for pair in pairs for law in pair.row.row.laws})),
    )


def _sorted(options: Iterable[Option]) -> tuple[Option, ...]:
    return tuple(sorted(options, key=lambda option: (len(option.words) > 20, option.words)))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def named(words: Words, law: PublicLaw, party: str) -> Phrase:
    """A party of the form (`c:` capacity, `i:` institution) in words."""
    kind, _, name = party.partition(":")
    institution = law.institution(name) if kind == "i" else None
    return words.institution(institution) if institution is not None else words.capacity(name)
