"""One's own data asked for by a representative (APPI Art. 76(2), docs/decisions/0016-representatives.md): what may be asked, and how it may end."""

from collections.abc import Iterable
from typing import Final, Literal

from enishi.items.places import PLACED
from enishi.terms import Outcome

Represents = Literal["by_law", "by_wish"]
"""What a representative acts by: parental authority or guardianship, or what the person asked for."""
BASIS: Final = ("415AC0000000057#76-2",)
"""What a request for somebody else rests on: the request of a statutory representative, or of one whom the person asked."""
NEUTRAL: Final = "415AC0000000057#81"
"""The one refusal towards a representative: without saying whether there is anything (APPI Art. 81). Whatever the reason is, it reads so."""
ENDS: Final = frozenset({Outcome.PROVIDED, Outcome.HELD, Outcome.REFUSED_WITH_CITATION})
"""How such a request ends or waits; each other kind would tell whether the person is known there."""
NATIONWIDE: Final = frozenset({"ministry", "agency", "body"})
"""Kinds of institution that are the same for everybody, so that an answer of theirs says nothing of where somebody is."""


def represents_of(kind: str) -> Represents:
    """What a mandate of that kind is acted by."""
    return "by_wish" if kind == "voluntary" else "by_law"


def may_go(represents: Represents, items: Iterable[str], holder: str, kind: str, entered: str) -> bool:
    """Whether these items (slugs) may be asked of a holder of that id and kind at all; `entered` is the municipality that entered the mandate.

    It hangs on nothing that is known of the person. By law there go no items that tell a place, and the rest from the whole country's institutions
    and from the municipality that entered the mandate alone: to ask every town which one answers would be to look for somebody.
    """
    if represents == "by_wish":
        return True
    return not PLACED & set(items) and (holder == entered or kind in NATIONWIDE)
