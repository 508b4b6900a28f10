"""Attack: the pages and the API without a session, with another one's, or with one that was made up."""

from typing import Any

import msgspec
import pytest

from attacks.network_attack import A, Network
from enishi.client.portal import Proof
from enishi.errors import Unauthenticated, Unknown
from enishi.roles.gateway import face, shown
from enishi.roles.gateway.credentials import Caller, Callers
from enishi.roles.portal.cards import cards_of
from enishi.roles.portal.view import Asked
from enishi.roles.portal.visits import Use, Visit, Visits
from enishi.terms import InstitutionId
from gateway.asgi_gateway import Answer, call
from linkage.attacker_linkage import Without
from running.mesh_running import STORY, register_question
from web.asgi import Browser

pytestmark = pytest.mark.xdist_group("attacks")
QUESTION = msgspec.json.encode(register_question())
OFFICERS = [
    ("POST", "/v1/inquiries"),
    ("GET", "/v1/inquiries/" + "00" * 32),
    ("GET", "/v1/held"),
    ("POST", "/v1/held/" + "00" * 32),
    ("GET", "/metrics"),
]
PAGES = ["/records", "/records/proof", "/records/1"]


def api(network: Network, method: str, path: str, token: str = "") -> Answer:
    app = network.asker.face()
    assert app is not None
    return network.run(call(app, method, path, QUESTION if method == "POST" else b"", token))


def token(network: Network, institution: str = A) -> str:
    return (network.data / "credentials" / institution).read_text()


# ---- officers


@pytest.mark.parametrize(("method", "path"), OFFICERS)
@pytest.mark.parametrize("shown_token", ["", "made-up"])
def test_the_officers_api_without_a_credential(network: Network, method: str, path: str, shown_token: str) -> None:
    """Nothing is asked, shown or decided."""
    before = network.leaves()
    answer = api(network, method, path, shown_token)
    assert (answer.status, answer.body["type"].rpartition(":")[2]) == (401, "credential-unknown" if shown_token else "credential-missing")
    assert network.leaves() == before


def test_the_officers_api_with_a_credential_of_another_platform(network: Network, without: Without) -> None:
    """Success is an inquiry by somebody whom no institution here knows: only the tenants' own credentials open the door."""
    before = network.leaves()
    assert api(network, "POST", "/v1/inquiries", token(network, "moj")).status == 401
    assert network.leaves() == before
    patched = without(Callers, "caller", lambda self, authorization: Caller(InstitutionId(A), "anybody", "nobody"))
    assert api(network, "POST", "/v1/inquiries", token(network, "moj")).status == 200
    assert network.leaves() > before
    patched.undo()


def test_another_system_s_inquiry(network: Network, without: Without) -> None:
    """One office reads what another asked.  Success is the answer about the person; an id that is not one's own is an id that does not exist."""
    txid = network.ask(register_question())
    stranger = Caller(InstitutionId(A), "another-system", "officer-7")
    real = shown.show

    def read() -> Any:
        return network.tenant.database.read_now(lambda connection: face.shown.show(connection, txid, stranger))

    with pytest.raises(Unknown, match="inquiry-unknown"):
        read()
    patched = without(
        face.shown, "show", lambda connection, txid, caller: real(connection, txid, msgspec.structs.replace(caller, system="enishi-demo"))
    )
    assert read().items[0].documents
    patched.undo()


# ---- citizens


def page(network: Network, path: str, cookies: dict[str, str]) -> Any:
    browser = Browser(network.roles["portal"].face())
    browser.cookies = cookies
    return network.run(browser.get(path))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("cookies", [{}, {"session": "made-up"}, {"__Host-session": "made-up.made-up"}], ids=["none", "made-up", "signed-by-nobody"])
def test_the_citizen_s_pages_without_a_session(network: Network, path: str, cookies: dict[str, str]) -> None:
    """No record is shown: the reader is sent to log in, and no look is recorded."""
    before = network.leaves()
    answer = page(network, path, cookies)
    assert answer.status in (302, 303, 401)
    assert "R7-1" not in answer.text
    assert network.leaves() == before


def test_the_session_is_what_opens_the_records(network: Network, without: Without) -> None:
    """Success is somebody's records without a session of one's own: with the demand for one taken out, the visit of another reader is shown."""
    signed, key = network.signed(STORY.reader)
    viewed = network.run(network.sources[0].view(Asked(signed, key)))
    visit = Visit(viewed, cards_of(viewed.shown.records), 2**50, "", [], Use("", "", 0, 0, 0))
    assert page(network, "/records/proof", {}).status == 401
    patched = without(Visits, "demand", lambda *_: visit)
    answer = page(network, "/records/proof", {})
    assert len(msgspec.json.decode(answer.text, type=Proof).records) == len(viewed.shown.records)
    patched.undo()
    assert Unauthenticated("login-needed").status == page(network, "/records/proof", {}).status
