"""Attack: an enrolment that does not come from the registrar, or is not for whom the registrar made it."""

import sqlite3
from secrets import token_bytes
from typing import Any

import msgspec
import pytest

from attacks.adversary_attack import codes, known
from attacks.network_attack import FIRST, SECOND, Network
from enishi import clock
from enishi.errors import Denied, Fault, Malformed, Tampered
from enishi.linkage import enrol as arithmetic
from enishi.linkage.enrol import open_element, request
from enishi.linkage.forms import Element
from enishi.linkage.keys import target_key
from enishi.protocol.enrol import THING, EnrolBatch, Transcript
from enishi.protocol.forms import read_payload, sign_form
from enishi.protocol.wire import Deliver, Empty, EnrolOperate, EnrolPerson, EnrolReply, EnrolRequest
from enishi.roles.exchange import enrol as exchange_enrol
from enishi.roles.gateway import enrolment
from enishi.roles.gateway.question import read_question
from enishi.roles.keeper import enrol as keeper_enrol
from enishi.seal.dsse import Envelope
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId, Kind
from linkage.attacker_linkage import Without
from running.mesh_running import register_question

pytestmark = pytest.mark.xdist_group("attacks")


def chosen(network: Network, point: bytes, target: str, kind: Kind = Kind.ENROL) -> Envelope:
    """A batch over a point of the adversary's choice, with a key that is not the registrar's."""
    now = known(network)
    z = target_key(now.snapshot.institution(target, "").current().elgamal, now.layer)
    element = request(point, z)
    batch = EnrolBatch(
        v=1,
        kind=kind,
        request=token_bytes(16),
        target=InstitutionId(target),
        epoch=1,
        at_ms=clock.now_ms(),
        refs=(token_bytes(16),) if kind is Kind.ENROL else (),
        r=(element.R,),
        c=(element.C,),
    )
    return sign_form(batch, THING, SigningKey.generate(), "registrar")


def some_code(network: Network) -> bytes:
    return codes(network, read_question(msgspec.json.encode(register_question())))[0]


def unsigned(envelope: Envelope, key: bytes) -> EnrolBatch:
    return read_payload(envelope.payload, EnrolBatch, THING)


def test_a_batch_that_the_registrar_did_not_sign(network: Network, without: Without) -> None:
    """The exchange, in league with an institution, has that institution's chosen point evaluated.  Success is that the keeper makes its step: what
    the provider then opens is a function of the other institution's code, and two such databases can be joined."""
    point = some_code(network)

    def evaluated() -> bytes:
        sent: list[Any] = []

        async def catch(deliver: Any, forward: Any) -> Empty:
            sent.append(deliver)
            return Empty()

        network.wire.sitters["/gateway/enrolled"] = catch
        try:
            network.call("registrar", "exchange", "/exchange/enrol", EnrolOperate(chosen(network, point, "moj")), Empty)
        finally:
            del network.wire.sitters["/gateway/enrolled"]
        step = keeper_enrol.read_step(sent[0].transcript.keeper)
        return open_element(network.provider.tenants["moj"].key(1).elgamal, step.elements()[0])

    with pytest.raises(Tampered, match="signature-invalid"):
        evaluated()
    patched = without(exchange_enrol, "read_batch", unsigned)
    with pytest.raises(Tampered, match="signature-invalid"):
        evaluated()
    without(keeper_enrol, "read_batch", unsigned)
    assert evaluated() == evaluated()
    patched.undo()
    with pytest.raises(Tampered, match="signature-invalid"):
        evaluated()


def test_nobody_but_the_registrar_reaches_the_door(network: Network) -> None:
    """The door itself asks for the caller's role before it reads anything."""
    for caller in (FIRST, "portal", "keeper", "oversight"):
        with pytest.raises(Denied, match="caller-not-allowed"):
            network.call(caller, "exchange", "/exchange/enrol", EnrolOperate(chosen(network, some_code(network), "moj")), Empty)


def test_people_enrolled_in_another_institution_s_name(network: Network) -> None:
    """A platform enrols for its own tenants only."""
    asked = EnrolRequest(InstitutionId("moj"), "basis", (EnrolPerson(token_bytes(16), "123456789018"),))
    with pytest.raises(Denied, match="inquirer-not-your-tenant"):
        network.call(FIRST, "registrar", "/registrar/enrol", asked, EnrolReply)


# ---- a transcript on its way to the gateway


def real_transcript(network: Network) -> Transcript:
    """A lawful transcript of the inquirer's enrolment, as it passed."""
    passed = next(one for one in network.wire.passed if one.path == "/gateway/enrolled" and one.receiver == FIRST)
    return msgspec.msgpack.decode(passed.request, type=Deliver).transcript


def deliver(network: Network, transcript: Transcript) -> None:
    network.call("keeper", FIRST, "/gateway/enrolled", Deliver(transcript), Empty)


def number_of_codes(network: Network) -> int:
    return int(network.tenant.database.read_now(lambda connection: connection.execute("SELECT COUNT(*) FROM linkage_code").fetchone()[0]))


def test_a_transcript_again(network: Network) -> None:
    """The same delivery again changes nothing."""
    before = number_of_codes(network)
    deliver(network, real_transcript(network))
    assert number_of_codes(network) == before


def test_a_transcript_whose_step_was_exchanged(network: Network, without: Without) -> None:
    """The keeper gives another institution's step for this one's batch.  Success is a code that stands for nobody, or for somebody else.
    Behind the proofs stands the column itself: a person who has a code keeps it."""
    own = real_transcript(network)
    other = next(one for one in network.wire.passed if one.path == "/gateway/enrolled" and one.receiver == SECOND)
    foreign = msgspec.msgpack.decode(other.request, type=Deliver).transcript
    swapped = Transcript(own.batch, own.exchange, cut(foreign.keeper, len(read_payload(own.batch.payload, EnrolBatch, THING).r)))
    before = number_of_codes(network)
    with pytest.raises(Fault):
        deliver(network, swapped)
    assert number_of_codes(network) == before
    patched = without(enrolment, "_follow", blind_follow)
    deliver(network, swapped)
    assert number_of_codes(network) == before
    true = network.run(network.tenant.database.write(lambda connection: replaced(connection, [])))
    deliver(network, swapped)
    patched.undo()
    wrong = network.run(network.tenant.database.write(lambda connection: replaced(connection, true)))
    assert wrong
    assert not {code for _, code, _ in wrong} & {code for _, code, _ in true}


Column = list[tuple[int, bytes, bytes]]


def replaced(connection: sqlite3.Connection, rows: Column) -> Column:
    """The institution's column of codes, another put in its place."""
    before = connection.execute("SELECT epoch, code, ref FROM linkage_code").fetchall()
    connection.execute("DELETE FROM linkage_code")
    connection.executemany("INSERT INTO linkage_code (epoch, code, ref) VALUES (?, ?, ?)", rows)
    return before


def cut(step: bytes, count: int) -> bytes:
    """A step stretched or cut to so many elements."""
    whole = keeper_enrol.read_step(step)

    def take(points: tuple[bytes, ...]) -> tuple[bytes, ...]:
        return (points * count)[:count]

    return msgspec.msgpack.encode(msgspec.structs.replace(whole, R=take(whole.R), C_star=take(whole.C_star), D=take(whole.D)))


def blind_follow(elements: Any, step: arithmetic.Step, *_: Any) -> tuple[Element, ...]:
    return step.elements()


def test_a_code_for_a_ref_that_nobody_asked_for(network: Network) -> None:
    """A batch that the registrar signs for refs that this institution never gave out puts nothing into its column."""
    batch = read_payload(real_transcript(network).batch.payload, EnrolBatch, THING)
    key = SigningKey.from_bytes((network.data / "registrar" / "keys" / "signing").read_bytes())
    strange = msgspec.structs.replace(batch, refs=tuple(token_bytes(16) for _ in batch.refs), request=token_bytes(16))
    before = number_of_codes(network)
    with pytest.raises(Denied, match="enrolment-not-asked"):
        network.call("registrar", "exchange", "/exchange/enrol", EnrolOperate(sign_form(strange, THING, key, "registrar")), Empty)
    assert number_of_codes(network) == before


def test_an_audit_batch_given_to_a_gateway(network: Network) -> None:
    """Kinds are signed: a tag of the audit domain is not taken for a code."""
    passed = next(one for one in network.wire.passed if one.path == "/keeper/enrol" and b'"enrol_audit"' in one.request)
    asked = msgspec.msgpack.decode(passed.request, type=EnrolOperate)
    with pytest.raises(Malformed, match="kind-wrong"):
        deliver(network, Transcript(asked.batch, asked.exchange, asked.exchange))
