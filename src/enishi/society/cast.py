"""The scripted households: the tour's story and one household of every hard kind, the same in every society and before all others."""

from datetime import date
from typing import Final

from enishi.society.people import ABROAD, Gender, Place, Trait, Work
from enishi.society.plan import Member, Plan

TOMAKOMAI: Final = "012131"
SAPPORO: Final = "011002"
DISASTER: Final = date(2025, 3, 18)
"""Day of the synthetic flood at 苫小牧市."""
_M: Final = Gender.MALE
_F: Final = Gender.FEMALE
_CARD: Final = frozenset({Trait.WITH_CARD, Trait.WITH_ACCOUNT})


def _of(*traits: Trait) -> frozenset[Trait]:
    return frozenset(traits)


CAST: Final = (
    # 災害弔慰金: the breadwinner died in the flood; wife and two children survive.
    Plan(
        (
            Member(Place.HEAD, _M, date(1979, 6, 2), Work.EMPLOYEE, 5_200_000, DISASTER),
            Member(Place.SPOUSE, _F, date(1981, 11, 20), Work.PART_TIME, 960_000, traits=_CARD),
            Member(Place.CHILD, _F, date(2010, 5, 8)),
            Member(Place.CHILD, _M, date(2014, 9, 30)),
        ),
        ((TOMAKOMAI, date(2012, 4, 1)),),
        married_on=date(2008, 6, 7),
        role="condolence",
    ),
    # 災害援護資金: moved after 1 January 2024, so 札幌市 taxed them for the fiscal year 2024.
    Plan(
        (
            Member(Place.HEAD, _M, date(1986, 2, 14), Work.EMPLOYEE, 4_300_000, traits=_CARD),
            Member(Place.SPOUSE, _F, date(1988, 8, 3), Work.PART_TIME, 900_000, traits=_of(Trait.WITH_CARD)),
            Member(Place.CHILD, _M, date(2017, 12, 1)),
        ),
        ((SAPPORO, date(2015, 10, 10)), (TOMAKOMAI, date(2024, 6, 15))),
        married_on=date(2014, 3, 22),
        role="loan",
    ),
    # DV: mother and child fled from 札幌市; their former municipality answers only after a human has looked.
    Plan(
        (
            Member(Place.HEAD, _F, date(1990, 4, 17), Work.PART_TIME, 1_500_000, traits=_CARD),
            Member(Place.CHILD, _F, date(2016, 7, 25)),
        ),
        ((SAPPORO, date(2014, 5, 1)), (TOMAKOMAI, date(2024, 2, 20))),
        _of(Trait.DV_PROTECTED, Trait.SINGLE_PARENT),
        role="protected",
    ),
    # Never lived anywhere but at 苫小牧市: every other municipality has no such person.
    Plan((Member(Place.HEAD, _M, date(1962, 1, 30), Work.SELF_EMPLOYED, traits=_CARD),), ((TOMAKOMAI, date(1985, 4, 1)),), role="unknown"),
    # A foreign worker (特定技能) at つくば市, who changed the employer's town once.
    Plan(
        (Member(Place.HEAD, _F, date(1998, 10, 12), Work.EMPLOYEE, 2_640_000, traits=_CARD),),
        ((TOMAKOMAI, date(2021, 6, 1)), ("082201", date(2023, 4, 3))),
        nationality="VN",
        role="foreign_worker",
    ),
    # A citizen abroad since before numbers were given: in the family register, and nowhere else.
    Plan(
        (Member(Place.HEAD, _F, date(1975, 3, 3), Work.NONE),),
        (("131121", date(1998, 4, 1)), (ABROAD, date(2011, 8, 15))),
        _of(Trait.ABROAD_WITHOUT_NUMBER),
        role="abroad",
    ),
    # Nobody's card: a woman of 91 years who never asked for one.
    Plan((Member(Place.HEAD, _F, date(1933, 12, 5), traits=_of(Trait.WITHOUT_CARD)),), ((TOMAKOMAI, date(1956, 4, 1)),), role="without_card"),
    # A delegated city issued the certificate, not the prefecture.
    Plan(
        (
            Member(Place.HEAD, _M, date(1970, 9, 9), Work.EMPLOYEE, 3_800_000, traits=_CARD | _of(Trait.DISABLED)),
            Member(Place.SPOUSE, _F, date(1972, 5, 16), Work.PART_TIME, 980_000, traits=_of(Trait.WITH_CARD)),
        ),
        ((SAPPORO, date(2003, 7, 1)),),
        role="delegated_city",
    ),
    # ぬくもり灯油: an elderly couple of low income, and one on 生活保護, whom the programme leaves out.
    Plan(
        (Member(Place.HEAD, _M, date(1944, 2, 8), traits=_of(Trait.WITH_CARD)), Member(Place.SPOUSE, _F, date(1946, 6, 21), traits=_CARD)),
        ((TOMAKOMAI, date(1970, 4, 1)),),
        role="kerosene",
    ),
    Plan((Member(Place.HEAD, _M, date(1951, 7, 13)),), ((TOMAKOMAI, date(1999, 9, 1)),), _of(Trait.WELFARE), role="welfare"),
    # 結婚新生活 at 秋田市.
    Plan(
        (
            Member(Place.HEAD, _M, date(1995, 1, 11), Work.EMPLOYEE, 2_900_000, traits=_CARD),
            Member(Place.SPOUSE, _F, date(1996, 12, 24), Work.EMPLOYEE, 2_500_000),
        ),
        (("052019", date(2019, 4, 1)),),
        married_on=date(2025, 2, 22),
        role="newlyweds",
    ),
    # 保育士奨学金 at 久留米市.
    Plan(
        (Member(Place.HEAD, _F, date(2001, 8, 18), Work.EMPLOYEE, 2_700_000, traits=_CARD | _of(Trait.NURSERY_TEACHER)),),
        (("402036", date(2020, 4, 1)),),
        role="nursery_teacher",
    ),
    # 移住支援金: from a ward of Tokyo to 鹿児島市.
    Plan(
        (
            Member(Place.HEAD, _M, date(1989, 5, 27), Work.EMPLOYEE, 5_600_000, traits=_CARD),
            Member(Place.SPOUSE, _F, date(1990, 10, 2), Work.NONE, traits=_of(Trait.WITH_CARD)),
            Member(Place.CHILD, _F, date(2020, 3, 14)),
        ),
        (("131121", date(2014, 4, 1)), ("462012", date(2024, 9, 1))),
        married_on=date(2018, 11, 3),
        role="newcomers",
    ),
    # A town without a welfare office: the prefecture holds what elsewhere the city holds.
    Plan(
        (
            Member(Place.HEAD, _F, date(1984, 4, 4), Work.PART_TIME, 1_300_000, traits=_CARD | _of(Trait.DISABLED)),
            Member(Place.CHILD, _M, date(2019, 1, 19)),
        ),
        (("336815", date(2011, 4, 1)),),
        _of(Trait.SINGLE_PARENT),
        role="town",
    ),
    # 加賀市: returned the driving licence.
    Plan((Member(Place.HEAD, _M, date(1942, 11, 1), traits=_CARD),), (("172065", date(1966, 4, 1)),), role="licence_returned"),
)
"""Households 0 to 14; together fewer than fifty living people, so that every society of fifty holds the story."""
