"""Attack: one kind of message brought to the door of another, or by another role than the door is for."""

from typing import Any

import msgspec
import pytest

from attacks.adversary_attack import send, written
from attacks.network_attack import FIRST, SECOND, Network, fault_in
from attacks.own_attack import own
from enishi import clock
from enishi.errors import Denied, Fault, Malformed, Tampered
from enishi.protocol import view as view_form
from enishi.protocol.self_disclosure import SelfMessage
from enishi.protocol.view import FACE, REGISTRAR, REQUEST, read_view
from enishi.protocol.wire import Batch, Empty, EnrolOperate, InquiryReply, ItemReply, OutcomeForm, Recorded, Results, ViewMessage, ViewReply
from enishi.roles.portal.meshed import sign_envelope
from enishi.seal.dsse import Envelope, countersign
from enishi.seal.sign import SigningKey
from linkage.attacker_linkage import Without
from running.mesh_running import STORY, register_question

pytestmark = pytest.mark.xdist_group("attacks")
PREFIX, SUFFIX = "application/vnd.enishi.", "+json"


def envelopes(network: Network) -> dict[str, Envelope]:
    """One true envelope of each kind, each with its true signatures."""
    inquiry = written(network, register_question())
    send(network, inquiry.inquiry)
    network.look(STORY.reader)
    own(network, STORY.reader, STORY.condolence.register, ("koseki",))
    mine = last(network, "/exchange/self", SelfMessage)
    looked = last(network, "/exchange/view", ViewMessage)
    enrolled = last(network, "/exchange/enrol", EnrolOperate)
    recorded = last(network, "/keeper/outcome", Batch[OutcomeForm])
    recorded_one = recorded.each[0].outcome
    return {"statement": inquiry.inquiry.statement, "view": looked.view, "enrol": enrolled.batch, "outcome": recorded_one, "self": mine.statement}


def last(network: Network, path: str, form: Any) -> Any:
    passed = [one for one in network.wire.passed if one.path == path]
    return msgspec.msgpack.decode(passed[-1].request, type=form)


def knock(network: Network, door: str, envelope: Envelope) -> str:
    """Bring an envelope to the door of a kind, as the role that may knock there; the fault that comes back."""
    try:
        if door == "statement":
            inquiry = msgspec.structs.replace(written(network, register_question()).inquiry, statement=envelope)
            return fault_in(send(network, inquiry))
        if door == "outcome":
            return fault_in(network.call("exchange", "keeper", "/keeper/outcome", Batch((OutcomeForm(envelope, b""),)), Results[Recorded]))
        if door == "enrol":
            network.call("registrar", "exchange", "/exchange/enrol", EnrolOperate(envelope), Empty)
        elif door == "self":
            network.call("portal", "exchange", "/exchange/self", SelfMessage(envelope, bytes(64)), ItemReply)
        else:
            network.call("portal", "exchange", "/exchange/view", ViewMessage(envelope), ViewReply)
    except (Malformed, Tampered) as fault:
        return fault.code
    return ""


def test_every_kind_at_every_other_door(network: Network) -> None:
    """As it is, and renamed to the kind of the door: nothing gets in, and nothing is recorded."""
    true = envelopes(network)
    before = network.leaves()
    for door in true:
        for kind, envelope in true.items():
            if kind == door:
                continue
            assert knock(network, door, envelope) != "", (kind, door)
            renamed = msgspec.structs.replace(envelope, payloadType=f"{PREFIX}{door}{SUFFIX}")
            assert knock(network, door, renamed) != "", (kind, door, "renamed")
    assert network.leaves() == before


def test_a_card_s_request_shown_as_a_view(network: Network, without: Without) -> None:
    """Success is that the face's own signature over a request counts as one over a View.  The type is signed with the payload; behind it stand the
    registrar's signature and the form."""
    key = SigningKey.from_bytes((network.data / "portal" / "keys" / "signing").read_bytes())
    signed, _ = network.signed(STORY.reader)
    snapshot = network.exchange.snapshot
    vouched = sign_envelope(f"{PREFIX}{REQUEST}{SUFFIX}", signed.request, key, FACE)
    with pytest.raises(Tampered, match="envelope-type-wrong"):
        read_view(vouched, snapshot.portal, snapshot.registrar)
    renamed = msgspec.structs.replace(vouched, payloadType=f"{PREFIX}view{SUFFIX}")
    with pytest.raises(Tampered, match="signature-missing"):
        read_view(renamed, snapshot.portal, snapshot.registrar)
    patched = without(view_form, "open_form", lambda envelope, form, *_: msgspec.json.decode(envelope.payload, type=form))
    with pytest.raises(msgspec.ValidationError):
        read_view(renamed, snapshot.portal, snapshot.registrar)
    patched.undo()


def test_the_kind_inside_a_form_is_signed(network: Network) -> None:
    """A View of both true keys that calls itself an inquiry is no View."""
    portal, registrar = (SigningKey.from_bytes((network.data / role / "keys" / "signing").read_bytes()) for role in ("portal", "registrar"))
    network.look(STORY.reader)
    true = msgspec.json.decode(last(network, "/exchange/view", ViewMessage).view.payload)
    payload = msgspec.json.encode(true | {"kind": "inquiry", "at_ms": clock.now_ms()})
    envelope = countersign(sign_envelope(f"{PREFIX}view{SUFFIX}", payload, registrar, REGISTRAR), portal, FACE)
    assert knock(network, "view", envelope) == "kind-wrong"


DOORS = {
    "/exchange/inquire": {FIRST, SECOND},
    "/exchange/event": {FIRST, SECOND},
    "/exchange/outcome": {FIRST, SECOND},
    "/exchange/enrol": {"registrar"},
    "/exchange/view": {"portal"},
    "/keeper/admit": {"exchange"},
    "/keeper/commit": {"exchange"},
    "/keeper/outcome": {"exchange"},
    "/keeper/event": {"exchange"},
    "/keeper/pending": {"exchange"},
    "/keeper/enrol": {"exchange"},
    "/keeper/view/admit": {"exchange"},
    "/keeper/view/commit": {"exchange"},
    "/exchange/self": {"portal"},
    "/keeper/self/admit": {"exchange"},
    "/keeper/self/commit": {"exchange"},
    "/gateway/self": {"exchange"},
    "/registrar/self": {"portal"},
    "/registrar/mandate": {"portal"},
    "/registrar/mandate/find": {"portal"},
    "/registrar/mandate/accept": {"portal"},
    "/registrar/mandate/end": {"portal"},
    "/registrar/representation": {FIRST, SECOND},
    "/registrar/agent": {"portal"},
    "/registrar/agent/list": {"portal"},
    "/registrar/agent/withdraw": {"portal"},
    "/registrar/agent/given": {FIRST, SECOND},
    "/registrar/agent/told": {FIRST, SECOND},
    "/keeper/parts": {"exchange"},
    "/keeper/snapshot": {"exchange"},
    "/keeper/second": {"oversight"},
    "/keeper/suspend": {"exchange", "oversight"},
    "/exchange/seen": {"keeper"},
    "/exchange/suspended": {"oversight"},
    "/exchange/registry/show": set(),
    "/exchange/registry/add": set(),
    "/exchange/registry/suspend": set(),
    "/exchange/registry/reinstate": set(),
    "/exchange/registry/finish": set(),
    "/exchange/registry/joining": set(),
    "/exchange/registry/admit": set(),
    "/exchange/registry/decline": set(),
    "/exchange/registry/uncertified": set(),
    "/exchange/registry/certify": set(),
    "/exchange/certificate": {FIRST, SECOND},
    "/exchange/leave": {FIRST, SECOND},
    "/oversight/registry/show": set(),
    "/oversight/registry/approve": set(),
    "/oversight/registry/suspend": set(),
    "/oversight/letter": {"portal"},
    "/oversight/letter/state": {"portal"},
    "/oversight/letters/list": set(),
    "/oversight/letters/show": set(),
    "/oversight/letters/answer": set(),
    "/registrar/registry": {"exchange"},
    "/gateway/registry": {"exchange"},
    "/registrar/enrol": {FIRST, SECOND},
    "/registrar/offer": {"portal"},
    "/registrar/handed": {FIRST, SECOND},
    "/registrar/handed/taken": {FIRST, SECOND},
    "/registrar/view": {"portal"},
    "/oversight/cosign": {"exchange"},
    "/gateway/notice": {"exchange"},
    "/gateway/event": {"exchange"},
    "/gateway/fetch": {"exchange"},
    "/gateway/enrolled": {"keeper"},
}
"""Who may knock where: the whole list, so that a new door or a new caller is a change of this test."""
EVERYBODY = ("keeper", "exchange", "oversight", "registrar", FIRST, SECOND, "portal")


def test_every_role_at_every_door(network: Network) -> None:
    """With a true certificate of another role nobody gets past the door; the list of doors is complete."""
    doors = {path: name for name, app in network.wire.doors.values() for path in app._doors if name != SECOND}
    doors.pop("/exchange/snapshot")
    assert doors.keys() == DOORS.keys()
    for path, name in doors.items():
        for caller in EVERYBODY:
            with pytest.raises(Fault) as caught:
                network.call(caller, name, path, {"no": "form"}, InquiryReply)
            assert isinstance(caught.value, Denied) is (caller not in DOORS[path]), (path, caller)


def test_a_platform_speaks_for_its_own_tenants_only(network: Network) -> None:
    """A lawful message of one institution, brought by the platform of others."""
    message = written(network, register_question())
    reply = network.call(SECOND, "exchange", "/exchange/inquire", Batch((message.inquiry,)), Results[InquiryReply])
    assert fault_in(reply) == "inquirer-not-your-tenant"
