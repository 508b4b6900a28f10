"""Many citizens at once: whoever has a card and its PIN comes in, who has not does not, and the card's work lies between the clocks."""

import asyncio

import pytest

from enishi import society
from enishi.cli.bench.citizens import Step, measure
from enishi.cli.bench.inquiry import cpu_seconds
from enishi.cli.founding import SEED
from enishi.cli.mesh import Mesh
from enishi.cli.ports import face_url
from enishi.errors import Denied
from running.mesh_running import RESIDENTS


@pytest.mark.xdist_group("mesh")
def test_who_types_the_pin_is_in_and_the_card_works_between_the_clocks(mesh: Mesh) -> None:
    holders = [one for one in society.card_holders(society.generate(SEED, RESIDENTS), SEED) if not one.state]
    cards = [(one.card, one.pin) for one in holders[-3:]] + [(holders[0].card, "none")]
    told = asyncio.run(measure(face_url(mesh.plan.base, "portal"), cards, lambda: cpu_seconds(mesh)))
    assert told["citizens"] == {"at_once": 4, "in": 3, "failed": 1}
    assert [told[step]["answered"] for step in ("to_the_card", "pins", "back_and_in", "their_pages")] == [4, 3, 3, 3]
    assert told["pins"]["faults"] == {"pin-malformed": 1}
    # Three scrypts of the card's are in the step of the PINs; what is behind it is a few signatures.
    assert told["pins"]["cpu_s"]["card"] > told["back_and_in"]["cpu_s"].get("card", 0)


def test_a_step_tells_faults_by_name_and_what_each_process_used() -> None:
    spent = iter([{"portal": 1.0, "card": 2.0}, {"portal": 1.5, "card": 2.0}])

    async def work(fails: bool) -> int:
        if fails:
            raise Denied("pin-wrong")
        return 1

    async def run() -> tuple[list[int], dict[str, object]]:
        step = Step(lambda: next(spent))
        return await step.all(work(fails) for fails in (False, True, False)), step.told()

    done, told = asyncio.run(run())
    assert (done, told["answered"], told["failed"], told["faults"], told["cpu_s"]) == ([1, 1], 2, 1, {"pin-wrong": 1}, {"portal": 0.5})
