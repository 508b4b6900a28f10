"""Which institutions hold which items, by their legal capacities: what a person may be offered to ask for, where nothing else is known.

The grants of the order's table (506M60004008009, Art. 2) say who gives what; a test holds this list to them. For items that no row names, the laws
that have them kept (`x-kept-under` of their schemas).
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from enishi.items.catalog import ITEMS

BY_CAPACITY: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "共済組合等": ("pension",),
        "内閣総理大臣": ("account",),
        "医療保険者": ("health_insurance",),
        "厚生労働大臣": ("pension", "unemployment"),
        "市町村長": ("local_tax", "jumin", "care_insurance", "child_allowance", "pregnancy", "child_checkup"),
        "後期高齢者医療広域連合": ("health_insurance",),
        "日本年金機構": ("pension",),
        "法務大臣": ("koseki",),
        "農林漁業団体職員共済組合": ("pension",),
        "都道府県知事": ("disability",),
        "都道府県知事等": ("welfare", "child_support_allowance"),
    }
)
"""Capacity → items that the order has its holder give."""
BESIDE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "出入国在留管理庁長官": ("residence_status",),
        "国土交通大臣": ("vehicle",),
        "市町村長": ("schooling",),
        "全国健康保険協会": ("health_insurance",),
        "police": ("driving_license",),
    }
)
"""Capacity, or kind of institution → items that no row of the order names for it, kept under laws of their own."""


def items_held(capacities: Iterable[str], kind: str) -> tuple[str, ...]:
    """Slugs of the items that an institution of these capacities and this kind holds, in the order of the catalogue; nobody is sure to be in them."""
    names = (*capacities, kind)
    found = {item for name in names for item in (*BY_CAPACITY.get(name, ()), *BESIDE.get(name, ()))}
    return tuple(item for item in ITEMS if item in found)
