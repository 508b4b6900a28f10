"""Reads the legal cases of cases/law: Japanese YAML that a lawyer can read, one question and its expected verdict each."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

import yaml

from enishi.law import (
    AffairRef,
    Assessment,
    Consent,
    Facts,
    LawRef,
    OrdinanceRef,
    Party,
    Period,
    Policy,
    Question,
    Relation,
    RowRef,
    Standing,
)
from enishi.law.ordinance.read import read_ordinance
from enishi.law.texts import shelf

ROOT = Path(__file__).parents[2]
KEYS = {
    "事例",
    "日",
    "方針",
    "機関",
    "事実",
    "照会者",
    "事務",
    "号",
    "提供者",
    "項目",
    "関係",
    "期間",
    "判定",
    "水準",
    "根拠",
    "条件",
    "疑義",
    "理由",
    "理由の符号",
}
RELATIONS = {text.ja: Relation(code) for code, text in shelf()["relations"].items()}
ORDINANCES = tuple(read_ordinance(path.read_text(encoding="utf-8"), path.name) for path in sorted((ROOT / "ordinances").glob("*.yaml")))
Case = dict[str, Any]


@cache
def cases() -> tuple[Case, ...]:
    """All cases of the book, read once; a key that no reader knows is an error, so that no expectation goes unread."""
    return tuple(book("law", KEYS))


def book(name: str, keys: set[str]) -> list[Case]:
    """The cases of every page of cases/<name>, none with a key that is not of `keys`; libyaml reads them, ten times as fast."""
    pages = sorted((ROOT / "cases" / name).glob("*.yaml"))
    found: list[Case] = [case for page in pages for case in yaml.load(page.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)]
    for case in found:
        assert set(case) <= keys, (case["事例"], set(case) - keys)
    return found


def question_of(case: Case) -> Question:
    """The question that the case asks."""
    inquirer, provider = case.get("機関", ["照会機関", "提供機関"])
    return Question(
        inquirer=Party(_names(case["照会者"]), inquirer),
        affair=_affair(case["事務"]),
        provider=Party(_names(case["提供者"]), provider),
        items=tuple(case["項目"]),
        purpose_item=case.get("号"),
        relation=RELATIONS[case["関係"]] if "関係" in case else None,
        period=Period(*case["期間"]) if "期間" in case else None,
    )


def _names(capacities: str | list[str]) -> tuple[str, ...]:
    return (capacities,) if isinstance(capacities, str) else tuple(capacities)


def _affair(affair: dict[str, str]) -> AffairRef:
    if "法律" in affair:
        return LawRef(affair["法律"])
    return OrdinanceRef(affair["条例"]) if "条例" in affair else RowRef(affair["版"], affair["項"])


def facts_of(case: Case) -> Facts:
    """The facts of the case; what it does not say is in order."""
    said = case.get("事実", {})
    return Facts(
        inquirer_standing=Standing(said.get("照会者", "registered")),
        provider_standing=Standing(said.get("提供者", "registered")),
        inquirer_assessment=Assessment(said.get("照会者の評価", "published")),
        provider_assessment=Assessment(said.get("提供者の評価", "published")),
        consent=Consent(said.get("同意", "not_given")),
        consent_affairs=tuple(said.get("同意の要る項", ())),
        ordinances=ORDINANCES,
    )


def policy_of(case: Case) -> Policy:
    """The mesh's policy unless the case says otherwise."""
    said = case.get("方針", {})
    return Policy(
        demand=cast(Literal["item", "row"], said.get("段階", "item")),
        law_edge=cast(Literal["refuse", "mark"], said.get("法令の端", "refuse")),
        proposals=cast(Literal["ignore", "count"], said.get("提案", "ignore")),
    )


def day_of(case: Case) -> date:
    """The day of the case."""
    day = case["日"]
    assert isinstance(day, date)
    return day
