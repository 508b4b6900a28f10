"""The product for the other lawful ways: each kind × each of its grounds × each day of the tables, or the reason why it cannot occur there."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

import msgspec
import pytest

from enishi.law import load
from enishi.law.model import Row
from enishi.law.ordinance.form import HandOver, Ordinance, OrdinanceAffair
from enishi.law.other import (
    AppConsent,
    Commission,
    ContractorQuestion,
    EmergencyQuestion,
    IdentityInformationQuestion,
    Interest,
    NotOpen,
    OtherGroundCode,
    OtherQuestion,
    ProposalQuestion,
    RelatedAffairQuestion,
    SameGovernmentQuestion,
    SelfDisclosureQuestion,
    answer,
)
from law.othercases import KINDS
from law.test_law_product import DAYS, shared_law, tables_of

CODE: Final = "999999"
A_DAY: Final = timedelta(days=1)
LAST: Final = DAYS[2]
"""A day beyond the last verified one."""
C = OtherGroundCode
Made = Callable[[date], tuple[OtherQuestion, tuple[Ordinance, ...]]]


def ordinance(day: date, **parts: Any) -> tuple[Ordinance, ...]:
    """One that hands 税 from 市長部局 to 教育委員会, in force from that very day."""
    over = msgspec.structs.replace(HandOver("市長部局", "教育委員会", ("税",), "第5条", day), **parts)
    affair = OrdinanceAffair(
        "1", "就学援助に関する事務", "市町村教育委員会", "これらに類する事務", "第4条", date(2016, 1, 1), "試験", hand_overs=(over,)
    )
    return (Ordinance(1, CODE, "試験市", "試験市個人番号の利用に関する条例", (affair,)),)


def number_row(day: date) -> Row:
    return tables_of(day)["number_use"].rows[0]


def proposed(day: date) -> ProposalQuestion:
    """The first proposed row; asked on a day without any, it is still a question."""
    row = tables_of(max(day, DAYS[1]))["proposal"].rows[0]
    return ProposalQuestion(inquirer=row.parties[:1], law=row.laws[0], provider=row.grants[0].providers[:1], items=row.grants[0].items[:1])


def consent(day: date, **parts: Any) -> AppConsent:
    """From that very day, for as long as may be."""
    return msgspec.structs.replace(AppConsent(app="app", items=("所得",), effective_on=day, until=day + 90 * A_DAY), **parts)


def lawful(day: date) -> dict[str, OtherQuestion]:
    """A question of each kind that is open if the day lets it be."""
    return {
        "same_government": SameGovernmentQuestion(
            receiver_code=CODE, receiver="教育委員会", giver_code=CODE, giver="市長部局", items=("税",), need="就学援助の決定"
        ),
        "emergency": EmergencyQuestion(interest=Interest.LIFE, need="救助", condition="consent_hard_to_obtain", reason="意識がない"),
        "resident_register": IdentityInformationQuestion(organ="national", affair="試験の事務", entry="別表第一の一の項", items=("住所",)),
        "self_disclosure": SelfDisclosureQuestion(
            asker="representative", proof="card", items=("所得",), mandate="registered", app="app", consent=consent(day)
        ),
        "related_affair": RelatedAffairQuestion(
            actor="employer",
            part="雇用契約",
            recipient=number_row(day).parties[:1],
            source=number_row(day).citation.partition("#")[0],
            row=number_row(day).label,
        ),
        "contractor": ContractorQuestion(principal="甲", standing="number_user", tasks=("入力",), chain=chain(), task="入力"),
        "proposal": proposed(day),
    }


def chain(**second: Any) -> tuple[Commission, ...]:
    """Two links, the second with some of its parts changed."""
    first = Commission(giver="甲", taker="乙", tasks=("入力",), supervision="年一回の検査")
    link = Commission(giver="乙", taker="丙", tasks=("入力",), supervision="月次の報告", permitted_by="甲")
    return (first, msgspec.structs.replace(link, **second))


def change(kind: str, **parts: Any) -> Made:
    return lambda day: (msgspec.structs.replace(lawful(day)[kind], **parts), ordinance(day))


def consenting(**parts: Any) -> Made:
    return lambda day: (msgspec.structs.replace(lawful(day)["self_disclosure"], consent=consent(day, **_days(day, parts))), ordinance(day))


def _days(day: date, parts: dict[str, Any]) -> dict[str, Any]:
    return {name: day + part if isinstance(part, timedelta) else part for name, part in parts.items()}


def handing(**parts: Any) -> Made:
    return lambda day: (lawful(day)["same_government"], ordinance(day, **_days(day, parts)))


def several(day: date) -> tuple[OtherQuestion, tuple[Ordinance, ...]]:
    """A law that several rows of the day stand on, and no row."""
    return msgspec.structs.replace(lawful(day)["related_affair"], source="", row="", law=shared_law(day)), ()


MADE: Final[dict[tuple[str, OtherGroundCode], Made]] = {
    ("same_government", C.NOT_SAME_GOVERNMENT): change("same_government", receiver_code="888888"),
    ("same_government", C.SAME_ORGAN): change("same_government", receiver="市長部局"),
    ("same_government", C.NO_HAND_OVER): lambda day: (lawful(day)["same_government"], ()),
    ("same_government", C.HAND_OVER_NOT_IN_FORCE): handing(effective_on=A_DAY),
    ("same_government", C.ITEM_NOT_HANDED_OVER): change("same_government", items=("税", "住所")),
    ("same_government", C.NO_ITEMS): change("same_government", items=()),
    ("same_government", C.NEED_NOT_STATED): change("same_government", need=" "),
    ("emergency", C.NO_INTEREST): change("emergency", interest=None),
    ("emergency", C.NEED_NOT_STATED): change("emergency", need=""),
    ("emergency", C.NEITHER_CONSENT_NOR_HARDSHIP): change("emergency", reason=""),
    ("resident_register", C.ENTRY_NOT_SHOWN): change("resident_register", entry=""),
    ("resident_register", C.NO_ITEMS): change("resident_register", items=()),
    ("resident_register", C.NOT_IDENTITY_INFORMATION): change("resident_register", items=("住所", "所得")),
    ("self_disclosure", C.PERSON_NOT_AUTHENTICATED): change("self_disclosure", proof="none"),
    ("self_disclosure", C.REPRESENTATIVE_NOT_REGISTERED): change("self_disclosure", mandate="none"),
    ("self_disclosure", C.NO_ITEMS): change("self_disclosure", items=()),
    ("self_disclosure", C.APP_CONSENT_MISSING): consenting(effective_on=A_DAY),
    ("self_disclosure", C.APP_CONSENT_WITHDRAWN): consenting(withdrawn_on=0 * A_DAY),
    ("self_disclosure", C.APP_CONSENT_ENDED): consenting(effective_on=-90 * A_DAY, until=0 * A_DAY),
    ("self_disclosure", C.APP_CONSENT_TOO_LONG): consenting(until=91 * A_DAY),
    ("self_disclosure", C.ITEM_NOT_CONSENTED): change("self_disclosure", items=("所得", "住所")),
    ("related_affair", C.AFFAIR_AMBIGUOUS): several,
    ("related_affair", C.AFFAIR_WITHOUT_NUMBER_USE): change("related_affair", source="", row="", law="郵便法"),
    ("related_affair", C.RECIPIENT_NOT_A_NUMBER_USER): change("related_affair", recipient=("だれの資格でもない",)),
    ("related_affair", C.ACTOR_WITHOUT_PART): change("related_affair", part=""),
    ("related_affair", C.LAW_NOT_KNOWN): change("related_affair"),
    ("contractor", C.PRINCIPAL_WITHOUT_NUMBER_USE): change("contractor", standing="none"),
    ("contractor", C.NOTHING_COMMISSIONED): change("contractor", chain=()),
    ("contractor", C.CHAIN_BROKEN): change("contractor", chain=chain(giver="丁")),
    ("contractor", C.BEYOND_PRINCIPALS_AFFAIR): change("contractor", chain=chain(tasks=("印刷",))),
    ("contractor", C.RE_ENTRUSTED_WITHOUT_PERMISSION): change("contractor", chain=chain(permitted_by="乙")),
    ("contractor", C.NOT_SUPERVISED): change("contractor", chain=chain(supervision="")),
    ("proposal", C.NO_ITEMS): change("proposal", items=()),
    ("proposal", C.NO_PROPOSAL): change("proposal", law="郵便法"),
    ("proposal", C.NOT_IN_PROPOSAL): change("proposal", items=("どの項にもない情報",)),
    ("proposal", C.LAW_NOT_KNOWN): change("proposal"),
}
VERIFIED: Final = "the tables of this day are held, and it is verified"
UNKNOWN: Final = "beyond the last verified day these two say that the law is not known, and look no further"
NEVER: Final[dict[tuple[str, OtherGroundCode, date], str]] = {
    **{(kind, C.LAW_NOT_KNOWN, day): VERIFIED for kind in ("related_affair", "proposal") for day in DAYS[:2]},
    **{("related_affair", code, LAST): UNKNOWN for code in (C.AFFAIR_AMBIGUOUS, C.AFFAIR_WITHOUT_NUMBER_USE, C.RECIPIENT_NOT_A_NUMBER_USER)},
    **{("proposal", code, LAST): UNKNOWN for code in (C.NO_ITEMS, C.NO_PROPOSAL, C.NOT_IN_PROPOSAL)},
    ("proposal", C.NOT_IN_PROPOSAL, DAYS[0]): "the proposed rows stand beside the order of 2024-05-27",
}
CLOSED: Final = {
    ("related_affair", LAST): {C.LAW_NOT_KNOWN},
    ("proposal", LAST): {C.LAW_NOT_KNOWN},
    ("proposal", DAYS[0]): {C.NO_PROPOSAL},
}
"""Where no question of the kind can be open, and what it then is told."""


def told(made: tuple[OtherQuestion, tuple[Ordinance, ...]], day: date) -> set[OtherGroundCode]:
    verdict = answer(made[0], load(), made[1], day)
    return {ground.code for ground in verdict.grounds} if isinstance(verdict, NotOpen) else set()


def test_every_kind_and_every_ground_is_made() -> None:
    assert {kind for kind, _ in MADE} == set(KINDS.values()) == set(lawful(DAYS[1]))
    assert {code for _, code in MADE} == set(OtherGroundCode)
    assert {(kind, code) for kind, code, _ in NEVER} <= set(MADE)


@pytest.mark.parametrize(("kind", "day"), [(kind, day) for kind in lawful(DAYS[1]) for day in DAYS], ids=str)
def test_a_way_is_open_on_the_day_or_cannot_be(kind: str, day: date) -> None:
    assert told((lawful(day)[kind], ordinance(day)), day) == CLOSED.get((kind, day), set())


@pytest.mark.parametrize(("kind", "code", "day"), [(*key, day) for key in MADE for day in DAYS], ids=str)
def test_a_ground_of_another_way_occurs_on_the_day_or_cannot(kind: str, code: OtherGroundCode, day: date) -> None:
    """It alone, beside what closes the way on that day in any case."""
    found = told(MADE[kind, code](day), day)
    assert (code in found) is ((kind, code, day) not in NEVER)
    assert found - {code} <= CLOSED.get((kind, day), set()) | ({C.NO_HAND_OVER} if kind == "same_government" else set())


DATED: Final[dict[str, tuple[Made, Made]]] = {
    "a hand-over, from the day on which it is in force": (handing(effective_on=0 * A_DAY), handing(effective_on=A_DAY)),
    "a hand-over, until the day on which it ends": (handing(until=A_DAY), handing(until=0 * A_DAY)),
    "a consent, from its first day": (consenting(effective_on=0 * A_DAY), consenting(effective_on=A_DAY)),
    "a consent, until its last": (
        consenting(effective_on=-89 * A_DAY, until=A_DAY),
        consenting(effective_on=-90 * A_DAY, until=0 * A_DAY),
    ),
    "a consent, until it is withdrawn": (consenting(withdrawn_on=A_DAY), consenting(withdrawn_on=0 * A_DAY)),
    "a consent of ninety days": (consenting(until=90 * A_DAY), consenting(until=91 * A_DAY)),
}


@pytest.mark.parametrize(("name", "day"), [(name, day) for name in DATED for day in DAYS], ids=str)
def test_each_date_of_another_way_counts_from_its_own_day(name: str, day: date) -> None:
    still, no_longer = DATED[name]
    assert told(still(day), day) == set()
    assert told(no_longer(day), day)


def test_the_last_verified_day_is_known_and_the_next_is_not() -> None:
    last = load().verified_until
    for kind in ("related_affair", "proposal"):
        asked = lawful(last)[kind], ()
        assert told(asked, last) == set()
        assert told(asked, last + A_DAY) == {C.LAW_NOT_KNOWN}
