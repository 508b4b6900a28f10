"""A whole mesh on one machine: founding, starting every role as a process, waiting until each answers, and ending them all."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from enishi import clock
from enishi.cli.configs import Plan, write_configs
from enishi.cli.founding import found
from enishi.cli.ports import ROLES, check_free, mesh_url, role_of
from enishi.cli.registry import run_certify
from enishi.errors import Fault, Misconfigured, Unavailable
from enishi.mesh.client import MeshClient
from enishi.mesh.run import READY_VARIABLE
from enishi.mesh.tls import Credentials
from enishi.store import claim

PATIENCE_S: Final = 600.0
"""Longest wait for a start: the first one enrols everybody."""
GRACE_S: Final = 10.0
TELL_S: Final = 2.0
CERTIFY_S: Final = 30.0
"""Pause between two looks for certificates that wait for the authority."""
"""Shortest time between two lines about a long start."""
Say = Callable[[str], None]


class Child:
    """One role's process, tied to this one by a pipe: it ends when its parent does."""

    def __init__(self, role: str, config: Path, log: Path, environment: dict[str, str]) -> None:
        """Start it; its log goes to a file of its own."""
        self.role = role
        self.log = log
        self.ready = False
        self.progress = ""
        reading, writing = os.pipe()
        self._reading = reading
        os.set_blocking(reading, False)
        with log.open("ab") as errors:
            self._begin = errors.tell()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "enishi.cli.serve", role_of(role), str(config)],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=(writing,),
                env={**os.environ, **environment, READY_VARIABLE: str(writing)},
                # Ctrl-C reaches the parent only, which ends its children in order.
                start_new_session=True,
            )
        os.close(writing)

    def poll(self) -> bool:
        """Whether it is ready; Misconfigured("role-ended") with its last words if it has ended, ("role-killed") where it could say none."""
        if not self.ready:
            with contextlib.suppress(BlockingIOError):
                self._hear(os.read(self._reading, 65_536).split(b"\n"))
        if self.process.poll() is not None:
            raise self._ended(self.process.returncode)
        return self.ready

    def _ended(self, status: int) -> Misconfigured:
        if status < 0:
            return Misconfigured("role-killed", f"{self.role}, signal {-status}", self.role)
        return Misconfigured("role-ended", f"{self.role}: {self.last_words()}", self.role)

    def _hear(self, lines: list[bytes]) -> None:
        """The lines of `mesh.run`: how far a long start has come, then `ready`; a line is shorter than what a pipe takes whole."""
        self.ready = b"ready" in lines
        counts = [line.split() for line in lines if line and line != b"ready"]
        if counts:
            done, total = map(int, counts[-1])
            self.progress = f"{self.role}: linkage codes of {done:,} of {total:,} people"

    def last_words(self) -> str:
        """The last line that is no log line, else the last line."""
        with self.log.open("rb") as log:
            log.seek(self._begin)
            lines = [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
        plain = [line for line in lines if not line.startswith("{")]
        return (plain or lines or ["no message"])[-1]

    def end(self) -> None:
        """Ask it to end."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def wait(self, deadline: float) -> None:
        """Wait for its end, then make it end."""
        try:
            self.process.wait(max(0.1, deadline - clock.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self._reading)


class Mesh:
    """All roles as children of this process."""

    def __init__(self, plan: Plan, residents: int, say: Say, environment: dict[str, dict[str, str]] | None = None) -> None:
        """`environment` adds variables for single roles (crash points in tests)."""
        self.plan = plan
        self._residents = residents
        self._say = say
        self._environment = environment or {}
        self._claim = claim(plan.data)
        self.children: dict[str, Child] = {}

    def __enter__(self) -> Self:
        """Found where that has not been done, start everything, wait until every role answers."""
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        """End everything."""
        self.stop()

    def start(self) -> None:
        """Start and wait; Misconfigured names the role and its last words if one ends."""
        check_free(self.plan.base)
        found(self.plan.data, self._residents, self._say)
        self._configs = write_configs(self.plan)
        (self.plan.data / "logs").mkdir(exist_ok=True)
        for role in ROLES:
            self.launch(role)
        self.wait_ready()

    def launch(self, role: str, environment: dict[str, str] | None = None) -> Child:
        """Start one role (again)."""
        chosen = self._environment.get(role, {}) if environment is None else environment
        self.children[role] = Child(role, self._configs[role], self.plan.data / "logs" / f"{role}.log", chosen)
        return self.children[role]

    def wait_ready(self) -> None:
        """Wait until every role has said that it is ready and answers at its door."""
        deadline, waiting = clock.monotonic() + PATIENCE_S, set(self.children)
        told, told_at = "", 0.0
        while waiting:
            for role in sorted(waiting, key=ROLES.index):
                if self.children[role].poll():
                    waiting.discard(role)
                    self._say(f"ready: {role}  ({len(self.children) - len(waiting)}/{len(self.children)})")
            progress = "  ".join(child.progress for child in self.children.values() if child.progress and not child.ready)
            if progress != told and clock.monotonic() > told_at + TELL_S:
                told, told_at = progress, clock.monotonic()
                self._say(told)
            if clock.monotonic() > deadline:
                raise Unavailable("start-too-slow", ", ".join(sorted(waiting)))
            if waiting:
                threading.Event().wait(0.02)
        asyncio.run(answers(self.plan))

    def watch(self) -> None:
        """Return when told to by a signal; Misconfigured("role-ended") or ("role-killed") when a role ends by itself."""
        signed = clock.monotonic()
        while True:
            for child in self.children.values():
                child.poll()
            threading.Event().wait(0.5)
            if clock.monotonic() > signed + CERTIFY_S:
                self._certify()
                signed = clock.monotonic()

    def _certify(self) -> None:
        """Sign the certificates that wait: on one machine the authority is in this process's hand."""
        with contextlib.suppress(Fault):
            run_certify(self.plan.data)

    def stop(self) -> None:
        """End every role, last started first; then let the data folder go."""
        deadline = clock.monotonic() + GRACE_S
        for child in reversed(list(self.children.values())):
            child.end()
        for child in self.children.values():
            child.wait(deadline)
        self.children.clear()
        self._claim.release()


async def answers(plan: Plan) -> None:
    """Ask every mesh door for its health, as the operator."""
    client = MeshClient(Credentials(plan.data / "operator" / "tls"))
    try:
        await asyncio.gather(*(client.get(mesh_url(plan.base, role), role_of(role), "/healthz") for role in ROLES))
    finally:
        await client.close()
