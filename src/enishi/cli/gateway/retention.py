"""`enishi gateway retention`: what ended more than seven years ago, and bulk that is kept no longer, is counted or deleted, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from enishi import clock
from enishi.cli.gateway.places import count, opened, platform_of, tenants_of
from enishi.errors import Fault
from enishi.protocol.registry import read_snapshot
from enishi.roles.gateway.bulk.retention import DAY_MS, count_spent, delete_spent, rules_for
from enishi.roles.gateway.evidence.kept import FOLDER
from enishi.roles.gateway.evidence.retention import BASIS, YEARS, Old, count_old, cutoff_ms, delete_old
from enishi.seal.dsse import decode_envelope
from enishi.store.database import Database


def run_retention(data: Path, tenant: str, dry_run: bool) -> int:
    """Every tenant, or the one named; then registries that no evidence names any more."""
    platform, before_ms = platform_of(data), cutoff_ms(clock.now_ms())
    console = Console(highlight=False, soft_wrap=True)
    day = clock.moment(before_ms).isoformat(timespec="seconds")
    console.print(f"{YEARS} 年 years: {', '.join(BASIS)}   {day} より前に終わったもの / what ended before", markup=False)
    for one in tenants_of(platform, tenant):
        with opened(platform, one) as database:
            old = database.read_now(lambda connection: count_old(connection, before_ms)) if dry_run else delete_old(database, before_ms)
            spent = _spent(platform / "tenants" / one, database, dry_run)
        console.print(f"{one}: {_told(old, dry_run)}, 一括 messages of bulk {spent}", markup=False)
    unnamed = list(_unnamed(platform, before_ms))
    for path in unnamed if not dry_run else ():
        path.unlink()
    console.print(f"登録簿 registries: {len(unnamed)}")
    return 0


def _told(old: Old, dry_run: bool) -> str:
    done = "削除の対象 would be deleted" if dry_run else "削除しました deleted"
    return f"{done}: 照会 inquiries {old.asked}, 提供 answers {old.answered}"


def _spent(folder: Path, database: Database, dry_run: bool) -> int:
    rules = rules_for(folder)
    if rules is None:
        return 0
    before_ms = clock.now_ms() - rules.keep_days * DAY_MS
    return database.read_now(lambda connection: count_spent(connection, before_ms)) if dry_run else delete_spent(database, before_ms)


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
