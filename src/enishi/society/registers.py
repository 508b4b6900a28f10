"""Documents of registers beside the order's core: stay, vehicles, driving licences, school rolls, mother and child.

Each follows from facts of the person alone, so that no institution's copy is at odds with another's; what these leave open is set by a stated rule.
"""

from datetime import date, timedelta
from typing import Any, Final

from enishi.society.people import SOCIETY_DAY, Household, Person, Place, Work
from enishi.society.places import MUNICIPALITIES

Document = dict[str, Any]
_COUNTED: Final = 4
"""Three households in four have a vehicle, three grown people in four a licence: whose ordinal, or day of birth, this does not divide."""
_SENIOR: Final = 75
_CHECKUPS: Final = (("month_4", 120), ("year_1_6", 560), ("year_3", 1130))
"""Kind and the day of life on which the synthetic municipalities call for it (母子保健法 Art. 12, 13)."""


def residence_status(person: Person) -> Document:
    """在留資格 of a foreign resident who lives in the demo: granted at the last 1 April but two, for three years."""
    return {
        "v": "residence_status.v1",
        "status": "engineer" if person.work is Work.EMPLOYEE else "long_term" if person.place is Place.HEAD else "dependant",
        "state": "valid",
        "nationality": person.nationality,
        "since": date(SOCIETY_DAY.year - 1, 4, 1),
        "until": date(SOCIETY_DAY.year + 2, 4, 1),
        "work_allowed": person.work is Work.EMPLOYEE or person.place is Place.HEAD,
    }


def vehicle(person: Person, household: Household) -> Document | None:
    """The household's vehicle, registered by its head at the first home; the address stays as registered until 変更登録 is filed."""
    home = household.residences[0]
    if person.place is not Place.HEAD or person.age_on(SOCIETY_DAY) < 25 or household.ordinal % _COUNTED == 0 or not home.municipality:
        return None
    place = MUNICIPALITIES[home.municipality]
    return {
        "v": "vehicle.v1",
        "vehicles": [
            {
                "registration_number": f"縁 {300 + household.ordinal // 10_000 % 700} え {household.ordinal % 10_000:04d}",
                "state": "registered",
                "use": "private",
                "first_registered_on": max(home.since, date(person.born_on.year + 20, 6, 1)) + timedelta(days=30),
                "address_registered": f"{place.ja}{home.address}",
                "municipality": home.municipality,
            }
        ],
    }


def driving_license(person: Person) -> Document | None:
    """A licence, or its return at 75 by every second of those who are older (道路交通法 Art. 104-4)."""
    age = person.age_on(SOCIETY_DAY)
    if age < 20 or person.born_on.toordinal() % _COUNTED == 0:
        return None
    born = person.born_on
    returned = age > _SENIOR and born.toordinal() % 2 == 0
    birthday = date(born.year + _SENIOR, born.month, min(born.day, 28))
    return {
        "v": "driving_license.v1",
        "state": "returned" if returned else "held",
        "classes": [] if returned else ["ordinary"],
        "valid_until": None if returned else date(SOCIETY_DAY.year + 1 + born.toordinal() % 4, born.month, min(born.day, 28)),
        "returned_on": birthday + timedelta(days=40) if returned else None,
        "certificate_issued_on": birthday + timedelta(days=54) if returned else None,
    }


def schooling(person: Person, fiscal_year: int) -> Document | None:
    """学齢簿 of a child of school age on 1 April of the fiscal year (学校教育法 Art. 17)."""
    grade = person.age_on(date(fiscal_year, 4, 1)) - 5
    if not 1 <= grade <= 9 or not person.alive_on(date(fiscal_year, 4, 1)):
        return None
    lower = grade > 6
    return {
        "v": "schooling.v1",
        "fiscal_year": str(fiscal_year),
        "state": "enrolled",
        "school": "縁中学校（架空）" if lower else "縁小学校（架空）",
        "kind": "lower_secondary" if lower else "elementary",
        "grade": grade,
        "since": date(fiscal_year - grade + (7 if lower else 1), 4, 1),
    }


def pregnancy(person: Person) -> Document | None:
    """妊娠の届出 of a mother whose youngest child was born within three years, some seven months before the birth (母子保健法 Art. 15)."""
    born = max((child.born_on for child in person.children), default=date.min)
    if person.gender.value != "female" or born <= SOCIETY_DAY - timedelta(days=3 * 365):
        return None
    notified = born - timedelta(days=205)
    return {"v": "pregnancy.v1", "notified_on": notified, "expected_on": born, "state": "born", "handbook_given_on": notified}


def child_checkup(person: Person) -> Document | None:
    """The checkups that a child of under six years has had by the society's day."""
    due = ((kind, person.born_on + timedelta(days=days)) for kind, days in _CHECKUPS)
    result = "follow_up" if person.born_on.toordinal() % 9 == 0 else "no_finding"
    had = [{"kind": kind, "on": on, "result": result} for kind, on in due if on <= SOCIETY_DAY]
    return {"v": "child_checkup.v1", "checkups": had} if had and person.age_on(SOCIETY_DAY) < 6 else None
