"""From a table's grid to rows: number use (two columns: users, affair) and linkage (four: inquirer, affair, provider, information)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from enishi.law.importing.drafting import balanced, fragments, law_of, plain, term_of, terms_in, without
from enishi.law.importing.grid import Cell, unreadable
from enishi.law.importing.numerals import BRANCHED, Label, follows, label_of, labels_of, written

Row = dict[str, Any]
DELETED: Final = "削除"
BRANCHES: Final = BRANCHED.pattern
LABELLED: Final = re.compile(rf"(?P<label>{BRANCHES}(?:及び{BRANCHES}|から{BRANCHES}まで)?)[　 ]+(?P<rest>.+)")
BOUND: Final = re.compile(
    r"であって(?:(?P<next>次条)|第(?P<article>[一二三四五六七八九十百千]+条(?:の[一二三四五六七八九十百千]+)*)|主務省令)で定めるもの$"
)
PARTY: Final = re.compile(
    "(?:大臣|知事|長官?|協会|連合会?|組合|基金|機構|機関|事業団|共済会|委員会|議会|センター|事業主|保険者|者|もの|法人|会社|支部|大学|学校)等?$"
)
"""How the name of a party ends; a list is cut only where the part before ends so."""
SHARED: Final = re.compile(r"(?P<clause>.+(?:である|を行う|を得た|を受けた|を実施する|を管理する))[^るた]+")
DISTANT: Final = re.compile(r".+に規定する[^るた]+")


@dataclass
class Reading:
    """What reading one text has learnt on its way: the short names given so far, each with the words that it stands for."""

    terms: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Block:
    """One row of law: its label, and the lines of its table that belong to it."""

    label: Label
    party: str
    lines: tuple[tuple[Cell, ...], ...]


def rows_of(grid: list[list[Cell]], reading: Reading, detailed_from: int | None) -> list[Row]:
    """The rows of a table without its header, in the form of `law-sources/`.

    `detailed_from`: the article that details row 1, where articles follow the table; None where a ministry order does.
    Malformed("law-table-unreadable") with the place for a cell, a label or a list that cannot be read.
    """
    rows: list[Row] = []
    for block in _blocks(grid):
        rows += [{"row": written(label), "deleted": True} for label in _deleted(block)] or [_row(block, reading, detailed_from)]
    return rows


def _blocks(grid: list[list[Cell]]) -> Iterator[Block]:
    """Lines gathered under the label that begins them; labels without gap, each once."""
    last: Label = (0,)
    starts = [index for index, line in enumerate(grid) if not line[0].goes_on]
    if not starts or starts[0]:
        unreadable(grid[0][0].place, "no row label")
    for start, end in zip(starts, [*starts[1:], len(grid)], strict=True):
        cell = grid[start][0]
        match = LABELLED.fullmatch(cell.text)
        labels = labels_of(match["label"]) if match else None
        if match is None or labels is None:
            unreadable(cell.place, f"no row label in {cell.text[:30]!r}")
        for label in labels:
            if not follows(label, last):
                unreadable(cell.place, f"row {written(label)} after row {written(last)}")
            last = label
        if len(labels) > 1 and match["rest"] != DELETED:
            unreadable(cell.place, f"one text for rows {match['label']}")
        yield Block(labels[0], match["rest"], tuple(tuple(line) for line in grid[start:end]))


def _deleted(block: Block) -> tuple[Label, ...]:
    """The labels that a block of deleted rows stands for; none where it is a row."""
    if block.party != DELETED:
        return ()
    for line in block.lines:
        for cell in line[1:]:
            if cell.text not in ("", DELETED):
                unreadable(cell.place, f"{cell.text[:30]!r} in a deleted row")
    match = LABELLED.fullmatch(block.lines[0][0].text)
    return labels_of(match["label"]) or () if match else ()


def _row(block: Block, reading: Reading, detailed_from: int | None) -> Row:
    affair_cell = block.lines[0][1]
    for line in block.lines[1:]:
        if not line[1].goes_on:
            unreadable(line[1].place, "a second affair in one row")
    doubts: list[str] = []
    article = (block.label[0] + detailed_from - 1, *block.label[1:]) if detailed_from else None
    parties = _parties(block.party, block.lines[0][0], reading, doubts)
    affair = _unbound(affair_cell, article, "事務")
    law = law_of(affair, reading.terms)
    reading.terms.update(terms_in(affair))
    if not law or not law.endswith(("法", "法律")):
        doubts.append("根拠の法律の名を読み切れない")
    users = {"inquirers": parties} if len(block.lines[0]) > 2 else {"users": parties}
    row: Row = {"row": written(block.label), **({"article": written(article)} if article else {}), **users, "affair": affair, "affair_law": law}
    if len(block.lines[0]) > 2:
        row["grants"] = list(_grants(block, reading, article, doubts))
    return row | ({"doubt": "；".join(dict.fromkeys(doubts))} if doubts else {})


def _unbound(cell: Cell, article: Label | None, ending: str) -> str:
    """A cell's text without `であって…で定めるもの`, after seeing that the article it names is the one that details the row."""
    if not balanced(cell.text):
        unreadable(cell.place, "brackets do not close")
    match = BOUND.search(cell.text)
    if article is not None:
        named = label_of(match["article"].replace("条", "")) if match and match["article"] else None
        if match is None or (named != article if match["article"] else not match["next"] or article != (3,)):
            unreadable(cell.place, f"it should end in: …で定めるもの, by article {written(article)}")
    text = cell.text[: match.start()] if match else cell.text
    if not without(text, lambda _: True).endswith(ending) and not term_of(text):
        unreadable(cell.place, f"no {ending} in {text[-30:]!r}")
    return text


def _parties(text: str, cell: Cell, reading: Reading, doubts: list[str]) -> list[str]:
    """The names in a cell of parties; where one clause may hold for all of them, it is given to each, which is the narrower reading."""
    if not balanced(text):
        unreadable(cell.place, "brackets do not close")
    names: list[str] = []
    clause = ""
    found = list(fragments(text, _whole_party))
    for fragment, doubt in found:
        term = term_of(fragment)
        bare = without(fragment, lambda _: True)
        if not _whole_party(fragment):
            unreadable(cell.place, f"no name of a party: {fragment[-30:]!r}")
        if clause and not SHARED.fullmatch(bare):
            doubts.append(f"「{clause}」は後の者にも掛かると読んだ")
            fragment = clause + fragment
        shared = SHARED.fullmatch(bare)
        clause = shared["clause"] if shared else clause
        if len(found) > 1 and term and term not in bare:
            doubts.append(f"「{term}」が並びのどこまでを指すか読み切れない")
        doubts += [doubt] if doubt else []
        names.append(term or plain(fragment))
    reading.terms.update(terms_in(text))
    return names


def _whole_party(fragment: str) -> bool:
    return bool(term_of(fragment)) or PARTY.search(without(fragment, lambda _: True)) is not None


def _grants(block: Block, reading: Reading, article: Label | None, doubts: list[str]) -> Iterator[Row]:
    """One grant for each line; a provider's cell or an item's cell that goes on is that of the line above."""
    providers: list[str] = []
    items: list[str] = []
    for line in block.lines:
        if line[2].goes_on and line[3].goes_on:
            unreadable(line[2].place, "a line that says nothing new")
        providers = providers if line[2].goes_on else _parties(line[2].text, line[2], reading, doubts)
        items = items if line[3].goes_on else _items(line[3], reading, article, doubts)
        yield {"providers": providers, "items": items}


def _items(cell: Cell, reading: Reading, article: Label | None, doubts: list[str]) -> list[str]:
    """The data items of a cell, by their short names where the text gives one."""
    text = _unbound(cell, article, "情報")
    found = list(fragments(text, _whole_item))
    names: list[str] = []
    for index, (fragment, doubt) in enumerate(found):
        term = term_of(fragment)
        if not _whole_item(fragment):
            unreadable(cell.place, f"no information: {fragment[-30:]!r}")
        if term and index and index + 1 == len(found) and not all(one in reading.terms or term_of(one) for one, _ in found[:-1]):
            doubts.append(f"「{term}」が並びのどこまでを指すか読み切れない")
        doubts += [doubt] if doubt and not term else []
        names.append(term or plain(fragment))
        reading.terms.update(terms_in(fragment))
    return names


def _whole_item(fragment: str) -> bool:
    return bool(term_of(fragment)) or without(fragment, lambda _: True).endswith("情報")
