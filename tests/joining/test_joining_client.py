"""The institution's client on the running mesh: typed answers, waiting for an end, held ones, evidence, and faults of one tree."""

import asyncio
import threading

import pytest

from enishi.cli.mesh import Mesh
from enishi.cli.ports import face_url
from enishi.client import Ask, AsyncGateway, Gateway, Whose
from enishi.errors import Fault, Malformed, Unauthenticated, Unavailable, Unknown
from enishi.evidence import decode
from running.mesh_running import STORY

pytestmark = pytest.mark.xdist_group("mesh")
CITY, SAPPORO = "012131", "011002"


def client(mesh: Mesh, institution: str = CITY) -> Gateway:
    return Gateway(face_url(mesh.plan.base, "gateway"), (mesh.plan.data / "credentials" / institution).read_text())


def tax(person: str, case: str) -> Ask:
    return Ask(person=person, provider=SAPPORO, items=("地方税関係情報",), row="108", purpose_item="3", period="2024", case=case)


def test_an_answer_has_its_types_and_its_evidence(mesh: Mesh) -> None:
    gateway = client(mesh)
    inquiry = gateway.inquire(tax(STORY.loan.applicant.addressees[CITY], "C-1"), wait_s=30)
    (item,) = inquiry.items
    assert (inquiry.ended, item.verdict, item.outcome) == (True, "permit", "provided")
    assert item.documents["local_tax"][0]["v"].startswith("local_tax.")
    assert gateway.look(inquiry.txid) == inquiry
    while (found := gateway.evidence(case="C-1"))[0].evidence == "gathering":
        threading.Event().wait(0.5)
    assert [one.item_id for one in found] == [item.item_id]
    assert decode(gateway.bundle(item.item_id)).place == 0


def test_what_is_held_ends_by_an_official(mesh: Mesh) -> None:
    asking, desk = client(mesh), client(mesh, SAPPORO)
    inquiry = asking.inquire(tax(STORY.protected.addressees[CITY], "C-2"))
    assert (inquiry.state, inquiry.items[0].outcome) == ("waiting", "held")
    (held,) = [one for one in desk.held() if one.item_id == inquiry.items[0].item_id]
    assert (held.inquirer, held.period) == (CITY, "2024")
    with pytest.raises(Malformed, match="citation-not-allowed"):
        desk.refuse(held.item_id, "no")
    desk.refuse(held.item_id, "325AC0000000226#22")

    async def end() -> str | None:
        async with AsyncGateway(face_url(mesh.plan.base, "gateway"), (mesh.plan.data / "credentials" / CITY).read_text()) as gateway:
            return (await gateway.wait(await gateway.look(inquiry.txid), 60)).items[0].outcome

    assert asyncio.run(end()) == "refused_with_citation"


def test_officials_look_up_a_copy_its_past_and_whom_to_ask(mesh: Mesh) -> None:
    gateway, person = client(mesh), STORY.loan.applicant.addressees[CITY]
    copy = gateway.copy(person, "jumin")
    assert (copy.state, copy.document is not None) == ("held", True)
    past = gateway.history(person, "jumin")
    assert ([one.document for one in past.former], past.next) == ([copy.document], None)
    assert gateway.history(person, "jumin", before=1).former == past.former
    found = gateway.holder(Whose(item="local_tax", fiscal_year="2024", person=person))
    assert (found.state, found.institution, found.reason) == ("ask_first", SAPPORO, "lived-before")
    assert found.told["ja"]
    with pytest.raises(Unknown, match="person-unknown"):
        gateway.copy("0000000000", "jumin")
    with pytest.raises(Malformed, match="holder-wrong"):
        gateway.holder(Whose(item="local_tax"))


def test_faults_are_one_tree(mesh: Mesh) -> None:
    gateway = client(mesh)
    with pytest.raises(Unknown, match="person-unknown") as caught:
        gateway.inquire(tax("0000000000", "C-3"))
    assert isinstance(caught.value, Fault)
    with pytest.raises(Unauthenticated, match="credential-unknown"):
        Gateway(face_url(mesh.plan.base, "gateway"), "nobody").held()
    with pytest.raises(Unavailable, match="gateway-unreachable"):
        Gateway("http://127.0.0.1:9", "nobody").held()
