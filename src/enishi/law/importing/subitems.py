"""Lists below a sentence: 号, then イロハ, then (1), (i); each in its place in the order, none left out."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from enishi.errors import Malformed
from enishi.law.importing.numerals import IROHA, follows, label_of, written
from enishi.law.importing.reader import Node, Place, children, words

ROMAN: Final = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv", "xvi", "xvii", "xviii", "xix", "xx")
BELOW: Final = {"Item": "Subitem1", "Subitem1": "Subitem2", "Subitem2": "Subitem3"}


@dataclass(frozen=True)
class Listed:
    """One entry of a list: its label (`2-2`, `イ`, `(1)`), its sentence by columns, and the list below it."""

    label: str
    columns: tuple[str, ...]
    below: tuple["Listed", ...]
    place: Place


def listed(nodes: Sequence[Node], tag: str, place: Place) -> tuple[Listed, ...]:
    """The entries of one list; Malformed("law-detail-unreadable") where a label is missing, doubled or out of its order."""
    labels: list[str] = []
    found = []
    for node in nodes:
        here = place.at(f"{tag} {len(labels) + 1}", node)
        parts = children(node, here, frozenset((f"{tag}Title", f"{tag}Sentence", BELOW.get(tag, "Subitem4"))))
        titles, sentences = node.named(f"{tag}Title"), node.named(f"{tag}Sentence")
        if len(titles) != 1 or len(sentences) != 1 or parts[:2] != [titles[0], sentences[0]]:
            _unreadable(here, "no title and sentence")
        label = _label(tag, unicodedata.normalize("NFKC", words(titles[0], here)), labels, here)
        labels.append(label)
        below = listed(parts[2:], BELOW[tag], here) if tag in BELOW else ()
        if tag not in BELOW and parts[2:]:
            _unreadable(here, f"<{parts[2].tag}>")
        found.append(Listed(label, _columns(sentences[0], here), below, here))
    return tuple(found)


def _label(tag: str, text: str, before: list[str], place: Place) -> str:
    label = _item_label(text, before) if tag == "Item" else text if text == _expected(tag, len(before)) else ""
    if not label:
        _unreadable(place, f"label {text[:20]!r} after {before[-1] if before else 'none'}")
    return label


def _item_label(text: str, before: list[str]) -> str:
    last = tuple(int(part) for part in before[-1].split("-")) if before else (0,)
    label = label_of(text)
    return written(label) if label is not None and follows(label, last) else ""


def _expected(tag: str, number: int) -> str:
    """What the label after so many others of its kind must be."""
    if tag == "Subitem1":
        return IROHA[number : number + 1]
    return f"({number + 1})" if tag == "Subitem2" else f"({ROMAN[min(number, len(ROMAN) - 1)]})"


def _columns(sentence: Node, place: Place) -> tuple[str, ...]:
    """The columns of a sentence, or the one text that it is."""
    columns = sentence.named("Column")
    if not columns:
        return (words(sentence, place),)
    children(sentence, place, frozenset(("Column",)))
    return tuple(words(column, place) for column in columns)


def _unreadable(place: Place, what: str) -> NoReturn:
    raise Malformed("law-detail-unreadable", f"{place}: {what}"[:300], "file")
