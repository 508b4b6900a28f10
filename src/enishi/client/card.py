"""The card by program: the same authorization code flow that a browser goes through, PKCE and all, without a browser."""

import re
from functools import partial
from html import unescape
from typing import Final
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import aiohttp
import msgspec

from enishi import clock
from enishi.client.session import loopback_session
from enishi.errors import Tampered, Unavailable
from enishi.mesh.faults import fault_of_problem
from enishi.oidc.relying import Call, Party, RelyingParty, begin
from enishi.oidc.text import b64url

CLIENT_ID: Final = "cli"
REDIRECT_URI: Final = "http://127.0.0.1/callback"
"""Registered at the card for programs; nothing listens there, the program reads the address itself."""
_TOKEN: Final = re.compile(r'name="form_token" value="([^"]{1,200})"')


class CardSignature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The request as it was signed, the certificate (DER) and the signature (64 bytes)."""

    request: bytes
    certificate: bytes
    signature: bytes


async def sign_request(base_url: str, card: str, pin: str, request: bytes) -> CardSignature:
    """Have a card sign a request of at most 4 KiB.

    Denied("pin-wrong") or ("pin-blocked"), Unknown("card-unknown"), Malformed as the card says; Unavailable("card-unreachable"); Tampered
    ("card-answer-mixed-up") where state or issuer come back changed, ("token-not-for-us") where the nonce does.
    """
    try:
        async with loopback_session() as session:
            return await _flow(session, base_url.rstrip("/"), card, pin, request)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        # ValueError: an address or a page that cannot be read.
        raise Unavailable("card-unreachable", type(error).__name__) from error


async def _flow(session: aiohttp.ClientSession, base: str, card: str, pin: str, request: bytes) -> CardSignature:
    relying = RelyingParty(Party(issuer=base, client_id=CLIENT_ID, redirect_uri=REDIRECT_URI), partial(_fetch, session))
    begun = begin()
    endpoint, query = await relying.query(begun, "openid", clock.now_ms())
    address = f"{endpoint}?{urlencode(query | {'request_to_sign': b64url(request)})}"
    waiting = await _location(await session.get(address, allow_redirects=False))
    page = f"{base}{urlsplit(waiting).path}/cards/{quote(card, safe='')}"
    token = _TOKEN.search(await _text(await session.get(page)))
    fields = {"form_token": unescape(token[1]) if token else "", "pin": pin}
    back = await _location(await session.post(page, data=fields, allow_redirects=False))
    found = await relying.redeem(_code(back, begun.state, base), begun, clock.now_ms())
    if not found.reply.signature:
        raise Tampered("card-answer-mixed-up", "", "signature")
    return CardSignature(request, found.reply.certificate, found.reply.signature)


async def _fetch(session: aiohttp.ClientSession, call: Call) -> tuple[int, bytes]:
    """One call of the issuer, by the same session that goes through its pages."""
    headers = {"authorization": f"Bearer {call.bearer}"} if call.bearer else {}
    async with session.request("GET" if call.form is None else "POST", call.url, data=call.form, headers=headers) as answer:
        body = await answer.read()
        if call.form is None and answer.status != 200:
            raise fault_of_problem(answer.status, body)
        return answer.status, body


async def _location(answer: aiohttp.ClientResponse) -> str:
    """Where an answer sends us; its fault where it is none of that kind."""
    if answer.status not in (302, 303):
        raise fault_of_problem(answer.status, await answer.read())
    return answer.headers.get("location", "")


async def _text(answer: aiohttp.ClientResponse) -> str:
    if answer.status != 200:
        raise fault_of_problem(answer.status, await answer.read())
    return await answer.text()


def _code(back: str, state: str, issuer: str) -> str:
    """The code of a redirect whose state and issuer (RFC 9207) are ours."""
    fields = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    if fields.get("state") != state or fields.get("iss") != issuer or "code" not in fields:
        raise Tampered("card-answer-mixed-up", fields.get("error", ""), "state")
    return fields["code"]
