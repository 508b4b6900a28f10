"""The rows of a Parquet file, a few thousand at a time and of no more columns than are read."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from enishi.errors import Malformed, Misconfigured
from enishi.roles.gateway.load.tables import check_columns
from enishi.roles.gateway.load.values import NO_TEXT, row_of

if TYPE_CHECKING:
    from pyarrow import Array
    from pyarrow.parquet import ParquetFile

READ: Final = 2_000
"""Rows that are made of the file at a time."""


class ParquetRows:
    """The rows of one file that stays open; how far they were read is counted in rows."""

    def __init__(self, file: BinaryIO, size: int, columns: frozenset[str]) -> None:
        """Read these columns of a file of `size` bytes."""
        self._file = file
        self._size = size
        self._columns = columns
        self._read = 0
        self._whole = 0

    def rows(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Each row with its number, from 1; Malformed("source-unreadable", "adapter-column-missing"), Misconfigured("parquet-missing")."""
        try:
            # Imported here: it is an extra, and only a load of such a file needs it.
            from pyarrow import ArrowException, PythonFile
            from pyarrow.parquet import ParquetFile
        except ModuleNotFoundError:
            raise Misconfigured("parquet-missing", field="source") from None
        try:
            with ParquetFile(PythonFile(self._file, mode="r"), pre_buffer=False) as opened:
                self._whole = opened.metadata.num_rows
                yield from self._numbered(opened)
        except (ArrowException, OSError, ValueError) as error:
            raise Malformed("source-unreadable", type(error).__name__, "source") from error

    def place(self) -> int:
        """About how many bytes are read."""
        return self._size * self._read // self._whole if self._whole else 0

    def _numbered(self, opened: "ParquetFile") -> Iterator[tuple[int, dict[str, Any]]]:
        check_columns(self._columns, opened.schema_arrow.names)
        # A dot in a name would mean a field of a group: then the whole row is read.
        wanted = None if any("." in name for name in self._columns) else sorted(self._columns)
        self._read = 0
        for batch in opened.iter_batches(READ, columns=wanted, use_threads=False):
            for row in zip(*map(_values, batch.columns), strict=True):
                self._read += 1
                yield self._read, row_of(batch.schema.names, row)


def _values(array: "Array") -> list[Any]:
    try:
        found: list[Any] = array.to_pylist()
    except (ValueError, OverflowError, UnicodeDecodeError):
        # One of them is no value of Python's: a time beyond its calendar or finer than it counts, bytes that are no text.
        return [_value(one) for one in array]
    return found


def _value(scalar: Any) -> Any:
    try:
        return scalar.as_py()
    except (ValueError, OverflowError, UnicodeDecodeError):
        return NO_TEXT
