"""What is given together is signed together: one signature over all outcomes of one key epoch that go to one inquirer."""

from collections.abc import Sequence

import msgspec

from enishi.errors import Fault
from enishi.protocol.outcome import GivenOutcome, sign_outcomes
from enishi.protocol.wire import NoticeReply
from enishi.roles.gateway.answers import Asked, Finding, addressed, outcome_of, seal_to, write
from enishi.roles.gateway.each import together
from enishi.roles.gateway.tenant import Tenant
from enishi.seal.many import Senders
from enishi.terms import InstitutionId


class Drafted(msgspec.Struct, frozen=True):
    """What was found about an item, its sealed answer, and the outcome that names that, not signed yet."""

    asked: Asked
    finding: Finding
    outcome: GivenOutcome
    sealed: bytes


def draft(asked: Asked, finding: Finding, at_ms: int, batch: Senders) -> Drafted:
    """Write, pad and seal to the inquirer's one-time key; Malformed if that key is no key."""
    to = addressed(asked)
    sealed = seal_to(to, write(to.item_id, finding), batch)
    return Drafted(asked, finding, outcome_of(to, finding, sealed, at_ms), sealed)


def sign_drafts(tenant: Tenant, drafts: Sequence[Drafted | Fault], at_ms: int) -> list[NoticeReply | Fault]:
    """The replies, one for one; a draft that failed stays failed."""
    return together(lambda group: _signed(tenant, group, at_ms), drafts, _whose)


def _whose(one: Drafted) -> tuple[int, InstitutionId]:
    # Of what is signed together everybody who holds one part sees how many there are: nobody is shown what the tenant gives to another inquirer.
    return one.outcome.provider_epoch, one.asked.statement.inquirer


def _signed(tenant: Tenant, group: Sequence[Drafted], at_ms: int) -> list[NoticeReply | Fault]:
    try:
        key = tenant.key(group[0].outcome.provider_epoch).signing
    except Fault as fault:
        return [fault for _ in group]
    signed = sign_outcomes([one.outcome for one in group], key, at_ms)
    return [NoticeReply(outcome, one.sealed) for outcome, one in zip(signed, group, strict=True)]
