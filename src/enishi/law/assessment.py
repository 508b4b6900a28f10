"""特定個人情報保護評価 (Art. 28): which assessment is due for a file, and whether the one published satisfies it on a day.

The thresholds are the data of the assessment rule (Articles 4 to 7, as in force 2024-05-27), read and not repeated here.
"""

from datetime import date
from functools import cache
from importlib import resources
from typing import Annotated, Any, Final, Literal

import msgspec

from enishi.errors import Malformed
from enishi.law.question import Assessment

Kind = Literal["", "基礎項目", "基礎項目+重点項目", "基礎項目+全項目"]
"""The documents published, the basic one always among them; empty where nobody has said."""
Exemption = Literal["", "職員の人事給与福利厚生", "1000人未満", "健保組合の医療保険", "共済組合等の共済", "会計検査院の検査用"]

STRENGTH: Final[dict[str, int]] = {"none_required": 0, "": 0, "基礎項目": 1, "基礎項目+重点項目": 2, "基礎項目+全項目": 3}
CLAIMANTS: Final[dict[str, frozenset[str]]] = {
    "健保組合の医療保険": frozenset({"健康保険組合"}),
    "共済組合等の共済": frozenset({"共済組合", "共済組合等", "国家公務員共済組合", "地方公務員共済組合", "日本私立学校振興・共済事業団"}),
    "会計検査院の検査用": frozenset({"会計検査院"}),
}
"""Exemptions that only some can claim: the capacities that may."""
FEW: Final = "1000人未満"


class AssessedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was published about the files of one affair at one institution, with the figures that the thresholds were judged by.

    `persons` counts every file of the affair, `staff` those who handle them, at publication; `incident_on` is the last major incident.
    `outdated_on` is the day from which an important change, or five years, demands a new one.  None: never said.
    """

    published_on: date
    kind: Kind = ""
    persons: Annotated[int, msgspec.Meta(ge=0)] | None = None
    staff: Annotated[int, msgspec.Meta(ge=0)] | None = None
    incident_on: date | None = None
    exempt: Exemption = ""
    outdated_on: date | None = None


@cache
def _rules() -> tuple[dict[str, Any], ...]:
    raw = resources.files("enishi.law").joinpath("data/assessment_thresholds_2024.json").read_bytes()
    return tuple(msgspec.json.decode(raw)["rules"])


def due(persons: int, staff: int, incident: Literal["none", "major"]) -> str:
    """The kind that the thresholds demand: `none_required` or one of `Kind`; `incident` says whether the year before saw a major one."""
    for rule in _rules():
        grave = staff >= 500 or incident == "major"
        if _covers(rule["persons"], persons) and _meets(rule, grave):
            return str(rule["assessment"])
    raise Malformed("assessment-threshold-missing", f"{persons}, {staff}, {incident}")


def _covers(span: str, persons: int) -> bool:
    """`<1000`, `1000-9999` (both included) or `>=300000`."""
    if span.startswith("<"):
        return persons < int(span[1:])
    if span.startswith(">="):
        return persons >= int(span[2:])
    lowest, _, highest = span.partition("-")
    return int(lowest) <= persons <= int(highest)


def _meets(rule: dict[str, Any], grave: bool) -> bool:
    """A rule that names staff and incidents holds for the one side of that line; one that does not, for both."""
    if "staff_ge_500_or_major_incident_1y" in rule:
        return grave
    return not grave if "staff" in rule else True


def assess(files: tuple[AssessedFile, ...], capacities: tuple[str, ...], on: date) -> Assessment:
    """How the affair's files stand on a day, by the newest publication: Art. 28(6) lets PUBLISHED and EXEMPT pass and nothing else."""
    published = [file for file in files if file.published_on <= on]
    if not published:
        return Assessment.UNPUBLISHED
    file = max(published, key=lambda one: one.published_on)
    if file.outdated_on is not None and file.outdated_on <= on:
        return Assessment.OUTDATED
    if file.exempt and _may_claim(file, capacities):
        return Assessment.EXEMPT
    return Assessment.PUBLISHED if _is_strong_enough(file) else Assessment.WRONG_KIND


def _may_claim(file: AssessedFile, capacities: tuple[str, ...]) -> bool:
    """Fewer than a thousand is counted, not claimed; the reasons of insurers, mutual aid and the audit are theirs alone."""
    if file.exempt == FEW:
        return file.persons is not None and due(file.persons, file.staff or 0, "none") == "none_required"
    claimants = CLAIMANTS.get(file.exempt)
    return claimants is None or not claimants.isdisjoint(capacities)


def _is_strong_enough(file: AssessedFile) -> bool:
    """A stronger assessment than the thresholds demand is always enough; figures that nobody stated are taken to demand the strongest."""
    if not file.kind:
        return False
    if file.persons is None or file.staff is None:
        return STRENGTH[file.kind] == max(STRENGTH.values())
    return STRENGTH[file.kind] >= STRENGTH[due(file.persons, file.staff, "major" if _recent(file) else "none")]


def _recent(file: AssessedFile) -> bool:
    """A major incident within the year before publication, the day a year earlier included."""
    incident, published = file.incident_on, file.published_on
    if incident is None or incident > published:
        return False
    return (incident.year + 1, incident.month, incident.day) >= (published.year, published.month, published.day)
