"""The operators of world_gateway as an exchange that passes notices of change on, keeping what it saw."""

import msgspec

from enishi import clock
from enishi.errors import Denied
from enishi.protocol.event import Event, claimed_note
from enishi.protocol.receipt import Receipt, SignedReceipt, sign_receipts
from enishi.protocol.statement import read_statement
from enishi.protocol.wire import Empty
from gateway.world_gateway import EXCHANGE, Operators


class Post(Operators):
    """Passes on what its law permits; the real examination is roles/exchange/events.py (tests/exchange/test_exchange_events.py)."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[bytes] = []

    def notes(self) -> list[tuple[str, bytes]]:
        """Kind and item of every note that was brought here."""
        notes = [claimed_note(msgspec.msgpack.decode(message, type=Event).note) for message in self.events]
        return [(note.kind, note.item_id) for note in notes]

    async def event(self, message: bytes) -> Empty:
        self._up()
        self.events.append(message)
        event = msgspec.msgpack.decode(message, type=Event)
        if claimed_note(event.note).kind != "end" and self.refuse(read_statement(event.statement.payload), event.place):
            raise Denied("event-not-lawful")
        if claimed_note(event.note).kind == "changed":
            event = msgspec.structs.replace(event, told=self.told(event))
        assert self.gateway is not None
        return await self.gateway.events.take(event, EXCHANGE)

    def told(self, event: Event, **changes: object) -> SignedReceipt:
        """The keeper's receipt that the notice stands in the person's record."""
        earlier = msgspec.json.decode(event.receipt.receipt, type=Receipt)
        said = msgspec.structs.replace(earlier, **({"verdict": "change", "pair_hash": b""} | changes))
        return sign_receipts([said], self.keeper.signing, clock.now_ms())[0]
