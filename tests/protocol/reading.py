"""How a reader is named in the table, and the doors through which bytes come to it: a file, a mesh door, a text."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from enishi.mesh import rpc

JSON, PACK = msgspec.json.encode, msgspec.msgpack.encode


class Reader(NamedTuple):
    """A reader by its name in the source, the bytes of a valid message, how they are read, and (where there is one way) written again."""

    name: str
    valid: Callable[[], bytes]
    read: Callable[[bytes], object]
    write: Callable[[Any], bytes] | None = None


def text(content: bytes) -> str:
    """The text of a file's or address's bytes, as Python hands them on: what is no UTF-8 becomes a surrogate."""
    return content.decode("utf-8", "surrogateescape")


def at_the_door(form: type, read: Callable[[Any], object]) -> Callable[[bytes], object]:
    """A reader behind a mesh door, which takes only what is in its form."""
    decoder = msgspec.msgpack.Decoder(form)
    return lambda content: read(rpc._decode(decoder, content))


def file(read: Callable[[Path], object], name: str) -> Callable[[bytes], object]:
    """A reader of a file."""

    def reading(content: bytes) -> object:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(content)
            return read(path)

    return reading


def cut(content: bytes, width: int = 32) -> list[bytes]:
    return [content[at : at + width] for at in range(0, max(1, len(content)), width)]


def three(content: bytes) -> tuple[bytes, bytes, bytes]:
    r, b, u, *_ = [*cut(content), b"", b"", b""]
    return r, b, u
