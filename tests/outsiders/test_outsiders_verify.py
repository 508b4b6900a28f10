"""`enishi verify --url` against a live log: what it proves, and each lie by the check that finds it."""

from collections.abc import Callable
from html import unescape
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from rich.console import Console
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from enishi.cli.outside import checking
from enishi.cli.outside.checking import NAMES, Report
from enishi.cli.outside.telling import said_of, say, shown, tell
from enishi.cli.outside.verifying import OPEN, PROVED, WRONG, Asked, verify_url, wanted_of
from enishi.encoding import digest
from enishi.errors import Fault
from enishi.roles.keeper.face import build_face
from enishi.tlog.checkpoint import Checkpoint, sign_checkpoint
from enishi.tlog.leaf import PUBLIC_SALT, Leaf, LeafKind, commitment, decode_leaf, encode_leaf
from enishi.tlog.tiles import ENTRIES, Tile, encode_bundle, parse_path
from enishi.tlog.tree import leaf_hash, root_of
from outsiders.world_outsiders import Outsiders


def asked(world: Outsiders, **changes: object) -> Asked:
    base = Asked(world.url, world.log_key, tuple(world.witness_keys), -1, 60, None, None)
    return msgspec.structs.replace(base, **changes)


def check(world: Outsiders, **changes: object) -> Report:
    return checking.check_log(wanted_of(asked(world, **changes)), lambda name, done, total: None)


def states(report: Report) -> dict[str, str]:
    return {one.name: one.state for one in report.checks}


def test_everything_is_proved_from_public_data_alone(grown: Outsiders) -> None:
    report = check(grown)
    assert states(report) == dict.fromkeys(NAMES[:-1], "holds")
    assert (report.ok, report.proved, report.size) == (True, True, 703)
    assert report.kinds == {"intent": 697, "label_map": 3, "snapshot": 3}
    numbers = {one.name: one.numbers for one in report.checks}
    assert numbers["labels"] == {"labels": 697, "maps": 3}
    assert numbers["tiles"] == {"tiles": 4}


def test_it_says_so_in_words_and_in_json(grown: Outsiders, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_url(asked(grown)) == PROVED
    told = capsys.readouterr().out
    assert "Everything that was checked holds." in told
    assert "確かめたことは、すべて正しい。" in told
    assert "What this does not say" in told
    assert verify_url(asked(grown), as_json=True) == PROVED
    said = msgspec.json.decode(capsys.readouterr().out)
    assert (said["ok"], said["proved"], said["checks"][0]["said"]["ja"]) == (True, True, "記録簿の署名は正しい（703 件）")


def test_on_a_narrow_terminal_no_sentence_is_cut(grown: Outsiders) -> None:
    report, narrow = check(grown), Console(width=40, soft_wrap=True, file=StringIO(), highlight=False)
    tell(report, narrow)
    told = narrow.file.getvalue()  # type: ignore[attr-defined]
    for one in report.checks:
        means = say(f"{one.name}-means")
        assert one.state != "holds" or (means.ja in told and means.en in told)


def test_without_a_witness_named_it_says_that_none_was_looked_for(grown: Outsiders) -> None:
    cosigned = check(grown, witnesses=()).checks[1]
    assert cosigned.state == "open"
    assert said_of(cosigned).en == "No witness was named (--witness), so no cosignature was looked for"


def test_the_page_s_commands_name_every_witness(grown: Outsiders) -> None:
    """Typed as they stand there, the first and the later check prove all that can be proved."""
    page = unescape(grown.get("/", host="log.localhost").body.decode())
    commands = [rest.partition("</")[0] for rest in page.split("enishi verify --url ")[1:]]
    assert [("--since" in one, all(f"--witness '{key}'" in one for key in grown.witness_keys)) for one in commands] == [(False, True), (True, True)]


def test_a_second_run_takes_the_full_tiles_from_the_copy(grown: Outsiders, tmp_path: Path) -> None:
    first = check(grown, folder=tmp_path / "copy")
    again = check(grown, folder=tmp_path / "copy")
    # Of three bundles and four tiles two and two are full; the rest and the checkpoint are fetched again.
    assert (first.fetched, first.kept) == (8, 0)
    assert (again.fetched, again.kept) == (4, 4)
    assert again.proved


def test_a_copy_that_is_damaged_is_fetched_anew_before_the_log_is_blamed(grown: Outsiders, tmp_path: Path) -> None:
    check(grown, folder=tmp_path)
    for name in ("tile/entries/001", "tile/0/000"):
        content = bytearray((tmp_path / name).read_bytes())
        content[200] ^= 1
        (tmp_path / name).write_bytes(content)
        assert check(grown, folder=tmp_path).proved
        assert (tmp_path / name).read_bytes() != content


def test_a_kept_checkpoint_is_the_beginning_of_the_log(own: Outsiders, tmp_path: Path) -> None:
    check(own, folder=tmp_path)
    before = own.log.current().size
    own.grow(300)
    own.publish()
    own.cosign()
    report = check(own, since=tmp_path / "checkpoint")
    assert states(report)["since"] == "holds"
    assert report.checks[-1].numbers == {"since": before, "size": before + 302}


def test_too_few_or_too_old_cosignatures_are_not_yet_and_no_fault(own: Outsiders, capsys: pytest.CaptureFixture[str]) -> None:
    own.grow(1)
    own.publish()
    own.cosign(0)
    report = check(own)
    assert (states(report)["cosigned"], report.ok, report.proved) == ("open", True, False)
    assert "Not yet cosigned" in said_of(report.checks[1]).en
    assert states(check(own, quorum=1))["cosigned"] == "holds"
    wanted = wanted_of(asked(own, quorum=1))
    later = msgspec.structs.replace(wanted, now_ms=wanted.now_ms + 62 * 60_000)
    assert states(checking.check_log(later, lambda *told: None))["cosigned"] == "open"
    assert verify_url(asked(own)) == OPEN
    assert "Not yet cosigned" in capsys.readouterr().out


def test_without_witnesses_nothing_is_said_to_be_cosigned(grown: Outsiders) -> None:
    assert states(check(grown, witnesses=()))["cosigned"] == "open"


class Lie:
    """A face that answers some paths with other bytes."""

    def __init__(self, world: Outsiders, changed: dict[str, bytes | Callable[[bytes], bytes]]) -> None:
        self._app: ASGIApp = build_face(world.log)
        self._changed = changed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        change = self._changed.get(scope["path"])
        plain = scope | {"headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}

        async def pass_on(message: Message) -> None:
            if change is not None and message["type"] == "http.response.start":
                message = message | {"headers": [pair for pair in message["headers"] if pair[0] != b"content-length"]}
            if change is not None and message["type"] == "http.response.body":
                message = message | {"body": change(message["body"]) if callable(change) else change}
            await send(message)

        await self._app(plain, receive, pass_on)


def lie(world: Outsiders, changed: dict[str, bytes | Callable[[bytes], bytes]], **options: object) -> Report:
    return check(world, url=f"http://127.0.0.1:{world.listen(Lie(world, changed))}", **options)


def flipped(place: int) -> Callable[[bytes], bytes]:
    return lambda body: body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]


@pytest.mark.parametrize(
    ("path", "change", "found"),
    [
        ("/checkpoint", flipped(25), "signed"),
        ("/checkpoint", lambda body: body[:-3] + b"AA\n", "signed"),
        ("/checkpoint", b"nothing", "signed"),
        ("/tile/entries/000", flipped(2 + 10), "entries"),
        ("/tile/entries/001", flipped(2 + 77), "entries"),
        ("/tile/entries/002.p/191", lambda body: body[:-80], "entries"),
        ("/tile/entries/002.p/191", lambda body: body + bytes(80), "entries"),
        ("/tile/0/001", flipped(0), "tiles"),
        ("/tile/1/000.p/2", flipped(63), "tiles"),
        ("/tile/0/002.p/191", lambda body: body[:-32], "tiles"),
    ],
)
def test_one_changed_bit_is_found_by_its_check(grown: Outsiders, path: str, change: bytes | Callable[[bytes], bytes], found: str) -> None:
    report = lie(grown, {path: change})
    first = next(one for one in report.checks if one.state == "fails")
    assert first.name in (found, "cosigned") if path == "/checkpoint" else first.name == found
    assert not report.ok
    assert first.slug
    assert shown(report)["ok"] is False


class Forged:
    """A whole log that the holder of the log's key makes up: whatever it serves is signed and hashed as it should be."""

    def __init__(self, leaves: list[bytes], world: Outsiders) -> None:
        self._leaves = leaves
        hashes = [leaf_hash(leaf) for leaf in leaves]
        self._note = sign_checkpoint(Checkpoint(world.log.verifier.name, len(leaves), root_of(hashes)), world.secrets.log).encode()
        self._hashes = hashes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = self._note if scope["path"] == "/checkpoint" else self._tile(parse_path(scope["path"][1:]))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    def _tile(self, tile: Tile) -> bytes:
        begin = tile.index * 256
        own = slice(begin, begin + tile.width)
        return encode_bundle(self._leaves[own]) if tile.level == ENTRIES else b"".join(self._hashes[own])


def leaves_of(world: Outsiders) -> list[bytes]:
    rows = world.run(world.database.read(lambda c: c.execute("SELECT data FROM leaf ORDER BY idx").fetchall()))
    return [bytes(data) for (data,) in rows]


def forge(world: Outsiders, leaves: list[bytes], **options: object) -> Report:
    return check(world, url=f"http://127.0.0.1:{world.listen(Forged(leaves, world))}", witnesses=(), **options)


def map_leaf(root: bytes) -> bytes:
    return encode_leaf(Leaf(1, 0, 1_750_000_000_000, LeafKind.LABEL_MAP, bytes(32), commitment(PUBLIC_SALT, root)))


def test_a_label_left_out_of_the_map_is_found_though_all_is_signed(own: Outsiders) -> None:
    leaves = leaves_of(own)
    assert forge(own, leaves).ok
    report = forge(own, [*leaves, map_leaf(digest("test", b"a map of other labels"))])
    assert (states(report)["entries"], states(report)["labels"]) == ("holds", "fails")
    report = forge(own, leaves[:-1])
    assert states(report)["labels"] == "fails"


def test_a_label_that_stands_twice_is_found(own: Outsiders) -> None:
    leaves = leaves_of(own)
    labelled = next(leaf for leaf in leaves if decode_leaf(leaf).kind.labelled)
    assert states(forge(own, [*leaves[:-1], labelled, leaves[-1]]))["labels"] == "fails"


def test_what_is_no_leaf_is_found(own: Outsiders) -> None:
    leaves = leaves_of(own)
    assert states(forge(own, [b"x" * 78, *leaves[1:]]))["entries"] == "fails"


def test_another_history_and_a_shorter_one_are_found_by_the_kept_checkpoint(own: Outsiders, tmp_path: Path) -> None:
    kept = tmp_path / "checkpoint"
    kept.write_bytes(own.get("/checkpoint").body)
    leaves = leaves_of(own)
    other = [leaves[1], leaves[0], *leaves[2:]]
    assert states(forge(own, leaves, since=kept))["since"] == "holds"
    assert states(forge(own, other, since=kept)) == {
        "signed": "holds",
        "cosigned": "open",
        "entries": "holds",
        "tiles": "holds",
        "labels": "holds",
        "since": "fails",
    }
    assert states(forge(own, leaves[:5], since=kept))["since"] == "fails"


def test_a_kept_checkpoint_of_another_log_says_nothing_good(own: Outsiders, grown: Outsiders, tmp_path: Path) -> None:
    kept = tmp_path / "checkpoint"
    kept.write_bytes(grown.get("/checkpoint").body)
    assert states(check(own, since=kept))["since"] == "fails"
    assert verify_url(asked(own, since=kept), as_json=True) == WRONG


def test_a_full_tile_stands_in_for_a_partial_one_that_is_gone(own: Outsiders) -> None:
    from enishi.cli.outside.fetching import _cut

    whole = encode_bundle([bytes([i]) * 78 for i in range(9)])
    assert _cut(whole, Tile(ENTRIES, 0, 4)) == encode_bundle([bytes([i]) * 78 for i in range(4)])
    assert _cut(bytes(8192), Tile(0, 0, 3)) == bytes(96)


def test_a_log_that_does_not_answer_and_options_that_cannot_be_meant(own: Outsiders, tmp_path: Path) -> None:
    with pytest.raises(Fault, match="verifier-key-missing"):
        wanted_of(asked(own, log_key=""))
    with pytest.raises(Fault, match="checkpoint-not-there"):
        wanted_of(asked(own, since=tmp_path / "none"))
    with pytest.raises(Fault, match="witness-policy-impossible"):
        wanted_of(asked(own, quorum=3))
    with pytest.raises(Fault, match="evidence-log-unreachable"):
        check(own, url="http://127.0.0.1:9")
    with pytest.raises(Fault, match="verifier-key-malformed"):
        wanted_of(asked(own, log_key="nonsense"))
