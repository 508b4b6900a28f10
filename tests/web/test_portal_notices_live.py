"""Notices on a running mesh: mail over SMTP, the labels of the real chain met in the keeper's own log, the card shown again at the real issuer."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from urllib.parse import urljoin

import aiohttp
import msgspec
import pytest

from enishi.cli.configs import Plan
from enishi.cli.founding import found
from enishi.cli.mesh import Mesh
from enishi.cli.ports import face_url, find_base
from enishi.client import portal as client
from enishi.client.proving import _labels
from enishi.client.session import loopback_session
from enishi.roles.portal.kept.left import Left
from enishi.roles.portal.kept.sealing import Rest
from enishi.seal.hpke import SealingKey, Suite
from enishi.store.keyring import Keyring
from running.forking import ForkedMesh
from running.mesh_running import RESIDENTS, STORY, gateway, tax_question
from web.kept_world import ADDRESS, SENDER, ahead, code_in
from web.portal_world import token_in
from web.test_portal_mail import Handler, mind

pytestmark = pytest.mark.xdist_group("notices")


@asynccontextmanager
async def mailbox() -> AsyncIterator[tuple[Handler, int]]:
    handler = Handler()
    server = await asyncio.get_running_loop().create_server(mind(handler), "127.0.0.1", 0)
    try:
        yield handler, server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def until(true: Callable[[], bool]) -> None:
    # The limit ends a wait without hope, and says nothing of how long this takes.
    async with asyncio.timeout(180):
        while not true():
            await asyncio.sleep(0.2)


def left_at(data: Path) -> Left:
    """What the one person who left something left, read as the portal reads it."""
    folder = data / "portal"
    with sqlite3.connect(f"file:{folder / 'portal.db'}?mode=ro", uri=True) as connection:
        person, sealed = connection.execute("SELECT person, sealed FROM kept").fetchone()
    return msgspec.msgpack.decode(Rest(Keyring(folder / "keys").get("kept")).unwrap("kept", person, sealed), type=Left)


@pytest.mark.asyncio
async def test_a_record_of_the_running_mesh_is_met_by_the_labels_of_its_person(tmp_path: Path) -> None:
    async with mailbox() as (handler, port):
        data = tmp_path / "data"
        plan = Plan(data, find_base(), date(2025, 4, 1))
        await asyncio.to_thread(found, data, RESIDENTS, lambda step: None)
        (data / "portal" / "mail.json").write_text(json.dumps({"host": "127.0.0.1", "port": port, "tls": "none", "from": SENDER}))
        mesh = ForkedMesh(plan, RESIDENTS, {"enishi.roles.portal.notices.sending.EVERY_S": 0.3})
        try:
            await asyncio.to_thread(mesh.start)
            async with loopback_session() as session:
                await _visit(mesh, session, handler)
        finally:
            await asyncio.to_thread(mesh.stop)


async def _visit(mesh: Mesh, session: aiohttp.ClientSession, handler: Handler) -> None:
    reader, portal, device = STORY.loan.applicant, face_url(mesh.plan.base, "portal"), SealingKey.generate(Suite.BROWSER)
    await client.log_in(session, portal, reader.card, reader.pin, device)

    async def page(path: str) -> str:
        async with session.get(urljoin(portal, path), headers={"accept": "text/html"}) as answer:
            return await answer.text()

    async def post(path: str, fields: dict[str, str]) -> None:
        form = {"form_token": token_in(await page("/notices")), **fields}
        async with session.post(urljoin(portal, path), data=form, allow_redirects=False) as answer:
            assert answer.status == 303, await answer.text()

    await post("/notices/mail", {"address": ADDRESS, "mode": "at-once"})
    await until(lambda: bool(handler.envelopes))
    content = handler.envelopes[0].content
    assert isinstance(content, bytes)
    await post("/notices/confirm", {"code": code_in(message_from_bytes(content, policy=default))})
    async with session.get(urljoin(portal, "/records/proof")) as answer:
        labels = _labels(client.Opened(client.read_proof(await answer.read()), device))
    await post("/notices/labels", {"labels": ahead(labels.kt, labels.count)})
    assert len(left_at(mesh.plan.data).labels) == 32
    await _again(session, portal, reader.card, reader.pin, page)
    await gateway(mesh).inquire(tax_question(reader))
    await until(lambda: len(left_at(mesh.plan.data).waiting) == 1)
    # The intent was met, and what became of it; the mail itself rests for ten minutes.
    await until(lambda: len(left_at(mesh.plan.data).labels) <= 30)
    assert ADDRESS not in (mesh.plan.data / "logs" / "portal.log").read_text()


async def _again(session: aiohttp.ClientSession, portal: str, card: str, pin: str, page: Callable[[str], Awaitable[str]]) -> None:
    """At the real issuer: `max_age` is understood, `auth_time` comes, and the look is not made again."""
    before = (await page("/records")).count("<article")
    back = await client.press(session, client.Form(f"{portal}/sessions", f"{portal}/again", {"onward": "/sessions"}), card, pin)
    assert back == f"{portal}/sessions"
    assert (await page("/records")).count("<article") == before
