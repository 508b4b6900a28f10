"""Writes form.json, every form of docs/protocol.md, appendix A, whole and in ways that no reader may take: `python vectors/protocol/make_forms.py`.

A case is the form's `whole` example with the bytes from `at` to `end` replaced by `put`.  What a form means, and what must hold about it, are the
other files' matter.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from form_examples import EXAMPLES, Example
from vector_world import HERE, Case, render

from enishi.protocol.agent import AgentMandate
from enishi.protocol.enrol import EnrolBatch
from enishi.protocol.event import EventNote
from enishi.protocol.joining import Admission, JoinRequest
from enishi.protocol.mandate import MandateAcceptance, MandateOffer
from enishi.protocol.offer import NumberOffer
from enishi.protocol.outcome import GivenOutcome, OutcomeRoot
from enishi.protocol.receipt import Receipt, ReceiptRoot
from enishi.protocol.self_disclosure import SelfRequest, SelfStatement
from enishi.protocol.statement import Statement
from enishi.protocol.suspension import Suspension
from enishi.protocol.view import View

CANONICAL: Final = (
    *(Statement, ReceiptRoot, Receipt, OutcomeRoot, GivenOutcome, EnrolBatch, View, Suspension, JoinRequest, Admission, EventNote),
    *(SelfRequest, SelfStatement, NumberOffer, MandateOffer, MandateAcceptance, AgentMandate),
)
CODECS: Final = {"msgpack": msgspec.msgpack, "json": msgspec.json}
Wire = dict[str, Any] | list[Any]


def unformed(value: Any) -> Any:
    """Maps and arrays, however deep, without the forms that made them."""
    if isinstance(value, msgspec.Struct):
        if value.__struct_config__.array_like:
            return [unformed(getattr(value, name)) for name in value.__struct_fields__]
        return {name: unformed(one) for name, one in _members(value)}
    if isinstance(value, dict):
        return {name: unformed(one) for name, one in value.items()}
    return [unformed(one) for one in value] if isinstance(value, (list, tuple)) else value


def _members(value: msgspec.Struct) -> Iterator[tuple[str, Any]]:
    """The members that are written: all but absent ones, and defaults of a form that leaves those out."""
    for field in msgspec.structs.fields(value):
        one = getattr(value, field.name)
        default = () if field.default_factory is tuple else field.default
        if one is not msgspec.UNSET and not (value.__struct_config__.omit_defaults and (one == default or one in ((), {}) and not field.required)):
            yield field.encode_name, one


def of_another_kind(value: Any) -> Any:
    return 1 if isinstance(value, bool) else True


def wrong(example: Example) -> Iterator[tuple[str, Wire]]:
    """The form with one thing changed that makes it another form."""
    members, form = unformed(example.value), type(example.value)
    fields = msgspec.structs.fields(form)
    if isinstance(members, list):
        yield "one more", [*members, 0]
        yield "one fewer", members[:-1]
        yield "as a map", dict(zip(form.__struct_fields__, members, strict=True))
    else:
        yield "an unknown member", {**members, "more": 1}
        yield "as an array", list(members.values())
    for at, field in enumerate(fields):
        key: Any = at if isinstance(members, list) else field.encode_name
        if isinstance(members, dict):
            if key not in members:
                continue
            if field.required:
                yield f"without {key}", {name: one for name, one in members.items() if name != key}
        yield f"{field.name} of another kind", _put(members, key, of_another_kind(members[key]))
        kind = msgspec.inspect.type_info(field.type)
        if isinstance(kind, msgspec.inspect.BytesType) and kind.min_length == kind.max_length is not None:
            yield f"{field.name} a byte short", _put(members, key, members[key][:-1])


def _put(members: Wire, key: Any, value: Any) -> Wire:
    return [value if at == key else one for at, one in enumerate(members)] if isinstance(members, list) else {**members, key: value}


def cases_of(example: Example) -> Iterator[Case]:
    codec = CODECS[example.wire]
    whole = codec.encode(example.value)
    assert codec.encode(unformed(example.value)) == whole, example.name
    packed = example.wire == "msgpack"
    no_form, unreadable = ("message-not-in-form", "message-unreadable") if packed else ("form-unreadable", "form-unreadable")
    given = [("whole", "ok", whole)]
    given += [(name, no_form, codec.encode(members)) for name, members in wrong(example)]
    given += [("cut short", unreadable, whole[:-1]), ("something behind it", unreadable, whole + b"\xc0" if packed else whole + b"0")]
    if isinstance(example.value, CANONICAL):
        given.append(("a space behind it", "form-not-canonical", whole + b" "))
    for name, expect, encoded in given:
        yield {"name": f"{example.name}: {name}", "form": example.name, "wire": example.wire, **spliced(whole, encoded), "expect": expect}


def spliced(whole: bytes, encoded: bytes) -> Case:
    """Where `encoded` is another than `whole`, and what stands there."""
    least = min(len(whole), len(encoded))
    at = next((n for n in range(least) if whole[n] != encoded[n]), least)
    behind = next((n for n in range(least - at) if whole[-1 - n] != encoded[-1 - n]), least - at)
    return {"at": at, "end": len(whole) - behind, "put": encoded[at : len(encoded) - behind]}


def forms() -> tuple[Case, list[Case]]:
    whole = {one.name: CODECS[one.wire].encode(one.value) for one in EXAMPLES}
    assert len(whole) == len(EXAMPLES)
    return {"whole": whole}, [case for one in EXAMPLES for case in cases_of(one)]


FILES: Final = {"form": forms}


def written(stem: str) -> str:
    return render(*FILES[stem]())


if __name__ == "__main__":
    for stem in FILES:
        (HERE / f"{stem}.json").write_text(written(stem), encoding="utf-8")
