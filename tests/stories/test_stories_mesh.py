"""Whole exchanges on a running mesh: real processes, real mTLS, real cryptography."""

import asyncio
import json
import re
import socket
import ssl
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import msgspec
import pytest

from enishi import clock, society
from enishi.cli.founding import SEED
from enishi.cli.mesh import Mesh
from enishi.cli.ports import ROLES, face_url, mesh_port, mesh_url, role_of
from enishi.cli.verify import verify_data
from enishi.client.portal import ask_own, read_records
from enishi.client.proving import check_complete, check_cosigned, check_included, check_signed
from enishi.errors import Conflict, Denied, Fault, Malformed, Unauthenticated, Unavailable
from enishi.mesh import pki
from enishi.mesh.client import MeshClient
from enishi.mesh.tls import Credentials
from enishi.protocol.record import read_body
from enishi.protocol.wire import Batch, Empty, Notice, NoticeReply, Results, SnapshotReply
from running.mesh_running import STORY, gateway, register_question, tax_question

pytestmark = pytest.mark.xdist_group("mesh")


def ask(mesh: Mesh, question: dict[str, Any], institution: str = "012131") -> dict[str, Any]:
    return asyncio.run(gateway(mesh, institution).inquire(question))


def only(answer: dict[str, Any]) -> dict[str, Any]:
    (item,) = answer["items"]
    return dict(item)


def test_the_tour_holds_on_the_running_mesh(mesh: Mesh) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "enishi.cli.main", "tour", "--data", str(mesh.plan.data), "--json"], capture_output=True, text=True, check=False
    )
    told = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr[-2000:]
    assert told["ok"] is True
    assert len(told["steps"]) == 12


def test_persons_of_one_case_travel_in_one_message(mesh: Mesh) -> None:
    case = STORY.condolence
    people = [(case.deceased, "deceased"), *((one, "survivor") for one in case.survivors)]
    rows = [{"person": who.addressees["012131"], "relation": relation, "period": "", "case": "R7-1"} for who, relation in people]
    question = {key: value for key, value in register_question().items() if key not in ("person", "relation", "case")}
    answer = ask(mesh, question | {"people": rows})
    assert [item["outcome"] for item in answer["items"]] == ["provided"] * len(people)
    assert len({item["receipt"]["index"] for item in answer["items"]}) == len(people)


def test_each_row_is_judged_by_its_own_relation(mesh: Mesh) -> None:
    case = STORY.condolence
    rows = [
        {"person": case.deceased.addressees["012131"], "relation": "deceased", "period": "", "case": "R7-1"},
        {"person": case.recipient.addressees["012131"], "relation": "guarantor", "period": "", "case": "R7-1"},
    ]
    question = {key: value for key, value in register_question().items() if key not in ("person", "relation", "case")}
    first, second = ask(mesh, question | {"people": rows})["items"]
    assert first["outcome"] == "provided"
    assert second["verdict"] == "refusal"
    assert {ground["code"] for ground in second["grounds"]} == {"relation-not-in-purpose"}


def test_a_held_item_is_decided_by_an_official_and_reaches_the_inquirer(mesh: Mesh) -> None:
    asked = ask(mesh, tax_question(STORY.protected))
    item = only(asked)
    assert item["outcome"] == "held"
    assert item["documents"] == {}
    desk = gateway(mesh, STORY.loan.provider)
    held = asyncio.run(desk._call("GET", "/v1/held", None))
    waiting = held["items"] if isinstance(held, dict) else held
    assert item["item_id"] in {one["item_id"] for one in waiting}
    asyncio.run(desk._call("POST", f"/v1/held/{item['item_id']}", b'{"decision":"provide"}'))
    after = only(asyncio.run(gateway(mesh)._call("GET", f"/v1/inquiries/{asked['txid']}", None)))
    for _ in range(100):
        if after["outcome"] == "provided":
            break
        after = only(asyncio.run(gateway(mesh)._call("GET", f"/v1/inquiries/{asked['txid']}", None)))
    assert after["outcome"] == "provided"
    assert after["receipt"] == item["receipt"]


def test_a_refusal_and_an_unknown_person_are_in_the_log_all_the_same(mesh: Mesh) -> None:
    refused = only(ask(mesh, register_question(items=["地方税関係情報"], provider="011002", period="2024")))
    unknown = only(ask(mesh, tax_question(STORY.unknown)))
    assert refused["verdict"] == "refusal"
    assert refused["remedies"]
    assert unknown["outcome"] == "no_such_person"
    assert refused["receipt"]["index"] < unknown["receipt"]["index"]


def test_the_citizen_reads_everything_and_proves_it(mesh: Mesh) -> None:
    opened = asyncio.run(read_records(face_url(mesh.plan.base, "portal"), STORY.reader.card, STORY.reader.pin))
    checkpoint = check_signed(opened.proof)
    assert check_included(opened.proof, checkpoint) == check_complete(opened)
    assert len(check_cosigned(opened.proof, clock.now_ms())) == 2
    kinds = {read_body(record.body).kind for record in opened.proof.records}
    assert "look" in kinds


def test_the_citizen_asks_for_their_own_data(mesh: Mesh) -> None:
    portal, reader = face_url(mesh.plan.base, "portal"), STORY.reader
    answer = msgspec.json.decode(asyncio.run(ask_own(portal, reader.card, reader.pin, STORY.condolence.register, {"item-koseki": "1"})))
    assert (answer["holder"], answer["outcome"]) == (STORY.condolence.register, "provided")
    assert len(answer["documents"]["koseki"]) == 1
    records = [read_body(record.body) for record in asyncio.run(read_records(portal, reader.card, reader.pin)).proof.records]
    assert [body.item_id.hex() for body in records if body.kind == "self"] == [answer["item_id"]]


def test_a_wrong_pin_is_said_and_costs_a_try(mesh: Mesh) -> None:
    card = STORY.loan.applicant
    with pytest.raises(Denied) as caught:
        asyncio.run(read_records(face_url(mesh.plan.base, "portal"), card.card, f"{(int(card.pin) + 1) % 10000:04d}"))
    assert caught.value.code == "pin-wrong"


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"provider": "nobody"}, Malformed),
        ({"items": ["知らない情報"]}, Malformed),
        ({"person": "0000000000"}, Malformed),
        ({"relation": "nonsense"}, Malformed),
        ({"period": "20x4"}, Malformed),
        ({"purpose_item": "１"}, Malformed),
        ({"items": []}, Malformed),
        ({"person": "9" * 5000}, Malformed),
    ],
)
def test_bad_input_gets_a_problem_document(mesh: Mesh, change: dict[str, Any], kind: type[Fault]) -> None:
    with pytest.raises(kind) as caught:
        ask(mesh, register_question(**change))
    assert re.fullmatch(r"[a-z-]+", caught.value.code)
    assert only(ask(mesh, register_question()))["outcome"] == "provided"


def test_a_wrong_credential_opens_nothing(mesh: Mesh) -> None:
    stranger = gateway(mesh)
    stranger._headers["authorization"] = "Bearer nonsense"
    with pytest.raises(Unauthenticated):
        asyncio.run(stranger.inquire(register_question()))


@pytest.mark.parametrize("role", ROLES)
def test_no_mesh_door_answers_without_a_certificate_of_the_mesh(mesh: Mesh, role: str, tmp_path: Path) -> None:
    now = clock.now_ms()
    pki.create_authority(tmp_path / "other", now)
    pki.issue(tmp_path / "other", tmp_path / "wrong", "exchange", "exchange", (), now)
    authority = mesh.plan.data / "authority"
    pki.issue(authority, tmp_path / "expired", "exchange", "exchange", (), now - 900 * 86_400_000, days=1)
    for name in ("none", "wrong", "expired"):
        context = ssl.create_default_context(cafile=str(authority / "ca.pem"))
        if name != "none":
            context.load_cert_chain(tmp_path / name / "cert.pem", tmp_path / name / "key.pem")
        assert not answered(mesh_port(mesh.plan.base, role), f"{role}.mesh.localhost", context), name


def answered(port: int, host: str, context: ssl.SSLContext) -> bool:
    """Whether the door says anything at all."""
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as plain, context.wrap_socket(plain, server_hostname=host) as door:
            door.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
            return door.recv(1) != b""
    except (ssl.SSLError, OSError):
        return False


def test_a_revoked_certificate_gets_no_answer(mesh: Mesh, tmp_path: Path) -> None:
    authority = mesh.plan.data / "authority"
    serial = pki.issue(authority, tmp_path / "gone", "exchange", "exchange", (), clock.now_ms())
    context = ssl.create_default_context(cafile=str(authority / "ca.pem"))
    context.load_cert_chain(tmp_path / "gone" / "cert.pem", tmp_path / "gone" / "key.pem")
    port = mesh_port(mesh.plan.base, "keeper")
    assert answered(port, "keeper.mesh.localhost", context)
    pki.revoke(authority, [serial], clock.now_ms(), [mesh.plan.data / role / "tls" for role in ROLES])
    assert not answered(port, "keeper.mesh.localhost", context)


def test_a_role_may_not_use_the_door_of_another(mesh: Mesh) -> None:
    async def call() -> None:
        client = MeshClient(Credentials(mesh.plan.data / "portal" / "tls"))
        try:
            url = mesh_url(mesh.plan.base, "gateway")
            await client.call(url, "gateway", "/gateway/notice", Batch[Notice](()), Results[NoticeReply])
        finally:
            await client.close()

    with pytest.raises(Denied) as caught:
        asyncio.run(call())
    assert caught.value.code == "caller-not-allowed"


def test_the_snapshot_is_the_same_for_everyone(mesh: Mesh) -> None:
    async def fetch() -> SnapshotReply:
        client = MeshClient(Credentials(mesh.plan.data / "portal" / "tls"))
        try:
            return await client.call(mesh_url(mesh.plan.base, "exchange"), "exchange", "/exchange/snapshot", Empty(), SnapshotReply)
        finally:
            await client.close()

    assert {one.keyid for one in asyncio.run(fetch()).snapshot.signatures} == {"exchange", "oversight"}


def test_a_second_instance_on_the_same_data_is_refused_in_one_sentence(mesh: Mesh) -> None:
    command = [sys.executable, "-m", "enishi.cli.main", "up", "--data", str(mesh.plan.data), "--port", "50000"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 78
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_refused_in_one_sentence(mesh: Mesh, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "enishi.cli.main", "up", "--data", str(tmp_path / "new"), "--port", str(mesh.plan.base)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 78
    assert str(mesh.plan.base) in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def needles() -> dict[str, list[bytes]]:
    """Every spelling in which a person of the story could leak."""
    figures = [STORY.condolence.deceased, *STORY.condolence.survivors, STORY.loan.applicant, STORY.unknown, STORY.protected]
    words = {figure.name for figure in figures} | {number for figure in figures for number in figure.addressees.values()}
    numbers = {one.individual_number for one in society.registrations(society.generate(SEED, 60), SEED)}
    spelled: dict[str, list[bytes]] = {}
    for word in words | numbers:
        raw = word.encode()
        spelled[word] = [raw, raw.hex().encode(), b64encode(raw).rstrip(b"=")[:-1], json.dumps(word).strip('"').encode()]
    return spelled


def found_in(path: Path, spelled: dict[str, list[bytes]]) -> list[str]:
    content = path.read_bytes()
    return [word for word, forms in spelled.items() if any(form in content for form in forms)]


def test_no_person_is_in_a_log_or_in_a_database_that_must_not_know(mesh: Mesh) -> None:
    ask(mesh, register_question())
    spelled = needles()
    for log in (mesh.plan.data / "logs").iterdir():
        assert found_in(log, spelled) == [], log.name
    for role in ("exchange", "keeper", "witness", "witness-2", "oversight"):
        for database in (mesh.plan.data / role).glob("*.db*"):
            assert found_in(database, spelled) == [], database.name


def test_no_person_is_in_any_metric(mesh: Mesh) -> None:
    async def metrics() -> bytes:
        client = MeshClient(Credentials(mesh.plan.data / "operator" / "tls"))
        try:
            return b"".join([await client.get(mesh_url(mesh.plan.base, role), role_of(role), "/metrics") for role in ROLES])
        finally:
            await client.close()

    said = asyncio.run(metrics())
    assert b"enishi_calls_total" in said
    assert [word for word, forms in needles().items() if any(form in said for form in forms)] == []


def test_what_was_recorded_verifies(mesh: Mesh) -> None:
    report = verify_data(mesh.plan.data)
    assert report.ok, report.findings[:3]
    assert report.leaves > 0


def test_unavailable_is_said_when_nobody_listens() -> None:
    from enishi.client.gateway import GatewayClient

    with pytest.raises(Unavailable):
        asyncio.run(GatewayClient("http://gateway.localhost:9", "x").inquire({}))


def test_the_same_look_cannot_be_used_twice(mesh: Mesh) -> None:
    with pytest.raises((Conflict, Unauthenticated, Denied)):
        asyncio.run(_replayed_look(mesh))


async def _replayed_look(mesh: Mesh) -> None:
    from enishi.client.card import sign_request
    from enishi.protocol.forms import payload_type
    from enishi.protocol.view import REQUEST, CardSigned, ViewRequest
    from enishi.protocol.wire import ViewAsk, ViewAskReply
    from enishi.seal.dsse import sign_envelope
    from enishi.seal.hpke import SealingKey
    from enishi.seal.sign import SigningKey
    from enishi.store.keyring import Keyring

    form = ViewRequest(
        v=1, face="portal", session=bytes(32), nonce=bytes(16), answer_key=SealingKey.generate().public, device_key=b"", at_ms=clock.now_ms()
    )
    request = msgspec.json.encode(form)
    signed = await sign_request(face_url(mesh.plan.base, "card"), STORY.reader.card, STORY.reader.pin, request)
    key = SigningKey.from_bytes(Keyring(mesh.plan.data / "portal" / "keys").get("signing"))
    asked = ViewAsk(CardSigned(signed.request, signed.certificate, signed.signature), sign_envelope(payload_type(REQUEST), request, key, "portal"))
    client = MeshClient(Credentials(mesh.plan.data / "portal" / "tls"))
    try:
        for _ in range(2):
            await client.call(mesh_url(mesh.plan.base, "registrar"), "registrar", "/registrar/view", asked, ViewAskReply)
    finally:
        await client.close()
