"""Lint lists nothing unexpected on the data that is carried, and each kind of finding fires on a fault planted for it."""

from collections.abc import Callable
from datetime import date

import msgspec
import pytest

from enishi.law import load
from enishi.law.finding import Finding
from enishi.law.lint import lint
from enishi.law.model import Book, Implication, Known, Power, Revision, Row, Tie
from enishi.law.tables import Tables
from enishi.society.institutions import institutions

ORDER = "506M60004008009@2024-05-27"
BOOK = load().book
Plant = Callable[[Book], Book]


def test_the_data_that_is_carried_has_no_unexpected_finding() -> None:
    assert lint(load()).findings == ()


def test_known_edges_are_shown_with_their_reason() -> None:
    known = lint(load()).known
    assert [finding.code for finding, _ in known] == ["item-without-entry", *["relation-uncoded"] * 3, "inquirer-not-user"]
    assert all(reason for _, reason in known)


def with_(book: Book, **parts: object) -> Book:
    return msgspec.structs.replace(book, **parts)


def revision(book: Book, kind: str, change: Callable[[Revision], Revision]) -> Book:
    """The newest revision of a kind changed."""
    newest = [one for one in book.revisions if one.kind == kind][-1]
    return with_(book, revisions=tuple(change(one) if one is newest else one for one in book.revisions))


def row(label: str, change: Callable[[Row], Row]) -> Plant:
    """A row of the order changed."""

    def rows(one: Revision) -> Revision:
        return msgspec.structs.replace(one, rows=tuple(change(found) if found.label == label else found for found in one.rows))

    return lambda book: revision(book, "linkage", rows)


def dropped(label: str) -> Plant:
    return lambda book: revision(
        book, "linkage", lambda one: msgspec.structs.replace(one, rows=tuple(found for found in one.rows if found.label != label))
    )


def ended(book: Book) -> Book:
    return revision(book, "linkage", lambda one: msgspec.structs.replace(one, until=date(2025, 1, 1)))


def overlapping(book: Book) -> Book:
    first = book.revisions[0]
    return with_(book, revisions=(msgspec.structs.replace(first, until=date(2024, 6, 1)), *book.revisions[1:]))


def twice(book: Book) -> Book:
    return revision(book, "linkage", lambda one: msgspec.structs.replace(one, rows=(*one.rows, msgspec.structs.replace(one.rows[-1], label="174"))))


def cross(book: Book) -> Book:
    changed = tuple(msgspec.structs.replace(one, number_use=("999",)) if (one.source, one.row) == (ORDER, "108") else one for one in book.crosswalk)
    return with_(book, crosswalk=changed)


def uncrossed(book: Book) -> Book:
    return with_(book, crosswalk=tuple(one for one in book.crosswalk if (one.source, one.row) != (ORDER, "108")))


def untied(book: Book) -> Book:
    return with_(book, ties=tuple(one for one in book.ties if one.row != f"{ORDER}#2/108"))


def unsaid_end(book: Book) -> Book:
    return with_(book, ties=tuple(one for one in book.ties if one.kind != "ceased"))


def unlike(book: Book) -> Book:
    return with_(book, ties=tuple(msgspec.structs.replace(one, kind="words") if one.row == f"{ORDER}#2/48" else one for one in book.ties))


def strange_item(found: Row) -> Row:
    purpose = found.purposes[0]
    entry = msgspec.structs.replace(purpose.entries[0], items=("気象関係情報",))
    return msgspec.structs.replace(found, purposes=(msgspec.structs.replace(purpose, entries=(entry, *purpose.entries[1:])), *found.purposes[1:]))


def uncoded(found: Row) -> Row:
    purpose = found.purposes[0]
    entry = msgspec.structs.replace(purpose.entries[0], relations=())
    return msgspec.structs.replace(found, purposes=(msgspec.structs.replace(purpose, entries=(entry, *purpose.entries[1:])), *found.purposes[1:]))


PLANTS: list[tuple[str, Plant]] = [
    ("label-gap", dropped("100")),
    ("day-without-table", ended),
    ("tables-overlap", overlapping),
    ("dead-reference", lambda book: with_(book, ties=(*book.ties, Tie("", f"{ORDER}#2/999", "ceased", "")))),
    ("dead-reference", dropped("158")),
    (
        "dead-reference",
        lambda book: with_(
            book, implications=(*book.implications, Implication("市長", ("市町村長",), f"{ORDER}#2/999", date(2024, 5, 27), None, ""))
        ),
    ),
    ("row-twice", twice),
    ("item-not-in-row", row("108", strange_item)),
    ("item-without-entry", row("108", lambda found: msgspec.structs.replace(found, purposes=found.purposes[:1]))),
    ("detail-missing", row("108", lambda found: msgspec.structs.replace(found, purposes=()))),
    ("relation-uncoded", row("108", uncoded)),
    ("crosswalk-missing", uncrossed),
    ("inquirer-not-user", row("108", lambda found: msgspec.structs.replace(found, parties=("財務大臣",)))),
    ("affair-untied", untied),
    ("affair-untied", unsaid_end),
    ("tie-unlike", unlike),
    (
        "capacity-unknown",
        lambda book: with_(
            book, powers=(*book.powers, Power("気象庁長官", "法務大臣", "気象業務法", (), "425AC0000000027#9-1", date(2024, 5, 27), None, ""))
        ),
    ),
    (
        "capacity-unknown",
        lambda book: with_(
            book, implications=(*book.implications, Implication("市長", ("町内会長",), "425AC0000000027#9-1", date(2024, 5, 27), None, ""))
        ),
    ),
    ("known-idle", lambda book: with_(book, known=(*book.known, Known("label-gap", "nowhere", (), "試験")))),
]


@pytest.mark.parametrize(("code", "plant"), PLANTS, ids=[f"{number}-{code}" for number, (code, _) in enumerate(PLANTS)])
def test_a_planted_fault_is_found(code: str, plant: Plant) -> None:
    found = lint(Tables(msgspec.msgpack.encode(plant(BOOK)))).findings
    assert code in [finding.code for finding in found]
    assert all(finding.message.ja and finding.message.en and "{" not in finding.message.ja for finding in found)


def test_a_crossing_to_a_row_that_is_not_there_is_found_before_it_is_decided_by() -> None:
    found = lint(Tables(msgspec.msgpack.encode(cross(BOOK)))).findings
    assert Finding("dead-reference", f"{ORDER}#2/108", ("425AC0000000027@2024-05-27#appended/999",)) in found


def test_lint_names_the_capacities_that_nobody_holds_and_those_that_law_does_not_know() -> None:
    report = lint(load(), ["市町村長", "気象予報士"])
    assert report.findings == (Finding("capacity-unknown", "", ("気象予報士",)),)
    assert {finding.code for finding in report.unheld} == {"capacity-unheld"}
    unheld = {name for finding in report.unheld for name in finding.about}
    assert "市町村長" not in unheld
    assert "医療保険者" not in unheld
    assert {"都道府県知事等", "法務大臣"} <= unheld


def test_every_capacity_of_the_registry_is_a_name_that_law_knows() -> None:
    held = {name for seed in institutions() for capacity in seed.capacities for name in (capacity.name, capacity.delegated_by or capacity.name)}
    assert len(held) > 10
    assert [finding.about for finding in lint(load(), held).findings if finding.code == "capacity-unknown"] == []


def test_every_code_of_a_finding_is_met() -> None:
    met = {code for code, _ in PLANTS} | {"capacity-unheld"}
    assert met == set(msgspec.json.schema(Finding)["$defs"]["Finding"]["properties"]["code"]["enum"])
