"""Reads XML into plain nodes that know their place; refuses document types, and with them every entity and external reference."""

from dataclasses import dataclass, field
from typing import Final, NoReturn
from xml.parsers import expat

from enishi.errors import Malformed, Oversized

LARGEST: Final = 64 * 1024 * 1024
DEEPEST: Final = 40
"""The schema nests about twenty elements; a text that goes deeper is none of e-Gov's."""


@dataclass
class Node:
    """One element: its attributes, its children, and the text that stands in it (pieces between children, in their order)."""

    tag: str
    attributes: dict[str, str]
    line: int
    children: list["Node"] = field(default_factory=list)
    pieces: list[tuple[int, str]] = field(default_factory=list)

    def named(self, *tags: str) -> list["Node"]:
        """The children of these names, in their order."""
        return [child for child in self.children if child.tag in tags]


@dataclass(frozen=True)
class Place:
    """Where in a text something stands: the way down to it, as a person finds it again."""

    way: tuple[str, ...] = ()
    line: int = 0

    def at(self, step: str, node: Node | None = None) -> "Place":
        """One step further down."""
        return Place((*self.way, step), node.line if node else self.line)

    def __str__(self) -> str:
        """`Article 2 / TableRow 3 (line 120)`."""
        return f"{' / '.join(self.way) or 'Law'} (line {self.line})"


def read(text: bytes) -> Node:
    """The root element; Oversized("law-xml-oversized") or Malformed("law-xml-broken") with the line where reading ended."""
    if len(text) > LARGEST:
        raise Oversized("law-xml-oversized", f"{len(text)} bytes", "file")
    builder = _Builder()
    try:
        # Decoded here, so that no declaration chooses another reading of the bytes.
        builder.parser.Parse(text.decode("utf-8-sig").encode(), True)
    except (expat.ExpatError, UnicodeDecodeError, ValueError) as error:
        raise Malformed("law-xml-broken", f"line {builder.parser.CurrentLineNumber}: {type(error).__name__}", "file") from error
    if builder.root is None:
        raise Malformed("law-xml-broken", "line 1", "file")
    return builder.root


class _Builder:
    """Expat's callbacks; a declaration of a document type ends the reading before any entity in it is looked at."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.parser.ExternalEntityRefHandler = self._refuse

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        node = Node(tag, attributes, self.parser.CurrentLineNumber)
        if len(self._open) >= DEEPEST:
            raise Malformed("law-xml-broken", f"line {node.line}: {DEEPEST} elements deep", "file")
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def _end(self, tag: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        node = self._open[-1]
        node.pieces.append((len(node.children), text))

    def _refuse(self, *_: object) -> NoReturn:
        raise Malformed("law-xml-broken", f"line {self.parser.CurrentLineNumber}: DOCTYPE", "file")


def unknown(place: Place, what: str) -> NoReturn:
    """Something stands where the importer knows of nothing: Malformed("law-xml-unknown")."""
    raise Malformed("law-xml-unknown", f"{place}: {what}"[:300], "file")


def children(node: Node, place: Place, known: frozenset[str]) -> list[Node]:
    """The children of a structural element, all of them known and with nothing but space between them."""
    for _, piece in node.pieces:
        if piece.strip():
            unknown(place.at(node.tag, node), f"text {piece.strip()[:40]!r}")
    for child in node.children:
        if child.tag not in known:
            unknown(place.at(node.tag, child), f"<{child.tag}>")
    return node.children


SPACE: Final = " \t\r"
INLINE: Final = frozenset(("Sentence", "Column", "Line", "Ruby", "Sup", "Sub"))


def words(node: Node, place: Place) -> str:
    """The text of an element that holds words; readings (Rt) are left out, any element that is not known to hold words ends the import."""
    said: list[str] = []
    pieces = iter([*node.pieces, (len(node.children) + 1, "")])
    waiting = next(pieces)
    for index, child in enumerate([*node.children, None]):
        while waiting[0] == index:
            said += [line.strip(SPACE) for line in waiting[1].split("\n")]
            waiting = next(pieces)
        if child is None or child.tag == "Rt":
            continue
        if child.tag not in INLINE:
            unknown(place.at(node.tag, child), f"<{child.tag}>")
        said.append(words(child, place))
    return "".join(said)
