"""`enishi witness`: an outsider's own witness, from the key to the watching; nothing of the mesh is needed but the log's address and key."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from enishi import clock
from enishi.cli.outside.standing import Held, make
from enishi.cli.outside.telling import say
from enishi.cli.outside.watching import Look, Sight, look, watch
from enishi.client.session import loopback_session
from enishi.mesh.server import Listener
from enishi.roles.witness.face import build_face
from enishi.store import claim

FORKED: Final = 1


def init(data: Path, name: str, log_key: str) -> int:
    """Make the witness's key and say its public part; done twice it says the same."""
    known = (data / "keys" / "cosigning").exists()
    verifier = make(data, name, log_key)
    words = say("key-known" if known else "key-made")
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(f"{words.ja}\n{words.en}\n"))
    console.print(Text(f"  {verifier.encoded}\n", "bold"))
    console.print(Text(say("next", command=f"enishi witness watch --data {data} --log URL").both(), "dim"))
    return 0


def serve(data: Path, host: str, port: int, log: str, every_s: float) -> int:
    """Answer requests to cosign until a signal, and watch the log besides if its address is given."""
    with contextlib.suppress(KeyboardInterrupt), claim(data):
        asyncio.run(_serve(data, host, port, log, every_s))
    return 0


async def _serve(data: Path, host: str, port: int, log: str, every_s: float) -> None:
    held = Held(data)
    door = Listener(build_face(held.cosigning), host, port)
    try:
        await door.open()
        print(say("serving", url=f"http://{host}:{door.port}/add-checkpoint").both(), flush=True)
        async with loopback_session() as session:
            await (watch(held, session, log, every_s, _tell) if log else asyncio.Event().wait())
    finally:
        await door.close()
        await held.database.close()


def watch_log(data: Path, log: str, every_s: float, once: bool) -> int:
    """Watch until a signal, or look once; the exit status is 1 if the last look showed a fork."""
    last: list[Look] = []

    def told(seen: Look) -> None:
        last[:] = [seen]
        _tell(seen)

    with contextlib.suppress(KeyboardInterrupt), claim(data):
        asyncio.run(_watch(data, log, every_s, once, told))
    return FORKED if last and last[0].sight is Sight.FORK else 0


async def _watch(data: Path, log: str, every_s: float, once: bool, told: Callable[[Look], None]) -> None:
    held = Held(data)
    try:
        async with loopback_session() as session:
            if once:
                told(await look(held, session, log))
            else:
                await watch(held, session, log, every_s, told)
    finally:
        await held.database.close()


def _tell(seen: Look) -> None:
    at = f"{clock.moment(clock.now_ms()):%Y-%m-%d %H:%M:%S}"
    print(seen.said(at).both(), flush=True)
