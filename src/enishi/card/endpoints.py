"""What programs ask the issuer: its document and keys, tokens for a code, the claims that were agreed to, the list of revoked certificates."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enishi import clock
from enishi.card.chip import Cards
from enishi.card.desk import Desk, TokenRefused
from enishi.card.issuer import JWKS, REVOKED, TOKEN, USERINFO
from enishi.errors import Fault
from enishi.oidc.provider import WELL_KNOWN
from enishi.web.form import read_form

_FIELDS = ("grant_type", "code", "code_verifier", "client_id", "redirect_uri", "client_assertion_type", "client_assertion")


class Endpoints:
    """The handlers of the issuer's endpoints."""

    def __init__(self, cards: Cards, desk: Desk) -> None:
        """Take the cards and the desk of open requests."""
        self._cards = cards
        self._desk = desk

    def routes(self) -> list[Route]:
        """Paths and handlers."""
        return [
            Route(WELL_KNOWN, self.metadata),
            Route(JWKS, self.jwks),
            Route(TOKEN, self.token, methods=["POST"]),
            Route(USERINFO, self.userinfo, methods=["GET", "POST"]),
            Route(REVOKED, self.revoked),
            Route("/healthz", _healthy),
        ]

    async def metadata(self, request: Request) -> Response:
        """OpenID Connect Discovery 1.0, 4."""
        return _json(self._desk.issuer.metadata(), 200)

    async def jwks(self, request: Request) -> Response:
        """RFC 7517, 5."""
        return _json(self._desk.issuer.jwks(), 200)

    async def token(self, request: Request) -> Response:
        """RFC 6749 4.1.3 and 5: tokens for a code."""
        try:
            form = await read_form(request)
            fields = {name: form.get(name) for name in _FIELDS}
            return _json(self._desk.redeem(fields, clock.now_ms()), 200)
        except Fault:
            return _json({"error": "invalid_request"}, 400)
        except TokenRefused as refused:
            return _json({"error": refused.error}, 401 if refused.error == "invalid_client" else 400)

    async def userinfo(self, request: Request) -> Response:
        """OpenID Connect Core 5.3 under a bearer token (RFC 6750 2.1): the claims of the scopes that were agreed to."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        granted = self._desk.holder_of(token, clock.now_ms()) if scheme.lower() == "bearer" else None
        if granted is None:
            answer = _json({"error": "invalid_token"}, 401)
            answer.headers["www-authenticate"] = 'Bearer error="invalid_token"'
            return answer
        return _json(self._desk.issuer.claims(granted.asked, self._cards.holder(granted.card)), 200)

    async def revoked(self, request: Request) -> Response:
        """RFC 5280, 5: the list, good for an hour."""
        return Response(self._cards.revocation_list(clock.now_ms()), media_type="application/pkix-crl")


def _json(content: Any, status: int) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")


async def _healthy(request: Request) -> Response:
    return Response("ok\n", media_type="text/plain")
