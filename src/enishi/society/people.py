"""The people of the synthetic country as facts, before any institution writes them down."""

from datetime import date
from enum import StrEnum
from typing import Final

import msgspec

from enishi.number import IndividualNumber

SOCIETY_DAY: Final = date(2025, 4, 1)
"""The day on which the synthetic country stands: everything held is what was known by then."""
ABROAD: Final = ""
"""The municipality of somebody who lives abroad."""


class Gender(StrEnum):
    """性別, as the register has it."""

    MALE = "male"
    FEMALE = "female"


class Place(StrEnum):
    """世帯主との続柄."""

    HEAD = "head"
    SPOUSE = "spouse"
    CHILD = "child"
    PARENT = "parent"


class Work(StrEnum):
    """What a person lives on; decides income, pension and insurance."""

    EMPLOYEE = "employee"
    SELF_EMPLOYED = "self_employed"
    PART_TIME = "part_time"
    NONE = "none"


class Trait(StrEnum):
    """What makes a household or person hard to serve, or matters to one of the procedures."""

    DV_PROTECTED = "dv_protected"
    WELFARE = "welfare"
    ABROAD_WITHOUT_NUMBER = "abroad_without_number"
    WITHOUT_CARD = "without_card"
    WITH_CARD = "with_card"
    WITHOUT_ACCOUNT = "without_account"
    WITH_ACCOUNT = "with_account"
    DISABLED = "disabled"
    SINGLE_PARENT = "single_parent"
    NURSERY_TEACHER = "nursery_teacher"


class Name(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """氏名 with its reading."""

    family: str
    given: str
    family_kana: str
    given_kana: str

    @property
    def whole(self) -> str:
        """Family name and given name with a full-width space between."""
        return f"{self.family}　{self.given}"

    @property
    def kana(self) -> str:
        """The reading, likewise."""
        return f"{self.family_kana}　{self.given_kana}"


class Relative(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody whom a family register names beside its person."""

    name: Name
    gender: Gender
    born_on: date
    died_on: date | None = None


class Residence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A home from a day on; municipality "" is abroad."""

    municipality: str
    address: str
    since: date


class Disability(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A disability certificate."""

    kind: str
    grade: str
    issued_on: date


class Account(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A registered account for public benefits at a bank that does not exist."""

    branch_code: str
    number: str
    registered_on: date


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One person. Money is yen a year; `salaries` and `pensions` are by calendar year."""

    ordinal: int
    place: Place
    name: Name
    gender: Gender
    born_on: date
    died_on: date | None
    nationality: str
    individual_number: IndividualNumber | None
    domicile: str
    married_on: date | None
    spouse: Relative | None
    parents: tuple[Relative, ...]
    children: tuple[Relative, ...]
    work: Work
    salaries: dict[int, int]
    old_age_basic: int
    old_age_employees: int
    covered: bool
    """Insured by 協会けんぽ (as employee or dependant of one)."""
    disability: Disability | None
    account: Account | None
    care_level: str
    left_work_on: date | None
    has_card: bool
    traits: frozenset[Trait]

    def age_on(self, day: date) -> int:
        """Full years of age on a day, negative before birth."""
        return day.year - self.born_on.year - ((day.month, day.day) < (self.born_on.month, self.born_on.day))

    def alive_on(self, day: date) -> bool:
        """Born by the day and not dead before it."""
        return self.born_on <= day and (self.died_on is None or self.died_on >= day)


class Household(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """People who live together, and where they lived since when (oldest first). The dead stay among the members."""

    ordinal: int
    role: str
    """The part that it plays in the tour's story; "" for everybody else."""
    members: tuple[Person, ...]
    residences: tuple[Residence, ...]
    traits: frozenset[Trait]

    @property
    def living(self) -> tuple[Person, ...]:
        """Members who live on the society's day."""
        return tuple(person for person in self.members if person.died_on is None)

    @property
    def home(self) -> Residence:
        """Where they live on the society's day."""
        return self.residences[-1]

    def residence_on(self, day: date) -> Residence | None:
        """Where they lived on a day; None before the first home that is known."""
        return next((home for home in reversed(self.residences) if home.since <= day), None)
