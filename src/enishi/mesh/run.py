"""Run one role as a process: claim its data, start it, open its sockets, say that it is ready, wait for the end, stop it in order."""

import asyncio
import contextlib
import ctypes
import gc
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import uvloop

from enishi.mesh import logs
from enishi.mesh.config import RoleConfig
from enishi.mesh.role import Role
from enishi.mesh.rpc import MeshApp
from enishi.mesh.server import Listener
from enishi.mesh.tls import Credentials
from enishi.store import claim

READY_VARIABLE: Final = "ENISHI_READY_FD"
"""Number of an inherited file descriptor that gets the lines of `report`, then `ready`; its presence ties the role's life to its parent's."""
GC_THRESHOLDS: Final = (20_000, 20, 50)
"""Allocations before a collection of the youngest objects, and young collections before one of the older two."""
WORKERS: Final = 1
"""Threads for what must not hold up the event loop. More of them only hand Python's lock to each other: with six, half of the keeper's processor
time went into that (bench inquiry, perf); the cores are filled by the roles, each a process."""
_PR_SET_PDEATHSIG: Final = 1
_PARENT_POLL_S: Final = 1.0


def report(done: int, total: int) -> None:
    """Tell the parent how far a long start has come, as a line `DONE TOTAL`; nothing for a role that runs alone or is ready."""
    descriptor = os.environ.get(READY_VARIABLE, "")
    if descriptor.isdecimal():
        with contextlib.suppress(OSError):  # a parent that no longer listens is found by the poll
            os.write(int(descriptor), b"%d %d\n" % (done, total))


def run_role(role: Role, config: RoleConfig) -> None:
    """Run until SIGTERM, SIGINT or the parent's death; Misconfigured faults of the installation are raised before it is ready."""
    descriptor = os.environ.get(READY_VARIABLE, "")
    tied = int(descriptor) if descriptor.isdecimal() else None
    parent = os.getppid()
    if tied is not None:
        _die_with_parent()
    logs.begin(config.name)
    with claim(config.data), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_live(role, config, tied, parent))


async def _live(role: Role, config: RoleConfig, ready_fd: int | None, parent: int) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(WORKERS, thread_name_prefix="work"))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    watch = asyncio.create_task(_until(ended, parent if ready_fd is not None else None))
    listeners: list[Listener] = []
    try:
        # Raced with the end, so that a role that waits for its peers can still be stopped.
        begin = asyncio.create_task(_begin(role, config, listeners))
        await asyncio.wait((begin, watch), return_when=asyncio.FIRST_COMPLETED)
        if await _finished(begin):
            _settle_memory()
            _say_ready(ready_fd)
            await watch
    finally:
        watch.cancel()
        await asyncio.gather(*(listener.close() for listener in listeners))
        await role.stop()


async def _begin(role: Role, config: RoleConfig, listeners: list[Listener]) -> None:
    await role.start()
    for listener in _listeners(role, config):
        await listener.open()
        listeners.append(listener)
    await role.after_open()


async def _finished(begin: asyncio.Task[None]) -> bool:
    """Whether the start came to its end; its fault is raised, and a start that is still under way is given up."""
    if begin.done():
        begin.result()
        return True
    begin.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await begin
    return False


def _listeners(role: Role, config: RoleConfig) -> list[Listener]:
    found = [Listener(MeshApp(role.endpoints(), getattr(role, "meter", None)), config.mesh_host, config.mesh_port, Credentials(config.tls))]
    face = role.face()
    if face is not None and config.face_port:
        found.append(Listener(face, config.face_host, config.face_port))
    return found


async def _until(ended: asyncio.Event, parent: int | None) -> None:
    while not ended.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), _PARENT_POLL_S if parent is not None else None)
        if parent is not None and os.getppid() != parent:
            logs.warn("parent-gone")
            return


def _say_ready(descriptor: int | None) -> None:
    logs.info("ready")
    if descriptor is None:
        return
    # The number may soon stand for another file.
    os.environ.pop(READY_VARIABLE, None)
    with contextlib.suppress(OSError):
        os.write(descriptor, b"ready\n")
        os.close(descriptor)


def _settle_memory() -> None:
    # What the start made (modules, law tables, snapshots) stays for the role's life. Looked through again and again by the collector it cost a
    # twentieth of the processor time and, in long pauses, a third of the slowest answers (bench inquiry, p95 at 20/s).
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def _die_with_parent() -> None:
    # The kernel's own notice comes at once; the poll covers a parent that died before this line.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
