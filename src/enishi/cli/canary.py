"""`enishi canary ask` and `enishi canary check`: the commission has institutions ask about its canary persons, and compares their records with that.

Both are made to be run by a timer. What was caused is written before it is done, in the commission's own folder.
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.text import Text

from enishi import clock
from enishi.cli.ports import face_url
from enishi.client.gateway import GatewayClient
from enishi.client.portal import read_records
from enishi.client.proving import check_complete, check_included, check_signed
from enishi.errors import Misconfigured
from enishi.mesh.config import read
from enishi.protocol.record import RecordBody, read_body
from enishi.roles.oversight.canaries import CANARY_FILE, CAUSED_FILE, Canary, Caused, compare
from enishi.roles.oversight.reconciling import Difference

OK, WRONG = 0, 1
PROVIDER: Final = "moj"
QUESTION: Final[dict[str, Any]] = {
    "affair": {"source": "506M60004008009@2024-05-27", "row": "108"},
    "purpose_item": "1",
    "items": ["戸籍関係情報"],
    "relation": "survivor",
    "provider": PROVIDER,
    "case": "canary",
}


def run_ask(data: Path, json: bool = False) -> int:
    """Have the municipality of each canary person ask about it once."""
    asked = [_ask(data, one) for one in canaries(data)]
    console = Console(highlight=False, soft_wrap=json)
    console.print(msgspec.json.encode({"asked": asked}).decode() if json else f"{len(asked)} 件照会しました。 / {len(asked)} asked.", markup=False)
    return OK


def run_check(data: Path, json: bool = False) -> int:
    """Open the record of each canary person with its card, prove it as a citizen's device would, and print what differs; 1 if anything does."""
    shown = {one.name: _read(data, one) for one in canaries(data)}
    differences = tuple(compare(list(caused(data)), shown))
    console = Console(highlight=False, soft_wrap=json)
    if json:
        told = [{**msgspec.structs.asdict(one), "what": one.what, "next": one.next} for one in differences]
        console.print(msgspec.json.encode({"ok": not differences, "canaries": len(shown), "differences": told}).decode(), markup=False)
    else:
        _print(differences, len(shown), console)
    return WRONG if differences else OK


def canaries(data: Path) -> tuple[Canary, ...]:
    """The commission's canary persons; Misconfigured("canaries-missing") where the folder was founded without any."""
    try:
        found = msgspec.json.decode((data / "oversight" / CANARY_FILE).read_bytes(), type=tuple[Canary, ...])
    except FileNotFoundError:
        found = ()
    except (OSError, msgspec.MsgspecError, UnicodeError) as error:
        raise Misconfigured("canaries-unreadable", CANARY_FILE, "data") from error
    if not found:
        raise Misconfigured("canaries-missing", "", "data")
    return found


def caused(data: Path) -> Iterator[Caused]:
    """Everything that the commission has caused so far; Misconfigured("canaries-unreadable")."""
    path = data / "oversight" / CAUSED_FILE
    lines = path.read_bytes().splitlines() if path.exists() else []
    for number, line in enumerate(lines, start=1):
        try:
            yield msgspec.json.decode(line, type=Caused)
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise Misconfigured("canaries-unreadable", f"{CAUSED_FILE}: line {number}", "data") from error


def _note(data: Path, one: Caused) -> None:
    path = data / "oversight" / CAUSED_FILE
    with open(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as file:
        file.write(msgspec.json.encode(one) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _ask(data: Path, one: Canary) -> str:
    token = (data / "credentials" / one.home).read_text()
    client = GatewayClient(_face(data, "gateway"), token)
    _note(data, Caused("asking", one.name, clock.now_ms(), one.home, PROVIDER))
    answer = asyncio.run(client.inquire({**QUESTION, "person": one.addressees[one.home]}))
    # Without a receipt nothing was recorded yet: the question stays open in the list, and what comes of it is known by inquirer and provider.
    for item in (one for one in answer["items"] if one["receipt"] is not None):
        _note(data, Caused("asked", one.name, clock.now_ms(), one.home, PROVIDER, bytes.fromhex(item["item_id"])))
    return str(answer["txid"])


def _read(data: Path, one: Canary) -> list[RecordBody]:
    _note(data, Caused("look", one.name, clock.now_ms()))
    opened = asyncio.run(read_records(_face(data, "portal"), one.card, one.pin))
    check_included(opened.proof, check_signed(opened.proof))
    check_complete(opened)
    return [read_body(record.body) for record in opened.proof.records]


def _face(data: Path, role: str) -> str:
    return face_url(read(data / "portal" / "config.json").face_port, role)


def _print(differences: tuple[Difference, ...], count: int, console: Console) -> None:
    for one in differences:
        console.print(Text(one.item_id or one.detail, "bold red"), Text(one.slug, "dim"))
        console.print(f"  {one.what.ja}\n  {one.what.en}\n  {one.detail}", markup=False)
    if not differences:
        console.print(Text(f"カナリアの人の記録は、させたことと一致しています。 / The canary persons' records agree. ({count})", "green"))
