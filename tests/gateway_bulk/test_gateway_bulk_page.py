"""docs/asking.md says what the program does: doors, limits, states, fields, pauses."""

import re
import typing

from docs.reading import table, words
from enishi.roles.gateway.bulk import asking, calling, intake, lines, openapi, picking, row, store
from enishi.roles.gateway.bulk.fields import FIELDS, RESULT_FIELDS
from house.source import ROOT

PAGE = (ROOT / "docs" / "asking.md").read_text(encoding="utf-8")


def test_every_door_stands_in_the_page() -> None:
    said = {tuple(words(line[0])[0].split(" ")) for line in table(PAGE, "Doors")}
    true = {(verb.upper(), path) for path, verbs in openapi.paths().items() for verb in verbs if verb != "parameters"}
    assert said == true


def test_the_limits_are_the_programs() -> None:
    (block,) = re.findall(r"\| limit \| value .*\n((?:\|.*\n)+)", PAGE)
    said = [int(line.split("|")[2].replace(",", "")) for line in block.splitlines()[1:]]
    assert said == [row.MAX_ROWS, intake.BODY_LIMIT, lines.LINE_LIMIT, store.OPEN_ROWS, asking.READERS]
    assert f"(1 to {row.MAX_QUESTIONS}, " in PAGE
    assert f"{row.MAX_PEOPLE} people in all" in PAGE
    assert f"up to {picking.GROUP} of them ({picking.SHARED} while" in PAGE


def test_the_states_are_the_programs() -> None:
    assert [words(line[0])[0] for line in table(PAGE, "States")] == list(typing.get_args(store.RowState))


def test_the_fields_stand_in_their_order_with_their_widths() -> None:
    (said,) = re.findall(r"^番号体系 2, .*$", PAGE, re.MULTILINE)
    expected = [f"{field.ja} {field.width}" for field in FIELDS]
    assert said.rstrip(".").replace("委任元機関コード 16 and 16", "委任元機関コード 16, 委任元機関コード 16").split(", ") == expected
    assert [int(width) for width in re.findall(r"\((\d+)(?:;|\))", PAGE.split("then the line number", 1)[1].split("\n", 1)[0])] == [
        field.width for field in RESULT_FIELDS
    ]


def test_the_pauses_are_the_programs() -> None:
    (said,) = re.findall(r"after (5 s, 30 s, .*? h); then", PAGE)
    seconds = {"s": 1, "min": 60, "h": 3600}
    found: list[int] = []
    for part in said.split(" h")[0].replace(" min", " min;").replace(" s,", " s;").split(";"):
        unit = next((one for one in ("min", "s") if part.strip().endswith(one)), "h")
        found += [int(number) * seconds[unit] for number in re.findall(r"\d+", part)]
    assert tuple(found) == calling.PAUSES_S
