"""Where the pages for handing over the number get what they need: issuer, registry and law, the authority's list, the registrar."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import NamedTuple, Protocol

from enishi import clock
from enishi.errors import Denied, Unavailable
from enishi.law.other.kinds import OtherGround
from enishi.law.question import Policy
from enishi.law.tables import Tables
from enishi.law.use import decide_number_use
from enishi.law.verdict import Ground, Refusal
from enishi.mesh.doors import Door
from enishi.mesh.lazy import aside
from enishi.mesh.registry import Registry
from enishi.oidc.relying import Begun, Call, RelyingParty
from enishi.protocol.legal import Jurist, affair_of, party_of
from enishi.protocol.offer import NumberOffer, OfferTaken, SignedOffer, check_offer, sign_offer
from enishi.protocol.registry import Institution
from enishi.protocol.statement import AffairRef
from enishi.roles.portal.login import WayIn
from enishi.roles.portal.offer import SCOPE, DocumentSigned, Lawful, Wanted
from enishi.roles.portal.view import Name
from enishi.seal.dsse import Envelope
from enishi.seal.sign import SigningKey
from enishi.store import crash


class OfferSource(Protocol):
    """The calls that a hand-over leads to."""

    async def lawful(self, wanted: Wanted) -> Lawful:
        """What registry and law say of a wish; Unknown("institution-unknown"), Denied("institution-suspended")."""
        ...

    async def affair_name(self, affair: AffairRef, purpose_item: str) -> str:
        """The affair in the law's words, empty where no table has it."""
        ...

    def sign(self, offer: NumberOffer) -> Envelope:
        """The application under the portal's own signature."""
        ...

    async def way_in(self, begun: Begun) -> WayIn:
        """Where the browser goes to sign; Unavailable("peer-unreachable"), Tampered("issuer-document-wrong")."""
        ...

    async def redeem(self, code: str, begun: Begun) -> DocumentSigned:
        """Exchange the code for what the card signed.

        Denied("issuer-refused"), Denied("issuer-without-card"), Tampered for a token that answers something else.
        """
        ...

    async def hand_over(self, offer: Envelope, signed: DocumentSigned) -> OfferTaken:
        """Check what the card signed against the authority's list of now, and bring it to the registrar; their faults as they are."""
        ...


class Reading(NamedTuple):
    """How this installation reads the law: `tables` are loaded when the first page asks; `day` where one is pinned."""

    tables: Callable[[], Tables]
    policy: Policy
    day: date | None


class Issuing(NamedTuple):
    """The issuer as this use needs it: the relying party for signing, and the address of the authority's revocation list with what fetches it."""

    relying: RelyingParty
    list_url: str
    fetch: Callable[[Call], Awaitable[tuple[int, bytes]]]


class MeshedOffers:
    """The same in the running mesh; keeps nothing."""

    def __init__(self, issuing: Issuing, registrar: Door, registry: Registry, key: SigningKey, law: Reading) -> None:
        """`key` is the portal's own signing key."""
        self._issuing = issuing
        self._registrar = registrar
        self._registry = registry
        self._key = key
        self._law = law

    async def lawful(self, wanted: Wanted) -> Lawful:
        """By the registry and the law of today; the registrar asks both again."""
        tables = await aside(self._law.tables)
        snapshot, on = self._registry.snapshot, clock.legal_day(clock.now_ms(), self._law.day)
        institution = snapshot.institution(wanted.institution, "institution")
        if institution.suspended:
            raise Denied("institution-suspended", institution.id, "institution")
        verdict = decide_number_use(party_of(institution, on), affair_of(wanted.affair), tables, on, self._law.policy)
        name = name_of(institution)
        affair = await self.affair_name(wanted.affair, wanted.item)
        if isinstance(verdict, Refusal):
            return Lawful(name, affair, (), grounds_in_words(verdict.grounds, wanted.affair, affair))
        return Lawful(name, affair, verdict.basis, ())

    async def affair_name(self, affair: AffairRef, purpose_item: str) -> str:
        """By the tables of law, or the registry's ordinances."""
        tables = await aside(self._law.tables)
        return Jurist(tables, self._law.policy).affair_name(affair, purpose_item, self._registry.snapshot)

    def sign(self, offer: NumberOffer) -> Envelope:
        """As the portal that the registry names."""
        return sign_offer(offer, self._key)

    async def way_in(self, begun: Begun) -> WayIn:
        """By the issuer's own document."""
        at_ms = clock.now_ms()
        provider = await self._issuing.relying.provider(at_ms)
        endpoint, query = await self._issuing.relying.query(begun, SCOPE, at_ms)
        return WayIn(endpoint, query, provider.issuer if provider.authorization_response_iss_parameter_supported else "")

    async def redeem(self, code: str, begun: Begun) -> DocumentSigned:
        """The ID token is checked before anything else is looked at."""
        found = await self._issuing.relying.redeem(code, begun, clock.now_ms())
        if not found.reply.signature:
            raise Denied("issuer-without-card")
        return DocumentSigned(found.token.sub, found.reply.certificate, found.reply.signature)

    async def hand_over(self, offer: Envelope, signed: DocumentSigned) -> OfferTaken:
        """A signature that does not hold never leaves the portal; the registrar believes none of this and checks again."""
        snapshot = self._registry.snapshot
        whole = SignedOffer(offer, signed.certificate, signed.signature, await self.revocation_list())
        check_offer(whole, self._key.public, snapshot.card_authority, clock.now_ms())
        crash.point("portal.offer.before_send")
        return await self._registrar.call("/registrar/offer", whole, OfferTaken)

    async def revocation_list(self) -> bytes:
        """The card authority's list of now, in DER; Unavailable("peer-unreachable")."""
        status, listed = await self._issuing.fetch(Call(self._issuing.list_url))
        if status != 200:
            raise Unavailable("peer-unreachable", "issuer")
        return listed


def grounds_in_words(grounds: Sequence[Ground | OtherGround], affair: AffairRef, words: str) -> tuple[tuple[str, str, Name], ...]:
    """Why the law does not allow it: code, citation and words, in which the affair stands by its name in the law and not by the label of its row."""
    row, name = f"{affair.source}/{affair.row}", Name(f"「{words}」", f"“{words}”") if words else Name("この手続", "this procedure")
    told = [(one, Name(one.message.ja.replace(row, name.ja), one.message.en.replace(row, name.en))) for one in grounds]
    return tuple((one.code.value, one.citation, message) for one, message in told)


def name_of(institution: Institution) -> Name:
    """As the registry has it."""
    return Name(institution.name_ja, institution.name_en)
