"""The commands under `enishi oversight`; each is a few lines over `cli.commission`."""

from pathlib import Path
from typing import Annotated

import typer

from enishi.cli.ending import end

oversight = typer.Typer(help="The commission's own desk: letters that people wrote to it.", no_args_is_help=True)
Data = Annotated[Path, typer.Option("--data", help="Folder of keys, databases and logs.")]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="Number of a letter.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


@oversight.command("letters")
def letters(data: Data = Path("data"), as_json: Json = False) -> None:
    """Letters to the commission, those that wait first.   Example: enishi oversight letters"""
    from enishi.cli.commission import run_letters

    end(run_letters, data, as_json)


@oversight.command("letter")
def letter(number: Number, data: Data = Path("data"), as_json: Json = False) -> None:
    """One letter with everything in it.   Example: enishi oversight letter 4821-0937-1164"""
    from enishi.cli.commission import run_letter

    end(run_letter, data, number, as_json)


@oversight.command("answer")
def answer(
    number: Number, text: Annotated[str, typer.Argument(help="The answer; - takes it from standard input.")], data: Data = Path("data")
) -> None:
    """Answer a letter, once.   Example: enishi oversight answer 4821-0937-1164 - < answer.txt"""
    from enishi.cli.commission import run_answer

    end(run_answer, data, number, text)
