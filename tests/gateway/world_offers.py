"""The operators of world_gateway as a registrar that gives what people handed over; the cards are real ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from secrets import token_bytes
from typing import Any

import msgspec
import pytest

from enishi import card, clock
from enishi.card.authority import Use
from enishi.card.chip import message_of
from enishi.card.form import KeySlot, Memory
from enishi.protocol.offer import HandedNumber, NumberOffer, SignedOffer, offer_digest, sign_offer
from enishi.protocol.statement import AffairRef
from enishi.seal.dsse import Envelope
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId
from gateway.world_gateway import A, Operators

ORDER = "506M60004008009@2024-05-27"


class Holder(msgspec.Struct, frozen=True):
    """Who has the card."""

    card: str = "card-0000000001"
    name: str = "内田　紬"
    name_kana: str = "ウチダ　ツムギ"
    address: str = "札幌市中央区北1条西2丁目"
    born_on: date = date(1981, 11, 20)
    gender: str = "female"
    pin: str = "4821"
    password: str = "KADO1234"
    role: str = ""
    state: str = ""


class Registrar(Operators):
    """Gives what a test hands over; what is confirmed is gone."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.card_authority = card.found(folder, clock.now_ms()).authority
        card.Maker(folder).issue([Holder()])
        self.cards = card.Cards(folder)
        self.cards.sign(Holder().card, Holder().pin, b"first use", clock.now_ms())
        self._slots = msgspec.json.decode((folder / "cards" / f"{Holder().card}.json").read_bytes(), type=Memory).slots

    def slot(self, use: Use) -> KeySlot:
        return self._slots[use]

    def envelope(self, **changes: Any) -> Envelope:
        given: dict[str, Any] = {
            "v": 1,
            "face": "portal",
            "institution": InstitutionId(A),
            "affair": AffairRef(ORDER, "108"),
            "purpose_item": "1",
            "session": bytes(32),
            "nonce": token_bytes(16),
            "at_ms": clock.now_ms(),
        }
        return sign_offer(NumberOffer(**(given | changes)), self.portal)

    def signed(self, envelope: Envelope, use: Use = Use.SIGNATURE, **changes: Any) -> SignedOffer:
        slot = self.slot(use)
        signature = SigningKey.from_bytes(slot.seed).sign(message_of(use, offer_digest(envelope)))
        whole = SignedOffer(envelope, slot.certificate, signature, self.cards.revocation_list(clock.now_ms()))
        return msgspec.structs.replace(whole, **changes)

    def hand_over(self, number: str, signed: SignedOffer | None = None, at_ms: int = 0) -> HandedNumber:
        whole = signed or self.signed(self.envelope())
        handed = HandedNumber(reference=token_bytes(16), individual_number=number, signed=whole, at_ms=at_ms or clock.now_ms())
        self.waiting.append(handed)
        return handed


@contextmanager
def still(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """The platform fetches when a test says so."""
    with patch.context() as place:
        place.setattr("enishi.roles.gateway.offers.fetching.PAUSE_S", 3600.0)
        yield
