"""The data items by our slug, tied to the name that the order's table gives them (項目)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from enishi.errors import Unknown

Period = Literal["none", "fiscal_year"]


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One data item: slug, present version of its document, its name in the order, short titles, and whether it is asked for by fiscal year.

    An item that no row of the order names has no `law_name`: its form is published, and nobody may ask for it through the network.
    """

    id: str
    version: int
    law_name: str
    ja: str
    en: str
    period: Period


_LIST: Final = (
    Item("koseki", 1, "戸籍関係情報", "戸籍", "Family register", "none"),
    Item("account", 1, "公的給付支給等口座登録簿関係情報", "公金受取口座", "Account for public benefits", "none"),
    Item("local_tax", 1, "地方税関係情報", "地方税（住民税）", "Local tax", "fiscal_year"),
    Item("jumin", 2, "住民票関係情報", "住民票", "Resident record", "none"),
    Item("welfare", 1, "生活保護関係情報", "生活保護", "Public assistance", "none"),
    Item("disability", 1, "障害者関係情報", "障害者手帳", "Disability certificate", "none"),
    Item("pension", 1, "年金給付関係情報", "年金", "Pension", "fiscal_year"),
    Item("health_insurance", 1, "医療保険給付関係情報", "医療保険", "Health insurance", "none"),
    Item("care_insurance", 1, "介護保険給付等関係情報", "介護保険", "Long-term care insurance", "none"),
    Item("unemployment", 1, "失業等給付関係情報", "失業等給付", "Unemployment benefit", "none"),
    Item("child_support_allowance", 1, "児童扶養手当関係情報", "児童扶養手当", "Allowance for single-parent families", "fiscal_year"),
    Item("child_allowance", 1, "児童手当関係情報", "児童手当", "Child allowance", "fiscal_year"),
    Item("pregnancy", 1, "母子保健法による妊娠の届出に関する情報", "妊娠の届出", "Notice of pregnancy", "none"),
    Item("child_checkup", 1, "母子保健法による健康診査に関する情報", "母子の健康診査", "Maternal and child checkups", "none"),
    Item("residence_status", 1, "", "在留資格", "Status of residence", "none"),
    Item("vehicle", 1, "", "自動車の登録", "Vehicle registration", "none"),
    Item("driving_license", 1, "", "運転免許（返納）", "Driving licence (return)", "none"),
    Item("schooling", 1, "", "学齢簿（就学）", "School enrolment", "fiscal_year"),
)

ITEMS: Final[Mapping[str, Item]] = MappingProxyType({item.id: item for item in _LIST})
"""Every item by slug, in the order of this list."""

_BY_LAW_NAME: Final[Mapping[str, Item]] = MappingProxyType({item.law_name: item for item in _LIST if item.law_name})


def find(item_id: str) -> Item:
    """The item of a slug; Unknown("item-unknown")."""
    item = ITEMS.get(item_id)
    if item is None:
        raise Unknown("item-unknown", item_id[:60], "item")
    return item


def by_law_name(name: str) -> Item:
    """The item that the order's table calls by this name (order 506M60004008009, Art. 2); Unknown("item-unknown")."""
    item = _BY_LAW_NAME.get(name)
    if item is None:
        raise Unknown("item-unknown", name[:60], "item")
    return item
