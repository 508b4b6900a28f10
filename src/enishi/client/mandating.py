"""A citizen gives an organisation a mandate by program, and withdraws it: the portal's pages, the card's signature, the reference that comes back."""

import re
from collections.abc import Awaitable, Callable
from typing import Final

import aiohttp

from enishi.client.mandates import Proposal
from enishi.client.offering import Carded
from enishi.client.portal import Form, log_in, post, press
from enishi.client.session import loopback_session
from enishi.errors import Unavailable
from enishi.seal.hpke import SealingKey, Suite

_REFERENCE: Final = re.compile(r">((?:[0-9a-f]{4} ){7}[0-9a-f]{4})<")


async def give_mandate(portal_url: str, who: Carded, proposal: Proposal) -> str:
    """Log in, agree, sign; the reference, 32 hexadecimal digits.

    What portal, card and registrar say otherwise comes as faults; Unavailable("portal-unreachable").
    """
    portal, path = portal_url.rstrip("/"), proposal.path

    async def give(session: aiohttp.ClientSession) -> str:
        form = Form(f"{portal}{path}", f"{portal}/number/agent", {"mandate": path.partition("?")[2]})
        listed = await press(session, form, who.card, who.password)
        async with session.get(listed, headers={"accept": "text/html"}) as answer:
            # The newest stands first.
            return await answer.text()

    found = _REFERENCE.search(await _visit(portal, who, give))
    if found is None:
        raise Unavailable("peer-answer-unreadable", "portal")
    return found[1].replace(" ", "")


async def withdraw_mandate(portal_url: str, who: Carded, reference: str) -> None:
    """Log in, which shows the card, and withdraw: it is over when this returns. Faults as `give_mandate`'s; Unknown("agent-unknown")."""
    portal = portal_url.rstrip("/")
    form = Form(f"{portal}/number/agents", f"{portal}/number/agents/withdraw", {"mandate": reference})
    await _visit(portal, who, lambda session: post(session, form))


async def _visit(portal: str, who: Carded, work: Callable[[aiohttp.ClientSession], Awaitable[str]]) -> str:
    try:
        async with loopback_session() as session:
            await log_in(session, portal, who.card, who.pin, SealingKey.generate(Suite.BROWSER))
            return await work(session)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        # ValueError: an address or a page that cannot be read.
        raise Unavailable("portal-unreachable", portal) from error
