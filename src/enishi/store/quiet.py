"""A background errand looks through a database again only after something was committed to it."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import TypeVar

from enishi.store.database import Database

T = TypeVar("T")


class Quiet:
    """Remembers in which version of each database an errand found nothing to do."""

    def __init__(self) -> None:
        """Nothing has been looked at."""
        self._empty: dict[Database, int] = {}

    async def look(self, database: Database, find: Callable[[sqlite3.Connection], Sequence[T]]) -> Sequence[T]:
        """What there is to do; nothing without looking where nothing was found and nothing has been committed since.

        For works that depend on what is committed alone: one that asks what the time is must not be skipped.
        """
        # Taken before the look: what is committed between the two is found by this look or by the next.
        version = database.version()
        if self._empty.get(database) == version:
            return ()
        found = await database.read(find)
        if found:
            self._empty.pop(database, None)
        else:
            self._empty[database] = version
        return found
