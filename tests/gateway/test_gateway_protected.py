"""A person under protection: nothing that leaves the provider, or stands anywhere outside the two institutions, tells that person from another."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from enishi.errors import Conflict
from enishi.protocol.handed import read_handed, write_handed
from enishi.protocol.statement import Statement, read_inquiry
from enishi.protocol.wire import Inquiry as WireInquiry
from enishi.roles.gateway.answering.marking import Marking, MarkRequest
from enishi.roles.gateway.answering.rules import Rules
from enishi.roles.gateway.assemble import Gateway
from enishi.roles.gateway.desk import Decision
from enishi.roles.gateway.handing import Period, handed_in
from enishi.roles.gateway.question import Subject
from enishi.roles.gateway.shown import InquiryShown
from enishi.terms import ItemId, Outcome
from gateway.asgi_gateway import call
from gateway.test_gateway_answering import again, ask, closed_today, declare
from gateway.test_gateway_marks import GROUND, until
from gateway.world_gateway import KNOWN, PROTECTED, TOKEN, A, B, Operators, question

REPLIES = "SELECT g.reply FROM given g JOIN answered a ON a.item_id = g.item_id WHERE a.addressee_number = ? ORDER BY a.at_ms, g.place"
HIDDEN = (PROTECTED, "9" + PROTECTED)


async def protect(gateway: Gateway, tenant: str, person: str) -> None:
    from datetime import date

    asked = MarkRequest(kind="nondisclosure", person=person, ground=GROUND, until=date.fromisoformat(until(30)))
    await Marking().put(gateway.tenants[tenant], asked, "desk/officer-2")


def statements(operators: Operators) -> list[Statement]:
    # The gateway's own errand may send the same bytes a second time.
    return [read_inquiry(msgspec.msgpack.decode(message, type=WireInquiry))[1] for message in dict.fromkeys(operators.messages)]


async def whole(gateway: Gateway, person: str) -> list[InquiryShown]:
    """An inquiry about a person from a closed counter over an official to its answer, as the inquirer is shown it at each step."""
    declare(gateway, closed_today())
    seen = [await ask(gateway, question(person))]
    declare(gateway, Rules(held_items=("jumin",)))
    await gateway.opening.answer(gateway.tenants[B])
    await again(gateway, seen[0])
    held = ItemId(bytes.fromhex(seen[0].items[0].item_id))
    await gateway.desk.decide(gateway.tenants[B], held, Decision("provide"), "desk/officer-2")
    await again(gateway, seen[0])
    seen.append(await ask(gateway, question(person)))
    return seen


@pytest.mark.asyncio
async def test_every_answer_of_a_protected_and_an_unprotected_person_has_one_size(gateway: Gateway, operators: Operators) -> None:
    sizes: dict[str, list[int]] = {}
    for person in (KNOWN, PROTECTED):
        await whole(gateway, person)
        rows = await gateway.tenants[B].database.read(lambda connection, who=person: connection.execute(REPLIES, ("9" + who,)).fetchall())
        sizes[person] = [len(msgspec.msgpack.decode(reply)["sealed"]) for (reply,) in rows]
    assert len(sizes[KNOWN]) == 4
    assert sizes[KNOWN] == sizes[PROTECTED]
    assert len(set(sizes[KNOWN])) == 1


@pytest.mark.asyncio
async def test_the_inquirer_is_shown_nothing_that_tells_them_apart(gateway: Gateway) -> None:
    declare(gateway, Rules(held_items=("jumin",)))
    one, other = [msgspec.to_builtins(await ask(gateway, question(person))) for person in (KNOWN, PROTECTED)]
    for shown in (one["items"][0], other["items"][0]):
        for own in ("item_id", "deadline", "receipt"):
            assert shown.pop(own)
    assert one["items"] == other["items"]


@pytest.mark.asyncio
async def test_the_mark_of_the_inquirers_own_withholds_the_record_from_the_start(gateway: Gateway, operators: Operators) -> None:
    await ask(gateway, question(PROTECTED))
    await protect(gateway, A, PROTECTED)
    await ask(gateway, question(PROTECTED))
    await ask(gateway, question(PROTECTED, row="999"))
    first, second, refused = [statement.nondisclosure for statement in statements(operators)]
    assert first is None
    # Also of what law refuses: that record would name the institution, and no provider is asked for a mark.
    assert second is not None
    assert refused is not None
    assert second.ground == refused.ground == GROUND


@pytest.mark.asyncio
async def test_nobody_elses_record_is_hidden_with_a_protected_persons(gateway: Gateway, operators: Operators) -> None:
    await protect(gateway, A, PROTECTED)
    both = tuple(Subject(person, "applicant", "", "case") for person in (KNOWN, PROTECTED))
    with pytest.raises(Conflict, match="marked-person-apart"):
        await ask(gateway, msgspec.structs.replace(question(), people=both))
    twice = tuple(Subject(PROTECTED, "applicant", "", case) for case in ("case-1", "case-2"))
    await ask(gateway, msgspec.structs.replace(question(), people=twice))
    await ask(gateway, question(KNOWN))
    assert [statement.nondisclosure is not None for statement in statements(operators)] == [True, False]


@pytest.mark.asyncio
async def test_what_is_handed_in_names_no_person_and_no_reason(gateway: Gateway) -> None:
    for person in (KNOWN, PROTECTED):
        await whole(gateway, person)

    def lines(tenant: str) -> list[bytes]:
        return gateway.tenants[tenant].database.read_now(lambda connection: [write_handed(one) for one in handed_in(connection, tenant, Period())])

    for tenant in (A, B):
        handed = lines(tenant)
        assert [len(read_handed(line).outcomes) for line in handed] == [3, 1, 3, 1]
        assert [word for line in handed for word in (*HIDDEN, "protected", "review") if word.encode() in line] == []


@pytest.mark.asyncio
async def test_metrics_logs_and_other_desks_tell_nothing(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    app = gateway.face()
    assert app is not None

    async def counted(person: str) -> Any:
        await ask(gateway, question(person))
        await call(app, "GET", "/v1/held", b"", f"{TOKEN}-{B}")
        await gateway.desk.remind(gateway.tenants[B])
        return (await call(app, "GET", "/metrics", b"", f"{TOKEN}-{A}")).body

    declare(gateway, Rules(held_items=("jumin",)))
    first, second = await counted(KNOWN), await counted(PROTECTED)
    assert list(names(first)) == list(names(second))
    assert [word for text in (first, second, capsys.readouterr().err) for word in (*HIDDEN, "protected") if word in text] == []
    assert (await call(app, "GET", "/v1/held", b"", f"{TOKEN}-{A}")).body["items"] == []
    reasons = [item["reason"] for item in (await call(app, "GET", "/v1/held", b"", f"{TOKEN}-{B}")).body["items"]]
    assert sorted(reasons) == ["item", "protected"]


def names(exposition: str) -> Iterator[str]:
    return (line.rpartition(" ")[0] for line in exposition.splitlines() if not line.startswith("#") and "/metrics" not in line)


@pytest.mark.asyncio
async def test_a_decision_about_a_protected_person_carries_the_mark_to_its_end(gateway: Gateway, operators: Operators) -> None:
    from enishi.protocol.outcome import claimed_outcome

    inquiry = (await whole(gateway, PROTECTED))[0]
    outcome = claimed_outcome(operators.outcomes[ItemId(bytes.fromhex(inquiry.items[0].item_id))][0])
    assert outcome.kind is Outcome.PROVIDED
    assert outcome.nondisclosure is not None
