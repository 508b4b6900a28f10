"""An item's document as lines to read: every field of its schema by its label there, codes and dates in words, groups below their heads."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec

from enishi.items import code_list, read, schema, version_of
from enishi.sentences.language import Language
from enishi.sentences.phrase import plain
from enishi.web.dates import day_in

VERSION = "v"
"""The field that names a document's form, and tells its reader nothing."""


class Entry(msgspec.Struct, frozen=True):
    """One field: its label and its value in words (empty for nothing), or the groups below it, one for each of a list."""

    label: str
    value: str
    parts: tuple[tuple["Entry", ...], ...] = ()


class Line(msgspec.Struct, frozen=True):
    """The same without depth, for tables: the labels on the way, and the value."""

    path: tuple[str, ...]
    value: str


class Words(msgspec.Struct, frozen=True):
    """What stands for yes and no, in the reader's language."""

    yes: str
    no: str


def lay_out(item: str, document: bytes, language: Language, words: Words) -> tuple[Entry, ...]:
    """A document that its schema holds; Malformed("item-invalid") for any other.  Labels are the schema's own, in Japanese or English."""
    whole = schema(item, version_of(item, document))
    return tuple(_Reader(whole, language, words).entries(whole, read(item, document)))


def lines_of(entries: tuple[Entry, ...], above: tuple[str, ...] = ()) -> Iterator[Line]:
    """Every value of a document, in its order; of several in a list each with its number."""
    for entry in entries:
        path = (*above, entry.label)
        if not entry.parts:
            yield Line(path, entry.value)
        for number, part in enumerate(entry.parts, 1):
            yield from lines_of(part, (*path, str(number)) if len(entry.parts) > 1 else path)


class _Reader:
    """Reads one document by one schema."""

    def __init__(self, whole: dict[str, Any], language: Language, words: Words) -> None:
        self._whole = whole
        self._language = language
        self._words = words

    def entries(self, form: dict[str, Any], value: dict[str, Any]) -> Iterator[Entry]:
        for name, body in form.get("properties", {}).items():
            if name in value and name != VERSION:
                yield self._entry(body, value[name])

    def _entry(self, body: dict[str, Any], value: Any) -> Entry:
        label = body.get("x-title-en" if self._language is Language.ENGLISH else "title", "")
        held = self._held(body)
        if isinstance(value, dict):
            return Entry(label, "", (tuple(self.entries(held, value)),))
        if isinstance(value, list):
            return self._list(label, body, self._held(held.get("items", {})), value)
        return Entry(label, self._text(body, held, value))

    def _list(self, label: str, body: dict[str, Any], each: dict[str, Any], values: list[Any]) -> Entry:
        if values and isinstance(values[0], dict):
            return Entry(label, "", tuple(tuple(self.entries(each, one)) for one in values))
        joined = ", " if self._language is Language.ENGLISH else "、"
        return Entry(label, joined.join(self._text({**each, **_listed(body)}, each, one) for one in values))

    def _held(self, body: dict[str, Any]) -> dict[str, Any]:
        """What stands behind a `$ref`, or behind the choice between something and nothing."""
        if "$ref" in body:
            found: dict[str, Any] = self._whole["$defs"][body["$ref"].removeprefix("#/$defs/")]
            return found
        if "anyOf" in body:
            return self._held(next(one for one in body["anyOf"] if one.get("type") != "null"))
        return body

    def _text(self, body: dict[str, Any], held: dict[str, Any], value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return self._words.yes if value else self._words.no
        listed = body.get("x-code-list") or held.get("x-code-list")
        if listed and str(value) in (codes := code_list(listed).codes):
            return codes[str(value)].en if self._language is Language.ENGLISH else codes[str(value)].ja
        if held.get("format") == "date":
            return plain(day_in(date.fromisoformat(value), self._language))
        return f"{value:,}" if isinstance(value, int) else str(value)


def _listed(body: dict[str, Any]) -> dict[str, Any]:
    return {"x-code-list": body["x-code-list"]} if "x-code-list" in body else {}
