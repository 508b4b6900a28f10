"""`enishi gateway ask`: a file through the API of a running gateway, progress on standard error, the results into files."""

import asyncio
import os
from pathlib import Path
from typing import Any, Final, NamedTuple

import typer

from enishi.cli.gateway.bars import Told, bar
from enishi.cli.ports import face_url
from enishi.client.bulk import BulkClient
from enishi.errors import Misconfigured
from enishi.mesh.config import read

MEDIA: Final = {".csv": "text/csv", ".txt": "text/plain", ".dat": "text/plain", ".ndjson": "application/x-ndjson", ".jsonl": "application/x-ndjson"}
POLL_S: Final = 0.5
INCOMPLETE: Final = 3


class Place(NamedTuple):
    """Where the gateway is, and which institution's credential is shown."""

    data: Path
    tenant: str
    url: str
    credential: Path | None


class Wanted(NamedTuple):
    """What is sent, or the number whose results are fetched."""

    file: Path | None
    number: str
    charset: str
    header: str
    key: str


def run_ask(place: Place, wanted: Wanted, out: Path, documents: Path | None) -> int:
    """Send, wait while rows are worked off, write; 0 if every row has ended, 3 if one failed, waits or was taken back."""
    client = _client(place)
    with bar("ask") as told:
        shown = asyncio.run(_work(client, wanted, told))
    asyncio.run(_write(client, shown, out, documents))
    counts = shown["counts"]
    typer.echo(f"{shown['number']}: {shown['rows']} rows; " + ", ".join(f"{state} {count}" for state, count in sorted(counts.items())))
    return 0 if counts.get("ended", 0) == shown["rows"] else INCOMPLETE


async def _work(client: BulkClient, wanted: Wanted, told: Told) -> dict[str, Any]:
    number = wanted.number or await _send(client, wanted)
    while (shown := await client.progress(number))["state"] == "working":
        told(shown["rows"] - shown["counts"].get("accepted", 0) - shown["counts"].get("sending", 0), shown["rows"])
        await asyncio.sleep(POLL_S)
    told(shown["rows"], shown["rows"])
    return shown


async def _send(client: BulkClient, wanted: Wanted) -> str:
    if wanted.file is None:
        raise Misconfigured("ask-nothing", field="file")
    media = MEDIA.get(wanted.file.suffix.lower())
    if media is None:
        raise Misconfigured("ask-file-kind", wanted.file.suffix[:20], "file")
    if media != MEDIA[".ndjson"]:
        media += (f"; charset={wanted.charset}" if wanted.charset else "") + f"; header={wanted.header}"
    try:
        content = wanted.file.read_bytes()
    except OSError as error:
        raise Misconfigured("ask-file-unreadable", f"{wanted.file.name}: {error.strerror}", "file") from error
    number = str((await client.send(content, media, wanted.key))["number"])
    # Said at once: whoever stops here finds the results under it.
    typer.echo(f"accepted: {number}", err=True)
    return number


async def _write(client: BulkClient, shown: dict[str, Any], out: Path, documents: Path | None) -> None:
    number = shown["number"]
    _put(out, await (client.file(number) if shown["kind"] in ("comma", "fixed") else client.results(number)))
    if documents is not None:
        _put(documents, await client.results(number))


def _put(path: Path, content: bytes) -> None:
    # What is written there is about people: nobody but the caller may read it.
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


def _client(place: Place) -> BulkClient:
    if place.url and place.credential is None:
        raise Misconfigured("credential-not-found", place.tenant[:40], "credential")
    url = place.url or face_url(read(place.data / "portal" / "config.json").face_port, "gateway")
    try:
        token = (place.credential or place.data / "credentials" / place.tenant).read_text().strip()
    except OSError as error:
        raise Misconfigured("credential-not-found", place.tenant[:40], "credential") from error
    return BulkClient(url, token)
