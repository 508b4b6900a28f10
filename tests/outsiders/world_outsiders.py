"""A keeper's log with its public face and two witnesses, each on a real port: what somebody outside the mesh can reach, and nothing else."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes
from threading import Thread
from typing import Any, TypeVar

import aiohttp

from enishi import clock
from enishi.mesh.config import RoleConfig
from enishi.mesh.server import Listener
from enishi.roles.keeper.chain import Entry, append_person, append_public
from enishi.roles.keeper.face import build_face
from enishi.roles.keeper.keys import Secrets, load_secrets
from enishi.roles.keeper.log import Log
from enishi.roles.keeper.schema import MIGRATIONS
from enishi.roles.keeper.witnessing import Witnessing
from enishi.roles.witness.assemble import Witness
from enishi.seal.sign import SigningKey
from enishi.store.database import Database
from enishi.store.keyring import Keyring
from enishi.terms import ItemId
from enishi.tlog.leaf import PUBLIC_SALT, LeafKind, commitment
from enishi.tlog.note import KeyType, Verifier
from enishi.tlog.policy import MAX_AGE_MS, WitnessPolicy

ORIGIN = "log.example/enishi"
NAMES = ("witness.example/press", "witness.example/university")
T = TypeVar("T")


@dataclass
class Answer:
    """An HTTP answer, with the bytes as they came (packed, if they were packed)."""

    status: int
    headers: Any
    body: bytes


class Outsiders:
    """The log and its witnesses; `grow`, `publish` and `cosign` are the keeper's part."""

    def __init__(self, folder: Path) -> None:
        """Open everything below a folder, and listen."""
        self.folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.secrets: Secrets = load_secrets(Keyring(folder / "keeper" / "keys"))
        self.database = Database.open(folder / "keeper" / "keeper.db", MIGRATIONS)
        self.log = Log(self.database, self.secrets.log, ORIGIN, len(NAMES))
        self.run(self.log.load())
        self.witnesses: list[Verifier] = []
        self.asking: list[Witnessing] = []
        self._roles: list[Witness] = []
        self._doors: list[Listener] = []
        for place, name in enumerate(NAMES):
            self._open_witness(place, name)
        policy = WitnessPolicy(len(NAMES), tuple(self.witnesses), MAX_AGE_MS)
        self.url = f"http://127.0.0.1:{self.listen(build_face(self.log, policy, 'http://log.localhost'))}"

    @property
    def log_key(self) -> str:
        """The log's verifier key."""
        return self.log.verifier.encoded

    @property
    def witness_keys(self) -> list[str]:
        """The witnesses' verifier keys."""
        return [witness.encoded for witness in self.witnesses]

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in the loop in which everything lives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def listen(self, app: Any) -> int:
        """Serve an application on a free port."""
        door = Listener(app, "127.0.0.1", 0)
        self.run(door.open())
        self._doors.append(door)
        return door.port

    def _open_witness(self, place: int, name: str) -> None:
        folder = self.folder / f"witness-{place}"
        key = SigningKey.from_bytes(Keyring(folder / "keys").get_or_make("cosigning", lambda: token_bytes(32)))
        settings = {"name": name, "log_key": self.log_key}
        role = Witness(RoleConfig(role="witness", name=f"witness-{place}", data=folder, tls=folder, settings=settings))
        self.run(role.start())
        verifier = Verifier(name, key.public, KeyType.COSIGNATURE)
        url = f"http://127.0.0.1:{self.listen(role.face())}/add-checkpoint"
        self.witnesses.append(verifier)
        self.asking.append(Witnessing(self.log, url, verifier))
        self._roles.append(role)

    def grow(self, leaves: int, person: bytes = b"somebody") -> None:
        """Append leaves of a person, and after them one of the log itself."""
        tag = sha256(person).digest()

        def append(connection: Any) -> None:
            for _ in range(leaves):
                entry = Entry(LeafKind.INTENT, 1, tag, clock.now_ms(), token_bytes(32), b"sealed", ItemId(b""))
                append_person(connection, self.secrets, entry)
            append_public(connection, LeafKind.SNAPSHOT, clock.now_ms(), commitment(PUBLIC_SALT, b"{}"), b"{}")

        self.run(self.database.write(append))

    def publish(self) -> int:
        """Make a checkpoint and return its size."""
        return self.run(self.log.publish()).size

    def cosign(self, *places: int) -> None:
        """Have witnesses cosign the newest checkpoint, all of them if none is named."""

        async def ask() -> None:
            async with aiohttp.ClientSession() as session:
                for place in places or range(len(self.asking)):
                    await self.asking[place].offer(session, self.log.current())

        self.run(ask())

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Ask the log's public face."""
        return self.ask(method, self.url + path, None, headers)

    def ask(self, method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        """One HTTP request."""

        async def fetch() -> Answer:
            sent = {"accept-encoding": "identity"} | (headers or {})
            async with (
                aiohttp.ClientSession(auto_decompress=False) as session,
                session.request(method, url, data=body, headers=sent, allow_redirects=False) as answer,
            ):
                return Answer(answer.status, answer.headers.copy(), await answer.read())

        return self.run(fetch())

    def close(self) -> None:
        """Stop listening, close every database."""
        for door in self._doors:
            self.run(door.close())
        for role in self._roles:
            self.run(role.stop())
        self.run(self.database.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


@contextmanager
def outsiders(folder: Path) -> Iterator[Outsiders]:
    """A world of its own."""
    world = Outsiders(folder)
    try:
        yield world
    finally:
        world.close()
