"""Trees against RFC 6962's own recursive definition, and proofs that must not be bent."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.errors import Fault, Malformed, Tampered
from enishi.tlog.frontier import Frontier
from enishi.tlog.tree import (
    EMPTY_ROOT,
    ListHashes,
    consistency,
    inclusion,
    inclusions,
    leaf_hash,
    node_hash,
    prove_inclusion,
    prove_inclusions,
    root_at,
    root_of,
    verify_consistency,
    verify_inclusion,
)

WELL_KNOWN = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Roots over the first n of the eight entries that implementations of RFC 6962 compare themselves by."""
ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]


def hashes_of(count: int) -> list[bytes]:
    return [leaf_hash(i.to_bytes(2, "big")) for i in range(count)]


def slow_root(hashes: list[bytes]) -> bytes:
    """MTH as RFC 6962, 2.1 writes it."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return node_hash(slow_root(hashes[:k]), slow_root(hashes[k:]))


def test_roots_are_those_that_everybody_computes() -> None:
    hashes = [leaf_hash(bytes.fromhex(entry)) for entry in ENTRIES]
    assert [root_of(hashes[: n + 1]).hex() for n in range(8)] == WELL_KNOWN


def test_root_frontier_and_reader_agree_with_the_definition() -> None:
    hashes, frontier = hashes_of(70), Frontier()
    reader = ListHashes(hashes)
    for size in range(71):
        expected = slow_root(hashes[:size])
        assert root_of(hashes[:size]) == root_at(reader, size) == frontier.root == expected
        assert Frontier.at(reader, size).hashes == frontier.hashes
        if size < 70:
            frontier.append(hashes[size])


def test_every_leaf_of_every_small_tree_is_proved_and_only_there() -> None:
    for size in range(1, 34):
        hashes = hashes_of(size)
        root, paths = root_of(hashes), inclusions(hashes)
        for index, path in enumerate(paths):
            assert path == inclusion(hashes, index)
            verify_inclusion(hashes[index], index, size, path, root)
            for other in {0, size - 1, index ^ 1} - {index}:
                with pytest.raises((Tampered, Malformed)):
                    verify_inclusion(hashes[index], other, size, path, root)


def test_many_proofs_of_one_tree_are_each_one_s_own() -> None:
    for size in range(1, 40):
        reader, wanted = ListHashes(hashes_of(size)), inclusions(hashes_of(size))
        assert prove_inclusions(reader, range(size), size) == wanted == [prove_inclusion(reader, index, size) for index in range(size)]
        assert prove_inclusions(reader, (size - 1, 0, size - 1), size) == [wanted[-1], wanted[0], wanted[-1]]
        with pytest.raises(Malformed, match="proof-position"):
            prove_inclusions(reader, (0, size), size)


def test_every_prefix_of_every_small_tree_is_consistent_and_no_other() -> None:
    for size in range(34):
        hashes = hashes_of(size)
        root = root_of(hashes)
        for old in range(size + 1):
            path = consistency(hashes, old)
            verify_consistency(old, size, root_of(hashes[:old]), root, path)
            changed = root_of([*hashes[: old - 1], leaf_hash(b"another")]) if old else leaf_hash(b"another")
            with pytest.raises(Tampered):
                verify_consistency(old, size, changed, root, path)


def test_a_proof_is_for_one_size_only() -> None:
    hashes = hashes_of(4)
    for size, claimed in ((2, 4), (2, 3), (1, 2), (3, 2)):
        root, path = root_of(hashes[:size]), inclusion(hashes[:size], 0)
        with pytest.raises(Tampered, match="inclusion-broken"):
            verify_inclusion(hashes[0], 0, claimed, path, root)
    hashes = hashes_of(8)
    for old, size, claimed in ((2, 4, 8), (2, 3, 6), (4, 6, 12), (3, 4, 8)):
        old_root, root, path = root_of(hashes[:old]), root_of(hashes[:size]), consistency(hashes[:size], old)
        verify_consistency(old, size, old_root, root, path)
        with pytest.raises(Tampered, match="consistency-broken"):
            verify_consistency(old, claimed, old_root, root, path)


def test_where_there_is_nothing_to_prove_the_proof_is_empty() -> None:
    root = root_of(hashes_of(4))
    for old, old_root in ((0, EMPTY_ROOT), (4, root)):
        verify_consistency(old, 4, old_root, root, [])
        with pytest.raises(Tampered, match="consistency-broken"):
            verify_consistency(old, 4, old_root, root, [root])
    with pytest.raises(Tampered, match="consistency-broken"):
        verify_consistency(0, 0, EMPTY_ROOT, root, [])


def test_a_tree_that_dropped_a_leaf_has_no_consistency_proof() -> None:
    hashes = hashes_of(20)
    dropped = hashes[:6] + hashes[7:]
    with pytest.raises(Tampered, match="consistency-broken"):
        verify_consistency(12, 19, root_of(hashes[:12]), root_of(dropped), consistency(dropped, 12))


@pytest.mark.parametrize("index", [-1, 5, 6])
def test_a_place_outside_the_tree_is_refused_on_both_sides(index: int) -> None:
    hashes = hashes_of(5)
    with pytest.raises(Malformed, match="proof-position"):
        inclusion(hashes, index)
    with pytest.raises(Malformed, match="proof-position"):
        verify_inclusion(hashes[0], index, 5, inclusion(hashes, 0), root_of(hashes))


def test_a_node_cannot_be_passed_off_as_a_leaf_by_shifting_bytes() -> None:
    hashes = hashes_of(2)
    with pytest.raises(Malformed, match="proof-malformed"):
        verify_inclusion(hashes[0] + hashes[1][:1], 0, 2, [hashes[1][1:]], root_of(hashes))


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 300), st.data())
def test_a_bent_proof_never_holds(size: int, data: st.DataObject) -> None:
    hashes = hashes_of(size)
    index = data.draw(st.integers(0, size - 1))
    path, root = inclusion(hashes, index), root_of(hashes)
    verify_inclusion(hashes[index], index, size, path, root)
    bent = data.draw(st.lists(st.sampled_from([*path, root, hashes[0]]), max_size=len(path) + 1))
    if bent != path:
        with pytest.raises(Fault):
            verify_inclusion(hashes[index], index, size, bent, root)


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=33),
    st.integers(-2, 40),
    st.integers(-2, 40),
    st.lists(st.binary(min_size=31, max_size=32), max_size=8),
    st.binary(max_size=33),
)
def test_nothing_but_faults_comes_of_random_proofs(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> None:
    with pytest.raises(Fault):
        verify_inclusion(leaf, index, size, [*path, bytes(32)], root)
    if not (index == 0 and leaf == EMPTY_ROOT) and index != size:
        with pytest.raises(Fault):
            verify_consistency(index, size, leaf, root, [*path, bytes(32)])


@pytest.mark.parametrize(("size", "count"), [(-1, 0), (1, 0), (3, 1), (4, 2)])
def test_a_frontier_that_does_not_fit_its_size_is_refused(size: int, count: int) -> None:
    with pytest.raises(Malformed, match="frontier-malformed"):
        Frontier(size, [bytes(32)] * count)


def test_a_copied_frontier_grows_apart() -> None:
    frontier = Frontier()
    frontier.extend(hashes_of(5))
    twin, before = frontier.copy(), frontier.root
    twin.extend(hashes_of(3))
    assert (frontier.size, frontier.root) == (5, before)
    assert twin.size == 8
    assert Frontier(frontier.size, frontier.hashes).root == before
