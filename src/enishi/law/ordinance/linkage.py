"""Steps 2 and 3 for an ordinance affair: number use by Art. 9(2), and Art. 19(9) with the rule of the commission (no. 5 of 2016, Articles 2 to 4).

What a machine can check is checked against the linkage row of the day: providers equal to or among that row's, items equal to or part of
its 号's, about the persons it names.  What it cannot (purpose about the same, content similar) is a judgement that must be recorded, and
every permit carries it as a condition.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from enishi.law.eras import Era
from enishi.law.index import Reach, RowIndex
from enishi.law.ordinance.form import Compared, Filing, OrdinanceAffair, Shown, find_affair
from enishi.law.ordinance.persons import Asked, Basis, reach_of
from enishi.law.ordinance.stage import Stage, standing_on
from enishi.law.ordinance.use import ENACT, LINKED, USE, check_limits, check_ordinance_use, held
from enishi.law.question import Facts, OrdinanceRef, Policy, Question
from enishi.law.remedies import change_filing, for_ordinance, nearest
from enishi.law.tables import Tables
from enishi.law.verdict import Ground, GroundCode, Remedy, RemedyCode

NOTHING: Final = Reach("row", (), (), ())
UNDER_WAY: Final = frozenset((Stage.FILED, Stage.FOUND, Stage.NOTIFIED))
AWAIT: Final = (Remedy(RemedyCode.AWAIT_PUBLICATION, LINKED),)
CORRECT: Final = (Remedy(RemedyCode.CORRECT_QUESTION),)


def check_ordinance(question: Question, tables: Tables, era: Era, facts: Facts, on: date, policy: Policy, grounds: list[Ground]) -> Reach:
    """Check an ordinance affair; its Reach holds the whole basis of a permit, for there is no row of its own."""
    assert isinstance(question.affair, OrdinanceRef)
    ref = question.affair.ordinance
    shown = find_affair(facts.ordinances, ref)
    if shown is None:
        grounds.append(Ground(GroundCode.ORDINANCE_NOT_SHOWN, USE, (ref,), ENACT))
        near = nearest(era, question, question.inquirer.capacities, "")
        grounds.append(Ground(GroundCode.ORDINANCE_NOT_ACCEPTED, LINKED, (ref, Stage.NOT_FILED.value), for_ordinance(question, near)))
        return NOTHING
    check_ordinance_use(question, shown, tables, on, policy, grounds)
    check_limits(question, facts.ordinances, on, grounds)
    asked = Asked(question, era, on, held(question.provider.capacities, tables.book.implications, on), policy)
    return check_ordinance_linkage(asked, shown, grounds)


def check_ordinance_linkage(asked: Asked, shown: Shown, grounds: list[Ground]) -> Reach:
    """Art. 19(9): a filing that is published on the day, compared with a row of the day, that carries every item from this provider."""
    question = asked.question
    stage, filing = standing_on(shown.affair, asked.on)
    if stage is not Stage.PUBLISHED:
        about = (f"{shown.ordinance.code}/{shown.affair.number}", stage.value)
        near = _measured_by(asked, filing) or _nearest(asked, shown.affair)
        grounds.append(Ground(GroundCode.ORDINANCE_NOT_ACCEPTED, LINKED, about, for_ordinance(question, near, AWAIT if stage in UNDER_WAY else ())))
    if not question.items:
        grounds.append(Ground(GroundCode.NO_ITEMS, LINKED, (), CORRECT))
    if question.purpose_item is not None:
        grounds.append(Ground(GroundCode.PURPOSE_ITEM_UNKNOWN, LINKED, (question.purpose_item,), CORRECT))
    if filing is None:
        return NOTHING
    bases = check_compared(asked, shown.affair, filing, grounds)
    _check_filed(asked, filing, grounds)
    check_scope(asked, bases, grounds)
    return reach_of(asked, shown, bases, grounds)


def _measured_by(asked: Asked, filing: Filing | None) -> tuple[str, ...]:
    """The row that the filing is already compared with, as `nearest` would name it."""
    found = asked.era.rows.get((filing.compared[0].source, filing.compared[0].row)) if filing is not None else None
    return (found.row.row.citation, found.row.row.affair) if found is not None and found.row is not None else ()


def _nearest(asked: Asked, affair: OrdinanceAffair) -> tuple[str, ...]:
    return nearest(asked.era, asked.question, asked.question.inquirer.capacities, affair.name + affair.purpose)


def check_compared(asked: Asked, affair: OrdinanceAffair, filing: Filing, grounds: list[Ground]) -> tuple[Basis, ...]:
    """The statutory affairs of the day that the affair is judged to be like, in purpose and in content; grounds where there is none."""
    rows = [(one, asked.era.rows.get((one.source, one.row))) for one in filing.compared]
    known = [Basis(one, found.row) for one, found in rows if found is not None and found.row is not None]
    alike = tuple([basis for basis in known if _judged(basis.compared, asked.on)])
    if alike:
        return alike
    around = for_ordinance(asked.question, _nearest(asked, affair))
    if not known:
        grounds.append(Ground(GroundCode.ORDINANCE_NOT_COMPARED, LINKED, tuple([one.place for one in filing.compared]), around))
    for compared, row in known:
        if not _same(compared.purpose.same, compared.purpose.on, asked.on):
            grounds.append(Ground(GroundCode.ORDINANCE_PURPOSE_UNLIKE, LINKED, (row.row.citation, compared.purpose.reason), around))
        if not _same(compared.content.same, compared.content.on, asked.on):
            grounds.append(Ground(GroundCode.ORDINANCE_CONTENT_UNLIKE, LINKED, (row.row.citation, compared.content.reason), around))
    return tuple(known)


def _judged(compared: Compared, on: date) -> bool:
    return _same(compared.purpose.same, compared.purpose.on, on) and _same(compared.content.same, compared.content.on, on)


def _same(judged: bool, judged_on: date, on: date) -> bool:
    """A judgement counts from the day on which it was made."""
    return judged and judged_on <= on


def _check_filed(asked: Asked, filing: Filing, grounds: list[Ground]) -> None:
    """Only what was filed may be asked, of the provider it was filed for."""
    filed = {item for wanted in filing.wanted if wanted.provider in asked.held for item in wanted.items}
    missing = tuple([item for item in asked.question.items if item not in filed])
    if missing:
        grounds.append(Ground(GroundCode.ORDINANCE_ITEM_NOT_FILED, LINKED, missing, change_filing(asked.question, filed)))


def check_scope(asked: Asked, bases: Sequence[Basis], grounds: list[Ground]) -> None:
    """Items equal to or part of a compared row's, from providers equal to or among that row's."""
    if not bases:
        return
    question = asked.question
    absent = tuple([item for item in question.items if not any(item in basis.row.providers for basis in bases)])
    elsewhere = tuple([item for item in question.items if item not in absent and not any(_gives(basis.row, item, asked) for basis in bases)])
    place = bases[0].row.row.citation
    if absent:
        carried = {item for basis in bases for item in basis.row.providers}
        grounds.append(Ground(GroundCode.ORDINANCE_ITEM_BEYOND, LINKED, (place, *absent), change_filing(question, carried)))
    if elsewhere:
        named = tuple([Remedy(RemedyCode.OTHER_PROVIDER, place, (item, *_named(bases, item))) for item in elsewhere])
        grounds.append(Ground(GroundCode.ORDINANCE_PROVIDER_BEYOND, LINKED, (place, *elsewhere), named))


def _gives(row: RowIndex, item: str, asked: Asked) -> bool:
    return item in row.providers and not row.providers[item].isdisjoint(asked.question.provider.capacities)


def _named(bases: Sequence[Basis], item: str) -> tuple[str, ...]:
    return next((basis.row.named[item] for basis in bases if item in basis.row.named), ())
