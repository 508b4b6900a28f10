"""An institution's own system, played by a real HTTP server in one thread, and its declaration in the tenant's folder."""

import http.server
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import yaml

from gateway.world_gateway import KNOWN, B, documents

JUMIN = msgspec.json.decode(documents()["jumin"][""])
PERSON = "9" + KNOWN
AT = "2025-03-31T22:15:00+09:00"


def row(**changes: object) -> dict[str, object]:
    """What the system answers about the known person, every field as JSON text."""
    return {name: msgspec.json.encode(value).decode() for name, value in JUMIN.items() if name != "v"} | {"person": PERSON, "at": AT} | changes


class System:
    """Answers with `body` and `status`; `asked` are the paths and `headers` the headers of the calls so far."""

    def __init__(self) -> None:
        self.body = msgspec.json.encode(row())
        self.status, self.wait_s, self.missing = 200, 0.0, 0
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""


@contextmanager
def system(trust: ssl.SSLContext | None = None) -> Iterator[System]:
    """A running system; with `trust` behind TLS."""
    played = System()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            played.asked.append(self.path)
            played.headers.append(dict(self.headers))
            time.sleep(played.wait_s)
            self.send_response(played.status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(played.body) + played.missing))
            self.end_headers()
            self.wfile.write(played.body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A caller that went away, or showed no certificate, is no error of the server's."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if trust is not None:
            server.socket = trust.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        played.url = f"http{'s' if trust else ''}://localhost:{server.server_port}"
        yield played
        server.shutdown()


def declare(folder: Path, url: str, **source: object) -> Path:
    """Declare the system as B's live source of resident records; the folder for its files."""
    adapter = {
        "v": 1,
        "name": "jumin-live",
        "item": "jumin.v2",
        "source": {"kind": "live", "url": url + "/people/{person}", "timeout_s": 10.0} | source,
        "mode": "live",
        "bad_rows": "refuse",
        "person": "person",
        "as_of": "at",
        "fields": {name: {"column": name, "read": "json"} for name in JUMIN if name != "v"},
    }
    place = folder / "tenants" / B / "live"
    place.mkdir(exist_ok=True)
    (place / "jumin.yaml").write_text(yaml.safe_dump(adapter), encoding="utf-8")
    return place
