"""`enishi gateway fixtures`: questions to 札幌市 of the demo, one for every way in which an inquiry can end, ready to be put by anybody."""

from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Table

from enishi import society
from enishi.cli.founding import founded
from enishi.errors import Misconfigured

SANDBOX: Final = "011002"
AFFAIR: Final = {"source": "506M60004008009@2024-05-27", "row": "108"}


class Fixture(msgspec.Struct, frozen=True, kw_only=True):
    """A question as the body of `POST /v1/inquiries`, who puts it, and how it ends."""

    name: str
    inquirer: str
    ends: str
    """The outcome; `refusal` where law refuses before the provider is asked; `held` waits for an official of the sandbox."""
    body: dict[str, Any]


def fixtures_of(seed: int, residents: int) -> tuple[Fixture, ...]:
    """The fixtures of a society, the same at every start."""
    story = society.story(seed, residents)
    asked = story.loan.inquirer
    return tuple(
        Fixture(name=name, inquirer=asked, ends=ends, body=_body(figure.addressees[asked], name, changes))
        for name, ends, figure, changes in (
            ("provided", "provided", story.loan.applicant, {}),
            ("not-registered", "not_registered", story.loan.applicant, {"period": "2021"}),
            ("no-such-person", "no_such_person", story.unknown, {}),
            ("held", "held", story.protected, {}),
            ("refusal", "refusal", story.loan.applicant, {"purpose_item": "1"}),
        )
    )


def run_fixtures(data: Path, name: str, json: bool) -> int:
    """Print them as a table, or as JSON; with a name, the body of that one alone, to be put as it is."""
    marker = founded(data)
    if marker is None:
        raise Misconfigured("mesh-not-founded", str(data), "data")
    known = fixtures_of(marker.seed, marker.residents)
    if name:
        found = [one for one in known if one.name == name]
        if not found:
            raise Misconfigured("fixture-unknown", f"{name[:40]}: {', '.join(one.name for one in known)}", "name")
        print(msgspec.json.encode(found[0].body).decode())
    elif json:
        print(msgspec.json.encode(known).decode())
    else:
        _print(known)
    return 0


def _body(person: str, name: str, changes: dict[str, str]) -> dict[str, Any]:
    asked = {"purpose_item": "3", "items": ["地方税関係情報"], "relation": "applicant", "period": "2024", "provider": SANDBOX}
    return {"person": person, "affair": AFFAIR, "case": f"sandbox-{name}"} | asked | changes


def _print(known: tuple[Fixture, ...]) -> None:
    table = Table(box=None, pad_edge=False)
    for head in ("名前 name", "照会者 inquirer", "本人 person", "結果 ends"):
        table.add_column(head)
    for one in known:
        table.add_row(one.name, one.inquirer, one.body["person"], one.ends)
    Console(highlight=False).print(table)
