"""`enishi evidence export` and `enishi evidence verify`: the evidence of one item as a file, and its checks offline with two pinned keys."""

import os
import sqlite3
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.text import Text

from enishi import clock
from enishi.cli.walk.collect import collect, unreadable
from enishi.cli.walk.findings import UNREADABLE
from enishi.errors import Fault, Misconfigured
from enishi.evidence import Mark, Report, decode, encode, verify_bundle
from enishi.mesh.registry import Pins

OK, WRONG = 0, 1
SIGNS: Final = {Mark.HOLDS: ("✓", "green"), Mark.FAILS: ("✗", "bold red"), Mark.ABSENT: ("–", "dim")}


def export(data: Path, wanted: str, output: Path, log: str = "") -> int:
    """Write the evidence of an item id or txid (hex) to a file, after checking it under the folder's own pins.

    Raises the faults of `collect`; Misconfigured("evidence-not-writable") where the file cannot be written.
    """
    try:
        bundle = collect(data, wanted, log, clock.now_ms())
    except Fault:
        raise
    except (sqlite3.Error, *UNREADABLE) as error:
        raise unreadable(error) from error
    try:
        # The sealed answer may be personal information under somebody's key: the file is for its owner until they give it away.
        with open(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(encode(bundle))
    except OSError as error:
        raise Misconfigured("evidence-not-writable", f"{output}: {error.strerror}", "output") from error
    Console(highlight=False).print(f"{output}", markup=False)
    return OK


def check(file: Path, pins: Path, json: bool = False) -> int:
    """Verify an evidence file, print each numbered check, return the exit status: 1 if one fails."""
    keys = read_pins(pins)
    report = verify_bundle(decode(_read(file)), keys)
    if json:
        shown = {"ok": report.ok, **msgspec.structs.asdict(report)}
        Console(highlight=False, soft_wrap=True).print(msgspec.json.encode(shown).decode(), markup=False)
    else:
        _print(report, Console(highlight=False))
    return OK if report.ok else WRONG


def read_pins(path: Path) -> dict[str, bytes]:
    """The keys of exchange and oversight from a `pins.json`; Misconfigured("evidence-pins-unreadable")."""
    try:
        pins = msgspec.json.decode(path.read_bytes(), type=Pins)
    except (OSError, msgspec.MsgspecError, UnicodeError) as error:
        raise Misconfigured("evidence-pins-unreadable", f"{path.name}: {type(error).__name__}", "pins") from error
    return {"exchange": pins.exchange, "oversight": pins.oversight}


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Misconfigured("evidence-file-missing", f"{file}: {error.strerror}", "file") from error


def _print(report: Report, console: Console) -> None:
    console.print(f"item {report.item_id}\ntxid {report.txid}\n", markup=False)
    for one in report.checks:
        sign, style = SIGNS[one.mark]
        console.print(Text(f"{sign} ({one.number}) {one.name}", style), Text(one.detail, "dim"))
        console.print(f"      {one.means.ja}\n      {one.means.en}", markup=False)
    if report.ok:
        console.print(Text("\nこの証拠は正しいものです。 / This evidence holds.", "green"))
    else:
        console.print(Text("\nこの証拠は信用できません。 / This evidence does not hold.", "bold red"))
