"""Use case: a person asks an institution for their own data.  It is checked, converted from `@root`, and answered to the person's key."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from enishi import clock
from enishi.errors import Conflict, Malformed
from enishi.linkage.convert import exchange_step
from enishi.linkage.forms import decode_blinded
from enishi.protocol.letters import check_carried
from enishi.protocol.self_disclosure import SelfCommit, SelfMessage, SelfSeed, SelfStatement, read_self
from enishi.protocol.self_legal import SelfDisclosure, decide_self
from enishi.protocol.statement import check_window
from enishi.protocol.wire import BlindRow, CommittedItem, ItemReply, ViewAdmitted
from enishi.roles.exchange.self_deliver import SelfDelivery, standing
from enishi.roles.exchange.state import AUDIT, State
from enishi.store import crash


@dataclass(frozen=True)
class SelfDoors:
    """The keeper's doors for people's own data."""

    admit: Callable[[SelfMessage], Awaitable[ViewAdmitted]]
    commit: Callable[[SelfCommit], Awaitable[CommittedItem]]


class SelfDisclosing:
    """Brings a person's request to the record, to the holder, and the answer back."""

    def __init__(self, state: State, keeper: SelfDoors, delivery: SelfDelivery) -> None:
        """Work on the exchange's state through these doors."""
        self._state = state
        self._keeper = keeper
        self._delivery = delivery

    async def handle(self, message: SelfMessage) -> ItemReply:
        """Check both signatures, standing and law, convert, record, and ask the holder; a holder that cannot be reached leaves the item waiting."""
        snapshot = self._state.snapshot
        said = read_self(message.statement, snapshot.portal, snapshot.registrar)
        check_carried(said.letter, message.letter)
        check_window(said.at_ms, clock.now_ms())
        standing(self._state, said)
        if said.audit_epoch != snapshot.current_audit.epoch:
            raise Conflict("snapshot-stale", "another audit epoch", "audit_epoch")
        disclosure = decide_self(said, self._state.day(said.at_ms))
        crash.point("exchange.self.before_send")
        admitted = await self._keeper.admit(message)
        row = await asyncio.to_thread(self._convert, disclosure, said, admitted.row)
        crash.point("exchange.self.before_commit")
        committed = await self._keeper.commit(SelfCommit(message=message, ticket=admitted.ticket, given=admitted.row, row=row))
        # Recorded: whatever happens to the notice now, the keeper's row is its outbox.
        crash.point("exchange.self.after_recorded")
        return await self._delivery.deliver(_seed(message, committed, admitted.row, row), committed.receipt)

    def _convert(self, disclosure: SelfDisclosure, said: SelfStatement, given: BlindRow) -> BlindRow:
        # Converting from @root demands the law's value for a person's own data; a Permit is none.
        assert isinstance(disclosure, SelfDisclosure)
        if not given.b:
            raise Malformed("row-without-pair", "the keeper gave no element for the holder", "row")
        blinded = decode_blinded((given.r, given.b, given.u))
        delta_b = self._state.shares.root_hop(said.holder, said.holder_epoch)
        stepped = exchange_step(blinded, self._state.secrets.layer, delta_b, self._state.shares.root_hop(AUDIT, said.audit_epoch))
        return BlindRow(stepped.R, stepped.B or b"", stepped.U)


def _seed(message: SelfMessage, committed: CommittedItem, given: BlindRow, row: BlindRow) -> SelfSeed:
    pair_r, pair_c = committed.pair_r, committed.pair_c
    return SelfSeed(statement=message.statement, pair_r=pair_r, pair_c=pair_c, given=given, returned=row, letter=message.letter)
