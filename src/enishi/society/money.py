"""Money of the synthetic people: salaries, pensions, and the local tax that follows from them.

Rates stand with the fiscal years for which they are known; deductions are the basic one, spouse, dependants and social insurance at 15 % of
the salary, and no others (stated default), so that every figure can be checked by hand from the person's facts.
"""

from datetime import date
from typing import Any, Final

from enishi.society.draws import Draws
from enishi.society.people import Household, Person, Trait, Work
from enishi.society.places import MUNICIPALITIES, Municipality
from enishi.society.plan import Member, Plan

INCOME_YEARS: Final = (2021, 2022, 2023, 2024)
FISCAL_YEARS: Final = (2022, 2023, 2024)
"""Fiscal years whose local tax was determined by the society's day; year Y taxes the income of Y − 1 where the person lived on 1 January Y."""
FULL_BASIC_PENSION: Final = {2022: 777_800, 2023: 795_000, 2024: 816_000}
"""老齢基礎年金 in full, yen a year, for newly entitled persons (厚生労働省, each January)."""
_PER_CAPITA: Final = {2022: (3_500, 1_500), 2023: (3_500, 1_500), 2024: (3_000, 1_000)}
"""均等割 of municipality and prefecture, yen (地方税法 Art. 38, 310; the 500 + 500 yen for disaster prevention ended with 2023)."""
_BASIC_DEDUCTION: Final = 430_000
_DEPENDANT_DEDUCTION: Final = 330_000
_DEPENDANT_LIMIT: Final = 480_000
_CUT_2024: Final = 10_000
"""定額減税 of fiscal year 2024, yen for each taxpayer and dependant."""
_SALARY: Final = {Work.EMPLOYEE: (220, 780), Work.SELF_EMPLOYED: (120, 600), Work.PART_TIME: (60, 190)}


def draw_salaries(draws: Draws, member: Member, plan: Plan) -> dict[int, int]:
    """Salary (or for the self-employed the like) by calendar year, from the plan or drawn; none before the eighteenth year or on 生活保護."""
    base, step = _base(draws, member), draws.between(-2, 4)
    if member.work is Work.NONE or Trait.WELFARE in plan.traits or Trait.ABROAD_WITHOUT_NUMBER in plan.traits:
        return {}
    working = (year for year in INCOME_YEARS if year > member.born_on.year + 18 and (member.died_on is None or year < member.died_on.year))
    return {year: base + (year - INCOME_YEARS[-1]) * step * 10_000 for year in working}


def _base(draws: Draws, member: Member) -> int:
    drawn = draws.between(*_SALARY.get(member.work, (0, 0))) * 10_000
    return member.salary or drawn


def basic_pension(draws: Draws) -> int:
    """Share of the full 老齢基礎年金 that a person earned, in thousandths."""
    return draws.between(700, 1000)


def pension_in(person: Person, year: int) -> tuple[int, int]:
    """老齢基礎年金 and 老齢厚生年金 of a year (yen); zero before the 65th year is full or after death."""
    if person.old_age_basic + person.old_age_employees == 0 or person.age_on(date(year, 3, 31)) < 65 or not person.alive_on(date(year, 12, 31)):
        return (0, 0)
    return (FULL_BASIC_PENSION.get(year, FULL_BASIC_PENSION[2022]) * person.old_age_basic // 1000, person.old_age_employees)


def total_income(person: Person, year: int) -> int:
    """合計所得金額 of a calendar year in yen: salary and pension after their own deductions (所得税法 Art. 28, 35)."""
    salary = person.salaries.get(year, 0)
    return max(0, salary - _salary_deduction(salary)) + _pension_income(sum(pension_in(person, year)), person.age_on(date(year, 12, 31)))


def _salary_deduction(salary: int) -> int:
    """給与所得控除 of the income years 2020 to 2024."""
    steps = ((1_625_000, 0.0, 550_000), (1_800_000, 0.4, -100_000), (3_600_000, 0.3, 80_000), (6_600_000, 0.2, 440_000), (8_500_000, 0.1, 1_100_000))
    for limit, rate, constant in steps:
        if salary <= limit:
            return int(salary * rate) + constant
    return 1_950_000


def _pension_income(pension: int, age: int) -> int:
    least, limit = (1_100_000, 3_300_000) if age >= 65 else (600_000, 1_300_000)
    return max(0, pension - (least if pension <= limit else pension // 4 + 275_000))


def dependants(person: Person, household: Household, year: int) -> list[Person]:
    """Those in the household whom this person supported in a calendar year: everybody of little income, claimed by the top earner alone."""
    day = date(year, 12, 31)
    present = [one for one in household.members if one.alive_on(day)]
    top = max(present, key=lambda one: (total_income(one, year), -one.ordinal), default=None)
    return [one for one in present if one is not person and total_income(one, year) <= _DEPENDANT_LIMIT] if top is person else []


def local_tax(person: Person, household: Household, fiscal_year: int) -> dict[str, Any] | None:
    """The `local_tax` document of a fiscal year, or None where nobody in the mesh taxed: not resident on 1 January, a child without income, dead."""
    new_year = date(fiscal_year, 1, 1)
    home = household.residence_on(new_year)
    income = total_income(person, fiscal_year - 1)
    if home is None or not home.municipality or not person.alive_on(new_year) or (person.age_on(new_year) < 18 and income == 0):
        return None
    supported = dependants(person, household, fiscal_year - 1)
    place = MUNICIPALITIES[home.municipality]
    document = {
        "v": "local_tax.v1",
        "fiscal_year": str(fiscal_year),
        "municipality": place.code,
        "total_income": income,
        "dependants": len(supported),
    }
    if income <= _exempt_up_to(len(supported), place):
        nothing = {"income_levy": 0, "per_capita_levy": 0}
        return document | {"status": "non_taxable", "income_base": 0, "municipal_tax": nothing, "prefectural_tax": nothing}
    base = _tax_base(person, income, supported, fiscal_year)
    municipal, prefectural = _levies(base, place, fiscal_year, 1 + len(supported))
    return document | {"status": "taxed", "income_base": base, "municipal_tax": municipal, "prefectural_tax": prefectural}


def _exempt_up_to(supported: int, place: Municipality) -> int:
    """Income up to which no 均等割 is levied (地方税法 Art. 295(3), scaled by the municipality's grade)."""
    return int(350_000 * (1 + supported) * place.grade) + 100_000 + (int(210_000 * place.grade) if supported else 0)


def _tax_base(person: Person, income: int, supported: list[Person], fiscal_year: int) -> int:
    # Children under sixteen count for the exemption but bring no deduction (since 2012).
    deducted = sum(one.age_on(date(fiscal_year - 1, 12, 31)) >= 16 for one in supported)
    insurance = person.salaries.get(fiscal_year - 1, 0) * 15 // 100
    return max(0, income - _BASIC_DEDUCTION - deducted * _DEPENDANT_DEDUCTION - insurance) // 1000 * 1000


def _levies(base: int, place: Municipality, fiscal_year: int, heads: int) -> tuple[dict[str, int], dict[str, int]]:
    """Municipal and prefectural tax: 6 % and 4 %, in a designated city 8 % and 2 %, after the cut of 2024 in the same proportion."""
    municipal, prefectural = (8, 2) if place.standing == "designated" else (6, 4)
    cut = _CUT_2024 * heads if fiscal_year == 2024 else 0
    per_municipal, per_prefectural = _PER_CAPITA[fiscal_year]
    return (
        {"income_levy": max(0, base * municipal // 100 - cut * municipal // 10) // 100 * 100, "per_capita_levy": per_municipal},
        {"income_levy": max(0, base * prefectural // 100 - cut * prefectural // 10) // 100 * 100, "per_capita_levy": per_prefectural},
    )
