"""docs/mandates.md: its commands, as they stand, in an environment with nothing in it; and the same by the typed client."""

import asyncio
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from enishi import society
from enishi.cli.founding import SEED
from enishi.cli.mesh import Mesh
from enishi.cli.ports import face_url
from enishi.client import AsyncGateway, Gateway, Proposal
from enishi.client.mandating import give_mandate, withdraw_mandate
from enishi.client.offering import Carded
from enishi.errors import Denied, Malformed, Unknown
from house.source import ROOT
from running.mesh_running import RESIDENTS

pytestmark = pytest.mark.xdist_group("mesh")
PAGE = ROOT / "docs" / "mandates.md"
ASKED = Proposal(agent="employer-1", recipient="isa", source="425AC0000000027@2024-05-27", row="31-2", until=None)


def test_the_commands_of_the_page_end_as_it_says(mesh: Mesh, tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    places = {name: face_url(mesh.plan.base, name.lower()) for name in ("GATEWAY", "PORTAL")}
    clean = {"PATH": "/usr/bin:/bin", "DATA": str(mesh.plan.data), "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT / "src")} | places
    commands = "\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL))
    done = subprocess.run(["bash", "-euc", commands], cwd=tmp_path, env=clean, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    link, *said = done.stdout.splitlines()
    assert link == places["PORTAL"] + ASKED.path
    assert said == [
        "31-4 agent-without-basis",
        "83 agent-not-registered",
        '"state":"standing"',
        '"basis":["425AC0000000027#9-4","425AC0000000027@2024-05-27/31-2"]',
        "1",
        "problem:agent-only-mandates",
        '"state":"deleted"',
        '"person":null',
        '"recipient":null',
        '"reason":"withdrawn"',
        "1",
        '"state":"deleted"',
        '"reason":"given_up"',
    ]


def test_many_people_and_an_employer_by_the_typed_client(mesh: Mesh) -> None:
    """Two of its people; one withdraws, one leaves."""
    portal, gateway_url = face_url(mesh.plan.base, "portal"), face_url(mesh.plan.base, "gateway")
    credential = (mesh.plan.data / "credentials" / "employer-1").read_text()
    holders = [one for one in society.card_holders(society.generate(SEED, RESIDENTS), SEED) if not one.state][-2:]
    people = [Carded(one.card, one.pin, one.password) for one in holders]
    gateway = Gateway(gateway_url, credential)
    given = [asyncio.run(give_mandate(portal, who, ASKED)) for who in people]
    standing = {one.reference: one for one in gateway.mandates("standing", limit=500)}
    assert [standing[one].person.name for one in given] == [one.name for one in holders]  # type: ignore[union-attr]
    assert isinstance(standing[given[0]].person.born_on, date)  # type: ignore[union-attr]
    first = min(given)
    assert gateway.mandates(after=first, limit=1)[0].reference > first
    asyncio.run(withdraw_mandate(portal, people[0], given[0]))

    async def look() -> tuple[str | None, str | None, str | None]:
        async with AsyncGateway(gateway_url, credential) as again:
            gone = await again.mandate(given[0])
            return gone.reason, gone.ended_at, gone.deleted_at

    reason, ended_at, deleted_at = asyncio.run(look())
    assert (reason, bool(ended_at and deleted_at)) == ("withdrawn", True)
    left = gateway.end_mandate(given[1])
    assert (left.state, left.person, left.reason) == ("deleted", None, "given_up")
    assert not {one.reference for one in gateway.mandates("standing", limit=500)} & set(given)
    with pytest.raises(Unknown, match="agent-unknown"):
        gateway.mandate("00" * 16)
    with pytest.raises(Unknown, match="agent-unknown"):
        asyncio.run(withdraw_mandate(portal, people[1], given[0]))


def test_what_is_no_proposal_is_said_before_anybody_is_asked(mesh: Mesh) -> None:
    portal = face_url(mesh.plan.base, "portal")
    gateway = Gateway(face_url(mesh.plan.base, "gateway"), (mesh.plan.data / "credentials" / "employer-1").read_text())
    for changes, fault, code in (
        ({"row": "31-4"}, Denied, "agent-without-basis"),
        ({"agent": "employer-2", "recipient": "mhlw", "row": "83"}, Denied, "agent-not-registered"),
        ({"recipient": "nobody"}, Unknown, "institution-unknown"),
        ({"until": date(2020, 1, 1)}, Malformed, "agent-too-long"),
    ):
        wanted = {"agent": "employer-1", "recipient": "isa", "source": ASKED.source, "row": "31-2"} | changes
        with pytest.raises(fault, match=code):
            gateway.propose(portal, Proposal(**wanted))  # type: ignore[arg-type]
