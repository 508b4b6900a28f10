"""A platform that dies at a named point: from then on nothing of it becomes durable and nothing is sent."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from enishi.roles.gateway.assemble import Gateway
from enishi.store.database import Database
from gateway.world_gateway import Operators, running
from gateway_bulk.world_bulk import PATIENCE_S, Api


class Killed(BaseException):
    """Stands for SIGKILL: no handler for exceptions of the program runs on it."""


class Death:
    """Waits at one point; once passed, every later point and every later write ends its task as well."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.come = asyncio.Event()

    def point(self, passed: str) -> None:
        if passed == self._name or self.come.is_set():
            self.come.set()
            raise Killed

    def write(self, write: Any) -> Any:
        async def guarded(database: Database, work: Any) -> Any:
            if self.come.is_set():
                raise Killed
            return await write(database, work)

        return guarded


@asynccontextmanager
async def dying(folder: Path, operators: Operators, patch: pytest.MonkeyPatch, name: str) -> AsyncIterator[tuple[Api, Death]]:
    """A platform that will die at a point; at the end of the block it must be dead, and is buried without its orderly stop."""
    context = running(folder, operators)
    gateway: Gateway = await context.__aenter__()
    death = Death(name)
    with patch.context() as place:
        place.setattr("enishi.store.crash.point", death.point)
        place.setattr(Database, "write", death.write(Database.write))
        with contextlib.suppress(Killed):
            yield Api(gateway), death
        async with asyncio.timeout(PATIENCE_S):
            await death.come.wait()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for tenant in gateway.tenants.values():
            tenant.database.close_now()
