"""Kill -9 at every named crash point, with inquiries in flight: nothing acknowledged is lost, nothing left without its record, nothing ends twice."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from enishi.cli.configs import Plan, write_configs
from enishi.cli.founding import found
from enishi.cli.mesh import Mesh
from enishi.cli.ports import ROLES, find_base
from enishi.cli.tour import LEGAL_DAY
from enishi.cli.verify import verify_data
from faults.chain import Chain, Traffic, settled
from faults.every import NOT_IN_FLIGHT
from faults.every import POINTS as EVERY
from faults.flight import IN_FLIGHT as IN_THE_AIR
from faults.flight import flying
from house.durable import points
from house.source import modules
from running.forking import ForkedMesh
from running.mesh_running import RESIDENTS, gateway, register_question

pytestmark = pytest.mark.xdist_group("faults")

FIRST_START = {
    "witness": ["witness.cosign.before_store", "witness.cosign.after_store"],
    "oversight": ["oversight.cosign.before_store", "oversight.cosign.after_store"],
    "keeper": [
        "keeper.shares.before_store",
        "keeper.snapshot.before_append",
        "keeper.snapshot.after_append",
        "keeper.publish.before_checkpoint",
        "keeper.publish.after_checkpoint",
        "keeper.witness.before_send",
        "keeper.cosigned.before_store",
        "keeper.enrol.before_tags",
        "keeper.enrolled.before_send",
    ],
    "exchange": [
        "exchange.shares.before_store",
        "exchange.draft.before_store",
        "exchange.draft.after_store",
        "exchange.snapshot.before_store",
        "exchange.snapshot.after_store",
        "exchange.snapshot.before_send",
        "exchange.enrol.before_send",
    ],
    "registrar": [
        "registrar.import.before_store",
        "registrar.audit.before_mark",
        "registrar.enrol.before_log",
        "registrar.enrol.before_send",
        "registrar.enrol.before_spend",
    ],
    "gateway": [
        "gateway.import.before_store",
        "gateway.snapshot.before_send",
        "gateway.enrol.before_send",
        "gateway.enrol.before_store",
        "gateway.enrol.after_store",
    ],
}
IN_FLIGHT = {
    "keeper": [
        "keeper.commit.before_append",
        "keeper.commit.after_append",
        "keeper.outcome.before_append",
        "keeper.outcome.after_append",
        "keeper.view.before_append",
        "keeper.view.after_append",
    ],
    "exchange": [
        "exchange.admit.before_send",
        "exchange.commit.before_send",
        "exchange.commit.after_recorded",
        "exchange.notice.before_send",
        "exchange.notice.after_answer",
        "exchange.outcome.after_recorded",
        "exchange.view.before_send",
        "exchange.seen.before_store",
    ],
    "gateway": [
        "gateway.ask.before_store",
        "gateway.ask.after_store",
        "gateway.ask.before_send",
        "gateway.provide.before_store",
        "gateway.provide.after_store",
        "gateway.ask.before_keep",
        "gateway.ask.after_keep",
        "gateway.desk.before_store",
        "gateway.desk.after_store",
        "gateway.desk.before_send",
        "gateway.desk.before_confirm",
        "gateway.evidence.before_store",
        "gateway.evidence.after_store",
    ],
    "registrar": ["registrar.view.before_store", "registrar.view.after_store"],
    "portal": ["portal.issuer.before_call", "portal.view.before_send"],
}
ELSEWHERE = {
    "exchange.renewal.before_forget": "tests/exchange/test_exchange_standing_crash.py",
    "exchange.added.before_shares": "tests/exchange/test_exchange_standing_crash.py",
    "exchange.proposal.after_store": "tests/exchange/test_exchange_standing_crash.py",
    "exchange.proposal.before_store": "tests/exchange/test_exchange_standing_crash.py",
    "exchange.suspension.after_store": "tests/exchange/test_exchange_standing_crash.py",
    "exchange.suspension.before_store": "tests/exchange/test_exchange_standing_crash.py",
    "keeper.suspension.after_append": "tests/exchange/test_exchange_standing_crash.py",
    "keeper.suspension.before_append": "tests/exchange/test_exchange_standing_crash.py",
    "oversight.approval.before_store": "tests/exchange/test_exchange_standing_crash.py",
    "oversight.offered.before_store": "tests/exchange/test_exchange_standing_crash.py",
    "oversight.suspension.after_store": "tests/exchange/test_exchange_standing_crash.py",
    "oversight.suspension.before_store": "tests/exchange/test_exchange_standing_crash.py",
    "keeper.seen.before_send": "tests/faults/test_faults_remembered.py",
    "exchange.event.before_send": "tests/attacks/test_attack_events.py",
    "exchange.event.before_record": "tests/attacks/test_attack_events.py",
    "keeper.event.before_append": "tests/keeper/test_keeper_changes.py",
    "keeper.event.after_append": "tests/keeper/test_keeper_changes.py",
    "gateway.event.after_tell": "tests/gateway/test_gateway_events_crash.py",
    "gateway.event.before_changed": "tests/gateway/test_gateway_events_crash.py",
    "gateway.event.before_close": "tests/gateway/test_gateway_events_crash.py",
    "gateway.event.before_send": "tests/attacks/test_attack_events.py",
    "gateway.event.before_settle": "tests/gateway/test_gateway_events_crash.py",
    "gateway.event.before_tell": "tests/gateway/test_gateway_events_crash.py",
    "gateway.event.before_watch": "tests/gateway/test_gateway_events_crash.py",
    "gateway.subscribe.after_store": "tests/gateway/test_gateway_events_crash.py",
    "gateway.subscribe.before_end": "tests/gateway/test_gateway_events_crash.py",
    "gateway.subscribe.before_refuse": "tests/gateway/test_gateway_events_crash.py",
    "gateway.subscribe.before_store": "tests/gateway/test_gateway_events_crash.py",
    "gateway.subscribe.before_taken": "tests/gateway/test_gateway_events_crash.py",
    "gateway.mark.before_lift": "tests/gateway/test_gateway_marks.py",
    "gateway.mark.before_store": "tests/gateway/test_gateway_marks.py",
    "gateway.opening.after_store": "tests/gateway/test_gateway_answering.py",
    "gateway.opening.before_store": "tests/gateway/test_gateway_answering.py",
    "gateway.ask.before_fail": "tests/gateway/test_gateway_crash.py",
    "gateway.bulk.before_accept": "tests/gateway_bulk/test_gateway_bulk_crash.py",
    "gateway.bulk.after_accept": "tests/gateway_bulk/test_gateway_bulk_crash.py",
    "gateway.bulk.before_fail": "tests/gateway_bulk/test_gateway_bulk_crash.py",
    "gateway.bulk.before_settle": "tests/gateway_bulk/test_gateway_bulk_crash.py",
    "gateway.bulk.after_settle": "tests/gateway_bulk/test_gateway_bulk_crash.py",
    "gateway.bulk.before_cancel": "tests/gateway_bulk/test_gateway_bulk_crash.py",
    "gateway.bulk.after_cancel": "tests/gateway_bulk/test_gateway_bulk_crash.py",
    "gateway.bulk.before_delete": "tests/gateway_bulk/test_gateway_bulk_retention.py",
    "gateway.callback.before_send": "tests/gateway_bulk/test_gateway_bulk_callback.py",
    "gateway.callback.before_mark": "tests/gateway_bulk/test_gateway_bulk_callback.py",
    "gateway.callback.after_mark": "tests/gateway_bulk/test_gateway_bulk_callback.py",
    "gateway.agent.before_confirm": "tests/attacks/test_attack_agents.py",
    "gateway.agent.before_send": "tests/attacks/test_attack_agents.py",
    "gateway.agent.before_store": "tests/registrar/test_registrar_agents_crash.py",
    "gateway.agent.after_store": "tests/registrar/test_registrar_agents_crash.py",
    "gateway.agent.before_delete": "tests/registrar/test_registrar_agents_crash.py",
    "gateway.agent.after_delete": "tests/registrar/test_registrar_agents_crash.py",
    "gateway.agent.before_confirmed": "tests/registrar/test_registrar_agents_crash.py",
    "registrar.agent.before_store": "tests/registrar/test_registrar_agents_crash.py",
    "registrar.agent.after_store": "tests/registrar/test_registrar_agents_crash.py",
    "registrar.agent.before_withdraw": "tests/registrar/test_registrar_agents_crash.py",
    "registrar.agent.after_withdraw": "tests/registrar/test_registrar_agents_crash.py",
    "registrar.agent.before_told": "tests/registrar/test_registrar_agents_crash.py",
    "registrar.agent.before_expire": "tests/registrar/test_registrar_agents_crash.py",
    "registrar.agent.before_fall": "tests/registrar/test_registrar_agents_crash.py",
    "registrar.agent.before_forget": "tests/registrar/test_registrar_agents_crash.py",
    "portal.agent.before_send": "tests/attacks/test_attack_agents.py",
    "portal.agent.before_list": "tests/attacks/test_attack_agents.py",
    "portal.agent.before_withdraw": "tests/attacks/test_attack_agents.py",
    "gateway.handed.before_confirm": "tests/attacks/test_attack_offer.py",
    "gateway.handed.before_send": "tests/attacks/test_attack_offer.py",
    "gateway.handed.before_settle": "tests/gateway/test_gateway_offers.py",
    "gateway.handed.before_store": "tests/gateway/test_gateway_offers.py",
    "gateway.handed.after_store": "tests/gateway/test_gateway_offers.py",
    "portal.mandate.before_send": "tests/registrar/test_registrar_mandate_portal.py",
    "portal.offer.before_send": "tests/attacks/test_attack_offer.py",
    "registrar.handed.before_strike": "tests/registrar/test_registrar_offer.py",
    "gateway.representation.before_enter": "tests/gateway/test_gateway_representing.py",
    "gateway.representation.before_act": "tests/gateway/test_gateway_representing.py",
    "gateway.representation.before_later": "tests/gateway/test_gateway_representing.py",
    "gateway.representation.before_told": "tests/gateway/test_gateway_representing.py",
    "gateway.representation.before_send": "tests/gateway/test_gateway_representing.py",
    "registrar.mandate.before_offer": "tests/registrar/test_registrar_mandate.py",
    "registrar.mandate.after_offer": "tests/registrar/test_registrar_mandate.py",
    "registrar.mandate.before_claim": "tests/registrar/test_registrar_mandate.py",
    "registrar.mandate.before_accept": "tests/registrar/test_registrar_mandate.py",
    "registrar.mandate.after_accept": "tests/registrar/test_registrar_mandate.py",
    "registrar.mandate.before_end": "tests/registrar/test_registrar_mandate.py",
    "registrar.mandate.after_end": "tests/registrar/test_registrar_mandate.py",
    "registrar.mandate.before_forget": "tests/registrar/test_registrar_mandate.py",
    "registrar.representation.before_store": "tests/registrar/test_registrar_representing.py",
    "registrar.representation.after_store": "tests/registrar/test_registrar_representing.py",
    "registrar.offer.before_forget": "tests/registrar/test_registrar_offer.py",
    "registrar.offer.before_store": "tests/registrar/test_registrar_offer.py",
    "registrar.offer.after_store": "tests/registrar/test_registrar_offer.py",
    "registrar.signatures.before_store": "tests/registrar/test_registrar_offer.py",
    "gateway.enrol.before_unknown": "tests/gateway/test_gateway_crash.py",
    "exchange.joining.before_store": "tests/joining/test_joining_story.py",
    "exchange.declining.before_store": "tests/joining/test_joining_story.py",
    "exchange.certificate.before_want": "tests/joining/test_joining_story.py",
    "exchange.certificate.before_store": "tests/joining/test_joining_story.py",
    "gateway.certificate.before_send": "tests/joining/test_joining_story.py",
    "gateway.evidence.before_send": "tests/joining/test_joining_retention.py",
    "gateway.retention.before_delete": "tests/joining/test_joining_retention.py",
    "gateway.load.before_begin": "tests/gateway/test_gateway_load.py",
    "gateway.load.before_batch": "tests/gateway/test_gateway_load.py",
    "gateway.load.after_batch": "tests/gateway/test_gateway_load.py",
    "gateway.load.before_switch": "tests/gateway/test_gateway_load.py",
    "gateway.load.after_switch": "tests/gateway/test_gateway_load.py",
    "gateway.load.before_refuse": "tests/gateway/test_gateway_load.py",
    "keeper.fence.before_store": "tests/faults/test_faults_fence.py",
    "keeper.fence.before_lift": "tests/faults/test_faults_fence.py",
    "keeper.late.before_append": "tests/keeper/test_keeper_withheld.py",
    "keeper.late.after_append": "tests/keeper/test_keeper_withheld.py",
    "keeper.withheld.before_append": "tests/keeper/test_keeper_notes.py",
    "keeper.withheld.after_append": "tests/keeper/test_keeper_notes.py",
    "registrar.self.before_store": "tests/attacks/test_own_deciding.py",
    "registrar.self.after_store": "tests/attacks/test_own_deciding.py",
    "portal.self.before_send": "tests/attacks/test_own_deciding.py",
    "portal.self.before_ask": "tests/attacks/test_own_deciding.py",
    "exchange.self.before_send": "tests/attacks/test_own_deciding.py",
    "exchange.self.before_commit": "tests/attacks/test_own_deciding.py",
    "exchange.self.after_recorded": "tests/attacks/test_own_deciding.py",
    "exchange.self.before_notice": "tests/attacks/test_own_deciding.py",
    "exchange.self.after_answer": "tests/attacks/test_own_deciding.py",
    "keeper.self.before_append": "tests/attacks/test_own_deciding.py",
    "keeper.self.after_append": "tests/attacks/test_own_deciding.py",
    "gateway.self.before_store": "tests/attacks/test_own_deciding.py",
    "gateway.self.after_store": "tests/attacks/test_own_deciding.py",
    "oversight.letter.before_store": "tests/oversight/test_oversight_letters.py",
    "oversight.letter.after_store": "tests/oversight/test_oversight_letters.py",
    "oversight.letter.before_answer": "tests/oversight/test_oversight_letters.py",
    "oversight.letter.after_answer": "tests/oversight/test_oversight_letters.py",
    "oversight.letter.before_forget": "tests/oversight/test_oversight_letters.py",
    "portal.commission.before_send": "tests/oversight/test_oversight_letters.py",
    "gateway.letter.before_store": "tests/attacks/test_attack_letters.py",
    "gateway.letter.after_store": "tests/attacks/test_attack_letters.py",
    "gateway.letter.before_answer": "tests/attacks/test_attack_letters.py",
    "gateway.letter.after_answer": "tests/attacks/test_attack_letters.py",
    "gateway.selfdesk.before_store": "tests/attacks/test_own_deciding.py",
    "gateway.selfdesk.after_store": "tests/attacks/test_own_deciding.py",
    "gateway.selfdesk.before_confirm": "tests/attacks/test_own_deciding.py",
    "portal.kept.before_store": "tests/web/test_portal_kept_crash.py",
    "portal.kept.after_store": "tests/web/test_portal_kept_crash.py",
    "portal.mail.before_send": "tests/web/test_portal_kept_crash.py",
    "portal.mail.after_send": "tests/web/test_portal_kept_crash.py",
    "portal.mail.before_strike": "tests/web/test_portal_kept_crash.py",
    "portal.mail.before_postpone": "tests/web/test_portal_kept_crash.py",
    "portal.consent.before_store": "tests/web/test_portal_kept_crash.py",
    "portal.consent.before_withdraw": "tests/web/test_portal_kept_crash.py",
    "portal.consent.after_withdraw": "tests/web/test_portal_kept_crash.py",
    # A file replaced whole.
    "mesh.registry.before_store": "tests/gateway/test_gateway_notice.py",
    "registrar.enrol.before_refund": "tests/registrar/test_registrar_enrol.py",
}
TOGETHER = (("exchange",), ("gateway",), ("keeper",), ("portal", "registrar"))
"""Roles that are killed in one go: these two have a look's points alone, and neither waits for the other's."""
FLIGHT = (
    ("gateway", "gateway.bulk.after_settle"),
    ("exchange", "exchange.notice.after_answer"),
    ("keeper", "keeper.commit.after_append"),
    ("gateway", "gateway.event.after_tell"),
)
"""A death of each of them in every run; `make faults` dies at each of their points."""
HURRY = {"enishi.roles.gateway.evidence.gathering.EVERY_S": 0.3}
"""Pauses in which a test would only wait; what happens before and after them is the same."""


def test_every_crash_point_is_reached_by_a_test() -> None:
    named = {name for table in (FIRST_START, IN_FLIGHT) for names in table.values() for name in names}
    assert {point.name for point in points(modules())} - named - set(ELSEWHERE) == set()
    assert all(Path(place).is_file() for place in ELSEWHERE.values())
    assert {name for names in EVERY.values() for name in names} <= {point.name for point in points(modules())}


def test_every_point_of_gateway_exchange_and_keeper_dies_in_flight_or_says_why_not() -> None:
    flown = {name for names in EVERY.values() for name in names}
    excused = tuple(begin for begins in NOT_IN_FLIGHT.values() for begin in begins)
    named = {point.name for point in points(modules()) if point.name.split(".")[0] in ("gateway", "exchange", "keeper")}
    assert {name for name in named if name.startswith(excused)} == named - flown
    assert [begin for begin in excused if not any(name.startswith(begin) for name in named)] == []


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """A mesh whose first start died at every point of a first start."""
    plan = Plan(tmp_path_factory.mktemp("crashed"), find_base(), LEGAL_DAY)
    mesh = ForkedMesh(plan, RESIDENTS, HURRY)
    try:
        found(plan.data, RESIDENTS, lambda step: None)
        mesh._configs = write_configs(plan)
        (plan.data / "logs").mkdir()
        chain = Chain(mesh, FIRST_START)
        for role in ROLES:
            chain.launch(role)
        chain.run()
        assert sorted(chain.died) == sorted(name for names in FIRST_START.values() for name in names)
        yield mesh
    finally:
        mesh.stop()


def test_a_first_start_killed_at_every_point_comes_up_whole(crashed: Mesh) -> None:
    answer = asyncio.run(gateway(crashed).inquire(register_question()))
    assert answer["items"][0]["outcome"] == "provided"


@pytest.mark.parametrize("roles", TOGETHER, ids=" ".join)
def test_killed_at_every_point_with_inquiries_in_flight(crashed: Mesh, roles: tuple[str, ...]) -> None:
    wanted = {role: IN_FLIGHT[role] for role in roles}
    traffic, chain = Traffic(crashed), Chain(crashed, wanted)
    traffic.start()
    for role in roles:
        crashed.children[role].end()
        crashed.children[role].process.wait()
        chain.launch(role)
    chain.run()
    traffic.stop.set()
    traffic.join(60)
    assert sorted(chain.died) == sorted(name for names in wanted.values() for name in names)
    asyncio.run(settled(crashed, traffic.seen))


def test_two_hundred_in_flight_end_once_whoever_dies(crashed: Mesh) -> None:
    """Single, in bulk, held, taken back, told by calls back, closed; beside them changes, own data, numbers handed over (faults/errands.py).

    `make faults` does the same at every point of all of these, on two platforms (tests/faults/every.py).
    """

    async def go() -> None:
        async with flying(crashed) as flight:
            for role, point in FLIGHT:
                assert await flight.kill(role, point), point
            assert min(flight.in_the_air.values()) >= IN_THE_AIR
            await flight.come_down()
            flight.ended_once()
            flight.nothing_taken_back_was_asked()

    asyncio.run(go())


def test_after_all_those_deaths_nothing_is_wrong(crashed: Mesh) -> None:
    """The last test of this mesh: the walk is over everything that stands in it, whichever life wrote it."""
    assert sorted(name for names in TOGETHER for name in names) == sorted(IN_FLIGHT)
    report = verify_data(crashed.plan.data)
    assert report.ok, list(report.findings)[:5]
