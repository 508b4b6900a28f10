"""What a provider gives together is signed once, and nothing stands beside it that is for another inquirer."""

from collections.abc import Sequence

import msgspec
import pytest

from enishi import clock
from enishi.errors import Conflict, Fault
from enishi.protocol.outcome import OutcomeRoot, SignedOutcome, check_outcome
from enishi.protocol.wire import NoticeReply
from enishi.roles.gateway.answers import Finding
from enishi.roles.gateway.assemble import Gateway
from enishi.roles.gateway.giving import draft, sign_drafts
from enishi.roles.gateway.notices import read_notice
from enishi.seal.dsse import sign_envelope
from enishi.seal.many import Senders
from enishi.terms import InstitutionId, Outcome
from gateway.test_gateway_notice import captured, deliver, forget, other_pair
from gateway.world_gateway import KNOWN, PROTECTED, UNREGISTERED, B, Operators


def given(replies: Sequence[NoticeReply | Fault | str]) -> list[SignedOutcome]:
    return [reply.outcome for reply in replies if isinstance(reply, NoticeReply)]


def keys(operators: Operators) -> dict[str, bytes]:
    return {f"{one.id}/1": one.current().signing for one in operators.institutions.values()}


@pytest.mark.asyncio
async def test_a_batch_of_notices_is_answered_under_one_signature(gateway: Gateway, operators: Operators) -> None:
    notices = [await captured(gateway, operators, person) for person in (KNOWN, PROTECTED, UNREGISTERED)]
    await forget(gateway)
    replies = await deliver(gateway, notices[0], other_pair(notices[0], operators), *notices[1:])
    signed = given(replies)
    assert [isinstance(reply, NoticeReply) for reply in replies] == [True, False, True, True]
    assert len({one.head for one in signed}) == 1
    root = msgspec.json.decode(signed[0].payload, type=OutcomeRoot)
    assert ([one.place for one in signed], root.count) == ([0, 1, 2], 3)
    kinds = [check_outcome(one, keys(operators)).kind for one in signed]
    assert kinds == [Outcome.PROVIDED, Outcome.HELD, Outcome.NOT_REGISTERED]
    # Given again one by one they are what they were: nothing is signed anew.
    assert given([reply for notice in notices for reply in await deliver(gateway, notice)]) == signed


@pytest.mark.asyncio
async def test_what_is_for_two_inquirers_or_of_two_epochs_is_signed_apart(gateway: Gateway, operators: Operators) -> None:
    tenant, at_ms, batch = gateway.tenants[B], clock.now_ms(), Senders()
    asked = read_notice(await captured(gateway, operators)).asked
    says = [{}, {"inquirer": InstitutionId("other")}, {}, {"provider_epoch": 2}]
    each = [msgspec.structs.replace(asked, statement=msgspec.structs.replace(asked.statement, **more)) for more in says]
    drafts = [draft(one, Finding(Outcome.NO_SUCH_PERSON), at_ms, batch) for one in each]
    replies = sign_drafts(tenant, [*drafts, Conflict("item-not-held")], at_ms)
    assert [reply.code for reply in replies if isinstance(reply, Fault)] == ["epoch-unknown", "item-not-held"]
    first, other, third = given(replies)
    assert first.head == third.head != other.head
    counts = [msgspec.json.decode(one.payload, type=OutcomeRoot).count for one in (first, other, third)]
    assert (counts, other.path) == ([2, 1, 2], ())


@pytest.mark.asyncio
async def test_what_0_1_0_answered_is_given_again_as_it_was(gateway: Gateway, operators: Operators) -> None:
    notice = await captured(gateway, operators)
    (reply,) = await deliver(gateway, notice)
    assert isinstance(reply, NoticeReply)
    old = sign_envelope("application/vnd.enishi.outcome+json", reply.outcome.outcome, gateway.tenants[B].key(1).signing, f"{B}/1")
    stored = msgspec.msgpack.encode({"outcome": old, "sealed": reply.sealed})
    await gateway.tenants[B].database.write(lambda connection: connection.execute("UPDATE given SET reply = ?", (stored,)) and None)
    (again,) = await deliver(gateway, notice)
    assert msgspec.msgpack.encode(again) == stored
    assert check_outcome(given([again])[0], keys(operators)).kind is Outcome.PROVIDED
