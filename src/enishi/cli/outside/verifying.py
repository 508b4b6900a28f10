"""`enishi verify --url`: a public log checked by its address and keys alone."""

from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from enishi import clock
from enishi.cli.outside.checking import Report, Told, Wanted, check_log
from enishi.cli.outside.telling import shown, tell
from enishi.errors import Misconfigured
from enishi.tlog.note import Note, parse_note, parse_verifier
from enishi.tlog.policy import WitnessPolicy

PROVED, WRONG, OPEN = 0, 1, 3
"""Exit status: everything holds, something is false, nothing is false but something is not proved yet."""
_MINUTE_MS: Final = 60_000


class Asked(msgspec.Struct, frozen=True):
    """The options as they were typed; `quorum` below zero asks for every witness that is named."""

    url: str
    log_key: str
    witnesses: tuple[str, ...]
    quorum: int
    max_age_minutes: int
    since: Path | None
    folder: Path | None


def wanted_of(asked: Asked) -> Wanted:
    """The options read; Misconfigured("evidence-file-unreadable") for a kept checkpoint that is not there."""
    if not asked.log_key:
        raise Misconfigured("verifier-key-missing", asked.url, "log-key")
    witnesses = tuple(map(parse_verifier, asked.witnesses))
    needed = len(witnesses) if asked.quorum < 0 else asked.quorum
    policy = WitnessPolicy(needed, witnesses, asked.max_age_minutes * _MINUTE_MS)
    since = _read(asked.since) if asked.since is not None else None
    return Wanted(asked.url, parse_verifier(asked.log_key), policy, since, asked.folder, clock.now_ms())


def verify_url(asked: Asked, as_json: bool = False) -> int:
    """Check, tell in words or as one line of JSON, and return the exit status."""
    wanted = wanted_of(asked)
    if as_json:
        report = check_log(wanted, lambda name, done, total: None)
        print(msgspec.json.encode(shown(report)).decode(), flush=True)
    else:
        report = _with_bars(wanted)
        tell(report, Console(highlight=False, soft_wrap=True))
    return PROVED if report.proved else OPEN if report.ok else WRONG


def _with_bars(wanted: Wanted) -> Report:
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        return check_log(wanted, _told(progress))


def _told(progress: Progress) -> Told:
    bars: dict[str, TaskID] = {}

    def told(name: str, done: int, total: int) -> None:
        if name not in bars:
            bars[name] = progress.add_task(name, total=total)
        progress.update(bars[name], completed=done)

    return told


def _read(path: Path) -> Note:
    try:
        return parse_note(path.read_bytes())
    except OSError as error:
        raise Misconfigured("checkpoint-not-there", str(path), "since") from error
