"""What a person chose to ask of an institution, and the request for their card to sign."""

from hashlib import sha256
from secrets import token_bytes
from typing import Final

import msgspec

from enishi.errors import Unknown
from enishi.items import find
from enishi.oidc.relying import begin as begin_sign_in
from enishi.oidc.text import b64url
from enishi.protocol.self_disclosure import FACE, SelfRequest
from enishi.roles.portal.login import Fresh
from enishi.roles.portal.view import ViewedLog
from enishi.seal.hpke import SealingKey, Suite
from enishi.terms import InstitutionId, Kind
from enishi.web.form import Form

YEARS: Final = 6
"""Fiscal years that are offered, the newest first."""
FIELD: Final = "item-"
"""What the name of an item's box begins with in the form."""


class Choice(msgspec.Struct, frozen=True):
    """An institution, the items (slugs) that were chosen of those it holds, and the fiscal year, empty where none of them has one."""

    holder: str
    items: tuple[str, ...]
    period: str


def holder_of(viewed: ViewedLog, name: str) -> tuple[str, tuple[str, ...]]:
    """An institution that can be asked, with the items that it holds; Unknown("institution-unknown")."""
    items = viewed.held.get(name)
    if items is None:
        raise Unknown("institution-unknown", name[:40], "holder")
    return name, items


def years_at(year: int) -> tuple[str, ...]:
    """The fiscal years that are offered in a calendar year."""
    return tuple(str(year - back) for back in range(YEARS))


def choice_of(form: Form, holder: str, held: tuple[str, ...], years: tuple[str, ...]) -> Choice:
    """What a form chooses; what it names beside that is passed over."""
    items = tuple(item for item in held if form.get(FIELD + item))
    period = form.get("period") if any(find(item).period == "fiscal_year" for item in items) else ""
    return Choice(holder, items, period if period in years else "")


def begin_own(choice: Choice, at_ms: int, mandate: bytes | msgspec.UnsetType = msgspec.UNSET) -> Fresh:
    """Make a fresh request for the card to sign, and a sign-in bound to it; by a mandate it asks for its principal."""
    answer_key = SealingKey.generate(Suite.HYBRID)
    request = msgspec.json.encode(
        SelfRequest(
            v=1,
            kind=Kind.SELF,
            face=FACE,
            session=token_bytes(32),
            nonce=token_bytes(16),
            holder=InstitutionId(choice.holder),
            items=choice.items,
            period=choice.period,
            answer_key=answer_key.public,
            at_ms=at_ms,
            mandate=mandate,
        )
    )
    return Fresh(begin_sign_in(b64url(sha256(request).digest())), request, answer_key)
