"""The file that `enishi serve ROLE --config FILE` names: where a role keeps its data, where it listens, and whom it calls."""

from datetime import date
from pathlib import Path
from typing import Literal

import msgspec

from enishi.errors import Misconfigured
from enishi.mesh.rpc import field_of


class RoleConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One role on one machine; relative folders are taken from the folder of the file."""

    role: str
    name: str
    data: Path
    """The role's own data folder."""
    tls: Path
    """Folder with ca.pem, cert.pem, key.pem and crl.pem."""
    mesh_host: str = "127.0.0.1"
    mesh_port: int = 0
    """Port of the mesh door; 0 lets the kernel choose."""
    face_host: str = "127.0.0.1"
    face_port: int = 0
    """Port of the role's pages or REST API; 0 opens none."""
    peers: dict[str, str] = {}
    """URL (https://host:port) of each peer, by role or by the name under which this role knows it."""
    on: date | None = None
    """The pinned legal day of `--on`; None takes the day of the question."""
    proposals: Literal["on", "off"] = "off"
    law_edge: Literal["refuse", "mark"] = "refuse"
    settings: dict[str, str] = {}
    """What only this role understands."""


def read(path: Path) -> RoleConfig:
    """Read a configuration in TOML (.toml) or JSON; Misconfigured("config-unreadable") or ("config-not-in-form") with the field."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Misconfigured("config-unreadable", str(path)) from error
    return _under(_decode(path, data), path.parent)


def write(path: Path, config: RoleConfig) -> None:
    """Write a configuration as JSON, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(config, enc_hook=_plain), indent=2) + b"\n")


def peer(config: RoleConfig, name: str) -> str:
    """The URL of a peer; Misconfigured("peer-not-configured") when the file does not name it."""
    try:
        return config.peers[name]
    except KeyError:
        raise Misconfigured("peer-not-configured", name, "peers") from None


def _decode(path: Path, data: bytes) -> RoleConfig:
    try:
        if path.suffix == ".toml":
            return msgspec.toml.decode(data, type=RoleConfig, dec_hook=_typed)
        return msgspec.json.decode(data, type=RoleConfig, dec_hook=_typed)
    except msgspec.ValidationError as error:
        raise Misconfigured("config-not-in-form", str(path), field_of(error) or _named(error)) from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Misconfigured("config-unreadable", str(path)) from error


def _named(error: msgspec.ValidationError) -> str:
    # "Object missing required field `data`", "Object contains unknown field `prots`": the name stands between the last backquotes.
    parts = str(error).split("`")
    return parts[-2] if len(parts) > 2 else ""


def _under(config: RoleConfig, folder: Path) -> RoleConfig:
    return msgspec.structs.replace(config, data=folder / config.data, tls=folder / config.tls)


def _typed(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str) and "\0" not in value:
        return Path(value)
    raise ValueError("not a path")


def _plain(value: object) -> str:
    return str(value)
