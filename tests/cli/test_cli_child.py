"""How a role of `enishi up` ended: with words of its own, or killed without any."""

from pathlib import Path

import pytest

from enishi.cli.mesh import Child
from enishi.cli.serve import sentence
from enishi.errors import Misconfigured


def test_a_role_that_was_killed_is_named_with_the_signal(tmp_path: Path) -> None:
    child = Child("keeper", tmp_path / "config.json", tmp_path / "keeper.log", {})
    child.process.kill()
    child.process.wait()
    with pytest.raises(Misconfigured, match="role-killed") as ended:
        child.poll()
    assert "One of the roles was killed (keeper, signal 9)." in sentence(ended.value)


def test_a_role_that_ended_with_a_sentence_is_told_in_it(tmp_path: Path) -> None:
    child = Child("keeper", tmp_path / "config.json", tmp_path / "keeper.log", {})
    child.process.wait()
    with pytest.raises(Misconfigured, match="role-ended") as ended:
        child.poll()
    assert sentence(ended.value) == f"keeper: {(tmp_path / 'keeper.log').read_text().splitlines()[-1]}"
