"""The command `enishi gateway ask`."""

from pathlib import Path
from typing import Annotated

import typer

from enishi.cli.ending import end


def ask(
    file: Annotated[Path | None, typer.Argument(help="File of 18 fields (.csv, or .txt in fixed width) or of questions (.ndjson).")] = None,
    out: Annotated[Path, typer.Option("--out", help="Result file to write, in the layout that came in.")] = Path("result"),
    documents: Annotated[Path | None, typer.Option("--documents", help="Write every row's result with its contents there, as NDJSON.")] = None,
    tenant: Annotated[str, typer.Option("--tenant", help="Institution that asks.")] = "012131",
    data: Annotated[Path, typer.Option("--data", help="Folder of a running demo: finds address and credential.")] = Path("data"),
    url: Annotated[str, typer.Option("--url", help="Address of the gateway's API, in place of --data.")] = "",
    credential: Annotated[Path | None, typer.Option("--credential", help="File with the bearer credential, with --url.")] = None,
    charset: Annotated[str, typer.Option("--charset", help="utf-8 or cp932; without it a byte order mark, else ASCII alone.")] = "",
    header: Annotated[bool, typer.Option("--header", help="The first line names the columns.")] = False,
    key: Annotated[str, typer.Option("--key", help="Idempotency key: the same file under it is asked once.")] = "",
    number: Annotated[str, typer.Option("--number", help="Fetch the results of this processing number; nothing is sent.")] = "",
) -> None:
    """Ask about every row of a file, and write the result file.
    Example: enishi gateway ask inquiries.csv --charset cp932 --out result.csv"""
    from enishi.cli.gateway.asking import Place, Wanted, run_ask

    end(run_ask, Place(data, tenant, url, credential), Wanted(file, number, charset, "present" if header else "absent", key), out, documents)
