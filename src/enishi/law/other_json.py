"""The JSON face of the other kinds: an object with `"kind"` is a question of one of them, and its verdict says that it opens nothing."""

from datetime import date
from typing import Any

import msgspec

from enishi.errors import Malformed
from enishi.law.ordinance.form import Ordinance
from enishi.law.other import NotOpen, OtherCondition, OtherGround, OtherQuestion, OtherVerdict, answer
from enishi.law.tables import Tables
from enishi.law.texts import Text


class _Kind(msgspec.Struct, frozen=True):
    """Only what tells the two faces apart."""

    kind: str | None = None


def is_other(text: str) -> bool:
    """True where the text is an object that names a kind."""
    try:
        return msgspec.json.decode(text.encode(), type=_Kind).kind is not None
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return False


def answer_other(text: str, tables: Tables, ordinances: tuple[Ordinance, ...], on: date | None) -> dict[str, Any]:
    """Read, answer, print; the object's own "on" goes before `on`.  Malformed("question-malformed" | "day-missing")."""
    try:
        raw = msgspec.json.decode(text.encode(), type=dict[str, Any])
        day = msgspec.convert(raw.pop("on", None), type=date | None)
        question = msgspec.convert(raw, type=OtherQuestion)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as fault:
        raise Malformed("question-malformed", str(fault)[:300], "question") from fault
    if (day := day or on) is None:
        raise Malformed("day-missing", field="on")
    return print_other(answer(question, tables, ordinances, day))


def print_other(verdict: OtherVerdict) -> dict[str, Any]:
    """`verdict` is "lawful" or "not_open", never "permit"; texts included, `network` is always false."""
    return {
        "verdict": "not_open" if isinstance(verdict, NotOpen) else "lawful",
        "kind": verdict.kind if isinstance(verdict, NotOpen) else type(verdict).__struct_config__.tag,
        "network": False,
        "on": verdict.on.isoformat(),
        "basis": [] if isinstance(verdict, NotOpen) else list(verdict.basis),
        "conditions": [] if isinstance(verdict, NotOpen) else [_said(condition) for condition in verdict.conditions],
        "grounds": [_ground(ground) for ground in verdict.grounds] if isinstance(verdict, NotOpen) else [],
    }


def _said(thing: OtherCondition | OtherGround) -> dict[str, Any]:
    return {"code": str(thing.code), "citation": thing.citation, "about": list(thing.about), "message": _both(thing.message)}


def _ground(ground: OtherGround) -> dict[str, Any]:
    return _said(ground) | {"remedies": [{"code": way.value, "message": _both(way.message)} for way in ground.remedies]}


def _both(text: Text) -> dict[str, str]:
    return {"ja": text.ja, "en": text.en}
