"""The demo's municipalities: code, prefecture, what its mayor may do by delegation, and parameters of local tax."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec


class Municipality(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A municipality; `standing` is designated (指定都市), core (中核市), city, ward or town; `grade` scales the tax exemption (級地)."""

    code: str
    ja: str
    en: str
    prefecture: str
    standing: str
    grade: float
    weight: int
    """Share of the synthetic households, in hundredths."""


class Prefecture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A prefecture of a demo municipality."""

    code: str
    ja: str
    en: str


_MUNICIPALITIES: Final = (
    Municipality("012131", "苫小牧市", "Tomakomai City", "010006", "city", 0.9, 30),
    Municipality("011002", "札幌市", "Sapporo City", "010006", "designated", 1.0, 20),
    Municipality("052019", "秋田市", "Akita City", "050008", "core", 0.9, 12),
    Municipality("402036", "久留米市", "Kurume City", "400009", "core", 0.9, 10),
    Municipality("462012", "鹿児島市", "Kagoshima City", "460001", "core", 0.9, 8),
    Municipality("082201", "つくば市", "Tsukuba City", "080004", "city", 0.8, 8),
    Municipality("336815", "吉備中央町", "Kibichuo Town", "330001", "town", 0.8, 4),
    Municipality("172065", "加賀市", "Kaga City", "170003", "city", 0.8, 4),
    Municipality("131121", "世田谷区", "Setagaya City, Tokyo", "130001", "ward", 1.0, 4),
)
_PREFECTURES: Final = (
    Prefecture("010006", "北海道", "Hokkaido"),
    Prefecture("050008", "秋田県", "Akita Prefecture"),
    Prefecture("400009", "福岡県", "Fukuoka Prefecture"),
    Prefecture("460001", "鹿児島県", "Kagoshima Prefecture"),
    Prefecture("080004", "茨城県", "Ibaraki Prefecture"),
    Prefecture("330001", "岡山県", "Okayama Prefecture"),
    Prefecture("170003", "石川県", "Ishikawa Prefecture"),
    Prefecture("130001", "東京都", "Tokyo Metropolis"),
)

MUNICIPALITIES: Final[Mapping[str, Municipality]] = MappingProxyType({place.code: place for place in _MUNICIPALITIES})
"""By 全国地方公共団体コード."""
PREFECTURES: Final[Mapping[str, Prefecture]] = MappingProxyType({place.code: place for place in _PREFECTURES})
"""Likewise."""


def welfare_office(municipality: str) -> str:
    """Who is 都道府県知事等 for the residents of a municipality: the city itself, or the prefecture where a town has no welfare office."""
    place = MUNICIPALITIES[municipality]
    return place.prefecture if place.standing == "town" else place.code


def certificate_office(municipality: str, kind: str) -> str:
    """Who issues a disability certificate of a kind (physical, mental, intellectual): prefecture, designated city, or core city for physical ones.

    身体障害者福祉法 Art. 43-2, 精神保健福祉法 Art. 51-12 and the cabinet orders under them.
    """
    place = MUNICIPALITIES[municipality]
    delegated = place.standing == "designated" or (place.standing == "core" and kind == "physical")
    return place.code if delegated else place.prefecture
