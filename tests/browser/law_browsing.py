"""The law page on a real port, under the host name that it has in a mesh."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import uvicorn

from enishi.web.citations import law_path
from exchange_face.law_face import ORDER, ROW, law_face

ASKED = {"row": ROW, "inquirer": "i:012131", "provider": "i:moj", "purpose": "1", "relation": "survivor", "item": "戸籍関係情報"}
PAGES = {
    "home": "/",
    "past": "/?on=2022-06-17",
    "edge": "/?day=2026-12-01",
    "find": "/find?q=災害",
    "find-none": "/find?q=zzz",
    "pairs": "/pairs?inquirer=市町村長&item=戸籍関係情報",
    "pairs-none": "/pairs?inquirer=環境大臣&item=生活保護関係情報",
    "matrix": "/matrix",
    "changes": "/changes",
    "row": law_path(ROW),
    "entry": law_path(f"{ORDER}#110-1-3-ニ"),
    "number-use": law_path("425AC0000000027@2024-05-27#appended/82-2"),
    "article": law_path("425AC0000000027#19-1-8"),
    "choose": "/ask",
    "form": "/ask?" + urlencode({"row": ROW}),
    "permit": "/ask?" + urlencode(ASKED),
    "refusal": "/ask?" + urlencode(ASKED | {"provider": "c:市町村長", "item": "地方税関係情報"}),
    "problem": "/nothing",
}
"""A page of each kind and in each state."""


@contextmanager
def law_town() -> Iterator[str]:
    """A running law page; its origin."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(law_face(), log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://exchange.localhost:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
