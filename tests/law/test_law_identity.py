"""Affairs across revisions: by law and wording, never by row label; and how the table of 2026 is rebuilt from its list of changes."""

import json
from datetime import date

import msgspec
import pytest

from enishi.errors import Malformed, Unknown
from enishi.law import (
    Assessment,
    Consent,
    Facts,
    LawRef,
    Party,
    Permit,
    Policy,
    Question,
    Refusal,
    Relation,
    RowRef,
    Standing,
    Tables,
    Verdict,
    decide,
    load,
)
from enishi.law.changes import Placed, rebuild
from enishi.law.wording import bare, likeness
from law.casebook import ROOT

N22, P22 = "425AC0000000027@2022-06-17#appended-1/", "425AC0000000027@2022-06-17#appended-2/"
N24, N26, ORDER = "425AC0000000027@2024-05-27#appended/", "425AC0000000027@2026-10-01#appended/", "506M60004008009@2024-05-27#2/"
IN_ORDER = Facts(Standing.REGISTERED, Standing.REGISTERED, Assessment.PUBLISHED, Assessment.PUBLISHED, Consent.NOT_GIVEN)


def rows_of(citation: str) -> list[tuple[str, date, date | None, str]]:
    tables = load()
    return [(stay.citation, stay.effective_on, stay.until, stay.likeness) for stay in tables.history(tables.affair_of(citation))]


def test_residence_keeps_its_affair_when_its_label_moves() -> None:
    history = [
        (f"{N24}31-2", date(2024, 5, 27), date(2026, 10, 1), "first"),
        (f"{N26}31-3", date(2026, 10, 1), None, "brackets"),
    ]
    assert rows_of(f"{N24}31-2") == rows_of(f"{N26}31-3") == history


def test_the_label_that_residence_left_is_another_affair() -> None:
    tables = load()
    passports = tables.affair_of(f"{N26}31-2")
    assert passports != tables.affair_of(f"{N24}31-2")
    assert [stay.row.laws for stay in tables.history(passports)] == [("旅券法",)]


@pytest.mark.parametrize(
    ("earlier", "later", "kind"),
    [
        (f"{P22}26", f"{ORDER}42", "words"),
        (f"{P22}27", f"{ORDER}48", "reworded"),
        (f"{P22}28", f"{ORDER}49", "words"),
        (f"{P22}16-2", f"{ORDER}25", "brackets"),
        (f"{P22}16-3", f"{ORDER}26", "words"),
        (f"{N22}15", f"{N24}23", "reworded"),
        (f"{N24}130-2", f"{N26}137", "reworded"),
    ],
)
def test_an_affair_of_one_table_goes_on_in_the_next(earlier: str, later: str, kind: str) -> None:
    assert [stay[0] for stay in rows_of(later)][:2] == [earlier, later] or [stay[0] for stay in rows_of(later)][1:] == [earlier, later]
    assert next(stay[3] for stay in rows_of(later) if stay[0] == later) == kind


def test_special_collection_by_pension_payers_ended_in_2024_and_says_so_with_its_doubt() -> None:
    tables = load()
    for label in ("29", "46", "83", "95"):
        affair = tables.affair_of(f"{P22}{label}")
        assert len(tables.history(affair)) == 1
        ended = tables.identity.ended(affair)
        assert ended is not None
        assert ended.doubt


def test_no_affair_stands_in_two_rows_on_one_day() -> None:
    tables = load()
    for kind in ("number_use", "linkage", "proposal"):
        for affair in tables.identity.affairs(kind):
            stays = tables.history(affair)
            assert all(one.until == other.effective_on for one, other in zip(stays, stays[1:], strict=False)), affair


def test_every_row_is_in_the_history_of_its_affair_and_in_no_other() -> None:
    tables = load()
    rows = [row.citation for revision in tables.book.revisions for row in revision.rows]
    told = [
        stay.citation for kind in ("number_use", "linkage", "proposal") for affair in tables.identity.affairs(kind) for stay in tables.history(affair)
    ]
    assert sorted(told) == sorted(rows)


def test_a_row_that_no_revision_has_is_no_affair() -> None:
    with pytest.raises(Unknown) as fault:
        load().affair_of(f"{ORDER}999")
    assert fault.value.code == "affair-unknown"


def test_brackets_are_set_aside_however_deep_and_words_are_not() -> None:
    assert bare("甲（乙（丙）をいう。）法による、事務") == "甲法による事務"
    assert (likeness("甲", "甲"), likeness("甲（乙）", "甲"), likeness("甲", "丁")) == ("words", "brackets", "reworded")


# The table of 2026-10-01.

COUNTS = {"new": 45, "drafting_only": 17, "renumbered": 14, "changed": 10, "changed+renumbered": 1, "deleted": 1, "rows": 220}


def _placed(name: str) -> list[Placed]:
    lines = (ROOT / "law-sources" / name).read_text(encoding="utf-8").splitlines()
    return [Placed(json.loads(line), f"{name}:{number}") for number, line in enumerate(lines, start=1)]


BASE, CHANGES = _placed("number_use_2024-05-27.jsonl"), _placed("number_use_2026-10-01_changes.jsonl")


def test_the_table_of_2026_is_the_table_of_2024_and_what_the_list_says() -> None:
    rebuilt = {placed.line["row"]: placed for placed in rebuild(BASE, CHANGES, COUNTS)}
    assert len(rebuilt) == 220 == len(BASE) + 45 - 1
    assert "130-2" not in rebuilt
    for change in CHANGES:
        if change.line["change"] != "deleted":
            assert rebuilt[change.line["row_2026"]].place == change.place
            assert rebuilt[change.line["row_2026"]].line["users"] == change.line["users"]
    untouched = {placed.line["row"] for placed in BASE} - {change.line["row_2024"] for change in CHANGES}
    assert len(untouched) == 176 - 43
    assert all(rebuilt[label].place.startswith("number_use_2024-05-27.jsonl:") for label in untouched)


@pytest.mark.parametrize(
    ("number", "change"),
    [
        (1, {"row_2024": "999", "change": "renumbered"}),
        (1, {"row_2026": "1", "row_2024": None, "change": "new"}),
        (7, {"affair_2024": "ほかの文言"}),
        (1, {"change": "vanished", "row_2024": "4"}),
        (1, {"change": "new", "row_2026": "6-2", "row_2024": None}),
    ],
)
def test_a_list_that_does_not_fit_is_refused_with_its_place(number: int, change: dict[str, str | None]) -> None:
    broken = Placed(CHANGES[number].line | change, "broken:1")
    listed = [*CHANGES, broken] if change.get("change") == "new" else [broken if one is CHANGES[number] else one for one in CHANGES]
    with pytest.raises(Malformed) as fault:
        rebuild(BASE, listed, COUNTS)
    assert fault.value.code == "law-change-unfit"
    assert fault.value.detail.startswith("broken:1")


def test_a_list_that_lacks_a_change_is_refused_by_its_count() -> None:
    with pytest.raises(Malformed) as fault:
        rebuild(BASE, CHANGES[:-1], COUNTS)
    assert fault.value.code == "law-change-unfit"


# The days on which law changes.


def skilled_workers(on: date, policy: Policy) -> Verdict:
    question = Question(
        Party(("出入国在留管理庁長官",), "isa"),
        RowRef("425AC0000000027@2026-10-01", "31-4"),
        Party(("市町村長",), "012131"),
        ("住民票関係情報",),
    )
    return decide(question, load(), IN_ORDER, on, policy)


def codes(verdict: Verdict) -> list[str]:
    assert isinstance(verdict, Refusal)
    return [ground.code.value for ground in verdict.grounds]


def test_residence_management_has_number_use_from_october_2026_but_no_linkage() -> None:
    mark = Policy(demand="row", law_edge="mark", proposals="ignore")
    assert codes(skilled_workers(date(2026, 9, 30), mark)) == ["affair-not-in-force"]
    after = skilled_workers(date(2026, 10, 1), mark)
    assert codes(after) == ["no-linkage-row"]
    assert after.law_edge
    assert [doubt.code for doubt in after.doubts][-1] == "beyond-verified"


@pytest.mark.parametrize("on", [date(2025, 4, 2), date(2026, 9, 30), date(2026, 10, 1)])
def test_beyond_the_last_verified_day_law_is_not_known_unless_the_edge_is_marked(on: date) -> None:
    assert codes(skilled_workers(on, Policy(demand="item", law_edge="refuse", proposals="ignore"))) == ["law-not-known"]


@pytest.mark.parametrize(
    "on", [date(2022, 6, 17), date(2022, 10, 18), date(2024, 5, 26), date(2024, 5, 27), date(2025, 4, 1), date(2026, 9, 30), date(2026, 10, 1)]
)
def test_each_day_has_the_tables_of_the_day(on: date) -> None:
    era = load().era(on)
    assert era is not None
    expected = {2022: ("425AC0000000027@2022-06-17", 131), 2024: ("506M60004008009@2024-05-27", 173)}
    assert (era.source, len(era.linkage)) == expected[2022 if on < date(2024, 5, 27) else 2024]
    newest = "425AC0000000027@2026-10-01" if on >= date(2026, 10, 1) else "425AC0000000027@2024-05-27"
    assert ((newest, "26-3") in era.rows) is (on >= date(2024, 5, 27))


def test_no_table_is_in_force_before_the_first_day_held() -> None:
    assert load().era(date(2022, 6, 16)) is None


def condolence(on: date, policy: Policy) -> Verdict:
    question = Question(
        Party(("市町村長",), "a"), RowRef(ORDER.removesuffix("#2/"), "108"), Party(("法務大臣",), "moj"), ("戸籍関係情報",), "1", Relation.SURVIVOR
    )
    return decide(question, load(), IN_ORDER, on, policy)


def test_a_linkage_row_stands_on_the_number_use_row_of_the_day() -> None:
    mark = Policy(demand="item", law_edge="mark", proposals="ignore")
    for on, row in ((date(2025, 4, 1), f"{N24}82-2"), (date(2026, 9, 30), f"{N24}82-2"), (date(2026, 10, 1), f"{N26}82-2")):
        verdict = condolence(on, mark)
        assert isinstance(verdict, Permit)
        assert row in verdict.basis
    assert codes(condolence(date(2024, 5, 26), mark)) == ["affair-not-in-force"]


def test_a_row_whose_number_use_was_reworded_says_so() -> None:
    era = load().era(date(2026, 10, 1))
    assert era is not None
    row = next(row for row in era.linkage if row.row.label == "95")
    assert [doubt.citation for doubt in row.doubts if doubt.code == "crosswalk-reading"][-1] == f"{N26}70"


def test_a_row_without_a_crossing_has_no_known_number_use() -> None:
    book = load().book
    kept = tuple(crossing for crossing in book.crosswalk if crossing.row != "108")
    tables = Tables(msgspec.msgpack.encode(msgspec.structs.replace(book, crosswalk=kept)))
    question = Question(
        Party(("市町村長",), "a"), LawRef("災害弔慰金の支給等に関する法律"), Party(("法務大臣",), "moj"), ("戸籍関係情報",), "1", Relation.SURVIVOR
    )
    assert codes(decide(question, tables, IN_ORDER, date(2025, 4, 1))) == ["crosswalk-not-reviewed"]
