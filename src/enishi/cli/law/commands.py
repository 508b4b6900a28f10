"""The commands of `enishi law`; each is a few lines over the module that does it."""

from pathlib import Path
from typing import Annotated

import typer

from enishi.cli.ending import day_of, end

law = typer.Typer(help="Ask the law data, without a mesh.", no_args_is_help=True)

Language = Annotated[str, typer.Option("--lang", help="ja or en.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
On = Annotated[str, typer.Option("--on", help="Legal day of questions that name none.")]
Proposals = Annotated[bool, typer.Option("--proposals/--no-proposals", help="Let proposed rows count, marked.")]
Ordinances = Annotated[Path | None, typer.Option("--ordinances", help="Folder of ordinance files (YAML); without it those of the demo.")]


@law.command()
def decide(
    file: Annotated[Path, typer.Argument(help="JSON or JSON Lines; - for standard input.")],
    on: On = "",
    proposals: Proposals = False,
    ordinances: Ordinances = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines, which is the only form.")] = True,
) -> None:
    """One verdict a line, with basis, conditions, grounds and remedies; 1 if a line could not be read.
    Example: enishi law decide question.json --json"""
    from enishi.cli.law.deciding import run_decide

    end(run_decide, file, day_of(on) if on else None, proposals, ordinances)


@law.command()
def explain(
    wanted: Annotated[str, typer.Argument(metavar="FILE|CITATION", help="A question as for decide (- for standard input), or a citation.")],
    on: On = "",
    proposals: Proposals = False,
    ordinances: Ordinances = None,
    lang: Language = "ja",
    as_json: Json = False,
) -> None:
    """The story of one verdict, or what stands at one citation.   Example: enishi law explain 506M60004008009@2024-05-27#2/108 --lang en"""
    from enishi.cli.law.explaining import run_explain

    end(run_explain, wanted, day_of(on) if on else None, proposals, ordinances, lang, as_json)


@law.command()
def diff(
    earlier: Annotated[str, typer.Argument(metavar="DAY", help="YYYY-MM-DD.")],
    later: Annotated[str, typer.Argument(metavar="DAY", help="YYYY-MM-DD.")],
    affair: Annotated[str, typer.Option("--affair", help="Only affairs of this law, with these words, or at this citation.")] = "",
    lang: Language = "ja",
    as_json: Json = False,
) -> None:
    """What became lawful between two days, and what ceased.   Example: enishi law diff 2022-10-18 2024-06-03 --affair 道路運送車両法"""
    from enishi.cli.law.differing import run_diff

    end(run_diff, day_of(earlier, "day"), day_of(later, "day"), affair, lang, as_json)


@law.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.xml", help="A law's XML (e-Gov schema v3); - for standard input.")],
    jsonl: Annotated[bool, typer.Option("--jsonl", help="The rows, one JSON object a line; the summary goes to standard error.")] = False,
    table: Annotated[str, typer.Option("--table", help="Only this table: appended, appended-1, appended-2, 2 or detail.")] = "",
    lang: Language = "ja",
) -> None:
    """Compile a law's tables into rows, or say where it cannot be read.   Example: enishi law import order.xml --jsonl --table 2"""
    from enishi.cli.law.importing import run_import

    end(run_import, file, table, lang, jsonl)


@law.command()
def lint(
    held: Annotated[bool, typer.Option("--held", help="Ask also which capacities no institution of the demo holds.")] = False,
    reviewed: Annotated[bool, typer.Option("--reviewed", help="Show also what was reviewed and stays, with the reason.")] = False,
    lang: Language = "ja",
    as_json: Json = False,
) -> None:
    """The faults of the law data; 1 if one is found.   Example: enishi law lint --json"""
    from enishi.cli.law.checking import run_lint

    end(run_lint, held, reviewed, lang, as_json)


@law.command()
def stats(lang: Language = "ja", as_json: Json = False) -> None:
    """How much law is held, table by table.   Example: enishi law stats --lang en"""
    from enishi.cli.law.checking import run_stats

    end(run_stats, lang, as_json)
