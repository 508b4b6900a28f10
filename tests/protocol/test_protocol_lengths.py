"""A byte string of another length than docs/protocol.md says is refused, a byte short and a byte long, wherever the form itself does not demand it;
and so are a registry's keys, digests and suites."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from enishi.errors import Fault, Malformed
from enishi.protocol.founding import FoundingInstitution
from enishi.protocol.registry import AuditEpoch, KeyEpoch, Operator, Snapshot, SnapshotDigest, demand_hybrid, read_snapshot
from enishi.protocol.suspension import SuspensionDigest
from protocol import messages as made
from protocol.lengths import READERS, Demanded
from protocol.reading import JSON

replace = msgspec.structs.replace
CASES = [pytest.param(one, field, id=f"{type(one.form).__name__}.{field}") for one in READERS for field in one.fields]


def wrong(value: Any) -> Iterator[Any]:
    """The same a byte short and a byte long; of several the first."""
    if isinstance(value, tuple):
        yield from ((one, *value[1:]) for one in wrong(value[0]))
    else:
        yield from (value[:-1], value + b"\1")


@pytest.mark.parametrize(("one", "field"), CASES)
def test_another_length_is_refused_by_the_reader(one: Demanded, field: str) -> None:
    one.read(one.form)
    for value in wrong(getattr(one.form, field)):
        with pytest.raises(Fault):
            one.read(replace(one.form, **{field: value}))


def fixed(form: type[msgspec.Struct]) -> list[str]:
    """The fields of a form that are byte strings of a length that it demands."""
    found = []
    for field in msgspec.inspect.type_info(form).fields:  # type: ignore[attr-defined]
        kind = field.type
        if isinstance(kind, msgspec.inspect.BytesType) and kind.min_length == kind.max_length is not None:
            found.append(field.name)
    return found


def snapshots() -> Iterator[tuple[str, Snapshot]]:
    """The registry with one byte string of it too short or too long, by name."""
    good = made.snapshot()
    (one, *others), (audit,) = good.institutions, good.audit

    def within(part: Any, put: Any) -> Iterator[tuple[str, Snapshot]]:
        for name in fixed(type(part)):
            for value in wrong(getattr(part, name)):
                yield f"{type(part).__name__}.{name} of {len(value)}", put(replace(part, **{name: value}))

    yield from within(good, lambda whole: whole)
    yield from within(good.exchange, lambda part: replace(good, exchange=part))
    yield from within(good.keeper, lambda part: replace(good, keeper=part))
    yield from within(audit, lambda part: replace(good, audit=(part,)))
    yield from within(one.epochs[0], lambda part: replace(good, institutions=(replace(one, epochs=(part,)), *others)))
    yield from within(one.assessments[0], lambda part: replace(good, institutions=(replace(one, assessments=(part,)), *others)))


SNAPSHOTS = list(snapshots())


def test_every_form_of_the_registry_is_tried() -> None:
    tried = {name.partition(" ")[0] for name, _ in SNAPSHOTS}
    assert {"Snapshot.previous", "Snapshot.law", "Snapshot.registrar", "Snapshot.portal", "Snapshot.disclosure"} <= tried
    assert {f"{form.__name__}.{name}" for form in (Operator, AuditEpoch, KeyEpoch) for name in fixed(form)} <= tried
    assert len(fixed(Operator)) == len(fixed(AuditEpoch)) + 1 == 5


@pytest.mark.parametrize(("name", "snapshot"), SNAPSHOTS, ids=[name for name, _ in SNAPSHOTS])
def test_another_length_in_the_registry_is_refused(name: str, snapshot: Snapshot) -> None:
    read_snapshot(JSON(made.snapshot()))
    with pytest.raises(Malformed, match="form-unreadable"):
        read_snapshot(JSON(snapshot))


@pytest.mark.parametrize("suite", [0, 2, 3])
def test_a_key_of_another_suite_in_the_registry_is_refused(suite: int) -> None:
    key, good = bytes([suite]) + made.HYBRID.public[1:], made.snapshot()
    epoch = replace(good.institutions[1].epochs[0], hpke=key)
    changed = replace(good, institutions=(good.institutions[0], replace(good.institutions[1], epochs=(epoch,))))
    for snapshot in (replace(good, disclosure=key), changed):
        with pytest.raises(Malformed, match="sealing-key-malformed"):
            read_snapshot(JSON(snapshot))
    with pytest.raises(Malformed):
        demand_hybrid(made.SEALING.public, "hpke")


@pytest.mark.parametrize("form", [SnapshotDigest, SuspensionDigest])
def test_the_body_of_a_snapshot_leaf_holds_digests(form: type[msgspec.Struct]) -> None:
    for length in (31, 33):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(JSON(dict.fromkeys(form.__struct_fields__, bytes(length))), type=form)
    msgspec.json.decode(JSON(dict.fromkeys(form.__struct_fields__, bytes(32))), type=form)


def test_a_founding_institution_has_the_keys_of_the_registry() -> None:
    assert set(fixed(FoundingInstitution)) == set(fixed(KeyEpoch)) - {"share_exchange", "share_keeper"}
