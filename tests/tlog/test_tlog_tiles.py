"""Tiles against the specification's own numbers and against the tree they are cut from."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.errors import Fault, Malformed
from enishi.tlog.tiles import (
    ENTRIES,
    Tile,
    TileEdge,
    TileHashes,
    bundles_between,
    decode_bundle,
    encode_bundle,
    parse_path,
    tile_bytes,
    tiles_between,
)
from enishi.tlog.tree import ListHashes, leaf_hash, prove_consistency, prove_inclusion, root_at, root_of, verify_consistency, verify_inclusion

SIZE = 66_000
HASHES = [leaf_hash(i.to_bytes(4, "big")) for i in range(SIZE)]
TREE = ListHashes(HASHES)


def store_of(steps: list[int]) -> dict[str, bytes]:
    """A folder of tiles written while the log grew through these sizes."""
    store: dict[str, bytes] = {}
    edge = TileEdge(0, lambda tile: store[tile.path])
    for size in steps:
        store.update({tile.path: data for tile, data in edge.extend(HASHES[edge.size : size]).items()})
        assert edge.root == root_at(TREE, size)
    return store


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(0, 0, 1), "tile/0/000.p/1"),
        (Tile(2, 999, 255), "tile/2/999.p/255"),
        (Tile(63, 1000), "tile/63/x001/000"),
        (Tile(ENTRIES, 273, 112), "tile/entries/273.p/112"),
    ],
)
def test_names_are_those_of_the_specification(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert parse_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/00/000",
        "tile/64/000",
        "tile/0/x000/001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/../000",
        "tile/-1/000",
        "tile/0/001/000",
        "tile/0/0\u0661\u0661",
        "tile/0/000\n",
        "tile/0/" + "x001/" * 30 + "000",
    ],
)
def test_other_names_are_refused(path: str) -> None:
    with pytest.raises(Malformed, match="tile-path-malformed"):
        parse_path(path)


def test_a_log_of_70000_has_the_tiles_that_the_specification_counts() -> None:
    tiles = list(tiles_between(0, 70_000))
    assert [tile for tile in tiles if tile.width < 256] == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert sum(tile.level == 0 for tile in tiles) == 274
    assert [tile for tile in tiles if tile.level == 1] == [Tile(1, 0), Tile(1, 1, 17)]
    assert list(tiles_between(0, 256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles_between(256, 257)) == [Tile(0, 1, 1)]
    assert list(bundles_between(255, 513)) == [Tile(ENTRIES, 0), Tile(ENTRIES, 1), Tile(ENTRIES, 2, 1)]
    assert list(tiles_between(300, 300)) == list(bundles_between(300, 300)) == []


def test_tiles_written_step_by_step_are_those_cut_from_the_whole_tree() -> None:
    store = store_of([1, 2, 255, 256, 257, 600, 65_535, 65_536, 65_537, SIZE])
    expected = {tile.path: tile_bytes(TREE, tile) for tile in tiles_between(0, SIZE)}
    assert {path: store[path] for path in expected} == expected
    assert all(tile_bytes(TREE, parse_path(path)) == data for path, data in store.items())


def test_a_writer_resumes_from_its_tiles_as_if_it_had_never_stopped() -> None:
    for size in (0, 1, 255, 256, 257, 65_535, 65_536, 65_800):
        store = store_of([size] if size else [])
        edge = TileEdge(size, lambda tile, kept=store: kept[tile.path])
        assert edge.root == root_at(TREE, size)
        grown = edge.copy().extend(HASHES[size : size + 200])
        assert grown == edge.extend(HASHES[size : size + 200])
        assert {tile: tile_bytes(TREE, tile) for tile in tiles_between(size, size + 200)} == grown


def test_a_copied_edge_leaves_the_first_where_it_was() -> None:
    edge = TileEdge(0, lambda tile: b"")
    edge.extend(HASHES[:300])
    edge.copy().extend(HASHES[300:600])
    assert (edge.size, edge.root) == (300, root_of(HASHES[:300]))


def test_proofs_made_from_tiles_hold() -> None:
    store = store_of([700, SIZE])
    reader, root = TileHashes(SIZE, lambda tile: store[tile.path]), root_of(HASHES)
    for index in (0, 1, 255, 256, 699, 65_535, 65_536, SIZE - 1):
        verify_inclusion(HASHES[index], index, SIZE, prove_inclusion(reader, index, SIZE), root)
    for old in (1, 256, 700, 65_536, 65_999):
        verify_consistency(old, SIZE, root_at(TREE, old), root, prove_consistency(reader, old, SIZE))


@pytest.mark.parametrize(("level", "index"), [(0, 700), (1, 350), (9, 1), (10, 0), (0, -1)])
def test_a_hash_that_is_not_complete_yet_is_refused(level: int, index: int) -> None:
    store = store_of([700])
    with pytest.raises(Malformed, match="tile-outside"):
        TileHashes(700, lambda tile: store[tile.path]).read(level, index)


def test_a_cut_tile_is_refused() -> None:
    with pytest.raises(Malformed, match="tile-malformed"):
        TileHashes(10, lambda tile: bytes(32 * 9)).read(0, 3)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=90), min_size=1, max_size=256))
def test_bundles_read_back(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries), len(entries)) == entries


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 20))
def test_a_bundle_that_is_read_is_written_the_same(encoded: bytes, width: int) -> None:
    try:
        entries = decode_bundle(encoded, width)
    except Fault:
        return
    assert b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries) == encoded


@pytest.mark.parametrize("entries", [[], [b""] * 257, [bytes(65_536)]])
def test_what_no_bundle_holds_is_refused(entries: list[bytes]) -> None:
    with pytest.raises(Malformed, match="bundle-malformed"):
        encode_bundle(entries)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="tile/nrsx0123456789.p", max_size=40) | st.integers(0, 10**12).map(lambda n: Tile(n % 64, n, 1 + n % 256).path))
def test_a_name_that_is_read_is_the_only_one(path: str) -> None:
    try:
        tile = parse_path(path)
    except Fault:
        return
    assert tile.path == path
