"""Calls an ASGI application as a server would, without a socket."""

from typing import Any

import msgspec

from enishi.mesh.asgi import App


class Answer(msgspec.Struct, frozen=True):
    """Status, headers (lower case) and the body, decoded where it is JSON, and as it came."""

    status: int
    headers: dict[str, str]
    body: Any
    raw: bytes = b""


async def call(
    app: App, method: str, path: str, body: bytes = b"", token: str = "", headers: dict[str, str] | None = None, query: str = ""
) -> Answer:
    sent: list[dict[str, Any]] = []
    given = {"host": "gateway.localhost"} | ({"authorization": f"Bearer {token}"} if token else {}) | (headers or {})
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
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
    document = shown["content-type"] in ("application/json", "application/problem+json", "application/schema+json")
    return Answer(sent[0]["status"], shown, msgspec.json.decode(content) if document else content.decode(errors="replace"), content)
