"""The rows of an institution's own database: one statement, in one transaction that cannot write, streamed as the server hands them out."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from enishi.errors import Malformed, Misconfigured, Unavailable
from enishi.roles.gateway.load.origins import Table
from enishi.roles.gateway.load.secretfile import read_secret
from enishi.roles.gateway.load.values import line_of, row_of

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, CursorResult, Engine

FETCHED: Final = 2_000
"""Rows that are asked of the server at a time; no more of them are ever in memory."""
CONNECT_S: Final = 15
_READING: Final[dict[str, dict[str, Any]]] = {
    # The file itself is opened for reading only, and one statement of SQLite sees one state.
    "sqlite": {},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}


def fetch_table(source: Table, columns: frozenset[str], beside: Path) -> Iterator[bytes]:
    """The rows as lines of JSON, with no more than these columns where a table is named.

    Malformed("source-unreadable") says what the database said of the statement, ("adapter-column-missing"); Unavailable("source-unreachable");
    Misconfigured("source-driver-missing").
    """
    # Imported here: only a load from a database needs it, and it costs a start three tenths of a second.
    from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError

    try:
        with _connected(source, beside) as connection:
            yield from _lines(_asked(connection, source, columns), columns)
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable("source-unreachable", type(error.orig).__name__, "source") from None
        # What the database says of data may quote it; what it says of a statement does not.
        words = type(error.orig).__name__ if isinstance(error, DataError) else str(error.orig).partition("\n")[0]
        raise Malformed("source-unreadable", words[:100], "source") from None
    except SQLAlchemyError as error:
        raise Malformed("source-unreadable", type(error).__name__, "source") from None


@contextmanager
def _connected(source: Table, beside: Path) -> "Iterator[Connection]":
    from sqlalchemy.exc import DBAPIError

    engine = _engine(source, beside)
    try:
        options = _READING[engine.dialect.name] | {"stream_results": True, "yield_per": FETCHED, "no_parameters": True}
        try:
            connection = engine.connect()
        except DBAPIError as error:
            raise Unavailable("source-unreachable", type(error.orig).__name__, "source") from None
        with connection:
            yield connection.execution_options(**options)
    finally:
        engine.dispose()


def _engine(source: Table, beside: Path) -> "Engine":
    from sqlalchemy import NullPool, create_engine, make_url
    from sqlalchemy.exc import SQLAlchemyError

    try:
        url = make_url(source.url)
        if url.get_backend_name() == "sqlite":
            return create_engine(_file(url, beside), poolclass=NullPool, connect_args={"factory": _text_kept()})
        secret = read_secret(beside / source.password_file) if source.password_file else None
        return create_engine(url.set(password=secret), poolclass=NullPool, connect_args=_patience(url), hide_parameters=True)
    except ModuleNotFoundError as error:
        raise Misconfigured("source-driver-missing", str(error.name), "source") from None
    except (SQLAlchemyError, ValueError) as error:
        raise Malformed("source-unreadable", type(error).__name__, "source") from None


def _file(url: "URL", beside: Path) -> "URL":
    path = (beside / str(url.database)).resolve()
    if not path.is_file():
        raise Malformed("source-unreadable", f"{path.name}: no such file", "source")
    return url.set(database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"})


def _text_kept() -> Any:
    import sqlite3

    class Kept(sqlite3.Connection):
        """A connection in which bytes that are no text spoil their own row and no other."""

        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self.text_factory = lambda raw: raw.decode(errors="surrogateescape")

    return Kept


def _patience(url: "URL") -> dict[str, Any]:
    # The drivers that are made of libpq know this word; another may wait as long as it likes.
    return {"connect_timeout": CONNECT_S} if url.get_driver_name() in ("psycopg", "psycopg2") else {}


def _asked(connection: "Connection", source: Table, columns: frozenset[str]) -> "CursorResult[Any]":
    from sqlalchemy import column, select, table

    if source.query is not None:
        # To the driver as it stands: a colon or a percent sign in it is no parameter.
        return connection.exec_driver_sql(source.query)
    schema, _, name = str(source.table).rpartition(".")
    return connection.execute(select(*map(column, sorted(columns))).select_from(table(name, schema=schema or None)))


def _lines(result: "CursorResult[Any]", columns: frozenset[str]) -> Iterator[bytes]:
    names = list(result.keys())
    check_columns(columns, names)
    for row in result:
        yield line_of(row_of(names, row))


def check_columns(columns: frozenset[str], names: list[str]) -> None:
    """Malformed("source-unreadable", "adapter-column-missing") unless each column stands once among the names of a source."""
    if len(set(names)) != len(names):
        raise Malformed("source-unreadable", "two columns of one name", "source")
    for name in sorted(columns - set(names)):
        raise Malformed("adapter-column-missing", name, "source")
