"""A process that dies at a named point, in place: no line after the point runs."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


class Killed(Exception):
    """Stands for the end of the process."""


@contextmanager
def dying_at(patch: pytest.MonkeyPatch, name: str) -> Iterator[None]:
    def point(passed: str) -> None:
        if passed == name:
            raise Killed

    with patch.context() as place:
        place.setattr("enishi.store.crash.point", point)
        with pytest.raises(Killed):
            yield
