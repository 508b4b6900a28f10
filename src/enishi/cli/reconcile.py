"""`enishi reconcile`: the commission holds the records of inquirers, providers and keeper against each other and against the log."""

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.text import Text

from enishi import clock
from enishi.cli.ending import day_of
from enishi.cli.handedin import Party, known, parties, read_leaves, registry
from enishi.cli.walk.findings import UNREADABLE
from enishi.errors import Fault
from enishi.protocol.handed import Handed, write_handed
from enishi.protocol.receipt import KEEPER
from enishi.roles.gateway.handing import Period
from enishi.roles.oversight.reconciling import Difference, Reconciling

OK, WRONG = 0, 1
KEPT: Final = 500
"""Differences kept word for word; what comes after them is counted."""


class Wanted(msgspec.Struct, frozen=True):
    """What to reconcile: `data` with the commission's folder; `records` a folder of files in place of databases, `log` an address in place of one."""

    data: Path
    records: Path | None = None
    log: str = ""
    period: Period = Period()


class Report(msgspec.Struct, frozen=True):
    """What came of it: how many items of how many parties, and on what they do not agree; `more` counts beyond those kept."""

    ok: bool
    items: int
    leaves: int
    parties: tuple[str, ...]
    absent: tuple[str, ...]
    """Institutions of the registry, or the keeper, whose records were not handed in."""
    differences: tuple[Difference, ...]
    more: int


class Bars:
    """Progress by step; nothing without a display."""

    def __init__(self, progress: Progress | None = None) -> None:
        """`progress` shows the steps."""
        self._progress = progress
        self._bars: dict[str, TaskID] = {}

    def told(self, step: str, done: int, total: int) -> None:
        """Say how far a step has come."""
        if self._progress is not None:
            if step not in self._bars:
                self._bars[step] = self._progress.add_task(step)
            self._progress.update(self._bars[step], completed=done, total=total)


def run_reconcile(wanted: Wanted, json: bool = False, write: Path | None = None) -> int:
    """Reconcile with progress on standard error, print what differs (or one line of JSON), and return 1 if anything does.

    With `write` the records are only written there, a file for each party, as they would be handed in.
    """
    console = Console(highlight=False, soft_wrap=json)
    if write is not None:
        _write(parties(wanted.data, wanted.records, wanted.period), write)
        return OK
    if json:
        report = reconcile(wanted)
        shown = [{**msgspec.structs.asdict(one), "what": one.what, "next": one.next} for one in report.differences]
        console.print(msgspec.json.encode({**msgspec.structs.asdict(report), "differences": shown}).decode(), markup=False)
    else:
        columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            report = reconcile(wanted, Bars(progress))
        _print(report, console)
    return OK if report.ok else WRONG


def reconcile(wanted: Wanted, bars: Bars | None = None, now_ms: int | None = None) -> Report:
    """Read everything once, then compare; the faults of `registry` and `read_leaves`, and a party that cannot be read is a difference."""
    bars, until_ms = bars or Bars(), min(wanted.period.until_ms, clock.now_ms() if now_ms is None else now_ms)
    snapshots, everybody, lines, differences = registry(wanted.data), parties(wanted.data, wanted.records, wanted.period), [], []
    readable = set()
    for done, party in enumerate(everybody):
        bars.told("records", done, len(everybody))
        try:
            lines += _lines(party)
            readable.add(party.name)
        except (Fault, sqlite3.Error, OSError, *UNREADABLE) as error:
            differences.append(Difference("reconcile-unreadable", "", f"{party.name}: {type(error).__name__} {error}"[:200]))
    bars.told("records", len(everybody), len(everybody))
    leaves = read_leaves(wanted.data, wanted.log, snapshots, wanted.period, lambda done, total: bars.told("log", done, total))
    reconciling = Reconciling(known(snapshots), leaves, readable, until_ms)
    for line in lines:
        reconciling.take(line)
    for done, item_id in enumerate(reconciling.items):
        differences += reconciling.of(item_id)
        bars.told("items", done + 1, len(reconciling.items))
    differences += reconciling.unclaimed()
    kept, absent = tuple(differences[:KEPT]), {KEEPER, *(one.id for one in snapshots[-1].institutions)} - readable
    counts = len(reconciling.items), len(leaves.hashes)
    return Report(not differences, *counts, tuple(sorted(readable)), tuple(sorted(absent)), kept, len(differences) - len(kept))


def period_of(since: str, until: str) -> Period:
    """From the first moment of a day in Japan to the end of another; an empty day leaves that end open."""
    start = _midnight(since, 0) if since else 0
    return Period(start, _midnight(until, 1)) if until else Period(start)


def _midnight(day: str, later: int) -> int:
    first = datetime.combine(day_of(day, "period"), datetime.min.time(), clock.JST)
    return int((first + timedelta(days=later)).timestamp() * 1000)


def _lines(party: Party) -> list[Handed]:
    # A party speaks for itself only, and only the keeper for the keeper: whoever hands in another's name is not read.
    lines = list(party.lines())
    wrong = [one.by for one in lines if one.by != party.name or (one.part == KEEPER) is not (party.name == KEEPER)]
    if wrong:
        raise ValueError(f"speaks for {wrong[0]}")
    return lines


def _write(everybody: list[Party], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for party in everybody:
        (folder / f"{party.name}.jsonl").write_bytes(b"".join(write_handed(line) + b"\n" for line in party.lines()))


def _print(report: Report, console: Console) -> None:
    for one in report.differences:
        console.print(Text(one.item_id or one.detail, "bold red"), Text(one.slug, "dim"))
        console.print(f"  {one.what.ja}\n  {one.what.en}", markup=False)
        console.print(Text(f"  {one.detail}", "dim"))
    if report.more:
        console.print(f"… {report.more}", markup=False)
    if report.absent:
        console.print(Text(f"未提出 / not handed in: {', '.join(report.absent)}", "yellow"))
    said = f"{report.items} items, {len(report.parties)} parties, {report.leaves} leaves"
    if report.ok:
        console.print(Text(f"三者の記録は一致しています。 / The records agree. ({said})", "green"))
    else:
        count = len(report.differences) + report.more
        console.print(Text(f"{count} 件の食い違いがあります。 / {count} differences. ({said})", "bold red"))
