"""`enishi gateway evidence search|export`: an institution's own evidence from its folder, while the gateway runs or not."""

import os
from datetime import date, datetime, time
from functools import partial
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from enishi.cli.gateway.places import opened, platform_of, tenants_of
from enishi.clock import JST
from enishi.errors import Malformed, Misconfigured
from enishi.roles.gateway.evidence.kept import bundle_of
from enishi.roles.gateway.evidence.searching import EvidenceShown, Search, search
from enishi.roles.gateway.identifiers import read_id


def run_search(data: Path, tenant: str, words: dict[str, str], days: tuple[str, str], json: bool) -> int:
    """Print what meets every word; every page of it."""
    platform = platform_of(data)
    (known,) = tenants_of(platform, tenant)
    wanted = msgspec.convert({name: word for name, word in words.items() if word} | _between(days), Search)
    found: list[EvidenceShown] = []
    with opened(platform, known) as database:
        while page := database.read_now(partial(search, wanted=msgspec.structs.replace(wanted, after=found[-1].item_id if found else ""))):
            found += page
    if json:
        print(msgspec.json.encode({"items": found}).decode())
    else:
        _print(found)
    return 0


def run_export(data: Path, tenant: str, item: str, output: Path) -> int:
    """Write the bundle of one item; Misconfigured("evidence-not-writable")."""
    platform = platform_of(data)
    (known,) = tenants_of(platform, tenant)
    with opened(platform, known) as database:
        bundle = database.read_now(lambda connection: bundle_of(connection, platform, read_id(item, "item_id")))
    try:
        # The sealed answer may be personal information under somebody's key: the file is for its owner until they give it away.
        with open(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(bundle)
    except OSError as error:
        raise Misconfigured("evidence-not-writable", f"{output}: {error.strerror}", "output") from error
    Console(highlight=False).print(str(output), markup=False)
    return 0


def _between(days: tuple[str, str]) -> dict[str, int]:
    """Half-open, in JST: the first day from its beginning, the last one to its end."""
    since, until = days
    found = {"from_ms": _start(since)} if since else {}
    return found | ({"until_ms": _start(until) + 86_400_000} if until else {})


def _start(day: str) -> int:
    try:
        return int(datetime.combine(date.fromisoformat(day), time(), JST).timestamp() * 1000)
    except ValueError:
        raise Malformed("day-unreadable", day[:20], "from") from None


def _print(found: list[EvidenceShown]) -> None:
    table = Table(box=None, pad_edge=False)
    for head in (
        "照会日時 asked",
        "事件 case",
        "本人 person",
        "事務 affair",
        "提供者 provider",
        "担当 officer",
        "結果 outcome",
        "証拠 evidence",
        "item",
    ):
        table.add_column(head, overflow="fold")
    for one in found:
        ended = one.outcome or one.verdict
        table.add_row(one.asked_at, one.case, one.person, one.affair, one.provider, f"{one.system}/{one.officer}", ended, one.evidence, one.item_id)
    console = Console(highlight=False)
    console.print(table)
    console.print(f"{len(found)} 件 items")
