"""The card by program: the same authorization code flow that a browser goes through, PKCE and all, without a browser."""

import hashlib
import re
import secrets
from base64 import urlsafe_b64encode
from html import unescape
from typing import Final
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import aiohttp
import msgspec

from enishi.client.session import loopback_session
from enishi.errors import Tampered, Unavailable
from enishi.mesh.faults import fault_of_problem

CLIENT_ID: Final = "cli"
REDIRECT_URI: Final = "http://127.0.0.1/callback"
"""Registered at the card for programs; nothing listens there, the program reads the address itself."""
_TOKEN: Final = re.compile(r'name="form_token" value="([^"]{1,200})"')


class CardSignature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The request as it was signed, the certificate (DER) and the signature (64 bytes)."""

    request: bytes
    certificate: bytes
    signature: bytes


class TokenReply(msgspec.Struct, frozen=True):
    """Answer of the token endpoint: certificate (DER), signature, and what ties it to the request."""

    certificate: bytes
    signature: bytes
    iss: str
    nonce: str


async def sign_request(base_url: str, card: str, pin: str, request: bytes) -> CardSignature:
    """Have a card sign a request of at most 4 KiB.

    Denied("pin-wrong") or ("pin-blocked"), Unknown("card-unknown"), Malformed as the card says; Unavailable("card-unreachable"); Tampered
    ("card-answer-mixed-up") where state, issuer or nonce come back changed.
    """
    try:
        async with loopback_session() as session:
            return await _flow(session, base_url.rstrip("/"), card, pin, request)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        # ValueError: an address or a page that cannot be read.
        raise Unavailable("card-unreachable", type(error).__name__) from error


async def _flow(session: aiohttp.ClientSession, base: str, card: str, pin: str, request: bytes) -> CardSignature:
    state, verifier, nonce = secrets.token_urlsafe(24), secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    waiting = await _location(await session.get(f"{base}/authorize?{_query(state, verifier, nonce, request)}", allow_redirects=False))
    page = f"{base}{urlsplit(waiting).path}/cards/{quote(card, safe='')}"
    token = _TOKEN.search(await _text(await session.get(page)))
    fields = {"form_token": unescape(token[1]) if token else "", "pin": pin}
    back = await _location(await session.post(page, data=fields, allow_redirects=False))
    code = _code(back, state, base)
    redeemed = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier, "client_id": CLIENT_ID, "redirect_uri": REDIRECT_URI}
    answer = await session.post(f"{base}/token", data=redeemed)
    reply = read_reply(await answer.read())
    if (reply.iss, reply.nonce) != (base, nonce):
        raise Tampered("card-answer-mixed-up", "", "nonce")
    return CardSignature(request, reply.certificate, reply.signature)


def _query(state: str, verifier: str, nonce: str, request: bytes) -> str:
    return urlencode(
        {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": REDIRECT_URI,
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": _b64url(hashlib.sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
            "request_to_sign": _b64url(request),
        }
    )


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


def read_reply(body: bytes) -> TokenReply:
    """Read what the card's token endpoint answers; Unavailable("card-unreachable") where it is no signature."""
    try:
        return msgspec.json.decode(body, type=TokenReply)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Unavailable("card-unreachable", "token") from error


def _b64url(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")
