"""What became lawful between two days, and what ceased: by affair, so that a row that only changed its number changes nothing."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final, NamedTuple

import msgspec

from enishi.errors import Unknown
from enishi.law.capacities import holds, spread
from enishi.law.identity import AffairId, Likeness
from enishi.law.index import Spread, spread_of
from enishi.law.model import Kind, Revision, Row
from enishi.law.tables import Tables

KINDS: Final[tuple[Kind, ...]] = ("number_use", "linkage")


class Lawful(NamedTuple):
    """One thing that law allows on a day, in law's own words.

    Number use: `party` may use the number for the affair (`provider` and `item` are empty).  Linkage: `party` may ask `provider` for `item`.
    """

    affair: AffairId
    party: str
    provider: str = ""
    item: str = ""


class AffairChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What changed for one affair; `before` and `after` are its rows (citations), empty where it did not stand.

    `became_in_words` and `ceased_in_words` are those of `became` and `ceased` that change no more than the words for the same holders.
    `origin` is the affair that this one was carved out of, if the review found one; `doubt` what is not certain about its identity.
    """

    affair: AffairId
    kind: Kind
    before: str
    after: str
    laws: tuple[str, ...]
    words: str
    likeness: Likeness
    origin: str
    doubt: str
    became: tuple[Lawful, ...]
    ceased: tuple[Lawful, ...]
    became_in_words: tuple[Lawful, ...]
    ceased_in_words: tuple[Lawful, ...]


class Diff(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All changes from one day to another, number use first; `renumbered` are affairs that stand unchanged in a row of another label."""

    earlier: date
    later: date
    verified_until: date
    affairs: tuple[AffairChange, ...]
    renumbered: tuple[tuple[str, str], ...]
    unchanged: int


class Stand(NamedTuple):
    """An affair as it stands on a day: its row, and by which capacities each name of the row is met."""

    kind: Kind
    row: Row
    spread: Spread


def lawful(tables: Tables, on: date) -> frozenset[Lawful]:
    """Everything that the tables of a day allow; Unknown("law-day-not-held") before the first day held."""
    return frozenset(one for affair, stand in _standing(tables, on).items() for one in _allowed(affair, stand.row))


def differ(tables: Tables, earlier: date, later: date) -> Diff:
    """What became lawful and what ceased from one day to the other, also backwards; Unknown("law-day-not-held")."""
    before, after = _standing(tables, earlier), _standing(tables, later)
    changes, renumbered, unchanged = [], [], 0
    for affair in (*after, *(affair for affair in before if affair not in after)):
        old, new = before.get(affair), after.get(affair)
        change = _change(tables, affair, old, new)
        if change.became or change.ceased:
            changes.append(change)
            continue
        unchanged += 1
        if old and new and old.row.label != new.row.label:
            renumbered.append((change.before, change.after))
    changes.sort(key=lambda change: KINDS.index(change.kind))
    return Diff(
        earlier=earlier,
        later=later,
        verified_until=tables.verified_until,
        affairs=tuple(changes),
        renumbered=tuple(renumbered),
        unchanged=unchanged,
    )


def about(diff: Diff, wanted: str) -> Diff:
    """The changes of the affairs that `wanted` means: a part of a law's name, of the affair's words, or a row's citation."""
    kept = tuple(
        change
        for change in diff.affairs
        if wanted in (change.before, change.after) or wanted in change.words or any(wanted in law for law in change.laws)
    )
    return msgspec.structs.replace(diff, affairs=kept)


def _standing(tables: Tables, on: date) -> Mapping[AffairId, Stand]:
    revisions = [revision for revision in tables.book.revisions if _in_force(revision, on)]
    if not revisions:
        raise Unknown("law-day-not-held", on.isoformat(), "day")
    on_day = spread(implication for implication in tables.book.implications if holds(implication, on))
    return {tables.affair_of(row.citation): Stand(revision.kind, row, on_day) for revision in revisions for row in revision.rows}


def _in_force(revision: Revision, on: date) -> bool:
    return revision.kind in KINDS and revision.effective_on <= on and (revision.until is None or on < revision.until)


def _allowed(affair: AffairId, row: Row) -> Iterator[Lawful]:
    for party in row.parties:
        if not row.grants:
            yield Lawful(affair, party)
        for grant in row.grants:
            yield from (Lawful(affair, party, provider, item) for provider in grant.providers for item in grant.items)


def _change(tables: Tables, affair: AffairId, old: Stand | None, new: Stand | None) -> AffairChange:
    stand = new or old
    assert stand is not None
    then = tuple(_allowed(affair, old.row)) if old else ()
    now = tuple(_allowed(affair, new.row)) if new else ()
    became = tuple(dict.fromkeys(one for one in now if one not in set(then)))
    ceased = tuple(dict.fromkeys(one for one in then if one not in set(now)))
    stay = next(stay for stay in tables.history(affair) if stay.citation == stand.row.citation)
    origin = tables.identity.origin(affair)
    ended = tables.identity.ended(affair) if new is None else None
    return AffairChange(
        affair=affair,
        kind=stand.kind,
        before=old.row.citation if old else "",
        after=new.row.citation if new else "",
        laws=stand.row.laws,
        words=stand.row.affair,
        likeness=stay.likeness,
        origin=tables.history(origin)[-1].citation if origin else "",
        doubt=ended.doubt if ended else stay.doubt,
        became=became,
        ceased=ceased,
        became_in_words=tuple(one for one in became if old and new and _covered(one, new.spread, old)),
        ceased_in_words=tuple(one for one in ceased if old and new and _covered(one, old.spread, new)),
    )


def _covered(one: Lawful, own: Spread, other: Stand) -> bool:
    """True where every holder of the names in `one` is met by some name of the other day's row, for the same item."""
    if not _holders((one.party,), own) <= _holders(other.row.parties, other.spread):
        return False
    if not one.item:
        return True
    providers = {name for grant in other.row.grants if one.item in grant.items for name in grant.providers}
    return _holders((one.provider,), own) <= _holders(providers, other.spread)


def _holders(names: Iterable[str], by: Spread) -> frozenset[str]:
    """The capacities that the names come down to: 都道府県知事等 is the governor, the mayors and the heads with a welfare office."""
    return frozenset(name for name in spread_of(names, by) if len(by.get(name, (name,))) == 1)
