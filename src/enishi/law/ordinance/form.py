"""The form of an ordinance file: Japanese keys that a municipality writes, one version number, every date a fact that somebody published.

The same form stands in the file of a municipality (YAML) and in the registry snapshot, so both operators decide from what was signed.
"""

from datetime import date
from typing import Annotated, Final, Literal

import msgspec

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Label = Annotated[str, msgspec.Meta(min_length=1, max_length=20, pattern=r"^[0-9A-Za-z-]+$")]
Field = Literal["社会保障", "地方税", "防災", "これらに類する事務", "その他の事務"]

OPENED_ON: Final = date(2024, 5, 27)
"""From this day Art. 9(2) reaches beyond social security, local tax, disaster prevention and the like."""


class Judgement(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"same": "同一又は類似", "reason": "理由", "by": "判断者", "on": "判断日"}
):
    """A human judgement that law asks for and no machine can make: its result, why, by whom, on which day."""

    same: bool
    reason: Words
    by: Words
    on: date


class Compared(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={"source": "版", "row": "項", "purpose_item": "号", "purpose": "趣旨又は目的", "content": "事務の内容"},
):
    """対照する法定事務: the row (and 号) of the linkage table that the ordinance affair is held to be like, and the two judgements of rule 5."""

    source: Words
    row: Label
    purpose: Judgement
    content: Judgement
    purpose_item: str = ""

    @property
    def place(self) -> str:
        """`SOURCE/ROW`, as refusals name a row."""
        return f"{self.source}/{self.row}"


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"provider": "提供者", "items": "項目"}):
    """What is to be asked of whom: one provider by capacity, and data items by the names of the order."""

    provider: Words
    items: Annotated[tuple[Words, ...], msgspec.Meta(min_length=1)]


class Filing(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={
        "kind": "種別",
        "filed_on": "届出日",
        "compared": "対照",
        "wanted": "求める情報",
        "found_on": "認定日",
        "accepted": "認定",
        "notified_on": "通知日",
        "published_on": "公表日",
    },
):
    """One filing with the commission (first, or a change), whole in itself, and how far it has come: filed, found, notified, published."""

    kind: Literal["新規", "変更"]
    filed_on: date
    compared: Annotated[tuple[Compared, ...], msgspec.Meta(min_length=1)]
    wanted: Annotated[tuple[Wanted, ...], msgspec.Meta(min_length=1)]
    found_on: date | None = None
    accepted: bool = False
    notified_on: date | None = None
    published_on: date | None = None


class Cessation(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={"filed_on": "届出日", "notified_on": "通知日", "published_on": "公表日"},
):
    """中止の届出: the linkage ends on the day it is filed, whatever is still to be notified and published."""

    filed_on: date
    notified_on: date | None = None
    published_on: date | None = None


class HandOver(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={"giver": "渡す機関", "receiver": "受ける機関", "items": "項目", "place": "条", "effective_on": "施行日", "until": "失効日"},
):
    """庁内提供 (Art. 19(11)): what one organ of the government may hand to another of it, by which article, since when."""

    giver: Words
    receiver: Words
    items: Annotated[tuple[Words, ...], msgspec.Meta(min_length=1)]
    place: Words
    effective_on: date
    until: date | None = None


class Limit(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    rename={"items": "項目", "place": "条", "declared_on": "申出日", "effective_on": "施行日"},
):
    """限定機関 (Art. 26): what this government, as a provider, keeps out of ordinance linkage, declared to the commission beforehand."""

    items: Annotated[tuple[Words, ...], msgspec.Meta(min_length=1)]
    place: Words
    declared_on: date
    effective_on: date


class OrdinanceAffair(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={
        "number": "番号",
        "name": "名称",
        "organ": "機関",
        "field": "分野",
        "place": "条",
        "effective_on": "施行日",
        "until": "失効日",
        "purpose": "趣旨",
        "filings": "届出",
        "cessation": "中止",
        "hand_overs": "庁内提供",
    },
):
    """条例事務: an affair for which the ordinance provides for number use, on half-open days, with what was filed about it."""

    number: Label
    name: Words
    organ: Words
    field: Field
    place: Words
    effective_on: date
    purpose: Words
    until: date | None = None
    filings: tuple[Filing, ...] = ()
    cessation: Cessation | None = None
    hand_overs: tuple[HandOver, ...] = ()


class Ordinance(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={"form": "様式", "code": "団体コード", "body": "団体", "name": "条例", "note": "注記", "affairs": "事務", "limits": "限定"},
):
    """One ordinance of one local government (by its 全国地方公共団体コード, which is its id in the registry)."""

    form: Literal[1]
    code: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$")]
    body: Words
    name: Words
    affairs: tuple[OrdinanceAffair, ...]
    note: str = ""
    limits: tuple[Limit, ...] = ()


class Shown(msgspec.Struct, frozen=True):
    """An ordinance affair found, with the ordinance it stands in."""

    ordinance: Ordinance
    affair: OrdinanceAffair

    @property
    def citation(self) -> str:
        """`ordinanceCODE@DAY#affair/NUMBER`, permanent like a row's."""
        return f"ordinance{self.ordinance.code}@{self.affair.effective_on.isoformat()}#affair/{self.affair.number}"


def find_affair(ordinances: tuple[Ordinance, ...], ref: str) -> Shown | None:
    """The affair `CODE/NUMBER`; None where none or more than one is so named, since nothing is chosen for the asker."""
    code, _, number = ref.partition("/")
    found = [
        Shown(ordinance, affair) for ordinance in ordinances if ordinance.code == code for affair in ordinance.affairs if affair.number == number
    ]
    return found[0] if len(found) == 1 else None
