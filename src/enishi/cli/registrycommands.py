"""The commands under `enishi registry`; each is a few lines over `cli.registry`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from enishi.cli.ending import end

registry = typer.Typer(help="The registry of a running mesh, as its operators' people change it.", no_args_is_help=True)
Data = Annotated[Path, typer.Option("--data", help="Folder of keys, databases and logs.")]


class Side(StrEnum):
    """Whose operator acts."""

    EXCHANGE = "exchange"
    OVERSIGHT = "oversight"


class Why(StrEnum):
    """The reason's code."""

    KEY = "key-compromise"
    INCIDENT = "incident"
    ORDER = "order"
    OWN = "own-request"
    OTHER = "other"


@registry.command("show")
def show(
    data: Data = Path("data"),
    of: Annotated[Side, typer.Option("--of", help="Whose view.")] = Side.EXCHANGE,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Age, serial, digest, who signed, who is suspended, and what waits for approval.   Example: enishi registry show"""
    from enishi.cli.registry import run_show

    end(run_show, data, of.value, as_json)


@registry.command("add")
def add(file: Annotated[Path, typer.Argument(help="The institution's form, with its public keys and proofs.")], data: Data = Path("data")) -> None:
    """Draft a registry with one institution more; it waits for the commission (exit status 3).   Example: enishi registry add new.json"""
    from enishi.cli.registry import run_add

    end(run_add, data, file)


@registry.command("suspend")
def suspend(
    institution: Annotated[str, typer.Argument(metavar="ID", help="Institution's id.")],
    because: Annotated[str, typer.Option("--because", help="Why, in a sentence.")],
    data: Data = Path("data"),
    by: Annotated[Side, typer.Option("--by", help="Whose signature suspends: either alone is enough.")] = Side.EXCHANGE,
    reason: Annotated[Why, typer.Option("--reason", help="Code of the reason.")] = Why.OTHER,
) -> None:
    """Suspend an institution at once.   Example: enishi registry suspend 012131 --because "key lost" --reason key-compromise"""
    from enishi.cli.registry import run_suspend

    end(run_suspend, data, institution, reason.value, because, by.value)


@registry.command("reinstate")
def reinstate(institution: Annotated[str, typer.Argument(metavar="ID", help="Institution's id.")], data: Data = Path("data")) -> None:
    """Draft a registry in which it stands again; it waits for the commission (exit status 3).   Example: enishi registry reinstate 012131"""
    from enishi.cli.registry import run_reinstate

    end(run_reinstate, data, institution)


@registry.command("approve")
def approve(digest: Annotated[str, typer.Argument(help="Digest of the draft that waits.")], data: Data = Path("data")) -> None:
    """Approve one draft as the commission's operator; it is signed and published.   Example: enishi registry approve DIGEST"""
    from enishi.cli.registry import run_approve

    end(run_approve, data, digest)


@registry.command("joining")
def joining(data: Data = Path("data"), as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False) -> None:
    """Platforms that want to join, each with its state.   Example: enishi registry joining"""
    from enishi.cli.registry import run_joining

    end(run_joining, data, as_json)


Request = Annotated[str, typer.Argument(metavar="REQUEST", help="Digest of a request, its first characters, or its file.")]


@registry.command("admit")
def admit(request: Request, data: Data = Path("data")) -> None:
    """Draft a registry with a platform and its institutions; it waits for the commission (exit status 3).   Example: enishi registry admit 3f9c"""
    from enishi.cli.registry import run_admit

    end(run_admit, data, request)


@registry.command("decline")
def decline(request: Request, because: Annotated[str, typer.Option("--because", help="Why, in a sentence.")], data: Data = Path("data")) -> None:
    """Refuse a request to join.   Example: enishi registry decline 3f9c --because "no such city" """
    from enishi.cli.registry import run_decline

    end(run_decline, data, request, because)


@registry.command("certify")
def certify(data: Data = Path("data")) -> None:
    """Sign the certificates that wait, with the authority in the data folder; for a timer.   Example: enishi registry certify"""
    from enishi.cli.registry import run_certify

    end(run_certify, data)
