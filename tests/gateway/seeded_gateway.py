"""A platform with something behind each of its API's ids, and what a caller would put into a request to it."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from enishi import clock
from enishi.number import individual_number
from enishi.protocol.letters import Letter
from enishi.roles.gateway.assemble import Gateway
from enishi.roles.gateway.letters import kept
from enishi.terms import ItemId
from gateway.asgi_gateway import Answer, call
from gateway.world_events import Post
from gateway.world_gateway import KNOWN, PROTECTED, TOKEN, UNKNOWN_AT_B, A, B, documents, lay_platform, running
from gateway.world_offers import Registrar

T = TypeVar("T")
AT_A, AT_B = f"{TOKEN}-{A}", f"{TOKEN}-{B}"
QUESTION: dict[str, Any] = {
    "affair": {"source": "506M60004008009@2024-05-27", "row": "108"},
    "purpose_item": "3",
    "items": ["jumin"],
    "provider": B,
    "person": KNOWN,
    "relation": "applicant",
    "case": "case-1",
}


class Seeded:
    """The platform on a loop of its own, which stands still between calls; `ids` are by the names of path parameters."""

    def __init__(self, runner: asyncio.Runner, gateway: Gateway, operators: Post, registrar: Registrar) -> None:
        app = gateway.face()
        assert app is not None
        self._runner, self.gateway, self.operators, self.app = runner, gateway, operators, app
        self.ids: dict[str, list[str]] = {}
        self._registrar = registrar

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def call(self, method: str, path: str, body: bytes = b"", token: str = AT_A, headers: dict[str, str] | None = None, query: str = "") -> Answer:
        return self.run(call(self.app, method, path, body, token, headers, query))

    def post(self, path: str, value: Any, token: str = AT_A) -> Any:
        answer = self.call("POST", path, msgspec.json.encode(value), token)
        assert answer.status in (200, 202), answer.body
        return answer.body

    def seed(self) -> None:
        """One of everything that an id can name: answered, held, subscribed, marked, handed over, bulk as stream and as file, a case."""
        inquiries = [self.post("/v1/inquiries", QUESTION | {"person": person}) for person in (KNOWN, UNKNOWN_AT_B, PROTECTED)]
        items = [one["items"][0]["item_id"] for one in inquiries]
        tomorrow = (clock.moment(clock.now_ms()) + timedelta(days=30)).date().isoformat()
        self.post("/v1/subscriptions", {"item_id": items[0], "until": tomorrow})
        given = {"kind": "parent", "person": KNOWN, "representative": UNKNOWN_AT_B, "person_name": "内田　紬", "representative_name": "内田　碧"}
        relation = self.post("/v1/representations", given | {"citation": "129AC0000000089#824", "until": tomorrow})
        mark = self.post("/v1/marks", {"kind": "dispute", "person": "9" + KNOWN, "item": "local_tax"}, AT_B)
        case = self.post("/v1/cases", {"questions": [QUESTION]})
        bulk = self.call("POST", "/v1/bulk", msgspec.json.encode(QUESTION), AT_A, {"content-type": "application/x-ndjson"}).body
        handed = self._registrar.hand_over(individual_number("55443322110"))
        self.operators.waiting = [handed]
        self.run(self.gateway.offers.fetch())
        self.ids = {
            "letter_id": [self.letter(place) for place in range(3)],
            "reference": [handed.reference.hex()],
            "txid": [one["txid"] for one in inquiries],
            "item_id": items,
            "mark": [mark["id"]],
            "entry": [relation["entry"]],
            "person": ["9" + KNOWN, KNOWN],
            "item": ["jumin", "local_tax"],
            "number": [bulk["number"], case["number"]],
        }

    def letter(self, place: int) -> str:
        """A letter that came to the holder."""
        one, tenant = Letter(v=1, kind="why", about=b"", item="", wrong="", right="", text="?"), self.gateway.tenants[B]
        letter_id, at_ms = ItemId(bytes([place]) * 32), clock.now_ms()
        came = tenant.database.read_now(lambda connection: kept.arrived(connection, letter_id, "9" + KNOWN, one, at_ms))
        self.run(tenant.database.write(lambda connection: kept.store(connection, came)))
        return letter_id.hex()

    def words(self) -> dict[str, list[Any]]:
        """Values that mean something here, by the names of the API's fields."""
        people = [KNOWN, UNKNOWN_AT_B, PROTECTED, "9" + KNOWN, "9" + PROTECTED]
        day = (clock.moment(clock.now_ms()) + timedelta(days=60)).date().isoformat()
        return {name: [value] for name, value in QUESTION.items()} | {
            "person": people,
            "items": [["jumin"], ["local_tax"], ["jumin", "local_tax"]],
            "provider": [B, A],
            "period": ["2024", ""],
            "people": [[], [{"person": person, "relation": "applicant", "period": "2024"} for person in people]],
            "questions": [[QUESTION, QUESTION | {"person": PROTECTED}, QUESTION | {"person": "7777777777"}]],
            "item_id": self.ids["item_id"],
            "until": [day],
            "kind": ["dispute", "nondisclosure", "parent", "guardian"],
            "representative": [UNKNOWN_AT_B, KNOWN],
            "ground": ["415AC0000000057#78-1-1", ""],
            "item": ["local_tax", ""],
            "decision": ["provide", "refuse", "", "granted", "refused"],
            "answer": ["はい。", ""],
            "citation": ["", "425AC0000000027#19-1-8", "325AC0000000226#22", "129AC0000000089#824"],
            "callback": ["", "http://localhost:9/"],
        }


@contextmanager
def seeded(folder: Path) -> Iterator[Seeded]:
    operators, registrar = Post(), Registrar(folder / "card")
    operators.portal, operators.card_authority = registrar.portal, registrar.card_authority
    lay_platform(folder, operators, documents())
    with asyncio.Runner() as runner:
        context = running(folder, operators)
        platform = Seeded(runner, runner.run(context.__aenter__()), operators, registrar)
        try:
            platform.seed()
            yield platform
        finally:
            runner.run(context.__aexit__(None, None, None))
