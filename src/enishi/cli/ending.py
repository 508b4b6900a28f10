"""How a command ends: a fault becomes one sentence and an exit status, Ctrl-C an orderly end."""

import signal
import sys
from datetime import date
from typing import Any, NoReturn

import typer

from enishi.errors import Fault, Misconfigured


def end(work: Any, *arguments: Any) -> NoReturn:
    """Run a command's work and leave with its exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # A shell lets what it starts in the background ignore Ctrl-C, and Python then leaves it so; asyncio, too, takes only this handler for its own.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        raise typer.Exit(work(*arguments))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except Fault as fault:
        fail(fault)


def fail(fault: Fault) -> NoReturn:
    """Say on standard error what is wrong, why, and what to do."""
    from enishi.cli.serve import FAILED, sentence

    typer.echo(sentence(fault), err=True)
    raise typer.Exit(FAILED if isinstance(fault, Misconfigured) else 1)


def day_of(text: str, option: str = "on") -> date:
    """The day of an option, or the command ends and says so."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(Misconfigured("day-unreadable", text[:20], option))
