"""A person's own look as card, portal and registrar make it."""

from pathlib import Path
from secrets import token_bytes

import msgspec

from enishi import card, clock
from enishi.protocol import wire
from enishi.protocol.forms import payload_type
from enishi.protocol.view import CardSigned, ViewRequest
from enishi.roles.registrar.view import Viewing as RegistrarViewing
from enishi.seal.dsse import Envelope, countersign, sign_envelope
from enishi.seal.hpke import SealingKey
from keeper.founded_operators import HOLDERS, Founded


class Looks:
    """What the operators' world adds for looks."""

    founded: Founded
    data: Path
    registrar_viewing: RegistrarViewing

    def request(self, **changes: object) -> bytes:
        given: dict[str, object] = {
            "v": 1,
            "face": "portal",
            "session": token_bytes(32),
            "nonce": token_bytes(16),
            "answer_key": SealingKey.generate().public,
            "device_key": b"",
            "at_ms": clock.now_ms(),
        }
        return msgspec.json.encode(ViewRequest(**(given | changes)))  # type: ignore[arg-type]

    def signed(self, request: bytes, holder: int = 0) -> CardSigned:
        made = card.Cards(self.data / "card").sign(HOLDERS[holder].card, HOLDERS[holder].pin, request, clock.now_ms())
        return CardSigned(request, made.certificate, made.signature)

    def ask(self, request: bytes, holder: int = 0) -> wire.ViewAsk:
        return wire.ViewAsk(self.signed(request, holder), sign_envelope(payload_type("view-request"), request, self.founded.portal, "portal"))

    async def view(self, request: bytes, holder: int = 0) -> wire.ViewMessage:
        """The View of a request, signed by registrar and face."""
        return self.countersigned((await self.registrar_viewing.handle(self.ask(request, holder))).view)

    def countersigned(self, view: Envelope) -> wire.ViewMessage:
        return wire.ViewMessage(countersign(view, self.founded.portal, "portal"))
