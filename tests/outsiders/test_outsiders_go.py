"""Go's golang.org/x/mod/sumdb reads our log: checkpoint, inclusion of every entry, consistency; and it does not take one flipped bit."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from enishi.roles.keeper.face import build_face
from house.source import ROOT
from outsiders.world_outsiders import Outsiders

LIBRARY = "/usr/share/gocode"


pytestmark = pytest.mark.xdist_group("go")


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, built from Debian's packages alone: no module is fetched from anywhere."""
    folder = tmp_path_factory.mktemp("go")
    cache = ROOT / ".cache" / "go"
    cache.mkdir(parents=True, exist_ok=True)
    own = {"GO111MODULE": "off", "GOPATH": LIBRARY, "GOCACHE": str(cache), "GOFLAGS": "", "GOPROXY": "off", "CGO_ENABLED": "0"}
    environment = os.environ | own
    source = str(ROOT / "tests" / "tlog" / "go" / "main.go")
    subprocess.run(["go", "build", "-o", str(folder / "outsider"), source], check=True, env=environment)
    return folder / "outsider"


def ask(go: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(go), *arguments], capture_output=True, text=True, check=False)


def bent(app: ASGIApp, path: str, bit: int) -> ASGIApp:
    """The same application with one bit of one answer flipped."""

    async def around(scope: Scope, receive: Receive, send: Send) -> None:
        async def pass_on(message: Message) -> None:
            if message["type"] == "http.response.body" and scope["path"] == path:
                body = bytearray(message["body"])
                body[bit // 8] ^= 1 << bit % 8
                message = message | {"body": bytes(body)}
            await send(message)

        # Packed answers would break as a whole, not in the bit that is meant.
        plain = scope | {"headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}
        await app(plain, receive, pass_on)

    return around


def test_go_verifies_the_live_log(go: Path, grown: Outsiders) -> None:
    done = ask(go, "live", grown.url, grown.log_key, *grown.witness_keys)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["size"], said["signatures"]) == (703, 3)
    assert said["consistent"] > 20


@pytest.mark.parametrize(
    ("path", "bit"),
    [
        ("/checkpoint", 8 * 21),
        ("/checkpoint", 8 * 40),
        ("/checkpoint", 8 * 130),
        ("/tile/0/000", 0),
        ("/tile/0/001", 8 * 8192 - 1),
        ("/tile/0/002.p/191", 8 * 32 * 100),
        ("/tile/1/000.p/2", 8 * 33),
        ("/tile/entries/000", 8 * 2),
        ("/tile/entries/001", 8 * 80 * 255 + 8 * 79),
        ("/tile/entries/002.p/191", 8 * 3000),
    ],
)
def test_go_does_not_take_one_flipped_bit(go: Path, grown: Outsiders, path: str, bit: int) -> None:
    url = f"http://127.0.0.1:{grown.listen(bent(build_face(grown.log), path, bit))}"
    done = ask(go, "live", url, grown.log_key, *grown.witness_keys)
    assert done.returncode == 1, done.stdout


def test_go_demands_the_keys_that_it_was_given(go: Path, grown: Outsiders, own: Outsiders) -> None:
    assert ask(go, "live", grown.url, own.log_key).returncode == 1
    assert ask(go, "live", grown.url, grown.log_key, own.witness_keys[0]).returncode == 1


def test_go_agrees_with_our_vectors(go: Path) -> None:
    folder = ROOT / "vectors" / "tlog"
    done = ask(go, "vectors", str(folder))
    assert done.returncode == 0, done.stderr
    held: dict[str, dict[str, bool]] = json.loads(done.stdout)
    wrong = []
    for kind, cases in held.items():
        for case in cases_of(folder / f"{kind}.json"):
            # Go starts consistency at one leaf: from the empty tree everything follows, and it will not say so.
            if kind != "consistency" or case["old_size"]:
                wrong += [] if cases[case["name"]] is (case["expect"] == "ok") else [(kind, case["name"])]
    assert wrong == []
    assert sum(map(len, held.values())) > 40


def cases_of(file: Path) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["cases"]
    return cases
