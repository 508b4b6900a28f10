"""What institutions write down about a person: the documents of the data items, in the forms of `enishi.items`."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, Final

from enishi.society.money import FULL_BASIC_PENSION, pension_in, total_income
from enishi.society.people import SOCIETY_DAY, Gender, Household, Name, Person, Place, Relative, Residence, Trait
from enishi.society.places import MUNICIPALITIES

Document = dict[str, Any]
BANK: Final = ("9990", "縁銀行")
"""A bank that does not exist, under a code that no bank has."""
ADULT: Final = 18
LATTER_STAGE: Final = 75


def koseki(person: Person) -> Document:
    """戸籍関係情報 of a Japanese person."""
    spouse = person.spouse
    return {
        "v": "koseki.v1",
        "name": _name(person.name),
        "registered_domicile": person.domicile,
        "status": "registered" if person.died_on is None else "removed",
        "born_on": person.born_on,
        "died_on": person.died_on,
        "spouse": _relative(spouse) | {"married_on": person.married_on} if spouse else None,
        "parents": [{"relation": "father" if one.gender is Gender.MALE else "mother"} | _relative(one) for one in person.parents],
        "children": [_relative(one) for one in person.children],
    }


def _name(name: Name) -> Document:
    return {"family": name.family, "given": name.given, "family_kana": name.family_kana, "given_kana": name.given_kana}


def _relative(one: Relative) -> Document:
    return {"name": _name(one.name), "born_on": one.born_on, "died_on": one.died_on}


def account(person: Person) -> Document | None:
    """公的給付支給等口座登録簿関係情報, None where none is registered."""
    if person.account is None:
        return None
    return {
        "v": "account.v1",
        "status": "registered",
        "registered_on": person.account.registered_on,
        "bank_code": BANK[0],
        "bank_name": BANK[1],
        "branch_code": person.account.branch_code,
        "kind": "ordinary",
        "number": person.account.number,
        "holder_kana": person.name.kana,
    }


def jumin(person: Person, household: Household, home: Residence, until: date | None) -> Document:
    """住民票関係情報 at one home; `until` is the day of moving out, None where they still live."""
    ended = person.died_on or until
    place = MUNICIPALITIES[home.municipality]
    return {
        "v": "jumin.v2",
        "status": "deceased" if person.died_on and until is None else "moved_out" if ended else "resident",
        "municipality": home.municipality,
        "address": f"{place.ja}{home.address}",
        "since": max(home.since, person.born_on),
        "until": person.died_on if until is None else until,
        "born_on": person.born_on,
        "nationality": None if person.nationality == "JP" else person.nationality,
        "relation_to_head": person.place.value,
        "household_size": sum(one.alive_on(ended) for one in household.members) if ended else len(household.living),
        "name": _name(person.name),
        "sex": person.gender.value,
        "moved_from": _moved_from(person, household, home),
        "moved_to": None if until is None else _moved_to(household, until),
    }


def _moved_from(person: Person, household: Household, home: Residence) -> Document | None:
    """前住所, None for somebody born into this home or whose first home this is."""
    before = [one for one in household.residences if one.since < home.since]
    return _moved(before[-1], home.since) if before and person.born_on < home.since else None


def _moved_to(household: Household, until: date) -> Document:
    return _moved(next(one for one in household.residences if one.since == until), until)


def _moved(home: Residence, on: date) -> Document:
    if not home.municipality:
        return {"municipality": None, "on": on}
    return {"municipality": home.municipality, "address": f"{MUNICIPALITIES[home.municipality].ja}{home.address}", "on": on}


def welfare(household: Household) -> Document:
    """生活保護関係情報 of a household that receives it."""
    kinds = ["livelihood", "housing", "medical"]
    if any(one.place is Place.CHILD for one in household.living):
        kinds.append("education")
    return {
        "v": "welfare.v1",
        "status": "receiving",
        "since": max(household.home.since + timedelta(days=30), date(2019, 4, 1)),
        "until": None,
        "kinds": kinds,
    }


def disability(person: Person) -> Document | None:
    """障害者関係情報: the certificate, which for mental disability must be renewed every two years."""
    if person.disability is None:
        return None
    held = person.disability
    expires = None
    if held.kind == "mental":
        years = 2 * ((SOCIETY_DAY.year - held.issued_on.year) // 2 + 1)
        expires = date(held.issued_on.year + years, held.issued_on.month, min(held.issued_on.day, 28))
    return {"v": "disability.v1", "kind": held.kind, "grade": held.grade, "issued_on": held.issued_on, "expires_on": expires}


def pension(person: Person, fiscal_year: int) -> Document | None:
    """年金給付関係情報 of a fiscal year, None where nothing was paid."""
    basic, employees = pension_in(person, fiscal_year)
    since = date(person.born_on.year + 65, person.born_on.month, min(person.born_on.day, 28))
    benefits = [
        {"kind": kind, "since": since, "yearly_amount": amount}
        for kind, amount in (("old_age_basic", basic), ("old_age_employees", employees))
        if amount
    ]
    if _disabled_young(person, fiscal_year):
        full = FULL_BASIC_PENSION[fiscal_year]
        assert person.disability is not None
        amount = full * 5 // 4 if person.disability.grade == "1" else full
        benefits.append({"kind": "disability_basic", "since": person.disability.issued_on, "yearly_amount": amount})
    return {"v": "pension.v1", "fiscal_year": str(fiscal_year), "benefits": benefits} if benefits else None


def _disabled_young(person: Person, fiscal_year: int) -> bool:
    day = date(fiscal_year, 4, 1)
    held = person.disability
    return held is not None and held.grade in ("1", "2") and held.issued_on <= day and 20 <= person.age_on(day) < 65 and person.alive_on(day)


def scheme(person: Person, household: Household) -> str:
    """Health insurance of a living person: latter_stage, employees (協会けんぽ), other (a union outside the mesh), national, or "" for none."""
    if Trait.WELFARE in household.traits or not household.home.municipality or person.died_on:
        return ""
    if person.age_on(SOCIETY_DAY) >= LATTER_STAGE:
        return "latter_stage"
    employed = any(one.work.value == "employee" for one in household.living)
    return "employees" if person.covered and employed else "other" if employed and person.work.value != "self_employed" else "national"


def health_insurance(person: Person, household: Household, insurer: str) -> Document:
    """医療保険給付関係情報: standing, and the months in which the insurer paid (a fixed pattern of the ordinal, about one month in four)."""
    kind = scheme(person, household)
    turned = date(person.born_on.year + LATTER_STAGE, person.born_on.month, min(person.born_on.day, 28))
    since = turned if kind == "latter_stage" else max(household.home.since, person.born_on)
    months = (date(2024, 4, 1), date(2024, 7, 1), date(2024, 11, 1), date(2025, 2, 1))
    paid = [month for place, month in enumerate(months) if (person.ordinal >> place) % 3 == 0 and month > since]
    return {
        "v": "health_insurance.v1",
        "insurer": insurer,
        "scheme": kind,
        "standing": "dependant" if kind == "employees" and person.work.value != "employee" else "insured",
        "since": since,
        "until": None,
        "benefits": [{"month": f"{month:%Y-%m}", "kind": "medical", "amount": 3_500 + person.ordinal * 137 % 48_000} for month in paid],
    }


def care_insurance(person: Person) -> Document | None:
    """介護保険給付等関係情報 of somebody with a care level."""
    if not person.care_level:
        return None
    kind = "facility" if person.care_level in ("care4", "care5") else "home"
    amount = {"support1": 20_000, "support2": 35_000}.get(person.care_level, 60_000 * int(person.care_level[-1]))
    months = [{"month": f"2025-{month:02d}", "kind": kind, "amount": amount} for month in (1, 2)]
    return {"v": "care_insurance.v1", "level": person.care_level, "since": date(2024, 4, 1), "until": date(2026, 3, 31), "benefits": months}


def unemployment(person: Person) -> Document | None:
    """失業等給付関係情報 of somebody who lost work within the last year."""
    if person.left_work_on is None:
        return None
    since = person.left_work_on + timedelta(days=40)
    return {
        "v": "unemployment.v1",
        "left_work_on": person.left_work_on,
        "since": since,
        "until": since + timedelta(days=90),
        "daily_amount": 4_200 + person.ordinal * 61 % 3_900,
    }


def child_allowance(person: Person, household: Household, fiscal_year: int) -> Document | None:
    """児童手当関係情報 of the earner who receives it, as of 1 October of the fiscal year (児童手当法; to eighteen since 2024-10)."""
    day = date(fiscal_year, 10, 1)
    if _recipient(household, day) is not person:
        return None
    school_year = date(fiscal_year, 4, 1)
    ages = sorted((one.age_on(school_year) for one in _children(household, day)), reverse=True)
    limit = 18 if fiscal_year >= 2024 else 15
    paid = [_monthly(age, place, fiscal_year) for place, age in enumerate(age for age in ages if age < 18) if age < limit]
    if not paid:
        return None
    return {"v": "child_allowance.v1", "fiscal_year": str(fiscal_year), "monthly_amount": sum(paid), "children": len(paid)}


def _monthly(age: int, place: int, fiscal_year: int) -> int:
    if place >= 2 and (fiscal_year >= 2024 or 3 <= age < 12):
        return 30_000 if fiscal_year >= 2024 else 15_000
    return 15_000 if age < 3 else 10_000


def _children(household: Household, day: date) -> Iterator[Person]:
    return (one for one in household.members if one.place is Place.CHILD and one.alive_on(day))


def _recipient(household: Household, day: date) -> Person | None:
    grown = [one for one in household.members if one.place in (Place.HEAD, Place.SPOUSE) and one.alive_on(day)]
    return max(grown, key=lambda one: (total_income(one, day.year - 1), -one.ordinal), default=None)


def child_support_allowance(person: Person, household: Household, fiscal_year: int) -> Document | None:
    """児童扶養手当関係情報 of a single parent of small income, as of 1 November of the fiscal year (児童扶養手当法; amounts of 2022 to 2024)."""
    day = date(fiscal_year, 11, 1)
    children = [one for one in _children(household, day) if one.age_on(date(fiscal_year, 4, 1)) < ADULT]
    income = total_income(person, fiscal_year - 1)
    if Trait.SINGLE_PARENT not in household.traits or person.place is not Place.HEAD or not children or income > 2_300_000:
        return None
    first, more = {2022: (43_070, 10_170), 2023: (44_140, 10_420), 2024: (45_500, 10_750)}[fiscal_year]
    full = income <= 870_000
    amount = (first if full else first * 6 // 10 // 10 * 10) + more * (len(children) - 1)
    return {
        "v": "child_support_allowance.v1",
        "fiscal_year": str(fiscal_year),
        "status": "full" if full else "partial",
        "monthly_amount": amount,
        "children": len(children),
    }


def years(documents: Iterable[tuple[int, Document | None]]) -> Iterator[tuple[str, Document]]:
    """Those fiscal years for which there is a document."""
    return ((str(year), document) for year, document in documents if document is not None)
