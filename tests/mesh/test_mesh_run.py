"""A role as a process: ready when it is, stopped by a signal or its parent's death, and one clear fault when it cannot start."""

import os
import select
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from enishi import clock
from enishi.mesh import config, pki
from enishi.mesh.config import RoleConfig
from enishi.mesh.run import READY_VARIABLE, report

PROGRAM = """
import asyncio, sys
from pathlib import Path
from enishi.errors import Fault
from enishi.mesh import config
from enishi.mesh.run import report, run_role

async def face(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"hi"})

class Echo:
    name = "keeper"
    def __init__(self, settings): self.settings = settings
    async def start(self): print("start", flush=True)
    def endpoints(self): return []
    def face(self): return face
    async def after_open(self):
        print("open", flush=True)
        if "wait" in self.settings: await asyncio.sleep(600)
        if "long" in self.settings: report(20, 300)
    async def stop(self): print("stop", flush=True)

read = config.read(Path(sys.argv[1]))
try:
    run_role(Echo(read.settings), read)
except Fault as fault:
    print(fault.code, flush=True)
    sys.exit(3)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The configuration of a keeper with a face."""
    pki.create_authority(tmp_path / "ca", clock.now_ms())
    pki.issue(tmp_path / "ca", tmp_path / "tls", "keeper", "keeper", (), clock.now_ms())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config.write(tmp_path / "keeper.json", RoleConfig(role="keeper", name="keeper", data=tmp_path / "data", tls=tmp_path / "tls", face_port=port))
    return tmp_path / "keeper.json"


def begin(file: Path, program: str = PROGRAM) -> tuple[subprocess.Popen[str], int]:
    """Start the role and give its process and the reading end of its pipe."""
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        pass_fds=[writing],
        env={**os.environ, "ENISHI_READY_FD": str(writing)},
    )
    os.close(writing)
    return process, reading


def said(reading: int) -> bytes:
    """What the role writes to its pipe until it closes it."""
    with os.fdopen(reading, "rb") as pipe:
        return pipe.read()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_role_is_ready_answers_and_stops_in_order(file: Path, number: int) -> None:
    process, reading = begin(file)
    assert said(reading) == b"ready\n"
    with urllib.request.urlopen(f"http://127.0.0.1:{config.read(file).face_port}/") as response:
        assert response.read() == b"hi"
    process.send_signal(number)
    out, log = process.communicate(timeout=20)
    assert (process.returncode, out.split()) == (0, ["start", "open", "stop"])
    assert '"event":"ready"' in log
    assert "Traceback" not in log


def test_a_role_that_waits_for_its_peers_can_be_stopped_and_was_never_ready(file: Path) -> None:
    config.write(file, RoleConfig(role="keeper", name="keeper", data=file.parent / "data", tls=file.parent / "tls", settings={"wait": "1"}))
    process, reading = begin(file)
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(2)] == ["start\n", "open\n"]
    process.terminate()
    assert said(reading) == b""
    assert process.communicate(timeout=20)[0].split() == ["stop"]
    assert process.returncode == 0


def test_a_long_start_says_how_far_it_has_come_and_then_that_it_is_ready(file: Path) -> None:
    config.write(file, RoleConfig(role="keeper", name="keeper", data=file.parent / "data", tls=file.parent / "tls", settings={"long": "1"}))
    process, reading = begin(file)
    assert said(reading) == b"20 300\nready\n"
    process.terminate()
    process.communicate(timeout=20)


def test_a_role_that_runs_alone_reports_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(READY_VARIABLE, raising=False)
    report(1, 2)


def test_a_second_role_on_the_same_data_is_refused(file: Path) -> None:
    first, reading = begin(file)
    assert said(reading) == b"ready\n"
    second, reading = begin(file)
    assert (said(reading), second.communicate(timeout=20)[0].split(), second.returncode) == (b"", ["data-in-use"], 3)
    first.terminate()
    first.communicate(timeout=20)


def test_a_port_in_use_stops_the_start_and_the_role_is_closed(file: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", config.read(file).face_port))
        taken.listen()
        process, reading = begin(file)
        assert said(reading) == b""
        assert process.communicate(timeout=20)[0].split() == ["start", "stop", "port-in-use"]


PARENT = """
import subprocess, sys, os
child = subprocess.Popen([sys.executable, "-c", sys.argv[1], sys.argv[2]], pass_fds=[int(os.environ["ENISHI_READY_FD"])], stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
sys.stdin.read()
"""


def test_a_role_ends_when_its_parent_is_killed(file: Path) -> None:
    reading, writing = os.pipe()
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, PROGRAM, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        pass_fds=[writing],
        env={**os.environ, "ENISHI_READY_FD": str(writing)},
    )
    os.close(writing)
    assert parent.stdout is not None
    child = os.pidfd_open(int(parent.stdout.readline()))
    assert os.read(reading, 10) == b"ready\n"
    parent.kill()
    parent.communicate()
    assert select.select([child], [], [], 20)[0] == [child]
    os.close(child)
    os.close(reading)
