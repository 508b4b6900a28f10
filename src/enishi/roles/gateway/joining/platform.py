"""A platform's folder as it is before, while and after it takes part: its description, the institutions' forms, and the state that follows."""

import os
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import msgspec

from enishi.errors import Misconfigured
from enishi.law.ordinance.form import Ordinance
from enishi.protocol.registry import Assessment, Capacity
from enishi.terms import InstitutionId

PLATFORM, FORM, JOIN, ASKED, ADMITTED, CONFIG, LEAVING = (
    *("platform.json", "form.json", "join.json", "asked.json", "admitted.json", "config.json", "leaving.json"),
)
State = Literal["made", "asked", "joined", "leaving", "left"]
T = TypeVar("T")
LABEL: Final = "^[a-z][a-z0-9-]{0,62}$"


class Platform(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`platform.json`: the name, the address of the mesh door, the port of the API, and the public address of the exchange."""

    name: str
    door: str
    face_port: int
    exchange: str


class InstitutionForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the registry says of an institution beside its keys, as the institution itself writes it down."""

    id: InstitutionId
    name_ja: str
    name_en: str
    kind: str
    capacities: tuple[Capacity, ...]
    assessments: tuple[Assessment, ...] = ()
    ordinances: tuple[Ordinance, ...] = ()


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`asked.json` and `admitted.json`: the request that was handed in, or that was granted."""

    digest: bytes


class Leaving(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`leaving.json`: since when no new inquiry is put, and when the keys were destroyed, or 0."""

    since_ms: int
    destroyed_ms: int = 0


def read_file(path: Path, form: type[T]) -> T | None:
    """A file of the folder, None without it; Misconfigured("platform-file-unreadable")."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=form)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Misconfigured("platform-file-unreadable", f"{path.name}: {error}"[:200], path.name) from error


def write_file(path: Path, value: Any) -> None:
    """Write a file whole or not at all, for its owner alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    waiting = path.with_name(f".{path.name}.new")
    with open(os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(value if isinstance(value, bytes) else msgspec.json.format(msgspec.json.encode(value)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(path)


def state_of(folder: Path) -> State:
    """How far the platform is; Misconfigured("platform-not-made") where nothing was made here."""
    leaving = read_file(folder / LEAVING, Leaving)
    if leaving is not None:
        return "left" if leaving.destroyed_ms else "leaving"
    entered = (folder / CONFIG).exists() and (folder / "tls" / "cert.pem").exists()
    # A founder's platform has a registry and may have its configuration elsewhere.
    if entered or (folder / "registry.json").exists():
        return "joined"
    if (folder / ASKED).exists():
        return "asked"
    if not (folder / PLATFORM).exists():
        raise Misconfigured("platform-not-made", str(folder), "data")
    return "made"


def forms_of(folder: Path) -> list[InstitutionForm]:
    """The forms of the institutions that this platform asks for, by id."""
    found = [read_file(path, InstitutionForm) for path in sorted((folder / "tenants").glob(f"*/{FORM}"))]
    return [form for form in found if form is not None]
