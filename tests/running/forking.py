"""Roles as forks of one process that has imported everything: a life costs a fork, not a second of imports; its death is as real.

The process that forks has no thread and no event loop.  What a role's process has of its own it gets before it begins: session, log file, ready pipe,
and the crash point at which it dies.
"""

import importlib
import multiprocessing
import os
import signal
import sys
import types
from multiprocessing import process, reduction
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from enishi.cli.configs import Plan
from enishi.cli.mesh import Child, Mesh
from enishi.cli.serve import MODULES, serve
from enishi.mesh.config import read
from enishi.mesh.run import READY_VARIABLE

_FORKS: Final = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["running.forking", *MODULES.values()])


class Life:
    """One fork, seen as `subprocess.Popen` shows a process."""

    def __init__(self, forked: process.BaseProcess) -> None:
        self._forked = forked
        self.pid = forked.pid

    @property
    def returncode(self) -> int | None:
        return self._forked.exitcode

    def poll(self) -> int | None:
        return self._forked.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        self._forked.join(timeout)
        return self.returncode

    def send_signal(self, number: int) -> None:
        assert self.pid is not None
        os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Forked(Child):
    """A role as a fork."""

    def __init__(self, role: str, config: Path, log: Path, environment: dict[str, str], hurry: dict[str, float]) -> None:
        self.role, self.log, self.ready, self.progress = role, log, False, ""
        reading, writing = os.pipe()
        self._reading = reading
        os.set_blocking(reading, False)
        self._begin = log.stat().st_size if log.exists() else 0
        made = _FORKS.Process(target=_live, args=(config, log, environment, hurry, reduction.DupFd(writing)))
        # The process that forks finds what we find; and what it imports is the role, and nothing of the program that the tests are.
        path, main = {"PYTHONPATH": os.pathsep.join(sys.path)}, {"__main__": types.ModuleType("__main__")}
        with patch.dict(os.environ, path), patch.dict(sys.modules, main):
            made.start()
        os.close(writing)
        self.process: Any = Life(made)


class ForkedMesh(Mesh):
    """A mesh whose roles are forks; `hurry` shortens pauses, by the dotted names of their constants."""

    def __init__(self, plan: Plan, residents: int, hurry: dict[str, float]) -> None:
        super().__init__(plan, residents, lambda step: None)
        self._hurry = hurry

    def launch(self, role: str, environment: dict[str, str] | None = None) -> Child:
        chosen = self._environment.get(role, {}) if environment is None else environment
        self.children[role] = Forked(role, self._configs[role], self.plan.data / "logs" / f"{role}.log", chosen, self._hurry)
        return self.children[role]


def _live(config: Path, log: Path, environment: dict[str, str], hurry: dict[str, float], ready: Any) -> None:
    os.setsid()
    for stream, file in ((0, os.open(os.devnull, os.O_RDONLY)), (1, os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))):
        os.dup2(file, stream)
    os.dup2(1, 2)
    os.environ.update(environment | {READY_VARIABLE: str(ready.detach())})
    # It reads what it is to do when it is imported, and here it has been already.
    importlib.reload(importlib.import_module("enishi.store.crash"))
    for name, seconds in hurry.items():
        module, _, constant = name.rpartition(".")
        setattr(importlib.import_module(module), constant, seconds)
    os._exit(serve(read(config).role, config))
