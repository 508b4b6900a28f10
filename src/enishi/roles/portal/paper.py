"""The list on paper: a PDF of A4 pages with one paragraph for each record, in the reader's language."""

import io
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
_TEXT: Final = ParagraphStyle("text", fontName=FONT, fontSize=10, leading=16, wordWrap="CJK")
_QUIET: Final = ParagraphStyle("quiet", parent=_TEXT, fontSize=8, leading=12, textColor=HexColor(0x4D4D4D))
_HEAD: Final = ParagraphStyle("head", parent=_TEXT, fontSize=12, leading=18, spaceBefore=8)
_TITLE: Final = ParagraphStyle("title", parent=_TEXT, fontSize=18, leading=26)


def to_pdf(export: Export) -> Exported:
    """Everything chosen, newest first, with page numbers; the text can be searched and copied."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    written = io.BytesIO()
    title = _say(export, "records.title")
    language = "en" if export.teller.language is Language.ENGLISH else "ja"
    document = SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=EDGE,
        rightMargin=EDGE,
        topMargin=EDGE,
        bottomMargin=EDGE,
        title=title,
        author="Enishi",
        lang=language,
        invariant=1,
    )
    numbered = partial(_number, export)
    document.build(_story(export, title), onFirstPage=numbered, onLaterPages=numbered)
    return Exported(written.getvalue(), "application/pdf", "pdf")


def _story(export: Export, title: str) -> list[Flowable]:
    made = plain(time_in(export.at_ms, export.teller.language))
    lines = msgspec.structs.replace(export, cards=export.cards[:LIMIT]).lines()
    head: list[Flowable] = [_paragraph(title, _TITLE), _paragraph(_say(export, "paper.made", time=made, count=len(lines)), _QUIET)]
    if len(lines) < len(export.cards):
        head.append(_paragraph(_say(export, "paper.cut", all=len(export.cards)), _QUIET))
    head.append(Spacer(1, 4 * mm))
    return [*head, *(_block(export, line) for line in lines), Spacer(1, 6 * mm), _paragraph(_say(export, "paper.check"), _QUIET)]


def _block(export: Export, line: Line) -> Flowable:
    head = f"{line.number}. {line.when}  {line.result}"
    places = " ".join(map(str, line.positions))
    parts = [_paragraph(head, _HEAD), _paragraph(line.sentence, _TEXT)]
    if line.basis:
        parts.append(_paragraph(f"{export.head('basis')}: {', '.join(line.basis_words)}", _QUIET))
    return KeepTogether([*parts, _paragraph(f"{export.head('positions')}: {places}", _QUIET)])


def _paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    # Platypus reads a paragraph as markup: names and words of others must not be it.
    return Paragraph(escape(text), style)


def _say(export: Export, key: str, **values: str | int) -> str:
    return plain(export.catalogue.say(export.teller.language, key, values))


def _number(export: Export, canvas: Any, document: Any) -> None:
    canvas.setFont(FONT, 8)
    stamp = moment(export.at_ms).date().isoformat()
    canvas.drawRightString(A4[0] - EDGE, EDGE / 2, f"{stamp}  {document.page}")
