"""Calls an ASGI application as a server would, without a socket."""

from typing import Any

import msgspec

from enishi.mesh.asgi import App


class Answer(msgspec.Struct, frozen=True):
    """Status, headers (lower case) and the body, decoded where it is JSON."""

    status: int
    headers: dict[str, str]
    body: Any


async def call(app: App, method: str, path: str, body: bytes = b"", token: str = "", headers: dict[str, str] | None = None) -> Answer:
    sent: list[dict[str, Any]] = []
    given = {"host": "gateway.localhost"} | ({"authorization": f"Bearer {token}"} if token else {}) | (headers or {})
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    await app(scope, receive, send)
    shown = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    content = b"".join(part.get("body", b"") for part in sent[1:])
    return Answer(sent[0]["status"], shown, msgspec.json.decode(content) if "json" in shown["content-type"] else content.decode())
