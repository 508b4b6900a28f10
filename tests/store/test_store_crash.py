"""A crash point kills at the passage that was asked for, and is nothing otherwise."""

import os
import signal
import subprocess
import sys

import pytest

PROGRAM = """
from enishi.store import crash
for number in range(4):
    print(number, flush=True)
    crash.point("keeper.commit.before_append")
    crash.point("keeper.commit.after_append")
"""


def run(setting: str) -> tuple[int, list[str]]:
    """Exit status and output of the program under a setting."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env={**os.environ, "ENISHI_CRASH_AT": setting}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout.split()


@pytest.mark.parametrize(
    ("setting", "passages"), [("keeper.commit.before_append", 1), ("keeper.commit.before_append:1", 1), ("keeper.commit.after_append:3", 3)]
)
def test_the_process_is_killed_there(setting: str, passages: int) -> None:
    status, seen = run(setting)
    assert status == -signal.SIGKILL
    assert len(seen) == passages


@pytest.mark.parametrize("setting", ["", "keeper.commit", "keeper.commit.before_append:5", "keeper.commit.before_append:0", "other.step.before_x"])
def test_any_other_setting_changes_nothing(setting: str) -> None:
    assert run(setting) == (0, ["0", "1", "2", "3"])
