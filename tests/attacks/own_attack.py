"""A person's request for their own data on the attacked network, step by step and whole."""

from secrets import token_bytes
from typing import Any

import msgspec

from attacks.network_attack import Network
from enishi import clock, society
from enishi.card.chip import Cards
from enishi.protocol.forms import payload_type
from enishi.protocol.self_disclosure import FACE, REQUEST, SelfMessage, SelfRequest
from enishi.protocol.view import CardSigned
from enishi.protocol.wire import ItemReply, ViewAsk
from enishi.roles.portal.owndata import OwnData
from enishi.roles.portal.view import Asked
from enishi.seal.dsse import countersign, sign_envelope
from enishi.seal.hpke import SealingKey
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId, Kind

HOLDER = "011002"


def key_of(network: Network, role: str) -> SigningKey:
    return SigningKey.from_bytes((network.data / role / "keys" / "signing").read_bytes())


def request_for(holder: str, items: tuple[str, ...], period: str, key: SealingKey, **changes: Any) -> bytes:
    """The bytes that a card signs."""
    request = SelfRequest(
        v=1,
        kind=Kind.SELF,
        face="portal",
        session=token_bytes(32),
        nonce=token_bytes(16),
        holder=InstitutionId(holder),
        items=items,
        period=period,
        answer_key=key.public,
        at_ms=clock.now_ms(),
    )
    return msgspec.json.encode(msgspec.structs.replace(request, **changes))


def signed_by(network: Network, who: society.Figure, request: bytes) -> CardSigned:
    made = Cards(network.data / "card").sign(who.card, who.pin, request, clock.now_ms())
    return CardSigned(request, made.certificate, made.signature)


def own(network: Network, who: society.Figure, holder: str, items: tuple[str, ...], period: str = "") -> OwnData:
    """The lawful way, through the portal's own source."""
    key = SealingKey.generate()
    signed = signed_by(network, who, request_for(holder, items, period, key))
    return network.run(network.sources[0].own(Asked(signed, key)))


def vouched(network: Network, signed: CardSigned) -> ViewAsk:
    return ViewAsk(signed, sign_envelope(payload_type(REQUEST), signed.request, key_of(network, "portal"), FACE))


def named(network: Network, asked: ViewAsk) -> SelfMessage:
    """What the registrar signs, if it does."""
    return network.call("portal", "registrar", "/registrar/self", asked, SelfMessage)  # type: ignore[no-any-return]


def message_of(network: Network, signed: CardSigned) -> SelfMessage:
    """A message with both signatures."""
    made = named(network, vouched(network, signed))
    return SelfMessage(countersign(made.statement, key_of(network, "portal"), FACE), made.pi)


def brought(network: Network, message: SelfMessage) -> ItemReply:
    return network.call("portal", "exchange", "/exchange/self", message, ItemReply)  # type: ignore[no-any-return]
