"""The rows of a source: files are read where they lie; what a database or an endpoint answers is written to a file first, so a load can resume."""

import csv
import hashlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from enishi import clock
from enishi.errors import Conflict, Malformed
from enishi.roles.gateway.load.adapter import Adapter
from enishi.roles.gateway.load.fetching import fetch_url
from enishi.roles.gateway.load.origins import Csv, Endpoint, Live, Parquet, Table
from enishi.roles.gateway.load.parquet import ParquetRows
from enishi.roles.gateway.load.tables import check_columns, fetch_table
from enishi.roles.gateway.load.translating import BadRow, Row

csv.field_size_limit(1024 * 1024)
SPOOL: Final = "spool.jsonl"
Rows = Iterator[tuple[int, Row | BadRow]]


class Opened(msgspec.Struct, frozen=True):
    """A source that stands still: its digest (32 bytes, of adapter and content), size in bytes, when it held this, and its rows by number."""

    digest: bytes
    size: int
    as_of_ms: int
    rows: Callable[[], Rows]
    place: Callable[[], int]
    """Bytes read so far."""
    check: Callable[[], None]
    """Conflict("source-changed") if somebody wrote to it since."""


@contextmanager
def open_source(adapter: Adapter, beside: Path, spool: Path) -> Iterator[Opened]:
    """Open the source of an adapter whose file lies in the folder `beside`; Malformed("source-unreadable"), ("adapter-column-missing")."""
    path = _file(adapter, beside, spool)
    try:
        file = path.open("rb")
    except OSError as error:
        raise Malformed("source-unreadable", f"{path.name}: {error.strerror}", "source") from error
    with file:
        yield _opened(adapter, file)


def _file(adapter: Adapter, beside: Path, spool: Path) -> Path:
    source = adapter.source
    if isinstance(source, Live):
        raise Malformed("adapter-wrong", "a live source is asked, not loaded", "mode")
    if not isinstance(source, Table | Endpoint):
        return beside / source.file
    # What was fetched for another source or other columns under this name is not what this adapter asks for.
    asked = hashlib.sha256(msgspec.json.encode((source, sorted(adapter.columns)))).hexdigest()[:16]
    kept = spool / f"{adapter.name}.{asked}.{SPOOL}"
    for left in spool.glob(f"{adapter.name}.*{SPOOL}"):
        if left != kept:
            left.unlink()
    if not kept.exists():
        # A fetch that was interrupted left no file of this name; one that is whole is loaded before another is made.
        _spool(kept, fetch_table(source, adapter.columns, beside) if isinstance(source, Table) else fetch_url(source.url))
    return kept


def forget_fetched(adapter: Adapter, spool: Path) -> None:
    """Remove what was fetched for an adapter, once it is loaded."""
    for kept in spool.glob(f"{adapter.name}.*{SPOOL}"):
        kept.unlink()


def _spool(kept: Path, lines: Iterator[bytes]) -> None:
    part, asked_ns = kept.with_suffix(".part"), clock.now_ms() * 1_000_000
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.writelines(line + b"\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())
    # The rows are as of when they were asked for, however long the answer took.
    os.utime(part, ns=(asked_ns, asked_ns))
    part.replace(kept)


def _opened(adapter: Adapter, file: BinaryIO) -> Opened:
    hashed = hashlib.sha256(msgspec.json.encode(adapter, order="deterministic"))
    while block := file.read(1 << 20):
        hashed.update(block)
    standing = os.fstat(file.fileno())

    def check() -> None:
        now = os.fstat(file.fileno())
        if (now.st_size, now.st_mtime_ns) != (standing.st_size, standing.st_mtime_ns):
            raise Conflict("source-changed", field="source")

    def place() -> int:
        return os.lseek(file.fileno(), 0, os.SEEK_CUR)

    size, at_ms = standing.st_size, standing.st_mtime_ns // 1_000_000
    if isinstance(adapter.source, Parquet):
        parquet = ParquetRows(file, size, adapter.columns)
        return Opened(hashed.digest(), size, at_ms, parquet.rows, parquet.place, check)
    return Opened(hashed.digest(), size, at_ms, lambda: _text_rows(adapter, file), place, check)


def _text_rows(adapter: Adapter, file: BinaryIO) -> Rows:
    file.seek(0)
    return _csv(adapter, adapter.source, file) if isinstance(adapter.source, Csv) else _lines(file)


def _csv(adapter: Adapter, source: Csv, file: BinaryIO) -> Rows:
    # Bytes that are no text become lone surrogates, so that they spoil their own row and no other.
    encoding = "utf-8-sig" if source.encoding == "utf-8" else source.encoding
    text = io.TextIOWrapper(_Kept(file), encoding=encoding, errors="surrogateescape", newline="")
    reader = csv.reader(text, delimiter=source.delimiter, strict=True)
    try:
        names = next(reader, [])
        check_columns(adapter.columns, names)
        for number, values in enumerate(reader, 2):
            yield number, dict(zip(names, values, strict=True)) if len(values) == len(names) else BadRow(number, "", "row-width")
    except csv.Error as error:
        raise Malformed("source-unreadable", f"line {reader.line_num}", "source") from error


class _Kept(io.BufferedReader):
    """The text layer's own handle on the file: closing that layer leaves the file open."""

    def __init__(self, file: BinaryIO) -> None:
        raw = io.FileIO(os.dup(file.fileno()), "rb")
        # The two handles share one place in the file, and the other's buffer may have kept it from going back to the start.
        raw.seek(0)
        super().__init__(raw, 1 << 18)


def _lines(file: BinaryIO) -> Rows:
    decoder = msgspec.json.Decoder(dict[str, object])
    for number, line in enumerate(file, 1):
        try:
            row = decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            yield number, BadRow(number, "", "row-unreadable")
            continue
        yield number, row
