"""What the log does not take of an official's decision comes back to the official; what cannot be read, or was overtaken, keeps nobody waiting."""

from typing import Any

import msgspec
import pytest

from attacks.adversary_attack import send, sitting, written
from attacks.network_attack import Network
from attacks.own_attack import own
from attacks.test_own_deciding import HOLDER, ITEMS, OTHERS, PERSON, decide, forgotten, last_bodies, marked
from attacks.wire_attack import Forward
from enishi.errors import Unavailable
from enishi.protocol.statement import item_id_of
from enishi.roles.gateway import desk as held_desk
from enishi.roles.gateway.answered import HeldItem
from enishi.roles.gateway.desk import Decision
from enishi.roles.gateway.pushing import RETURNED
from enishi.roles.gateway.returned import OVERTAKEN
from enishi.roles.gateway.self_disclosure import desk as self_desk
from enishi.roles.gateway.self_disclosure import kept
from enishi.roles.gateway.tenant import Tenant
from enishi.terms import ItemId, Outcome
from linkage.attacker_linkage import Without
from running.mesh_running import STORY, tax_question

pytestmark = pytest.mark.xdist_group("attacks")
__all__ = ["forgotten", "marked"]
LATE = "425AC0000000027#22-1"
"""A provision that some earlier program let an official refuse on, and the keeper does not."""
REFUSED, SPOILT = "outcome-citation-not-allowed", "outcome-unreadable"
DOORS = ("/v1/held", "/v1/disclosures")
BEFORE: dict[tuple[str, str], float] = {}


@pytest.fixture(autouse=True)
def empty(network: Network) -> None:
    """No outcome that another test left on its way, or that was returned to it."""
    for place in (STORY.loan.provider, HOLDER):
        tenant = network.provider.tenants[place]
        network.run(network.provider.desk.push(tenant))
        network.run(network.provider.self_desk.push(tenant))
        network.run(tenant.database.write(lambda connection: connection.execute("DELETE FROM returned").rowcount))
    BEFORE.update({(door, fault): network.provider.desk.meter.total(RETURNED, door, fault) for door in DOORS for fault in (REFUSED, SPOILT)})


def loan(network: Network) -> Tenant:
    return network.provider.tenants[STORY.loan.provider]


def holding(network: Network) -> ItemId:
    """An item that waits for an official."""
    message = written(network, tax_question(STORY.protected))
    send(network, message.inquiry)
    return item_id_of(message.txid, 0)


def listed(network: Network, item_id: ItemId) -> list[HeldItem]:
    return [item for item in network.run(network.provider.desk.held(loan(network))) if item.item_id == item_id]


def say(network: Network, item_id: ItemId, decision: Decision) -> Outcome:
    return network.run(network.provider.desk.decide(loan(network), item_id, decision, "officer"))


def rows(tenant: Tenant, query: str, *values: object) -> list[Any]:
    return tenant.database.read_now(lambda connection: connection.execute(query, values).fetchall())


def count(network: Network, door: str, fault: str) -> float:
    """How often since the test began."""
    return network.provider.desk.meter.total(RETURNED, door, fault) - BEFORE[door, fault]


def plant(network: Network, tenant: Tenant, table: str, item_id: ItemId) -> None:
    """The disk spoils a decision before it has gone out."""
    spoil = f"UPDATE {table} SET reply = x'c1', recorded_index = -1 WHERE item_id = ? AND place = (SELECT MAX(place) FROM {table} WHERE item_id = ?)"
    assert network.run(tenant.database.write(lambda connection: connection.execute(spoil, (item_id, item_id)).rowcount)) == 1


async def unreachable(batch: Any, forward: Forward) -> Any:
    raise Unavailable("peer-unreachable")


def test_a_decision_on_a_provision_that_the_log_refuses_is_decided_anew(network: Network, without: Without) -> None:
    item_id = holding(network)
    for check in ("check_citation", "check_citation_for"):
        without(held_desk, check)
    say(network, item_id, Decision("refuse", LATE))
    (item,) = listed(network, item_id)
    assert (item.returned, count(network, "/v1/held", REFUSED)) == (REFUSED, 1)
    # It is said once: nothing is on its way any more, and what the inquirer may fetch is what stands in the log.
    assert rows(loan(network), "SELECT kind FROM given WHERE item_id = ? AND recorded_index = -1", item_id) == []
    assert rows(loan(network), "SELECT kind, officer, fault FROM returned") == [("refused_with_citation", "officer", REFUSED)]
    assert say(network, item_id, Decision("provide")) is Outcome.PROVIDED
    assert listed(network, item_id) == []
    assert network.rows("SELECT state FROM item WHERE item_id = ?", item_id) == [("final",)]


def test_a_decision_about_ones_own_data_that_the_log_refuses_is_decided_anew(network: Network, marked: None, without: Without) -> None:
    assert own(network, PERSON, HOLDER, ITEMS).outcome is Outcome.HELD
    patched = without(self_desk, "check_exception", lambda _: None)
    decide(network, "refuse", LATE)
    patched.undo()
    tenant = network.provider.tenants[HOLDER]
    (waits,) = network.run(network.provider.self_desk.waiting(tenant))
    assert (waits.returned, count(network, "/v1/disclosures", REFUSED)) == (REFUSED, 1)
    # What never stood does not answer the person's next request, either.
    assert tenant.database.read_now(lambda connection: kept.decided_for(connection, waits.addressee_number, ITEMS, "")) is None
    assert decide(network, "refuse", OTHERS) is Outcome.REFUSED_WITH_CITATION
    assert [body.outcome for body in last_bodies(network, 2)] == ["held", "refused_with_citation"]


def test_a_spoilt_row_keeps_no_other_decision_from_the_log(network: Network) -> None:
    spoilt, good = holding(network), holding(network)
    with sitting(network, "/exchange/outcome", unreachable):
        say(network, spoilt, Decision("provide"))
        say(network, good, Decision("provide"))
    plant(network, loan(network), "given", spoilt)
    assert network.run(network.provider.desk.push(loan(network))) == 1
    assert network.rows("SELECT state FROM item WHERE item_id = ?", good) == [("final",)]
    (item,) = listed(network, spoilt)
    assert (item.returned, count(network, "/v1/held", SPOILT)) == (SPOILT, 1)
    assert say(network, spoilt, Decision("provide")) is Outcome.PROVIDED
    assert network.rows("SELECT state FROM item WHERE item_id = ?", spoilt) == [("final",)]


def test_a_spoilt_row_keeps_no_other_decision_about_ones_own_data_from_the_log(network: Network, marked: None) -> None:
    tenant, desk = network.provider.tenants[HOLDER], network.provider.self_desk
    for items in (ITEMS, (*ITEMS, "account")):
        assert own(network, PERSON, HOLDER, items).outcome is Outcome.HELD
    waits = [one.item_id for one in network.run(desk.waiting(tenant))]
    with sitting(network, "/exchange/outcome", unreachable):
        for one in waits:
            network.run(desk.decide(tenant, one, Decision("refuse", OTHERS), "officer"))
    plant(network, tenant, "self_given", waits[0])
    assert network.run(desk.push(tenant)) == 1
    assert [network.rows("SELECT state FROM item WHERE item_id = ?", one) for one in waits] == [[("held",)], [("final",)]]
    (again,) = network.run(desk.waiting(tenant))
    assert (again.item_id, again.returned) == (waits[0], SPOILT)
    assert count(network, "/v1/disclosures", SPOILT) == 1


def test_only_spoilt_rows_ask_the_log_nothing(network: Network) -> None:
    item_id = holding(network)
    with sitting(network, "/exchange/outcome", unreachable):
        say(network, item_id, Decision("provide"))
        plant(network, loan(network), "given", item_id)
        assert network.run(network.provider.desk.push(loan(network))) == 0
    assert [item.returned for item in listed(network, item_id)] == [SPOILT]


def test_an_interim_outcome_that_the_end_overtook_is_sent_no_more(network: Network) -> None:
    """The exchange fetched the end and brought it to the log while the hold before it was still on its way."""
    item_id, tenant = holding(network), loan(network)
    say(network, item_id, Decision("provide"))
    late = "UPDATE given SET recorded_index = -1 WHERE item_id = ? AND place = 0"
    network.run(tenant.database.write(lambda connection: connection.execute(late, (item_id,)).rowcount))
    assert network.run(network.provider.desk.push(tenant)) == 0
    assert rows(tenant, "SELECT recorded_index FROM given WHERE item_id = ? AND place = 0", item_id) == [(OVERTAKEN,)]
    assert listed(network, item_id) == []


def test_what_may_pass_stays_on_its_way(network: Network) -> None:
    """A fault that is the log's present state sends nothing back."""

    async def unknown(batch: Any, forward: Forward) -> Any:
        reply = await forward(batch)
        fault = {"status": 403, "code": "institution-suspended", "detail": "", "field": "provider"}
        return msgspec.convert({"results": [{"fault": fault}] * len(batch.each)}, type(reply))

    item_id = holding(network)
    with sitting(network, "/keeper/outcome", unknown):
        say(network, item_id, Decision("provide"))
    assert rows(loan(network), "SELECT kind FROM given WHERE item_id = ? AND recorded_index = -1", item_id) == [("provided",)]
    assert rows(loan(network), "SELECT fault FROM returned") == []
    assert network.run(network.provider.desk.push(loan(network))) == 1
