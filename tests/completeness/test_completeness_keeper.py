"""A keeper that drops, hides, misfiles or forks, with one step of its real code changed: who finds it, and after which event.

Each test says who does not find it, too: what one of the watchers cannot see is why there are the others.
"""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from attacks.network_attack import Network
from completeness.watching import OTHER, READER, Commission, ask_about, auditor, citizen, commission, published, received_ms, records
from enishi.errors import Fault
from enishi.protocol.view import Labels, LogView, labels_info
from enishi.roles.keeper.commit import Committing
from enishi.roles.keeper.view import Viewing
from enishi.roles.oversight.reconciling import WAIT_MS
from enishi.seal.hpke import seal
from enishi.seal.pad import pad
from enishi.tlog.labels import LabelMap, label, person_key

pytestmark = pytest.mark.xdist_group("completeness")


# ---- drops: the receipt is given, no leaf is there


class Forgetful:
    """A database whose writes are undone after they gave their result."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def write(self, work: Any) -> Any:
        made = []

        def undone(connection: Any) -> None:
            made.append(work(connection))
            raise Fault("undone")

        with pytest.raises(Fault, match="undone"):
            await self._real.write(undone)
        return made[0]


def test_a_dropped_record(spoiled: Network, tmp_path: Path) -> None:
    """Found by the commission a minute after the receipt, by an auditor at once, by the person at the first look with the institution's list."""
    real = spoiled.keeper.database
    spoiled.keeper.database = Forgetful(real)
    item_id = ask_about(spoiled, READER)
    spoiled.keeper.database = real
    published(spoiled)
    assert citizen(spoiled, READER) == ""
    assert citizen(spoiled, READER, [item_id]) == "item-not-in-record"
    assert "reconcile-missing-keeper" not in commission(spoiled, tmp_path / "early", 0, received_ms(spoiled, item_id))
    late = commission(spoiled, tmp_path / "late", WAIT_MS + 1000)
    assert late >= {"reconcile-missing-keeper", "reconcile-receipt-not-logged"}
    assert "gateway-record-missing" in auditor(spoiled, tmp_path / "audit")


# ---- hides


def unlabelled(monkeypatch: pytest.MonkeyPatch, hidden: bytes) -> None:
    """A keeper whose map of labels leaves one out, and which does not show that record."""
    insert, log_of = LabelMap.insert, Viewing._log_of

    def without(self: LabelMap, one: bytes) -> None:
        if one != hidden:
            insert(self, one)

    def shorter(self: Any, connection: Any, view: Any, tag: bytes, published: Any) -> LogView:
        told = log_of(self, connection, view, tag, published)
        return msgspec.structs.replace(told, records=tuple(one for one in told.records if one.leaf[-64:-32] != hidden))

    monkeypatch.setattr(LabelMap, "insert", without)
    monkeypatch.setattr(Viewing, "_log_of", shorter)
    monkeypatch.setattr(Viewing, "_labels", unchecked)


def unchecked(self: Any, view: Any, tag: bytes, count: int, published: Any) -> bytes:
    """What the keeper seals to the device, without its own look at whether the map has it all."""
    kt = person_key(self._state.secrets.labels, tag)
    present = tuple(published.labels.prove(label(kt, n)) for n in range(count))
    told = Labels(kt, count, present, published.labels.prove(label(kt, count)))
    return seal(view.device_key, labels_info(view.request), pad(msgspec.json.encode(told)))


def test_a_leaf_whose_label_is_left_out_of_the_map(spoiled: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever rebuilds the map finds it at the first checkpoint after, the person's device at the next look: that look takes the next number, and
    the one before it is not there.  The commission, which compares items and not labels, does not."""
    ask_about(spoiled, READER)
    assert citizen(spoiled, READER) == ""
    with monkeypatch.context() as keeper:
        unlabelled(keeper, next_label(spoiled))
        ask_about(spoiled, READER)
        published(spoiled)
        assert citizen(spoiled, READER) == "label-absent"
    assert "label-map-false" in auditor(spoiled, tmp_path / "audit")
    assert commission(spoiled, tmp_path / "commission") == set()


def next_label(network: Network) -> bytes:
    """The label that comes next under the person of the newest record."""
    ((epoch, tag),) = network.rows("SELECT epoch, tag FROM chain ORDER BY idx DESC LIMIT 1")
    ((count,),) = network.rows("SELECT count FROM person WHERE epoch = ? AND tag = ?", epoch, tag)
    return label(person_key(network.keeper.secrets.labels, tag), count)


def test_a_record_whose_label_counts_and_which_is_not_shown(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by the person's own device at the next look."""
    ask_about(network, READER)
    assert citizen(network, READER) == ""
    log_of = Viewing._log_of

    def shorter(self: Any, *given: Any) -> LogView:
        told = log_of(self, *given)
        return msgspec.structs.replace(told, records=told.records[1:])

    monkeypatch.setattr(Viewing, "_log_of", shorter)
    assert citizen(network, READER) == "record-not-shown"


# ---- misfiles


def filed_under(monkeypatch: pytest.MonkeyPatch, tag: bytes) -> None:
    """A keeper that files what comes under another person's tag."""
    item = Committing._item
    monkeypatch.setattr(Committing, "_item", lambda self, *given: msgspec.structs.replace(item(self, *given), tag=tag))


def tag_of(network: Network, item_id: bytes) -> bytes:
    ((tag,),) = network.rows("SELECT tag FROM item WHERE item_id = ?", item_id)
    return bytes(tag)


def test_a_record_filed_under_another_person(network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Log, receipts and counts all agree, so auditor and commission find nothing; the two persons do: one sees a stranger's inquiry in the record
    at the next look, the other misses what the institution's list names."""
    tag = tag_of(network, ask_about(network, OTHER))
    with monkeypatch.context() as keeper:
        filed_under(keeper, tag)
        item_id = ask_about(network, READER)
    published(network)
    assert auditor(network, tmp_path / "audit") == set()
    assert commission(network, tmp_path / "commission") == set()
    assert citizen(network, READER) == ""
    assert citizen(network, READER, [item_id]) == "item-not-in-record"
    assert item_id in {body.item_id for body in records(network, OTHER)}


def test_a_record_filed_under_a_canary_person(network: Network, watch: Commission, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commission finds it at its next check of the canary persons: somebody was asked about who does not exist."""
    one = watch.persons[0]
    tag = tag_of(network, watch.ask(one))
    assert watch.check() == set()
    with monkeypatch.context() as keeper:
        filed_under(keeper, tag)
        item_id = ask_about(network, READER)
    assert watch.check() == {("canary-asked", item_id.hex())}


def test_a_canary_persons_record_filed_elsewhere(network: Network, watch: Commission, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commission finds both sides of it at its next check; under a real person it finds the one that is missing."""
    one, other = watch.persons[:2]
    real, canary = tag_of(network, ask_about(network, READER)), tag_of(network, watch.ask(other))
    with monkeypatch.context() as keeper:
        filed_under(keeper, canary)
        misfiled = watch.ask(one)
    with monkeypatch.context() as keeper:
        filed_under(keeper, real)
        missing = watch.ask(one)
    assert watch.check() == {("canary-misfiled", misfiled.hex()), ("canary-record-missing", missing.hex())}


def test_an_official_who_asks_without_a_case_meets_a_canary_person(network: Network, watch: Commission) -> None:
    """Everything is signed and recorded as it should be; the record itself tells at the next check, and so does a look by somebody else."""
    one = watch.persons[0]
    item_id = watch.ask_unknown(one)
    records(network, one)
    assert watch.check() == {("canary-asked", item_id.hex()), ("canary-looked", "")}
