"""One program per data folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from enishi.errors import Misconfigured
from enishi.store import claim


def test_a_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    with claim(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_a_second_claim_is_refused_until_the_first_ends(tmp_path: Path) -> None:
    with claim(tmp_path):
        with pytest.raises(Misconfigured) as caught:
            claim(tmp_path)
        assert caught.value.code == "data-in-use"
    claim(tmp_path).release()


def test_a_claim_of_another_process_counts_and_ends_with_it(tmp_path: Path) -> None:
    program = "import sys,pathlib,enishi.store as s; c=s.claim(pathlib.Path(sys.argv[1])); print('held',flush=True); sys.stdin.read()"
    other = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    with pytest.raises(Misconfigured):
        claim(tmp_path)
    other.kill()
    other.communicate()
    claim(tmp_path).release()


@pytest.mark.parametrize("folder", ["file/sub", "file"])
def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured) as caught:
        claim(tmp_path / folder)
    assert caught.value.code == "data-not-writable"


def test_a_claim_can_be_released_twice(tmp_path: Path) -> None:
    held = claim(tmp_path)
    held.release()
    held.release()
