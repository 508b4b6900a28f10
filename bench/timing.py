"""Whether an inquirer can tell kinds of answers apart by how long they take: `python bench/timing.py --rounds 200`.

Starts a mesh of its own, asks the kinds in turn, one at a time, and prints for each the median, and how often it took longer than the kind that it is
held against (0.5: they cannot be told apart by time; 1 or 0: always).
"""

import argparse
import asyncio
import tempfile
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any, Final

import msgspec

from enishi import clock, society
from enishi.cli.configs import Plan
from enishi.cli.founding import SEED
from enishi.cli.mesh import Mesh
from enishi.cli.ports import face_url, find_base
from enishi.client.gateway import GatewayClient

A: Final = "012131"
RESIDENTS: Final = 60
DAY: Final = date(2025, 4, 1)
STORY: Final = society.story(SEED, RESIDENTS)
HELD_AT: Final = STORY.loan.provider
AFFAIR: Final = {"source": "506M60004008009@2024-05-27", "row": "108"}
AGAINST: Final = {"held, in dispute": "held, protected", "no such person": "provided", "not registered": "provided", "held, protected": "provided"}


def _tax(figure: Any, period: str = "2024") -> dict[str, Any]:
    asked = {"affair": AFFAIR, "purpose_item": "3", "items": ["地方税関係情報"], "relation": "applicant", "provider": HELD_AT, "case": "T-1"}
    return {"person": figure.addressees[A], "period": period} | asked


def _register() -> dict[str, Any]:
    case = STORY.condolence
    asked = {"affair": AFFAIR, "purpose_item": "1", "items": ["戸籍関係情報"], "relation": "deceased", "provider": case.register, "case": "T-2"}
    return {"person": case.deceased.addressees[A]} | asked


KINDS: Final = {
    "provided": _tax(STORY.loan.applicant),
    "provided, another item and provider": _register(),
    "not registered": _tax(STORY.loan.applicant, "2011"),
    "no such person": _tax(STORY.unknown),
    "held, protected": _tax(STORY.protected),
}


async def _measure(mesh: Mesh, rounds: int) -> dict[str, tuple[list[float], str]]:
    asker, desk = (GatewayClient(face_url(mesh.plan.base, "gateway"), (mesh.plan.data / "credentials" / one).read_text()) for one in (A, HELD_AT))
    found = await _rounds(asker, KINDS, rounds)
    mark = {"kind": "dispute", "person": STORY.loan.applicant.addressees[HELD_AT]}
    await desk._call("POST", "/v1/marks", msgspec.json.encode(mark))
    both = {"held, in dispute": KINDS["provided"], "held, protected": KINDS["held, protected"]}
    again = await _rounds(asker, both, rounds)
    return found | {"held, in dispute": again["held, in dispute"], "held, protected, in the same rounds": again["held, protected"]}


async def _rounds(asker: GatewayClient, kinds: dict[str, dict[str, Any]], rounds: int) -> dict[str, tuple[list[float], str]]:
    found: dict[str, tuple[list[float], str]] = {name: ([], "") for name in kinds}
    for turn in range(rounds + 5):
        for name, question in kinds.items():
            begun = clock.monotonic()
            (item,) = (await asker.inquire(question))["items"]
            took = clock.monotonic() - begun
            if turn >= 5:
                found[name] = ([*found[name][0], took], str(item["outcome"]))
    return found


def _longer(one: list[float], other: list[float]) -> float:
    """How often a value of one is above a value of the other; ties count half."""
    pairs = [(a > b) + (a == b) / 2 for a in one for b in other]
    return sum(pairs) / len(pairs)


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--rounds", type=int, default=200)
    rounds = given.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="timing-") as folder, Mesh(Plan(Path(folder), find_base(), DAY), RESIDENTS, lambda step: None) as mesh:
        found = asyncio.run(_measure(mesh, rounds))
    print(f"{'kind':40} {'outcome shown':22} {'median ms':>9}  longer than")
    for name, (took, outcome) in found.items():
        against = "held, protected, in the same rounds" if name == "held, in dispute" else AGAINST.get(name, "")
        told = f"{against}: {_longer(took, found[against][0]):.2f}" if against else ""
        print(f"{name:40} {outcome:22} {1000 * median(took):9.2f}  {told}")


if __name__ == "__main__":
    main()
