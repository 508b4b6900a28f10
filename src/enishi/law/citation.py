"""Citations: permanent ids of the places of law that verdicts rest on, and how to say and find them.

`LAW[@DAY]#PLACE`, LAW the e-Gov law id, DAY the revision's first day.  PLACE is `TABLE/ROW` for a row of a table (`appended-2/108`),
else `ARTICLE[-PARAGRAPH[-ITEM[-SUBITEM]]]`; `_` joins a branch (`30_9` = 第三十条の九), item 0 is the lead sentence, `~2` a second text.
"""

import re
from typing import Final

from enishi.errors import Malformed
from enishi.law.texts import Text

NAMES: Final = {
    "425AC0000000027": Text("番号利用法", "My Number Act"),
    "506M60004008009": Text("番号利用法第十九条第八号に基づく利用特定個人情報の提供に関する命令", "Order under Article 19(8) of the My Number Act"),
    "342AC0000000081": Text("住民基本台帳法", "Basic Resident Registration Act"),
    "325AC0000000226": Text("地方税法", "Local Tax Act"),
    "415AC0000000057": Text("個人情報の保護に関する法律", "Act on the Protection of Personal Information"),
    "322AC0000000067": Text("地方自治法", "Local Autonomy Act"),
    "322AC0000000164": Text("児童福祉法", "Child Welfare Act"),
    "326CO0000000319": Text("出入国管理及び難民認定法", "Immigration Control and Refugee Recognition Act"),
    "426AC0000000050": Text("難病の患者に対する医療等に関する法律", "Act on Medical Care for Patients with Intractable Diseases"),
    "503AC0000000036": Text("デジタル庁設置法", "Act for Establishment of the Digital Agency"),
    "proposal": Text("制度改正の提案", "Proposal (not law)"),
}
TABLES: Final = {
    "appended": Text("別表", "Appended Table"),
    "appended-1": Text("別表第一", "Appended Table 1"),
    "appended-2": Text("別表第二", "Appended Table 2"),
    "2": Text("第2条の表", "table of Article 2"),
    "1": Text("表", "table"),
    "affair": Text("条例事務", "affair of the ordinance"),
}
ORDINANCE: Final = re.compile(r"ordinance(\d{6})")
PATTERN: Final = re.compile(r"(?P<law>[0-9A-Za-z]+)(?:@(?P<day>\d{4}-\d\d-\d\d))?#(?P<place>[^#\s]+)")


def describe(citation: str) -> Text:
    """The citation as a reader says it, in Japanese and English; Malformed("citation-unknown") for what is no citation of ours."""
    match = PATTERN.fullmatch(citation)
    name = law_name(match["law"]) if match else None
    if match is None or name is None:
        raise Malformed("citation-unknown", citation[:200], "citation")
    day = Text(f"（{match['day']}版）", f" (as of {match['day']})") if match["day"] else Text("", "")
    place = _row(match["place"]) if "/" in match["place"] else _article(match["place"])
    return Text(f"{name.ja}{day.ja} {place.ja}", f"{name.en}{day.en}, {place.en}")


def law_name(law: str) -> Text | None:
    """What the law of a citation is called; `ordinanceCODE` is an ordinance of the local government of that code."""
    if code := ORDINANCE.fullmatch(law):
        return Text(f"条例（団体コード{code[1]}）", f"Ordinance (local government {code[1]})")
    return NAMES.get(law)


def link(citation: str) -> str:
    """The page of the law on e-Gov; empty for a proposal and for an ordinance.  Malformed("citation-unknown") as in `describe`."""
    describe(citation)
    law = citation.partition("#")[0].partition("@")[0]
    return "" if law not in NAMES or law == "proposal" else f"https://laws.e-gov.go.jp/law/{law}"


def _row(place: str) -> Text:
    table, _, label = place.rpartition("/")
    name = TABLES.get(table, Text(table, table))
    return Text(f"{name.ja} {_branch(label.replace('-', '_'))}の項", f"{name.en}, row {label}")


def _article(place: str) -> Text:
    article, *rest = place.partition("~")[0].split("-")
    ja, en = f"第{_numbered(article, '条')}", f"Article {article.replace('_', '-')}"
    for number, unit, opening, closing in zip(rest, ("項", "号", ""), (" paragraph ", " item ", " "), ("", "", ""), strict=False):
        ja += "柱書" if unit == "号" and number == "0" else f"第{_numbered(number, unit)}" if unit else number
        en += " lead sentence" if unit == "号" and number == "0" else f"{opening}{number.replace('_', '-')}{closing}"
    return Text(ja, en)


def _numbered(number: str, unit: str) -> str:
    """30_9 条 → 30条の9, as statutes count their branches."""
    head, *branches = number.split("_")
    return f"{head}{unit}" + "".join(f"の{branch}" for branch in branches)


def _branch(label: str) -> str:
    return "の".join(label.split("_"))
