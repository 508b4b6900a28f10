"""A tenant's database with people, and small sources for loads."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_bytes
from typing import Any

import msgspec

from enishi.roles.gateway.load.adapter import Adapter, read_adapter
from enishi.roles.gateway.load.loading import Place, Report, load
from enishi.roles.gateway.schema import MIGRATIONS
from enishi.store.database import Database

ADAPTER: dict[str, Any] = {
    "v": 1,
    "name": "allowance",
    "item": "child_allowance.v1",
    "source": {"kind": "csv", "file": "source.csv"},
    "mode": "full",
    "bad_rows": "skip",
    "person": "番号",
    "period": {"column": "年度"},
    "fields": {
        "fiscal_year": {"column": "年度"},
        "monthly_amount": {"column": "月額", "read": "integer"},
        "children": {"column": "人数", "table": "count"},
    },
    "tables": {"count": {"一": 1, "二": 2}},
}
HEAD = "番号,年度,月額,人数\n"
PEOPLE = tuple(f"{number:010d}" for number in range(1, 31))


def adapter(**changes: object) -> Adapter:
    return read_adapter(msgspec.json.encode(ADAPTER | changes))


def lay(folder: Path, people: tuple[str, ...] = PEOPLE) -> None:
    """A tenant's folder: its database with people, no copies."""
    folder.mkdir(parents=True, exist_ok=True)
    with opened(folder) as database:
        rows = [(number, token_bytes(16)) for number in people]
        put = "INSERT INTO person (addressee_number, ref, answering, nondisclosure_ground, nondisclosure_until_ms) VALUES (?, ?, 'automatic', '', 0)"
        database.write_now(lambda connection: connection.executemany(put, rows).rowcount)


@contextmanager
def opened(folder: Path) -> Iterator[Database]:
    database = Database.open(folder / "gateway.db", MIGRATIONS)
    try:
        yield database
    finally:
        database.close_now()


def csv_of(rows: list[tuple[str, str, str, str]]) -> str:
    return HEAD + "".join(",".join(row) + "\n" for row in rows)


def every(amount: int, people: tuple[str, ...] = PEOPLE) -> str:
    return csv_of([(number, "2024", str(amount), "一") for number in people])


def run(folder: Path, with_: Adapter, content: str | bytes | None = None, as_of_ms: int = 1_700_000_000_000) -> Report:
    if content is not None:
        (folder / "source.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    with opened(folder) as database:
        return load(with_, Place(database, folder, folder), as_of_ms, lambda done, whole: None)
