"""The numbers of the law data agree with the README of its sources, and every doubt of the sources is carried."""

import json
from datetime import date

from enishi.law import load
from enishi.law.stats import TableStats, stats
from law.casebook import ROOT

README = {
    "number_use_2022-06-17": (111, 5, 0),
    "provision_table_2022-06-17": (133, 2, 882),
    "number_use_2024-05-27": (176, 0, 0),
    "provision_order_2024-05-27": (173, 0, 945),
}


def _lines(name: str) -> list[dict]:  # type: ignore[type-arg]
    return [json.loads(line) for line in (ROOT / "law-sources" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def _table(file: str) -> TableStats:
    kind = "number_use" if file.startswith("number_use") else "linkage"
    return next(one for one in stats(load()).tables if one.kind == kind and one.effective_on.isoformat() == file[-10:])


def test_rows_and_tuples_are_those_of_the_readme() -> None:
    assert {file: ((table := _table(file)).rows + table.deleted, table.deleted, table.tuples) for file in README} == README
    assert _table("number_use_2026-10-01").rows == 220
    assert len(_lines("number_use_2026-10-01_changes")) == 88


def test_purposes_and_entries_are_those_of_the_readme() -> None:
    order = _table("provision_order_2024-05-27")
    assert (order.purposes, order.entries, order.coded_entries, order.entry_doubts) == (868, 2731, 2728, 37)


def test_every_doubt_note_and_term_of_the_sources_is_carried() -> None:
    for file in README:
        rows, table = _lines(file), _table(file)
        doubted = [row for row in rows if "doubt" in row or any("doubt" in grant for grant in row.get("grants", ()))]
        assert table.row_doubts == len(doubted), file
    carried = {row.label: row for revision in load().book.revisions if revision.source.startswith("506M") for row in revision.rows}
    terms = 0
    for row in _lines("provision_order_2024-05-27"):
        assert row.get("note", "") in carried[row["row"]].note
        assert row.get("doubt", "") in carried[row["row"]].doubt
    for detail in _lines("provision_order_detail_2024-05-27"):
        if detail["row"] is None:
            continue
        assert detail.get("note", "") in carried[detail["row"]].note
        terms += len(detail.get("terms", {})) + sum(len(item.get("terms", {})) for item in detail["items"])
        for item in detail["items"]:
            assert all(entry.get("note", "") in carried[detail["row"]].note for entry in item["information"])
    assert _table("provision_order_2024-05-27").terms == terms > 0


def test_further_laws_and_the_own_words_for_users_are_carried() -> None:
    carried = {row.label: row for revision in load().book.revisions if revision.source == "425AC0000000027@2024-05-27" for row in revision.rows}
    for row in _lines("number_use_2024-05-27"):
        assert carried[row["row"]].wording == row.get("users_text", "")
        assert carried[row["row"]].laws == tuple("／".join(row.get("affair_laws_all", [row["affair_law"]])).split("／"))


def test_every_linkage_row_is_crossed_and_every_era_says_on_what() -> None:
    found = stats(load())
    assert found.crossings["506M60004008009@2024-05-27"] == {"words": 59, "brackets": 21, "part": 80, "quasi_statutory": 13}
    assert sum(found.crossings["425AC0000000027@2022-06-17"].values()) == 131
    assert [(era.effective_on, era.number_use_rows, era.linkage_rows, era.without_number_use) for era in found.eras] == [
        (date(2022, 6, 17), 106, 131, 0),
        (date(2024, 5, 27), 176, 173, 0),
        (date(2026, 10, 1), 220, 173, 0),
    ]
    assert found.verified_until == date(2025, 4, 1)


def test_ties_doubts_and_affairs_are_counted_as_they_stand_in_the_sources() -> None:
    found, ties = stats(load()), _lines("affairs")
    assert dict(found.ties) == {kind: sum(tie["kind"] == kind for tie in ties) for kind in {tie["kind"] for tie in ties}}
    assert found.tie_doubts == sum("doubt" in tie for tie in ties) > 0
    assert found.crossing_doubts == sum("doubt" in line for line in _lines("crosswalk")) > 0
    assert found.known_edges == len(_lines("known"))
