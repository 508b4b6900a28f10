"""`enishi gateway retention`: what ended more than seven years ago is counted, or deleted, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from enishi import clock
from enishi.cli.gateway.places import count, opened, platform_of, tenants_of
from enishi.errors import Fault
from enishi.protocol.registry import read_snapshot
from enishi.roles.gateway.evidence.kept import FOLDER
from enishi.roles.gateway.evidence.retention import BASIS, YEARS, Old, count_old, cutoff_ms, delete_old
from enishi.seal.dsse import decode_envelope


def run_retention(data: Path, tenant: str, dry_run: bool) -> int:
    """Every tenant, or the one named; then registries that no evidence names any more."""
    platform, before_ms = platform_of(data), cutoff_ms(clock.now_ms())
    console = Console(highlight=False, soft_wrap=True)
    day = clock.moment(before_ms).isoformat(timespec="seconds")
    console.print(f"{YEARS} 年 years: {', '.join(BASIS)}   {day} より前に終わったもの / what ended before", markup=False)
    for one in tenants_of(platform, tenant):
        with opened(platform, one) as database:
            old = database.read_now(lambda connection: count_old(connection, before_ms)) if dry_run else delete_old(database, before_ms)
        console.print(f"{one}: {_told(old, dry_run)}", markup=False)
    unnamed = list(_unnamed(platform, before_ms))
    for path in unnamed if not dry_run else ():
        path.unlink()
    console.print(f"登録簿 registries: {len(unnamed)}")
    return 0


def _told(old: Old, dry_run: bool) -> str:
    done = "削除の対象 would be deleted" if dry_run else "削除しました deleted"
    return f"{done}: 照会 inquiries {old.asked}, 提供 answers {old.answered}"


def _unnamed(platform: Path, before_ms: int) -> Iterator[Path]:
    named, gathering = set[str](), 0
    for one in tenants_of(platform):
        with opened(platform, one) as database:
            rows = database.read_now(lambda connection: connection.execute("SELECT DISTINCT registry FROM evidence").fetchall())
            gathering += database.read_now(lambda connection: count(connection, "SELECT count(*) FROM asked_item WHERE evidence = 0"))
        named |= {row[0].hex() for row in rows}
    for path in sorted((platform / FOLDER).glob("*.json")):
        # While anything is still to be gathered, it may name any of them.
        if not gathering and path.stem not in named and _made_before(path, before_ms):
            yield path


def _made_before(path: Path, before_ms: int) -> bool:
    try:
        return read_snapshot(decode_envelope(path.read_bytes()).payload).at_ms < before_ms
    except (OSError, Fault):
        return False
