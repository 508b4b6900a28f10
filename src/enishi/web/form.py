"""Reading what a plain HTML form posts, with a limit and without surprises."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from enishi.errors import Malformed, Oversized

LIMIT: Final = 64 * 1024
"""The most bytes a form may have."""
_FIELDS: Final = 100


class Form:
    """The fields of a form; a field that is absent reads as empty."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        """Take the fields as they are."""
        self._fields = fields

    def get(self, name: str) -> str:
        """The field's text, or an empty one."""
        return self._fields.get(name, "")


async def read_form(request: Request) -> Form:
    """Read a posted form; Malformed("form-unreadable") if it is none, Oversized("form-too-large")."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Malformed("form-unreadable", kind[:80], "content-type")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIMIT:
            raise Oversized("form-too-large", f"more than {LIMIT} bytes")
    return parse_form(bytes(body))


def parse_form(body: bytes) -> Form:
    """Parse `application/x-www-form-urlencoded`; Malformed("form-unreadable") for other bytes or a field given twice."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_FIELDS, errors="strict")
    except ValueError:
        raise Malformed("form-unreadable") from None
    if len({name for name, _ in pairs}) != len(pairs):
        raise Malformed("form-unreadable", "a field is given twice")
    return Form(dict(pairs))
