"""The commands of `enishi gateway` by which officials look something up in their own institution's data."""

from pathlib import Path
from typing import Annotated

import typer

from enishi.cli.ending import day_of, end

Tenant = Annotated[str, typer.Option("--tenant", help="The institution.")]
Data = Annotated[Path, typer.Option("--data", help="Data folder of the mesh, or of the gateway alone.")]


def copies(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="The institution's own number for the person (宛名番号).")],
    item: Annotated[str, typer.Argument(metavar="ITEM", help="Data item by its slug.")],
    tenant: Tenant,
    period: Annotated[str, typer.Option("--period", help="Fiscal year, for items that have them.")] = "",
    history: Annotated[bool, typer.Option("--history", help="Every copy that was answered from, corrected and taken back ones too.")] = False,
    data: Data = Path("data"),
) -> None:
    """Print a person's held copy with as of when, one JSON object on each line.
    Example: enishi gateway copies 9100000001 local_tax --period 2024 --history --tenant 012131"""
    from enishi.cli.gateway.register import run_copies

    end(run_copies, data, tenant, (person, item, period), "history" if history else "now")


def holder(
    item: Annotated[str, typer.Argument(metavar="ITEM", help="local_tax, jumin or health_insurance.")],
    tenant: Tenant,
    person: Annotated[str, typer.Option("--person", help="Own number of a person whose copies are held here.")] = "",
    year: Annotated[str, typer.Option("--year", help="Fiscal year, for local_tax.")] = "",
    day: Annotated[str, typer.Option("--day", help="Day, as YYYY-MM-DD; without one, jumin asks for the address before.")] = "",
    documents: Annotated[Path | None, typer.Option("--documents", help="File with a JSON list of {document, as_of}.")] = None,
    data: Data = Path("data"),
) -> None:
    """Say whom to ask and why, from own documents alone; nobody is asked (exit status 3: it stays open).
    Example: enishi gateway holder local_tax --year 2024 --person 9100000001 --tenant 012131"""
    from enishi.cli.gateway.register import run_holder

    words = {"item": item, "person": person, "fiscal_year": year, "day": day_of(day, "day").isoformat() if day else ""}
    end(run_holder, data, tenant, words, documents)
