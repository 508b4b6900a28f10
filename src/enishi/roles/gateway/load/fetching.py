"""What a database or an endpoint answers, as lines of JSON."""

import http.client
import sqlite3
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

from enishi.errors import Malformed, Unavailable
from enishi.roles.gateway.load.adapter import Table

TIMEOUT_S: Final = 60
LONGEST_LINE: Final = 1024 * 1024


def fetch_table(source: Table, beside: Path) -> Iterator[bytes]:
    """The rows of a query, opened for reading only; Malformed("source-unreadable") says what the database said of the query."""
    path = (beside / source.url.removeprefix("sqlite:///")).resolve()
    try:
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
        try:
            cursor = connection.execute(source.query)
            names = [column[0] for column in cursor.description or ()]
            for row in cursor:
                yield msgspec.json.encode(dict(zip(names, row, strict=True)))
        finally:
            connection.close()
    except (sqlite3.Error, TypeError) as error:
        raise Malformed("source-unreadable", str(error)[:100], "source") from error


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
