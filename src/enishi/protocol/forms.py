"""How signed payloads are written and read: JSON bytes inside DSSE envelopes, signed as they stand, never re-encoded."""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, TypeVar

import msgspec

from enishi.errors import Malformed
from enishi.seal.dsse import Envelope, check_envelope, sign_envelope
from enishi.seal.sign import SigningKey

T = TypeVar("T")
TYPE_PREFIX = "application/vnd.enishi."
END_MS = 253_402_214_400_000
"""9999-12-31T00:00Z: behind it no calendar, and no column of a database, holds a time."""
Moment = Annotated[int, msgspec.Meta(ge=0, lt=END_MS)]
"""Milliseconds UTC in a signed form; a time that cannot be reckoned with is refused as the form is read."""
End = Annotated[int, msgspec.Meta(gt=0, lt=END_MS)]
"""A moment at which something ends, never 0: 0 stands for "does not" in the databases."""
Epoch = Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)]
"""Number of a key epoch or audit epoch, as a leaf can hold it."""


def payload_type(thing: str) -> str:
    """The DSSE payloadType of one kind of form, for example `application/vnd.enishi.statement+json`."""
    return f"{TYPE_PREFIX}{thing}+json"


def read_payload(payload: bytes, form: type[T], thing: str) -> T:
    """Decode a payload strictly; Malformed("form-unreadable") names the form and the first field at fault."""
    try:
        return msgspec.json.decode(payload, type=form)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("form-unreadable", f"{thing}: {error}", thing) from error


def read_canonical(payload: bytes, form: type[T], thing: str) -> T:
    """The same for a form that has one encoding only: what its writer would not have written so is Malformed("form-not-canonical")."""
    # A member twice, another order, white space or stray bits of base64 would let two readers take one signature for two things.
    read = read_payload(payload, form, thing)
    demand(msgspec.json.encode(read) == payload, "form-not-canonical", thing, thing)
    return read


def read_once(payload: bytes, form: type[T], thing: str) -> T:
    """The same for a form whose older encodings must stay readable: no member may stand twice; Malformed("form-member-twice")."""
    read = read_payload(payload, form, thing)
    try:
        json.loads(payload, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Malformed("form-unreadable", f"{thing}: {type(error).__name__}", thing) from error
    return read


def _once(members: list[tuple[str, object]]) -> None:
    demand(len({name for name, _ in members}) == len(members), "form-member-twice", "", "")


def sign_form(form: object, thing: str, key: SigningKey, keyid: str) -> Envelope:
    """Write a form as JSON and sign these very bytes."""
    return sign_envelope(payload_type(thing), msgspec.json.encode(form), key, keyid)


def open_form(envelope: Envelope, form: type[T], thing: str, keys: Mapping[str, bytes], required: Iterable[str]) -> T:
    """Check every required signature (Tampered), then decode the one encoding of the form (Malformed)."""
    return read_canonical(check_envelope(envelope, payload_type(thing), keys, frozenset(required)), form, thing)


def demand(condition: object, slug: str, detail: str, field: str) -> None:
    """Raise Malformed(slug) unless the condition holds; keeps the shape checks of forms in one line each."""
    if not condition:
        raise Malformed(slug, detail, field)


def demand_length(value: bytes, length: int, field: str) -> None:
    """Raise Malformed("length-wrong") unless a byte string has its fixed length."""
    demand(len(value) == length, "length-wrong", f"{field} has {len(value)} bytes, not {length}", field)
