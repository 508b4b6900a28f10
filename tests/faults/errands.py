"""What goes on beside inquiries while roles die: people ask for their own data and hand over the number, institutions subscribe, open, change."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from enishi import clock
from enishi.card.chip import Cards
from enishi.cli.mesh import Mesh
from enishi.cli.ports import face_url
from enishi.client.gateway import GatewayClient
from enishi.client.offering import Carded, hand_over
from enishi.client.portal import ask_own
from enishi.errors import Fault
from faults.acts import Acts
from running.mesh_running import AFFAIR, STORY, register_question

A: Final = "012131"
REGISTER: Final = STORY.condolence.register
HELD_AT: Final = STORY.loan.provider
HANDS_OVER: Final = "delegated_city"
"""The household of who hands over the number: of another city, so that the inquirer did not know it before."""
CLOSED: Final = {"v": 1, "opening": {"items": ["koseki"], "weekdays": {"sun": ["00:00", "00:01"]}, "closed_on": []}}
EDITION: Final = (
    "INSERT INTO edition (adapter, source, item, period, mode, state, begun_ms, turn, answering_since_ms) VALUES ('faults', x'00', 'koseki', '',"
    " 'corrections', 'answering', 0, (SELECT COALESCE(MAX(turn), 0) + 1 FROM edition), ?)"
)
COPIES: Final = (
    "INSERT INTO loaded_copy (edition, addressee_number, period, document, as_of_ms) SELECT e.id, c.addressee_number, '',"
    " CAST(CAST(c.document AS TEXT) || printf('%*s', e.turn, '') AS BLOB), 0 FROM held_copy c JOIN (SELECT id, turn FROM edition"
    " ORDER BY turn DESC LIMIT 1) e WHERE c.item = 'koseki'"
)
"""Each turn with one more blank behind the document: the same to read, and other bytes."""
Work = Callable[[], Awaitable[None]]


async def nothing() -> None:
    """The role comes by there by itself."""


class Errand(NamedTuple):
    """One kind of what goes on: `before` while everybody is up, `lay` while the role is down, `work` again and again until it has died."""

    work: Work = nothing
    before: Work = nothing
    lay: Work = nothing


class Errands:
    """All of them over one mesh; what was acknowledged is kept, to be found again when everybody is up."""

    def __init__(self, mesh: Mesh, faces: dict[str, str], provider: str = "gateway") -> None:
        """`faces`: the API of the inquirer's platform (`asker`) and of the providers' (`provider`), whose process is called `provider`."""
        self._mesh, self._faces, self._provider = mesh, faces, provider
        self._portal = face_url(mesh.plan.base, "portal")
        self._questions = _questions()
        self._acts = Acts(mesh, self._client, self._on)
        self.references: list[str] = []
        self.answers: list[str] = []
        self.closed: set[str] = set()

    def of(self, point: str) -> Errand:
        """What comes by a point."""
        kinds: dict[str, Errand] = {
            ".opening.": Errand(before=self._while_closed),
            ".selfdesk.": Errand(self._decided),
            ".self.": Errand(self._own),
            ".handed.before_settle": Errand(self._settled),
            ".offer.": Errand(self._handed),
            ".handed.": Errand(self._handed),
            ".event.before_close": Errand(before=self._subscribed, lay=self._past),
            ".event.before_watch": Errand(self._subscribed),
            ".event.": Errand(before=self._subscribed, lay=self._changed),
            ".subscribe.before_refuse": Errand(self._acts.refused, before=self._acts.asked_and_suspended),
            ".subscribe.before_end": Errand(self._ended),
            ".subscribe.": Errand(self._subscribed),
            ".letter.": Errand(self._acts.replied),
            ".view.": Errand(self._acts.looked),
            ".mark.": Errand(self._acts.marked),
            ".late.": Errand(before=self._acts.withheld_briefly),
            ".suspension.": Errand(self._acts.turned),
            ".proposal.": Errand(self._acts.turned),
            ".snapshot.": Errand(self._acts.turned),
            ".enrol": Errand(self._enrolled),
        }
        return next((errand for part, errand in kinds.items() if part in point), Errand())

    # ---- what people do

    async def _own(self) -> None:
        answer = await ask_own(self._portal, STORY.reader.card, STORY.reader.pin, REGISTER, {"item-koseki": "1"})
        self.answers.append(msgspec.json.decode(answer)["item_id"])

    async def _decided(self) -> None:
        """Somebody whom an official must see asks what was not decided yet, and an official decides what waits."""
        desk = self._client("provider", HELD_AT)
        # Until somebody has decided there is nothing to save.
        with contextlib.suppress(Fault):
            await ask_own(self._portal, STORY.protected.card, STORY.protected.pin, HELD_AT, next(self._questions))
        for one in (await desk._call("GET", "/v1/disclosures", None))["disclosures"]:
            await desk._call("POST", f"/v1/disclosures/{one['item_id']}", b'{"decision":"provide"}')

    async def _handed(self) -> None:
        holders = Cards(self._mesh.plan.data / "card").holders
        who = next(one for one in holders if one.role == HANDS_OVER and not one.state)
        wanted = {"institution": A, "source": AFFAIR["source"], "row": AFFAIR["row"], "item": "1"}
        self.references.append(await hand_over(self._portal, Carded(who.card, who.pin, who.password), wanted))

    async def _enrolled(self) -> None:
        """A code is gone at the inquirer's, as behind a copy put back; whoever hands over a number has the registrar asked for both."""
        gone = "DELETE FROM linkage_code WHERE ref = (SELECT ref FROM person WHERE addressee_number = ?)"
        await self._on(A, (gone, (STORY.reader.addressees[A],)))
        await self._handed()

    async def _settled(self) -> None:
        if not self.references:
            await self._handed()
        await self._client("asker", A)._call("POST", f"/v1/handed/{self.references[-1]}", b'{"person":"2000000001"}')

    # ---- what institutions do

    async def _subscribed(self) -> None:
        item_id = await self._answered()
        await self._client("asker", A)._call("POST", "/v1/subscriptions", msgspec.json.encode({"item_id": item_id, "until": _day(100)}))

    async def _ended(self) -> None:
        await self._subscribed()
        (one, *_) = (await self._client("asker", A)._call("GET", "/v1/subscriptions", None))["subscriptions"]
        await self._client("asker", A)._call("POST", f"/v1/subscriptions/{one['item_id']}/end", b"")

    async def _answered(self) -> str:
        (item,) = (await self._client("asker", A).inquire(register_question()))["items"]
        return str(item["item_id"])

    async def _while_closed(self) -> None:
        """The providers' platform begins a life on a day on which it is closed; what comes then waits for the next."""
        file = self._tenant(REGISTER) / "answering.json"
        await self._end(self._provider)
        file.write_bytes(msgspec.json.encode(CLOSED))
        child = self._mesh.launch(self._provider, {})
        while not child.poll():
            await asyncio.sleep(0.02)
        # It was read at the start; the life that is to die is open.
        file.unlink()
        before = len(self.closed)
        while len(self.closed) < before + 3:
            answer = await self._client("asker", A).inquire(register_question())
            self.closed |= {answer["txid"] for item in answer["items"] if item["outcome"] == "closed"}

    async def _end(self, role: str) -> None:
        child = self._mesh.children[role]
        child.end()
        while child.process.poll() is None:
            await asyncio.sleep(0.02)
        child.wait(0)

    async def _changed(self) -> None:
        """A correction comes from the source: every copy that the register answers from is another from now on."""
        await self._on(REGISTER, (EDITION, (clock.now_ms(),)), (COPIES, ()))

    async def _past(self) -> None:
        await self._on(REGISTER, ("UPDATE watched SET until_ms = 1 WHERE state = 'on'", ()))

    async def _on(self, institution: str, *statements: tuple[str, tuple[int | str, ...]]) -> None:
        with contextlib.closing(sqlite3.connect(self._tenant(institution) / "gateway.db", timeout=20)) as connection, connection:
            for statement, values in statements:
                connection.execute(statement, values)

    # ---- in the end

    async def stood(self) -> None:
        """What was acknowledged is there: every number under its reference, every answer among the records, and nothing is still closed."""
        await self._acts.all_stand()
        for reference in self.references:
            assert (await self._client("asker", A)._call("GET", f"/v1/handed/{reference}", None))["reference"] == reference
        for txid in self.closed:
            answer = await self._client("asker", A).look(txid)
            assert [item["outcome"] for item in answer["items"]] == ["provided"], answer["state"]

    def _tenant(self, institution: str) -> Path:
        return self._mesh.plan.data / ("gateway" if institution == A else self._provider) / "tenants" / institution

    def _client(self, side: str, institution: str) -> GatewayClient:
        return GatewayClient(self._faces[side], (self._mesh.plan.data / "credentials" / institution).read_text())


def _questions() -> Iterator[dict[str, str]]:
    """Each another one: a decision answers the next request for the same items and year."""
    items = ("jumin", "local_tax", "child_allowance", "child_support_allowance")
    for year in ("2024", "2023", "2025", "2022"):
        for count in range(1, len(items) + 1):
            for chosen in combinations(items, count):
                yield {f"item-{item}": "1" for item in chosen} | {"period": year}


def _day(days: int) -> str:
    return clock.moment(clock.now_ms() + days * 86_400_000).date().isoformat()
