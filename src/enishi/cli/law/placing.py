"""What stands at a citation, for `enishi law explain CITATION`: the words, since when, where they were read, and every doubt."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text

from enishi.cli.law.speech import Speech
from enishi.law import load
from enishi.law.explain import Place, look_up
from enishi.law.model import Purpose

Told = Iterator[tuple[str, str]]


def look_up_and_print(citation: str, speech: Speech, console: Console, as_json: bool) -> int:
    """Print one place of law; the faults of `look_up`."""
    place = look_up(citation, load())
    if as_json:
        console.print(msgspec.json.encode(in_json(place)).decode(), markup=False)
        return 0
    console.print(Text(speech.of(place.said), "bold").append(f"\n{place.citation}", "not bold dim"))
    if place.link:
        console.print(Text(place.link, f"dim link {place.link}"))
    for key, value in _told(place, speech):
        console.print(Text(f"{speech.say(key)}: ", "dim").append(value, "yellow" if key.endswith("doubt") else "default"))
    if place.row is None:
        console.print(Text(speech.say("place-outside"), "dim"))
    return 0


def in_json(place: Place) -> dict[str, Any]:
    """The place as JSON data, the row's own words in full."""
    row = place.row
    shown: dict[str, Any] = {"citation": place.citation, "said": {"ja": place.said.ja, "en": place.said.en}, "link": place.link}
    if row is None:
        return shown
    return shown | {
        "effective_on": _day(place.effective_on),
        "until": _day(place.until),
        "verified_until": _day(place.verified_until),
        "row": {
            "citation": row.citation,
            "parties": list(row.parties),
            "affair": row.affair,
            "laws": list(row.laws),
            "grants": [{"providers": list(grant.providers), "items": list(grant.items)} for grant in row.grants],
            "doubt": row.doubt,
            "note": row.note,
            "provenance": row.provenance,
            "detail_provenance": row.detail_provenance,
        },
        "purposes": [_purpose(purpose, place) for purpose in _purposes(place)],
        "crossing": {"kind": place.crossing.kind, "number_use": list(place.crossing.number_use), "doubt": place.crossing.doubt}
        if place.crossing
        else None,
        "stays": [
            {
                "citation": stay.citation,
                "effective_on": _day(stay.effective_on),
                "until": _day(stay.until),
                "likeness": stay.likeness,
                "doubt": stay.doubt,
            }
            for stay in place.stays
        ],
        "rechecked": [{"law": check.law, "until": _day(check.until)} for check in place.rechecks],
    }


def _purposes(place: Place) -> tuple[Purpose, ...]:
    return (place.purpose,) if place.purpose else place.row.purposes if place.row else ()


def _purpose(purpose: Purpose, place: Place) -> dict[str, Any]:
    entries = [place.entry] if place.entry else purpose.entries
    return {
        "citation": purpose.citation,
        "item": purpose.item,
        "affair": purpose.affair,
        "information": [
            {"citation": entry.citation, "subjects": entry.subjects, "items": list(entry.items), "text": entry.text, "doubt": entry.doubt}
            for entry in entries
        ],
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _told(place: Place, speech: Speech) -> Told:
    """What a person reads, from the row down to the words cited, then their history and doubts."""
    row = place.row
    if row is None:
        return
    yield "place-days", f"{place.effective_on} → {place.until or speech.say('place-until-open', day=place.verified_until)}"
    yield "place-parties" if row.grants else "place-users", speech.list(row.parties)
    yield "place-affair", row.affair
    yield "place-laws", speech.list(row.laws)
    for grant in row.grants if place.purpose is None else ():
        yield "place-grant", f"{speech.list(grant.providers)}: {speech.list(grant.items)}"
    for purpose in _purposes(place):
        yield "place-purpose", f"{purpose.item}  {purpose.affair}"
        for entry in ((place.entry,) if place.entry else purpose.entries) if place.purpose else ():
            yield "place-entry", f"{entry.number or '—'}  {entry.text}  [{speech.list(entry.items)}]"
            if entry.doubt:
                yield "place-doubt", entry.doubt
    yield from _history(place, speech)


def _history(place: Place, speech: Speech) -> Told:
    row = place.row
    assert row is not None
    if place.crossing:
        rows = speech.list(place.crossing.number_use)
        yield "place-crossing", f"{speech.say('crossing-' + place.crossing.kind)} {rows}".strip()
    for stay in place.stays:
        yield "place-stay", f"{stay.effective_on}  {stay.citation}  {speech.say('likeness-' + stay.likeness)}"
    yield "place-provenance", speech.list(tuple(one for one in (row.provenance, row.detail_provenance) if one))
    if row.note:
        yield "place-note", row.note
    crossing = place.crossing.doubt if place.crossing else ""
    for doubt in dict.fromkeys((row.doubt, crossing, *(stay.doubt for stay in place.stays))):
        if doubt:
            yield "place-doubt", doubt
    for check in place.rechecks:
        yield "place-rechecked", f"{check.law} ({check.until})"
