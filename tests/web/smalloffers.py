"""A portal's source for handing over the number: law and words are real, the card's and the registrar's half is played by the test."""

from datetime import date

from enishi.errors import Fault
from enishi.law import load
from enishi.law.use import decide_number_use
from enishi.law.verdict import Refusal
from enishi.oidc.relying import Begun
from enishi.oidc.text import challenge
from enishi.protocol.legal import Jurist, affair_of, party_of_capacities, policy_of
from enishi.protocol.offer import NumberOffer, OfferTaken, sign_offer
from enishi.protocol.statement import AffairRef
from enishi.roles.portal.login import WayIn
from enishi.roles.portal.offer import DocumentSigned, Lawful, Wanted
from enishi.roles.portal.view import Name
from enishi.seal.dsse import Envelope
from enishi.seal.sign import SigningKey
from enishi.society.institutions import institution
from web.smalllog import ORDER, T0

KEY = SigningKey.from_bytes(bytes(range(64, 96)))
LINK = f"/number?institution=012131&source={ORDER}&row=108&item=1"
REFUSED_LINK = f"/number?institution=moj&source={ORDER}&row=108&item=1"
DAY = date(2025, 4, 1)


class SmallOffers:
    """Takes every code once said; `fault` is what the registrar answers."""

    def __init__(self) -> None:
        self.issuer = "http://card.localhost:8401"
        self.subject = "subject"
        self.fault: Fault | None = None
        self.brought: list[Envelope] = []

    async def lawful(self, wanted: Wanted) -> Lawful:
        seed = institution(wanted.institution)
        verdict = decide_number_use(party_of_capacities(seed.id, seed.capacities, DAY), affair_of(wanted.affair), load(), DAY)
        name, affair = Name(seed.name_ja, seed.name_en), await self.affair_name(wanted.affair, wanted.item)
        if isinstance(verdict, Refusal):
            return Lawful(name, affair, (), tuple((one.code.value, one.citation, Name(one.message.ja, one.message.en)) for one in verdict.grounds))
        return Lawful(name, affair, verdict.basis, ())

    async def affair_name(self, affair: AffairRef, purpose_item: str) -> str:
        return Jurist(load(), policy_of("off", "refuse")).affair_name(affair, purpose_item, None)  # type: ignore[arg-type]

    def sign(self, offer: NumberOffer) -> Envelope:
        return sign_offer(offer, KEY)

    async def way_in(self, begun: Begun) -> WayIn:
        query = {"state": begun.state, "nonce": begun.nonce, "code_challenge": challenge(begun.verifier), "scope": "openid sign"}
        return WayIn(f"{self.issuer}/authorize", query, self.issuer)

    async def redeem(self, code: str, begun: Begun) -> DocumentSigned:
        return DocumentSigned(self.subject, b"certificate", b"signature")

    async def hand_over(self, offer: Envelope, signed: DocumentSigned) -> OfferTaken:
        if self.fault is not None:
            raise self.fault
        self.brought.append(offer)
        return OfferTaken(bytes(range(16)), T0)
