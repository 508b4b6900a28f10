"""`enishi up` as a person meets it: ready, ended by Ctrl-C, ended with its parent, and one clear sentence where it cannot start."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from enishi import clock
from enishi.cli.main import app
from enishi.cli.ports import all_ports, find_base

pytestmark = pytest.mark.xdist_group("up")
PATIENCE_S = 90


def start(data: Path, base: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "enishi.cli.main", "up", "--data", str(data), "--port", str(base), "--residents", "50"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})


def read_until_ready(process: subprocess.Popen[str], base: int) -> list[str]:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if line.startswith("ready  "):
            break
    assert lines[-1] == f"ready  http://portal.localhost:{base}", lines
    return lines


def silent(base: int) -> list[int]:
    """The ports at which nobody listens any more."""
    free = []
    for port in all_ports(base):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                free.append(port)
    return free


def test_ready_is_the_last_word_and_ctrl_c_ends_every_role(tmp_path: Path) -> None:
    base = find_base()
    process = start(tmp_path / "data", base)
    read_until_ready(process, base)
    process.send_signal(signal.SIGINT)
    process.wait(30)
    assert silent(base) == all_ports(base)


def test_every_role_ends_when_the_parent_dies(tmp_path: Path) -> None:
    base = find_base()
    process = start(tmp_path / "data", base)
    read_until_ready(process, base)
    process.kill()
    process.wait(10)
    deadline = clock.monotonic() + 20
    while silent(base) != all_ports(base) and clock.monotonic() < deadline:
        threading.Event().wait(0.2)
    assert silent(base) == all_ports(base)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--on", "yesterday"], "2025-04-01"),
        (["--law-edge", "maybe"], "refuse"),
        (["--port", "80"], "1024"),
        (["--data", "/proc/nowhere"], "data"),
    ],
)
def test_what_cannot_start_says_so_in_one_sentence(tmp_path: Path, options: list[str], said: str) -> None:
    command = [sys.executable, "-m", "enishi.cli.main", "up", "--data", str(tmp_path / "data"), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert done.returncode == 78
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_law_decides_without_a_mesh(tmp_path: Path) -> None:
    question = tmp_path / "question.json"
    question.write_text(
        """{"on":"2025-04-01","inquirer":{"institution":"012131"},"affair":{"source":"506M60004008009@2024-05-27","row":"108"},"""
        """"provider":{"capacity":"法務大臣"},"purpose":{"item":"1"},"items":["戸籍関係情報"]}""",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "enishi.cli.main", "law", "decide", str(question), "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert '"verdict":"permit"' in done.stdout


def test_every_command_shows_an_example() -> None:
    measured = (["bench", "inquiry"], ["bench", "start"], ["bench", "law"])
    for command in (["up"], ["serve"], ["tour"], ["inquire"], ["verify"], ["law", "decide"], *measured):
        done = CliRunner().invoke(app, [*command, "--help"])
        assert "Example: enishi" in " ".join(done.stdout.split()), command
