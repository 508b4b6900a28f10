"""The form of an item's document: JSON Schema 2020-12, one file for each item and version, checked by jsonschema-rs.

A document names its version in `v` ("jumin.v1") and is checked by that version's schema, so what was written earlier stays readable.
"""

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import msgspec

from enishi.errors import Malformed, Unknown
from enishi.items.catalog import Item, find

if TYPE_CHECKING:
    import jsonschema_rs

MAX_BYTES: Final = 256 * 1024
"""Largest document that is looked at; a document of the demo's items has a few hundred bytes."""


class _Naming(msgspec.Struct):
    v: Any = None


_naming: Final = msgspec.json.Decoder(_Naming)


def schema(item_id: str, version: int = 0) -> dict[str, Any]:
    """The JSON Schema of an item's version (0: the present one), a fresh copy; Unknown("item-unknown"), also for a version there is not."""
    return dict(msgspec.json.decode(_schema_bytes(item_id, version or find(item_id).version), type=dict[str, Any]))


def version_of(item_id: str, document: bytes) -> int:
    """Which version of the item a document says it is; Malformed("item-invalid") where it names none that there is. The rest is not looked at."""
    if len(document) > MAX_BYTES:
        raise _invalid(item_id, "", "larger than 256 KiB")
    try:
        # The rest is read, but nothing is made of it.
        return _version(find(item_id), _naming.decode(document).v)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise _invalid(item_id, "", "not a JSON object") from None


def validate(item_id: str, document: bytes) -> None:
    """Check a document of at most MAX_BYTES against its item's schema; Malformed("item-invalid"), Unknown("item-unknown")."""
    read(item_id, document)


def read(item_id: str, document: bytes) -> dict[str, Any]:
    """A checked document as a dictionary; Malformed("item-invalid") says where it departs from the schema, never what stands there."""
    item = find(item_id)
    value = _decode(document, item_id)
    # One error is enough to refuse, and its path holds only names of the schema and indexes, so no content leaves with it.
    for error in _validator(item.id, _version(item, value.get("v"))).iter_errors(value):
        raise _invalid(item_id, "/".join(str(step) for step in error.instance_path))
    return value


def _version(item: Item, named: object) -> int:
    for version in range(1, item.version + 1):
        if named == f"{item.id}.v{version}":
            return version
    raise _invalid(item.id, "v")


def _decode(document: bytes, item_id: str) -> dict[str, Any]:
    if len(document) > MAX_BYTES:
        raise _invalid(item_id, "", "larger than 256 KiB")
    try:
        return msgspec.json.decode(document, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise _invalid(item_id, "", "not a JSON object") from None


def _invalid(item_id: str, path: str, why: str = "not as its schema says") -> Malformed:
    return Malformed("item-invalid", f"{item_id} at /{path}: {why}", "document")


def _schema_bytes(item_id: str, version: int) -> bytes:
    item = find(item_id)
    if not 1 <= version <= item.version:
        raise Unknown("item-unknown", f"{item.id} has no version {version}", "item")
    return (files("enishi.items") / "schemas" / f"{item.id}.v{version}.json").read_bytes()


@cache
def _validator(item_id: str, version: int) -> "jsonschema_rs.Draft202012Validator":
    # Imported at the first document, because most processes never check one and start faster without.
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(schema(item_id, version), validate_formats=True)
