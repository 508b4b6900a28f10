"""What a request must show before anybody is asked about it, and the requests that wait."""

import re
import sqlite3
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import msgspec

from enishi import clock
from enishi.errors import Busy, Conflict, Denied, Malformed, Unknown
from enishi.linkage.dleq import decode_proof
from enishi.linkage.possession import check_possession
from enishi.mesh.pki import requested_key
from enishi.protocol.forms import demand
from enishi.protocol.joining import FIRST_EPOCH, JoinRequest, JoinShown, State, join_digest, read_join
from enishi.protocol.registry import Snapshot, possession_context
from enishi.protocol.statement import signer_keyid
from enishi.seal.dsse import Envelope, check_envelope
from enishi.store import crash
from enishi.store.database import Database

LABEL: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")
RESERVED: Final = frozenset({"exchange", "keeper", "registrar", "oversight", "portal", "witness", "card", "operator", "gateway"})
"""Names of the mesh's own, in certificates and addresses."""
WAITING: Final = 1000
KEPT_MS: Final = 30 * 86_400_000
"""How long a request is kept that nobody admits."""


def check_join(envelope: Envelope, now: Snapshot) -> JoinRequest:
    """Believe a request only after every check; Malformed, Tampered, Denied or Conflict names the one that failed."""
    # (1) Each institution signed these very bytes with the key that it wants to be known by.
    asked = read_join(envelope)
    hosted = [one for one in now.institutions if one.platform == asked.platform and not one.suspended]
    # (2) The platform's name is a label of its own.
    if not LABEL.fullmatch(asked.platform) or (asked.platform in RESERVED and not hosted):
        raise Malformed("platform-name-wrong", asked.platform[:63], "platform")
    # (3) Its door can be called.
    parts = urlsplit(asked.door)
    demand(parts.scheme == "https" and parts.hostname and parts.path in ("", "/") and not parts.username, "door-wrong", asked.door[:100], "door")
    # (4) Who asks for the certificate has its key.
    requested_key(asked.csr)
    # (5) Who registers a key knows its secret.
    for one in asked.institutions:
        check_possession(one.elgamal, decode_proof(one.elgamal_proof), possession_context(one.id, "elgamal", FIRST_EPOCH))
    # (6) A platform that hosts somebody already is changed by nobody but those.
    _demand_host(envelope, asked, hosted=tuple(one.id for one in hosted), now=now)
    return asked


def _demand_host(envelope: Envelope, asked: JoinRequest, hosted: tuple[str, ...], now: Snapshot) -> None:
    if not hosted:
        return
    signed = {signature.keyid for signature in envelope.signatures}
    vouching = {signer_keyid(one, now.by_id[one].current().epoch) for one in hosted} & signed
    if not vouching:
        raise Denied("platform-not-yours", asked.platform, "platform")
    check_envelope(envelope, envelope.payloadType, now.signing_keys, vouching)


class Requests:
    """The requests that wait, in the exchange's database."""

    def __init__(self, database: Database, now: Callable[[], Snapshot]) -> None:
        """`now` is the registry in force."""
        self._database, self._now = database, now

    async def take(self, envelope: Envelope) -> bytes:
        """Keep a request and return its digest; the same again changes nothing. Busy("joining-full"), and the faults of `check_join`."""
        check_join(envelope, self._now())
        row = (join_digest(envelope), msgspec.msgpack.encode(envelope), clock.now_ms())
        crash.point("exchange.joining.before_store")
        await self._database.write(lambda connection: _keep(connection, row))
        return row[0]

    async def decline(self, digest: bytes, because: str) -> None:
        """Refuse a request for good; Unknown("join-unknown")."""
        crash.point("exchange.declining.before_store")
        changed = await self._database.write(
            lambda connection: connection.execute("UPDATE joining SET state = 'declined', because = ? WHERE digest = ?", (because, digest)).rowcount
        )
        if not changed:
            raise Unknown("join-unknown", digest.hex()[:64], "digest")

    async def shown(self) -> list[JoinShown]:
        """All of them, the oldest first."""
        return await self._database.read(_rows)

    async def one(self, digest: bytes) -> JoinShown:
        """One of them; Unknown("join-unknown")."""
        for shown in await self._database.read(lambda connection: _rows(connection, digest)):
            return shown
        raise Unknown("join-unknown", digest.hex()[:64], "digest")


def _keep(connection: sqlite3.Connection, row: tuple[bytes, bytes, int]) -> None:
    connection.execute("DELETE FROM joining WHERE at_ms < ?", (row[2] - KEPT_MS,))
    known = connection.execute("SELECT state FROM joining WHERE digest = ?", (row[0],)).fetchone()
    if known is not None:
        if known[0] == "declined":
            raise Conflict("join-declined", row[0].hex(), "digest")
        return
    if connection.execute("SELECT count(*) FROM joining").fetchone()[0] >= WAITING:
        raise Busy("joining-full", str(WAITING))
    connection.execute("INSERT INTO joining (digest, envelope, state, at_ms) VALUES (?, ?, 'waiting', ?)", row)


def _rows(connection: sqlite3.Connection, digest: bytes = b"") -> list[JoinShown]:
    query = "SELECT digest, envelope, state, because FROM joining WHERE (? = x'' OR digest = ?) ORDER BY at_ms"
    return [_shown(*row) for row in connection.execute(query, (digest, digest))]


def _shown(digest: bytes, envelope: bytes, state: State, because: str) -> JoinShown:
    return JoinShown(digest, state, because, msgspec.msgpack.decode(envelope, type=Envelope))
