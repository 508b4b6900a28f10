"""Certificate requests that may be signed, and the certificates that came of them.  The authority's key lies in no role that runs: whoever holds it
asks what waits, signs, and brings the certificates back."""

import sqlite3
from collections.abc import Iterable

import msgspec

from enishi import clock
from enishi.errors import Denied, Unknown
from enishi.mesh.pki import Peer, requested_key
from enishi.protocol.joining import CertificateReply, CertifyAsk, Uncertified, csr_digest
from enishi.store import crash
from enishi.store.database import Database


class Certificates:
    """What waits for the authority, and what it has signed."""

    def __init__(self, database: Database) -> None:
        """Keep them in the exchange's database."""
        self._database = database

    async def want(self, each: Iterable[Uncertified]) -> None:
        """Let requests be signed; the same again changes nothing."""
        rows = [(one.digest, one.csr, one.name, one.host, msgspec.json.encode(one.tenants).decode(), clock.now_ms()) for one in each]
        crash.point("exchange.certificate.before_want")
        await self._database.write(lambda connection: _want(connection, rows))

    async def waiting(self) -> tuple[Uncertified, ...]:
        """What the authority has not signed yet."""
        return await self._database.read(_waiting)

    async def bring(self, asked: CertifyAsk) -> None:
        """Keep a certificate that the authority signed; Unknown("csr-unknown")."""
        values = (asked.certificate, asked.authority, asked.revoked, asked.digest)
        crash.point("exchange.certificate.before_store")
        changed = await self._database.write(
            lambda connection: (
                connection.execute("UPDATE certificate SET certificate = ?, authority = ?, revoked = ? WHERE digest = ?", values).rowcount
            )
        )
        if not changed:
            raise Unknown("csr-unknown", asked.digest.hex()[:64], "digest")

    async def of(self, csr: bytes) -> CertificateReply | None:
        """The certificate of a request; empty until it is signed, None where nobody may have it signed."""
        return await self._database.read(lambda connection: _of(connection, csr_digest(csr)))

    async def renew(self, csr: bytes, caller: Peer) -> CertificateReply:
        """The next certificate of a gateway, for the names of the present one; Malformed("csr-unreadable"), Denied("csr-anothers")."""
        requested_key(csr)
        found = await self._database.read(lambda connection: _name_of(connection, csr_digest(csr)))
        if found is None:
            await self.want([Uncertified(csr_digest(csr), caller.name, "", tuple(sorted(caller.tenants)), csr)])
        elif found != caller.name:
            raise Denied("csr-anothers", caller.name, "csr")
        return await self.of(csr) or CertificateReply(b"", b"", b"")


def _want(connection: sqlite3.Connection, rows: list[tuple[bytes, bytes, str, str, str, int]]) -> None:
    connection.executemany("INSERT OR IGNORE INTO certificate (digest, csr, name, host, tenants, at_ms) VALUES (?, ?, ?, ?, ?, ?)", rows)


def _waiting(connection: sqlite3.Connection) -> tuple[Uncertified, ...]:
    rows = connection.execute("SELECT digest, name, host, tenants, csr FROM certificate WHERE certificate = x'' ORDER BY at_ms").fetchall()
    return tuple(Uncertified(row[0], row[1], row[2], msgspec.json.decode(row[3], type=tuple[str, ...]), row[4]) for row in rows)


def _of(connection: sqlite3.Connection, digest: bytes) -> CertificateReply | None:
    row = connection.execute("SELECT certificate, authority, revoked FROM certificate WHERE digest = ?", (digest,)).fetchone()
    return CertificateReply(*row) if row else None


def _name_of(connection: sqlite3.Connection, digest: bytes) -> str | None:
    row = connection.execute("SELECT name FROM certificate WHERE digest = ?", (digest,)).fetchone()
    return str(row[0]) if row else None
