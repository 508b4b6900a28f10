"""The institutions of the demo: who they are, in which legal capacities, and for which affairs their assessments are published."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

import msgspec

from enishi.encoding import digest
from enishi.errors import Unknown
from enishi.law.assessment import Kind
from enishi.law.capacities import RELATED
from enishi.law.ordinance.form import Filing, Ordinance
from enishi.law.ordinance.read import read_ordinance
from enishi.protocol.registry import Assessment, Capacity
from enishi.society.holdings import KOIKI
from enishi.society.places import MUNICIPALITIES, PREFECTURES, Municipality, Prefecture
from enishi.terms import InstitutionId

ACT: Final = date(2015, 10, 5)
"""Day on which the number act took effect; capacities that are older than it start here."""
ORDER: Final = "506M60004008009@2024-05-27"
_ASSESSED_ON: Final = date(2024, 12, 20)

ASSESSED: Final = {
    "2": frozenset(
        {"全国健康保険協会", "内閣総理大臣", "医療保険者", "厚生労働大臣", "市町村長", "後期高齢者医療広域連合", "日本年金機構", "法務大臣"}
    ),
    "12": frozenset({"法務大臣", "都道府県知事"}),
    "42": frozenset(
        {"内閣総理大臣", "医療保険者", "厚生労働大臣", "市町村長", "後期高齢者医療広域連合", "日本年金機構", "都道府県知事", "都道府県知事等"}
    ),
    "48": frozenset(
        {"内閣総理大臣", "医療保険者", "厚生労働大臣", "市町村長", "後期高齢者医療広域連合", "法務大臣", "都道府県知事", "都道府県知事等"}
    ),
    "69": frozenset({"内閣総理大臣", "医療保険者", "市町村長", "後期高齢者医療広域連合", "法務大臣", "都道府県知事等"}),
    "81": frozenset({"内閣総理大臣", "厚生労働大臣", "市町村長", "法務大臣", "都道府県知事", "都道府県知事等"}),
    "106": frozenset({"内閣総理大臣", "市町村長", "法務大臣"}),
    "107": frozenset({"厚生労働大臣", "市町村長", "日本年金機構"}),
    "108": frozenset({"内閣総理大臣", "市町村長", "法務大臣", "都道府県知事", "都道府県知事等"}),
    "109": frozenset({"内閣総理大臣", "厚生労働大臣", "日本年金機構"}),
    "120": frozenset({"厚生労働大臣", "法務大臣"}),
    "132": frozenset({"内閣総理大臣", "厚生労働大臣", "市町村長", "日本年金機構", "都道府県知事等"}),
}
"""Rows of the order whose linkage is described in published assessments: by row, the capacities that take part on either side."""


class Scale(NamedTuple):
    """How many persons and staff the files of an affair have at an institution of a size, and the assessment due for that."""

    kind: Kind
    persons: int
    staff: int


TOWN: Final = Scale("基礎項目", 9_000, 40)
CITY: Final = Scale("基礎項目+重点項目", 160_000, 300)
NATIONAL: Final = Scale("基礎項目+全項目", 400_000, 900)
"""Synthetic figures: of the order of size of such bodies, of no real one."""


class InstitutionSeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An institution as it first enters the registry; keys come from its gateway. `platform` hosts it; the others take part without a gateway."""

    id: InstitutionId
    name_ja: str
    name_en: str
    kind: str
    """municipality, prefecture, ministry, agency, insurer, body, police, contractor or employer."""
    platform: str
    suspended: bool
    capacities: tuple[Capacity, ...]
    assessments: tuple[Assessment, ...]
    ordinances: tuple[Ordinance, ...] = ()


@cache
def institutions() -> tuple[InstitutionSeed, ...]:
    """Every institution of the demo: municipalities, their prefectures, national bodies, insurers, and those without a part in the network."""
    return (*map(_municipality, MUNICIPALITIES.values()), *map(_prefecture, PREFECTURES.values()), *_national(), *_others())


def institution(institution_id: str) -> InstitutionSeed:
    """One of them by id; Unknown("institution-unknown")."""
    for one in institutions():
        if one.id == institution_id:
            return one
    raise Unknown("institution-unknown", institution_id[:40], "institution")


@cache
def ordinances() -> tuple[Ordinance, ...]:
    """The ordinances that institutions of the demo have entered, with their filings under Art. 19(9); all of them assumptions."""
    folder = resources.files("enishi.society").joinpath("data/ordinances")
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".yaml")), key=lambda one: one.name)
    return tuple(read_ordinance(one.read_text(encoding="utf-8"), one.name) for one in files)


def _seed(
    institution_id: str, ja: str, en: str, kind: str, *capacities: Capacity, platform: str = "platform-1", scale: Scale = NATIONAL
) -> InstitutionSeed:
    names = {capacity.name for capacity in capacities}
    own = tuple(one for one in ordinances() if one.code == institution_id)
    places = [(ORDER, row) for row, parties in ASSESSED.items() if names & parties]
    places += [place for ordinance in ordinances() for place in _linked(ordinance, names, ordinance in own)]
    assessments = tuple(_assessment(institution_id, source, row, scale) for source, row in places)
    return InstitutionSeed(InstitutionId(institution_id), ja, en, kind, platform, False, capacities, assessments, own)


def _linked(ordinance: Ordinance, names: set[str], own: bool) -> Iterator[tuple[str, str]]:
    """The affairs of an ordinance that its own government asks for and the holders of these capacities give for, as an assessment names them."""
    for affair in ordinance.affairs:
        givers = {want.provider for filing in affair.filings if isinstance(filing, Filing) for want in filing.wanted}
        if own or names & givers:
            yield f"ordinance{ordinance.code}", affair.number


def _assessment(institution_id: str, source: str, row: str, scale: Scale) -> Assessment:
    document = digest("assessment", institution_id.encode(), source.encode(), row.encode())
    return Assessment(source, row, _ASSESSED_ON, document, scale.kind, scale.persons, scale.staff)


def _since(name: str, effective_on: date = ACT) -> Capacity:
    return Capacity(name, effective_on)


def _related(law: str) -> Capacity:
    # Number Act Article 9(4): who hands in what a number user's affair of this law demands about its people. No table names it.
    return Capacity(RELATED, ACT, None, "", law, "425AC0000000027#9-4")


def _municipality(place: Municipality) -> InstitutionSeed:
    capacities = [_since("市町村長"), _since("医療保険者")]
    if place.standing != "town":
        # A city (a ward of Tokyo included) runs its own welfare office, a town leaves that to the prefecture.
        capacities.append(_since("都道府県知事等"))
    # What 大都市等の特例 hand to these cities is law's data; the capacity only says that the city is one.
    special = {"designated": ("指定都市の長",), "core": ("中核市の長",)}.get(place.standing, ())
    scale = TOWN if place.standing == "town" else CITY
    return _seed(place.code, place.ja, place.en, "municipality", *capacities, *map(_since, special), scale=scale)


def _prefecture(place: Prefecture) -> InstitutionSeed:
    return _seed(place.code, place.ja, place.en, "prefecture", _since("都道府県知事"), _since("都道府県知事等"))


def _national() -> tuple[InstitutionSeed, ...]:
    # 入管法 Article 69の2: the minister's powers are the commissioner's.
    law, clause = "出入国管理及び難民認定法", "326CO0000000319#69_2"
    immigration = Capacity("出入国在留管理庁長官", date(2019, 4, 1), None, "法務大臣", law, clause)
    return (
        _seed("moj", "法務省", "Ministry of Justice", "ministry", _since("法務大臣")),
        _seed("isa", "出入国在留管理庁", "Immigration Services Agency", "agency", immigration),
        _seed("mlit", "国土交通省", "Ministry of Land, Infrastructure, Transport and Tourism", "ministry", _since("国土交通大臣")),
        _seed("mhlw", "厚生労働省", "Ministry of Health, Labour and Welfare", "ministry", _since("厚生労働大臣")),
        _seed("digital", "デジタル庁", "Digital Agency", "agency", _since("内閣総理大臣", date(2021, 9, 1))),
        _seed("nenkin", "日本年金機構", "Japan Pension Service", "body", _since("日本年金機構")),
        _seed("kyokai-kenpo", "全国健康保険協会", "Japan Health Insurance Association", "insurer", _since("全国健康保険協会"), _since("医療保険者")),
        _seed(
            KOIKI, "北海道後期高齢者医療広域連合", "Hokkaido Union for Latter-Stage Elderly Health Care", "insurer", _since("後期高齢者医療広域連合")
        ),
    )


def _others() -> tuple[InstitutionSeed, ...]:
    """Bodies that hold nothing the network may carry; the procedures and the proposals meet them."""
    stay, insured = "出入国管理及び難民認定法", "雇用保険法"
    return (
        _seed("shiharai-kikin", "社会保険診療報酬支払基金", "Health Insurance Claims Review and Reimbursement Services", "body"),
        _seed("kokuho-chuokai", "国民健康保険中央会", "All-Japan Federation of National Health Insurance Organizations", "body"),
        _seed("police-hokkaido", "北海道警察", "Hokkaido Police", "police"),
        _seed("university-tsukuba", "筑波大学（受託者）", "University of Tsukuba (contractor)", "contractor"),
        _seed("employer-1", "株式会社みなと工業（架空）", "Minato Kogyo Co. (fictitious)", "employer", _related(stay), _related(insured)),
        _seed("employer-2", "合同会社やまびこ介護（架空）", "Yamabiko Care LLC (fictitious)", "employer", _related(stay)),
    )
