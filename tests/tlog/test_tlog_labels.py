"""The map of labels against its written definition, and the lies that a proof must not carry."""

import hashlib
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.errors import Conflict, Fault, Malformed, Tampered
from enishi.tlog.labels import EMPTY_MAP, LabelMap, MapProof, MapStep, label, person_key, verify_absent, verify_present

NEARBY = st.integers(0, 40).map(lambda n: hashlib.sha256(bytes([n])).digest())
CLOSE = st.tuples(st.integers(0, 255), st.integers(0, 255)).map(lambda bits: ((1 << bits[0]) | (1 << bits[1])).to_bytes(32, "big"))
LABELS = NEARBY | CLOSE | st.binary(min_size=32, max_size=32)


def bit(value: bytes, place: int) -> int:
    return value[place // 8] >> (7 - place % 8) & 1


@cache
def slow_root(values: frozenset[bytes]) -> bytes:
    """The root as the module's head defines it."""
    if not values:
        return bytes(32)
    if len(values) == 1:
        return hashlib.sha256(b"\2" + next(iter(values))).digest()
    place = next(b for b in range(256) if len({bit(value, b) for value in values}) == 2)
    left, right = (slow_root(frozenset(value for value in values if bit(value, place) == side)) for side in (0, 1))
    return hashlib.sha256(b"\3" + place.to_bytes(2, "big") + left + right).digest()


@settings(max_examples=150, deadline=None)
@given(st.lists(LABELS, unique=True, max_size=24))
def test_insertion_in_any_order_and_building_at_once_give_the_defined_root(values: list[bytes]) -> None:
    grown = LabelMap()
    for count, value in enumerate(values):
        assert grown.root == slow_root(frozenset(values[:count]))
        grown.insert(value)
    assert grown.root == LabelMap(reversed(values)).root == slow_root(frozenset(values))
    assert len(grown) == len(LabelMap(values)) == len(values)


@settings(max_examples=150, deadline=None)
@given(st.lists(LABELS, unique=True, max_size=20), st.lists(LABELS, max_size=6))
def test_what_is_there_is_provably_there_and_what_is_not_is_provably_not(values: list[bytes], others: list[bytes]) -> None:
    kept = LabelMap(values)
    for value in [*values, *others]:
        proof = kept.prove(value)
        right, wrong = (verify_present, verify_absent) if value in values else (verify_absent, verify_present)
        assert (value in kept) is (value in values)
        right(kept.root, value, proof)
        with pytest.raises(Tampered):
            wrong(kept.root, value, proof)


@settings(max_examples=200, deadline=None)
@given(st.lists(LABELS, unique=True, min_size=2, max_size=12), st.data())
def test_no_arrangement_of_true_pieces_hides_a_label(values: list[bytes], data: st.DataObject) -> None:
    kept = LabelMap(values)
    hidden = data.draw(st.sampled_from(values))
    pieces = [step for value in values for step in kept.prove(value).steps]
    steps = data.draw(st.lists(st.sampled_from(pieces), max_size=6, unique=True))
    found = data.draw(st.sampled_from([b"", *values]))
    with pytest.raises(Fault):
        verify_absent(kept.root, hidden, MapProof(found, tuple(sorted(steps, key=lambda step: -step.bit))))
    with pytest.raises(Fault):
        verify_absent(kept.root, hidden, MapProof(found, kept.prove(found or hidden).steps))


def test_a_node_whose_bit_is_lied_about_does_not_fold_to_the_root() -> None:
    low, high = bytes(32), bytes([0b1000_0000]) + bytes(31)
    kept = LabelMap([low, high])
    # Under the false bit 1, the descent for `high` would take the side of `low`, and `high` would look absent.
    lie = MapProof(low, (MapStep(1, kept.prove(low).steps[0].sibling),))
    with pytest.raises(Tampered, match="label-proof-broken"):
        verify_absent(kept.root, high, lie)


def test_a_map_built_with_a_label_on_the_wrong_side_proves_nothing_about_it() -> None:
    low, high = bytes(32), bytes([0b1000_0000]) + bytes(31)
    low_leaf, high_leaf = (hashlib.sha256(b"\2" + value).digest() for value in (low, high))
    swapped = hashlib.sha256(b"\3\0\0" + high_leaf + low_leaf).digest()
    # Both labels are under this root, yet the way of `low` ends at the leaf of `high`.
    with pytest.raises(Tampered, match="label-proof-broken"):
        verify_absent(swapped, low, MapProof(high, (MapStep(0, low_leaf),)))


def test_an_earlier_root_stays_provable_while_the_map_grows() -> None:
    values = [hashlib.sha256(bytes([n])).digest() for n in range(60)]
    kept = LabelMap(values[:30])
    before = kept.snapshot()
    for value in values[30:]:
        kept.insert(value)
    assert before.root == slow_root(frozenset(values[:30]))
    assert kept.root == slow_root(frozenset(values))
    assert (len(before), len(kept)) == (30, 60)
    verify_absent(before.root, values[40], before.prove(values[40]))
    verify_present(kept.root, values[40], kept.prove(values[40]))
    before.insert(values[59])
    assert values[58] not in before


def test_a_label_is_taken_once() -> None:
    value = hashlib.sha256(b"once").digest()
    kept = LabelMap([value])
    with pytest.raises(Conflict, match="label-taken"):
        kept.insert(value)
    with pytest.raises(Conflict, match="label-taken"):
        LabelMap([value, bytes(32), value])
    assert len(kept) == 1


def test_an_empty_map_holds_nothing_and_a_full_one_is_not_empty() -> None:
    value = hashlib.sha256(b"any").digest()
    verify_absent(EMPTY_MAP, value, LabelMap().prove(value))
    with pytest.raises(Tampered):
        verify_absent(LabelMap([value]).root, value, MapProof(b"", ()))
    with pytest.raises(Malformed, match="label-proof-malformed"):
        verify_absent(EMPTY_MAP, value, MapProof(b"", (MapStep(0, bytes(32)),)))


def test_chains_of_two_persons_never_meet_and_the_second_epoch_starts_anew() -> None:
    keys = [person_key(b"k" * 32, tag) for tag in (b"tag one", b"tag two", b"tag one, next epoch")]
    assert len({label(key, n) for key in keys for n in range(50)}) == 150


@pytest.mark.parametrize("n", [-1, 1 << 64])
def test_a_number_outside_its_eight_bytes_is_refused(n: int) -> None:
    with pytest.raises(Malformed, match="label-number"):
        label(bytes(32), n)


@pytest.mark.parametrize("value", [b"", bytes(31), bytes(33)])
def test_a_label_of_another_length_is_refused_everywhere(value: bytes) -> None:
    kept = LabelMap([bytes(32)])
    for act in (kept.insert, kept.prove, kept.__contains__, lambda v: LabelMap([v]), lambda v: verify_present(kept.root, v, kept.prove(bytes(32)))):
        with pytest.raises(Malformed, match="label-malformed"):
            act(value)


STEPS = st.builds(MapStep, st.integers(-3, 300), st.binary(min_size=31, max_size=33))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=33), st.binary(max_size=33), st.lists(STEPS, max_size=5))
def test_nothing_but_faults_comes_of_random_proofs(wanted: bytes, found: bytes, steps: list[MapStep]) -> None:
    for verify in (verify_present, verify_absent):
        with pytest.raises(Fault):
            verify(b"\1" * 32, wanted, MapProof(found, tuple(steps)))
