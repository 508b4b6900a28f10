"""Where an adapter's rows come from, as it is declared: a file beside the adapter, a database, or an endpoint."""

import re
from typing import Annotated, Final, Literal

import msgspec

Column = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Beside = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
"""A file that lies beside the adapter, or is named by its whole path."""


class Csv(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="csv"):
    """A file of comma (or other) separated values with one line of column names."""

    file: str
    encoding: Literal["utf-8", "cp932"] = "utf-8"
    delimiter: Annotated[str, msgspec.Meta(min_length=1, max_length=1)] = ","


class Lines(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="jsonl"):
    """A file with one flat JSON object on each line."""

    file: str


class Parquet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="parquet"):
    """A Parquet file; only the columns that the adapter names are read."""

    file: str


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="database"):
    """A database by SQLAlchemy URL, read in one transaction that cannot write: the adapter's columns of one table or view, or one SELECT.

    SQLite and PostgreSQL, of which it is known how to read so. A password stands in a file of its own, never in the URL.
    """

    url: Annotated[str, msgspec.Meta(pattern=r"^(sqlite:///|postgresql(\+[a-z0-9]+)?://).+$")]
    table: Annotated[str, msgspec.Meta(pattern=r"^[^.]{1,100}(\.[^.]{1,100})?$")] | None = None
    """Its name, with `SCHEMA.` before it where it has one."""
    query: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    password_file: Beside | None = None


class Endpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="http"):
    """An HTTP endpoint that answers GET with one flat JSON object on each line."""

    url: Annotated[str, msgspec.Meta(pattern="^https?://.+$")]


class Live(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="live"):
    """An HTTP endpoint that is asked while an inquiry is answered: GET gives one flat JSON object about the person, or null for none.

    Files lie beside the adapter. Plain http is for loopback alone.
    """

    url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^/{}@?#]+/[^#]*$", max_length=500)]
    """With `{person}` for the addressee number and, for items by fiscal year, `{period}`."""
    timeout_s: Annotated[float, msgspec.Meta(gt=0, le=10)] = 3.0
    ca_file: Beside | None = None
    """Whose certificates are believed; the system's authorities without it."""
    cert_file: Beside | None = None
    key_file: Beside | None = None
    bearer_file: Beside | None = None


Origin = Csv | Lines | Parquet | Table | Endpoint | Live
_LOOPBACK: Final = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?/")
_PLACES: Final = re.compile(r"\{[^{}]*\}|[{}]")


def fault_of(origin: Origin) -> str:
    """What is wrong with it beyond its types, in a few words; "" where nothing is."""
    if isinstance(origin, Live):
        return _fault_of_live(origin)
    if not isinstance(origin, Table):
        return ""
    if (origin.table is None) == (origin.query is None):
        return "a database has either table or query"
    authority = origin.url.partition("://")[2].partition("/")[0]
    return "a password stands in password_file, not in the url" if ":" in authority.rpartition("@")[0] else ""


def _fault_of_live(origin: Live) -> str:
    if set(_PLACES.findall(origin.url)) - {"{person}", "{period}"} or "{person}" not in origin.url:
        return "the url has {person}, may have {period}, and nothing else in braces"
    if origin.url.startswith("http://") and not _LOOPBACK.match(origin.url):
        return "plain http is for loopback alone"
    return "" if (origin.cert_file is None) == (origin.key_file is None) else "cert_file and key_file go together"
