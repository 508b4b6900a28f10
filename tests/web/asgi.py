"""A browser without a screen: drives an ASGI application, keeps cookies, follows nothing by itself."""

import asyncio
from http.cookies import SimpleCookie
from urllib.parse import unquote, urlencode, urlsplit

from starlette.types import ASGIApp, Message


class Answer:
    """Status, headers and body of one answer."""

    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Take what the application sent."""
        self.status = status
        self.headers = headers
        self.body = body
        self.text = body.decode("utf-8", "replace")

    def header(self, name: str) -> str:
        """The first header of that name, or an empty text."""
        return next((value for key, value in self.headers if key == name), "")


class Browser:
    """Cookies and requests."""

    def __init__(self, app: ASGIApp, accept: str = "text/html", language: str = "ja", agent: str = "") -> None:
        """Take the application, and what this browser accepts."""
        self._app = app
        self._accept = accept
        self._language = language
        self._agent = agent
        self.cookies: dict[str, str] = {}

    async def get(self, target: str) -> Answer:
        """GET a path with query, or an address whose origin is not looked at."""
        return await self._ask("GET", target, b"", "")

    async def post(self, target: str, fields: dict[str, str]) -> Answer:
        """POST a form."""
        return await self._ask("POST", target, urlencode(fields).encode(), "application/x-www-form-urlencoded")

    async def post_bytes(self, target: str, body: bytes, kind: str, more: dict[str, str] | None = None) -> Answer:
        """POST bytes that are perhaps no form, with further headers."""
        return await self._ask("POST", target, body, kind, more)

    async def _ask(self, method: str, target: str, body: bytes, kind: str, more: dict[str, str] | None = None) -> Answer:
        parts = urlsplit(target)
        headers = {
            "host": "portal.localhost",
            "accept": self._accept,
            "accept-language": self._language,
            "content-type": kind,
            "user-agent": self._agent,
        }
        headers |= more or {}
        headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(parts.path),
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items() if value],
            "server": ("portal.localhost", 80),
            "client": ("127.0.0.1", 1),
        }
        return self._keep(await _run(self._app, scope, body))

    def _keep(self, answer: Answer) -> Answer:
        for line in [value for key, value in answer.headers if key == "set-cookie"]:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return answer


async def _run(app: ASGIApp, scope: dict[str, object], body: bytes) -> Answer:
    sent: list[Message] = []

    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            # The reader stays: nothing more comes, and nothing is broken off.
            await asyncio.Event().wait()
        asked = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    try:
        await app(scope, receive, send)
    except Exception:
        # Starlette answers 500 and then raises on, for the server's own log.
        if not sent:
            raise
    headers = [(name.decode(), value.decode("latin-1")) for name, value in sent[0]["headers"]]
    return Answer(sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:]))
