"""Security headers on every answer of a face: no inline script or style, nothing from elsewhere, no framing, no keeping."""

from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def policy(form_targets: Iterable[str]) -> str:
    """The Content-Security-Policy of a face; `form_targets` are origins that its forms may end at by redirect."""
    targets = " ".join(["'self'", *form_targets])
    own = "script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'"
    return f"default-src 'none'; {own}; form-action {targets}; base-uri 'none'; frame-ancestors 'none'"


class SecurityHeaders:
    """ASGI middleware that sets the headers; pages are `no-store` unless the answer says otherwise."""

    def __init__(self, app: ASGIApp, form_targets: tuple[str, ...] = ()) -> None:
        """Wrap an application."""
        self._app = app
        self._headers = {
            "content-security-policy": policy(form_targets),
            "x-content-type-options": "nosniff",
            # `same-origin` and not `no-referrer`: with the latter browsers post our own forms with `Origin: null`.
            "referrer-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "cache-control": "no-store",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass through, with headers set where the answer has none of that name."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
