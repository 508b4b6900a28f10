"""The databases and keys below a data folder, opened for reading while the mesh may be running."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from enishi.cli.walk.findings import Findings
from enishi.errors import Misconfigured
from enishi.mesh.config import read
from enishi.mesh.registry import read_pins
from enishi.seal.hpke import SealingKey
from enishi.seal.sign import SigningKey
from enishi.tlog.note import KeyType, Verifier


@dataclass(frozen=True)
class Tenant:
    """One institution's database and the folder of its keys."""

    id: str
    folder: Path
    connection: sqlite3.Connection


@dataclass(frozen=True)
class Keys:
    """The keeper's keys that recompute what stands in its tables, and the exchange's that opens bodies; None where the folder has no such file."""

    rest: bytes | None = field(repr=False)
    labels: bytes | None = field(repr=False)
    second_chain: bytes | None = field(repr=False)
    disclosure: SealingKey | None = field(repr=False)


@dataclass(frozen=True)
class Sources:
    """Everything that a walk reads; each connection sees one state, the keeper's the newest, so that it lacks nothing that others hold."""

    pins: dict[str, bytes]
    keys: Keys
    keeper: sqlite3.Connection
    settled: int
    """Leaves that the keeper held before the other databases were opened: what gateways must know of."""
    witnesses: dict[str, sqlite3.Connection]
    own_witnesses: dict[str, Verifier]
    """By folder, the witnesses that run on this folder: an older mesh's registry does not name them all."""
    exchange: sqlite3.Connection | None
    oversight: sqlite3.Connection | None
    tenants: dict[str, Tenant]

    def all(self) -> Iterator[tuple[str, sqlite3.Connection]]:
        """Every database with its name."""
        yield "keeper", self.keeper
        yield from self.witnesses.items()
        for name, connection in (("exchange", self.exchange), ("oversight", self.oversight)):
            if connection is not None:
                yield name, connection
        for tenant in self.tenants.values():
            yield f"gateway/{tenant.id}", tenant.connection

    def close(self) -> None:
        """Close every connection."""
        for _, connection in self.all():
            connection.close()


def demand_mesh(data: Path) -> None:
    """Misconfigured("evidence-folder-wrong") where a folder holds no keeper's database."""
    if not (data / "keeper" / "keeper.db").is_file():
        raise Misconfigured("evidence-folder-wrong", str(data), "data")


def open_sources(data: Path, findings: Findings) -> Sources:
    """Open what stands below a data folder; sqlite3.Error where the keeper's is no database at all, every other may be damaged or missing."""
    settled = _settled(data / "keeper" / "keeper.db", findings)
    witnesses = {path.parent.name: path for path in sorted(data.glob("witness*/witness.db"))}
    opened = {name: _try(path, name, findings) for name, path in witnesses.items()}
    exchange, oversight = (_try(data / role / f"{role}.db", role, findings) for role in ("exchange", "oversight"))
    tenants = {path.parent.name: _tenant(path, findings) for path in sorted(data.glob("gateway*/tenants/*/gateway.db"))}
    return Sources(
        pins=_pins(data, findings),
        keys=_keys(data, findings),
        keeper=connect(data / "keeper" / "keeper.db"),
        settled=settled,
        witnesses={name: connection for name, connection in opened.items() if connection is not None},
        own_witnesses=_own_witnesses(data, findings),
        exchange=exchange,
        oversight=oversight,
        tenants={name: tenant for name, tenant in tenants.items() if tenant is not None},
    )


def connect(path: Path) -> sqlite3.Connection:
    """A read-only connection fixed on one state of the database; text that is no UTF-8 is read with marks in place of the broken bytes."""
    connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    connection.execute("PRAGMA query_only=ON")
    connection.execute("PRAGMA busy_timeout=5000")
    connection.execute("BEGIN")
    connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    return connection


def _try(path: Path, name: str, findings: Findings) -> sqlite3.Connection | None:
    if not path.is_file():
        findings.unchecked.append(f"{name}: no database in this folder")
        return None
    with findings.watch("database-damaged", name, path.name):
        return connect(path)
    return None


def _settled(path: Path, findings: Findings) -> int:
    with findings.watch("database-damaged", "keeper", path.name):
        connection = connect(path)
        try:
            return int(connection.execute("SELECT COALESCE(MAX(idx), -1) + 1 FROM leaf").fetchone()[0])
        finally:
            connection.close()
    return 0


def _tenant(path: Path, findings: Findings) -> Tenant | None:
    connection = _try(path, f"gateway/{path.parent.name}", findings)
    return Tenant(path.parent.name, path.parent, connection) if connection is not None else None


def _pins(data: Path, findings: Findings) -> dict[str, bytes]:
    for role in ("keeper", "exchange", "oversight"):
        if (data / role / "pins.json").is_file():
            return read_pins(data / role)
    findings.unchecked.append("pins.json: no pinned keys in this folder, so no signature of the registry can be believed")
    return {}


def _own_witnesses(data: Path, findings: Findings) -> dict[str, Verifier]:
    own = {}
    for path in sorted(data.glob("witness*/config.json")):
        with findings.watch("evidence-unreadable", path.parent.name, path.name):
            key = SigningKey.from_bytes((path.parent / "keys" / "cosigning").read_bytes())
            own[path.parent.name] = Verifier(read(path).settings["name"], key.public, KeyType.COSIGNATURE)
    return own


def _keys(data: Path, findings: Findings) -> Keys:
    rest, labels, second = (_key(data / "keeper" / "keys" / name, findings) for name in ("rest", "labels", "second_chain"))
    raw = _key(data / "exchange" / "keys" / "disclosure", findings)
    disclosure = None
    if raw is not None:
        with findings.watch("evidence-unreadable", "exchange/keys", "disclosure"):
            disclosure = SealingKey.from_bytes(raw)
    return Keys(rest, labels, second, disclosure)


def _key(path: Path, findings: Findings) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        findings.unchecked.append(f"{path.parent.parent.name}/keys/{path.name}: not in this folder; what it closes is not opened")
        return None
