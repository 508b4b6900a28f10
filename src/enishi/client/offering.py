"""A citizen hands over the number by program: the portal's page of consent, the card's signature, and the reference that comes back."""

import re
from typing import Final, NamedTuple
from urllib.parse import urlencode

import aiohttp

from enishi.client.portal import Form, log_in, press
from enishi.client.session import loopback_session
from enishi.errors import Unavailable
from enishi.seal.hpke import SealingKey, Suite

_REFERENCE: Final = re.compile(r"<strong>((?:[0-9a-f]{4} ?){8})</strong>")


class Carded(NamedTuple):
    """A card with what unlocks it: the PIN to log in, the password to sign."""

    card: str
    pin: str
    password: str


async def hand_over(portal_url: str, who: Carded, wanted: dict[str, str]) -> str:
    """Log in, agree, sign; the reference, 32 hexadecimal digits. `wanted` is the institution's link: institution, source, row, perhaps item.

    What portal, card and registrar say otherwise comes as faults; Unavailable("portal-unreachable").
    """
    portal, link = portal_url.rstrip("/"), urlencode(wanted)
    try:
        async with loopback_session() as session:
            await log_in(session, portal, who.card, who.pin, SealingKey.generate(Suite.BROWSER))
            handed = await press(session, Form(f"{portal}/number?{link}", f"{portal}/number", {"wanted": link}), who.card, who.password)
            async with session.get(handed, headers={"accept": "text/html"}) as answer:
                found = _REFERENCE.search(await answer.text())
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        # ValueError: an address or a page that cannot be read.
        raise Unavailable("portal-unreachable", portal_url) from error
    if found is None:
        raise Unavailable("peer-answer-unreadable", "portal")
    return found[1].replace(" ", "")
