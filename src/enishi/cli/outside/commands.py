"""The commands of an outsider's witness."""

from pathlib import Path
from typing import Annotated

import typer

from enishi.cli.ending import end

witness = typer.Typer(help="Be a witness of a public log, from your own machine.", no_args_is_help=True)

Data = Annotated[Path, typer.Option("--data", help="Folder of the witness: its key, and what it has seen.")]
Every = Annotated[float, typer.Option("--every", min=1.0, help="Seconds between two looks.")]


@witness.command("init")
def init(
    name: Annotated[str, typer.Option("--name", help="Name your key signs under, such as your own web address without https://.")],
    log_key: Annotated[str, typer.Option("--log-key", help="Verifier key of the log, from elsewhere than the log itself.")],
    data: Data = Path("my-witness"),
) -> None:
    """Make your key and show its public part.   Example: enishi witness init --name witness.example/my-paper --log-key KEY"""
    from enishi.cli.outside.witness import init as run

    end(run, data, name, log_key)


@witness.command("watch")
def watch(
    log: Annotated[str, typer.Option("--log", help="Address of the log.")],
    data: Data = Path("my-witness"),
    every: Every = 60.0,
    once: Annotated[bool, typer.Option("--once", help="Look once and end; the exit status is 1 for a fork.")] = False,
) -> None:
    """Look again and again, cosign what continues, keep what shows a fork.   Example: enishi witness watch --log http://log.localhost:8404"""
    from enishi.cli.outside.witness import watch_log

    end(watch_log, data, log, every, once)


@witness.command("serve")
def serve(
    data: Data = Path("my-witness"),
    host: Annotated[str, typer.Option("--host", help="Address to listen at; put TLS of your own in front of a public one.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen at.")] = 8500,
    log: Annotated[str, typer.Option("--log", help="Address of the log, to watch it besides.")] = "",
    every: Every = 60.0,
) -> None:
    """Answer the log's requests to cosign (C2SP tlog-witness).   Example: enishi witness serve --data my-witness --port 8500"""
    from enishi.cli.outside.witness import serve as run

    end(run, data, host, port, log, every)
