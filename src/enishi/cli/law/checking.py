"""`enishi law lint` and `enishi law stats`: the faults of the law data, and how much of it is held."""

from typing import Any, Final

import msgspec
from rich.console import Console
from rich.text import Text

from enishi import society
from enishi.cli.law.speech import Speech
from enishi.law import load
from enishi.law.finding import Finding
from enishi.law.lint import lint
from enishi.law.stats import Stats, stats

CLEAN, FOUND = 0, 1
COLUMNS: Final = ("rows", "deleted", "grants", "tuples", "purposes", "entries", "coded_entries", "row_doubts", "entry_doubts")


def run_lint(held: bool, reviewed: bool, language: str, as_json: bool) -> int:
    """Print every finding; 1 if one is found that was not reviewed.  `held` asks also about the capacities of the demo's institutions:
    one that law does not know is a finding; one of law's that nobody there holds is told and changes nothing.  `reviewed` shows what stays, too.
    """
    speech, console = Speech(language), Console(highlight=False, soft_wrap=True)
    capacities = [capacity.name for one in society.institutions() for capacity in one.capacities] if held else None
    report = lint(load(), capacities)
    if as_json:
        shown = {
            "ok": not report.findings,
            "findings": [_in_json(one) for one in report.findings],
            "known": [_in_json(one) | {"reason": reason} for one, reason in report.known],
            "unheld": [name for one in report.unheld for name in one.about],
        }
        console.print(msgspec.json.encode(shown).decode(), markup=False)
        return FOUND if report.findings else CLEAN
    for one in report.findings:
        _print(one, "bold red", speech, console)
    for one, reason in report.known if reviewed else ():
        _print(one, "yellow", speech, console)
        console.print(Text(f"    {speech.say('lint-known', reason=reason)}", "dim"))
    if report.unheld:
        names = tuple(name for one in report.unheld for name in one.about)
        console.print(Text(speech.say("lint-unheld", count=len(names), names=speech.list(names)), "dim"))
    count = len(report.findings)
    console.print(Text(speech.say("lint-found" if count else "lint-clean", count=count, known=len(report.known)), "bold red" if count else "green"))
    return FOUND if count else CLEAN


def _in_json(finding: Finding) -> dict[str, Any]:
    message = {"ja": finding.message.ja, "en": finding.message.en}
    return {"code": finding.code, "citation": finding.citation, "about": list(finding.about), "message": message}


def _print(finding: Finding, style: str, speech: Speech, console: Console) -> None:
    console.print(Text(f"{finding.citation or '—'}  ", style).append(finding.code, "dim"))
    console.print(Text(f"    {speech.of(finding.message)}"))


def run_stats(language: str, as_json: bool) -> int:
    """Print what the tables hold."""
    speech, console = Speech(language), Console(highlight=False, soft_wrap=True)
    counted = stats(load())
    if as_json:
        console.print(msgspec.json.encode(counted).decode(), markup=False)
        return CLEAN
    _tables(counted, speech, console)
    for key, value in _rest(counted):
        console.print(Text(f"{speech.say(key)}: ", "dim").append(value, "default"))
    return CLEAN


def _tables(counted: Stats, speech: Speech, console: Console) -> None:
    for one in counted.tables:
        console.print(Text(f"{one.source}#{one.table}", "bold").append(f"  {one.effective_on} → {one.until or ''}", "not bold dim"))
        told = [f"{speech.say(f'stats-{column}')} {getattr(one, column)}" for column in COLUMNS if getattr(one, column)]
        console.print(Text(f"    {speech.list(tuple(told))}"))


def _rest(counted: Stats) -> tuple[tuple[str, str], ...]:
    crossings = "; ".join(f"{source} {_counts(kinds)}" for source, kinds in counted.crossings.items())
    return (
        ("stats-affairs", _counts(counted.affairs)),
        ("stats-ties", f"{_counts(counted.ties)} (? {counted.tie_doubts})"),
        ("stats-crossings", f"{crossings} (? {counted.crossing_doubts})"),
        ("stats-definitions", str(counted.definitions)),
        ("stats-powers", str(counted.powers)),
        ("stats-known", str(counted.known_edges)),
        ("stats-verified", counted.verified_until.isoformat()),
    )


def _counts(counts: Any) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
