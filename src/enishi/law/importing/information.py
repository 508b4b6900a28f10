"""One piece of information in the order's detail: about whom it is, and which data item of the row it falls under."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from enishi.law.importing.drafting import is_law_number, is_naming, parts, term_of, terms_in, without

PERSON: Final = re.compile(r"(?:者|子|人|父|母|配偶者|家族|児童?|遺族|世帯員|生徒|学生|患者|本人|労働者|組合員|加入者|会員)等?$")
ALIASES: Final = {"市町村民税": "地方税関係情報", "道府県民税": "地方税関係情報"}
"""Words of the order that name no data item but a part of one."""
LAW: Final = re.compile(r"([^、（）「」]+?(?:法律|法))(?=第|による|の規定|附則|に規定|その他)")
CITED: Final = re.compile(r".*第[一二三四五六七八九十百千]+(?:条|項|号)(?:の[一二三四五六七八九十百千]+)?の")


@dataclass(frozen=True)
class Said:
    """One sentence read: about whom, which information, the whole without drafting, and the short names it gives."""

    subjects: str
    information: str
    text: str
    terms: Mapping[str, str]


def entry(text: str, subjects: str) -> Said:
    """Read one sentence of information; `subjects` are those that the sentence above names for all below it."""
    told, information = _divided(text)
    terms = {term: without(before[len(told) :].removeprefix("に係る") if told else before, _drafting) for term, before in terms_in(text)}
    return Said(without(told, _drafting) or subjects, information, without(text, _drafting), terms)


def _divided(text: str) -> tuple[str, str]:
    """The persons before the last に係る that stands behind a person, outside brackets, and the information after it."""
    place, at = -1, 0
    for bracket, piece in parts(text):
        length = len(piece) + (2 if bracket else 0)
        if not bracket:
            for match in re.finditer("に係る", piece):
                before = without(text[: at + match.start()], lambda _: True)
                place = at + match.start() if PERSON.search(before) else place
        at += length
    return (text[:place], text[place + 3 :]) if place >= 0 else ("", text)


def assign(said: Said, items: Sequence[str], terms: Mapping[str, str]) -> tuple[list[str], str]:
    """The data items of the row that the information falls under, and the doubt about it.

    By name, by the short name it gives, by what it is a part of.  A law alone is no proof: it is told as a doubt, and no item is given.
    """
    bare = without(said.information, _drafting)
    own = term_of(said.information)
    named = [item for item in dict.fromkeys(items) if item in bare or item == own]
    named = [item for item in named if not any(item != other and item in other for other in named)]
    if named:
        rest = bare
        for item in named:
            rest = rest.replace(item, "")
        return named, "ほかの項目にも当たりうる" if own not in named and (LAW.search(rest) or "情報" in rest) else ""
    aliased = [item for word, item in ALIASES.items() if word in bare and item in items]
    if aliased:
        return aliased[:1], ""
    laws = set(LAW.findall(bare))
    lawful = [item for item in dict.fromkeys(items) if laws & set(LAW.findall(without(terms.get(item, item), _drafting)))]
    if len(lawful) == 1:
        return [], f"根拠の法律からは「{lawful[0]}」に当たるとみられる"
    return [], "情報の項目を機械では決められない"


def definition(before: str) -> str:
    """What a short name in an affair stands for: the words behind the last place of law that leads up to it."""
    match = CITED.match(before)
    return before[match.end() :] if match else before


def _drafting(sentence: str) -> bool:
    return is_law_number(sentence) or is_naming(sentence)
