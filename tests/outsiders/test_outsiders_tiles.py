"""The public log over HTTP, held against the text of C2SP tlog-tiles."""

import gzip

import pytest

from enishi.tlog.checkpoint import open_checkpoint
from enishi.tlog.cosign import cosigned_at
from enishi.tlog.leaf import LeafKind, decode_leaf
from enishi.tlog.note import parse_note
from enishi.tlog.tiles import decode_bundle, split_tile
from enishi.tlog.tree import leaf_hash, root_of
from outsiders.world_outsiders import Outsiders

SIZES = (3, 256, 703)


def test_the_checkpoint_is_a_note_signed_by_the_log_and_both_witnesses(grown: Outsiders) -> None:
    answer = grown.get("/checkpoint")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    note = parse_note(answer.body)
    checkpoint = open_checkpoint(note, grown.log.verifier)
    assert checkpoint.size == 703
    assert all(cosigned_at(note, witness) for witness in grown.witnesses)
    assert [line.name for line in note.signatures] == [grown.log.verifier.name, *(witness.name for witness in grown.witnesses)]


def test_the_tiles_give_the_signed_root_and_each_entry_its_hash(grown: Outsiders) -> None:
    checkpoint = open_checkpoint(parse_note(grown.get("/checkpoint").body), grown.log.verifier)
    hashes: list[bytes] = []
    for name, width in (("000", 256), ("001", 256), ("002.p/191", 191)):
        tile, bundle = grown.get(f"/tile/0/{name}"), grown.get(f"/tile/entries/{name}")
        for answer in (tile, bundle):
            assert (answer.status, answer.headers["content-type"]) == (200, "application/octet-stream")
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert answer.headers["access-control-allow-origin"] == "*"
        assert [leaf_hash(entry) for entry in decode_bundle(bundle.body, width)] == split_tile(tile.body, width)
        hashes += split_tile(tile.body, width)
    assert root_of(hashes) == checkpoint.root
    assert grown.get("/tile/1/000.p/2").body == root_of(hashes[:256]) + root_of(hashes[256:512])


@pytest.mark.parametrize("size", SIZES)
def test_every_partial_tile_of_a_checkpoint_is_served_also_later(grown: Outsiders, size: int) -> None:
    for level in (0, 1):
        count = size >> 8 * level
        if count % 256:
            name = f"{count // 256:03d}.p/{count % 256}"
            whole = grown.get(f"/tile/{level}/{name}")
            assert (whole.status, len(whole.body)) == (200, 32 * (count % 256)), name
    if size % 256:
        answer = grown.get(f"/tile/entries/{size // 256:03d}.p/{size % 256}")
        # The last leaf under a checkpoint is the root of the map of labels.
        assert decode_leaf(decode_bundle(answer.body, size % 256)[-1]).kind is LeafKind.LABEL_MAP


@pytest.mark.parametrize(
    "path",
    [
        "/tile/0/002",
        "/tile/0/002.p/192",
        "/tile/0/003.p/1",
        "/tile/1/000.p/3",
        "/tile/1/000",
        "/tile/2/000.p/1",
        "/tile/entries/002",
        "/tile/entries/002.p/192",
        "/tile/entries/x999/x999/x999/x999/x999/x999/x999/999",
        "/tile/63/x999/x999/x999/x999/x999/x999/x999/999.p/255",
        # Names that no tile has.
        "/tile/0/2",
        "/tile/0/0002",
        "/tile/0/002.p/0",
        "/tile/0/002.p/256",
        "/tile/0/002.p/01",
        "/tile/00/000",
        "/tile/64/000.p/1",
        "/tile/0/x000/001",
        "/tile/-1/000",
        "/tile/0/000/",
        "/tile/data/000",
        "/tile/",
    ],
)
def test_what_is_not_there_is_not_found_and_not_kept(grown: Outsiders, path: str) -> None:
    answer = grown.get(path)
    assert (answer.status, answer.headers["cache-control"]) == (404, "no-store")


def test_bundles_are_packed_for_those_who_take_it(grown: Outsiders) -> None:
    plain, packed = grown.get("/tile/entries/000"), grown.get("/tile/entries/000", **{"accept-encoding": "gzip, identity"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body)
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"


def test_the_log_is_only_read(grown: Outsiders) -> None:
    for path in ("/checkpoint", "/tile/0/000"):
        head = grown.get(path, "HEAD")
        assert (head.status, head.body) == (200, b"")
        assert grown.get(path, "POST").status == grown.get(path, "DELETE").status == 405
