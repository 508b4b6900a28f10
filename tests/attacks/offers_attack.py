"""Handing over the number in a network: what portal, card, registrar and platforms do, step by step, so that an adversary may stand between."""

from typing import Any

import msgspec
from cryptography.x509 import load_der_x509_certificate

from attacks.network_attack import FIRST, A, Network
from card.handed_card import application, carded, signed_in
from enishi import clock
from enishi.card.authority import Use
from enishi.card.chip import Cards
from enishi.card.form import Holder, KeySlot, Memory
from enishi.protocol.offer import HandedAsk, HandedNumbers, OfferTaken, SignedOffer
from enishi.protocol.view import CardSigned, card_message, request_digest
from enishi.roles.portal.login import begin
from enishi.roles.portal.offer import DocumentSigned
from enishi.roles.portal.view import Asked
from enishi.seal.dsse import Envelope
from enishi.terms import InstitutionId

HANDS_OVER = "delegated_city"
"""The household of who hands over the number: of another city, so that the inquirer did not know it before."""


class Handover:
    """Over one network; keys of cards are taken from their files, because an adversary with a card is not stopped by its own reader."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._cards = Cards(network.data / "card")

    def holder(self, role: str, state: str = "") -> Holder:
        """The first holder of a household of the story whose card stands so."""
        return next(one for one in self._cards.holders if one.role == role and one.state == state)

    def slot(self, who: Holder, use: Use) -> KeySlot:
        path = self.network.data / "card" / "cards" / f"{who.card}.json"
        if not path.exists():
            self._cards._memory(who, clock.now_ms())
        return msgspec.json.decode(path.read_bytes(), type=Memory).slots[use]

    def session(self, who: Holder) -> bytes:
        """The person logs in: a whole look; its request."""
        fresh = begin(b"", clock.now_ms())
        slot = self.slot(who, Use.AUTHENTICATION)
        signature = signed_in(slot, card_message(fresh.request))
        self.network.run(self.network.sources[0].view(Asked(CardSigned(fresh.request, slot.certificate, signature), fresh.answer_key)))
        return fresh.request

    def envelope(self, session: bytes, **changes: Any) -> Envelope:
        """The application, signed by the portal."""
        return self.network.offers[0].sign(application(A, request_digest(session), **changes))

    def carded(self, who: Holder, envelope: Envelope, use: Use = Use.SIGNATURE, **changes: Any) -> SignedOffer:
        return carded(self.slot(who, use), envelope, use, self.network.revocations(), **changes)

    def bring(self, signed: SignedOffer) -> OfferTaken:
        """To the registrar, with the portal's certificate: an adversary who runs the portal needs none of its checks."""
        taken: OfferTaken = self.network.call("portal", "registrar", "/registrar/offer", signed, OfferTaken)
        return taken

    def by_the_portal(self, who: Holder, **changes: Any) -> OfferTaken:
        """As the portal does it, with its own checks."""
        envelope = self.envelope(self.session(who), **changes)
        signed = self.carded(who, envelope)
        return self.network.run(self.network.offers[0].hand_over(envelope, DocumentSigned("sub", signed.certificate, signed.signature)))

    def waiting(self, caller: str = FIRST, *institutions: str) -> HandedNumbers:
        """What the registrar gives a platform."""
        asked = HandedAsk(tuple(map(InstitutionId, institutions or (A,))))
        numbers: HandedNumbers = self.network.call(caller, "registrar", "/registrar/handed", asked, HandedNumbers)
        return numbers

    def fetch(self) -> int:
        """The inquirer's platform fetches, and enrols who is new."""
        new = self.network.run(self.network.asker.offers.fetch())
        self.network.run(self.network.asker.enrolment.enrol_all())
        return new

    def numbers(self, reference: bytes) -> list[str]:
        """The number that the inquirer keeps under a reference."""
        query = "SELECT n.individual_number FROM offer o JOIN number n USING (ref) WHERE o.reference = ?"
        return [row[0] for row in self.network.tenant.database.read_now(lambda c: c.execute(query, (reference,)).fetchall())]

    def number_of(self, who: Holder) -> str:
        """By the register."""
        serial = f"{_serial(self.slot(who, Use.SIGNATURE)):032x}"
        ((number,),) = self.network.rows("SELECT individual_number FROM card WHERE serial = ?", serial, role="registrar")
        return str(number)


def _serial(slot: KeySlot) -> int:
    return load_der_x509_certificate(slot.certificate).serial_number
