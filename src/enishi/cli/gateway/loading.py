"""`enishi gateway load`: a tenant's folder opened beside the running gateway, a bar on standard error, the report on standard output."""

from contextlib import closing
from datetime import datetime
from pathlib import Path

import msgspec
import typer

from enishi import clock
from enishi.cli.gateway.bars import bar
from enishi.errors import Misconfigured
from enishi.roles.gateway.load.adapter import read_adapter
from enishi.roles.gateway.load.loading import Place, Report, load
from enishi.roles.gateway.schema import MIGRATIONS
from enishi.store.database import Database
from enishi.store.lock import claim

SHOWN = 20
"""Bad rows that are told on the terminal; all that are kept stand in the report."""


def run_load(data: Path, tenant: str, file: Path, as_of: str, report: Path | None) -> int:
    """Load, tell, and end with 0 if the answers now come from this source."""
    folder = tenant_folder(data, tenant)
    adapter = read_adapter(_read(file))
    at_ms = _time(as_of)
    spool = folder / "load"
    spool.mkdir(mode=0o700, exist_ok=True)
    # One load at a time; the running gateway holds another claim and goes on answering.
    with claim(spool), closing(_Opened(folder)) as opened, bar("load") as told:
        done = load(adapter, Place(opened.database, file.resolve().parent, spool), at_ms, told)
    if report is not None:
        report.write_bytes(msgspec.json.format(msgspec.json.encode(done)) + b"\n")
    _tell(done)
    return 0 if done.state == "answering" else 1


class _Opened:
    def __init__(self, folder: Path) -> None:
        self.database = Database.open(folder / "gateway.db", MIGRATIONS)

    def close(self) -> None:
        self.database.close_now()


def tenant_folder(data: Path, tenant: str) -> Path:
    """The tenant's folder below a mesh's data folder, or below a gateway's own."""
    for root in (data / "gateway" / "tenants", data / "tenants"):
        if (root / tenant / "gateway.db").is_file() and tenant in {path.name for path in root.iterdir()}:
            return root / tenant
    raise Misconfigured("tenant-not-here", tenant[:40], "tenant")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Misconfigured("adapter-unreadable", f"{file.name}: {error.strerror}", "adapter") from error


def _time(as_of: str) -> int:
    if not as_of:
        return 0
    try:
        at = datetime.fromisoformat(as_of)
    except ValueError:
        raise Misconfigured("as-of-wrong", as_of[:40], "as-of") from None
    if at.tzinfo is None or not 0 < (at_ms := int(at.timestamp() * 1000)) <= clock.now_ms():
        raise Misconfigured("as-of-wrong", as_of[:40], "as-of")
    return at_ms


def _tell(done: Report) -> None:
    typer.echo(f"{done.adapter}: {done.item}, {done.rows} rows, {done.good} good, {done.bad} bad; {done.state}")
    if done.resumed_after:
        typer.echo(f"  went on after row {done.resumed_after} of an earlier run")
    for bad in done.bad_rows[:SHOWN]:
        typer.echo(f"  row {bad.row}: {bad.column or '-'}: {bad.reason}")
    if len(done.bad_rows) > SHOWN:
        typer.echo(f"  and {done.bad - SHOWN} more")
