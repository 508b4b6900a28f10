"""The question that a caller puts: its JSON form at the API, checked and brought to the words of the protocol."""

import re
from typing import Annotated, Final

import msgspec

from enishi.errors import Malformed
from enishi.protocol.forms import demand
from enishi.protocol.statement import AffairRef, check_purpose_item
from enishi.roles.gateway.answers import item_of
from enishi.terms import AddresseeNumber, InstitutionId

MAX_PEOPLE: Final = 500
"""Rows of one inquiry through the interactive API."""
_PERIOD: Final = re.compile(r"\d{4}(-\d{2}/\d{4}-\d{2})?", re.ASCII)
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Reference = Annotated[str, msgspec.Meta(max_length=200)]


class Subject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One person asked about: local addressee number, coded relation to the case, fiscal year or period (may be empty), case reference."""

    person: Word
    relation: Word
    period: Annotated[str, msgspec.Meta(max_length=32)] = ""
    case: Reference = ""


class InquiryRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /v1/inquiries: one person by `person`, `relation`, `period`, `case`, or several in `people`."""

    affair: AffairRef
    purpose_item: Annotated[str, msgspec.Meta(max_length=20)] = ""
    items: Annotated[tuple[Word, ...], msgspec.Meta(min_length=1, max_length=50)]
    provider: Word
    person: Word | None = None
    relation: Word | None = None
    period: Annotated[str, msgspec.Meta(max_length=32)] = ""
    case: Reference = ""
    people: Annotated[tuple[Subject, ...], msgspec.Meta(max_length=MAX_PEOPLE)] = ()


class Question(msgspec.Struct, frozen=True):
    """What a statement is made of: affair, 号, items by the names the law gives them, provider, and the people asked about."""

    affair: AffairRef
    purpose_item: str
    items: tuple[str, ...]
    provider: InstitutionId
    people: tuple[Subject, ...]


def read_question(body: bytes) -> Question:
    """Read and check a request; Malformed("request-unreadable", …), Unknown("item-unknown")."""
    try:
        request = msgspec.json.decode(body, type=InquiryRequest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("request-unreadable", str(error), "body") from error
    people = _people(request)
    check_purpose_item(request.purpose_item)
    items = tuple(item_of(name) for name in request.items)
    demand(len({item.id for item in items}) == len(items), "item-twice", "", "items")
    by_year = [item.id for item in items if item.period == "fiscal_year"]
    for person in people:
        demand(not person.period or _PERIOD.fullmatch(person.period), "period-wrong", person.period, "period")
        demand(person.period or not by_year, "period-missing", ", ".join(by_year), "period")
    return Question(request.affair, request.purpose_item, tuple(item.law_name for item in items), InstitutionId(request.provider), people)


def _people(request: InquiryRequest) -> tuple[Subject, ...]:
    if request.person is None:
        demand(request.people, "person-missing", "", "person")
        demand(request.relation is None and not request.period and not request.case, "people-mixed", "", "people")
        return request.people
    demand(not request.people, "people-mixed", "", "people")
    if request.relation is None:
        raise Malformed("relation-missing", field="relation")
    return (Subject(AddresseeNumber(request.person), request.relation, request.period, request.case),)
