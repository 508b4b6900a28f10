"""`enishi verify --records`: a person's own file is believed for what it proves, and for nothing that was changed in it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from enishi.cli.ownrecords import check_records, known_keys
from enishi.errors import Malformed, Misconfigured
from enishi.tlog.note import KeyType, Verifier
from web.asgi import Browser
from web.portal_world import log_in, portal
from web.smalllog import LOG_KEY, ORIGIN, WITNESS, WITNESS_KEY

KEYS = (Verifier(ORIGIN, LOG_KEY.public).encoded, (Verifier(WITNESS, WITNESS_KEY.public, KeyType.COSIGNATURE).encoded,))
pytestmark = pytest.mark.asyncio
Change = Callable[[dict[str, Any]], object]


async def saved(folder: Path) -> Path:
    browser = Browser(portal()[0])
    await log_in(browser)
    (folder / "records.json").write_bytes((await browser.get("/records/export.json")).body)
    return folder / "records.json"


async def test_a_file_as_it_was_saved_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = await saved(tmp_path)
    assert check_records(file, known_keys(*KEYS, -1), json=True) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is True
    assert said["checks"] == dict.fromkeys(("keys", "signed", "included", "witnessed", "told"), "")
    assert check_records(file, known_keys(*KEYS, -1)) == 0
    assert "このファイルは正しいものです" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "failing", "fault"),
    [
        (lambda file: file["records"][1]["bodies"][0].update(inquirer="nobody"), {"told"}, "records-told-otherwise"),
        (lambda file: file["records"][1].update(positions=[0]), {"told"}, "records-told-otherwise"),
        (lambda file: file["records"][1].update(positions=[999]), {"told"}, "record"),
        (lambda file: file["proof"]["records"][0].update(salt="A" * 43 + "="), {"included"}, ""),
        (lambda file: file["proof"].update(checkpoint=file["proof"]["checkpoint"].replace("\n4", "\n5", 1)), {"signed", "included", "witnessed"}, ""),
        (lambda file: file["proof"].update(threshold=0), {"keys"}, "keys-not-known"),
        (lambda file: file["proof"].update(witness_keys=[]), {"witnessed"}, ""),
    ],
)
async def test_what_was_changed_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Change, failing: set[str], fault: str) -> None:
    file = await saved(tmp_path)
    document = json.loads(file.read_text())
    change(document)
    file.write_text(json.dumps(document))
    assert check_records(file, known_keys(*KEYS, -1), json=True) == 1
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert {name for name, said in checks.items() if said} == failing
    assert any(fault in said for said in checks.values())


async def test_other_keys_than_ones_own_are_not_believed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_records(await saved(tmp_path), known_keys(KEYS[1][0], KEYS[1], -1), json=True) == 1
    assert json.loads(capsys.readouterr().out)["checks"]["keys"].startswith("keys-not-known")


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"format":"other/1","records":[],"proof":{}}', b"[" * 100_000])
async def test_what_is_no_such_file_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(Malformed, match="records-file-malformed"):
        check_records(tmp_path / "file", known_keys(*KEYS, -1))


async def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="records-file-missing"):
        check_records(tmp_path / "none", known_keys(*KEYS, -1))
