"""Where a gateway's folder is, below a mesh's data folder or alone, and how its tenants' databases are opened beside the running gateway."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from enishi.errors import Misconfigured
from enishi.roles.gateway.schema import MIGRATIONS
from enishi.store.database import Database


def platform_of(data: Path) -> Path:
    """The gateway's own folder; Misconfigured("gateway-not-here")."""
    for root in (data / "gateway", data):
        if (root / "tenants").is_dir():
            return root
    raise Misconfigured("gateway-not-here", str(data), "data")


def tenants_of(platform: Path, tenant: str = "") -> list[str]:
    """Ids of the tenants that have a database, or the one that is named; Misconfigured("tenant-not-here")."""
    found = sorted(path.parent.name for path in (platform / "tenants").glob("*/gateway.db"))
    if tenant and tenant not in found:
        raise Misconfigured("tenant-not-here", tenant[:40], "tenant")
    return [tenant] if tenant else found


@contextmanager
def opened(platform: Path, tenant: str) -> Iterator[Database]:
    """A tenant's database; the running gateway may have it open too."""
    database = Database.open(platform / "tenants" / tenant / "gateway.db", MIGRATIONS)
    try:
        yield database
    finally:
        database.close_now()


def count(connection: sqlite3.Connection, query: str, *values: object) -> int:
    """The number that a counting query gives."""
    return int(connection.execute(query, values).fetchone()[0])
