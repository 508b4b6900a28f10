"""The commands of `enishi gateway mark`."""

from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from enishi.cli.ending import day_of, end, fail
from enishi.errors import Malformed

mark = typer.Typer(help="Marks on people: non-disclosure, and data in dispute.", no_args_is_help=True)
Tenant = Annotated[str, typer.Option("--tenant", help="Institution whose person it is.")]
Data = Annotated[Path, typer.Option("--data", help="Data folder of the mesh, or of the gateway alone.")]
Officer = Annotated[str, typer.Option("--officer", help="Who decides it; stays in the mark's history.")]


@mark.command("set")
def mark_set(
    tenant: Tenant,
    person: Annotated[str, typer.Option("--person", help="The institution's own number for the person (宛名番号).")],
    officer: Officer,
    kind: Annotated[str, typer.Option("--kind", help="nondisclosure or dispute.")] = "nondisclosure",
    ground: Annotated[str, typer.Option("--ground", help="Non-disclosure: item of Article 78(1), such as 415AC0000000057#78-1-1.")] = "",
    until: Annotated[str, typer.Option("--until", help="Non-disclosure: first day without it, as YYYY-MM-DD, a year off at most.")] = "",
    item: Annotated[str, typer.Option("--item", help="Dispute: data item by its slug; all items without it.")] = "",
    period: Annotated[str, typer.Option("--period", help="Dispute: fiscal year.")] = "",
    data: Data = Path("data"),
) -> None:
    """Set a mark; inquiries about the person are held for an official until it is lifted.
    Example: enishi gateway mark set --tenant 011002 --person 9100000001 --officer suzuki --ground 415AC0000000057#78-1-1 --until 2026-03-31"""
    from enishi.cli.gateway.marking import run_set
    from enishi.roles.gateway.answering.marking import MarkRequest

    if kind not in ("nondisclosure", "dispute"):
        fail(Malformed("mark-wrong", kind[:20], "kind"))
    named = cast(Literal["nondisclosure", "dispute"], kind)
    asked = MarkRequest(kind=named, person=person, ground=ground, until=day_of(until) if until else None, item=item, period=period)
    end(run_set, data, tenant, asked, officer)


@mark.command("lift")
def mark_lift(
    mark_id: Annotated[str, typer.Argument(metavar="MARK", help="Id of the mark, in hexadecimal.")],
    tenant: Tenant,
    officer: Officer,
    data: Data = Path("data"),
) -> None:
    """Lift a mark; its history stays.   Example: enishi gateway mark lift MARK --tenant 011002 --officer suzuki"""
    from enishi.cli.gateway.marking import run_lift

    end(run_lift, data, tenant, mark_id, officer)


@mark.command("list")
def mark_list(
    tenant: Tenant,
    history: Annotated[bool, typer.Option("--history", help="Also those that were lifted.")] = False,
    data: Data = Path("data"),
) -> None:
    """Print marks, the newest first, one JSON object on each line.   Example: enishi gateway mark list --tenant 011002 --history"""
    from enishi.cli.gateway.marking import run_list

    end(run_list, data, tenant, "history" if history else "standing")
