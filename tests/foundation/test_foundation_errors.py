"""Faults: one tree, one HTTP status for each class, and words that are kept as they were given."""

import pytest

from enishi import errors
from enishi.errors import Fault, Malformed
from enishi.mesh.faults import fault_of, form_of

CLASSES = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, Fault)]
STATUS = {
    "Fault": 500,
    "Malformed": 400,
    "Unknown": 404,
    "Conflict": 409,
    "Oversized": 413,
    "Unauthenticated": 401,
    "Denied": 403,
    "Tampered": 422,
    "Unavailable": 503,
    "Busy": 429,
    "Misconfigured": 500,
}


def test_every_class_has_its_status() -> None:
    assert {one.__name__: one.status for one in CLASSES} == STATUS


@pytest.mark.parametrize("kind", CLASSES, ids=lambda one: one.__name__)
def test_a_fault_keeps_its_words(kind: type[Fault]) -> None:
    fault = kind("some-code", "a fact", "a field")
    assert (fault.code, fault.detail, fault.field, str(fault)) == ("some-code", "a fact", "a field", "some-code: a fact")
    assert str(kind("some-code")) == "some-code"


@pytest.mark.parametrize("kind", [one for one in CLASSES if one.__name__ not in {"Fault", "Misconfigured"}], ids=lambda one: one.__name__)
def test_a_fault_arrives_as_what_it_was(kind: type[Fault]) -> None:
    there = fault_of(form_of(kind("some-code", "a fact", "a field")))
    assert type(there) is kind
    assert (there.code, there.detail, there.field) == ("some-code", "a fact", "a field")


@pytest.mark.parametrize("name", ["Unknown", "Conflict", "Oversized"])
def test_what_is_wrong_with_an_input_is_malformed(name: str) -> None:
    assert issubclass(getattr(errors, name), Malformed)


def test_who_may_try_again_is_told_by_one_class() -> None:
    assert [one.__name__ for one in CLASSES if issubclass(one, errors.Unavailable)] == ["Unavailable", "Busy"]
