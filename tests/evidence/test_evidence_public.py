"""Evidence made by an institution that has its own data and the public log, and nothing of the keeper's."""

import asyncio
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import uvicorn

from enishi.cli.evidence import export, read_pins
from enishi.errors import Fault
from enishi.evidence import decode, verify_bundle
from enishi.roles.keeper.face import build_face
from enishi.roles.keeper.keys import load_secrets
from enishi.roles.keeper.log import Log
from enishi.roles.keeper.schema import MIGRATIONS
from enishi.store.database import Database
from enishi.store.keyring import Keyring
from evidence.test_evidence_bundle import PROVIDED, items
from evidence.world_evidence import ORIGIN


@pytest.fixture
def log_url(whole: Path, tmp_path: Path) -> Iterator[str]:
    """The keeper's public face at a port of its own."""
    shutil.copytree(whole / "keeper", tmp_path / "keeper")
    listening = socket.create_server(("127.0.0.1", 0))
    database = Database.open(tmp_path / "keeper" / "keeper.db", MIGRATIONS)
    log = Log(database, load_secrets(Keyring(tmp_path / "keeper" / "keys")).log, ORIGIN)
    asyncio.run(log.load())
    server = uvicorn.Server(uvicorn.Config(build_face(log), log_config=None, lifespan="off"))
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://log.localhost:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    database.close_now()


def test_a_gateway_alone_makes_evidence_from_the_public_log(whole: Path, tmp_path: Path, log_url: str) -> None:
    own, file = tmp_path / "own", tmp_path / "one.enishi.json"
    shutil.copytree(whole / "gateway", own / "gateway")
    export(own, items(whole, PROVIDED)[0], file, log_url)
    report = verify_bundle(decode(file.read_bytes()), read_pins(own / "gateway" / "pins.json"))
    assert report.ok, report.failed
    assert "bodies-open" not in {check.name for check in report.checks if check.mark == "holds"}


def test_a_log_that_does_not_answer_is_said(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(Fault, match="evidence-log-unreachable"):
        export(whole, items(whole, PROVIDED)[0], tmp_path / "x", "http://127.0.0.1:9")
