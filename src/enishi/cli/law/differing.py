"""`enishi law diff`: what became lawful between two days and what ceased, in words: a summary, then affair by affair."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from enishi.cli.law.speech import Speech
from enishi.law import load
from enishi.law.diff import AffairChange, Diff, Lawful, about, differ

Names = tuple[str, ...]


def run_diff(earlier: date, later: date, affair: str, language: str, as_json: bool) -> int:
    """Print the changes from one day to another; `affair` keeps those of one law, wording or row."""
    speech, console = Speech(language), Console(highlight=False, soft_wrap=True)
    diff = differ(load(), earlier, later)
    diff = about(diff, affair) if affair else diff
    if as_json:
        console.print(msgspec.json.encode(in_json(diff)).decode(), markup=False)
        return 0
    console.print(Text(speech.say("diff-title", earlier=earlier, later=later), "bold"))
    if not affair:
        _summary(diff, speech, console)
    for kind in ("number_use", "linkage"):
        found = [change for change in diff.affairs if change.kind == kind]
        if found:
            console.print(Text(f"\n■ {speech.say(kind)}", "bold"))
        for change in found:
            _affair(change, speech, console)
    if not diff.affairs:
        console.print(Text(speech.say("diff-nothing")))
    if max(earlier, later) > diff.verified_until:
        console.print(Text("\n" + speech.say("diff-beyond", day=diff.verified_until), "yellow"))
    return 0


def in_json(diff: Diff) -> dict[str, Any]:
    """The whole diff as JSON data: every change as one object with its affair's rows."""
    counted = {kind: counts([change for change in diff.affairs if change.kind == kind]) for kind in ("number_use", "linkage")}
    return {
        "from": diff.earlier.isoformat(),
        "to": diff.later.isoformat(),
        "verified_until": diff.verified_until.isoformat(),
        "summary": counted | {"renumbered": len(diff.renumbered), "unchanged": diff.unchanged},
        "affairs": [_affair_in_json(change) for change in diff.affairs],
        "renumbered": [{"before": before, "after": after} for before, after in diff.renumbered],
    }


def counts(changes: list[AffairChange]) -> dict[str, int]:
    """How many affairs began, ended, changed, and how many ways became lawful or ceased, those in other words alone among them."""
    return {
        "begun": sum(not change.before for change in changes),
        "ended": sum(not change.after for change in changes),
        "changed": sum(bool(change.before and change.after) for change in changes),
        "became": sum(len(change.became) for change in changes),
        "ceased": sum(len(change.ceased) for change in changes),
        "in_words": sum(len(change.became_in_words) + len(change.ceased_in_words) for change in changes),
    }


def _affair_in_json(change: AffairChange) -> dict[str, Any]:
    shown = msgspec.to_builtins(change)
    for act in ("became", "ceased", "became_in_words", "ceased_in_words"):
        shown[act] = [{key: value for key, value in one._asdict().items() if value and key != "affair"} for one in getattr(change, act)]
    return dict(shown)


def _summary(diff: Diff, speech: Speech, console: Console) -> None:
    counted = [counts([change for change in diff.affairs if change.kind == kind]) for kind in ("number_use", "linkage")]
    table = Table(box=None, pad_edge=False)
    for head in ("", speech.say("number_use"), speech.say("linkage")):
        table.add_column(head, justify="right" if head else "left")
    for line in counted[0]:
        table.add_row(speech.say(f"column-{line}"), *(str(found[line]) for found in counted))
    console.print(table)
    console.print(Text(speech.say("diff-unchanged", unchanged=diff.unchanged, renumbered=len(diff.renumbered)), "dim"))


def _affair(change: AffairChange, speech: Speech, console: Console) -> None:
    act = "changed" if change.before and change.after else "begun" if change.after else "ended"
    style = {"changed": "bold yellow", "begun": "bold green", "ended": "bold red"}[act]
    rows = f"{change.before or '—'} → {change.after or '—'}"
    console.print(Text(f"\n[{speech.say(f'act-{act}')}] ", style).append(change.words, "bold"))
    console.print(Text(f"    {speech.list(change.laws)}   {rows}", "dim"))
    if change.likeness == "reworded" and act == "changed":
        console.print(Text(f"    {speech.say('diff-reworded')}", "dim"))
    if change.origin and act == "begun":
        console.print(Text(f"    {speech.say('diff-origin', origin=change.origin)}", "dim"))
    for sign, color, found, same in (
        ("＋", "green", change.became, change.became_in_words),
        ("－", "red", change.ceased, change.ceased_in_words),
    ):
        told = [one for one in found if one not in same]
        for line in lines(told, speech):
            console.print(Text(f"    {sign} {line}", color))
        for line in lines(same, speech):
            console.print(Text(f"    {sign} {line}  {speech.say('in-words')}", "dim"))
    if change.doubt:
        console.print(Text(f"    ? {change.doubt}", "yellow"))


def lines(found: Iterable[Lawful], speech: Speech) -> Iterator[str]:
    """Many ways in few lines: those who give the same to the same stand together."""
    by_pair: dict[tuple[str, str], list[str]] = {}
    for one in found:
        by_pair.setdefault((one.party, one.provider), []).append(one.item)
    by_party: dict[tuple[str, Names], list[str]] = {}
    for (party, provider), given in by_pair.items():
        by_party.setdefault((party, tuple(given)), []).append(provider)
    together: dict[tuple[Names, Names], list[str]] = {}
    for (party, items), asked in by_party.items():
        together.setdefault((tuple(asked), items), []).append(party)
    for (providers, items), parties in together.items():
        linked = f" ← {speech.list(providers)}: {speech.list(items)}" if any(providers) else ""
        yield f"{speech.list(tuple(parties))}{linked}"
