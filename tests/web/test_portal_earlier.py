"""An earlier state of the log, true in itself and freshly cosigned, in place of today's: the look that this log-in made is missing there."""

import msgspec
import pytest

from enishi.client.proving import check_complete
from enishi.errors import Tampered
from enishi.protocol.record import write_body
from enishi.protocol.view import labels_info, request_digest
from enishi.roles.portal.login import begin
from enishi.seal.hpke import seal
from enishi.seal.pad import pad
from enishi.tlog.leaf import LeafKind, commitment
from web.portal_world import NOW, device
from web.proof_world import GOOD, World, opened_in
from web.smalllog import T0, SmallLog, inquiry, look, story

STALE = GOOD | {"complete": "bad: earlier"}


def test_the_state_before_the_look_is_not_taken_for_todays() -> None:
    # Log, map, labels and witness are true, and fresh: only the look itself does not stand there yet.
    world = World()
    earlier = SmallLog(story()[:-1])
    earlier.cosigned_ms = NOW
    assert world.states(world.document(earlier.view(world.request))) == STALE


def test_the_look_of_another_log_in_is_not_this_one() -> None:
    world = World()
    world.log.answer(begin(world.device.public, NOW).request)
    assert world.states(world.document(world.log.view(world.request))) == STALE


def test_an_earlier_request_with_the_state_of_its_time_is_not_this_devices() -> None:
    # Portal and keeper agree on the answer to an earlier log-in, and seal its labels to the key of this one.
    world = World()
    earlier = begin(device().public, NOW - 1).request
    world.log.answer(earlier)
    sealed = seal(world.device.public, labels_info(request_digest(earlier)), pad(msgspec.json.encode(world.log.labels())))
    viewed = world.log.view(earlier)
    document = world.document(msgspec.structs.replace(viewed, shown=msgspec.structs.replace(viewed.shown, sealed_labels=sealed)))
    assert world.states(document) == STALE
    with pytest.raises(Tampered, match="own-look-missing"):
        check_complete(opened_in(world, document))


def test_a_look_made_up_in_place_of_a_record_is_no_look_of_the_log() -> None:
    # The page of one record proves that record alone; completeness must not lean on it.
    world = World()
    earlier = SmallLog(story()[:-1])
    earlier.cosigned_ms = NOW
    said = msgspec.structs.replace(look(T0), request=request_digest(world.request))
    index, leaf, salt, _ = earlier.records[0]
    made = leaf[:13] + bytes([LeafKind.LOOK]) + leaf[14:46] + commitment(salt, write_body(said))
    viewed = earlier.view(world.request)
    forged = msgspec.structs.replace(viewed.shown.records[0], leaf=made, body=write_body(said))
    shown = msgspec.structs.replace(viewed.shown, records=(forged, *viewed.shown.records[1:]))
    assert world.states(world.document(msgspec.structs.replace(viewed, shown=shown))) == STALE | {"included": "bad"}


def test_another_kind_of_leaf_that_names_the_request_is_no_look() -> None:
    world = World([inquiry(1, "moj", (), T0)])
    earlier = SmallLog([msgspec.structs.replace(inquiry(1, "moj", (), T0), request=request_digest(world.request))])
    earlier.cosigned_ms = NOW
    assert world.states(world.document(earlier.view(world.request))) == STALE


def test_a_client_of_its_own_asks_for_its_own_look() -> None:
    world = World()
    assert check_complete(opened_in(world, world.document())) == len(world.log.records)
    earlier = SmallLog(story()[:-1]).view(world.request)
    with pytest.raises(Tampered, match="own-look-missing"):
        check_complete(opened_in(world, world.document(earlier)))
