"""The sentences of these commands, in Japanese and English, from words.json; and a report told in them."""

from functools import cache
from importlib import resources
from textwrap import indent

import msgspec
from rich.console import Console
from rich.text import Text

from enishi.cli.outside.checking import Check, Report
from enishi.sentences.problems import texts

MARKS = {"holds": ("✔", "green"), "fails": ("✖", "bold red"), "open": ("…", "yellow")}


class Words(msgspec.Struct, frozen=True):
    """A sentence in both languages."""

    ja: str
    en: str

    def both(self) -> str:
        """The sentence in both languages, in one line."""
        return f"{self.ja} / {self.en}"


def say(key: str, **values: object) -> Words:
    """The sentence of a key with its values."""
    words = _words()[key]
    return Words(words.ja.format(**values), words.en.format(**values))


@cache
def _words() -> dict[str, Words]:
    return msgspec.json.decode(resources.files("enishi.cli.outside").joinpath("words.json").read_bytes(), type=dict[str, Words])


def said_of(check: Check) -> Words:
    """What a check found."""
    if check.numbers.get("needed") == 0:
        return say("cosigned-unasked")
    values = {"fresh_or_none": check.numbers.get("fresh") or "0", "stale_or_none": check.numbers.get("stale") or "0"}
    return say(f"{check.name}-{check.state}", **values, **check.numbers)


def verdict_of(report: Report) -> Words:
    """The last line."""
    return say("wrong" if not report.ok else "all-proved" if report.proved else "not-all")


def shown(report: Report) -> dict[str, object]:
    """The report as JSON, with its sentences."""
    checks = []
    for check in report.checks:
        means = say(f"{check.name}-means")
        checks.append({**msgspec.structs.asdict(check), "said": said_of(check), "means": means})
    return {**msgspec.structs.asdict(report), "checks": checks, "said": verdict_of(report), "not_said": say("not-said")}


def tell(report: Report, console: Console) -> None:
    """The report for a person."""
    console.print(Text(f"{report.origin}", "bold"))
    for check in report.checks:
        mark, style = MARKS[check.state]
        said, means = said_of(check), say(f"{check.name}-means")
        console.print(Text(f"{mark} {said.ja}\n  {said.en}", style))
        lines = [f"{means.ja}\n{means.en}"] if check.state == "holds" else []
        if check.slug:
            problem = texts(check.slug)
            lines.append(f"{problem.what.ja} {problem.what.en} ({check.detail})\n{problem.next.ja} {problem.next.en}")
        for line in lines:
            # No padding: it cuts where the terminal ends, and a console that wraps softly does not.
            console.print(Text(indent(line, "    "), "dim"))
    kinds = ", ".join(f"{name} {count}" for name, count in report.kinds.items())
    for key, values in (("contents", {"kinds": kinds}), ("work", {"fetched": report.fetched, "kept": report.kept}), ("not-said", {})):
        words = say(key, **values)
        console.print(Text(f"{words.ja}\n{words.en}", "dim"))
    verdict = verdict_of(report)
    console.print(Text(f"{verdict.ja}\n{verdict.en}", "green" if report.proved else "yellow" if report.ok else "bold red"))
