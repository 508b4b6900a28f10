"""`enishi gateway copies|holder`: what an official looks up, from the institution's folder, while the gateway runs or not."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
import typer

from enishi import clock
from enishi.cli.gateway.places import opened, platform_of, tenants_of
from enishi.errors import Misconfigured, Unavailable
from enishi.mesh.registry import Registry
from enishi.protocol.wire import SnapshotReply
from enishi.roles.gateway.live.declared import sources_of
from enishi.roles.gateway.register.history import read_query, show_copy, show_history
from enishi.roles.gateway.register.holder import holder_of, read_holder

T = TypeVar("T")
OPEN = 3
"""Exit status where the holder stays open."""


def run_copies(data: Path, tenant: str, which: tuple[str, str, str], extent: Literal["now", "history"]) -> int:
    """Print the copy that answers now, or every state of it, the newest first."""
    person, item, period = which
    query = read_query({"period": period} if period else {})
    live = sources_of(platform_of(data) / "tenants" / tenant)
    if extent == "now":
        _print(_within(data, tenant, lambda connection: show_copy(connection, person, item, query, live)))
        return 0
    more: int | None = None
    while True:
        asked = msgspec.structs.replace(query, before=more)
        page = _within(data, tenant, lambda connection: show_history(connection, person, item, asked))  # noqa: B023 - called at once
        for former in page.former:
            _print(former)
        more = page.next
        if more is None:
            return 0


def run_holder(data: Path, tenant: str, words: dict[str, str], documents: Path | None) -> int:
    """Print who holds it, who has to be asked first, or why it stays open."""
    platform = platform_of(data)
    given = {name: word for name, word in words.items() if word}
    asked = read_holder(msgspec.json.encode(given | ({"documents": msgspec.Raw(_read(documents))} if documents else {})))
    known = _registry(platform)
    live = sources_of(platform / "tenants" / tenant)
    shown = _within(data, tenant, lambda connection: holder_of(connection, asked, (known.snapshot, known.digest), live, clock.now_ms()))
    _print(shown)
    return OPEN if shown.state == "open" else 0


def _registry(platform: Path) -> Registry:
    async def nobody() -> SnapshotReply:
        raise Unavailable("peer-unreachable", "exchange")

    held = Registry(platform, nobody)
    held.load()
    return held


def _within(data: Path, tenant: str, look: Callable[[sqlite3.Connection], T]) -> T:
    platform = platform_of(data)
    (known,) = tenants_of(platform, tenant)
    with opened(platform, known) as database:
        return database.read_now(look)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Misconfigured("documents-unreadable", f"{file.name}: {error.strerror}", "documents") from error


def _print(shown: msgspec.Struct) -> None:
    typer.echo(msgspec.json.encode(shown).decode())
