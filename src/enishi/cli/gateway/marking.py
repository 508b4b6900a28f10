"""`enishi gateway mark`: marks on people set, lifted and listed in a tenant's folder, beside the running gateway."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
import typer

from enishi.cli.gateway.loading import tenant_folder
from enishi.errors import Malformed
from enishi.roles.gateway.answering.marking import Marking, MarkRequest, check_request
from enishi.roles.gateway.answering.marks import Mark
from enishi.roles.gateway.deskface import mark_id_of, mark_shown
from enishi.roles.gateway.schema import MIGRATIONS
from enishi.roles.gateway.tenant import Tenant
from enishi.store.database import Database
from enishi.terms import InstitutionId

T = TypeVar("T")
SYSTEM = "enishi-cli"
"""The system under which the command acts; the officer is named by whoever runs it."""


def run_set(data: Path, tenant: str, asked: MarkRequest, officer: str) -> int:
    """Set a mark and print it."""
    check_request(asked)
    _print(_within(data, tenant, lambda one: Marking().put(one, asked, _setter(officer))))
    return 0


def run_lift(data: Path, tenant: str, mark: str, officer: str) -> int:
    """Lift a mark and print it."""
    mark_id = mark_id_of(mark)
    _print(_within(data, tenant, lambda one: Marking().lift(one, mark_id, _setter(officer))))
    return 0


def run_list(data: Path, tenant: str, extent: Literal["standing", "history"]) -> int:
    """Print each mark as one line of JSON."""
    for mark in _within(data, tenant, lambda one: Marking().listed(one, extent)):
        _print(mark)
    return 0


def _within(data: Path, tenant: str, act: Callable[[Tenant], Awaitable[T]]) -> T:
    folder = tenant_folder(data, tenant)

    async def run() -> T:
        database = Database.open(folder / "gateway.db", MIGRATIONS)
        try:
            # Neither keys nor credentials are read: a mark needs none.
            return await act(Tenant(InstitutionId(tenant), folder, database, {}, ()))
        finally:
            await database.close()

    return asyncio.run(run())


def _setter(officer: str) -> str:
    if not officer.strip():
        raise Malformed("officer-missing", field="officer")
    return f"{SYSTEM}/{officer.strip()[:60]}"


def _print(mark: Mark) -> None:
    typer.echo(msgspec.json.encode(mark_shown(mark)).decode())
