"""What the commission's own people do from a shell: read the letters that came to it, and answer them."""

import asyncio
import sys
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from rich.console import Console

from enishi import clock
from enishi.cli.ports import mesh_url
from enishi.errors import Malformed
from enishi.mesh.client import MeshClient
from enishi.mesh.config import read
from enishi.mesh.tls import Credentials
from enishi.protocol.commission import CommissionAnswerAsk, CommissionList, CommissionShowAsk, CommissionShown, read_number
from enishi.protocol.wire import Empty

T = TypeVar("T")
OK = 0


def run_letters(data: Path, json: bool) -> int:
    """Print the letters, those that wait first."""
    found = _ask(data, "list", Empty(), CommissionList)
    if json:
        print(msgspec.json.encode(found).decode())
        return OK
    console = Console(highlight=False, soft_wrap=True)
    for one in found.each:
        state = f"回答済み answered {_time(one.answered_ms)}" if one.answered_ms else f"期限 due {_time(one.deadline_ms)}"
        console.print(f"{one.number}  {_time(one.at_ms)}  {state}", markup=False)
    console.print(f"{found.waiting} 件が回答を待っています / waiting", markup=False)
    return OK


def run_letter(data: Path, number: str, json: bool) -> int:
    """Print one letter with everything in it; Unknown("letter-unknown")."""
    found = _ask(data, "show", CommissionShowAsk(read_number(number)), CommissionShown)
    if json:
        print(msgspec.json.encode(found).decode())
        return OK
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{found.listed.number}  {found.letter.kind}  {_time(found.listed.at_ms)}\n\n{found.letter.text}\n", markup=False)
    for record in found.letter.records:
        console.print(f"記録 leaf {record.index}: {record.body.decode(errors='replace')}", markup=False)
    if found.answer:
        console.print(f"\n回答 answer {_time(found.listed.answered_ms)}\n{found.answer}", markup=False)
    return OK


def run_answer(data: Path, number: str, text: str) -> int:
    """Answer a letter, once; `-` takes the text from standard input."""
    said = (sys.stdin.read() if text == "-" else text).strip()
    if not said:
        raise Malformed("letter-malformed", "empty", "answer")
    _ask(data, "answer", CommissionAnswerAsk(read_number(number), said), Empty)
    print(f"回答しました / answered: {number}")
    return OK


def _ask(data: Path, verb: str, request: Any, reply: type[T]) -> T:
    base = read(data / "portal" / "config.json").face_port

    async def call() -> T:
        client = MeshClient(Credentials(data / "operator" / "tls"))
        try:
            return await client.call(mesh_url(base, "oversight"), "oversight", f"/oversight/letters/{verb}", request, reply, 60.0)
        finally:
            await client.close()

    return asyncio.run(call())


def _time(at_ms: int) -> str:
    return f"{clock.moment(at_ms):%Y-%m-%d %H:%M}"
