"""Faults on the wire: a fault that one role raises arrives at its caller as the same class, slug, detail and field."""

import re
from typing import Final

import msgspec

from enishi.errors import Busy, Conflict, Denied, Fault, Malformed, Misconfigured, Oversized, Tampered, Unauthenticated, Unavailable, Unknown
from enishi.sentences.problems import TYPE_PREFIX

_CLASSES: Final[dict[int, type[Fault]]] = {
    kind.status: kind for kind in (Malformed, Unknown, Conflict, Oversized, Unauthenticated, Denied, Tampered, Unavailable, Busy, Misconfigured)
}
_SLUG: Final = re.compile(r"[a-z][a-z0-9-]{0,79}")
INTERNAL: Final = "internal-fault"
"""Slug of an exception that nobody foresaw; only its reference number leaves the role."""
UNREADABLE: Final = "peer-answer-unreadable"


class FaultForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fault as a value inside a message, for calls that carry many items each of which may fail alone."""

    status: int
    code: str
    detail: str = ""
    field: str = ""


def form_of(fault: Fault) -> FaultForm:
    """The wire form of a fault."""
    return FaultForm(fault.status, fault.code, fault.detail, fault.field)


def fault_of(form: FaultForm) -> Fault:
    """The fault of a wire form; a slug that is none becomes Unavailable("peer-answer-unreadable")."""
    if not _SLUG.fullmatch(form.code):
        return Unavailable(UNREADABLE)
    if form.code == INTERNAL:
        return Fault(INTERNAL, form.detail, form.field)
    return _CLASSES.get(form.status, Fault)(form.code, form.detail, form.field)


class _Problem(msgspec.Struct, frozen=True):
    # The three members of a problem document that a program reads; the sentences are for people.
    type: str
    detail: str = ""
    field: str = ""


_problems: Final = msgspec.json.Decoder(_Problem)


def fault_of_problem(status: int, document: bytes) -> Fault:
    """The fault behind an RFC 9457 document; Unavailable("peer-answer-unreadable") when it is none of ours."""
    try:
        problem = _problems.decode(document)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Unavailable(UNREADABLE)
    if not problem.type.startswith(TYPE_PREFIX):
        return Unavailable(UNREADABLE)
    return fault_of(FaultForm(status, problem.type.removeprefix(TYPE_PREFIX), problem.detail, problem.field))
