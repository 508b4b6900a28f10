"""Attack: notices of change that law does not permit, for whom nobody asked, or in another's name; with all roles in one process."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from attacks.network_attack import FIRST, SECOND, A, Network
from attacks.test_attack_standing import suspended
from enishi import clock
from enishi.cli.verify import verify_data
from enishi.errors import Denied, Tampered, Unavailable
from enishi.protocol.event import Believed, Event
from enishi.protocol.wire import Empty
from enishi.roles.exchange.events import Events
from enishi.roles.gateway import shown
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.events import eventing
from enishi.roles.gateway.events.eventing import SubscriptionRequest
from enishi.roles.gateway.question import read_question
from enishi.store import crash
from enishi.terms import InstitutionId
from enishi.tlog.leaf import LeafKind, decode_leaf
from faults.errands import COPIES, EDITION, REGISTER
from linkage.attacker_linkage import Without
from running.mesh_running import register_question

pytestmark = pytest.mark.xdist_group("attacks")
CALLER = Caller(InstitutionId(A), "events", "officer")


def item(network: Network) -> str:
    """An item that A asked and that was answered."""
    tenant, question = network.asker.tenants[A], read_question(msgspec.json.encode(register_question()))
    txid = network.run(network.asker.ask.ask(tenant, CALLER, question))
    (answered,) = network.run(tenant.database.read(lambda connection: shown.show(connection, txid, CALLER))).items
    assert answered.outcome == "provided"
    return answered.item_id


def subscribe(network: Network, item_id: str) -> str:
    until = clock.moment(clock.now_ms()).date() + timedelta(days=30)
    return str(network.run(network.asker.events.subscribe(network.asker.tenants[A], CALLER, SubscriptionRequest(item_id, until))).state)


@contextmanager
def kept(network: Network) -> Iterator[list[Event]]:
    """Every event that passes the exchange's door."""
    seen: list[Event] = []

    async def listen(event: Event, forward: Any) -> Any:
        seen.append(msgspec.msgpack.decode(msgspec.msgpack.encode(event), type=Event))
        return await forward(event)

    network.wire.sitters["/exchange/event"] = listen
    try:
        yield seen
    finally:
        del network.wire.sitters["/exchange/event"]


@contextmanager
def on_day(network: Network, day: date) -> Iterator[None]:
    state = network.roles["exchange"]._state
    before, state.pinned_day = state.pinned_day, day
    try:
        yield
    finally:
        state.pinned_day = before


def test_a_subscription_through_every_role(network: Network) -> None:
    assert subscribe(network, item(network)) == "on"


def test_a_notice_that_the_law_of_the_day_does_not_permit(network: Network, without: Without) -> None:
    """Success is a note at the other platform although the row does not stand on that day.  The exchange asks the law again for each."""
    with on_day(network, date(2022, 10, 18)):
        with pytest.raises(Denied, match="event-not-lawful"):
            subscribe(network, _asked_before(network))
        patched = without(Events, "handle", _careless)
        assert subscribe(network, _asked_before(network)) == "on"
        patched.undo()


async def _careless(self: Events, event: Event, tenants: frozenset[str]) -> Empty:
    return await self._send(SECOND, event)


_ITEMS: list[str] = []


def _asked_before(network: Network) -> str:
    return _ITEMS.pop()


@pytest.fixture(autouse=True)
def asked(network: Network) -> None:
    """Items that were asked on the day on which it was lawful."""
    _ITEMS[:] = [item(network), item(network)]


def test_a_platform_sends_in_the_name_of_an_institution_that_is_not_its_own(network: Network) -> None:
    with kept(network) as seen:
        subscribe(network, _asked_before(network))
    with pytest.raises(Denied, match="event-not-your-tenant"):
        network.call(SECOND, "exchange", "/exchange/event", seen[0], Empty)
    # The same note again, from where it came, is taken and changes nothing.
    network.call(FIRST, "exchange", "/exchange/event", seen[0], Empty)


def test_a_receipt_or_row_of_another_item(network: Network) -> None:
    with kept(network) as seen:
        subscribe(network, _asked_before(network))
        subscribe(network, _asked_before(network))
    # A note may have been brought twice: the sender's errand does not wait for the first answer.
    one, other = {msgspec.msgpack.encode(note): note for note in seen}.values()
    for mixed in (msgspec.structs.replace(one, receipt=other.receipt), msgspec.structs.replace(one, statement=other.statement)):
        with pytest.raises(Tampered):
            network.call(FIRST, "exchange", "/exchange/event", mixed, Empty)


def test_a_suspended_inquirer_hears_nothing(network: Network) -> None:
    item_id = _asked_before(network)
    with suspended(network, A), pytest.raises(Denied, match="institution-suspended"):
        subscribe(network, item_id)


def changes(network: Network) -> None:
    """A correction comes from the source: every copy that the register answers from is another from now on."""

    def put(connection: sqlite3.Connection) -> None:
        connection.execute(EDITION, (clock.now_ms(),))
        connection.execute(COPIES)

    network.run(network.provider.tenants[REGISTER].database.write(put))


def told(network: Network) -> str:
    """The provider compares and sends; what the exchange and the inquirer's platform say of it."""
    tenant = network.provider.tenants[REGISTER]
    network.run(network.provider.events.sweep(tenant))
    network.run(network.provider.events.push(tenant))
    row = "SELECT state FROM watched ORDER BY at_ms DESC LIMIT 1"
    return str(network.run(tenant.database.read(lambda connection: connection.execute(row).fetchone()))[0])


async def _leaves(network: Network, item_id: str) -> list[LeafKind]:
    query, item = "SELECT data FROM leaf WHERE item_id = ? ORDER BY idx", bytes.fromhex(item_id)
    rows = await network.roles["keeper"]._database.read(lambda connection: connection.execute(query, (item,)).fetchall())
    return [decode_leaf(data).kind for (data,) in rows]


def leaves_of(network: Network, item_id: str) -> list[LeafKind]:
    return network.run(_leaves(network, item_id))


def state(network: Network, item_id: str) -> str:
    listed = network.run(network.asker.events.listed(network.asker.tenants[A], CALLER))
    return next(one.state for one in listed if one.item_id.hex() == item_id)


def test_that_somebody_is_told_stands_in_the_persons_record_before_it_leaves_the_exchange(network: Network) -> None:
    item_id, seen = _asked_before(network), list[list[LeafKind]]()

    async def arrives(event: Event, forward: Any) -> Any:
        seen.append(await _leaves(network, item_id))
        return await forward(event)

    # From before the first step: the platforms' own errands take the same steps.
    network.wire.sitters["/gateway/event"] = arrives
    try:
        subscribe(network, item_id)
        changes(network)
        assert told(network) == "told"
    finally:
        del network.wire.sitters["/gateway/event"]
    assert [LeafKind.INTENT, LeafKind.OUTCOME, LeafKind.CHANGE] in seen
    assert (state(network, item_id), leaves_of(network, item_id).count(LeafKind.CHANGE)) == ("changed", 1)
    found = [finding for finding in verify_data(network.data).findings if finding.table.endswith((".change", ".subscription"))]
    assert found == []


def test_an_exchange_that_tells_of_a_change_behind_the_persons_back(network: Network, without: Without) -> None:
    """Success is an inquirer that was told, and no leaf.  The inquirer's platform takes no notice without the keeper's receipt of its record."""
    item_id, patched = _asked_before(network), without(Events, "_permitted", _unrecorded)
    subscribe(network, item_id)
    changes(network)
    assert told(network) == "refused"
    assert (state(network, item_id), leaves_of(network, item_id)[-1]) == ("on", LeafKind.OUTCOME)
    without(eventing, "check_told", lambda event, *_: event.receipt)
    item_id = _asked_before(network)
    subscribe(network, item_id)
    changes(network)
    assert told(network) == "told"
    assert (state(network, item_id), leaves_of(network, item_id)[-1]) == ("changed", LeafKind.OUTCOME)
    patched.undo()


async def _unrecorded(self: Events, permit: object, believed: Believed, platform: str, event: Event) -> Empty:
    return await self._send(platform, event)


def test_an_exchange_that_dies_before_the_record_has_told_nobody(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    def point(passed: str) -> None:
        if passed == "exchange.event.before_record":
            raise Unavailable("peer-unreachable", "exchange")

    item_id = _asked_before(network)
    with monkeypatch.context() as patched:
        patched.setattr(crash, "point", point)
        subscribe(network, item_id)
        changes(network)
        assert told(network) == "telling"
    assert leaves_of(network, item_id)[-1] is LeafKind.OUTCOME
    assert told(network) == "told"
    assert leaves_of(network, item_id)[-1] is LeafKind.CHANGE


@pytest.mark.parametrize("name", ["gateway.event.before_send", "exchange.event.before_send"])
def test_a_sender_or_exchange_that_dies_loses_no_note(network: Network, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def point(passed: str) -> None:
        if passed == name:
            raise Unavailable("peer-unreachable", "exchange")

    item_id = _asked_before(network)
    with monkeypatch.context() as patched:
        patched.setattr(crash, "point", point)
        assert subscribe(network, item_id) == "asking"
    network.run(network.asker.events.send_waiting(network.asker.tenants[A]))
    listed = network.run(network.asker.events.listed(network.asker.tenants[A], CALLER))
    assert next(one.state for one in listed if one.item_id.hex() == item_id) == "on"
