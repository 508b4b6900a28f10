"""The articles behind the order's table: which 号 of a row's affair lets one ask for which information about whom."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NoReturn

from enishi.errors import Malformed
from enishi.law.importing.drafting import balanced, is_law_number, is_naming, terms_in, without
from enishi.law.importing.information import assign, definition, entry
from enishi.law.importing.numerals import IROHA, Label, follows, from_kanji, kanji, label_of, to_kanji, written
from enishi.law.importing.reader import Node, Place, children, words
from enishi.law.importing.rows import BRANCHES, DELETED, Reading, Row
from enishi.law.importing.subitems import Listed, listed

LEAD: Final = re.compile(
    rf"(?:前条|第二条)の表(?P<label>{BRANCHES})の項で定める事務(?:（(?P<scope>.+?)に限る。）)?は、(?P<affair>.+?)とし、"
    rf"(?:同項|同表{BRANCHES}の項|同条の表{BRANCHES}の項)で定める情報は、(?P<information>.+)とする。"
)
EACH_AFFAIR: Final = "次の各号に掲げる事務"
EACH_INFORMATION: Final = "当該各号に掲げる事務の区分に応じ当該各号に定める情報"
BELOW: Final = re.compile(r"(?:(?P<subjects>.+)に係る)?次に掲げる情報")
EARLIER: Final = re.compile(rf"(?:(?P<subjects>.+)に係る)?(?P<item>前号|第[一二三四五六七八九十百]+号)(?P<part>[{IROHA}])?に掲げる情報")
EXCEPTED: Final = re.compile(
    r"(?P<article>前条|次条)(?P<place>第[一二三四五六七八九十百]+号(?:及び第[一二三四五六七八九十百]+号)*)に掲げる事務を除く"
)
REST: Final = "この命令に定めるもののほか、"


def unreadable(place: Place, what: str) -> NoReturn:
    """An article that does not say what a row's article says: Malformed("law-detail-unreadable") with article and 号."""
    raise Malformed("law-detail-unreadable", f"{place}: {what}"[:300], "file")


def details_of(articles: Sequence[Node], rows: Sequence[Mapping[str, Any]], reading: Reading) -> Iterator[Row]:
    """One line for each article: row N in Article N + 2, the last article beyond the rows being the catch-all."""
    items = {row["row"]: [item for grant in row.get("grants", ()) for item in grant["items"]] for row in rows}
    last: Label = (2,)
    for node in articles:
        number = node.attributes.get("Num", "")
        place = Place().at(f"Article {number}", node)
        label = tuple(int(part) for part in number.split("_")) if re.fullmatch(r"[1-9]\d{0,3}(_[1-9]\d{0,3})*", number) else ()
        if not label or not follows(label, last):
            unreadable(place, f"after article {written(last)}")
        last = label
        row = written((label[0] - 2, *label[1:]))
        yield _article(node, place, label, row, items, reading)


def _article(node: Node, place: Place, label: Label, row: str, items: Mapping[str, list[str]], reading: Reading) -> Row:
    children(node, place, frozenset(("ArticleCaption", "ArticleTitle", "Paragraph")))
    titles = [words(title, place) for title in node.named("ArticleTitle")]
    head, *branches = label
    if titles != [f"第{to_kanji(head)}条" + "".join(f"の{to_kanji(branch)}" for branch in branches)]:
        unreadable(place, f"its title is {'・'.join(titles)[:30]}")
    paragraphs = node.named("Paragraph")
    if not paragraphs:
        unreadable(place, "no paragraph")
    leads = [_lead(paragraph, place) for paragraph in paragraphs]
    if leads[0].startswith(REST) and row not in items:
        return {"article": written(label), "row": None, "items": [], "text": leads[0]}
    if leads == [DELETED]:
        return {"article": written(label), "row": row, "deleted": True, "items": []}
    if row not in items:
        unreadable(place, f"the table has no row {row}")
    article = _Article(label, row, items[row], reading)
    said: list[Row] = []
    for number, (paragraph, lead) in enumerate(zip(paragraphs, leads, strict=True), start=1):
        said += article.paragraph(paragraph, lead, place, str(number) if len(paragraphs) > 1 else "")
    terms = {"terms": article.terms} if article.terms else {}
    return {"article": written(label), "row": row, **terms, "items": said}


def _lead(paragraph: Node, place: Place) -> str:
    children(paragraph, place, frozenset(("ParagraphNum", "ParagraphSentence", "Item")))
    sentences = paragraph.named("ParagraphSentence")
    if len(sentences) != 1:
        unreadable(place, f"{len(sentences)} lead sentences")
    return words(sentences[0], place)


class _Article:
    """What the article of one row is read with, and the short names that it gives."""

    def __init__(self, label: Label, row: str, items: list[str], reading: Reading) -> None:
        self.terms: dict[str, str] = {}
        self._label, self._row, self._items, self._reading = label, row, items, reading

    def paragraph(self, node: Node, lead: str, place: Place, number: str) -> Iterator[Row]:
        """The 号 of one paragraph, in their order; where it is one of several, its number goes before theirs."""
        match = LEAD.fullmatch(lead)
        if match is None or written(label_of(match["label"]) or ()) != self._row:
            unreadable(place, f"its lead is none of row {self._row}: {lead[:40]!r}")
        head = {"paragraph": number, "scope": match["scope"] or ""} if number else {}
        begin = f"{number}項" if number else ""
        found = listed(node.named("Item"), "Item", place)
        if match["affair"] == EACH_AFFAIR:
            if match["information"] != EACH_INFORMATION or not found:
                unreadable(place, f"no 号 for {match['information'][:40]!r}")
            done: dict[str, Row] = {}
            for one in found:
                done[one.label] = self._item(one, done)
                yield {"item": begin + one.label, **head, **{key: value for key, value in done[one.label].items() if key != "item"}}
            return
        affair = self._affair(match["affair"], place)
        # The 号 of such an article are its information, and are cited as the text writes them: 一, 二.
        listing = [replace(one, label=kanji(one.label)) for one in found]
        yield {"item": f"{begin}0", **head, **affair, "information": self._information(match["information"], listing, {}, place)}

    def _item(self, one: Listed, done: Mapping[str, Row]) -> Row:
        """One 号: an affair, and the information for it beside it or below it."""
        if one.columns == (DELETED,):
            return {"item": one.label, "deleted": True, "information": []}
        if len(one.columns) != 2:
            unreadable(one.place, f"{len(one.columns)} columns, not an affair and its information")
        affair = self._affair(one.columns[0], one.place)
        return {"item": one.label, **affair, "information": self._information(one.columns[1], one.below, done, one.place)}

    def _affair(self, text: str, place: Place) -> Row:
        if not balanced(text) or "事務" not in text:
            unreadable(place, f"no affair: {text[:40]!r}")
        for term, before in terms_in(text):
            self._define(term, definition(without(before, _drafting)))
        except_from = EXCEPTED.search(text)
        ref = {"ref": f"除かれる事務: {self._near(except_from['article'])}{except_from['place']}"} if except_from else {}
        return {"affair": without(text, _drafting), **ref}

    def _near(self, word: str) -> str:
        return f"第{to_kanji(self._label[0] + (1 if word == '次条' else -1))}条"

    def _information(self, text: str, below: Sequence[Listed], done: Mapping[str, Row], place: Place) -> list[Row]:
        """The information for one affair: the sentence itself, or what is listed below it."""
        match = BELOW.fullmatch(text)
        if (match is not None) != bool(below):
            unreadable(place, "次に掲げる情報, but nothing below" if match else f"a list below {text[-30:]!r}")
        if match is None:
            return list(self._entries("", text, "", done, place))
        return [row for one in below for row in self._below(one, match["subjects"] or "", done)]

    def _below(self, one: Listed, subjects: str, done: Mapping[str, Row]) -> Iterator[Row]:
        if len(one.columns) != 1:
            unreadable(one.place, f"{len(one.columns)} columns of information")
        (text,) = one.columns
        if text == DELETED:
            yield {"no": one.label, "deleted": True, "subjects": "", "data_items": [], "text": text}
            return
        match = BELOW.fullmatch(text)
        if (match is not None) != bool(one.below):
            unreadable(one.place, "次に掲げる情報, but nothing below" if match else f"a list below {text[-30:]!r}")
        if match is None:
            yield from self._entries(one.label, text, subjects, done, one.place)
        for inner in one.below:
            for row in self._below(inner, (match["subjects"] if match else "") or subjects, done):
                yield row | {"no": one.label + row["no"]}

    def _entries(self, number: str, text: str, subjects: str, done: Mapping[str, Row], place: Place) -> Iterator[Row]:
        """One entry, or those of the 号 that the text refers back to, about the persons named here."""
        match = EARLIER.fullmatch(text)
        earlier = self._referred(match["item"], match["part"], done) if match else ()
        if match is None or not earlier:
            yield self._own(number, text, subjects, place)
            return
        for place_of, one in earlier:
            here = {"subjects": match["subjects"] or subjects or one["subjects"]}
            if number:
                yield one | here | {"no": number, "via": text, "from": place_of}
            else:
                yield one | here | {"no": place_of, "ref": text.rpartition("に係る")[2]}

    def _own(self, number: str, text: str, subjects: str, place: Place) -> Row:
        if not balanced(text) or not text:
            unreadable(place, f"no information: {text[:40]!r}")
        said = entry(text, subjects)
        for term, meaning in said.terms.items():
            self._define(term, meaning)
        items, doubt = assign(said, self._items, self._reading.terms | self.terms)
        return {"no": number, "subjects": said.subjects, "data_items": items, "text": said.text, **({"doubt": doubt} if doubt else {})}

    def _referred(self, word: str, part: str | None, done: Mapping[str, Row]) -> list[tuple[str, Row]]:
        """The entries of the 号 that is referred to, each with its place; none where they are not all to be had."""
        last = next(reversed(list(done)), "")
        label = last if word == "前号" else str(from_kanji(word.removeprefix("第").removesuffix("号")) or "")
        if label not in done:
            return []
        head, _, branches = kanji(label).partition("の")
        said = f"第{head}号{'の' if branches else ''}{branches}"
        return [(f"{said}{one['no']}", one) for one in done[label]["information"] if not part or one["no"] == part]

    def _define(self, term: str, meaning: str) -> None:
        self.terms.setdefault(term, meaning)


def _drafting(sentence: str) -> bool:
    return is_law_number(sentence) or is_naming(sentence)
