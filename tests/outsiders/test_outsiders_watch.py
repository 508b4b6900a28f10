"""An outsider's own witness: its key, what it sees of a live log, and the forks that it catches and can show."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from enishi.cli.outside.standing import Held, make, read
from enishi.cli.outside.watching import Look, Sight, look
from enishi.errors import Fault
from enishi.roles.keeper.witnessing import Witnessing
from enishi.tlog.checkpoint import open_checkpoint
from enishi.tlog.cosign import cosigned_at
from enishi.tlog.note import KeyType, parse_note, parse_verifier
from outsiders.test_outsiders_verify import Forged, leaves_of
from outsiders.world_outsiders import Outsiders

NAME = "paper.example/witness"
PROGRAM = [sys.executable, "-m", "enishi.cli.main", "witness"]


@pytest.fixture
def data(own: Outsiders, tmp_path: Path) -> Path:
    make(tmp_path / "mine", NAME, own.log_key)
    return tmp_path / "mine"


@pytest.fixture
def held(own: Outsiders, data: Path) -> Iterator[Held]:
    opened = Held(data)
    yield opened
    own.run(opened.database.close())


def see(world: Outsiders, held: Held, url: str = "") -> Look:
    async def once() -> Look:
        async with aiohttp.ClientSession() as session:
            return await look(held, session, url or world.url)

    return world.run(once())


def other_log(world: Outsiders, leaves: list[bytes]) -> str:
    return f"http://127.0.0.1:{world.listen(Forged(leaves, world))}"


def test_the_key_is_made_once_and_for_one_log(own: Outsiders, grown: Outsiders, tmp_path: Path) -> None:
    first = make(tmp_path, NAME, own.log_key)
    assert make(tmp_path, NAME, own.log_key) == first == parse_verifier(first.encoded)
    assert (first.type, read(tmp_path).log_key) == (KeyType.COSIGNATURE, own.log_key)
    assert (tmp_path / "keys" / "cosigning").stat().st_mode & 0o077 == 0
    for name, key in (("other.example", own.log_key), (NAME, grown.log_key)):
        with pytest.raises(Fault, match="witness-made-otherwise"):
            make(tmp_path, name, key)
    with pytest.raises(Fault, match="verifier-key-malformed"):
        make(tmp_path / "bad", "a name with spaces", own.log_key)
    with pytest.raises(Fault, match="witness-not-made"):
        Held(tmp_path / "none")


def test_what_continues_is_cosigned_and_kept(own: Outsiders, held: Held, data: Path) -> None:
    verifier = make(data, NAME, own.log_key)
    sizes = []
    for leaves in (0, 7, 300):
        if leaves:
            own.grow(leaves)
            own.publish()
        seen = see(own, held)
        assert seen.sight is Sight.SEEN
        assert see(own, held).sight is Sight.STILL
        sizes.append(seen.size)
        note = parse_note((data / "seen" / f"{seen.size}.note").read_bytes())
        assert open_checkpoint(note, own.log.verifier).size == seen.size
        assert cosigned_at(note, verifier) is not None
    assert sizes == sorted(set(sizes))


def test_a_log_that_is_away_or_not_this_one_changes_nothing(own: Outsiders, grown: Outsiders, held: Held) -> None:
    before = see(own, held).size
    assert see(own, held, "http://127.0.0.1:9").sight is Sight.AWAY
    assert see(own, held, grown.url).sight is Sight.AWAY
    assert own.run(held.cosigning.size(own.log.verifier.name)) == before


@pytest.mark.parametrize("kind", ["same size", "longer", "shorter"])
def test_a_fork_is_caught_and_both_sides_of_it_are_kept(own: Outsiders, held: Held, data: Path, kind: str) -> None:
    first = see(own, held)
    leaves = leaves_of(own)
    swapped = [leaves[1], leaves[0], *leaves[2:]]
    shown = {"same size": swapped, "longer": swapped + leaves, "shorter": leaves[:4]}[kind]
    caught = see(own, held, other_log(own, shown))
    assert (caught.sight, caught.size) == (Sight.FORK, len(shown))
    folder = Path(caught.detail)
    notes = [parse_note((folder / name).read_bytes()) for name in ("seen.note", "shown.note")]
    # Both are signed by the log itself: whoever has its key can be shown what it did.
    sizes = [open_checkpoint(note, own.log.verifier).size for note in notes]
    assert sizes == [first.size, len(shown)]
    assert notes[0].text != notes[1].text
    assert (folder / "why.txt").read_text().strip()
    # It did not sign the other history, and still knows the first one.
    assert sorted(path.name for path in (data / "seen").iterdir()) == [f"{first.size}.note"]
    assert see(own, held).sight is Sight.STILL


def test_what_was_seen_survives_a_restart(own: Outsiders, data: Path) -> None:
    before = Held(data)
    size = see(own, before).size
    own.run(before.database.close())
    after = Held(data)
    leaves = leaves_of(own)
    assert see(own, after, other_log(own, [leaves[1], leaves[0], *leaves[2:]])).sight is Sight.FORK
    assert see(own, after).size == size
    own.run(after.database.close())


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, check=False)


def in_the_background(*arguments: str) -> subprocess.Popen[str]:
    """A command as a script starts it with `&`: it ignores SIGINT until it says otherwise."""
    ignoring = [sys.executable, "-c", "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"]
    return subprocess.Popen([*ignoring, *PROGRAM, *arguments], stdout=subprocess.PIPE, text=True)


def test_a_watch_in_the_background_ends_in_order(own: Outsiders, data: Path) -> None:
    watching = in_the_background("watch", "--log", own.url, "--data", str(data))
    assert watching.stdout is not None
    assert "cosigned" in watching.stdout.readline()
    watching.send_signal(signal.SIGINT)
    assert watching.wait(120) == 0
    # What it held is closed: the next one has the folder at once.
    assert run("watch", "--log", own.url, "--data", str(data), "--once").returncode == 0


def test_the_three_commands_as_they_are_typed(own: Outsiders, tmp_path: Path) -> None:
    data = tmp_path / "typed"
    made = run("init", "--name", NAME, "--log-key", own.log_key, "--data", str(data))
    assert made.returncode == 0, made.stderr
    key = next(line.strip() for line in made.stdout.splitlines() if line.strip().startswith(NAME + "+"))
    seen = run("watch", "--log", own.url, "--data", str(data), "--once")
    assert (seen.returncode, "cosigned" in seen.stdout) == (0, True), seen.stderr
    leaves = leaves_of(own)
    forked = run("watch", "--log", other_log(own, [leaves[1], leaves[0], *leaves[2:]]), "--data", str(data), "--once")
    assert (forked.returncode, "FORK" in forked.stdout) == (1, True), forked.stderr
    serving = in_the_background("serve", "--data", str(data), "--port", "0")
    try:
        assert serving.stdout is not None
        url = next(word for word in serving.stdout.readline().split() if word.startswith("http"))
        own.grow(5)
        size = own.publish()
        asking = Witnessing(own.log, url, parse_verifier(key))

        async def ask() -> None:
            async with aiohttp.ClientSession() as session:
                await asking.offer(session, own.log.current())

        own.run(ask())
        assert cosigned_at(own.log.current().cosigned, parse_verifier(key)) is not None
        assert own.log.current().size == size
        # One process has the folder at a time.
        assert run("watch", "--log", own.url, "--data", str(data), "--once").returncode == 78
    finally:
        serving.send_signal(signal.SIGINT)
        assert serving.wait(120) == 0


def test_verify_by_its_command(grown: Outsiders, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "enishi.cli.main", "verify", "--url", grown.url, "--log-key", grown.log_key, "--cache", str(tmp_path)]
    keys = [part for key in grown.witness_keys for part in ("--witness", key)]
    done = subprocess.run([*command, *keys, "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["proved"] is True
    assert subprocess.run(command, capture_output=True, check=False).returncode == 3
