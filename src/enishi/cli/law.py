"""`enishi law decide`: questions in JSON or JSON Lines, verdicts in JSON Lines; no mesh is needed."""

import sys
from datetime import date
from pathlib import Path

from enishi import society
from enishi.errors import Malformed, Unknown
from enishi.law import Party, Policy, answer_lines, load
from enishi.protocol.legal import party_of_capacities


def run_decide(source: Path, on: date | None, proposals: bool) -> int:
    """Answer every question of a file (`-` is standard input), one line each."""
    policy = Policy(demand="row", proposals="count" if proposals else "ignore")
    for line in answer_lines(_read(source), load(), on, institutions=_party, policy=policy):
        print(line)
    return 0


def _read(source: Path) -> str:
    try:
        return sys.stdin.read() if str(source) == "-" else source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Malformed("file-unreadable", str(source), "file") from error


def _party(institution: str, on: date) -> Party | None:
    """The demo's institutions, for questions that name one."""
    try:
        one = society.institution(institution)
    except Unknown:
        return None
    return party_of_capacities(one.id, one.capacities, on)
