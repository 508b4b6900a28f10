"""The request forms of the Authorization API 1.0, sections 5 to 7, with our properties, and their translation into law's question.

Unlike our own wire forms these ignore fields that they do not know: section 10.1 demands it of every receiver.
"""

from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec

from enishi.errors import Fault, Malformed
from enishi.roles.exchange.publiclaw import Level

ACTION: Final = "inquire"
"""提供の求め: the one act that law decides here."""

MOST: Final = 200
"""Most evaluations of one request."""

Name = Annotated[str, msgspec.Meta(max_length=200)]
Kind = Literal["capacity", "institution"]
Form = TypeVar("Form")
Semantic = Literal["execute_all", "deny_on_first_deny", "permit_on_first_permit"]


class Subject(msgspec.Struct, frozen=True):
    """The inquirer, by capacity (市町村長) or by its id in the registry."""

    type: Kind
    id: Name


class PurposeItem(msgspec.Struct, frozen=True):
    """The 号 of the order's article that the case is."""

    item: Name


class ActionProperties(msgspec.Struct, frozen=True):
    """The affair, as `enishi law decide` takes it, and its 号."""

    affair: dict[str, Name]
    purpose: PurposeItem | None = None


class Action(msgspec.Struct, frozen=True):
    """What is to be done: always `inquire`, for an affair."""

    name: str
    properties: ActionProperties


class ResourceProperties(msgspec.Struct, frozen=True):
    """The data items asked for, about a person in which relation, for which days."""

    items: Annotated[tuple[Name, ...], msgspec.Meta(max_length=100)]
    relation: Name | None = None
    period: dict[str, Name] | None = None


class Resource(msgspec.Struct, frozen=True):
    """The provider, by capacity or by id, and what is asked of it."""

    type: Kind
    id: Name
    properties: ResourceProperties


class Context(msgspec.Struct, frozen=True):
    """The day, the facts about parties named by capacity, and how deep law is to look."""

    on: Name | None = None
    facts: dict[str, bool] | None = None
    level: Level = "item"


class Evaluation(msgspec.Struct, frozen=True):
    """One question, whole."""

    subject: Subject
    action: Action
    resource: Resource
    context: Context = Context()


class Options(msgspec.Struct, frozen=True):
    """How many questions are to be gone through."""

    evaluations_semantic: Semantic = "execute_all"


_ABSENT: Final = msgspec.Raw(b"")


class _Part(msgspec.Struct, frozen=True):
    """A question whose parts may come from the defaults beside `evaluations`."""

    subject: msgspec.Raw = _ABSENT
    action: msgspec.Raw = _ABSENT
    resource: msgspec.Raw = _ABSENT
    context: msgspec.Raw = _ABSENT


class _Request(_Part, frozen=True):
    evaluations: Annotated[tuple[_Part, ...], msgspec.Meta(max_length=MOST)] = ()
    options: Options = Options()


class Box(msgspec.Struct, frozen=True):
    """Several questions and how to go through them; one that cannot be read stands as its fault."""

    evaluations: tuple[Evaluation | Fault, ...]
    semantic: Semantic


def read_evaluation(body: bytes) -> Evaluation:
    """One question; Malformed("evaluation-unreadable") says where."""
    return _decode(body, Evaluation)


def read_box(body: bytes) -> Box | Evaluation:
    """Several questions with their defaults; a single one where `evaluations` is absent or empty (section 7.1).

    Malformed("evaluation-unreadable") for the whole where a question lacks subject, action or resource and no default gives it.
    """
    request = _decode(body, _Request)
    if not request.evaluations:
        return read_evaluation(body)
    return Box(tuple(_one(request, part, place) for place, part in enumerate(request.evaluations)), request.options.evaluations_semantic)


def _one(request: _Request, part: _Part, place: int) -> Evaluation | Fault:
    parts = {name: _given(part, name) or _given(request, name) for name in ("subject", "action", "resource", "context")}
    missing = [name for name in ("subject", "action", "resource") if not parts[name]]
    if missing:
        raise Malformed("evaluation-unreadable", f"missing {', '.join(missing)}", f"$.evaluations[{place}]")
    try:
        return read_evaluation(msgspec.json.encode({name: msgspec.Raw(value) for name, value in parts.items() if value}))
    except Malformed as fault:
        return fault


def _given(part: _Part, name: str) -> bytes:
    return bytes(getattr(part, name))


def _decode(body: bytes, form: type[Form]) -> Form:
    try:
        return msgspec.json.decode(body, type=form)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as fault:
        reason, _, place = str(fault).partition(" - at ")
        raise Malformed("evaluation-unreadable", reason[:200], place.strip("`")[:100]) from fault


def question_of(evaluation: Evaluation) -> dict[str, Any]:
    """The question in the form that `enishi law decide` reads; Malformed("action-unknown") for an action that is not `inquire`."""
    if evaluation.action.name != ACTION:
        raise Malformed("action-unknown", evaluation.action.name[:100], "action.name")
    action, resource, context = evaluation.action.properties, evaluation.resource, evaluation.context
    question: dict[str, Any] = {
        "inquirer": {evaluation.subject.type: evaluation.subject.id},
        "affair": action.affair,
        "provider": {resource.type: resource.id},
        "purpose": action.purpose,
        "items": resource.properties.items,
        "relation": resource.properties.relation,
        "period": resource.properties.period,
        "on": context.on,
        "facts": context.facts,
    }
    return {name: value for name, value in question.items() if value is not None}
