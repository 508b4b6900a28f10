"""The commands of `enishi gateway`."""

from pathlib import Path
from typing import Annotated

import typer

from enishi.cli.ending import end
from enishi.cli.gateway.askcommands import ask
from enishi.cli.gateway.markcommands import mark
from enishi.cli.gateway.registercommands import copies, holder

gateway = typer.Typer(help="An institution's own gateway.", no_args_is_help=True)
evidence = typer.Typer(help="Evidence of what the institution asked.", no_args_is_help=True)
gateway.add_typer(evidence, name="evidence")
gateway.add_typer(mark, name="mark")
gateway.command("ask")(ask)
gateway.command("copies")(copies)
gateway.command("holder")(holder)
Data = Annotated[Path, typer.Option("--data", help="Data folder of the mesh, or of the gateway alone.")]
Tenant = Annotated[str, typer.Option("--tenant", help="The institution.")]


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


@evidence.command("search")
def evidence_search(
    tenant: Tenant,
    data: Data = Path("data"),
    case: Annotated[str, typer.Option("--case", help="The institution's own case reference.")] = "",
    person: Annotated[str, typer.Option("--person", help="The person's local number.")] = "",
    affair: Annotated[str, typer.Option("--affair", help="Row of the order, or SOURCE#ROW.")] = "",
    officer: Annotated[str, typer.Option("--officer", help="Who asked.")] = "",
    since: Annotated[str, typer.Option("--from", help="First day, as YYYY-MM-DD.")] = "",
    until: Annotated[str, typer.Option("--until", help="Last day, as YYYY-MM-DD.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Find inquiries by case, person, affair, officer and day.   Example: enishi gateway evidence search --tenant 012131 --case R7-1"""
    from enishi.cli.gateway.evidence import run_search

    words = {"case": case, "person": person, "affair": affair, "officer": officer}
    end(run_search, data, tenant, words, (since, until), as_json)


@evidence.command("export")
def evidence_export(
    item: Annotated[str, typer.Argument(metavar="ITEM", help="Item id, in hexadecimal.")],
    tenant: Tenant,
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")],
    data: Data = Path("data"),
) -> None:
    """Write the bundle of one item.   Example: enishi gateway evidence export ITEM --tenant 012131 -o case.enishi.json"""
    from enishi.cli.gateway.evidence import run_export

    end(run_export, data, tenant, item, output)


@gateway.command("retention")
def gateway_retention(
    data: Data = Path("data"),
    tenant: Annotated[str, typer.Option("--tenant", help="One institution only.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
) -> None:
    """Delete records that ended more than seven years ago, and nothing else.   Example: enishi gateway retention --dry-run"""
    from enishi.cli.gateway.retention import run_retention

    end(run_retention, data, tenant, dry_run)


@gateway.command("init")
def gateway_init(
    platform: Annotated[str, typer.Option("--platform", help="Name of the platform: small letters, figures and hyphens.")],
    door: Annotated[str, typer.Option("--door", help="Address of its mesh door, https://NAME.mesh.localhost:PORT on one machine.")],
    exchange: Annotated[str, typer.Option("--exchange", help="Public address of the exchange.")],
    pins: Annotated[Path, typer.Option("--pins", help="The keys of exchange and commission, got by another way.")],
    institution: Annotated[list[Path], typer.Option("--institution", help="Form of an institution (JSON); may be given again.")],
    data: Data = Path("gateway-data"),
    face_port: Annotated[int, typer.Option("--face-port", help="Port of the API for officials' systems.")] = 8502,
) -> None:
    """Make a platform's folder: keys with proofs, request, description; no private key ever leaves it.
    Example: enishi gateway init --platform north --door https://north.mesh.localhost:8552 --exchange http://exchange.localhost:8403
    --pins pins.json --institution city.json"""
    from enishi.cli.gateway.joining import run_init
    from enishi.roles.gateway.joining.platform import Platform

    end(run_init, data, Platform(name=platform, door=door, face_port=face_port, exchange=exchange), pins, institution)


@gateway.command("join")
def gateway_join(
    data: Data = Path("gateway-data"),
    write: Annotated[Path | None, typer.Option("--write", help="Write the request to a file instead of handing it in.")] = None,
    admission: Annotated[Path | None, typer.Option("--admission", help="File with the exchange's answer to /v1/joining/DIGEST.")] = None,
) -> None:
    """Hand the request to the exchange, or take up what came of it (exit status 3: waits).   Example: enishi gateway join --data gateway-data"""
    from enishi.cli.gateway.joining import run_join

    end(run_join, data, write, admission)


@gateway.command("status")
def gateway_status(
    data: Data = Path("data"), as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False
) -> None:
    """Registry with its age, certificate's end, institutions, what waits; from the folder alone.   Example: enishi gateway status"""
    from enishi.cli.gateway.joining import run_status

    end(run_status, data, as_json)


@gateway.command("renew")
def gateway_renew(data: Data = Path("data")) -> None:
    """Ask for the next certificate now; a running gateway does so by itself in time.   Example: enishi gateway renew"""
    from enishi.cli.gateway.joining import run_renew

    end(run_renew, data)


@gateway.command("leave")
def gateway_leave(
    data: Data = Path("data"),
    despite_open: Annotated[bool, typer.Option("--despite-open", help="Go on although something is still open.")] = False,
    destroy_keys: Annotated[str, typer.Option("--destroy-keys", metavar="NAME", help="The platform's name: delete its keys, at the end.")] = "",
) -> None:
    """Leave in order: no new inquiry, what is open ends, suspension, then the keys; records stay.   Example: enishi gateway leave"""
    from enishi.cli.gateway.joining import run_leave

    end(run_leave, data, despite_open, destroy_keys)


@gateway.command("fixtures")
def gateway_fixtures(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Print the body of this one alone.")] = "",
    data: Data = Path("data"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list on standard output.")] = False,
) -> None:
    """Questions that anybody may put in the demo, one for each way in which an inquiry ends.   Example: enishi gateway fixtures provided"""
    from enishi.cli.gateway.fixtures import run_fixtures

    end(run_fixtures, data, name, as_json)
