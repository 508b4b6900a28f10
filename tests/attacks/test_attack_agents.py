"""Attack: an organisation that may only hand numbers in tries to ask, to look, to act as the person, or to keep what was taken back."""

from secrets import token_bytes
from typing import Any

import msgspec
import pytest

from attacks.holdings_attack import Holdings
from attacks.network_attack import FIRST, SECOND, Network
from attacks.offers_attack import HANDS_OVER, Handover
from card.handed_card import signed_in
from enishi import clock
from enishi.card.authority import Use
from enishi.card.chip import message_of
from enishi.errors import Denied, Tampered, Unauthenticated, Unavailable
from enishi.protocol import agent
from enishi.protocol.agent import AgentGiven, AgentsAsk, AgentSession, AgentsGiven, AgentsTold, AgentTaken, AgentWithdrawal, SignedAgentMandate
from enishi.protocol.self_disclosure import SelfMessage
from enishi.protocol.statement import AffairRef
from enishi.protocol.view import CardSigned, request_digest
from enishi.protocol.wire import Empty, EnrolPerson, EnrolReply, EnrolRequest, ViewAsk, ViewAskReply
from enishi.roles.gateway import enrolment, face, shown
from enishi.roles.gateway.agents import fetching
from enishi.roles.gateway.agents.face import AgentFace
from enishi.roles.gateway.agents.shut import OPEN
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.openapi import document
from enishi.roles.gateway.question import read_question
from enishi.roles.gateway.tenant import Tenant
from enishi.roles.portal.agents.source import MeshedAgents
from enishi.roles.portal.agents.wish import AgentWanted, write_mandate
from enishi.roles.portal.offer import DocumentSigned
from enishi.roles.registrar import agentgiving, asking
from enishi.seal.dsse import Envelope, sign_envelope
from enishi.terms import InstitutionId
from faults.dying import dying_at
from gateway.asgi_gateway import Answer, call
from linkage.attacker_linkage import Without
from running.mesh_running import register_question

pytestmark = pytest.mark.xdist_group("attacks")
EMPLOYER, AUTHORITY = InstitutionId("employer-1"), InstitutionId("isa")
ACT = "425AC0000000027@2024-05-27"
MONTH_MS = 30 * 24 * 3600 * 1000
NUMBER = "SELECT individual_number FROM agent_number WHERE reference = ?"


class Employer:
    """An employer of the network, its people, and the portal that they agree at."""

    def __init__(self, network: Network) -> None:
        self.network, self.desk = network, Handover(network)
        self.platform = network.provider

    @property
    def tenant(self) -> Tenant:
        return self.platform.tenants[EMPLOYER]

    def envelope(self, session: bytes, **changes: Any) -> Envelope:
        """The mandate, signed by the portal."""
        at_ms = clock.now_ms()
        given: dict[str, Any] = {
            "v": 1,
            "face": "portal",
            "agent": EMPLOYER,
            "recipient": AUTHORITY,
            "affair": AffairRef("425AC0000000027@2024-05-27", "31-2"),
            "purpose_item": "",
            "part": "employment",
            "until_ms": at_ms + MONTH_MS,
            "session": request_digest(session),
            "nonce": token_bytes(16),
            "at_ms": at_ms,
        }
        return agent.sign_mandate(agent.AgentMandate(**(given | changes)), self.network.offers[0]._key)

    def carded(self, who: Any, envelope: Envelope) -> SignedAgentMandate:
        slot = self.desk.slot(who, Use.SIGNATURE)
        signature = signed_in(slot, message_of(Use.SIGNATURE, agent.mandate_digest(envelope)))
        return SignedAgentMandate(envelope, slot.certificate, signature, self.network.revocations())

    def bring(self, signed: SignedAgentMandate) -> bytes:
        """With the portal's certificate; the reference."""
        taken: AgentTaken = self.network.call("portal", "registrar", "/registrar/agent", signed, AgentTaken)
        return taken.reference

    def given(self, who: Any) -> bytes:
        return self.bring(self.carded(who, self.envelope(self.desk.session(who))))

    def fetch(self) -> int:
        return self.network.run(self.platform.agents.fetch(self.platform.tenants.values()))

    def withdraw(self, who: Any, reference: bytes) -> None:
        session = request_digest(self.desk.session(who))
        self.network.call("portal", "registrar", "/registrar/agent/withdraw", AgentWithdrawal(session, reference), agent.AgentList)

    def numbers(self, reference: bytes) -> list[str]:
        return [row[0] for row in self.tenant.database.read_now(lambda c: c.execute(NUMBER, (reference,)).fetchall())]

    def rest(self, method: str, path: str, body: bytes = b"") -> Answer:
        """By the employer's own system, with its credential."""
        app, token = self.platform.face(), (self.network.data / "credentials" / EMPLOYER).read_text().strip()
        assert app is not None
        return self.network.run(call(app, method, path, body, token))


@pytest.fixture
def employer(network: Network) -> Any:
    yield Employer(network)
    network.wire.sitters.clear()


@pytest.fixture
def worker(employer: Employer) -> Any:
    return employer.desk.holder(HANDS_OVER)


# ---- the lawful way


def test_a_mandate_arrives_is_listed_without_the_number_and_leads_to_no_code(employer: Employer, worker: Any) -> None:
    """Without this nothing below would mean anything."""
    reference = employer.given(worker)
    assert employer.fetch() >= 1
    number = employer.desk.number_of(worker)
    assert employer.numbers(reference) == [number]
    employer.network.run(employer.platform.enrolment.enrol_all())
    query = "SELECT (SELECT COUNT(*) FROM number), (SELECT COUNT(*) FROM linkage_code)"
    assert employer.tenant.database.read_now(lambda c: c.execute(query).fetchone()) == (0, 0)
    answer = employer.rest("GET", f"/v1/mandates/{reference.hex()}")
    assert (answer.status, answer.body["state"], answer.body["recipient"]) == (200, "standing", AUTHORITY)
    assert answer.body["basis"] == ["425AC0000000027#9-4", "425AC0000000027@2024-05-27/31-2"]
    assert number.encode() not in answer.raw + employer.rest("GET", "/v1/mandates").raw


def test_the_number_passes_none_of_those_who_may_not_have_it(employer: Employer, worker: Any) -> None:
    reference = employer.given(worker)
    employer.fetch()
    number = employer.desk.number_of(worker).encode()
    assert employer.numbers(reference) == [number.decode()]
    for role in ("portal", "card", "exchange", "keeper", "witness", "oversight"):
        assert not Holdings(employer.network, role).holding({number, number[:11]}), role


# ---- it asks


def test_every_door_of_the_api_but_its_own_says_why_it_is_shut(employer: Employer, without: Without) -> None:
    """Success is any answer at a door for those who inquire, answer or hold."""
    shut = [(path, verb) for path, verbs in document()["paths"].items() for verb in verbs if verb in ("get", "post", "put", "delete")]
    shut = [(path, verb) for path, verb in shut if path not in OPEN and path != "/v1/openapi.json" and not path.startswith("/items")]
    assert len(shut) > 20
    for path, verb in shut:
        answer = employer.rest(verb.upper(), path.replace("{", "").replace("}", ""), b"{}")
        assert (answer.status, answer.body["type"]) == (403, "urn:enishi:problem:agent-only-mandates"), (verb, path)
    without(face, "demand_open")
    assert employer.rest("GET", "/v1/held").status == 200


def test_it_obtains_no_code_and_with_one_the_operators_still_refuse_everything(employer: Employer, worker: Any, without: Without) -> None:
    """Success is an answer about a worker. Two walls: the registrar gives no code; and the law of both operators gives it no row."""
    number = employer.desk.number_of(worker)
    asked = EnrolRequest(EMPLOYER, min(asking.BASES), (EnrolPerson(ref=bytes(16), individual_number=number),))
    with pytest.raises(Denied, match="agent-without-code"):
        employer.network.call(SECOND, "registrar", "/registrar/enrol", asked, EnrolReply)
    without(asking, "only_for_others", lambda institution, on: False)
    ref = token_bytes(16)

    def know(connection: Any) -> None:
        enrolment.keep_number(connection, ref, number, "")
        columns = "addressee_number, ref, answering, nondisclosure_ground, nondisclosure_until_ms"
        connection.execute(f"INSERT INTO person ({columns}) VALUES ('w-1', ?, 'automatic', '', 0)", (ref,))

    employer.network.run(employer.tenant.database.write(know))
    employer.network.run(employer.platform.enrolment.enrol_all())
    query = "SELECT COUNT(*) FROM linkage_code WHERE ref = ?"
    assert employer.tenant.database.read_now(lambda c: c.execute(query, (ref,)).fetchone()) == (1,)
    caller = Caller(EMPLOYER, "enishi-demo", "officer-001")
    txid = employer.network.run(
        employer.platform.ask.ask(employer.tenant, caller, read_question(msgspec.json.encode(register_question(person="w-1"))))
    )
    (item,) = employer.tenant.database.read_now(lambda connection: shown.show(connection, txid, caller)).items
    assert item.verdict == "refusal"
    assert {ground.code for ground in item.grounds} >= {"not-a-number-user"}


# ---- it looks, or acts as the person


def test_it_neither_looks_nor_asks_for_ones_own_data_nor_gives_itself_a_mandate(employer: Employer, worker: Any) -> None:
    """Its certificate opens none of the doors that stand open to the portal, whatever the card signed before."""
    signed = employer.carded(worker, employer.envelope(employer.desk.session(worker)))
    empty = sign_envelope("x", b"{}", employer.network.offers[0]._key, "portal")
    view = ViewAsk(CardSigned(b"", b"", b""), empty)
    session = AgentSession(bytes(32))
    for path, request, reply in (
        ("/registrar/view", view, ViewAskReply),
        ("/registrar/self", view, SelfMessage),
        ("/registrar/agent", signed, AgentTaken),
        ("/registrar/agent/list", session, agent.AgentList),
        ("/registrar/agent/withdraw", AgentWithdrawal(bytes(32), bytes(16)), agent.AgentList),
    ):
        for caller in (SECOND, FIRST, "exchange", "keeper"):
            with pytest.raises(Denied, match="caller-not-allowed"):
                employer.network.call(caller, "registrar", path, request, reply)


def test_a_mandate_for_longer_or_to_another_than_was_signed(employer: Employer, worker: Any) -> None:
    """The portal signs another form beneath the card's signature."""
    session = employer.desk.session(worker)
    signed = employer.carded(worker, employer.envelope(session))
    for changes in ({"until_ms": clock.now_ms() + 2 * MONTH_MS}, {"agent": InstitutionId("employer-2")}):
        swapped = msgspec.structs.replace(signed, mandate=employer.envelope(session, **changes))
        with pytest.raises(Tampered, match="card-signature-invalid"):
            employer.bring(swapped)


def test_another_platform_neither_fetches_nor_ends_it(employer: Employer, worker: Any, without: Without) -> None:
    reference = employer.given(worker)
    asked, told = AgentsAsk((EMPLOYER,)), AgentsTold(EMPLOYER, (), (reference,))
    with pytest.raises(Denied, match="tenant-not-yours"):
        employer.network.call(FIRST, "registrar", "/registrar/agent/given", asked, AgentsGiven)
    with pytest.raises(Denied, match="tenant-not-yours"):
        employer.network.call(FIRST, "registrar", "/registrar/agent/told", told, Empty)
    for role in ("portal", "exchange", "keeper", "witness"):
        with pytest.raises(Denied, match="caller-not-allowed"):
            employer.network.call(role, "registrar", "/registrar/agent/given", asked, AgentsGiven)
    without(agentgiving, "demand_tenant")
    got: AgentsGiven = employer.network.call(FIRST, "registrar", "/registrar/agent/given", asked, AgentsGiven)
    assert reference in [one.reference for one in got.given]


def test_a_registrar_that_gives_a_number_for_which_nobody_signed(employer: Employer, worker: Any, without: Without) -> None:
    blank = msgspec.structs.replace(employer.carded(worker, employer.envelope(bytes(32))), signature=bytes(64))
    number = employer.desk.number_of(worker)
    planted = AgentGiven(reference=token_bytes(16), individual_number=number, signed=blank, at_ms=clock.now_ms())

    async def give(asked: AgentsAsk, forward: Any) -> AgentsGiven:
        return AgentsGiven((planted,), ())

    employer.network.wire.sitters["/registrar/agent/given"] = give
    employer.fetch()
    assert employer.numbers(planted.reference) == []
    employer.platform.agents._unbelieved.clear()
    declared = agent.read_mandate(blank.mandate, employer.network.offers[0]._key.public)
    without(fetching, "check_mandate", lambda *given: agent.BelievedMandate(declared, None, b""))  # type: ignore[arg-type]
    employer.fetch()
    assert employer.numbers(planted.reference) == [number]


# ---- it keeps what was taken back


def test_what_was_withdrawn_is_gone_at_the_very_next_call_of_its_system(employer: Employer, worker: Any, without: Without) -> None:
    """No round of the platform lies between. Success is that the employer's system still reads the mandate."""
    reference = employer.given(worker)
    employer.fetch()
    employer.withdraw(worker, reference)
    assert employer.numbers(reference) != []
    answer = employer.rest("GET", f"/v1/mandates/{reference.hex()}")
    assert (answer.status, answer.body["state"], answer.body["reason"], answer.body["person"]) == (200, "deleted", "withdrawn", None)
    assert employer.numbers(reference) == []
    other = employer.given(worker)
    employer.fetch()
    employer.withdraw(worker, other)

    async def blindly(self: AgentFace, caller: Caller) -> Tenant:
        return self._tenants[caller.tenant]

    without(AgentFace, "_asked", blindly)
    assert employer.rest("GET", f"/v1/mandates/{other.hex()}").body["state"] == "standing"


def test_with_the_registrar_silent_no_mandate_is_shown(employer: Employer, worker: Any) -> None:
    """Who cuts the platform off from the registrar gains nothing by it."""
    reference = employer.given(worker)
    employer.fetch()

    async def silent(asked: AgentsAsk, forward: Any) -> AgentsGiven:
        raise Unavailable("peer-unreachable", "registrar")

    employer.network.wire.sitters["/registrar/agent/given"] = silent
    for path in ("/v1/mandates", f"/v1/mandates/{reference.hex()}"):
        assert employer.rest("GET", path).status == 503
    ended = employer.rest("POST", f"/v1/mandates/{reference.hex()}/end")
    assert (ended.status, ended.body["state"], ended.body["reason"]) == (200, "deleted", "given_up")


def test_the_portals_own_way_from_law_to_withdrawal_and_its_deaths(employer: Employer, worker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the portal's process does it, with its own checks; who dies on the way gave nothing, saw nothing, withdrew nothing."""
    offers = employer.network.offers[0]
    source = MeshedAgents(offers.revocation_list, offers._registrar, offers._registry, offers._key, offers._law)
    run, wanted = employer.network.run, AgentWanted(agent=EMPLOYER, recipient=AUTHORITY, source=ACT, row="31-2")
    lawful = run(source.lawful(wanted))
    assert (lawful.part, lawful.grounds) == ("employment", ())
    assert lawful.basis == ("425AC0000000027#9-4", "425AC0000000027#9-1", f"{ACT}#appended/31-2")
    assert [code for code, _, _ in run(source.lawful(msgspec.structs.replace(wanted, row="31-4"))).grounds] == ["affair-without-number-use"]
    request = employer.desk.session(worker)
    session = request_digest(request)
    envelope = source.sign(write_mandate(wanted, lawful.part, request, clock.now_ms()))
    whole = employer.carded(worker, envelope)
    signed = DocumentSigned("sub", whole.certificate, whole.signature)
    with pytest.raises(Tampered, match="card-signature-invalid"):
        run(source.give(envelope, DocumentSigned("sub", whole.certificate, bytes(64))))
    known = {one.reference for one in run(source.listed(session))}
    with dying_at(monkeypatch, "portal.agent.before_send"):
        run(source.give(envelope, signed))
    assert {one.reference for one in run(source.listed(session))} == known
    reference = run(source.give(envelope, signed)).reference
    for name, call_it in (
        ("portal.agent.before_list", lambda: source.listed(session)),
        ("portal.agent.before_withdraw", lambda: source.withdraw(session, reference)),
    ):
        with dying_at(monkeypatch, name):
            run(call_it())
    assert run(source.listed(session))[0].ended_ms == 0
    run(source.withdraw(session, reference))
    assert run(source.listed(session))[0].reason == "withdrawn"


def test_a_portal_that_lies_gives_no_mandate_and_sees_nobody_who_is_not_logged_in(employer: Employer, worker: Any) -> None:
    """It has its own certificate and key, and no card: all it can do with somebody's mandates it can do while they are logged in."""
    blank = msgspec.structs.replace(employer.carded(worker, employer.envelope(employer.desk.session(worker))), signature=bytes(64))
    with pytest.raises(Tampered, match="card-signature-invalid"):
        employer.bring(blank)
    for path, asked in (("list", AgentSession(token_bytes(32))), ("withdraw", AgentWithdrawal(token_bytes(32), bytes(16)))):
        with pytest.raises(Unauthenticated, match="agent-session-over"):
            employer.network.call("portal", "registrar", f"/registrar/agent/{path}", asked, agent.AgentList)


@pytest.mark.parametrize("name", ["gateway.agent.before_send", "gateway.agent.before_confirm"])
def test_a_death_on_the_way_loses_no_mandate_and_keeps_none(employer: Employer, worker: Any, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    reference = employer.given(worker)
    with dying_at(monkeypatch, name):
        employer.fetch()
    employer.fetch()
    assert len(employer.numbers(reference)) == 1
    employer.withdraw(worker, reference)
    with dying_at(monkeypatch, name):
        employer.fetch()
    employer.fetch()
    assert employer.numbers(reference) == []
    query = "SELECT deleted_ms > 0 FROM agent_mandate WHERE reference = ?"
    assert employer.network.rows(query, reference, role="registrar") == [(1,)]
