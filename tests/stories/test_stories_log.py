"""The running mesh's log as somebody outside sees it: proved from public data alone, watched by a stranger, told on its page."""

import asyncio
import urllib.request
from pathlib import Path

import pytest

from enishi.cli.founding import WITNESSES, log_key, witness_key
from enishi.cli.mesh import Mesh
from enishi.cli.outside.checking import Report, check_log
from enishi.cli.outside.standing import Held, make
from enishi.cli.outside.verifying import Asked, wanted_of
from enishi.cli.outside.watching import Look, Sight, look
from enishi.cli.ports import face_port
from enishi.client.session import loopback_session
from running.mesh_running import gateway, register_question

pytestmark = pytest.mark.xdist_group("mesh")


def address(mesh: Mesh) -> str:
    return f"http://log.localhost:{face_port(mesh.plan.base, 'keeper')}"


def check(mesh: Mesh, folder: Path) -> Report:
    data = mesh.plan.data
    keys = tuple(witness_key(data, name) for name in WITNESSES)
    return check_log(wanted_of(Asked(address(mesh), log_key(data), keys, -1, 60, None, folder)), lambda name, done, total: None)


def test_anybody_proves_the_log_once_both_witnesses_have_seen_it(mesh: Mesh, tmp_path: Path) -> None:
    asyncio.run(gateway(mesh).inquire(register_question()))
    report = check(mesh, tmp_path)
    while not (report.proved and "intent" in report.kinds):
        # The next checkpoint and the witnesses are still on their way, and nothing else may be open.
        assert report.ok
        assert {one.name for one in report.checks if one.state == "open"} <= {"cosigned"}
        report = check(mesh, tmp_path)
    assert report.kinds["label_map"] >= 1


def test_a_stranger_watches_it_grow(mesh: Mesh, tmp_path: Path) -> None:
    make(tmp_path, "stranger.example/witness", log_key(mesh.plan.data))

    async def watch() -> list[Look]:
        held = Held(tmp_path)
        try:
            async with loopback_session() as session:
                first = await look(held, session, address(mesh))
                await gateway(mesh).inquire(register_question())
                seen = first
                while seen.size == first.size:
                    seen = await look(held, session, address(mesh))
                return [first, seen]
        finally:
            await held.database.close()

    first, later = asyncio.run(watch())
    assert (first.sight, later.sight) == (Sight.SEEN, Sight.SEEN)
    assert later.size > first.size


def test_the_page_names_the_keys_and_commands(mesh: Mesh) -> None:
    url = f"http://127.0.0.1:{face_port(mesh.plan.base, 'keeper')}/"
    page = urllib.request.urlopen(urllib.request.Request(url, headers={"accept": "text/html"})).read().decode()
    for text in (address(mesh), log_key(mesh.plan.data), *(witness_key(mesh.plan.data, name) for name in WITNESSES)):
        assert text.replace("+", "&#43;") in page or text in page
