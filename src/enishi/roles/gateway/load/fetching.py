"""What an endpoint answers, as lines of JSON."""

import http.client
import urllib.request
from collections.abc import Iterator
from typing import Final

from enishi.errors import Unavailable

TIMEOUT_S: Final = 60
LONGEST_LINE: Final = 1024 * 1024


def fetch_url(url: str) -> Iterator[bytes]:
    """The lines of an endpoint, whole or Unavailable("source-unreachable"); proxies of the environment are not asked."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(url, headers={"Accept": "application/jsonl"}), timeout=TIMEOUT_S) as answer:
            yield from _lines(answer)
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable("source-unreachable", type(error).__name__, "source") from error


def _lines(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    # An answer that is cut off must not look like a shorter one: a full load would take back whoever came after the cut.
    length = answer.headers.get("Content-Length")
    if length is None and not answer.chunked:
        raise Unavailable("source-unreachable", "neither Content-Length nor chunks", "source")
    read = 0
    while line := answer.readline(LONGEST_LINE):
        read += len(line)
        yield line.rstrip(b"\r\n")
    if length is not None and length != str(read):
        raise Unavailable("source-unreachable", "cut off", "source")
