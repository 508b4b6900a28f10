"""The texts of every fault: what happened, why, and what to do next, in Japanese and English, by the fault's slug.

Holds: one JSON file for each package, `{"slug": {"what": {"ja", "en"}, "why": {"ja", "en"}, "next": {"ja", "en"}}}`.
Never sees: the input at fault; a fault's `detail` and `field` are shown as they are and must be safe to show.
"""

from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec

from enishi.errors import Fault

TYPE_PREFIX: Final = "urn:enishi:problem:"
"""Prefix of the `type` member of a problem document (RFC 9457)."""


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence in two languages."""

    ja: str
    en: str


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happened, why, and the next step."""

    what: Words
    why: Words
    next: Words


GENERIC: Final = Texts(
    Words("この操作は受け付けられませんでした。", "This request could not be carried out."),
    Words("理由を示す文がまだ用意されていません。", "No sentence has been written for this reason yet."),
    Words(
        "表示された符号を添えて、窓口または運用担当者にお問い合わせください。", "Ask the counter or the operator, and give them the code shown here."
    ),
)
"""What an unknown slug gets; a test holds that no slug in the source needs it."""


@cache
def catalogue() -> dict[str, Texts]:
    """All texts by slug; a slug that several packages raise has the same texts in each file (a test compares them)."""
    found: dict[str, Texts] = {}
    for texts_of_package in by_package().values():
        found.update(texts_of_package)
    return found


def by_package() -> dict[str, dict[str, Texts]]:
    """The texts of each package's file, by the file's stem."""
    entries = sorted(files(__name__).iterdir(), key=lambda item: item.name)
    return {entry.name[:-5]: _decode(entry.read_bytes()) for entry in entries if entry.name.endswith(".json")}


def _decode(data: bytes) -> dict[str, Texts]:
    return msgspec.json.decode(data, type=dict[str, Texts])


def texts(slug: str) -> Texts:
    """The texts of a slug, or GENERIC."""
    return catalogue().get(slug, GENERIC)


def problem(fault: Fault) -> dict[str, Any]:
    """The RFC 9457 problem document of a fault: type, title, status, detail, what, why, next, and field where known."""
    words = texts(fault.code)
    document: dict[str, Any] = {
        "type": TYPE_PREFIX + fault.code,
        "title": words.what.en,
        "status": fault.status,
        "detail": fault.detail,
        "what": words.what,
        "why": words.why,
        "next": words.next,
    }
    if fault.field:
        document["field"] = fault.field
    return document
