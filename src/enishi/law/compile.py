"""Compiles the transcribed tables (law-sources/) into the one file that the package carries; the same sources give the same bytes."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

import msgspec

from enishi.errors import Malformed
from enishi.law import review
from enishi.law.changes import Placed, rebuild
from enishi.law.model import Book, Entry, Grant, Purpose, Revision, Row, Source, Term
from enishi.law.relation import Relation

CATCH_ALL: Final = "176"
"""The order's last article holds no row: it empowers two ministers to set the rest."""

REVIEWED: Final = frozenset(
    {
        "revisions.json",
        "relations.jsonl",
        "crosswalk.jsonl",
        "affairs.jsonl",
        "capacities.jsonl",
        "powers.jsonl",
        "names.jsonl",
        "known.jsonl",
    }
)

Sources = Mapping[str, bytes]
Line = dict[str, Any]


class Coding(NamedTuple):
    """How a text about subjects is coded."""

    relations: tuple[str, ...]
    limited: bool


class DetailLine(NamedTuple):
    """One article of the detail and where it was read."""

    line: Line
    provenance: str


def compile_tables(sources: Sources) -> bytes:
    """Compile source files (name to bytes) into the package's data; Malformed names file and line where a text cannot be read."""
    plan = msgspec.json.decode(_read(sources, "revisions.json"))
    codings = dict(_codings(sources))
    book = Book(
        sources=tuple(Source(name, hashlib.sha256(sources[name]).hexdigest()) for name in sorted(_used(plan))),
        verified_until=date.fromisoformat(plan["verified_until"]),
        revisions=tuple(_revision(sources, entry, codings) for entry in plan["revisions"]),
        crosswalk=tuple(review.compiled(_lines(sources, "crosswalk.jsonl"), review.crossing)),
        implications=tuple(review.compiled(_lines(sources, "capacities.jsonl"), review.implication)),
        rechecks=tuple(review.compiled((("revisions.json", entry) for entry in plan["rechecked"]), review.recheck)),
        ties=tuple(review.compiled(_lines(sources, "affairs.jsonl"), review.tie)),
        powers=tuple(review.compiled(_lines(sources, "powers.jsonl"), review.power)),
        names=tuple(review.compiled(_lines(sources, "names.jsonl"), review.name)),
        known=tuple(review.compiled(_lines(sources, "known.jsonl"), review.known)),
    )
    return msgspec.msgpack.encode(book)


def _used(plan: Line) -> set[str]:
    tables = {entry[key] for entry in plan["revisions"] for key in ("file", "detail", "changes") if key in entry}
    return tables | REVIEWED


def _read(sources: Sources, name: str) -> bytes:
    if name not in sources:
        raise Malformed("law-source-missing", name)
    return sources[name]


def _lines(sources: Sources, name: str) -> Iterator[tuple[str, Line]]:
    for number, text in enumerate(_read(sources, name).splitlines(), start=1):
        if not text.strip():
            continue
        try:
            yield f"{name}:{number}", msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.MsgspecError as fault:
            raise Malformed("law-source-unreadable", f"{name}:{number}: {fault}") from fault


def _codings(sources: Sources) -> Iterator[tuple[str, Coding]]:
    for place, line in _lines(sources, "relations.jsonl"):
        unknown = sorted(set(line["relations"]) - {relation.value for relation in Relation})
        if unknown:
            raise Malformed("law-source-unreadable", f"{place}: {', '.join(unknown)}")
        yield line["text"], Coding(tuple(line["relations"]), line.get("limited", False))


def _revision(sources: Sources, entry: Line, codings: Mapping[str, Coding]) -> Revision:
    details = dict(_details(sources, entry["detail"])) if "detail" in entry else {}
    citation = f"{entry['source']}#{entry['table']}/"
    rows, deleted = [], []
    for placed in _table(sources, entry):
        line = placed.line
        if line.get("deleted"):
            deleted.append(line["row"])
        else:
            rows.append(_row(line, f"{citation}{line['row']}", placed.place, details.get(line["row"]), entry["source"], codings))
    until = date.fromisoformat(entry["until"]) if entry["until"] else None
    days = date.fromisoformat(entry["effective_on"]), until
    return Revision(entry["source"], entry["table"], entry["kind"], *days, tuple(rows), tuple(deleted))


def _table(sources: Sources, entry: Line) -> tuple[Placed, ...]:
    """The lines of a table; rebuilt, where the revision is held as a list of changes."""
    base = tuple(Placed(line, place) for place, line in _lines(sources, entry["file"]))
    if "changes" not in entry:
        return base
    return rebuild(base, (Placed(line, place) for place, line in _lines(sources, entry["changes"])), entry["counts"])


def _details(sources: Sources, name: str) -> Iterator[tuple[str, DetailLine]]:
    for place, line in _lines(sources, name):
        if line["article"] != CATCH_ALL:
            yield line["row"], DetailLine(line, place)


def _row(line: Line, citation: str, place: str, detail: DetailLine | None, source: str, codings: Mapping[str, Coding]) -> Row:
    return Row(
        citation=citation,
        label=line["row"],
        parties=tuple(line.get("inquirers") or line["users"]),
        affair=line["affair"],
        laws=_laws(line),
        grants=tuple(Grant(tuple(grant["providers"]), tuple(grant["items"])) for grant in line.get("grants", ())),
        purposes=tuple(_purposes(detail.line, source, codings)) if detail else (),
        doubt=_joined(line.get("doubt", ""), *(grant.get("doubt", "") for grant in line.get("grants", ()))),
        note=_joined(line.get("note", ""), *(_notes(detail.line) if detail else ())),
        provenance=place,
        detail_provenance=detail.provenance if detail else "",
        wording=line.get("users_text", ""),
        terms=_terms(detail.line) if detail else (),
    )


def _laws(line: Line) -> tuple[str, ...]:
    """Every law that the affair stands on, the first being the one it is known by."""
    return tuple("／".join(line.get("affair_laws_all", (line["affair_law"],))).split("／"))


def _joined(*texts: str) -> str:
    return "；".join(dict.fromkeys(text for text in texts if text))


def _notes(detail: Line) -> Iterator[str]:
    """The remarks of a row's detail, those on one entry with its place."""
    yield detail.get("note", "")
    for item in detail["items"]:
        for entry in item["information"]:
            if "note" in entry:
                yield f"{item['item']}号{entry['no']}：{entry['note']}"


def _terms(line: Line) -> tuple[Term, ...]:
    return tuple(Term(word, meaning) for word, meaning in line.get("terms", {}).items())


def _purposes(detail: Line, source: str, codings: Mapping[str, Coding]) -> Iterator[Purpose]:
    for item in detail["items"]:
        paragraph = item.get("paragraph", "1")
        number = item["item"].removeprefix(f"{paragraph}項").replace("-", "_")
        citation = f"{source}#{detail['article']}-{paragraph}-{number}"
        entries = tuple(_entries(item["information"], citation, codings))
        yield Purpose(citation, item["item"], item["affair"], _bound_to(item.get("scope", "")), entries, _terms(item))


def _bound_to(scope: str) -> tuple[str, ...]:
    """The capacities that a paragraph of article 60 is bound to, by its own lead sentence."""
    names = scope.removeprefix("厚生年金保険の実施者である").removesuffix("に係るもの")
    return tuple(names.split("又は")) if names else ()


def _entries(information: list[Line], citation: str, codings: Mapping[str, Coding]) -> Iterator[Entry]:
    seen: Counter[str] = Counter()
    for line in information:
        number = line["no"]
        seen[number] += 1
        # Two texts may stand under one number of a 号 (a cross-reference expanded for two circles of persons): the later one is ~2.
        place = f"{citation}-{number}" if number else citation
        place += f"~{seen[number]}" if seen[number] > 1 else ""
        coding = codings.get(line["subjects"], Coding((), False))
        yield Entry(place, number, line["subjects"], coding.relations, coding.limited, tuple(line["data_items"]), line["text"], line.get("doubt", ""))
