"""Reads the cases of the other kinds (cases/hoka): Japanese YAML, one question each, what the way gives or why it is closed."""

from datetime import date
from functools import cache
from typing import Any, Final

import msgspec

from enishi.law.other import OtherQuestion
from law.casebook import book

KEYS: Final = {"事例", "日", "種類", "問い", "判定", "根拠", "条件", "満たした条件", "理由"}
KINDS: Final = {
    "庁内提供": "same_government",
    "生命・身体・財産の保護": "emergency",
    "住民基本台帳法": "resident_register",
    "本人による取得": "self_disclosure",
    "個人番号関係事務": "related_affair",
    "委託": "contractor",
    "提案": "proposal",
}
WORDS: Final = {
    "受ける団体": "receiver_code",
    "受ける機関": "receiver",
    "渡す団体": "giver_code",
    "渡す機関": "giver",
    "項目": "items",
    "必要": "need",
    "守るもの": "interest",
    "要件": "condition",
    "事情": "reason",
    "求める機関の別": "organ",
    "事務": "affair",
    "別表の項": "entry",
    "取得する人": "asker",
    "証明": "proof",
    "代理": "mandate",
    "アプリ": "app",
    "同意": "consent",
    "始まり": "effective_on",
    "終わり": "until",
    "取消し": "withdrawn_on",
    "行う者": "actor",
    "関係": "part",
    "提出先": "recipient",
    "法律": "law",
    "版": "source",
    "項": "row",
    "委託者": "principal",
    "委託者の立場": "standing",
    "委託者の事務": "tasks",
    "契約": "chain",
    "行う事務": "task",
    "委託元": "giver",
    "委託先": "taker",
    "範囲": "tasks",
    "監督": "supervision",
    "許諾": "permitted_by",
    "照会者": "inquirer",
    "提供者": "provider",
}
VALUES: Final = {
    "生命": "life",
    "身体": "body",
    "財産": "property",
    "本人の同意": "consent",
    "同意を得ることが困難": "consent_hard_to_obtain",
    "どちらもない": "none",
    "国": "national",
    "都道府県": "prefecture",
    "市町村": "municipality",
    "本人": "person",
    "代理人": "representative",
    "カード": "card",
    "なし": "none",
    "登録済み": "registered",
    "雇用主": "employer",
    "代理業": "agent",
    "個人番号利用事務": "number_user",
    "個人番号関係事務": "related",
    "立場がない": "none",
}
Case = dict[str, Any]


@cache
def cases() -> tuple[Case, ...]:
    """All of them, read once; a key that no reader knows is an error."""
    return tuple(book("hoka", KEYS))


def question_of(case: Case) -> OtherQuestion:
    """The question that the case asks."""
    return msgspec.convert({"kind": KINDS[case["種類"]], **_plain(case["問い"])}, type=OtherQuestion)


def _plain(thing: Any) -> Any:
    if isinstance(thing, dict):
        return {WORDS[key]: _plain(value) for key, value in thing.items()}
    if isinstance(thing, list):
        return [_plain(value) for value in thing]
    return VALUES.get(thing, thing) if isinstance(thing, str) else thing


def day_of(case: Case) -> date:
    """The day of the case."""
    day = case["日"]
    assert isinstance(day, date)
    return day
