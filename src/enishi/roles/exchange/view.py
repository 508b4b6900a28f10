"""Use case: a person's own look passes through; the exchange opens the bodies and seals them to the key of that session alone."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from enishi import clock
from enishi.linkage.convert import exchange_step
from enishi.linkage.forms import Blinded, decode_blinded
from enishi.protocol.record import Opened, bare_body, disclosure_info, write_body
from enishi.protocol.statement import check_window
from enishi.protocol.view import LogView, SealedRecord, ShownLog, ShownRecord, View, read_view, view_info, view_txid
from enishi.protocol.wire import BlindRow, ViewAdmitted, ViewCommit, ViewCommitted, ViewMessage, ViewReply
from enishi.roles.exchange.state import AUDIT, State
from enishi.seal.hpke import open_sealed, seal
from enishi.seal.pad import pad, unpad
from enishi.store import crash
from enishi.terms import Txid
from enishi.tlog.leaf import decode_leaf

PIECE: Final = 200


@dataclass(frozen=True)
class ViewDoors:
    """The keeper's doors for looks."""

    admit: Callable[[ViewMessage], Awaitable[ViewAdmitted]]
    commit: Callable[[ViewCommit], Awaitable[ViewCommitted]]


class Viewing:
    """Answers looks."""

    def __init__(self, state: State, keeper: ViewDoors) -> None:
        """Work on the exchange's state through these doors."""
        self._state = state
        self._keeper = keeper

    async def handle(self, message: ViewMessage) -> ViewReply:
        """Check both signatures, convert, and re-seal what comes back."""
        snapshot = self._state.snapshot
        view, txid = read_view(message.view, snapshot.portal, snapshot.registrar), view_txid(message.view)
        check_window(view.at_ms, clock.now_ms())
        crash.point("exchange.view.before_send")
        admitted = await self._keeper.admit(message)
        row = await asyncio.to_thread(self._step, view, decode_blinded((admitted.row.r, None, admitted.row.u)))
        committed = await self._keeper.commit(ViewCommit(message.view, admitted.ticket, row))
        records: list[ShownRecord] = []
        for start in range(0, len(committed.log.records), PIECE):
            # The exchange has one thread beside its loop: a person with very many records lets the others' work in between.
            records += await asyncio.to_thread(self._open, committed.log.records[start : start + PIECE])
        return await asyncio.to_thread(_sealed, view, txid, _shown(committed.log, tuple(records)))

    def _step(self, view: View, blinded: Blinded) -> BlindRow:
        stepped = exchange_step(blinded, self._state.secrets.layer, None, self._state.shares.root_hop(AUDIT, view.audit_epoch))
        return BlindRow(stepped.R, b"", stepped.U)

    def _open(self, records: Sequence[SealedRecord]) -> list[ShownRecord]:
        return [self._opened(record) for record in records]

    def _opened(self, record: SealedRecord) -> ShownRecord:
        leaf = decode_leaf(record.leaf)
        if not record.sealed:
            # Withheld by a lawful mark: the leaf is shown, its content is not.
            return ShownRecord(record.index, record.leaf, b"", write_body(bare_body(leaf.at_ms)), record.inclusion)
        plain = unpad(open_sealed(self._state.secrets.disclosure, disclosure_info(leaf.commitment), record.sealed))
        opened = msgspec.msgpack.decode(plain, type=Opened)
        return ShownRecord(record.index, record.leaf, opened.salt, opened.body, record.inclusion)


def _shown(log: LogView, records: tuple[ShownRecord, ...]) -> ShownLog:
    return ShownLog(
        size=log.size,
        checkpoint=log.checkpoint,
        records=records,
        map_index=log.map_index,
        map_leaf=log.map_leaf,
        map_root=log.map_root,
        map_inclusion=log.map_inclusion,
        sealed_labels=log.sealed_labels,
    )


def _sealed(view: View, txid: Txid, shown: ShownLog) -> ViewReply:
    return ViewReply(seal(view.answer_key, view_info(txid), pad(msgspec.msgpack.encode(shown))))
