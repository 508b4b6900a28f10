"""What operators decide comes from the signed snapshot alone: ordinances, their filings, and assessments of the kind due."""

from datetime import date

import msgspec
import pytest

from enishi.law import Assessment as Standing
from enishi.law import Permit, Policy, Refusal, load
from enishi.protocol import legal
from enishi.protocol.legal import Jurist, affair_of, assessment_of
from enishi.protocol.registry import Assessment, Capacity, Institution, Snapshot, read_snapshot
from enishi.protocol.rows import ShownRow
from enishi.protocol.statement import AffairRef, Statement
from law.casebook import ORDINANCES
from protocol import messages

CITY, TOWN = "131121", "012131"
AFFAIR = AffairRef("ordinance131121", "1")
ITEMS = ("住民票関係情報",)
DAY = date(2025, 2, 3)
SCALE = {"kind": "基礎項目+全項目", "persons": 940_000, "staff": 600}


def member(institution: str, capacity: str, affair: AffairRef = AFFAIR) -> Institution:
    """An institution of the registry with an ordinary assessment for the affair and the ordinances of its own that are in the room."""
    return msgspec.structs.replace(
        messages.snapshot().institutions[0],
        id=institution,
        capacities=(Capacity(capacity, date(2015, 10, 5)),),
        assessments=(Assessment(affair.source, affair.row, date(2024, 12, 20), bytes(32), **SCALE),),  # type: ignore[arg-type]
        ordinances=tuple(one for one in ORDINANCES if one.code == institution),
    )


def registry(*institutions: Institution) -> Snapshot:
    """A snapshot as both operators read it: through its bytes."""
    return read_snapshot(msgspec.json.encode(msgspec.structs.replace(messages.snapshot(), institutions=institutions)))


def asked(
    snapshot: Snapshot,
    on: date = DAY,
    jurist: Jurist | None = None,
    affair: AffairRef = AFFAIR,
    parties: tuple[str, str] = (CITY, TOWN),
) -> Permit | Refusal:
    inquirer, provider = parties
    form, items = messages.statement(), ITEMS
    statement: Statement = msgspec.structs.replace(form, inquirer=inquirer, provider=provider, affair=affair, purpose_item="", items=items)
    row = ShownRow(bytes(32), bytes(32), "applicant", "")
    return (jurist or Jurist(load(), Policy())).decide(statement, row, snapshot, on)


def test_an_ordinance_affair_is_permitted_from_what_the_snapshot_says() -> None:
    verdict = asked(registry(member(CITY, "特別区の区長"), member(TOWN, "市町村長")))
    assert isinstance(verdict, Permit), verdict
    assert verdict.basis[:2] == ("425AC0000000027#19-1-9", "ordinance131121@2016-01-01#affair/1")


def test_what_was_known_of_the_parties_under_one_snapshot_is_not_believed_under_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    city, town = member(CITY, "特別区の区長"), member(TOWN, "市町村長")
    first, suspended = registry(city, town), registry(city, msgspec.structs.replace(town, suspended=True))
    unpublished = registry(msgspec.structs.replace(city, assessments=()), town)
    jurist = Jurist(load(), Policy())
    for _ in range(2):
        assert isinstance(asked(first, jurist=jurist), Permit)
        for other in (suspended, unpublished):
            assert isinstance(asked(other, jurist=jurist), Refusal)
    # Nor is what was known of another day, of another affair, or with the parties changed about; a full memory changes nothing.
    for most in (legal.PARTIES, 1):
        monkeypatch.setattr(legal, "PARTIES", most)
        assert isinstance(asked(first, jurist=jurist), Permit)
        for day in (date(2024, 12, 19), date(2024, 12, 20)):
            assert asked(first, day, jurist) == asked(first, day)
        assert isinstance(asked(first, jurist=jurist, affair=AffairRef("ordinance131121", "2")), Refusal)
        assert isinstance(asked(first, jurist=jurist, parties=(TOWN, CITY)), Refusal)


def test_without_its_ordinances_in_the_snapshot_nothing_is_permitted() -> None:
    bare = msgspec.structs.replace(member(CITY, "特別区の区長"), ordinances=())
    verdict = asked(registry(bare, member(TOWN, "市町村長")))
    assert isinstance(verdict, Refusal)
    assert [ground.code for ground in verdict.grounds] == ["ordinance-not-shown", "ordinance-not-accepted"]


def test_an_ordinance_entered_by_another_counts_for_nobody() -> None:
    own = tuple(one for one in ORDINANCES if one.code == CITY)
    city, town = msgspec.structs.replace(member(CITY, "特別区の区長"), ordinances=()), member(TOWN, "市町村長")
    verdict = asked(registry(city, msgspec.structs.replace(town, ordinances=own)))
    assert isinstance(verdict, Refusal)
    assert verdict.grounds[0].code == "ordinance-not-shown"
    doubled = registry(member(CITY, "特別区の区長"), msgspec.structs.replace(town, ordinances=own))
    assert isinstance(asked(doubled), Permit)


def test_the_affair_has_its_name_from_the_snapshot() -> None:
    snapshot = registry(member(CITY, "特別区の区長"), member(TOWN, "市町村長"))
    assert Jurist(load(), Policy()).affair_name(AFFAIR, "", snapshot) == "ひとり親家庭等の医療費の助成に関する事務"
    assert Jurist(load(), Policy()).affair_name(AffairRef("ordinance131121", "77"), "", snapshot) == ""
    assert affair_of(AffairRef("506M60004008009@2024-05-27", "108")).row == "108"  # type: ignore[union-attr]


def test_an_assessment_of_the_wrong_kind_refuses_whichever_side_it_is_on() -> None:
    weak = Assessment(AFFAIR.source, AFFAIR.row, date(2024, 12, 20), bytes(32), "基礎項目", 940_000, 600)
    city, town = member(CITY, "特別区の区長"), member(TOWN, "市町村長")
    for members, code in (
        ((msgspec.structs.replace(city, assessments=(weak,)), town), "inquirer-assessment"),
        ((city, msgspec.structs.replace(town, assessments=(weak,))), "provider-assessment"),
    ):
        verdict = asked(registry(*members))
        assert isinstance(verdict, Refusal)
        assert [(ground.code, ground.about) for ground in verdict.grounds] == [(code, ("wrong_kind",))]


def test_each_standing_of_an_assessment_comes_from_its_entry() -> None:
    one = member(CITY, "健康保険組合")

    def standing(on: date = DAY, **said: object) -> Standing:
        entry = Assessment(AFFAIR.source, AFFAIR.row, date(2024, 12, 20), bytes(32), **said)  # type: ignore[arg-type]
        return assessment_of(msgspec.structs.replace(one, assessments=(entry,)), AFFAIR, on)

    assert standing(**SCALE) is Standing.PUBLISHED
    assert standing(date(2024, 12, 19), **SCALE) is Standing.UNPUBLISHED
    assert standing(**SCALE, outdated_on=DAY) is Standing.OUTDATED
    assert standing(exempt="健保組合の医療保険") is Standing.EXEMPT
    assert standing(exempt="共済組合等の共済") is Standing.WRONG_KIND
    assert assessment_of(one, AffairRef(AFFAIR.source, "2"), DAY) is Standing.UNPUBLISHED


def test_an_entry_of_0_1_0_is_read_as_what_was_signed_then() -> None:
    old = b'{"source":"ordinance131121","row":"1","published_on":"2024-12-20","document":"' + 43 * b"A" + b'="}'
    entry = msgspec.json.decode(old, type=Assessment)
    one = msgspec.structs.replace(member(CITY, "市町村長"), assessments=(entry,))
    assert assessment_of(one, AFFAIR, DAY) is Standing.PUBLISHED
    assert assessment_of(one, AFFAIR, date(2024, 12, 19)) is Standing.UNPUBLISHED


def test_a_snapshot_without_the_new_fields_is_written_as_0_1_0_wrote_it() -> None:
    one = messages.snapshot().institutions[0]
    assert b"ordinances" not in msgspec.json.encode(one)
    assert set(msgspec.json.decode(msgspec.json.encode(one.assessments[0]))) == {"source", "row", "published_on", "document"}
