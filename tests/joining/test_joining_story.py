"""A city comes into a running mesh with a gateway of its own, asks, answers, renews, and leaves; each step again changes nothing."""

import asyncio
import json
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from enishi import society
from enishi.cli.main import app
from enishi.cli.mesh import Child, Mesh
from enishi.cli.ports import face_url, find_base
from enishi.cli.verify import verify_data
from enishi.client.gateway import GatewayClient
from enishi.errors import Denied
from enishi.mesh import pki
from running.mesh_running import STORY, gateway, register_question, running_mesh, tax_question

pytestmark = pytest.mark.xdist_group("joining")
CITY, SAPPORO = "999997", "011002"


def enishi(*words: str, status: int = 0) -> str:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == status, (words, done.output[-2000:])
    return done.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    with running_mesh(tmp_path_factory.mktemp("home")) as started:
        yield started


def form(folder: Path, city: str) -> Path:
    """A city like 札幌市 in everything that law asks, under a code that no municipality has."""
    like = society.institution(SAPPORO)
    given: dict[str, Any] = json.loads(msgspec.json.encode(like))
    kept = {name: given[name] for name in ("kind", "capacities", "assessments")}
    path = folder / "city.json"
    path.write_text(json.dumps({"id": city, "name_ja": "試市", "name_en": "Kokoromi", **kept}))
    return path


def initialise(home: Mesh, folder: Path, base: int, platform: str = "north", city: str = CITY, status: int = 0) -> str:
    data = str(folder / "north")
    words = ("--platform", platform, "--door", f"https://{platform}.mesh.localhost:{base + 50}", "--face-port", str(base))
    return enishi(
        *("gateway", "init", "--data", data, *words, "--exchange", face_url(home.plan.base, "exchange")),
        *("--pins", str(home.plan.data / "pins.json"), "--institution", str(form(folder, city))),
        status=status,
    )


def status_of(folder: Path) -> dict[str, Any]:
    return dict(json.loads(enishi("gateway", "status", "--data", str(folder / "north"), "--json")))


def test_a_city_joins_asks_answers_renews_and_leaves(home: Mesh, tmp_path: Path) -> None:
    north, data, base = tmp_path / "north", str(home.plan.data), find_base()
    (home.plan.data / "gateway-north").symlink_to(north)
    # (1) Keys and request; twice is once, and no private file is open to others.
    initialise(home, tmp_path, base)
    request = (north / "join.json").read_bytes()
    initialise(home, tmp_path, base)
    assert (north / "join.json").read_bytes() == request
    secret = [*north.glob("tenants/*/keys/*"), north / "tls" / "key.pem", *north.glob("credentials/*")]
    assert len(secret) == 5
    assert all(path.stat().st_mode & 0o077 == 0 for path in secret)
    assert all(path.read_bytes() not in request for path in secret)
    assert status_of(tmp_path)["state"] == "made"
    # (2) The request waits; nobody is in before both operators' people have said so.
    enishi("gateway", "join", "--data", str(north), status=3)
    assert status_of(tmp_path)["state"] == "asked"
    (waiting,) = json.loads(enishi("registry", "joining", "--data", data, "--json"))
    assert (waiting["state"], waiting["platform"], waiting["institutions"]) == ("waiting", "north", [f"{CITY} 試市"])
    drafted = enishi("registry", "admit", waiting["digest"][:12], "--data", data, status=3)
    enishi("gateway", "join", "--data", str(north), status=3)
    shown = enishi("registry", "show", "--data", data, "--of", "oversight")
    assert f"+ gateway north at https://north.mesh.localhost:{base + 50}" in shown
    assert f"+ {CITY}" in shown
    digest = drafted.split("enishi registry approve ")[1].split()[0]
    assert "certificate issued: north" in enishi("registry", "approve", digest, "--data", data)
    # (3) The admission is taken up, once.
    assert "joined" in enishi("gateway", "join", "--data", str(north))
    certificate = (north / "tls" / "cert.pem").read_bytes()
    enishi("gateway", "join", "--data", str(north))
    assert (north / "tls" / "cert.pem").read_bytes() == certificate
    enishi("registry", "admit", waiting["digest"], "--data", data)
    # (4) It runs, with people of its own.
    people = (home.plan.data / "gateway" / "tenants" / SAPPORO / "import.jsonl").read_text().splitlines()
    (north / "tenants" / CITY / "import.jsonl").write_text("\n".join(people) + "\n")
    child = Child("gateway", north / "config.json", tmp_path / "north.log", {})
    try:
        while not child.poll():
            threading.Event().wait(0.1)
        _takes_part(home, north, base)
        _renews(home, north, certificate)
        _leaves(home, tmp_path, base)
    finally:
        child.end()
        child.wait(0)
    enishi("gateway", "leave", "--data", str(north), "--destroy-keys", "south", status=78)
    assert "records stay" in enishi("gateway", "leave", "--data", str(north), "--destroy-keys", "north")
    assert not [path for path in secret if path.exists()]
    assert (north / "tenants" / CITY / "gateway.db").exists()
    assert status_of(tmp_path)["state"] == "left"
    assert verify_data(home.plan.data).findings == ()
    # (5) Where its records lie elsewhere, the walk says that it has not seen them, and accuses nobody.
    (home.plan.data / "gateway-north").unlink()
    report = verify_data(home.plan.data)
    assert (report.findings, report.unchecked) == ((), (f"gateway/{CITY}: its records are in another folder",))


def _api(north: Path, base: int) -> GatewayClient:
    return GatewayClient(f"http://127.0.0.1:{base}", (north / "credentials" / CITY).read_text())


def _takes_part(home: Mesh, north: Path, base: int) -> None:
    figure = STORY.loan.applicant
    asked = asyncio.run(_api(north, base).inquire(tax_question(figure, person=figure.addressees[SAPPORO])))
    assert asked["items"][0]["outcome"] == "provided"
    answered = asyncio.run(gateway(home).inquire(tax_question(figure, provider=CITY, case="north")))
    assert answered["items"][0]["outcome"] == "provided"
    standing = asyncio.run(_api(north, base)._call("GET", "/v1/status", None))
    assert (standing["state"], standing["registry"]["state"]) == ("joined", "fresh")
    assert [one["registry"] for one in standing["institutions"]] == ["stands"]
    assert standing["registry"]["serial"] == json.loads(enishi("registry", "show", "--data", str(home.plan.data), "--json"))["serial"]


def _renews(home: Mesh, north: Path, before: bytes) -> None:
    enishi("gateway", "renew", "--data", str(north), status=3)
    assert "certificate issued: north" in enishi("registry", "certify", "--data", str(home.plan.data))
    enishi("gateway", "renew", "--data", str(north))
    after = (north / "tls" / "cert.pem").read_bytes()
    assert after != before
    assert pki.ends_ms(north / "tls") > 0
    assert not (north / "tls" / "renewal.der").exists()
    # What runs shows the new one: the old one no longer counts, and it is still called.
    held = asyncio.run(gateway(home).inquire(tax_question(STORY.loan.applicant, provider=CITY, case="renewed")))
    assert held["items"][0]["outcome"] == "provided"


def _leaves(home: Mesh, folder: Path, base: int) -> None:
    north = folder / "north"
    enishi("gateway", "leave", "--data", str(north), "--destroy-keys", "north", status=78)
    protected = STORY.protected
    waiting = asyncio.run(gateway(home).inquire(tax_question(protected, provider=CITY, case="held")))
    assert waiting["items"][0]["outcome"] == "held"
    assert "held 1" in enishi("gateway", "leave", "--data", str(north), status=3)
    with pytest.raises(Denied, match="gateway-leaving"):
        asyncio.run(_api(north, base).inquire(register_question(person=STORY.loan.applicant.addressees[SAPPORO])))
    assert status_of(folder)["state"] == "leaving"
    held = asyncio.run(_api(north, base)._call("GET", "/v1/held", None))["items"]
    for one in held:
        asyncio.run(_api(north, base)._call("POST", f"/v1/held/{one['item_id']}", b'{"decision":"provide"}'))
    while status_of(folder)["institutions"][0]["waiting"]["unlogged"]:
        threading.Event().wait(0.2)
    assert f"suspended: {CITY}" in enishi("gateway", "leave", "--data", str(north))
    assert f"suspended before: {CITY}" in enishi("gateway", "leave", "--data", str(north))
    assert json.loads(enishi("registry", "show", "--data", str(home.plan.data), "--json"))["suspended"] == [CITY]


def test_what_is_asked_wrongly_is_said_in_a_sentence(home: Mesh, tmp_path: Path) -> None:
    base, data = find_base(), str(home.plan.data)
    west = {"platform": "west", "city": "999970"}
    initialise(home, tmp_path, base, **west)
    assert initialise(home, tmp_path, base + 1, status=78, **west) == ""
    enishi("gateway", "join", "--data", str(tmp_path / "nowhere"), status=78)
    request = tmp_path / "request.json"
    enishi("gateway", "join", "--data", str(tmp_path / "north"), "--write", str(request), status=3)
    enishi("registry", "decline", str(request), "--because", "no", "--data", data, status=1)
    enishi("registry", "admit", "nothing", "--data", data, status=78)
    enishi("registry", "admit", str(request), "--data", data, status=3)
    enishi("registry", "decline", str(request), "--because", "no such city", "--data", data)
    enishi("registry", "admit", str(request), "--data", data, status=1)
    enishi("gateway", "join", "--data", str(tmp_path / "north"), status=1)


@pytest.mark.parametrize(
    ("point", "verb"),
    [
        ("exchange.joining.before_store", ("registry", "admit")),
        ("exchange.declining.before_store", ("registry", "decline", "--because", "no such city")),
        ("exchange.certificate.before_want", ("gateway", "renew")),
        ("exchange.certificate.before_store", ("registry", "certify")),
    ],
)
def test_a_death_of_the_exchange_leaves_every_verb_to_be_given_again(home: Mesh, tmp_path: Path, point: str, verb: tuple[str, ...]) -> None:
    initialise(home, tmp_path, find_base(), platform="south", city="999989")
    request = tmp_path / "request.json"
    enishi("gateway", "join", "--data", str(tmp_path / "north"), "--write", str(request), status=3)
    words = (*verb[:2], *([str(request)] if verb[1] in ("admit", "decline") else []), *verb[2:], "--data", str(home.plan.data))
    if verb[1] == "decline":
        enishi("registry", "admit", str(request), "--data", str(home.plan.data), status=3)
    if verb[1] == "certify":
        enishi("gateway", "renew", "--data", str(home.plan.data), status=3)
    restart(home, {"ENISHI_CRASH_AT": point})
    CliRunner().invoke(app, words)
    home.children["exchange"].process.wait(20)
    assert home.children["exchange"].process.returncode == -signal.SIGKILL
    restart(home, {})
    again = CliRunner().invoke(app, words)
    assert again.exit_code in (0, 3), again.output[-500:]


def restart(home: Mesh, environment: dict[str, str]) -> None:
    child = home.children["exchange"]
    child.end()
    child.process.wait()
    child = home.launch("exchange", environment)
    while not child.poll():
        threading.Event().wait(0.05)
