"""Rebuilds a table from the table before it and the list of what changed: new, changed, renumbered and deleted rows."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from enishi.errors import Malformed
from enishi.law.labels import label_key

Line = dict[str, Any]
CHANGED: Final = frozenset(("changed", "changed+renumbered", "renumbered", "drafting_only"))


class Placed(msgspec.Struct, frozen=True):
    """A row's line and where it was read (`file:line`)."""

    line: Line
    place: str


def rebuild(base: Iterable[Placed], changes: Iterable[Placed], counts: Mapping[str, int]) -> tuple[Placed, ...]:
    """The later table, rows in order of their labels; a row that no change names stays, with the place of the earlier table.

    `counts` is the reviewed number of changes by kind and of `rows` in the end.  Malformed("law-change-unfit", place) where a change
    names a row that is not there, a label twice, a text that the earlier table does not have, or a count differs.
    """
    kept = {placed.line["row"]: placed for placed in base}
    listed = tuple(changes)
    arrived: dict[str, Placed] = {}
    for change in listed:
        before = _taken(kept, change) if change.line["change"] != "new" else None
        if change.line["change"] != "deleted":
            _place(arrived, _after(change, before), change)
    for label in arrived:
        if label in kept:
            raise Malformed("law-change-unfit", f"{arrived[label].place}: {label}")
    _check(Counter(change.line["change"] for change in listed) | {"rows": len(kept) + len(arrived)}, counts, listed)
    return tuple(sorted((*kept.values(), *arrived.values()), key=lambda placed: label_key(placed.line["row"])))


def _taken(kept: dict[str, Placed], change: Placed) -> Placed:
    before = kept.pop(change.line["row_2024"], None)
    known = before is not None and change.line["change"] in {*CHANGED, "deleted"}
    stated = change.line.get("affair_2024")
    if before is None or not known or (stated is not None and stated != before.line["affair"]):
        raise Malformed("law-change-unfit", f"{change.place}: {change.line['row_2024']}")
    return before


def _after(change: Placed, before: Placed | None) -> Placed:
    """The row as it stands after; what a change does not repeat (affair, further laws) stays as it was."""
    line, earlier = change.line, before.line if before is not None else {}
    further = earlier.get("affair_laws_all") if earlier.get("affair_law") == line["affair_law"] else None
    row: Line = {key: line[key] for key in ("users", "affair_law", "users_text", "note", "doubt", "affair_laws_all") if key in line}
    row |= {"row": line["row_2026"], "affair": line.get("affair", earlier.get("affair", ""))}
    return Placed(row | ({"affair_laws_all": further} if further and "affair_laws_all" not in row else {}), change.place)


def _place(arrived: dict[str, Placed], after: Placed, change: Placed) -> None:
    if after.line["row"] in arrived or not after.line["affair"]:
        raise Malformed("law-change-unfit", f"{change.place}: {after.line['row']}")
    arrived[after.line["row"]] = after


def _check(found: Mapping[str, int], counts: Mapping[str, int], listed: tuple[Placed, ...]) -> None:
    if dict(found) != dict(counts):
        place = listed[0].place.partition(":")[0] if listed else ""
        raise Malformed("law-change-unfit", f"{place}: {dict(found)}")
