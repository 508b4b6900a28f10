"""The list as a file of one's own: CSV for a table program, JSON with the proof for other programs, PDF for paper."""

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from enishi.clock import moment
from enishi.roles.portal.cards import Card
from enishi.roles.portal.telling import Teller, Told
from enishi.roles.portal.view import ProofDocument, ViewedLog, proof_of
from enishi.sentences.catalogue import Catalogue
from enishi.sentences.phrase import plain

FORMAT: Final = "enishi-records/1"
COLUMNS: Final = ("number", "time", "result", "inquirer", "items", "provider", "purpose", "sentence", "basis", "positions")
"""Columns of the CSV file and of the PDF's source, each with its head in the sentences `export.<column>`."""
RISKY: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a table program take a cell for a formula (OWASP, CSV injection)."""


class Exported(msgspec.Struct, frozen=True):
    """A file to save: its bytes, its media type, and the ending of its name."""

    content: bytes
    media_type: str
    ending: str


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One card in words; `bodies` are the records' own texts, oldest first.

    `time` is ISO 8601 with the offset of Japan, `when` the same in the reader's calendar.
    """

    number: int
    time: str
    when: str
    result: str
    inquirer: str
    items: str
    provider: str
    purpose: str
    sentence: str
    basis: tuple[str, ...]
    basis_words: tuple[str, ...]
    positions: tuple[int, ...]
    bodies: tuple[Any, ...]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON file: the lines in words, and what `enishi verify --records` checks them by."""

    format: str
    exported_at: str
    language: str
    chosen: int
    records: tuple[Line, ...]
    proof: ProofDocument


class Export(msgspec.Struct, frozen=True):
    """What is to be exported: the chosen cards, the whole look for its proof, who tells them, and when."""

    cards: tuple[Card, ...]
    viewed: ViewedLog
    teller: Teller
    catalogue: Catalogue
    at_ms: int

    def lines(self) -> tuple[Line, ...]:
        """The cards in words of the reader's language, in their order."""
        return tuple(_line(self.teller.tell(card)) for card in self.cards)

    def head(self, column: str) -> str:
        """The head of a column."""
        return plain(self.catalogue.say(self.teller.language, f"export.{column}", {}))


def to_csv(export: Export) -> Exported:
    """RFC 4180, UTF-8 behind a byte order mark, which table programs need to read Japanese."""
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow([export.head(column) for column in COLUMNS])
    table.writerows([cell_text(getattr(line, column)) for column in COLUMNS] for line in export.lines())
    return Exported(written.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", "csv")


def to_json(export: Export) -> Exported:
    """`Document`, indented; the proof covers every record of the look, chosen or not."""
    lines = export.lines()
    document = Document(
        format=FORMAT,
        exported_at=moment(export.at_ms).isoformat(timespec="seconds"),
        language=export.teller.language.value,
        chosen=len(lines),
        records=lines,
        proof=proof_of(export.viewed),
    )
    return Exported(msgspec.json.format(msgspec.json.encode(document), indent=1), "application/json", "json")


def to_paper(export: Export) -> Exported:
    """The same on paper; what draws it is loaded with the first such file, because it costs a start more than the portal's other imports."""
    from enishi.roles.portal.paper import to_pdf

    return to_pdf(export)


FORMS: Final[Mapping[str, Callable[[Export], Exported]]] = {"csv": to_csv, "json": to_json, "pdf": to_paper}
"""What makes a file of each kind, by the ending of its name."""


def _line(told: Told) -> Line:
    card = told.card
    return Line(
        number=card.number,
        time=moment(card.at_ms).isoformat(timespec="seconds"),
        when=plain(told.moment),
        result=plain(told.result),
        inquirer="" if card.plain else plain(told.inquirer),
        items="" if card.plain else plain(told.items),
        provider="" if card.plain else plain(told.provider),
        purpose="" if card.plain else plain(told.purpose),
        sentence=plain(told.sentence),
        basis=card.body.basis,
        basis_words=tuple(plain(cited.short) for cited in told.basis),
        positions=tuple(record.index for record in card.records),
        bodies=tuple(msgspec.json.decode(record.body) for record in card.records),
    )


def cell_text(value: object) -> str:
    """A value as a cell that no table program takes for a formula."""
    text = " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"'{text}" if text.startswith(RISKY) else text
