"""The drafting of statutes: brackets with law numbers and short names, and lists joined by 又は, 若しくは, 、 and 及び."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from enishi.law.importing.numerals import NUMBER

ERA: Final = "(?:明治|大正|昭和|平成|令和)"
LAW_NUMBER: Final = re.compile(f"{ERA}(?:元|{NUMBER})年[^「」（）。]{{1,40}}第{NUMBER}号")
NAMING: Final = re.compile(r"(?:以下|[^「」]*において)?(?:この[条表]において)?「(?P<term>[^「」]+)」という")
SAME: Final = re.compile(r"(?:以下|[^「」]*において).*同じ")
JOINT: Final = re.compile("又は|若しくは|並びに|及び|、")
LISTING: Final = frozenset(("又は", "若しくは", "、"))
TAIL: Final = re.compile(r"(?:法律|法|令|規則|条|項|号)$")
"""Where a joint stands right behind these, it joins places of law inside one name, and no two names of a list."""

Drop = Callable[[str], bool]


class Named(NamedTuple):
    """One name of a list, the short name that the text gives it (or none), and how sure the reading is."""

    name: str
    term: str
    doubt: str


def balanced(text: str) -> bool:
    """True where every bracket is closed, and none before it is opened."""
    depth = 0
    for sign in text:
        depth += (sign == "（") - (sign == "）")
        if depth < 0:
            return False
    return depth == 0


def parts(text: str) -> Iterator[tuple[bool, str]]:
    """The text in pieces: (True, inside of a bracket) and (False, outside)."""
    depth, begin = 0, 0
    for index, sign in enumerate(text):
        if sign == "（":
            if depth == 0 and index > begin:
                yield False, text[begin:index]
            begin = index + 1 if depth == 0 else begin
            depth += 1
        elif sign == "）":
            depth -= 1
            if depth == 0:
                yield True, text[begin:index]
                begin = index + 1
    if begin < len(text):
        yield False, text[begin:]


def without(text: str, drop: Drop) -> str:
    """The text without those sentences of its brackets that `drop` names; a bracket that holds nothing else goes with them."""
    kept = []
    for bracket, piece in parts(text):
        if not bracket:
            kept.append(piece)
            continue
        said = [without(one, drop) for one in sentences(piece) if not drop(one)]
        if said:
            kept.append(f"（{'。'.join(said)}{'。' if piece.endswith('。') else ''}）")
    return "".join(kept)


def sentences(text: str) -> list[str]:
    """The sentences of a bracket, split at 。 outside the brackets inside it."""
    found, current = [], ""
    for bracket, piece in parts(text):
        if bracket:
            current += f"（{piece}）"
            continue
        *whole, rest = piece.split("。")
        for one in whole:
            found.append(current + one)
            current = ""
        current += rest
    return [one for one in [*found, current] if one]


def is_law_number(sentence: str) -> bool:
    """昭和三十三年法律第百九十二号, in brackets behind the name of a law."""
    return LAW_NUMBER.fullmatch(sentence) is not None


def is_naming(sentence: str) -> bool:
    """以下「…」という: what follows is called so."""
    return NAMING.fullmatch(sentence) is not None


def is_apparatus(sentence: str) -> bool:
    """What a bracket says about the drafting alone: a law's number, a short name, 以下…同じ."""
    return is_law_number(sentence) or is_naming(sentence) or SAME.fullmatch(sentence) is not None


def term_of(text: str) -> str:
    """The short name that the bracket at the end of a text gives it; empty where there is none."""
    found = list(parts(text))
    if not found or not found[-1][0]:
        return ""
    return next((match["term"] for one in sentences(found[-1][1]) if (match := NAMING.fullmatch(one))), "")


def terms_in(text: str) -> Iterator[tuple[str, str]]:
    """Every short name given in a text, with all of the text before it."""
    before = ""
    for bracket, piece in parts(text):
        if bracket:
            for one in sentences(piece):
                if match := NAMING.fullmatch(one):
                    yield match["term"], before
            before += f"（{piece}）"
        else:
            before += piece


def fragments(text: str, complete: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """The names of a list, as they stand, each with the doubt about its own joints; a name is never cut where it is not complete."""
    current, doubt = "", ""
    pieces = list(_joined(text))
    for index, (piece, joint) in enumerate(pieces):
        current += piece
        if index + 1 == len(pieces) or complete(current):
            yield current, doubt
            current, doubt = "", ""
            continue
        if joint in LISTING and not TAIL.search(without(current, is_apparatus)):
            doubt = f"「{joint}」を一つの名の中のものと読んだ"
        current += joint


def _joined(text: str) -> Iterator[tuple[str, str]]:
    """Pieces outside brackets between joints, each with the joint behind it."""
    current = ""
    for bracket, piece in parts(text):
        if bracket:
            current += f"（{piece}）"
            continue
        begin = 0
        for match in JOINT.finditer(piece):
            yield current + piece[begin : match.start()], match[0]
            current, begin = "", match.end()
        current += piece[begin:]
    yield current, ""


def plain(text: str) -> str:
    """The name as the data writes it: short if the text gives a short name, else without law numbers and drafting."""
    found = list(parts(text))
    if len(found) > 1 and found[-1][0] and any(SAME.fullmatch(one) for one in sentences(found[-1][1])):
        # 市町村長（特別区の区長を含む。以下この条において同じ。）: the bracket defines what the name means from here on.
        text = text[: -len(found[-1][1]) - 2]
    return without(text, is_apparatus)


def law_of(affair: str, terms: Mapping[str, str]) -> str:
    """The law that an affair stands on, by the first name in it; empty where none is recognised."""
    if affair.startswith("「"):
        name, _, rest = affair.partition("」")
        bracket = next(parts(rest), (False, ""))
        return f"{name}」（{bracket[1]}）" if bracket[0] else f"{name}」"
    bare = without(affair, lambda _: True)
    match = re.match(f"(.+?(?:法律|法|令|規則|要綱|要領|通知))(?=第|による|の規定|附則|に規定|にいう|その他|に基づ|又は|$)(第{NUMBER}号)?", bare)
    if match is None:
        return ""
    name = match[1] + (match[2] or "" if re.fullmatch(f"{ERA}(?:元|{NUMBER})年法律", match[1]) else "")
    # A short name of a law stands for the last of the laws before it.
    return re.split("又は|若しくは", terms.get(name, name))[-1]
