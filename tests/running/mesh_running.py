"""A mesh of its own for tests, and the story's questions to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from enishi import society
from enishi.cli.configs import Plan
from enishi.cli.founding import SEED
from enishi.cli.mesh import Mesh
from enishi.cli.ports import face_url, find_base
from enishi.client.gateway import GatewayClient

RESIDENTS = 60
AFFAIR = {"source": "506M60004008009@2024-05-27", "row": "108"}
HURRY = {"enishi.roles.gateway.evidence.gathering.EVERY_S": 0.5}
"""Pauses in which a test would only wait; what happens before and after them is the same."""
STORY = society.story(SEED, RESIDENTS)


@contextmanager
def running_mesh(data: Path) -> Iterator[Mesh]:
    """Every role as a process on a free block of ports; `tests/cli` starts them as `make up` does."""
    # Imported here: whoever asks for the story's questions alone need not have every role loaded.
    from running.forking import ForkedMesh

    with ForkedMesh(Plan(data, find_base(), date(2025, 4, 1)), RESIDENTS, HURRY) as mesh:
        yield mesh


def gateway(mesh: Mesh, institution: str = "012131") -> GatewayClient:
    """The API of one institution."""
    token = (mesh.plan.data / "credentials" / institution).read_text()
    return GatewayClient(face_url(mesh.plan.base, "gateway"), token)


def register_question(**changes: Any) -> dict[str, Any]:
    """The family register of the deceased."""
    case = STORY.condolence
    question = {
        "person": case.deceased.addressees[case.inquirer],
        "affair": AFFAIR,
        "purpose_item": "1",
        "items": ["戸籍関係情報"],
        "relation": "deceased",
        "provider": case.register,
        "case": "R7-1",
    }
    return question | changes


def tax_question(figure: society.Figure, **changes: Any) -> dict[str, Any]:
    """Tax of an applicant for the loan."""
    question = {
        "person": figure.addressees["012131"],
        "affair": AFFAIR,
        "purpose_item": "3",
        "items": ["地方税関係情報"],
        "relation": "applicant",
        "period": "2024",
        "provider": STORY.loan.provider,
        "case": "R7-2",
    }
    return question | changes
