"""Handing over the number at the portal: what an institution's link asks for, the application written for it, and what the card must bring back."""

from collections.abc import Iterable
from hashlib import sha256
from secrets import token_bytes
from typing import Annotated, Final
from urllib.parse import urlencode

import msgspec

from enishi.errors import Malformed
from enishi.oidc.relying import Begun
from enishi.oidc.relying import begin as begin_sign_in
from enishi.oidc.text import b64url
from enishi.protocol.offer import FACE, NumberOffer, offer_digest
from enishi.protocol.statement import AffairRef
from enishi.protocol.view import request_digest
from enishi.roles.portal.login import WayIn
from enishi.roles.portal.view import Name
from enishi.seal.dsse import Envelope
from enishi.terms import InstitutionId

PATH: Final = "/number"
SCOPE: Final = "openid sign"
DOCUMENT_NAME: Final = 120
"""The most characters of what the card shows above what is signed."""


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who wants the number, and for what: institution, and the affair as a row of a table of law, with its 号 or nothing."""

    institution: Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]{1,40}$")]
    source: Annotated[str, msgspec.Meta(pattern="^[0-9A-Za-z@#-]{1,80}$")]
    row: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    item: Annotated[str, msgspec.Meta(max_length=20)] = ""

    @property
    def query(self) -> str:
        """The link that asks for it, without the path."""
        return urlencode({name: value for name, value in msgspec.structs.asdict(self).items() if value})

    @property
    def affair(self) -> AffairRef:
        """The affair as the application names it."""
        return AffairRef(self.source, self.row)


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


def read_wanted(pairs: Iterable[tuple[str, str]]) -> Wanted:
    """Read a link's query; Malformed("number-link-malformed") where it is none, names something twice or something else."""
    given = list(pairs)
    try:
        if len(dict(given)) != len(given):
            raise ValueError("twice")
        wanted = msgspec.convert(dict(given), Wanted)
        if not (wanted.row + wanted.item).isprintable():
            raise ValueError("row")
    except (msgspec.ValidationError, ValueError) as error:
        raise Malformed("number-link-malformed", type(error).__name__, "query") from error
    return wanted


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
