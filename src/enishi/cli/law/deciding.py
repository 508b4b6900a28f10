"""`enishi law decide`: questions in JSON or JSON Lines, a verdict a line, as they come."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from enishi import society
from enishi.cli.law.speech import Speech
from enishi.errors import Malformed, Unknown
from enishi.law import Party, Policy, answer_lines, load
from enishi.law.ordinance.form import Ordinance
from enishi.law.ordinance.read import read_ordinance
from enishi.protocol.legal import party_of_capacities

ONE_QUESTION: Final = 1024 * 1024
"""Bytes that one question may take when it is spread over lines; a longer text is read line by line."""

ANSWERED, UNREADABLE = 0, 1
PROBLEM: Final = '{"problem":{'
LISTED: Final = 10
"""Lines that are named at the end; how many there were is always said."""


def run_decide(source: Path, on: date | None, proposals: bool, ordinances: Path | None = None) -> int:
    """Answer every question of a file (`-` is standard input), one line each; 1 if one of them could not be read, else 0.

    A line that could not be read is answered in its place, with its number in the file, and how many there were is said at the end.

    `ordinances` is a folder of ordinance files, for questions about ordinance affairs and hand-overs inside a local government; without one
    those of the demo are known.
    """
    policy, known, broken = policy_of(proposals), ordinances_in(ordinances), 0
    shown: list[int] = []
    with opened(source) as file:
        for number, question in questions(file):
            for line in answer_lines(question, load(), on, institutions=party, policy=policy, ordinances=known):
                unread = line.startswith(PROBLEM)
                sys.stdout.write((placed(line, number) if unread else line) + "\n")
                # Flushed line by line, so that a program may ask and read in turn.
                sys.stdout.flush()
                broken += unread
                shown += [number] if unread and len(shown) < LISTED else []
    if broken:
        _tell(broken, shown)
    return UNREADABLE if broken else ANSWERED


def placed(problem: str, line: int) -> str:
    """The problem of a line that could not be read, with the line's number, from 1, in the text that was given."""
    return f'{PROBLEM}"line":{line},{problem.removeprefix(PROBLEM)}'


def _tell(broken: int, shown: list[int]) -> None:
    more = ", …" if broken > len(shown) else ""
    places = ", ".join(map(str, shown)) + more
    say = (Speech("ja"), Speech("en"))
    sys.stderr.write(" / ".join(one.say("decide-unread", count=broken, lines=places) for one in say) + "\n")


def ordinances_in(folder: Path | None) -> tuple[Ordinance, ...]:
    """Every `*.yaml` of the folder, without one those of the demo's institutions; Malformed("file-unreadable" | "ordinance-unreadable" | …)."""
    if folder is None:
        return society.ordinances()
    if not folder.is_dir():
        raise Malformed("file-unreadable", str(folder), "ordinances")
    try:
        texts = [(path.name, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yaml"))]
    except (OSError, UnicodeDecodeError) as error:
        raise Malformed("file-unreadable", str(folder), "ordinances") from error
    return tuple(read_ordinance(text, name) for name, text in texts)


def policy_of(proposals: bool) -> Policy:
    """The command's policy: as deep as the question goes, proposed rows only where they were asked for."""
    return Policy(demand="row", proposals="count" if proposals else "ignore")


@contextmanager
def opened(source: Path) -> Iterator[BinaryIO]:
    """A file, or standard input for `-`, in bytes; Malformed("file-unreadable")."""
    if str(source) == "-":
        yield sys.stdin.buffer
        return
    try:
        file = source.open("rb")
    except OSError as error:
        raise Malformed("file-unreadable", str(source), "file") from error
    with file:
        yield file


def questions(lines: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    """The questions of a text, as it is read, each with the number of its first line: one JSON value over any number of lines, or one a line.

    The first line says which: where it is no JSON by itself, the text is one value unless it is none or has an object on another line.
    """
    waiting: list[tuple[int, bytes]] = []
    stream = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    for number, line in stream:
        waiting.append((number, line))
        if len(waiting) == 1 and _is_json(line):
            break
        if sum(len(held) for _, held in waiting) > ONE_QUESTION:
            break
    else:
        whole = b"".join(line for _, line in waiting)
        if _is_json(whole) or not any(_is_object(line) for _, line in waiting):
            waiting = [(waiting[0][0] if waiting else 1, whole)]
    for number, line in chain(waiting, stream):
        yield number, _text(line)


def _text(line: bytes) -> str:
    # Bytes that are no UTF-8 stay what they are, so that the line is answered as unreadable in its place.
    return line.decode("utf-8", "surrogateescape")


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return False
    return True


def _is_object(text: bytes) -> bool:
    return text.lstrip().startswith(b"{") and _is_json(text)


def party(institution: str, on: date) -> Party | None:
    """The demo's institutions, for questions that name one."""
    try:
        one = society.institution(institution)
    except Unknown:
        return None
    return party_of_capacities(one.id, one.capacities, on)
