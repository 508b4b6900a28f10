"""The commands of `enishi gateway`."""

from pathlib import Path
from typing import Annotated

import typer

from enishi.cli.ending import end

gateway = typer.Typer(help="An institution's own gateway.", no_args_is_help=True)


@gateway.callback()
def _group() -> None:
    """Keep `load` a word of its own while it is the only command."""


@gateway.command("load")
def gateway_load(
    tenant: Annotated[str, typer.Option("--tenant", help="Institution whose held copies are loaded.")],
    adapter: Annotated[Path, typer.Option("--adapter", help="Adapter file (YAML); files that it names lie beside it.")],
    data: Annotated[Path, typer.Option("--data", help="Data folder of the mesh, or of the gateway alone.")] = Path("data"),
    as_of: Annotated[str, typer.Option("--as-of", help="When the source held this, as RFC 3339 with offset; the file's own time without.")] = "",
    report: Annotated[Path | None, typer.Option("--report", help="File for the report as JSON, each bad row with its place and reason.")] = None,
) -> None:
    """Load held copies from a source; answers change in one step when it is whole, and a load that died goes on.
    Example: enishi gateway load --tenant 012131 --adapter adapters/local_tax.yaml"""
    from enishi.cli.gateway.loading import run_load

    end(run_load, data, tenant, adapter, as_of, report)
