"""Terms: the outcomes of an item and the kinds of a message, as they stand on the wire and in the tables of names."""

import itertools

import pytest

from enishi.errors import Conflict
from enishi.protocol.outcome import check_transition
from enishi.sentences.catalogue import known
from enishi.terms import Kind, Outcome

INTERIM = {Outcome.HELD, Outcome.CLOSED}


def test_two_outcomes_wait_and_all_others_end() -> None:
    assert {kind for kind in Outcome if kind.interim} == INTERIM


def test_the_words_on_the_wire_do_not_change() -> None:
    assert [kind.value for kind in Outcome] == [
        "provided",
        "no_such_person",
        "not_registered",
        "held",
        "refused_with_citation",
        "closed",
        "cancelled",
        "expired",
        "unavailable",
    ]
    assert [kind.value for kind in Kind] == ["inquiry", "enrol", "enrol_audit", "view", "self"]


@pytest.mark.parametrize(("before", "after"), list(itertools.product([None, *Outcome], Outcome)))
def test_an_item_ends_once_and_never_goes_back(before: Outcome | None, after: Outcome) -> None:
    rank = {None: 0, Outcome.CLOSED: 1, Outcome.HELD: 2}
    if rank.get(before, 3) < rank.get(after, 3):
        check_transition(before, after)
        return
    with pytest.raises(Conflict, match="outcome-final"):
        check_transition(before, after)


@pytest.mark.parametrize("kind", Outcome)
def test_a_citizen_is_told_each_outcome_in_words(kind: Outcome) -> None:
    assert known("results", kind.value)
