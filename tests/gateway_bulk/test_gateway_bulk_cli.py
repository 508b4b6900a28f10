"""`enishi gateway ask` as a person at a terminal uses it: a file in, a result file out, over a real socket."""

import asyncio
import os
import sys
from pathlib import Path

import msgspec
import pytest

from enishi.mesh.server import Listener
from gateway.world_gateway import Operators
from gateway_bulk.files_bulk import comma, fixed
from gateway_bulk.world_bulk import AT_A, api, line, lines


async def enishi(*arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "enishi.cli.main", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


@pytest.mark.asyncio
async def test_a_file_in_and_a_result_file_out(tmp_path: Path, operators: Operators) -> None:
    work = tmp_path / "desk"
    work.mkdir()
    (work / "credential").write_text(AT_A + "\n")
    (work / "in.csv").write_bytes("見出し\r\n".encode("cp932") + comma() + b"\r\n" + comma(item="TM99") + b"\r\n")
    (work / "in.txt").write_bytes(fixed() + b"\n")
    (work / "in.ndjson").write_bytes(line())
    async with api(tmp_path, operators) as system:
        app = system.gateway.face()
        assert app is not None
        listener = Listener(app, "127.0.0.1", 0)
        await listener.open()
        door = ["--url", f"http://127.0.0.1:{listener.port}", "--credential", str(work / "credential")]
        out = ["--out", str(work / "out"), "--documents", str(work / "documents")]
        code, said, err = await enishi("gateway", "ask", str(work / "in.csv"), "--header", "--charset", "cp932", "--key", "k", *out, *door)
        number = err.strip().rpartition(" ")[2]
        assert (code, said) == (3, f"{number}: 2 rows; ended 1, failed 1\n")
        rows = (work / "out").read_bytes().decode("cp932").splitlines()
        assert [row.split(",")[18:22] for row in rows] == [["2", "ended", "provided", ""], ["3", "failed", "code-unknown", "item"]]
        found = [msgspec.json.decode(one) for one in (work / "documents").read_bytes().splitlines()]
        assert found[0]["item"]["documents"]["jumin"]
        assert {path.stat().st_mode & 0o777 for path in (work / "out", work / "documents")} == {0o600}
        again = await enishi("gateway", "ask", str(work / "in.csv"), "--header", "--charset", "cp932", "--key", "k", *out, *door)
        assert again[2].strip().rpartition(" ")[2] == number
        os.unlink(work / "out")
        fetched = await enishi("gateway", "ask", "--number", number, *out, *door)
        assert (fetched[0], (work / "out").read_bytes().decode("cp932").splitlines()) == (3, rows)
        for name in ("in.txt", "in.ndjson"):
            assert (await enishi("gateway", "ask", str(work / name), *out, *door))[0] == 0
        for wrong in (["gateway", "ask"], ["gateway", "ask", "in.pdf"], ["gateway", "ask", "missing.csv"], ["gateway", "ask", "--number", "none"]):
            code, _, err = await enishi(*wrong, *out, *door)
            assert code != 0
            assert "Traceback" not in err
        assert await system.query("SELECT COUNT(*) FROM bulk") == [(3,)]
        await listener.close()


@pytest.mark.asyncio
async def test_a_long_message_arrives_over_a_socket_and_streams_back(tmp_path: Path, operators: Operators) -> None:
    async with api(tmp_path, operators) as system:
        app = system.gateway.face()
        assert app is not None
        listener = Listener(app, "127.0.0.1", 0)
        await listener.open()
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        body = lines(450)
        head = f"POST /v1/bulk HTTP/1.1\r\nhost: gateway.localhost\r\nauthorization: Bearer {AT_A}\r\ncontent-type: application/x-ndjson\r\n"
        # A caller that breaks off leaves nothing.
        writer.write(head.encode() + f"content-length: {len(body)}\r\n\r\n".encode() + body[:1000])
        await writer.drain()
        writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(head.encode() + f"content-length: {len(body)}\r\n\r\n".encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 202")
        ((number,),) = await system.query("SELECT number FROM bulk")
        await system.until(number.hex(), "ended")
        writer.write(f"GET /v1/bulk/{number.hex()}/results HTTP/1.0\r\nhost: gateway.localhost\r\nauthorization: Bearer {AT_A}\r\n\r\n".encode())
        streamed = await reader.read()
        assert streamed.count(b'"outcome":"provided"') == 450
        writer.close()
        await listener.close()
