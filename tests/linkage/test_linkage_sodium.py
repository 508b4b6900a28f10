"""Where libsodium comes from: the system, else the bundled copy, which leaves no file behind, else a clear fault."""

import ctypes
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from enishi.errors import Misconfigured
from enishi.linkage import sodium

PROGRAM = """
import ctypes.util, sys
from enishi.errors import Misconfigured
real = ctypes.PyDLL
def refuse(name, *args, **kwargs):
    if "sodium" in str(name) and "handle" not in kwargs:
        raise OSError(name)
    return real(name, *args, **kwargs)
ctypes.PyDLL = refuse
ctypes.util.find_library = lambda name: None
from enishi.linkage.group import G, base
assert base((1).to_bytes(32, "little")) == G
print(sys.modules["enishi.linkage.sodium"].LIBRARY._name)
"""


def test_the_bundled_library_serves_and_leaves_no_file(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, env={**os.environ, "TMPDIR": str(tmp_path)}, check=True)
    assert Path(done.stdout.strip()).parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_without_any_library_the_fault_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sodium, "_system", lambda: iter(()))
    monkeypatch.setattr(sodium, "_bundled", lambda: iter(()))
    with pytest.raises(Misconfigured, match="libsodium-missing"):
        sodium.find()


def test_a_library_without_ristretto255_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sodium, "_system", lambda: iter([ctypes.CDLL(None)]))
    monkeypatch.setattr(sodium, "_bundled", lambda: iter([sodium.LIBRARY]))
    assert sodium.find() is sodium.LIBRARY


def test_the_system_library_leaves_nothing_either() -> None:
    assert not Path(sodium.LIBRARY._name).is_relative_to(tempfile.gettempdir())
