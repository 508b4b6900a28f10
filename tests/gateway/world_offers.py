"""The operators of world_gateway as a registrar that gives what people handed over; the cards are real ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_bytes
from typing import Any

import pytest

from card.handed_card import Holder, application, carded, slot_in
from enishi import card, clock
from enishi.card.authority import Use
from enishi.card.form import KeySlot
from enishi.protocol.offer import HandedNumber, SignedOffer, sign_offer
from enishi.seal.dsse import Envelope
from gateway.world_gateway import A, Operators

HOLDER = Holder(address="札幌市中央区北1条西2丁目")


class Registrar(Operators):
    """Gives what a test hands over; what is confirmed is gone."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.card_authority = card.found(folder, clock.now_ms()).authority
        card.Maker(folder).issue([HOLDER])
        self.cards = card.Cards(folder)
        self._folder = folder

    def slot(self, use: Use) -> KeySlot:
        return slot_in(self._folder, HOLDER, use)

    def envelope(self, **changes: Any) -> Envelope:
        return sign_offer(application(A, bytes(32), **changes), self.portal)

    def signed(self, envelope: Envelope, use: Use = Use.SIGNATURE, **changes: Any) -> SignedOffer:
        return carded(self.slot(use), envelope, use, self.cards.revocation_list(clock.now_ms()), **changes)

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
