"""The peer: the same payload by one direct mTLS call between two processes, with nothing of what the mesh is for."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec
import uvloop

from enishi.cli.bench.load import Latencies, closed_loop
from enishi.mesh.client import MeshClient
from enishi.mesh.pki import Peer
from enishi.mesh.rpc import Endpoint, MeshApp
from enishi.mesh.server import Listener
from enishi.mesh.tls import Credentials

HOST: Final = "oversight.mesh.localhost"
ROLE: Final = "oversight"


class Payload(msgspec.Struct, frozen=True):
    """Any bytes."""

    content: bytes


def measure_direct(data: Path, request: bytes, answer: bytes, callers: int, seconds: float) -> Latencies:
    """Calls per second from this process to another one, both with certificates of the mesh's authority."""
    process = subprocess.Popen(
        [sys.executable, "-m", "enishi.cli.bench.direct", str(data), str(len(answer))], stdout=subprocess.PIPE, stdin=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        return asyncio.run(_call(data, port, Payload(request), callers, seconds))
    finally:
        process.kill()
        process.wait()


async def _call(data: Path, port: int, payload: Payload, callers: int, seconds: float) -> Latencies:
    client = MeshClient(Credentials(data / "operator" / "tls"))
    url = f"https://{HOST}:{port}"

    async def ask() -> None:
        await client.call(url, ROLE, "/direct", payload, Payload)

    try:
        return await closed_loop([ask] * callers, seconds)
    finally:
        await client.close()


async def _serve(data: Path, length: int) -> None:
    answer = Payload(bytes(length))

    async def handle(asked: Payload, caller: Peer) -> Payload:
        return answer

    app = MeshApp([Endpoint("/direct", Payload, Payload, handle, frozenset({"operator"}))])
    listener = Listener(app, "127.0.0.1", 0, Credentials(data / ROLE / "tls"))
    await listener.open()
    print(listener.port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(Path(sys.argv[1]), int(sys.argv[2])))
