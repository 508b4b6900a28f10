"""The list as a file: what the reader chose, in words, with the proof, and nothing that a table program would run."""

import csv
import io
import json
import re
import zlib
from base64 import a85decode

import msgspec
import pytest

from enishi.client.portal import Proof
from enishi.client.proving import check_included, check_signed
from web.asgi import Browser
from web.portal_world import log_in, portal
from web.smalllog import T0, SmallLog, inquiry, story

pytestmark = pytest.mark.asyncio


async def reader(log: SmallLog | None = None) -> Browser:
    app, _ = portal(log)
    browser = Browser(app)
    await log_in(browser)
    return browser


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


async def test_a_table_has_a_line_for_each_card() -> None:
    browser = await reader()
    answer = await browser.get("/records/export.csv")
    assert answer.status == 200
    assert answer.header("content-type") == "text/csv; charset=utf-8"
    assert answer.header("content-disposition") == 'attachment; filename="enishi-records-2025-04-04.csv"'
    assert answer.header("cache-control") == "no-store"
    assert answer.text.startswith("\ufeff番号,日時,結果")
    page = await browser.get("/records")
    lines = rows(answer.text)
    assert len(lines) - 1 == page.text.count('<li class="card ')
    assert lines[1][0] == str(len(lines) - 1)
    assert lines[-1][1] == "2024-09-28T14:02:00+09:00"
    assert any("苫小牧市" in line[7] for line in lines)


async def test_the_filter_chooses_what_is_saved() -> None:
    browser = await reader()
    everything, refused = rows((await browser.get("/records/export.csv")).text), rows((await browser.get("/records/export.csv?result=refusal")).text)
    assert 1 < len(refused) < len(everything)
    first_day = rows((await browser.get("/records/export.csv?until=2025-04-01")).text)
    assert max(line[1][:10] for line in first_day[1:]) == "2025-04-01"
    assert {line[1][:10] for line in rows((await browser.get("/records/export.csv?since=2025-04-02")).text)[1:]}.isdisjoint(
        {line[1][:10] for line in first_day[1:]}
    )
    page = await browser.get("/records?until=2025-04-01")
    assert 'value="2025-04-01"' in page.text
    assert "/records/export.csv?until=2025-04-01" in page.text
    assert page.text.count('<li class="card ') == len(first_day) - 1


@pytest.mark.parametrize("day", ["2025-13-01", "yesterday", "20250401", "2025-04-01T00", "9" * 300])
async def test_a_day_that_is_none_chooses_nothing(day: str) -> None:
    browser = await reader()
    assert len(rows((await browser.get(f"/records/export.csv?since={day}")).text)) == len(rows((await browser.get("/records/export.csv")).text))


async def test_the_proof_goes_with_it_and_holds_without_the_portal() -> None:
    browser = await reader()
    saved = json.loads((await browser.get("/records/export.json?result=refusal")).text)
    assert (saved["format"], saved["chosen"], len(saved["records"])) == ("enishi-records/1", len(saved["records"]), saved["chosen"])
    assert {body["kind"] for record in saved["records"] for body in record["bodies"]} == {"refusal"}
    proof = msgspec.json.decode(json.dumps(saved["proof"]), type=Proof)
    assert check_included(proof, check_signed(proof)) > saved["chosen"]


async def test_no_cell_is_a_formula() -> None:
    odd = msgspec.structs.replace(inquiry(77, "moj", ("戸籍関係情報",), T0), inquirer='=HYPERLINK("http://evil.example")')
    browser = await reader(SmallLog([*story(), odd]))
    cells = [cell for line in rows((await browser.get("/records/export.csv")).text) for cell in line]
    assert '\'=HYPERLINK("http://evil.example")' in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


async def test_who_has_not_logged_in_gets_no_file_and_no_other_kind_is_made() -> None:
    app, _ = portal()
    assert (await Browser(app).get("/records/export.csv")).status == 401
    assert (await (await reader()).get("/records/export.exe")).status == 404


async def test_the_words_are_the_readers() -> None:
    browser = await reader()
    await browser.get("/language/en?next=/")
    text = (await browser.get("/records/export.csv")).text
    assert text.startswith("\ufeffNumber,Time,Result,Who asked")


def words_in(pdf: bytes) -> str:
    """What the content streams write: strings of UTF-16 (the encoding UniJIS-UCS2-H) in parentheses, deflated."""
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        shown = zlib.decompress(a85decode(stream.strip().removesuffix(b"~>")))
        for text in re.findall(rb"\(((?:[^\\()]|\\.)*)\) Tj", shown, re.DOTALL):
            raw = re.sub(rb"\\([0-7]{3}|.)", lambda one: bytes([int(one[1], 8)]) if len(one[1]) == 3 else one[1], text, flags=re.DOTALL)
            found.append(raw.decode("utf-16-be"))
    return "".join(found)


async def test_paper_says_the_same_and_can_be_copied() -> None:
    browser = await reader()
    answer = await browser.get("/records/export.pdf")
    assert (answer.status, answer.header("content-type"), answer.body[:5]) == (200, "application/pdf", b"%PDF-")
    text = words_in(answer.body)
    assert "あなたの情報に、だれが、なぜアクセスしたか" in text
    for line in rows((await browser.get("/records/export.csv")).text)[1:]:
        assert line[7] in text


async def test_words_of_others_are_no_markup_on_paper() -> None:
    odd = msgspec.structs.replace(inquiry(77, "moj", ("戸籍関係情報",), T0), inquirer='<font size="90">&')
    assert '<font size="90">&' in words_in((await (await reader(SmallLog([*story(), odd]))).get("/records/export.pdf")).body)
