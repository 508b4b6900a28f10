"""The file of 18 fields: read in both layouts, refused row by row, never guessed; a hundred malformed files harm no good row."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from enishi.errors import Fault, Malformed
from enishi.roles.gateway.bulk.codes import Codes, codes_for, read_codes
from enishi.roles.gateway.bulk.fields import FIELDS, RESULT_FIELDS, WIDTH
from enishi.roles.gateway.bulk.intake import Taken, take
from enishi.roles.gateway.bulk.lines import LINE_LIMIT, Lines
from enishi.roles.gateway.question import read_question
from gateway.world_gateway import KNOWN, UNKNOWN_AT_B, A, Operators
from gateway_bulk.files_bulk import BAD_FIELDS, CSV, TAX, TEXT, comma, fixed, spoilt_files
from gateway_bulk.world_bulk import NDJSON, api, line, lines, outcomes


def shipped() -> Codes:
    return codes_for(Path("nowhere"))


async def taken(body: bytes, media: str, piece: int = 1000) -> Taken:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), piece):
            yield body[start : start + piece]

    return await take(media, pieces(), A, shipped)


def test_the_layout_is_that_of_the_municipalities() -> None:
    assert (len(FIELDS), WIDTH) == (18, 220)
    assert shipped().origin.keys() == {"ja", "en"}
    assert "合成" in shipped().origin["ja"]


@pytest.mark.asyncio
@pytest.mark.parametrize("piece", [1, 7, 220, 100_000])
async def test_both_layouts_say_the_same(piece: int) -> None:
    by_comma = await taken(b"\r\n".join([comma(), comma(**TAX)]) + b"\r\n", "text/csv; charset=utf-8", piece)
    by_width = await taken(b"\n".join([fixed(), fixed(**TAX)]), "text/plain; charset=cp932", piece)
    assert [row.fault for row in by_comma.rows] == [None, None]
    assert [row.question for row in by_comma.rows] == [row.question for row in by_width.rows]
    first, second = (read_question(row.question) for row in by_comma.rows)
    assert (first.items, first.purpose_item, first.people[0].relation, first.people[0].person) == (("住民票関係情報",), "3", "applicant", KNOWN)
    assert second.people[0].period == "2024"


@pytest.mark.asyncio
async def test_the_charset_is_told_or_ascii() -> None:
    word = {"department": "福祉課"}
    line = ",".join([*comma().decode().split(",")[:4], "福祉課", *comma().decode().split(",")[5:]])
    told = {
        "text/csv; charset=utf-8": line.encode(),
        "text/csv; charset=Windows-31J": line.encode("cp932"),
        "text/csv": b"\xef\xbb\xbf" + line.encode(),
        "text/plain; charset=shift_jis": fixed("cp932", **word),
    }
    for media, body in told.items():
        (row,) = (await taken(body, media)).rows
        assert (row.fault, row.fields[4]) == (None, "福祉課"), media
    untold = {"text/csv": line.encode(), "text/csv; charset=utf-8": line.encode("cp932"), "text/csv; charset=cp932": b"\x81\xad" + line.encode()}
    for media, body in untold.items():
        (row,) = (await taken(body, media)).rows
        assert row.fault is not None
        assert row.fault.code == "row-no-text"
    for media, body in {"text/csv; charset=utf-16": b"x", "text/csv; charset=cp932": b"\xef\xbb\xbfx", "text/csv": b"\xff\xfex\0"}.items():
        with pytest.raises(Malformed, match="charset-unknown"):
            await taken(body, media)


@pytest.mark.asyncio
async def test_a_header_is_passed_over_where_it_is_told() -> None:
    head = ",".join(field.ja for field in FIELDS).encode()
    found = await taken(head + b"\n" + comma(), "text/csv; charset=utf-8; header=present")
    assert [(row.line, row.fault) for row in found.rows] == [(2, None)]
    untold = await taken(head + b"\n" + comma(), "text/csv; charset=utf-8")
    assert [row.fault is None for row in untold.rows] == [False, True]


@pytest.mark.asyncio
async def test_a_code_table_of_the_institution_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    own = msgspec.structs.replace(shipped(), items={"TM00000000000999": "jumin"})
    (tmp_path / "codes.json").write_bytes(msgspec.json.encode(own))
    assert codes_for(tmp_path).items == {"TM00000000000999": "jumin"}
    (tmp_path / "codes.json").write_bytes(b"{}")
    with pytest.raises(Fault, match="codes-unreadable"):
        codes_for(tmp_path)
    assert read_codes(msgspec.json.encode(own)) == own


@pytest.mark.asyncio
async def test_every_wrong_field_fails_its_row_and_is_named(tmp_path: Path, operators: Operators) -> None:
    body = b"\n".join([comma()] + [comma(**changes) for changes, _, _ in BAD_FIELDS] + [comma(**TAX)])
    async with api(tmp_path, operators) as system:
        number = (await system.send(body, CSV)).body["number"]
        results = await system.ended(number)
        file = await system.get(f"/v1/bulk/{number}/file")
    assert outcomes(results) == ["provided", *(slug for _, slug, _ in BAD_FIELDS), "provided"]
    assert [one["problem"]["field"] for one in results[1:-1]] == [field for _, _, field in BAD_FIELDS]
    rows = [line.split(",") for line in file.raw.decode().split("\r\n")[:-1]]
    assert {len(row) for row in rows} == {len(FIELDS) + len(RESULT_FIELDS)}
    assert [row[20] for row in rows] == outcomes(results)
    assert [row[21] for row in rows[1:-1]] == [field for _, _, field in BAD_FIELDS]
    assert [row[18] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
    # What came is there as it came, the row at fault included.
    assert [",".join(row[:18]).encode() for row in rows] == body.split(b"\n")


@pytest.mark.asyncio
async def test_a_file_in_fixed_width_comes_back_in_fixed_width(tmp_path: Path, operators: Operators) -> None:
    body = b"\r\n".join([fixed(), fixed()[:-1], fixed(addressee_number=UNKNOWN_AT_B), fixed("cp932", department="福祉課")])
    async with api(tmp_path, operators) as system:
        number = (await system.send(body, {"content-type": "text/plain; charset=cp932"})).body["number"]
        await system.until(number, "ended")
        file = await system.get(f"/v1/bulk/{number}/file")
    assert file.headers["content-type"] == "text/plain; charset=cp932"
    found = file.raw.split(b"\r\n")[:-1]
    assert {len(one) for one in found} == {WIDTH + sum(field.width for field in RESULT_FIELDS)}
    assert [one[:WIDTH] for one in found] == [fixed(), b" " * WIDTH, fixed(addressee_number=UNKNOWN_AT_B), fixed("cp932", department="福祉課")]
    assert [one[WIDTH + 16 : WIDTH + 56].strip() for one in found] == [b"provided", b"row-width", b"no_such_person", b"provided"]
    assert [len(one[-64:].strip()) for one in found] == [64, 0, 64, 64]


@pytest.mark.asyncio
async def test_a_form_carries_the_same(tmp_path: Path, operators: Operators) -> None:
    def form(*parts: tuple[str, str, bytes]) -> bytes:
        heads = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n{media}\r\n'.encode() + body + b"\r\n" for name, media, body in parts]
        return b"".join(heads) + b"--x--\r\n"

    media = {"content-type": "multipart/form-data; boundary=x"}
    key = {"idempotency-key": '"form"'}
    file = ("file", "Content-Type: text/csv; charset=utf-8\r\n", comma())
    async with api(tmp_path, operators) as system:
        first = await system.send(form(file), media | key)
        other_boundary = {"content-type": "multipart/form-data; boundary=yy"}
        again = await system.send(form(file).replace(b"--x", b"--yy"), other_boundary | key)
        assert first.body["number"] == again.body["number"]
        named = await system.send(form(("layout", "", b"fixed"), ("file", "Content-Type: application/octet-stream\r\n", fixed())), media)
        stream = await system.send(form(("file", "Content-Type: application/x-ndjson\r\n", line())), media)
        written = form(file).replace(b'name="file"', 'name="file"; filename="照会.csv"'.encode(), 1)
        as_browsers = await system.send(written, media)
        for answer in (first, named, stream, as_browsers):
            assert outcomes(await system.ended(answer.body["number"])) == ["provided"]
        bad = [
            (form(("other", "", b"x")), "form-broken"),
            (form(file)[:-8], "form-broken"),
            (form(file, file), "form-broken"),
            (form(file, ("layout", "", b"fixed")), "form-broken"),
            (form(("layout", "", b"x" * 2000), file), "form-broken"),
            (form(("layout", "", b"none"), file), "bulk-media-type"),
            (form(("file", "Content-Type: image/png\r\n", b"x")), "bulk-media-type"),
            (form(("layout", "", b"comma")), "bulk-empty"),
            (form(("file", "Content-Type: text/csv\r\n", b"\n\n")), "bulk-empty"),
            (b"no form", "form-broken"),
        ]
        for body, slug in bad:
            answer = await system.send(body, media)
            assert (answer.status, answer.body["type"]) == (400, f"urn:enishi:problem:{slug}"), body[:60]
        for headers in ({"content-type": "multipart/form-data"}, {"content-type": "application/json"}, {"content-type": "x"}, {}):
            assert (await system.send(lines(1), headers)).status == 400
        assert (await system.send(b"", NDJSON)).body["type"].endswith("bulk-empty")
        assert await system.query("SELECT COUNT(*) FROM bulk") == [(4,)]


@pytest.mark.asyncio
async def test_a_hundred_malformed_files_lose_no_good_row() -> None:
    for number, body in enumerate(spoilt_files(100)):
        for media in ("text/csv", "text/csv; charset=utf-8", "text/csv; charset=cp932"):
            found = await taken(body, media, 1 + 97 * (number % 11))
            good = [row for row in found.rows if row.fault is None]
            assert len(good) >= 2, (number, media)
            assert {comma().decode(), comma(**TAX).decode()} <= {",".join(row.fields) for row in good}
            places = {index for index, content in enumerate(body.split(b"\n"), 1) if content.removesuffix(b"\r") in (comma(), comma(**TAX))}
            assert places <= {row.line for row in good}
        for media in ("text/plain; charset=cp932", "application/x-ndjson"):
            assert all(row.fault is not None or len(row.fields) == 18 for row in (await taken(body, media)).rows)


PIECES = [b"", b"a", b"b\r", b"c" * 100, b"x" * 16_384, b"x" * 16_385, b"y" * 50_000, b"\r"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=6), st.integers(500, 20_000))
@example(PIECES[:4], 1)
@example([b"b\r", b"\r", b"", b"c" * 100, b"\r"], 2)
def test_lines_are_the_same_in_whatever_pieces_they_come(content: list[bytes], piece: int) -> None:
    body = b"\n".join(content)
    cut = Lines()
    found = [line for start in range(0, len(body), piece) for line in cut.feed(body[start : start + piece])] + list(cut.end())
    wanted = [one.removesuffix(b"\r") for one in (content if not content or content[-1] else content[:-1])]
    assert [line.content for line in found] == [None if len(one) > LINE_LIMIT else one for one in wanted]
    assert [line.number for line in found] == list(range(1, len(wanted) + 1))


@pytest.mark.asyncio
async def test_malformed_files_crash_no_platform(tmp_path: Path, operators: Operators) -> None:
    async with api(tmp_path, operators) as system:
        numbers = [(await system.send(body, CSV)).body["number"] for body in spoilt_files(8)]
        files = [(await system.send(body, TEXT)).body["number"] for body in spoilt_files(4)]
        for number in numbers:
            assert outcomes(await system.ended(number)).count("provided") >= 2
            assert (await system.get(f"/v1/bulk/{number}/file")).status == 200
        for number in files:
            assert "provided" not in outcomes(await system.ended(number))
            assert (await system.get(f"/v1/bulk/{number}/file")).status == 200
        assert (await system.send(lines(1))).status == 202
