"""`enishi law decide`: questions in JSON or JSON Lines, a verdict a line, as they come."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from enishi import society
from enishi.errors import Malformed, Unknown
from enishi.law import Party, Policy, answer_lines, load
from enishi.law.ordinance.form import Ordinance
from enishi.law.ordinance.read import read_ordinance
from enishi.protocol.legal import party_of_capacities

ONE_QUESTION: Final = 1024 * 1024
"""Bytes that one question may take when it is spread over lines; a longer text is read line by line."""

ANSWERED, UNREADABLE = 0, 1


def run_decide(source: Path, on: date | None, proposals: bool, ordinances: Path | None = None) -> int:
    """Answer every question of a file (`-` is standard input), one line each; 1 if one of them could not be read, else 0.

    `ordinances` is a folder of ordinance files, for questions about ordinance affairs and hand-overs inside a local government.
    """
    policy, status, known = policy_of(proposals), ANSWERED, ordinances_in(ordinances)
    with opened(source) as file:
        for question in questions(file):
            for line in answer_lines(question, load(), on, institutions=party, policy=policy, ordinances=known):
                sys.stdout.write(line + "\n")
                # Flushed line by line, so that a program may ask and read in turn.
                sys.stdout.flush()
                status = UNREADABLE if line.startswith('{"problem"') else status
    return status


def ordinances_in(folder: Path | None) -> tuple[Ordinance, ...]:
    """Every `*.yaml` of the folder; Malformed("file-unreadable" | "ordinance-unreadable" | …)."""
    if folder is None:
        return ()
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


def questions(lines: Iterable[bytes]) -> Iterator[str]:
    """The questions of a text, as it is read: one JSON value over any number of lines, or one a line.

    The first line says which: where it is no JSON by itself, the text is one value unless it is none or has an object on another line.
    """
    waiting: list[bytes] = []
    stream = (line for line in lines if line.strip())
    for line in stream:
        waiting.append(line)
        if len(waiting) == 1 and _is_json(line):
            break
        if sum(map(len, waiting)) > ONE_QUESTION:
            break
    else:
        whole = b"".join(waiting)
        if len(waiting) == 1 or _is_json(whole) or not any(_is_object(line) for line in waiting):
            waiting = [whole]
    for line in waiting:
        yield _text(line)
    for line in stream:
        yield _text(line)


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
