"""The way through a text of e-Gov: which tables and articles it holds, and which rows they say."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from enishi.errors import Malformed
from enishi.law.importing.detail import details_of
from enishi.law.importing.grid import Cell, grid_of, unreadable
from enishi.law.importing.reader import Node, Place, children, read, unknown, words
from enishi.law.importing.rows import Reading, Row, rows_of

Kind = Literal["number_use", "linkage", "detail"]
SKIPPED: Final = frozenset(
    ("LawTitle", "EnactStatement", "TOC", "Preamble", "SupplProvision", "AppdxNote", "AppdxStyle", "Appdx", "AppdxFig", "AppdxFormat")
)
"""Parts that hold no row: titles, contents, transition rules, forms."""
BODY: Final = SKIPPED | {"MainProvision", "AppdxTable"}
DIVISIONS: Final = ("Part", "Chapter", "Section", "Subsection", "Division")
NAMES: Final = {"別表": "appended", "別表第一": "appended-1", "別表第二": "appended-2"}
HEADERS: Final = frozenset(("情報照会者", "上欄", "第一欄", "個人番号利用事務実施者", "行政機関等"))
ORDER_ARTICLE: Final = "2"


@dataclass(frozen=True)
class ImportedTable:
    """One table of a text, by the name that citations use (`appended-1`, `2`; `detail` for the articles behind it), and its rows."""

    name: str
    kind: Kind
    rows: tuple[dict[str, Any], ...]


def import_law(text: bytes) -> tuple[ImportedTable, ...]:
    """Every table of a law's XML (e-Gov schema v3, UTF-8), compiled into rows; never a table with fewer rows than the text has.

    Malformed("law-xml-broken" | "law-xml-unknown" | "law-table-unreadable" | "law-detail-unreadable" | "law-tables-missing") and
    Oversized("law-xml-oversized"), the detail being the place: article, table, row, column, line.
    """
    root = read(text)
    if root.tag != "Law":
        unknown(Place(), f"<{root.tag}>")
    (body,) = _only(root, "LawBody", frozenset(("LawNum", "LawBody")))
    reading = Reading()
    tables = tuple(_tables(body, reading))
    if not tables:
        raise Malformed("law-tables-missing", "", "file")
    names = [table.name for table in tables]
    if len(names) != len(set(names)):
        unknown(Place(), f"two tables of one name: {', '.join(names)}")
    return tables


def _only(node: Node, tag: str, known: frozenset[str]) -> list[Node]:
    children(node, Place(), known)
    found = node.named(tag)
    if len(found) != 1:
        unknown(Place().at(node.tag, node), f"{len(found)} <{tag}>")
    return found


def _tables(body: Node, reading: Reading) -> Iterator[ImportedTable]:
    for part in children(body, Place(), BODY):
        if part.tag == "MainProvision":
            yield from _main(part, reading)
        elif part.tag == "AppdxTable":
            yield _appended(part, reading)


def _appended(part: Node, reading: Reading) -> ImportedTable:
    """An appended table: its title, the article it belongs to, and one table."""
    place = Place().at("AppdxTable", part)
    children(part, place, frozenset(("AppdxTableTitle", "RelatedArticleNum", "TableStruct")))
    titles, tables = part.named("AppdxTableTitle"), part.named("TableStruct")
    if len(titles) != 1 or len(tables) != 1:
        unknown(place, f"{len(titles)} titles, {len(tables)} tables")
    title = words(titles[0], place).partition("（")[0].strip("　 ")
    if title not in NAMES:
        unknown(place, f"a table of the name {title[:30]!r}")
    return _table(tables[0], place.at(title), NAMES[title], reading, None)


def _main(provision: Node, reading: Reading) -> Iterator[ImportedTable]:
    """The table in Article 2 of the order and the articles that detail its rows; in a statute the articles are no rows."""
    articles = list(_articles(provision, Place().at("MainProvision", provision)))
    holding = [(article, struct) for article in articles for struct in _structs(article)]
    order = [(article, struct) for article, struct in holding if not _replaces(struct)]
    if not order:
        return
    if len(order) > 1 or order[0][0].attributes.get("Num") != ORDER_ARTICLE:
        unknown(Place().at("Article", order[-1][0]), "a table that is none of rows")
    article, struct = order[0]
    place = Place().at(f"Article {ORDER_ARTICLE}", article)
    if [one.attributes.get("Num") for one in articles[: articles.index(article)]] != ["1"]:
        unknown(place, "articles before it that are not article 1 alone")
    _nothing_else(article, place)
    table = _table(struct, place, ORDER_ARTICLE, reading, 3)
    yield table
    detail = tuple(details_of(articles[articles.index(article) + 1 :], table.rows, reading))
    if detail:
        yield ImportedTable("detail", "detail", detail)


def _articles(node: Node, place: Place) -> Iterator[Node]:
    known = frozenset(("Article", *DIVISIONS, *(f"{name}Title" for name in DIVISIONS), "Paragraph"))
    for child in children(node, place, known):
        if child.tag in DIVISIONS:
            yield from _articles(child, place.at(child.tag, child))
        elif child.tag == "Article":
            yield child
        elif child.tag == "Paragraph":
            unknown(place.at("Paragraph", child), "a paragraph outside an article")


def _structs(node: Node) -> Iterator[Node]:
    for child in node.children:
        if child.tag == "TableStruct":
            yield child
        else:
            yield from _structs(child)


def _nothing_else(article: Node, place: Place) -> None:
    """The article of the table holds its sentence and the table, so that nothing in it is passed over."""
    children(article, place, frozenset(("ArticleCaption", "ArticleTitle", "Paragraph")))
    for paragraph in article.named("Paragraph"):
        children(paragraph, place, frozenset(("ParagraphNum", "ParagraphSentence", "TableStruct")))
        for sentence in paragraph.named("ParagraphSentence"):
            words(sentence, place)


def _replaces(struct: Node) -> bool:
    """True for a table of words read in place of others (読替表), which some articles of the statute hold."""
    first = next((cell for table in struct.named("Table") for row in table.children[:1] for cell in row.children[:1]), None)
    return first is not None and words(first, Place()).startswith("読み替えられる")


def _table(struct: Node, place: Place, name: str, reading: Reading, detailed_from: int | None) -> ImportedTable:
    children(struct, place, frozenset(("TableStructTitle", "Table")))
    tables = struct.named("Table")
    if len(tables) != 1:
        unknown(place, f"{len(tables)} <Table>")
    grid = _without_header(grid_of(tables[0], place.at("Table", tables[0])))
    width = len(grid[0]) if grid else 0
    if width not in (2, 4) or (detailed_from and width != 4):
        unreadable(place, f"{width} columns")
    return ImportedTable(name, "linkage" if width == 4 else "number_use", tuple(rows_of(grid, reading, detailed_from)))


def _without_header(grid: list[list[Cell]]) -> list[list[Cell]]:
    """The rows below the header, where the table has one: a line that names the columns."""
    return grid[1:] if grid[0][0].text in HEADERS else grid


__all__ = ["ImportedTable", "Kind", "Row", "import_law"]
