"""The forms drawn: A4, Japanese as the institution needs it, with the reader's own language beneath each label."""

from collections.abc import Iterator

from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer, Table, TableStyle

from enishi.roles.portal.paper import QUIET, TEXT, TITLE, draw, paragraph
from enishi.roles.portal.paperforms import Filled, PaperForm
from enishi.sentences.catalogue import Catalogue
from enishi.sentences.language import Language
from enishi.sentences.phrase import plain

LABEL: int = 52
"""Width of the labels, millimetres; the room to write takes the rest of the 170 between the edges."""
LINE: int = 8
"""Height of a line to write on, millimetres."""
_GRID = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, HexColor(0x4D4D4D)), ("VALIGN", (0, 0), (-1, -1), "TOP")])


def form_pdf(form: PaperForm, filled: Filled, language: Language, catalogue: Catalogue, at_ms: int) -> bytes:
    """A form as PDF; what it is about is written in where it is known, and nobody's name is."""

    def say(key: str, tongue: Language) -> str:
        return plain(catalogue.say(tongue, f"paperform.{key}", {}))

    def label(key: str) -> list[Flowable]:
        own = [] if language is Language.JAPANESE else [paragraph(say(key, language), QUIET)]
        return [paragraph(say(key, Language.JAPANESE), TEXT), *own]

    def story() -> Iterator[Flowable]:
        yield paragraph(say(f"{form.key}.head", Language.JAPANESE), TITLE)
        yield from label(f"{form.key}.text")
        yield Spacer(1, 4 * mm)
        rows = [[label(f"field.{field}"), [paragraph(filled.value(field), TEXT)]] for field, _ in form.fields]
        heights = [None if filled.value(field) else (lines * LINE + 6) * mm for field, lines in form.fields]
        yield Table(rows, colWidths=[LABEL * mm, (170 - LABEL) * mm], rowHeights=heights, style=_GRID)
        yield Spacer(1, 4 * mm)
        yield from label("note")

    return draw(say(f"{form.key}.head", Language.JAPANESE), lambda: list(story()), language, at_ms)
