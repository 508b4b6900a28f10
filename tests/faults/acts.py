"""What is done more rarely while roles die: letters, looks, marks, standing, codes asked for again, and subscriptions that are refused."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import msgspec

from enishi import clock
from enishi.cli.mesh import Mesh
from enishi.cli.ports import face_url
from enishi.client.gateway import GatewayClient
from enishi.client.portal import Form, log_in, press, read_records
from enishi.client.session import loopback_session
from enishi.seal.hpke import SealingKey, Suite
from running.mesh_running import STORY, tax_question

Work = Callable[[], Awaitable[None]]
On = Callable[..., Awaitable[None]]
Client = Callable[[str, str], GatewayClient]
A: Final = "012131"
HELD_AT: Final = STORY.loan.provider
STANDS_ALONE: Final = "052019"
"""An institution that nothing else in the flight asks: it is suspended and stands again."""
BRIEF_MS: Final = 6_000
BECAUSE: Final = ("--because", "a drill", "--reason", "key-compromise")


class Acts:
    """Each of them is done as the person or the office does it, by page, API or command."""

    def __init__(self, mesh: Mesh, client: Client, on: On) -> None:
        """`client` gives the API of an institution on a side, `on` executes statements in an institution's database."""
        self._mesh, self._client, self._on = mesh, client, on
        self._portal = face_url(mesh.plan.base, "portal")
        self._item = ""

    # ---- people

    async def looked(self) -> None:
        await read_records(self._portal, STORY.reader.card, STORY.reader.pin)

    async def written(self) -> None:
        page, who = f"{self._portal}/letters/to/moj/why", STORY.reader
        async with loopback_session() as session:
            await log_in(session, self._portal, who.card, who.pin, SealingKey.generate(Suite.BROWSER))
            await press(session, Form(page, f"{page}/send", {"text": "どうして見たのですか。"}), who.card, who.pin)

    # ---- institutions

    async def replied(self) -> None:
        """A letter comes, and an official answers those that wait."""
        await self.written()
        desk = self._client("provider", "moj")
        for one in (await desk._call("GET", "/v1/letters", None))["letters"]:
            await desk._call("POST", f"/v1/letters/{one['letter_id']}/answer", '{"answer":"審査のためです。"}'.encode())

    async def marked(self) -> None:
        asked = {"kind": "dispute", "person": STORY.protected.addressees[HELD_AT], "item": "jumin"}
        desk = self._client("provider", HELD_AT)
        mark = await desk._call("POST", "/v1/marks", msgspec.json.encode(asked))
        await desk._call("POST", f"/v1/marks/{mark['id']}/lift", b"")

    async def withheld_briefly(self) -> None:
        """An inquiry is withheld, and decided, under a mark that ends a few seconds later; from then on the mark is a long one again."""
        asker, desk = self._client("asker", A), self._client("provider", HELD_AT)
        await self._mark_ends(clock.now_ms() + BRIEF_MS)
        answer = await asker.inquire(tax_question(STORY.protected))
        while answer["state"] == "sending":
            await asyncio.sleep(0.1)
            answer = await asker.look(answer["txid"])
        await desk._call("POST", f"/v1/held/{answer['items'][0]['item_id']}", b'{"decision":"provide"}')
        await self._mark_ends(int((clock.moment(clock.now_ms()) + timedelta(days=90)).timestamp() * 1000))

    async def _mark_ends(self, until_ms: int) -> None:
        query = "UPDATE mark SET until_ms = ? WHERE addressee_number = ? AND kind = 'nondisclosure' AND lifted_at_ms = 0"
        # Either party's mark withholds, and the longer one counts.
        for institution in (A, HELD_AT):
            await self._on(institution, (query, (until_ms, STORY.protected.addressees[institution])))

    # ---- standing

    async def turned(self) -> None:
        """Suspended if it stands, else reinstated by both sides."""
        await (self.reinstated if await self._suspended() else self.suspended)()

    async def suspended(self) -> None:
        await self._registry("suspend", STANDS_ALONE, *BECAUSE)

    async def reinstated(self) -> None:
        await self._registry("reinstate", STANDS_ALONE)
        draft = msgspec.json.decode(await self._registry("show", "--json", "--of", "oversight"))["draft"]
        if draft:
            await self._registry("approve", draft["digest"])

    async def _suspended(self) -> bool:
        return STANDS_ALONE in msgspec.json.decode(await self._registry("show", "--json"))["suspended"]

    async def all_stand(self) -> None:
        """However often it takes: the next registry has to carry a note before it can be lifted."""
        while await self._suspended():
            await self.reinstated()

    async def _registry(self, *words: str) -> bytes:
        """`enishi registry …` as its operator types it; OSError where a role does not answer."""
        command = (sys.executable, "-m", "enishi.cli.main", "registry", *words, "--data", str(self._mesh.plan.data))
        child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=dict(os.environ))
        said, why = await child.communicate()
        if child.returncode not in (0, 3):
            raise OSError(why.decode()[-500:])
        return said

    async def asked_and_suspended(self) -> None:
        """An item of an institution that is suspended from then on."""
        await self.all_stand()
        (item,) = (await self._client("asker", A).inquire(tax_question(STORY.unknown, provider=STANDS_ALONE)))["items"]
        self._item = str(item["item_id"])
        await self.suspended()

    async def refused(self) -> None:
        day = (clock.moment(clock.now_ms()).date() + timedelta(days=100)).isoformat()
        await self._client("asker", A)._call("POST", "/v1/subscriptions", msgspec.json.encode({"item_id": self._item, "until": day}))
