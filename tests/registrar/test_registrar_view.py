"""Whose card asks to look: face and card over the same bytes, freshly, once; what leaves is an element and no number."""

import msgspec
import pytest

from enishi.errors import Conflict, Malformed, Tampered, Unauthenticated
from enishi.linkage.enrol import handle_point
from enishi.linkage.group import multiply, p_sub, s_add
from enishi.protocol.view import FRESH_MS, read_view, request_digest
from enishi.protocol.wire import ViewAsk
from enishi.seal.dsse import sign_envelope
from enishi.seal.hpke import SealingKey
from enishi.seal.sign import SigningKey
from keeper.world_operators import NUMBERS, Operators
from running.operators_running import Dial

Replace = msgspec.structs.replace


@pytest.mark.asyncio
async def test_the_view_names_the_request_and_hides_the_person(world: Operators) -> None:
    request = world.request(device_key=b"\2" + bytes(32))
    message = await world.view(request)
    view = read_view(message.view, world.founded.portal.public, world.founded.registrar.public)
    assert view.request == request_digest(request)
    assert (view.device_key, view.face, view.audit_epoch) == (b"\2" + bytes(32), "portal", 1)
    # Both layers and the audit key open the element to M of this person's handle, and to nothing else.
    ((handle,),) = world.registrar_db.read_now(lambda c: c.execute("SELECT handle FROM person WHERE individual_number = ?", (NUMBERS[0],)).fetchall())
    secret = s_add(s_add(world.exchange.secrets.layer, world.keeper.secrets.layer), world.keeper.secrets.audit)
    assert p_sub(view.u, multiply(secret, view.r)) == handle_point(bytes(handle))
    assert NUMBERS[0].encode() not in message.view.payload


@pytest.mark.asyncio
async def test_two_looks_have_nothing_in_common(world: Operators) -> None:
    first, second = [msgspec.json.decode((await world.view(world.request())).view.payload) for _ in range(2)]
    assert not {first[name] for name in ("r", "u", "nonce", "request")} & {second[name] for name in ("r", "u", "nonce", "request")}


@pytest.mark.asyncio
async def test_a_request_is_answered_once(world: Operators) -> None:
    ask = world.ask(world.request())
    await world.registrar_viewing.handle(ask)
    with pytest.raises(Conflict, match="look-repeated"):
        await world.registrar_viewing.handle(ask)


@pytest.mark.asyncio
async def test_face_and_card_sign_the_very_same_bytes(world: Operators) -> None:
    one, other = world.ask(world.request()), world.ask(world.request())
    with pytest.raises(Malformed, match="request-differs"):
        await world.registrar_viewing.handle(ViewAsk(one.signed, other.face))
    forged = sign_envelope(one.face.payloadType, one.face.payload, SigningKey.generate(), "portal")
    with pytest.raises(Tampered, match="signature-invalid"):
        await world.registrar_viewing.handle(ViewAsk(one.signed, forged))
    with pytest.raises(Tampered, match="card-signature-invalid"):
        await world.registrar_viewing.handle(ViewAsk(Replace(other.signed, request=one.signed.request), one.face))
    for bad in (b"", b"\x30\x00", one.signed.certificate[:-1]):
        with pytest.raises(Unauthenticated, match="card-certificate-refused"):
            await world.registrar_viewing.handle(ViewAsk(Replace(one.signed, certificate=bad), one.face))


@pytest.mark.asyncio
@pytest.mark.parametrize(("apart", "taken"), [(FRESH_MS, True), (-FRESH_MS, True), (FRESH_MS + 1, False), (-FRESH_MS - 1, False)])
async def test_a_request_is_fresh_for_ten_minutes(world: Operators, dial: Dial, apart: int, taken: bool) -> None:
    ask = world.ask(world.request(at_ms=dial.now + apart))
    if taken:
        assert (await world.registrar_viewing.handle(ask)).view
        return
    with pytest.raises(Unauthenticated, match="request-not-fresh"):
        await world.registrar_viewing.handle(ask)


@pytest.mark.asyncio
async def test_another_face_is_not_this_one(world: Operators) -> None:
    with pytest.raises(Unauthenticated, match="request-not-fresh"):
        await world.registrar_viewing.handle(world.ask(world.request(face="consent")))


@pytest.mark.asyncio
async def test_a_revoked_or_unknown_card_is_nobodys(world: Operators) -> None:
    ask, other = world.ask(world.request()), world.ask(world.request(), 1)
    await world.registrar_db.write(lambda c: c.execute("UPDATE card SET revoked = 1 WHERE individual_number = ?", (NUMBERS[0],)).rowcount)
    await world.registrar_db.write(lambda c: c.execute("DELETE FROM card WHERE individual_number = ?", (NUMBERS[1],)).rowcount)
    for one in (ask, other):
        with pytest.raises(Unauthenticated, match="card-unknown"):
            await world.registrar_viewing.handle(one)
    assert world.registrar_db.read_now(lambda c: c.execute("SELECT COUNT(*) FROM look").fetchone()) == (0,)


@pytest.mark.asyncio
@pytest.mark.parametrize("changes", [{"v": 2}, {"session": b""}, {"nonce": bytes(15)}, {"answer_key": b""}, {"device_key": b"\2"}])
async def test_the_shape_of_a_request(world: Operators, changes: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        await world.registrar_viewing.handle(world.ask(world.request(**changes)))


@pytest.mark.asyncio
async def test_the_look_is_kept_with_its_face(world: Operators, dial: Dial) -> None:
    request = world.request(answer_key=SealingKey.generate().public)
    await world.view(request)
    kept = world.registrar_db.read_now(lambda c: c.execute("SELECT request, individual_number, face, at_ms FROM look").fetchall())
    assert kept == [(request_digest(request), NUMBERS[0], "portal", dial.now)]
