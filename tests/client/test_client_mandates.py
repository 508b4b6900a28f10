"""Mandates by the client: what the gateway's face writes is what the client reads, and its link is what the portal reads."""

from datetime import date
from typing import get_args
from urllib.parse import parse_qsl

import msgspec

from enishi.client.institution import read_reply
from enishi.client.mandates import MandateFound, Proposal, Reason, State
from enishi.protocol.agent import EndReason
from enishi.protocol.statement import AffairRef
from enishi.roles.gateway.agents import kept
from enishi.roles.gateway.agents.face import MandateShown, mandate_shown
from enishi.roles.portal.agents.wish import AgentWanted
from enishi.roles.portal.link import read_link

AFFAIR = AffairRef("425AC0000000027@2024-05-27", "31-2")
PERSON = kept.Person("森　一郎", "札幌市中央区北一条西1丁目", date(1960, 1, 2), "male")
STANDS = kept.Kept(bytes(16), bytes(32), PERSON, "isa", AFFAIR, "", "employment", 1_743_000_000_000, 1_744_000_000_000, 0, "", 0)
GONE = kept.Kept(bytes(16), bytes(32), None, "", AffairRef("", ""), "", "", 1_743_000_000_000, 1_744_000_000_000, 1_743_500_000_000, "withdrawn", 1)


def test_the_client_reads_what_the_face_writes() -> None:
    stands, gone = (read_reply(msgspec.json.encode(mandate_shown(one)), MandateFound) for one in (STANDS, GONE))
    assert stands.person is not None
    assert (stands.state, stands.person.born_on, stands.recipient, stands.reason) == ("standing", date(1960, 1, 2), "isa", None)
    assert (gone.state, gone.person, gone.recipient, gone.basis, gone.reason) == ("deleted", None, None, (), "withdrawn")
    assert {one.name for one in msgspec.structs.fields(MandateFound)} == {one.name for one in msgspec.structs.fields(MandateShown)}
    assert (set(get_args(Reason)), set(get_args(State))) == (set(get_args(EndReason)), set(get_args(kept.State)))


def test_the_portal_reads_the_link_that_the_client_writes() -> None:
    asked = Proposal(agent="employer-1", recipient="isa", source=AFFAIR.source, row="31-2", until=date(2025, 12, 31))
    path, _, query = asked.path.partition("?")
    wanted = read_link(parse_qsl(query), AgentWanted)
    assert (path, wanted.affair, wanted.until) == (AgentWanted.path, AFFAIR, date(2025, 12, 31))
    assert msgspec.structs.asdict(wanted) == msgspec.structs.asdict(asked)
