"""The list on paper: a PDF of A4 pages with one paragraph for each record, in the reader's language."""

import io
from collections.abc import Callable
from functools import partial
from typing import Any, Final
from xml.sax.saxutils import escape

import msgspec
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer

from enishi.clock import moment
from enishi.roles.portal.export import Export, Exported, Line
from enishi.sentences.language import Language
from enishi.sentences.phrase import plain
from enishi.web.dates import time_in

FONT: Final = "HeiseiKakuGo-W5"
"""One of the Japanese fonts that every reader of PDF must know by name (ISO 32000-1, 9.7.5.2), so that no font file is needed."""
EDGE: Final = 20 * mm
LIMIT: Final = 500
"""Most records of one file: some sixty pages, drawn in a few seconds."""
TEXT: Final = ParagraphStyle("text", fontName=FONT, fontSize=10, leading=16, wordWrap="CJK")
QUIET: Final = ParagraphStyle("quiet", parent=TEXT, fontSize=8, leading=12, textColor=HexColor(0x4D4D4D))
HEAD: Final = ParagraphStyle("head", parent=TEXT, fontSize=12, leading=18, spaceBefore=8)
TITLE: Final = ParagraphStyle("title", parent=TEXT, fontSize=18, leading=26)


def to_pdf(export: Export) -> Exported:
    """Everything chosen, newest first, with page numbers; the text can be searched and copied."""
    title = _say(export, "records.title")
    return Exported(draw(title, lambda: _story(export, title), export.teller.language, export.at_ms), "application/pdf", "pdf")


def draw(title: str, story: Callable[[], list[Flowable]], language: Language, at_ms: int) -> bytes:
    """A document of A4 pages, each with the day and its number."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    written = io.BytesIO()
    document = SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=EDGE,
        rightMargin=EDGE,
        topMargin=EDGE,
        bottomMargin=EDGE,
        title=title,
        author="Enishi",
        lang="en" if language is Language.ENGLISH else "ja",
        invariant=1,
    )
    numbered = partial(_number, at_ms)
    document.build(story(), onFirstPage=numbered, onLaterPages=numbered)
    return written.getvalue()


def _story(export: Export, title: str) -> list[Flowable]:
    made = plain(time_in(export.at_ms, export.teller.language))
    lines = msgspec.structs.replace(export, cards=export.cards[:LIMIT]).lines()
    head: list[Flowable] = [paragraph(title, TITLE), paragraph(_say(export, "paper.made", time=made, count=len(lines)), QUIET)]
    if len(lines) < len(export.cards):
        head.append(paragraph(_say(export, "paper.cut", all=len(export.cards)), QUIET))
    head.append(Spacer(1, 4 * mm))
    return [*head, *(_block(export, line) for line in lines), Spacer(1, 6 * mm), paragraph(_say(export, "paper.check"), QUIET)]


def _block(export: Export, line: Line) -> Flowable:
    head = f"{line.number}. {line.when}  {line.result}"
    places = " ".join(map(str, line.positions))
    parts = [paragraph(head, HEAD), paragraph(line.sentence, TEXT)]
    if line.basis:
        parts.append(paragraph(f"{export.head('basis')}: {', '.join(line.basis_words)}", QUIET))
    return KeepTogether([*parts, paragraph(f"{export.head('positions')}: {places}", QUIET)])


def paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    """A paragraph of plain text."""
    # Platypus reads a paragraph as markup: names and words of others must not be it.
    return Paragraph(escape(text), style)


def _say(export: Export, key: str, **values: str | int) -> str:
    return plain(export.catalogue.say(export.teller.language, key, values))


def _number(at_ms: int, canvas: Any, document: Any) -> None:
    canvas.setFont(FONT, 8)
    stamp = moment(at_ms).date().isoformat()
    canvas.drawRightString(A4[0] - EDGE, EDGE / 2, f"{stamp}  {document.page}")
