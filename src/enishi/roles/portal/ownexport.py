"""An answer about oneself as a file of one's own: JSON with the documents as they came, CSV for a table program, PDF for paper."""

import csv
import io
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import msgspec

from enishi.clock import moment
from enishi.roles.portal.export import Exported, cell_text
from enishi.roles.portal.laidout import Words, lay_out, lines_of
from enishi.roles.portal.owndata import OwnData
from enishi.roles.portal.telling import Teller
from enishi.sentences.catalogue import Catalogue, name_of
from enishi.sentences.phrase import plain
from enishi.web.dates import machine_time, time_in

FORMAT: Final = "enishi-own/1"
COLUMNS: Final = ("item", "label", "value", "as_of")


class OwnExport(msgspec.Struct, frozen=True):
    """What is to be saved, who tells it, and when."""

    answer: OwnData
    teller: Teller
    catalogue: Catalogue
    at_ms: int

    def say(self, key: str, **values: str | int) -> str:
        """A sentence without readings."""
        return plain(self.catalogue.say(self.teller.language, key, values))

    def words(self) -> Words:
        """Yes and no."""
        return Words(self.say("mine.yes"), self.say("mine.no"))

    def item(self, slug: str) -> str:
        """An item's plain name."""
        return plain(name_of("items", slug, self.teller.language))

    def holder(self) -> str:
        """Who answered."""
        return plain(self.teller.institution(self.answer.holder))

    def as_of(self, slug: str) -> str:
        """When the holder's source held the item, in words; empty where that is not known."""
        at_ms = self.answer.as_of.get(slug, 0)
        return plain(time_in(at_ms, self.teller.language)) if at_ms else ""

    def absences(self) -> tuple[tuple[str, str], ...]:
        """Items that were asked for without a document, with what that means."""
        return tuple((self.item(slug), self.say(f"mine.absent.{why.value}")) for slug, why in self.answer.absent.items())


class OwnDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON file; `recorded_at` is the place of the request in the log."""

    format: str
    holder: str
    holder_name: str
    asked_at: str
    period: str
    outcome: str
    documents: dict[str, tuple[msgspec.Raw, ...]]
    as_of: dict[str, str]
    absent: dict[str, str]
    item_id: str
    recorded_at: int


def to_json(export: OwnExport) -> Exported:
    """The documents exactly as the institution gave them, each in the form that its `v` names."""
    answer = export.answer
    document = OwnDocument(
        format=FORMAT,
        holder=answer.holder,
        holder_name=export.holder(),
        asked_at=machine_time(answer.at_ms),
        period=answer.period,
        outcome=answer.outcome.value if answer.outcome else "",
        documents={slug: tuple(map(msgspec.Raw, each)) for slug, each in answer.documents.items()},
        as_of={slug: machine_time(at_ms) for slug, at_ms in answer.as_of.items()},
        absent={slug: why.value for slug, why in answer.absent.items()},
        item_id=answer.item_id.hex(),
        recorded_at=answer.index,
    )
    return Exported(msgspec.json.format(msgspec.json.encode(document), indent=1), "application/json", "json")


def to_csv(export: OwnExport) -> Exported:
    """RFC 4180, UTF-8 behind a byte order mark: a line for each value, with the labels that lead to it."""
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow([export.say(f"mine.column.{column}") for column in COLUMNS])
    for slug, each in export.answer.documents.items():
        for document in each:
            for line in lines_of(lay_out(slug, document, export.teller.language, export.words())):
                table.writerow([cell_text(one) for one in (export.item(slug), " / ".join(line.path), line.value, export.as_of(slug))])
    table.writerows([cell_text(name), "", cell_text(why), ""] for name, why in export.absences())
    return Exported(written.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", "csv")


def to_paper(export: OwnExport) -> Exported:
    """The same on paper; what draws it is loaded with the first such file."""
    from enishi.roles.portal.ownpaper import to_pdf

    return to_pdf(export)


FORMS: Final[Mapping[str, Callable[[OwnExport], Exported]]] = {"json": to_json, "csv": to_csv, "pdf": to_paper}
"""What makes a file of each kind, by the ending of its name."""


def saved(export: OwnExport, ending: str) -> tuple[Callable[[], Exported], str]:
    """What makes a file, and its name, which says whose it is no more than the day."""
    return partial(FORMS[ending], export), f"enishi-mydata-{moment(export.at_ms):%Y-%m-%d}.{ending}"
