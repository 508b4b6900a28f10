"""Writes law XML as e-Gov does from rows of the data's form, so that an import can be held against the rows it was made from."""

from collections.abc import Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from enishi.law.importing.numerals import IROHA, kanji, to_kanji

Row = dict[str, Any]


def article_of(label: str) -> str:
    """第五条, 第五条の二."""
    head, *branches = label.split("-")
    return f"第{to_kanji(int(head))}条" + "".join(f"の{to_kanji(int(branch))}" for branch in branches)


def sentence(text: str) -> str:
    """One sentence element."""
    return f'<Sentence Num="1" WritingMode="vertical">{escape(text)}</Sentence>'


def cell(text: str, top: str = "solid", bottom: str = "solid", span: int = 1) -> str:
    """One cell of a table, with its borders and its span."""
    spanned = f' rowspan="{span}"' if span > 1 else ""
    return f'<TableColumn BorderTop="{top}" BorderBottom="{bottom}"{spanned}>{sentence(text)}</TableColumn>'


def line(*cells: str) -> str:
    """One row of a table."""
    return f"<TableRow>{''.join(cells)}</TableRow>"


def joined(names: Sequence[str]) -> str:
    """A, B and C as a statute lists them."""
    return "又は".join(("、".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]


def block(row: Row, bound: str, spans: bool) -> str:
    """The lines of one linkage row: parties and affair go on by spans, or by borders that are not drawn."""
    grants = row["grants"]
    first = f"{kanji(row['row'])}　{joined(row.get('inquirers', row.get('users')))}"
    lines = []
    for number, grant in enumerate(grants):
        given = [cell(joined(grant["providers"])), cell(joined(grant["items"]) + bound)]
        top, bottom = "none" if number else "solid", "none" if number + 1 < len(grants) else "solid"
        if spans:
            held = [cell(first, span=len(grants)), cell(row["affair"] + bound, span=len(grants))] if not number else []
        else:
            held = [cell("" if number else text, top, bottom) for text in (first, row["affair"] + bound)]
        lines.append(line(*held, *given))
    return "".join(lines)


def number_use_table(rows: Iterable[Row]) -> str:
    """The lines of a number-use table, deleted rows included."""
    return "".join(
        line(cell(f"{kanji(row['row'])}　削除"), cell("削除"))
        if row.get("deleted")
        else line(cell(f"{kanji(row['row'])}　{joined(row['users'])}"), cell(f"{row['affair']}であって主務省令で定めるもの"))
        for row in rows
    )


def law(body: str) -> bytes:
    """A whole text around its body."""
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<Law Era="Reiwa" Year="06" Num="009" LawType="MinisterialOrdinance" Lang="ja">'
    return f"{head}<LawNum>令和六年デジタル庁・総務省令第九号</LawNum><LawBody><LawTitle>命令</LawTitle>{body}</LawBody></Law>".encode()


def appended(title: str, lines: str) -> str:
    """An appended table."""
    return (
        f'<AppdxTable Num="1"><AppdxTableTitle WritingMode="vertical">{title}</AppdxTableTitle>'
        f"<RelatedArticleNum>（第九条関係）</RelatedArticleNum><TableStruct><Table>{lines}</Table></TableStruct></AppdxTable>"
    )


def article(label: str, lead: str, rest: str = "") -> str:
    """One article of one paragraph."""
    title, paragraph = f"<ArticleTitle>{article_of(label)}</ArticleTitle>", f"<ParagraphSentence>{sentence(lead)}</ParagraphSentence>{rest}"
    return f'<Article Num="{label.replace("-", "_")}">{title}<Paragraph Num="1"><ParagraphNum/>{paragraph}</Paragraph></Article>'


def order(lines: str, articles: str = "") -> bytes:
    """The order: article 1, the table of article 2, and the articles that detail it."""
    table = article("2", "次の表のとおりとする。", f"<TableStruct><Table>{lines}</Table></TableStruct>")
    return law(f"<MainProvision>{article('1', 'この命令において使用する用語の例による。')}{table}{articles}</MainProvision>")


def item(number: int, *columns: str, below: str = "") -> str:
    """One 号 with its columns."""
    if len(columns) > 1:
        said = "".join(f'<Column Num="{index}">{sentence(text)}</Column>' for index, text in enumerate(columns, start=1))
    else:
        said = sentence(columns[0])
    return f'<Item Num="{number}"><ItemTitle>{to_kanji(number)}</ItemTitle><ItemSentence>{said}</ItemSentence>{below}</Item>'


def subitems(texts: Sequence[str], below: Sequence[str] = ()) -> str:
    """イ, ロ, ハ …; `below` are lists inside them."""
    inner = [*below, *[""] * len(texts)]
    return "".join(
        f'<Subitem1 Num="{index + 1}"><Subitem1Title>{IROHA[index]}</Subitem1Title>'
        f"<Subitem1Sentence>{sentence(text)}</Subitem1Sentence>{inner[index]}</Subitem1>"
        for index, text in enumerate(texts)
    )


def numbered(texts: Sequence[str]) -> str:
    """（１）, （２） … below an イ."""
    return "".join(
        f'<Subitem2 Num="{index + 1}"><Subitem2Title>（{chr(0xFF11 + index)}）</Subitem2Title>'
        f"<Subitem2Sentence>{sentence(text)}</Subitem2Sentence></Subitem2>"
        for index, text in enumerate(texts)
    )


EACH = "の項で定める事務は、次の各号に掲げる事務とし、同項で定める情報は、当該各号に掲げる事務の区分に応じ当該各号に定める情報とする。"


def detail(row: Row) -> str:
    """The article of one row of the data's detail, its cross-references unexpanded again."""
    lead = f"第二条の表{kanji(row['row'])}"
    items = "".join(_purpose(number, purpose) for number, purpose in enumerate(row["items"], start=1))
    return article(row["article"], lead + EACH, items)


def _purpose(number: int, purpose: Row) -> str:
    entries = [_unexpanded(entry) for entry in purpose["information"]]
    texts = list(dict.fromkeys(text for _, text in entries))
    if len(texts) == 1 and not entries[0][0]:
        return item(number, purpose["affair"], texts[0])
    return item(number, purpose["affair"], "次に掲げる情報", below=subitems(texts))


def _unexpanded(entry: Row) -> tuple[str, str]:
    whole = entry["text"] if entry["subjects"] in entry["text"] else f"{entry['subjects']}に係る{entry['text']}"
    if entry["no"].startswith("第"):
        return "", f"{entry['subjects']}に係る{entry['ref']}"
    return entry["no"], entry.get("via", whole)
