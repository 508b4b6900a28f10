"""The commands of the program; each is a few lines over the module that does it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from enishi.cli.commissioncommands import oversight
from enishi.cli.ending import day_of, end, fail
from enishi.cli.gateway.commands import gateway
from enishi.cli.law.commands import law
from enishi.cli.outside.commands import witness
from enishi.cli.registrycommands import registry
from enishi.errors import Misconfigured

app = typer.Typer(help="Enishi (縁): an open public service mesh.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Data = Annotated[Path, typer.Option("--data", help="Folder of keys, databases and logs.")]
Port = Annotated[int, typer.Option("--port", help="First port: portal at BASE, other faces behind it.")]
On = Annotated[str, typer.Option("--on", help="Legal day of every question, as YYYY-MM-DD; moves nothing but the law.")]
DAY = "2025-04-01"


@app.command()
def up(
    data: Data = Path("data"),
    port: Port = 8400,
    residents: Annotated[int, typer.Option("--residents", help="Synthetic people; only for a new data folder.")] = 2000,
    on: On = DAY,
    proposals: Annotated[bool, typer.Option("--proposals/--no-proposals", help="Let proposed rows count, marked everywhere.")] = False,
    law_edge: Annotated[str, typer.Option("--law-edge", help="After the last verified day of the law: refuse, or mark.")] = "refuse",
) -> None:
    """Start the whole mesh on this machine.   Example: enishi up --data data --port 8400"""
    from enishi.cli.up import run_up

    end(run_up, _plan(data, port, on, proposals, law_edge), residents)


@app.command()
def serve(role: str, config: Annotated[Path, typer.Option("--config", help="The role's configuration file.")]) -> None:
    """Run one role alone.   Example: enishi serve keeper --config data/keeper/config.json"""
    from enishi.cli.serve import serve as run

    raise typer.Exit(run(role, config))


bench = typer.Typer(help="Measure the mesh on this machine.", no_args_is_help=True)
app.add_typer(bench, name="bench")


@bench.command("inquiry")
def bench_inquiry(
    seconds: Annotated[float, typer.Option("--seconds", help="Length of each part of the run.")] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    data: Annotated[Path | None, typer.Option("--data", help="Data folder to measure on; a temporary one without.")] = None,
) -> None:
    """Interactive inquiries through every role, beside a direct call and the floor.   Example: enishi bench inquiry --seconds 10 --json"""
    from enishi.cli.bench.inquiry import run

    end(run, data, seconds, as_json)


@bench.command("start")
def bench_start(
    residents: Annotated[int, typer.Option("--residents", help="Synthetic people.")] = 2000,
    times: Annotated[int, typer.Option("--times", help="Starts after the first.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """How long a start takes until every role answers.   Example: enishi bench start --times 3"""
    from enishi.cli.bench.start import run

    end(run, residents, times, as_json)


@bench.command("portal")
def bench_portal(
    records: Annotated[int, typer.Option("--records", help="Inquiries about the one citizen who turns pages.")] = 10_000,
    citizens: Annotated[int, typer.Option("--citizens", help="Citizens who log in at the same moment.")] = 200,
    seconds: Annotated[float, typer.Option("--seconds", help="How long pages are turned.")] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """A citizen with very many records, then many citizens at once.   Example: enishi bench portal --records 10000 --citizens 200"""
    from enishi.cli.bench.portal import run

    end(run, records, citizens, seconds, as_json)


@bench.command("law")
def bench_law(
    questions: Annotated[int, typer.Option("--questions", help="Distinct questions.")] = 100_000,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Decisions of law per second on one core, beside a look-up in SQL and Cedar.   Example: enishi bench law --json"""
    from enishi.cli.bench.law import run

    end(run, questions, as_json)


@app.command()
def tour(
    data: Annotated[Path | None, typer.Option("--data", help="Join the mesh that runs on this folder, or start one there.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON on standard output, the story on standard error.")] = False,
) -> None:
    """Run the story, from the first inquiry to the citizen's proof.   Example: enishi tour"""
    from enishi.cli.tour import run_tour

    end(run_tour, data, as_json)


@app.command()
def inquire(
    person: Annotated[str, typer.Option("--person", help="The inquirer's own number for the person (宛名番号).")],
    provider: Annotated[str, typer.Option("--provider", help="Institution that is asked, such as moj or 011002.")],
    item: Annotated[list[str], typer.Option("--item", help="Data item by its name in law; may be given again.")],
    relation: Annotated[str, typer.Option("--relation", help="Relation of the person to the case, such as applicant.")],
    purpose_item: Annotated[str, typer.Option("--purpose-item", help="号 of the affair.")],
    data: Data = Path("data"),
    institution: Annotated[str, typer.Option("--as", help="Institution that asks.")] = "012131",
    row: Annotated[str, typer.Option("--affair", help="Row of the order.")] = "108",
    source: Annotated[str, typer.Option("--source", help="Revision of the order.")] = "506M60004008009@2024-05-27",
    period: Annotated[str, typer.Option("--period", help="Fiscal year or months.")] = "",
    case: Annotated[str, typer.Option("--case", help="The inquirer's own case reference.")] = "cli",
    as_json: Annotated[bool, typer.Option("--json", help="The API's JSON.")] = False,
) -> None:
    """Ask one institution for one person's data on a running mesh.
    Example: enishi inquire --person 8314941054 --provider moj --item 戸籍関係情報 --purpose-item 1 --relation deceased"""
    from enishi.cli.inquire import run_inquire

    question = {
        "person": person,
        "affair": {"source": source, "row": row},
        "purpose_item": purpose_item,
        "items": item,
        "relation": relation,
        "period": period,
        "provider": provider,
        "case": case,
    }
    end(run_inquire, data, institution, question, as_json)


@app.command()
def verify(
    data: Data = Path("data"),
    url: Annotated[str, typer.Option("--url", help="Address of a public log: check it from outside instead, by its keys alone.")] = "",
    log_key: Annotated[str, typer.Option("--log-key", help="With --url or --records: verifier key of the log.")] = "",
    witnesses: Annotated[list[str] | None, typer.Option("--witness", help="With it: verifier key of a witness; may be given again.")] = None,
    quorum: Annotated[int, typer.Option("--quorum", help="With --url: how many of them must have cosigned; all without it.")] = -1,
    max_age: Annotated[int, typer.Option("--max-age", min=1, help="With --url: minutes that a cosignature may be old.")] = 60,
    since: Annotated[Path | None, typer.Option("--since", help="With --url: a checkpoint kept earlier.")] = None,
    cache: Annotated[Path | None, typer.Option("--cache", help="With --url: folder for a copy, so that a second run fetches what is new.")] = None,
    bundle: Annotated[Path | None, typer.Option("--bundle", help="An evidence file: check it offline instead, by two keys alone.")] = None,
    pins: Annotated[Path, typer.Option("--pins", help="With --bundle: the keys of exchange and commission.")] = Path("data/pins.json"),
    records: Annotated[Path | None, typer.Option("--records", help="A person's own file from the portal: check it offline instead.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Walk everything a mesh recorded, or check a public log (--url), an evidence file (--bundle) or one's own records (--records).
    Example: enishi verify --url http://log.localhost:8404 --log-key KEY --witness KEY --cache log-copy"""
    if bundle is not None:
        from enishi.cli.evidence import check

        end(check, bundle, pins, as_json)
    if records is not None:
        from enishi.cli.ownrecords import check_records, known_keys

        end(check_records, records, known_keys(log_key, tuple(witnesses or ()), quorum), as_json)
    if url:
        from enishi.cli.outside.verifying import Asked, verify_url

        end(verify_url, Asked(url, log_key, tuple(witnesses or ()), quorum, max_age, since, cache), as_json)
    from enishi.cli.verify import verify as walk

    end(walk, data, as_json)


app.add_typer(witness, name="witness")


@app.command()
def reconcile(
    data: Data = Path("data"),
    records: Annotated[Path | None, typer.Option("--records", help="Folder of files that were handed in, in place of databases.")] = None,
    log: Annotated[str, typer.Option("--log", help="Address of the public log, in place of the keeper's database.")] = "",
    since: Annotated[str, typer.Option("--from", help="First day, as YYYY-MM-DD.")] = "",
    until: Annotated[str, typer.Option("--until", help="Last day, as YYYY-MM-DD.")] = "",
    write: Annotated[Path | None, typer.Option("--write", help="Only write the records there as they would be handed in.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Hold the records of inquirers, providers and keeper against each other and the log.   Example: enishi reconcile --data data"""
    from enishi.cli.reconcile import Wanted, period_of, run_reconcile

    end(lambda: run_reconcile(Wanted(data, records, log, period_of(since, until)), as_json, write))


canary = typer.Typer(help="The commission's canary persons, on a running mesh.", no_args_is_help=True)
app.add_typer(canary, name="canary")


@canary.command("ask")
def canary_ask(
    data: Data = Path("data"), as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False
) -> None:
    """Have institutions ask about each canary person once, for a timer.   Example: enishi canary ask --data data"""
    from enishi.cli.canary import run_ask

    end(run_ask, data, as_json)


@canary.command("check")
def canary_check(
    data: Data = Path("data"), as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False
) -> None:
    """Compare the canary persons' records with what was caused, for a timer.   Example: enishi canary check --data data"""
    from enishi.cli.canary import run_check

    end(run_check, data, as_json)


evidence = typer.Typer(help="The evidence of one inquiry as a file, and its checks offline.", no_args_is_help=True)
app.add_typer(evidence, name="evidence")


@evidence.command("export")
def evidence_export(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="Item id or transaction id, in hexadecimal.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")],
    data: Data = Path("data"),
    log: Annotated[str, typer.Option("--log", help="Address of the public log; for a gateway's folder without the keeper's database.")] = "",
) -> None:
    """Write everything that proves one item to a file.   Example: enishi evidence export ID -o case.enishi.json"""
    from enishi.cli.evidence import export

    end(export, data, wanted, output, log)


@evidence.command("verify")
def evidence_verify(
    file: Annotated[Path, typer.Argument(help="Evidence file.")],
    pins: Annotated[Path, typer.Option("--pins", help="The keys of exchange and commission, pins.json of a data folder.")] = Path("data/pins.json"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Check an evidence file by two public keys alone.   Example: enishi evidence verify case.enishi.json --pins data/pins.json"""
    from enishi.cli.evidence import check

    end(check, file, pins, as_json)


app.add_typer(law, name="law")
app.add_typer(registry, name="registry")
app.add_typer(oversight, name="oversight")
app.add_typer(gateway, name="gateway")


def _plan(data: Path, port: int, on: str, proposals: bool, law_edge: str) -> Any:
    from enishi.cli.configs import Plan

    if law_edge not in ("refuse", "mark"):
        fail(Misconfigured("law-edge-unknown", law_edge[:20], "law-edge"))
    return Plan(data, port, day_of(on), "on" if proposals else "off", "mark" if law_edge == "mark" else "refuse")


if __name__ == "__main__":
    app()
