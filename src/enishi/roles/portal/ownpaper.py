"""An answer about oneself on paper: the holder, when it was asked, and each item with its values, in the reader's language."""

from collections.abc import Iterator

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer

from enishi.roles.portal.export import Exported
from enishi.roles.portal.laidout import lay_out, lines_of
from enishi.roles.portal.ownexport import OwnExport
from enishi.roles.portal.paper import HEAD, QUIET, TEXT, TITLE, draw, paragraph
from enishi.sentences.phrase import plain
from enishi.web.dates import time_in


def to_pdf(export: OwnExport) -> Exported:
    """A4 pages with page numbers; the text can be searched and copied."""
    title = export.say("mine.answer.title", holder=export.holder())
    return Exported(draw(title, lambda: list(_story(export, title)), export.teller.language, export.at_ms), "application/pdf", "pdf")


def _story(export: OwnExport, title: str) -> Iterator[Flowable]:
    answer = export.answer
    yield paragraph(title, TITLE)
    yield paragraph(export.say("mine.paper.made", time=plain(time_in(answer.at_ms, export.teller.language))), QUIET)
    yield Spacer(1, 4 * mm)
    for slug, each in answer.documents.items():
        yield paragraph(export.item(slug), HEAD)
        if as_of := export.as_of(slug):
            yield paragraph(export.say("mine.as_of", time=as_of), QUIET)
        for document in each:
            for line in lines_of(lay_out(slug, document, export.teller.language, export.words())):
                yield paragraph(f"{' / '.join(line.path)}: {line.value or export.say('mine.nothing')}", TEXT)
    for name, why in export.absences():
        yield paragraph(name, HEAD)
        yield paragraph(why, TEXT)
    yield Spacer(1, 6 * mm)
    yield paragraph(export.say("mine.paper.record", position=answer.index, item=answer.item_id.hex()), QUIET)
