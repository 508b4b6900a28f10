"""Handing over the number at the portal: what an institution's link asks for, the application written for it, and what the card must bring back."""

from hashlib import sha256
from secrets import token_bytes
from typing import Annotated, Final
from urllib.parse import urlencode

import msgspec

from enishi.oidc.relying import Begun
from enishi.oidc.relying import begin as begin_sign_in
from enishi.oidc.text import b64url
from enishi.protocol.declared import FACE
from enishi.protocol.offer import NumberOffer, offer_digest
from enishi.protocol.view import request_digest
from enishi.roles.portal.link import INSTITUTION, Link
from enishi.roles.portal.login import WayIn
from enishi.roles.portal.view import Name
from enishi.seal.dsse import Envelope
from enishi.terms import InstitutionId

PATH: Final = "/number"
SCOPE: Final = "openid sign"
DOCUMENT_NAME: Final = 120
"""The most characters of what the card shows above what is signed."""


class Wanted(Link, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which institution wants the number."""

    path = PATH
    field = "wanted"

    institution: Annotated[str, INSTITUTION]


class Lawful(msgspec.Struct, frozen=True):
    """What the registry and the law say of a wish: the institution's name, the affair in the law's words, and by which provisions it may use the
    number; or by which grounds (code, citation, words) it may not."""

    institution: Name
    affair: str
    basis: tuple[str, ...]
    grounds: tuple[tuple[str, str, Name], ...]


class DocumentSigned(msgspec.Struct, frozen=True):
    """What came back from the card: the issuer's name for the person (`sub`), certificate (DER) and signature."""

    subject: str
    certificate: bytes
    signature: bytes


class SentOffer(msgspec.Struct, frozen=True):
    """An application that is at the card, and the wish that it was written for."""

    offer: Envelope
    wanted: Wanted


def write_offer(wanted: Wanted, request: bytes, at_ms: int) -> NumberOffer:
    """A fresh application in the session that this card-signed request to look opened."""
    return NumberOffer(
        v=1,
        face=FACE,
        institution=InstitutionId(wanted.institution),
        affair=wanted.affair,
        purpose_item=wanted.item,
        session=request_digest(request),
        nonce=token_bytes(16),
        at_ms=at_ms,
    )


def begin(offer: Envelope) -> Begun:
    """A sign-in that is bound to the application: its nonce is the digest of what is signed."""
    return begin_sign_in(b64url(sha256(offer.payload).digest()))


def signing_url(way: WayIn, offer: Envelope, name: str) -> str:
    """Where the browser goes: the issuer's authorization endpoint, with the digest to sign and the name that the card shows above it."""
    cut = name if len(name) <= DOCUMENT_NAME else name[: DOCUMENT_NAME - 1] + "…"
    query = urlencode(way.query | {"digest_to_sign": b64url(offer_digest(offer)), "document_name": cut})
    return way.endpoint + ("&" if "?" in way.endpoint else "?") + query
