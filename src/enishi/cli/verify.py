"""`enishi verify`: walks the data of a mesh, also while it runs, and says what is wrong and where.

The order of the steps is the order of trust: (1) the files themselves, (2) the registry under the pinned keys, (3) checkpoints under the
registry's keys, (4) leaves, tiles and label maps under the checkpoints, (5) chains, (6) items, receipts and outcomes, (7) sealed bodies, (8) the
witnesses, (9) the institutions' own records.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.text import Text

from enishi import clock
from enishi.cli.walk.answered import AnsweredWalk
from enishi.cli.walk.asked import AskedWalk, walk_missing
from enishi.cli.walk.chains import walk_chains
from enishi.cli.walk.changes import walk_changes, walk_told
from enishi.cli.walk.checkpoints import Checkpoints, walk_checkpoints
from enishi.cli.walk.findings import Finding, Findings
from enishi.cli.walk.items import ItemWalk, walk_records, walk_transactions
from enishi.cli.walk.logged import Logged
from enishi.cli.walk.notes import NoteWalk
from enishi.cli.walk.own import OwnWalk
from enishi.cli.walk.registry import History, walk_copies, walk_registry
from enishi.cli.walk.sealed import walk_bodies
from enishi.cli.walk.sources import Sources, demand_mesh, open_sources
from enishi.cli.walk.suspensions import walk_suspensions
from enishi.cli.walk.tree import TreeWalk, Walked
from enishi.cli.walk.witnesses import walk_witnesses

OK, WRONG = 0, 1
NO_LOOKS: Final[dict[bytes, int]] = {}
T = TypeVar("T")


class Report(msgspec.Struct, frozen=True):
    """What the walk found: `more` counts findings beyond those kept, `unchecked` names what could not be checked here."""

    ok: bool
    rows: int
    leaves: int
    findings: tuple[Finding, ...]
    more: int
    unchecked: tuple[str, ...]


def verify(data: Path, json: bool = False) -> int:
    """Walk with progress on standard error, print the findings (or one line of JSON), return the exit status: 1 if anything is wrong."""
    if json:
        report = verify_data(data)
        Console(highlight=False, soft_wrap=True).print(msgspec.json.encode(_shown(report)).decode(), markup=False)
    else:
        report = _with_bars(data)
        _print(report, Console(highlight=False))
    return OK if report.ok else WRONG


def verify_data(data: Path, progress: Progress | None = None) -> Report:
    """Walk everything below a data folder; Misconfigured("evidence-folder-wrong") where there is no keeper's database."""
    bars: dict[str, TaskID] = {}

    def told(step: str, done: int, total: int) -> None:
        if progress is not None:
            if step not in bars:
                bars[step] = progress.add_task(step)
            progress.update(bars[step], completed=done, total=total)

    demand_mesh(data)
    findings, leaves = Findings(told), 0
    with findings.watch("database-damaged", "keeper", "keeper.db"), contextlib.closing(open_sources(data, findings)) as sources:
        leaves = _walk(sources, findings, clock.now_ms())
    return Report(not findings.found, findings.rows, leaves, tuple(findings.found), findings.more, tuple(findings.unchecked))


def _walk(sources: Sources, findings: Findings, now_ms: int) -> int:
    for name, connection in sources.all():
        with findings.watch("database-damaged", name, "integrity_check"):
            for (said,) in connection.execute("PRAGMA integrity_check(20)"):
                findings.demand(said == "ok", "database-damaged", name, "integrity_check", said)
    keeper, keys = sources.keeper, sources.keys
    history = _step(findings, "registry", lambda: walk_registry(sources, findings), History())
    _step(findings, "registry", lambda: walk_copies(sources, findings, history, now_ms), None)
    _step(findings, "registry", lambda: walk_suspensions(sources, findings, history), None)
    checkpoints = _step(findings, "checkpoints", lambda: walk_checkpoints(keeper, findings, history, sources.own_witnesses.values()), Checkpoints(""))
    walked = _step(findings, "leaves", lambda: TreeWalk(keeper, findings, checkpoints).walk(), Walked(0, 0, 0))
    _step(findings, "chains", lambda: walk_chains(keeper, findings, keys, walked), None)
    _step(findings, "items", lambda: ItemWalk(keeper, findings, history, keys).walk(), None)
    _step(findings, "withheld notes", lambda: NoteWalk(keeper, findings, keys).walk(), None)
    _step(findings, "notices of change", lambda: walk_changes(keeper, findings, history, keys), None)
    looks = _step(findings, "records", lambda: walk_records(keeper, findings), NO_LOOKS)
    _step(findings, "transactions", lambda: walk_transactions(keeper, findings, looks), None)
    _step(findings, "bodies", lambda: walk_bodies(keeper, findings, keys.disclosure), None)
    _step(findings, "witnesses", lambda: walk_witnesses(sources, findings, checkpoints, now_ms), None)
    _step(findings, "institutions", lambda: _walk_tenants(sources, findings, history, now_ms), None)
    return walked.leaves


def _step(findings: Findings, name: str, work: Callable[[], T], otherwise: T) -> T:
    # Whatever damage the walk itself did not expect ends this step alone, and is told.
    with findings.watch("database-damaged", name, ""):
        return work()
    return otherwise


def _walk_tenants(sources: Sources, findings: Findings, history: History, now_ms: int) -> None:
    logged = Logged(sources.keeper, findings, sources.keys.rest, sources.settled, now_ms)
    for tenant in sources.tenants.values():
        AskedWalk(tenant, findings, history, logged).walk()
        AnsweredWalk(tenant, findings, history, logged).walk()
        OwnWalk(tenant, findings, history, logged).walk()
        walk_told(sources.keeper, tenant, findings, history)
    if sources.tenants:
        walk_missing(sources, findings, history, logged)


def _with_bars(data: Path) -> Report:
    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        return verify_data(data, progress)


def _shown(report: Report) -> dict[str, object]:
    shown = [{**msgspec.structs.asdict(one), "what": one.what, "next": one.next} for one in report.findings]
    return {**msgspec.structs.asdict(report), "findings": shown}


def _print(report: Report, console: Console) -> None:
    for one in report.findings:
        console.print(Text(f"{one.table} {one.key}", "bold red"), Text(one.slug, "dim"))
        console.print(f"  {one.what.ja}\n  {one.what.en}", markup=False)
        console.print(Text(f"  {one.detail}", "dim"))
    if report.more:
        console.print(f"… {report.more}", markup=False)
    for line in report.unchecked:
        console.print(Text(f"未確認 / not checked: {line}", "yellow"))
    if report.ok:
        console.print(Text(f"すべて一致しました。 / Everything agrees. ({report.leaves} leaves, {report.rows} rows)", "green"))
    else:
        count = len(report.findings) + report.more
        console.print(Text(f"{count} 件の不一致があります。 / {count} things do not agree.", "bold red"))
