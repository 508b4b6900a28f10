"""docs/first-answer.md: its commands, as they stand, in an environment with nothing in it; and every fixture ends as it says."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from enishi.cli.founding import SEED
from enishi.cli.gateway.fixtures import Fixture, fixtures_of
from enishi.cli.mesh import Mesh
from enishi.cli.ports import face_url
from house.source import ROOT
from running.mesh_running import RESIDENTS, gateway

pytestmark = pytest.mark.xdist_group("mesh")
PAGE = ROOT / "docs" / "first-answer.md"


def commands() -> str:
    return "\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL))


def test_the_commands_of_the_page_end_as_it_says(mesh: Mesh, tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    clean = {"PATH": "/usr/bin:/bin", "GATEWAY": face_url(mesh.plan.base, "gateway"), "DATA": str(mesh.plan.data), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(["bash", "-euc", commands()], cwd=tmp_path, env=clean, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    said = done.stdout.splitlines()
    assert said[0] == '"outcome":"provided"'
    assert said[1:5] == [
        'not-registered: "outcome":"not_registered"',
        'no-such-person: "outcome":"no_such_person"',
        'held: "outcome":"held"',
        'refusal: "verdict":"refusal"',
    ]
    assert said[5] == '"title":"The credential is not known here."'
    assert '"outcome":"refused_with_citation"' in done.stdout
    assert said[-1] == "この証拠は正しいものです。 / This evidence holds."


@pytest.mark.parametrize("fixture", fixtures_of(SEED, RESIDENTS), ids=lambda fixture: fixture.name)
def test_every_fixture_ends_as_it_says(mesh: Mesh, fixture: Fixture) -> None:
    (item,) = asyncio.run(gateway(mesh, fixture.inquirer).inquire(fixture.body))["items"]
    assert (item["verdict"] if item["verdict"] == "refusal" else item["outcome"]) == fixture.ends
