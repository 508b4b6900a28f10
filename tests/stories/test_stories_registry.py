"""Story on the running mesh: 苫小牧市 is suspended by one side, refused in both languages, reinstated by both, works again; all in the log."""

import asyncio
import json
import subprocess
import sys
import time
from typing import Any

import aiohttp
import pytest
from typer.testing import CliRunner

from enishi.cli.main import app
from enishi.cli.mesh import Mesh
from enishi.cli.ports import face_url
from enishi.cli.verify import verify_data
from enishi.cli.walk.sources import connect
from enishi.client.session import loopback_session
from enishi.errors import Denied
from enishi.tlog.leaf import LeafKind, decode_leaf
from running.mesh_running import gateway, register_question

pytestmark = pytest.mark.xdist_group("mesh")
CITY = "012131"


def registry(mesh: Mesh, *words: str, status: int = 0) -> str:
    """`enishi registry …` as its operator types it."""
    done = subprocess.run(
        [sys.executable, "-m", "enishi.cli.main", "registry", *words, "--data", str(mesh.plan.data)], capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stderr[-2000:]
    return done.stdout


def shown(mesh: Mesh, side: str = "exchange") -> dict[str, Any]:
    """The same command in this process: it is asked often, and a process of its own costs a second."""
    done = CliRunner().invoke(app, ["registry", "show", "--json", "--of", side, "--data", str(mesh.plan.data)])
    assert done.exit_code == 0, done.output[-2000:]
    return dict(json.loads(done.stdout))


def outcome(mesh: Mesh) -> str:
    (item,) = asyncio.run(gateway(mesh).inquire(register_question()))["items"]
    return str(item["outcome"])


def problem(mesh: Mesh, language: str) -> dict[str, Any]:
    """The problem document that the city's own system gets."""

    async def post() -> dict[str, Any]:
        token = (mesh.plan.data / "credentials" / CITY).read_text()
        headers = {"authorization": f"Bearer {token}", "accept-language": language}
        async with loopback_session() as session:
            url = face_url(mesh.plan.base, "gateway") + "/v1/inquiries"
            async with session.post(url, json=register_question(), headers=headers, timeout=aiohttp.ClientTimeout(total=60)) as answer:
                assert answer.status == 403
                assert answer.content_type == "application/problem+json"
                return dict(await answer.json(content_type=None))

    return asyncio.run(post())


def public_leaves(mesh: Mesh) -> int:
    connection = connect(mesh.plan.data / "keeper" / "keeper.db")
    try:
        return sum(decode_leaf(row[0]).kind is LeafKind.SNAPSHOT for row in connection.execute("SELECT data FROM leaf"))
    finally:
        connection.close()


@pytest.mark.parametrize("side", ["exchange", "oversight"])
def test_a_city_is_suspended_and_stands_again(mesh: Mesh, side: str) -> None:
    assert outcome(mesh) == "provided"
    before, leaves = shown(mesh), public_leaves(mesh)
    registry(mesh, "suspend", CITY, "--because", "the signing key was copied", "--reason", "key-compromise", "--by", side)
    assert shown(mesh)["suspended"] == [CITY]
    said = json.dumps(problem(mesh, "ja"), ensure_ascii=False) + json.dumps(problem(mesh, "en"), ensure_ascii=False)
    assert "その機関は、連携を止められています。" in said
    assert "That institution is suspended." in said
    with pytest.raises(Denied, match="institution-suspended"):
        outcome(mesh)
    while shown(mesh)["notes"]:
        # The next registry carries the note by itself.
        time.sleep(0.1)
    made = registry(mesh, "reinstate", CITY, status=3)
    assert shown(mesh)["suspended"] == [CITY]
    digest = shown(mesh, "oversight")["draft"]["digest"]
    assert digest in made
    registry(mesh, "approve", "00" * 32, status=1)
    assert shown(mesh)["suspended"] == [CITY]
    registry(mesh, "approve", digest)
    after = shown(mesh)
    assert (after["suspended"], after["draft"], after["digest"]) == ([], None, digest)
    assert after["serial"] == before["serial"] + 2
    assert sorted(after["signed_by"]) == ["exchange", "oversight"]
    assert outcome(mesh) == "provided"
    # The note, the snapshot that carries it, the snapshot that lifts it.
    assert public_leaves(mesh) == leaves + 3
    assert verify_data(mesh.plan.data).findings == ()
