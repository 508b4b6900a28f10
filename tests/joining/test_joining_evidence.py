"""Evidence of a running mesh: kept by itself, found by case, exported byte for byte the same, verified offline; another's is not shown."""

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from enishi.cli.evidence import read_pins
from enishi.cli.main import app
from enishi.cli.mesh import Mesh
from enishi.errors import Unknown
from enishi.evidence import decode, verify_bundle
from enishi.evidence.report import Mark
from running.mesh_running import gateway, register_question

pytestmark = pytest.mark.xdist_group("mesh")
CITY = "012131"


def enishi(*words: str, status: int = 0) -> str:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == status, (words, done.output[-2000:])
    return done.stdout


def found(mesh: Mesh, case: str) -> list[dict[str, Any]]:
    listed = enishi("gateway", "evidence", "search", "--data", str(mesh.plan.data), "--tenant", CITY, "--case", case, "--json")
    return list(json.loads(listed)["items"])


REFUSED: dict[str, Any] = {"items": ["地方税関係情報"], "period": "2024", "provider": "011002"}
CASES: dict[str, dict[str, Any]] = {"E-permit": {}, "E-refusal": REFUSED, "E-changed": {}, "E-mine": {}}


@pytest.fixture(scope="module")
def asked(mesh: Mesh) -> dict[str, Any]:
    """All inquiries of this module by their case, asked at once, since a gateway gathers what has ended in rounds."""
    return {case: asyncio.run(gateway(mesh).inquire(register_question(case=case, **changes))) for case, changes in CASES.items()}


def kept(mesh: Mesh, case: str) -> dict[str, Any]:
    while (shown := found(mesh, case)) and shown[0]["evidence"] == "gathering":
        threading.Event().wait(0.5)
    (one,) = shown
    return one


def get(mesh: Mesh, path: str, institution: str = CITY) -> Any:
    return asyncio.run(gateway(mesh, institution)._call("GET", path, None))


@pytest.mark.parametrize("case", ["E-permit", "E-refusal"])
def test_the_bundle_is_kept_found_and_verified(mesh: Mesh, asked: dict[str, Any], tmp_path: Path, case: str) -> None:
    one = kept(mesh, case)
    assert (one["evidence"], one["item_id"]) == ("kept", asked[case]["items"][0]["item_id"])
    assert one["affair"].endswith("#108")
    files = [tmp_path / f"{n}.enishi.json" for n in range(2)]
    for file in files:
        enishi("gateway", "evidence", "export", one["item_id"], "--data", str(mesh.plan.data), "--tenant", CITY, "-o", str(file))
    first, second = (file.read_bytes() for file in files)
    assert first == second
    enishi("verify", "--bundle", str(files[0]), "--pins", str(mesh.plan.data / "pins.json"))
    report = verify_bundle(decode(first), read_pins(mesh.plan.data / "pins.json"))
    assert report.failed == ()
    absent = {check.name for check in report.checks if check.mark is Mark.ABSENT}
    assert ("outcomes-signed" in absent) == bool(CASES[case])
    text = json.dumps(json.loads(first))
    assert case not in text
    assert register_question()["person"] not in text


@pytest.mark.usefixtures("asked")
def test_a_changed_bundle_is_found(mesh: Mesh, tmp_path: Path) -> None:
    bundle = get(mesh, f"/v1/evidence/{kept(mesh, 'E-changed')['item_id']}")
    bundle["place"] = 1
    file = tmp_path / "changed.enishi.json"
    file.write_text(json.dumps(bundle))
    assert "✗" in enishi("verify", "--bundle", str(file), "--pins", str(mesh.plan.data / "pins.json"), status=1)


@pytest.mark.usefixtures("asked")
def test_another_institution_is_shown_nothing(mesh: Mesh) -> None:
    mine = kept(mesh, "E-mine")
    assert [one["item_id"] for one in get(mesh, "/v1/evidence?case=E-mine")["items"]] == [mine["item_id"]]
    assert get(mesh, "/v1/evidence?case=E-mine", "011002") == {"items": []}
    with pytest.raises(Unknown, match="item-id-unknown"):
        get(mesh, f"/v1/evidence/{mine['item_id']}", "011002")
