"""One tenant: an institution with its own folder, database, keys by key epoch, and credentials."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from enishi.errors import Misconfigured, Unknown
from enishi.linkage.group import base, decode_scalar
from enishi.roles.gateway.answering.rules import Rules, rules_of
from enishi.roles.gateway.credentials import Credential, read_credentials
from enishi.roles.gateway.live.declared import sources_of
from enishi.roles.gateway.load.adapter import Adapter
from enishi.roles.gateway.registry import Known
from enishi.roles.gateway.schema import MIGRATIONS
from enishi.seal.hpke import SealingKey
from enishi.seal.sign import SigningKey
from enishi.store.database import Database
from enishi.store.keyring import Keyring
from enishi.terms import InstitutionId

_KEY_FILE: Final = re.compile(r"signing\.(\d{1,9})")


@dataclass(frozen=True)
class KeyPair:
    """An institution's secrets of one key epoch: y for its linkage codes, Ed25519 for what it signs."""

    epoch: int
    elgamal: bytes = field(repr=False)
    signing: SigningKey = field(repr=False)


@dataclass(frozen=True)
class Tenant:
    """What the use cases work on; a tenant never reaches another one's database or keys."""

    id: InstitutionId
    folder: Path
    database: Database
    keys: dict[int, KeyPair] = field(repr=False)
    credentials: tuple[Credential, ...] = field(repr=False)
    rules: Rules = Rules()
    live: Mapping[str, Adapter] = field(default_factory=dict)
    """Sources that are asked while an inquiry is answered, by data item (live/)."""

    def key(self, epoch: int) -> KeyPair:
        """The secrets of a key epoch; Unknown("epoch-unknown") where this platform holds none."""
        try:
            return self.keys[epoch]
        except KeyError:
            raise Unknown("epoch-unknown", f"{self.id} has no keys of epoch {epoch}", "epoch") from None

    def sealing(self, epoch: int) -> SealingKey:
        """The key of a key epoch that letters are sealed to; the registry shows its public part; Misconfigured("key-missing")."""
        return SealingKey.from_bytes(Keyring(self.folder / "keys").get(f"hpke.{epoch}"))

    def check_keys(self, known: Known) -> None:
        """Misconfigured("tenant-keys-differ") unless the keys here are those that the registry shows for every active epoch."""
        for shown in known.snapshot.institution(self.id, "tenant").epochs:
            held = self.keys.get(shown.epoch)
            if shown.active and (held is None or base(held.elgamal) != shown.elgamal or held.signing.public != shown.signing):
                raise Misconfigured("tenant-keys-differ", f"{self.id}, key epoch {shown.epoch}", "keys")


def open_tenants(folder: Path) -> dict[str, Tenant]:
    """Open every tenant below `<folder>/tenants`; Misconfigured names what is missing."""
    root = folder / "tenants"
    return {path.name: _open_tenant(path) for path in sorted(root.iterdir())} if root.is_dir() else {}


def hosted(tenants: dict[str, Tenant], institution: str, field_name: str) -> Tenant:
    """The tenant of that institution; Unknown("tenant-unknown")."""
    try:
        return tenants[institution]
    except KeyError:
        raise Unknown("tenant-unknown", institution[:40], field_name) from None


async def close_tenants(tenants: Iterable[Tenant]) -> None:
    """Close all databases."""
    for tenant in tenants:
        await tenant.database.close()


def _open_tenant(path: Path) -> Tenant:
    keys = {int(found[1]): _read_keys(path / "keys", int(found[1])) for found in map(_KEY_FILE.fullmatch, _names(path / "keys")) if found}
    if not keys:
        raise Misconfigured("tenant-keys-missing", path.name, "keys")
    database = Database.open(path / "gateway.db", MIGRATIONS)
    return Tenant(InstitutionId(path.name), path, database, keys, read_credentials(path / "credentials.json"), rules_of(path), sources_of(path))


def _names(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()] if folder.is_dir() else []


def _read_keys(folder: Path, epoch: int) -> KeyPair:
    try:
        elgamal, signing = ((folder / f"{name}.{epoch}").read_bytes() for name in ("elgamal", "signing"))
    except OSError as error:
        raise Misconfigured("tenant-keys-missing", f"{folder.parent.name}: {error.strerror}", "keys") from error
    return KeyPair(epoch, decode_scalar(elgamal, "elgamal"), SigningKey.from_bytes(signing))
