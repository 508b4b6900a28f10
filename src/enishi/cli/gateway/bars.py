"""Progress of long work on standard error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Told = Callable[[int, int], None]
"""Takes how much is done, and of how much."""


@contextmanager
def bar(word: str) -> Iterator[Told]:
    """A progress bar behind the word where somebody looks, silence where nobody does."""
    if not sys.stderr.isatty():
        yield lambda done, whole: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task(word, total=None)
        yield lambda done, whole: progress.update(task, completed=done, total=whole)
