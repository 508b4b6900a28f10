"""Every vector that needs the group runs on both libsodium routes: the system's, and the copy that the Python package brings."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from enishi.linkage import sodium

# The forms' own vectors touch no group, and what the makers write is held where they are tested.
TESTS = Path(__file__).parents[1]
FILES = (
    "linkage/test_linkage_algebra.py",
    "linkage/test_linkage_rfc.py",
    "linkage/test_linkage_vectors.py",
    "linkage/test_linkage_vectors_proofs.py",
    "protocol/test_protocol_vectors.py",
)
PROGRAM = """
import ctypes, ctypes.util, sys, tempfile
import pytest
real, wanted = ctypes.PyDLL, sys.argv[1]
def load(name, *args, **kwargs):
    if wanted == "bundled" and "sodium" in str(name) and not str(name).startswith(tempfile.gettempdir()):
        raise OSError(name)
    return real(name, *args, **kwargs)
ctypes.PyDLL = load
if wanted == "bundled":
    ctypes.util.find_library = lambda name: None
failed = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--assert=plain", "-k", "not each_form and not makers", *sys.argv[2:]])
from enishi.linkage import sodium
print("route:", "bundled" if str(sodium.LIBRARY._name).startswith(tempfile.gettempdir()) else "system")
sys.exit(failed)
"""


def test_the_tests_themselves_are_on_the_system_s_route() -> None:
    """So the vectors' own tests hold it."""
    assert Path(tempfile.gettempdir()) not in Path(str(sodium.LIBRARY._name)).parents


def test_the_vectors_hold_on_the_other_route(tmp_path: Path) -> None:
    route = "bundled"
    files = [str(TESTS / name) for name in FILES]
    command = [sys.executable, "-c", PROGRAM, route, *files]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "TMPDIR": str(tmp_path)}, cwd=TESTS.parent)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert f"route: {route}" in done.stdout.splitlines()
    assert " passed" in done.stdout
