"""tools/scratch.sh: a new folder for what tests write, in memory where there is enough, where programs run and others may pass through."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from house.source import ROOT

SCRIPT = ROOT / "tools" / "scratch.sh"


def scratch(tmp_path: Path, **stubs: str) -> Path:
    """Where it says, with some commands of the machine replaced."""
    for name, text in stubs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "TMPDIR": str(tmp_path)}
    done = subprocess.run([SCRIPT], capture_output=True, text=True, check=True, env=environment)
    (line,) = done.stdout.splitlines()
    return Path(line)


def test_a_machine_with_little_memory_writes_where_temporary_files_go(tmp_path: Path) -> None:
    found = scratch(tmp_path, df="echo head; echo shm 1000 0 1000 0% /dev/shm")
    assert found.parent == tmp_path
    assert found.is_dir()


@pytest.mark.parametrize("free", ["9999999", "0"])
def test_others_pass_through_and_programs_run(tmp_path: Path, free: str) -> None:
    found = scratch(tmp_path, df=f"echo head; echo shm 1 0 {free} 0% /dev/shm")
    try:
        assert list(found.iterdir()) == []
        assert stat.S_IMODE(found.stat().st_mode) == 0o711
        program = found / "program"
        program.write_text("#!/bin/sh\nexit 7\n")
        program.chmod(0o755)
        assert subprocess.run([program], check=False).returncode == 7
    finally:
        shutil.rmtree(found)
