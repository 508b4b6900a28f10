"""SQL for a migration that moves the rows of a large table into another shape."""

from typing import Final

PIECES: Final = 256


def moved(old: str, new: str, columns: str, by: str) -> str:
    """Statements that copy these columns of every row and delete it where it was, by the first byte of the random id `by`.

    A statement that deletes keeps what it deletes in memory until it ends (SQLite's statement journal, temp_store=MEMORY), `DROP TABLE` the whole
    table; and what a piece frees, the next one fills.
    """
    return "\n".join(_piece(old, new, columns, _of(by, n)) for n in range(PIECES))


def _of(by: str, n: int) -> str:
    bounds = (f"{by} >= x'{n:02x}'" if n else "", f"{by} < x'{n + 1:02x}'" if n < PIECES - 1 else "")
    return " AND ".join(filter(None, bounds))


def _piece(old: str, new: str, columns: str, these: str) -> str:
    return f"INSERT INTO {new} ({columns}) SELECT {columns} FROM {old} WHERE {these}; DELETE FROM {old} WHERE {these};"
