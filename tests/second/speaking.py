"""The second implementation as a process: one JSON message a line in, one a line out."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


class Second:
    """A node process; bytes travel as hex."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, deed: str, **given: Any) -> Any:
        """What the deed gives; AssertionError with its words where it refuses or fails."""
        answer = self.attempt(deed, **given)
        assert "value" in answer, f"{deed}: {answer}"
        return answer["value"]

    def refuses(self, deed: str, **given: Any) -> str:
        """Why the deed is refused; AssertionError where it is not."""
        answer = self.attempt(deed, **given)
        assert "refused" in answer, f"{deed}: {answer}"
        return str(answer["refused"])

    def attempt(self, deed: str, **given: Any) -> dict[str, Any]:
        """The whole answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": deed, **_hexed(given)}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the second implementation has ended"
        answer: dict[str, Any] = json.loads(line)
        return answer


def _hexed(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: _hexed(one) for name, one in value.items()}
    return [_hexed(one) for one in value] if isinstance(value, (list, tuple)) else value


@contextmanager
def second() -> Iterator[Second]:
    """Start it, and end it when the tests of a file are over."""
    command = ["node", "--no-warnings", str(HERE / "run.mjs")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        yield Second(process)
        assert process.stdin is not None
        process.stdin.close()
