"""Where the pages for representatives get what they need: the issuer for two signatures, the registrar for everything that is kept."""

from typing import Protocol, TypeVar

from enishi import clock
from enishi.errors import Unavailable
from enishi.mesh.doors import Door
from enishi.mesh.registry import Registry
from enishi.oidc.relying import Begun, Call
from enishi.protocol.mandate import (
    MandateAcceptance,
    MandateEnd,
    MandateFind,
    MandateFound,
    MandateOffer,
    MandateOffered,
    MandateShown,
    SignedMandate,
    check_signer,
    read_mandate_acceptance,
    read_mandate_offer,
    sign_declared,
)
from enishi.roles.portal.login import WayIn
from enishi.roles.portal.offer import DocumentSigned
from enishi.roles.portal.offersource import Issuing, OfferSource
from enishi.seal.dsse import Envelope
from enishi.seal.sign import SigningKey
from enishi.store import crash

R = TypeVar("R")


class MandateSource(Protocol):
    """The calls that the pages lead to; faults of issuer and registrar come through as they are."""

    def sign(self, form: MandateOffer | MandateAcceptance) -> Envelope:
        """A declaration under the portal's own signature."""
        ...

    async def way_in(self, begun: Begun) -> WayIn:
        """Where the browser goes to sign."""
        ...

    async def redeem(self, code: str, begun: Begun) -> DocumentSigned:
        """Exchange the code for what the card signed."""
        ...

    async def offer(self, declared: Envelope, signed: DocumentSigned) -> MandateOffered:
        """Bring the principal's declaration; what comes back holds the code."""
        ...

    async def find(self, asked: MandateFind) -> MandateFound:
        """What a code that somebody typed is of."""
        ...

    async def accept(self, declared: Envelope, signed: DocumentSigned) -> MandateShown:
        """Bring the representative's declaration; the mandate is in force when this returns."""
        ...

    async def end(self, asked: MandateEnd) -> MandateShown:
        """End one; it is over when this returns."""
        ...


class MeshedMandates:
    """The same in the running mesh; keeps nothing."""

    def __init__(self, offers: OfferSource, issuing: Issuing, registrar: Door, registry: Registry, key: SigningKey) -> None:
        """`offers` knows the way to the issuer for a signature, `key` is the portal's own signing key."""
        self._offers = offers
        self._issuing = issuing
        self._registrar = registrar
        self._registry = registry
        self._key = key

    def sign(self, form: MandateOffer | MandateAcceptance) -> Envelope:
        """As the portal that the registry names."""
        return sign_declared(form, self._key)

    async def way_in(self, begun: Begun) -> WayIn:
        """As for a hand-over of the number: signing with the signature key."""
        return await self._offers.way_in(begun)

    async def redeem(self, code: str, begun: Begun) -> DocumentSigned:
        """The ID token is checked before anything else is looked at."""
        return await self._offers.redeem(code, begun)

    async def offer(self, declared: Envelope, signed: DocumentSigned) -> MandateOffered:
        """A signature that does not hold never leaves the portal; the registrar believes none of this and checks again."""
        whole = await self._whole(declared, signed, read_mandate_offer(declared, self._key.public).at_ms)
        return await self._call("/registrar/mandate", whole, MandateOffered)

    async def find(self, asked: MandateFind) -> MandateFound:
        """By the digest of the code, which the registrar counts."""
        return await self._call("/registrar/mandate/find", asked, MandateFound)

    async def accept(self, declared: Envelope, signed: DocumentSigned) -> MandateShown:
        """As `offer`."""
        whole = await self._whole(declared, signed, read_mandate_acceptance(declared, self._key.public).at_ms)
        return await self._call("/registrar/mandate/accept", whole, MandateShown)

    async def end(self, asked: MandateEnd) -> MandateShown:
        """By the session alone: it takes away, and gives nobody anything."""
        return await self._call("/registrar/mandate/end", asked, MandateShown)

    async def _whole(self, declared: Envelope, signed: DocumentSigned, declared_ms: int) -> SignedMandate:
        status, listed = await self._issuing.fetch(Call(self._issuing.list_url))
        if status != 200:
            raise Unavailable("peer-unreachable", "issuer")
        whole = SignedMandate(declared, signed.certificate, signed.signature, listed)
        check_signer(whole, declared_ms, self._registry.snapshot.card_authority, clock.now_ms())
        return whole

    async def _call(self, path: str, asked: object, reply: type[R]) -> R:
        crash.point("portal.mandate.before_send")
        return await self._registrar.call(path, asked, reply)
