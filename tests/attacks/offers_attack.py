"""Handing over the number in a network: what portal, card, registrar and platforms do, step by step, so that an adversary may stand between."""

from secrets import token_bytes
from typing import Any

import msgspec
from cryptography.x509 import load_der_x509_certificate

from attacks.network_attack import FIRST, A, Network
from enishi import clock
from enishi.card.authority import Use
from enishi.card.chip import Cards, message_of
from enishi.card.form import Holder, KeySlot, Memory
from enishi.protocol.offer import HandedAsk, HandedNumbers, NumberOffer, OfferTaken, SignedOffer, offer_digest
from enishi.protocol.statement import AffairRef
from enishi.protocol.view import CardSigned, card_message, request_digest
from enishi.roles.portal.login import begin
from enishi.roles.portal.offer import DocumentSigned
from enishi.roles.portal.view import Asked
from enishi.seal.dsse import Envelope
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId

ORDER = "506M60004008009@2024-05-27"
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
        signature = _key(slot).sign(card_message(fresh.request))
        self.network.run(self.network.sources[0].view(Asked(CardSigned(fresh.request, slot.certificate, signature), fresh.answer_key)))
        return fresh.request

    def envelope(self, session: bytes, **changes: Any) -> Envelope:
        """The application, signed by the portal."""
        given: dict[str, Any] = {
            "v": 1,
            "face": "portal",
            "institution": InstitutionId(A),
            "affair": AffairRef(ORDER, "108"),
            "purpose_item": "1",
            "session": request_digest(session),
            "nonce": token_bytes(16),
            "at_ms": clock.now_ms(),
        }
        return self.network.offers[0].sign(NumberOffer(**(given | changes)))

    def carded(self, who: Holder, envelope: Envelope, use: Use = Use.SIGNATURE, **changes: Any) -> SignedOffer:
        slot = self.slot(who, use)
        signature = _key(slot).sign(message_of(use, offer_digest(envelope)))
        return msgspec.structs.replace(SignedOffer(envelope, slot.certificate, signature, self.network.revocations()), **changes)

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


def _key(slot: KeySlot) -> SigningKey:
    return SigningKey.from_bytes(slot.seed)


def _serial(slot: KeySlot) -> int:
    return load_der_x509_certificate(slot.certificate).serial_number
