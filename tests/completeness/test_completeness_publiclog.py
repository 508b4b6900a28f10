"""`enishi reconcile --log`: the commission has what the parties handed in and the public log, and nothing of the keeper's own folder."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from attacks.copies_attack import copy_data
from attacks.network_attack import Network
from completeness.test_completeness_keeper import Forgetful, filed_under, tag_of
from completeness.watching import OTHER, READER, ask_about, published, received_ms
from enishi import clock
from enishi.cli.reconcile import Report, Wanted, reconcile, run_reconcile
from enishi.errors import Tampered
from enishi.mesh.asgi import App
from enishi.mesh.server import Listener
from enishi.roles.oversight.reconciling import WAIT_MS

pytestmark = pytest.mark.xdist_group("completeness")
PROGRAM = "from enishi.cli.main import app; app()"


@contextmanager
def face(network: Network, shown: App | None = None) -> Iterator[str]:
    """The address of the keeper's public face, or of another that stands in its place."""
    listener = Listener(shown or network.roles["keeper"].face(), "127.0.0.1", 0)
    network.run(listener.open())
    yield f"http://127.0.0.1:{listener.port}"
    network.run(listener.close())


def handed(network: Network, folder: Path) -> tuple[Path, Path]:
    """The commission's folder without the keeper's, and what everybody handed in."""
    data = copy_data(network, folder / "data")
    assert run_reconcile(Wanted(data), write=folder / "files") == 0
    shutil.rmtree(data / "keeper")
    return data, folder / "files"


def over(network: Network, folder: Path, later_ms: int = WAIT_MS + 1, since_ms: int | None = None) -> Report:
    data, files = handed(network, folder)
    with face(network) as url:
        wanted, now_ms = Wanted(data, files, url), (clock.now_ms() if since_ms is None else since_ms) + later_ms
        return network.run(asyncio.to_thread(reconcile, wanted, None, now_ms))


def found(report: Report) -> set[tuple[str, str]]:
    return {(one.slug, one.item_id) for one in report.differences}


def test_a_clean_run_over_the_public_log(network: Network, tmp_path: Path) -> None:
    ask_about(network, READER)
    size = published(network).size
    report = over(network, tmp_path)
    assert (report.ok, report.absent) == (True, ())
    assert report.leaves >= size
    assert report.items > 0


def test_the_command_reads_the_address(network: Network, tmp_path: Path) -> None:
    ask_about(network, READER)
    published(network)
    data, files = handed(network, tmp_path)
    with face(network) as url:
        words = ["reconcile", "--data", str(data), "--records", str(files), "--log", url, "--json"]
        ended = network.run(asyncio.to_thread(subprocess.run, [sys.executable, "-c", PROGRAM, *words], capture_output=True, check=False))
    assert (ended.returncode, msgspec.json.decode(ended.stdout)["ok"]) == (0, True)


def test_a_misfiled_record_passes_the_items_and_not_the_persons(network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the keeper files under another person is a leaf with a receipt like any other: the commission's comparison of items cannot see it, and
    that is why persons have the institution's list and the commission its canary persons."""
    tag = tag_of(network, ask_about(network, OTHER))
    with monkeypatch.context() as keeper:
        filed_under(keeper, tag)
        item_id = ask_about(network, READER)
    published(network)
    assert tag_of(network, item_id) == tag
    assert found(over(network, tmp_path)) == set()


def test_a_dropped_record_is_missed_in_the_public_log(spoiled: Network, tmp_path: Path) -> None:
    real = spoiled.keeper.database
    spoiled.keeper.database = Forgetful(real)
    item_id = ask_about(spoiled, READER)
    spoiled.keeper.database = real
    published(spoiled)
    assert ("reconcile-missing-keeper", item_id.hex()) not in found(over(spoiled, tmp_path / "early", 0, received_ms(spoiled, item_id)))
    late = found(over(spoiled, tmp_path / "late"))
    assert late >= {("reconcile-missing-keeper", item_id.hex()), ("reconcile-receipt-not-logged", item_id.hex())}


def changed(app: App, change: Callable[[str, bytes], bytes]) -> App:
    """A face whose files are changed on their way; none is packed."""

    async def around(scope: Any, receive: Any, send: Any) -> None:
        async def pass_on(message: Any) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": change(scope["path"], message.get("body", b""))}
            await send(message)

        await app({**scope, "headers": [one for one in scope["headers"] if one[0].lower() != b"accept-encoding"]}, receive, pass_on)

    return around


def flipped(path: str, body: bytes) -> bytes:
    """One bit of the first leaf's commitment."""
    return body[:60] + bytes([body[60] ^ 1]) + body[61:] if path.startswith("/tile/entries/000") else body


def test_a_public_log_that_is_not_the_signed_one(network: Network, tmp_path: Path) -> None:
    published(network)
    data, files = handed(network, tmp_path)
    with face(network, changed(network.roles["keeper"].face(), flipped)) as url, pytest.raises(Tampered, match="log-leaves-differ"):
        network.run(asyncio.to_thread(reconcile, Wanted(data, files, url)))
    with face(network, changed(network.roles["keeper"].face(), lambda path, body: body)) as url:
        assert network.run(asyncio.to_thread(reconcile, Wanted(data, files, url))).ok
