"""`enishi verify --records`: a person's own file of records, checked offline under keys that the person has from elsewhere than the portal.

What it cannot show is that nothing is missing: the key for that never leaves the browser that made it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.text import Text

from enishi.client.portal import Proof
from enishi.client.proving import KnownKeys, check_cosigned, check_included, check_keys, check_signed
from enishi.clock import now_ms
from enishi.errors import Fault, Malformed, Misconfigured, Tampered
from enishi.protocol.record import read_body

OK, WRONG = 0, 1
FORMAT: Final = "enishi-records/1"
EVER_MS: Final = 1 << 52
"""A file is checked long after it was made, so no cosignature is too old."""
WORDS: Final = {
    "keys": ("鍵が、あなたの指定したものと同じです", "the keys are those that you name"),
    "signed": ("台帳に署名があります", "the log is signed"),
    "included": ("どの記録も、この内容のまま台帳に載っています", "every record stands in the log as it is here"),
    "witnessed": ("ほかの証人も同じ台帳を見ました", "others saw the same log"),
    "told": ("表に書かれた内容は、証明された記録のとおりです", "what the list says is what was proved"),
}


class Line(msgspec.Struct, frozen=True):
    """What is checked of a line: where its leaves stand, and their bodies as the file tells them."""

    positions: tuple[int, ...]
    bodies: tuple[Any, ...]


class Saved(msgspec.Struct, frozen=True):
    """A file of records as the portal makes it; its words are for people and are not read here."""

    format: str
    records: tuple[Line, ...]
    proof: Proof


def check_records(file: Path, known: KnownKeys, json: bool = False) -> int:
    """Check a file of one's own records and print each check; the exit status, 1 if one fails.

    Misconfigured("records-file-missing"), Malformed("records-file-malformed").
    """
    saved = read_saved(file)
    results = {name: _fault(check) for name, check in checks_of(saved, known).items()}
    ok = not any(results.values())
    console = Console(highlight=False, soft_wrap=json)
    if json:
        console.print(msgspec.json.encode({"ok": ok, "records": len(saved.proof.records), "checks": results}).decode(), markup=False)
    else:
        _print(results, ok, console)
    return OK if ok else WRONG


def known_keys(log_key: str, witnesses: tuple[str, ...], quorum: int) -> KnownKeys:
    """The keys that a person names; all of the witnesses must have cosigned where `quorum` is negative."""
    return KnownKeys(log_key, witnesses, len(witnesses) if quorum < 0 else quorum)


def read_saved(file: Path) -> Saved:
    """The file, read; Misconfigured("records-file-missing") or Malformed("records-file-malformed")."""
    try:
        saved = msgspec.json.decode(file.read_bytes(), type=Saved)
    except OSError as error:
        raise Misconfigured("records-file-missing", f"{file}: {error.strerror}", "records") from error
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Malformed("records-file-malformed", f"{type(error).__name__}: {error}"[:200], "records") from error
    if saved.format != FORMAT:
        raise Malformed("records-file-malformed", saved.format[:40], "format")
    return saved


def checks_of(saved: Saved, known: KnownKeys) -> dict[str, Callable[[], object]]:
    """The checks by name; each raises a fault if it fails."""
    proof = saved.proof
    return {
        "keys": lambda: check_keys(proof, known),
        "signed": lambda: check_signed(proof),
        "included": lambda: check_included(proof, check_signed(proof)),
        "witnessed": lambda: check_cosigned(proof, now_ms(), EVER_MS),
        "told": lambda: check_told(saved),
    }


def check_told(saved: Saved) -> None:
    """Every line's bodies are those of its leaves; Tampered("records-told-otherwise")."""
    bodies = {record.index: record.body for record in saved.proof.records}
    for line in saved.records:
        proved = [_plain(bodies.get(index, b"")) for index in line.positions]
        if proved != list(line.bodies):
            raise Tampered("records-told-otherwise", ", ".join(map(str, line.positions)), "records")


def _plain(body: bytes) -> Any:
    read_body(body)
    return msgspec.json.decode(body)


def _fault(check: Callable[[], object]) -> str:
    try:
        check()
    except Fault as fault:
        return f"{fault.code} {fault.detail}".strip()
    return ""


def _print(results: dict[str, str], ok: bool, console: Console) -> None:
    for name, fault in results.items():
        ja, en = WORDS[name]
        console.print(Text(f"{'✗' if fault else '✓'} {ja} / {en}", "bold red" if fault else "green"), Text(fault, "dim"))
    console.print(
        "– 抜けがないことは、記録を見たブラウザだけが確かめられます / that nothing is missing, only the browser that looked can check", style="dim"
    )
    last = "\nこのファイルは正しいものです。 / This file holds." if ok else "\nこのファイルは信用できません。 / This file does not hold."
    console.print(Text(last, "green" if ok else "bold red"))
