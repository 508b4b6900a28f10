"""One's own data in words: what the form for asking offers, and what an institution answered, for whoever asked."""

import msgspec

from enishi.clock import moment
from enishi.items import find
from enishi.roles.portal.asking import Choice, years_at
from enishi.roles.portal.laidout import Entry, Words, lay_out
from enishi.roles.portal.owndata import OwnData
from enishi.sentences.catalogue import name_of
from enishi.sentences.language import Language
from enishi.sentences.phrase import Phrase, plain
from enishi.web.citations import cite
from enishi.web.dates import day_in, machine_time, time_in, year_in
from enishi.web.kit import Kit


class Section(msgspec.Struct, frozen=True):
    """One item of an answer: its slug, its name, its documents laid out, as of when, or why there is none."""

    slug: str
    name: Phrase
    documents: tuple[tuple[Entry, ...], ...]
    as_of: Phrase
    absent: str


def years_on(at_ms: int) -> tuple[str, ...]:
    """The fiscal years that are offered at a time."""
    return years_at(moment(at_ms).year)


def names_of(items: tuple[str, ...], language: Language) -> tuple[Phrase, ...]:
    """The items in plain words."""
    return tuple(name_of("items", item, language) for item in items)


def lacking(choice: Choice) -> tuple[str, ...]:
    """What a choice lacks: items, or the fiscal year of one that is asked for by year."""
    if not choice.items:
        return ("items",)
    return ("period",) if not choice.period and any(_yearly(item) for item in choice.items) else ()


def tell_form(held: tuple[str, ...], language: Language, at_ms: int) -> dict[str, object]:
    """What a form offers: each item with whether it goes by year, and the years where one does."""
    today = moment(at_ms).date()
    years = [(year, plain(year_in(today.replace(year=int(year), month=4, day=1), language))) for year in years_on(at_ms)]
    items = [(item, name_of("items", item, language), _yearly(item)) for item in held]
    return {"items": items, "years": years if any(map(_yearly, held)) else []}


def tell_answer(answer: OwnData, kit: Kit, language: Language, law_origin: str | None) -> dict[str, object]:
    """What was asked and what came back."""
    return {
        "answer": answer,
        "id": answer.holder,
        "result": answer.outcome.value if answer.outcome else "asked",
        "sections": _sections(answer, kit, language),
        "asked": names_of(answer.items, language),
        "cited": cite(answer.citation, language, law_origin) if answer.citation else None,
        "deadline": day_in(moment(answer.deadline_ms).date(), language) if answer.deadline_ms else (),
        "moment": time_in(answer.at_ms, language),
        "stamp": machine_time(answer.at_ms),
    }


def _sections(answer: OwnData, kit: Kit, language: Language) -> tuple[Section, ...]:
    words = Words(*(plain(kit.phrase(language, f"mine.{one}")) for one in ("yes", "no")))
    told = []
    for item in answer.items:
        documents = tuple(lay_out(item, one, language, words) for one in answer.documents.get(item, ()))
        as_of = time_in(answer.as_of[item], language) if item in answer.as_of else ()
        why = answer.absent.get(item)
        if documents or why:
            told.append(Section(item, name_of("items", item, language), documents, as_of, why.value if why else ""))
    return tuple(told)


def _yearly(item: str) -> bool:
    return find(item).period == "fiscal_year"
