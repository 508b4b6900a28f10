"""`enishi law import`: a law's XML of e-Gov as rows, or the place at which it cannot be read."""

import sys
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from enishi.cli.law.deciding import opened
from enishi.cli.law.speech import Speech
from enishi.errors import Unknown
from enishi.law.importing import ImportedTable, import_law

LARGEST = 64 * 1024 * 1024


def run_import(source: Path, table: str, language: str, jsonl: bool) -> int:
    """Print the rows (`--jsonl`), or what was read; `table` keeps one of the text's tables.  What is doubtful is told on standard error."""
    speech = Speech(language)
    with opened(source) as file:
        tables = import_law(file.read(LARGEST + 1))
    names = [one.name for one in tables]
    if table and table not in names:
        raise Unknown("import-table-unknown", f"{table[:40]}: {', '.join(names)}", "table")
    kept = [one for one in tables if not table or one.name == table]
    if jsonl:
        for one in kept:
            for row in one.rows:
                sys.stdout.write(msgspec.json.encode(row).decode() + "\n")
    _summary(kept, tables, speech, Console(stderr=jsonl, highlight=False, soft_wrap=True))
    return 0


def _summary(kept: list[ImportedTable], tables: tuple[ImportedTable, ...], speech: Speech, console: Console) -> None:
    shown = Table(box=None, pad_edge=False)
    for column in ("table", "rows", "deleted", "doubts"):
        shown.add_column(speech.say(f"import-{column}"), justify="left" if column == "table" else "right")
    for one in kept:
        counted = (len(one.rows), sum(bool(row.get("deleted")) for row in one.rows), sum(len(_doubts(row)) for row in one.rows))
        shown.add_row(f"{one.name}  {speech.say(one.kind)}", *(str(count) for count in counted))
    console.print(shown)
    for one in kept:
        for row in one.rows:
            for place, doubt in _doubts(row):
                console.print(Text(f"? {one.name} {row.get('row') or row.get('article')} {place} {doubt}".replace("  ", " "), "yellow"))
    missing = _undetailed(tables)
    if missing:
        console.print(Text(speech.say("import-undetailed", rows=speech.list(missing)), "yellow"))


def _doubts(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Every doubt of a row, with its 号 and イロハ."""
    own = [("", row["doubt"])] if "doubt" in row else []
    return own + [
        (f"{item['item']} {entry['no']}", entry["doubt"]) for item in row.get("items", ()) for entry in item["information"] if "doubt" in entry
    ]


def _undetailed(tables: tuple[ImportedTable, ...]) -> tuple[str, ...]:
    """Rows of the order's table that no article of the same text details."""
    detailed = {row["row"] for one in tables if one.kind == "detail" for row in one.rows}
    rows = [row["row"] for one in tables if one.kind == "linkage" for row in one.rows if "article" in row]
    return tuple(row for row in rows if row not in detailed)
