"""Today's program on data that earlier versions left: it starts, everything recorded before is there and proves, and the story goes on."""

import asyncio
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from enishi import society
from enishi.cli.configs import Plan
from enishi.cli.founding import founded
from enishi.cli.mesh import Mesh
from enishi.cli.ports import face_url, find_base
from enishi.cli.tour import AFFAIR, APPLICANT, LEGAL_DAY, run_tour
from enishi.cli.verify import verify_data
from enishi.client.offering import Carded, hand_over
from enishi.client.portal import Opened, read_records
from enishi.client.proving import check_complete, check_included, check_signed
from enishi.errors import Unavailable
from enishi.protocol.record import read_body
from running.forking import ForkedMesh

pytestmark = pytest.mark.xdist_group("upgrade")
KEPT = sorted(Path(__file__).parent.glob("data-*.tar.xz"))


@pytest.fixture(params=KEPT, ids=[path.name.removesuffix(".tar.xz") for path in KEPT])
def data(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a kept folder."""
    with tarfile.open(request.param, "r:xz") as archive:
        archive.extractall(tmp_path)
    return tmp_path / "data"


@pytest.fixture
def mesh(data: Path) -> Iterator[Mesh]:
    """Today's program on it."""
    with ForkedMesh(Plan(data, find_base(), LEGAL_DAY), 1, {}) as running:
        yield running


def read(mesh: Mesh) -> Opened:
    """What the story's reader is shown, proved as on the reader's own device."""
    marker = founded(mesh.plan.data)
    assert marker is not None
    reader = society.story(marker.seed, marker.residents).reader
    opened = asyncio.run(read_records(face_url(mesh.plan.base, "portal"), reader.card, reader.pin))
    check_included(opened.proof, check_signed(opened.proof))
    check_complete(opened)
    return opened


def test_a_version_was_kept() -> None:
    assert KEPT


def test_records_of_then_are_there_prove_and_stay_as_the_story_goes_on(mesh: Mesh) -> None:
    before = read(mesh).proof.records
    kinds = [read_body(record.body).kind for record in before]
    # Beside this look itself the tour left two questions with their outcomes, one refusal and one look.
    assert [kinds.count(kind) for kind in ("intent", "outcome", "refusal", "look")] == [2, 2, 1, 2]
    assert run_tour(mesh.plan.data, True) == 0
    after = {record.index: record for record in read(mesh).proof.records}
    assert len(after) == len(before) + 7
    assert all(after[record.index].leaf == record.leaf and after[record.index].body == record.body for record in before)
    report = verify_data(mesh.plan.data)
    assert report.ok, report.findings
    hands_nothing_over(mesh)


def hands_nothing_over(mesh: Mesh) -> None:
    """A register of then knows no signature certificate: it says so at its start and to the person, and no number is on its way."""
    marker = founded(mesh.plan.data)
    assert marker is not None
    holders = society.card_holders(society.generate(marker.seed, marker.residents), marker.seed)
    who = next(one for one in holders if one.role == APPLICANT and not one.state)
    wanted = {"institution": "012131", **AFFAIR}
    with pytest.raises(Unavailable, match="signature-serials-missing"):
        asyncio.run(hand_over(face_url(mesh.plan.base, "portal"), Carded(who.card, who.pin, who.password), wanted))
    assert "signature-serials-missing" in (mesh.plan.data / "logs" / "registrar.log").read_text(encoding="utf-8")
