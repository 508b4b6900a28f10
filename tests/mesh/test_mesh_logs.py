"""A line of the log is JSON with known fields; nobody's words get in, by whichever way they come."""

import json
import logging
from collections.abc import Iterator

import pytest

from enishi.mesh import logs

SECRET = "山田太郎 123456789018"


@pytest.fixture(autouse=True)
def _quiet_roots() -> Iterator[None]:
    """Take logging over as a role does, and give it back."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    logs.begin("keeper")
    yield
    root.handlers, root.level = handlers, level
    logs._role = "enishi"


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """What was logged."""
    captured = capsys.readouterr()
    assert captured.out == ""
    assert SECRET not in captured.err
    assert "太郎" not in json.dumps([json.loads(line) for line in captured.err.splitlines()], ensure_ascii=False)
    return [json.loads(line) for line in captured.err.splitlines()]


def test_a_line_has_time_level_role_event_and_fields(capsys: pytest.CaptureFixture[str]) -> None:
    logs.info("ready", port=8501)
    (line,) = lines(capsys)
    assert line.pop("at")
    assert line == {"level": "info", "role": "keeper", "event": "ready", "port": 8501}


def test_a_field_that_is_not_known_leaves_only_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    logs.warn("odd", person=SECRET, count=2)
    (line,) = lines(capsys)
    assert (line["dropped"], line["count"]) == (["person"], 2)


def test_a_librarys_message_and_exception_are_reduced_to_kind_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise KeyError(SECRET)
    except KeyError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application %s", SECRET)
    (line,) = lines(capsys)
    assert (line["event"], line["kind"]) == ("library", "KeyError")
    assert str(line["where"]).startswith("test_mesh_logs.py:")
