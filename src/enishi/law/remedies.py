"""代替手段: for each ground of the linkage step, the lawful ways that remain; none of them is a Permit or leads to a linkage code."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from enishi.law.eras import STATUTE, Era
from enishi.law.index import PurposeIndex, RowIndex
from enishi.law.prepared import PAPER, Ways
from enishi.law.question import Question
from enishi.law.verdict import Remedy, RemedyCode

RESIDENT: Final = "住民票関係情報"
LOCAL: Final = frozenset(
    (
        "市町村長",
        "市長",
        "町村長",
        "特別区の区長",
        "福祉事務所を管理する町村長",
        "都道府県知事",
        "都道府県知事等",
        "市町村教育委員会",
        "都道府県教育委員会",
        "広島市長",
        "長崎市長",
    )
)
"""Capacities of local governments: only they have organs beside them (19(11)) and ordinances of their own (19(9))."""

BASIC_RESIDENT_REGISTER: Final = Remedy(RemedyCode.BASIC_RESIDENT_REGISTER, "342AC0000000081#30_9")
SELF_DISCLOSURE: Final = Remedy(RemedyCode.SELF_DISCLOSURE, "415AC0000000057#76")
SAME_GOVERNMENT: Final = Remedy(RemedyCode.SAME_GOVERNMENT, f"{STATUTE}#19-1-11")
ORDINANCE_FILING: Final = Remedy(RemedyCode.ORDINANCE_FILING, f"{STATUTE}#19-1-9")
PROPOSAL_ROW: Final = Remedy(RemedyCode.PROPOSAL_ROW, f"{STATUTE}#19-1-8")


LIKE: Final = 0.12
"""Below this share of common pairs of letters no row is named as the nearest."""
TAIL: Final = "に関する事務"


AROUND: Final = (SELF_DISCLOSURE, PAPER)
AROUND_LOCAL: Final = (SAME_GOVERNMENT, *AROUND)
# By whether residence is asked, then by whether the inquirer is of no local government.
AROUND_PURPOSE: Final = ((AROUND_LOCAL, AROUND), ((BASIC_RESIDENT_REGISTER, *AROUND_LOCAL), (BASIC_RESIDENT_REGISTER, *AROUND)))
AROUND_ROW: Final = tuple(tuple((*ways, PROPOSAL_ROW) for ways in pair) for pair in AROUND_PURPOSE)
FEWER_ITEMS: Final = RemedyCode.FEWER_ITEMS
NAME_PURPOSE_ITEM: Final = RemedyCode.NAME_PURPOSE_ITEM


def for_no_row(question: Question, inquirer: tuple[str, ...], near: tuple[str, ...], proposed: tuple[str, ...] = ()) -> tuple[Remedy, ...]:
    """No row carries this inquirer's affair: 住基法 is the usual way to an address; an ordinance, the person, a new row.

    `near` names the statutory affair that a filing under Art. 19(9) would be measured by, `proposed` the rows that somebody proposes.
    """
    proposal = Remedy(RemedyCode.PROPOSAL_ROW, PROPOSAL_ROW.citation, proposed)
    if LOCAL.isdisjoint(inquirer):
        return (BASIC_RESIDENT_REGISTER, *AROUND, proposal)
    register = (BASIC_RESIDENT_REGISTER,) if RESIDENT in question.items else ()
    return (*register, SAME_GOVERNMENT, _filing(near), *AROUND, proposal)


def proposals_for(era: Era, laws: Collection[str]) -> tuple[str, ...]:
    """Citations of the proposed rows that stand on one of these laws."""
    rows = {entry.row.row.citation: entry.row.row.laws for entry in era.proposals.values() if entry.row is not None}
    return tuple([citation for citation, named in rows.items() if any(law in laws for law in named)])


def _filing(near: tuple[str, ...]) -> Remedy:
    return Remedy(RemedyCode.ORDINANCE_FILING, ORDINANCE_FILING.citation, near)


def for_ordinance(question: Question, near: tuple[str, ...], under_way: tuple[Remedy, ...] = ()) -> tuple[Remedy, ...]:
    """An ordinance affair that may not be linked: the filing's next step, or one against the nearest affair; then the ways around."""
    register = (BASIC_RESIDENT_REGISTER,) if RESIDENT in question.items else ()
    return (*(under_way or (_filing(near),)), SAME_GOVERNMENT, *register, SELF_DISCLOSURE, PAPER)


def change_filing(question: Question, carried: Collection[str]) -> tuple[Remedy, ...]:
    """The items that a filing carries can be asked at once; for others it must be changed, or the person asked."""
    kept = tuple([item for item in question.items if item in carried])
    fewer = (Remedy(FEWER_ITEMS, "", kept),) if kept else ()
    return (*fewer, Remedy(RemedyCode.CHANGE_FILING, ORDINANCE_FILING.citation), SELF_DISCLOSURE, PAPER)


def nearest(era: Era, question: Question, inquirer: tuple[str, ...], words: str) -> tuple[str, ...]:
    """The row of the day (citation, affair) that gives this inquirer every item asked from this provider and is worded most like `words`.

    Likeness is the share of pairs of letters that two wordings have in common (Dice); it proposes a reading and decides nothing.
    """
    given_by = question.provider.capacities
    found = [
        row.row
        for row in era.linkage
        if not row.inquirers.isdisjoint(inquirer)
        and question.items
        and all(item in row.providers and not row.providers[item].isdisjoint(given_by) for item in question.items)
    ]
    likeness, best = max(((_likeness(words, row.affair), row) for row in found), key=lambda pair: pair[0], default=(0.0, None))
    return (best.citation, best.affair) if best is not None and likeness >= LIKE else ()


def _likeness(one: str, other: str) -> float:
    first, second = ({text[at : at + 2] for at in range(len(text) - 1)} for text in (one.replace(TAIL, ""), other.replace(TAIL, "")))
    return 2 * len(first & second) / (len(first) + len(second) or 1)


def for_item_not_in_row(question: Question, row: RowIndex, absent: Sequence[str], inquirer: tuple[str, ...]) -> Ways:
    """The row does not carry the item at all."""
    return _fewer(question, absent, row.providers) + AROUND_ROW[RESIDENT in absent][LOCAL.isdisjoint(inquirer)]


def for_item_not_in_purpose(question: Question, row: RowIndex, purpose: PurposeIndex, absent: Sequence[str], inquirer: tuple[str, ...]) -> Ways:
    """The row carries the item, but not for this 号."""
    fewer = _fewer(question, absent, purpose.relations)
    return other_purposes(row, absent, inquirer) + fewer + AROUND_PURPOSE[RESIDENT in absent][LOCAL.isdisjoint(inquirer)]


def other_purposes(row: RowIndex, items: Sequence[str], inquirer: tuple[str, ...]) -> Ways:
    """The 号 of the same row that allow all these items, if the case really is one of them."""
    if len(items) == 1 and items[0] in row.ways:
        return row.ways[items[0]]
    wanted = set(items)
    return tuple(
        purpose.way
        for purpose in row.purposes.values()
        if wanted <= purpose.relations.keys() and not (purpose.inquirers and purpose.inquirers.isdisjoint(inquirer))
    )


def _fewer(question: Question, absent: Sequence[str], allowed: Mapping[str, object]) -> Ways:
    if len(question.items) == len(absent):
        return ()
    kept = tuple([item for item in question.items if item in allowed])
    return (Remedy(FEWER_ITEMS, "", kept),) if kept else ()


def name_purpose(row: RowIndex) -> tuple[Remedy, ...]:
    """The 号 of the row's article, to choose the one that the case is."""
    return (Remedy(NAME_PURPOSE_ITEM, row.article, tuple(row.purposes)),)


def name_row(citations: tuple[str, ...]) -> tuple[Remedy, ...]:
    """Name one row by source and label."""
    return (Remedy(RemedyCode.NAME_ROW, "", citations),)
