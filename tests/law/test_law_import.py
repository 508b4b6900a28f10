"""An import of law's XML says the rows that the data says, and a text that it cannot read ends with the place, never with fewer rows."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from enishi.errors import Fault, Malformed
from enishi.law.importing import ImportedTable, import_law
from enishi.law.importing.numerals import from_kanji, label_of, to_kanji
from law import lawxml as xml
from law.casebook import ROOT

EXCERPT = Path(__file__).with_name("xml") / "provision_order_excerpt.xml"
Row = dict[str, Any]


def data(name: str) -> list[Row]:
    return [json.loads(line) for line in (ROOT / "law-sources" / name).read_text(encoding="utf-8").splitlines() if line.strip()]


ORDER, DETAIL = data("provision_order_2024-05-27.jsonl"), data("provision_order_detail_2024-05-27.jsonl")
TABLE, USE = data("provision_table_2022-06-17.jsonl"), data("number_use_2022-06-17.jsonl")
LATER_USE = data("number_use_2024-05-27.jsonl")


def by_name(text: bytes) -> dict[str, ImportedTable]:
    return {table.name: table for table in import_law(text)}


def fault_of(text: bytes) -> Malformed:
    with pytest.raises(Malformed) as fault:
        import_law(text)
    return fault.value


def test_the_excerpt_of_the_order_says_the_rows_of_the_data() -> None:
    found = by_name(EXCERPT.read_bytes())
    assert list(found["2"].rows) == ORDER[:3]
    assert list(found["detail"].rows) == DETAIL[:1]


@pytest.mark.parametrize("spans", [True, False])
def test_every_row_of_the_order_comes_back_from_its_own_text(spans: bool) -> None:
    for row in ORDER:
        alone = row | {"row": "1", "article": "3"}
        (found,) = by_name(xml.order(xml.block(alone, "であって次条で定めるもの", spans)))["2"].rows
        for key in ("row", "article", "inquirers", "affair", "grants"):
            assert found[key] == alone[key], row["row"]


def test_every_row_of_the_older_tables_comes_back_whole_and_in_order() -> None:
    assert list(by_name(xml.law(xml.appended("別表第一", xml.number_use_table(USE))))["appended-1"].rows) == [
        row if row.get("deleted") else found for row, found in zip(USE, imported_use(), strict=True)
    ]
    lines = "".join(
        xml.line(xml.cell(f"{xml.kanji(row['row'])}　削除"), xml.cell("削除"), xml.cell("削除"), xml.cell("削除"))
        if row.get("deleted")
        else xml.block(row, "であって主務省令で定めるもの", False)
        for row in TABLE
    )
    found = by_name(xml.law(xml.appended("別表第二", lines)))["appended-2"].rows
    for row, said in zip(TABLE, found, strict=True):
        assert said["row"] == row["row"]
        assert said.get("affair") == row.get("affair")
        assert [grant["items"] for grant in said.get("grants", ())] == [grant["items"] for grant in row.get("grants", ())]
        assert [grant["providers"] for grant in said.get("grants", ())] == [grant["providers"] for grant in row.get("grants", ())]


def imported_use() -> list[Row]:
    """The number-use rows as imported, each seen to have the data's users and affair."""
    found = list(by_name(xml.law(xml.appended("別表第一", xml.number_use_table(USE))))["appended-1"].rows)
    for row, said in zip(USE, found, strict=True):
        assert {key: said.get(key) for key in ("row", "users", "affair", "deleted")} == {
            key: row.get(key) for key in ("row", "users", "affair", "deleted")
        }
    return found


def test_the_later_table_comes_back_with_its_users_affairs_and_laws() -> None:
    rows = by_name(xml.law(xml.appended("別表", xml.number_use_table(LATER_USE))))["appended"].rows
    # The transcription put the place of law behind these three names in brackets; the import writes the name alone.
    assert [row["row"] for row, said in zip(LATER_USE, rows, strict=True) if said["users"] != row["users"]] == ["125", "129", "130"]
    assert [row["affair"] for row in LATER_USE] == [said["affair"] for said in rows]
    wrong = [(row["row"], said["affair_law"]) for row, said in zip(LATER_USE, rows, strict=True) if said["affair_law"] not in row["affair_law"]]
    assert wrong == [
        ("116-2", "臨床検査技師、衛生検査技師等に関する法律の一部を改正する法律"),
        ("133", "地方税法等の一部を改正する等の法律"),
    ]


def test_branch_rows_and_deleted_rows_keep_their_labels() -> None:
    lines = "".join(
        (
            xml.line(xml.cell("一　厚生労働大臣"), xml.cell("健康保険法による給付の支給に関する事務であって主務省令で定めるもの")),
            xml.line(xml.cell("一の二　国土交通大臣"), xml.cell("道路運送車両法（昭和二十六年法律第百八十五号）による自動車の変更登録に関する事務")),
            xml.line(xml.cell("一の三　法務大臣"), xml.cell("出入国管理及び難民認定法による許可に関する事務であって主務省令で定めるもの")),
            xml.line(xml.cell("二及び三　削除"), xml.cell("")),
            xml.line(xml.cell("四から六まで　削除"), xml.cell("削除")),
        )
    )
    rows = by_name(xml.law(xml.appended("別表", lines)))["appended"].rows
    assert [(row["row"], row.get("deleted", False)) for row in rows] == [
        *((label, False) for label in ("1", "1-2", "1-3")),
        *((label, True) for label in ("2", "3", "4", "5", "6")),
    ]
    assert rows[1]["affair"] == "道路運送車両法（昭和二十六年法律第百八十五号）による自動車の変更登録に関する事務"
    assert rows[1]["affair_law"] == "道路運送車両法"


def test_readings_of_ruby_are_no_words() -> None:
    text = xml.law(xml.appended("別表", xml.line(xml.cell("一　市町村長"), xml.cell("災害弔慰金の支給等に関する法律による弔慰金の支給に関する事務"))))
    ruby = text.replace("弔慰金の支給に関する事務".encode(), "<Ruby>弔慰<Rt>ちょうい</Rt></Ruby>金の支給に関する事務".encode())
    assert import_law(ruby) == import_law(text)


def test_a_header_is_no_row_and_a_text_may_hold_both_tables() -> None:
    head = xml.line(*(xml.cell(text) for text in ("情報照会者", "事務", "情報提供者", "特定個人情報")))
    grant = {"providers": ["市町村長"], "items": ["地方税関係情報"]}
    row = {"row": "1", "inquirers": ["厚生労働大臣"], "affair": "健康保険法による給付の支給に関する事務", "grants": [grant]}
    use = xml.line(xml.cell("一　厚生労働大臣"), xml.cell("健康保険法による給付の支給に関する事務"))
    found = by_name(xml.law(xml.appended("別表第一", use) + xml.appended("別表第二", head + xml.block(row, "", False))))
    assert {name: [one["row"] for one in table.rows] for name, table in found.items()} == {"appended-1": ["1"], "appended-2": ["1"]}


def test_a_clause_before_several_parties_is_read_narrowly_and_doubted() -> None:
    parties = "一　公営住宅法（昭和二十六年法律第百九十三号）第二条第十六号に規定する事業主体である都道府県知事又は市町村長"
    (row,) = by_name(xml.law(xml.appended("別表", xml.line(xml.cell(parties), xml.cell("公営住宅法による公営住宅の管理に関する事務")))))[
        "appended"
    ].rows
    clause = "公営住宅法第二条第十六号に規定する事業主体である"
    assert row["users"] == [f"{clause}都道府県知事", f"{clause}市町村長"]
    assert clause in row["doubt"]


def two_purposes(second: str, below: str = "") -> bytes:
    grants = [
        {"providers": ["市町村長"], "items": ["住民票関係情報", "介護保険給付等関係情報"]},
        {"providers": ["法務大臣"], "items": ["戸籍関係情報"]},
    ]
    row = {"row": "1", "inquirers": ["市町村長"], "affair": "災害救助法による給付の支給に関する事務", "grants": grants}
    first = xml.item(
        1,
        "災害救助法第四条の給付の支給に関する事務",
        "次に掲げる情報",
        below=xml.subitems(
            ["当該支給を受ける者に係る次に掲げる情報", "当該支給を受ける者の配偶者に係る戸籍関係情報"],
            [xml.numbered(["住民票に記載された住民票関係情報", "介護保険給付等関係情報"])],
        ),
    )
    items = first + xml.item(2, "災害救助法第五条の給付の調整に関する事務", second, below=below)
    return xml.order(xml.block(row, "であって次条で定めるもの", True), xml.article("3", f"前条の表一{xml.EACH}", items))


def test_lists_inside_lists_keep_their_places_and_persons() -> None:
    first = by_name(two_purposes("当該調整に係る者に係る戸籍関係情報"))["detail"].rows[0]["items"][0]
    assert [(one["no"], one["subjects"], one["data_items"]) for one in first["information"]] == [
        ("イ(1)", "当該支給を受ける者", ["住民票関係情報"]),
        ("イ(2)", "当該支給を受ける者", ["介護保険給付等関係情報"]),
        ("ロ", "当該支給を受ける者の配偶者", ["戸籍関係情報"]),
    ]


def test_what_refers_to_an_earlier_purpose_is_written_out_about_its_own_persons() -> None:
    found = by_name(two_purposes("当該調整を受ける者に係る前号に掲げる情報"))["detail"].rows[0]["items"][1]["information"]
    assert [(one["no"], one["subjects"]) for one in found] == [(f"第一号{no}", "当該調整を受ける者") for no in ("イ(1)", "イ(2)", "ロ")]
    assert {one["ref"] for one in found} == {"前号に掲げる情報"}
    below = xml.subitems(["当該調整を受ける者に係る第一号ロに掲げる情報"])
    (entry,) = by_name(two_purposes("次に掲げる情報", below))["detail"].rows[0]["items"][1]["information"]
    assert (entry["no"], entry["from"], entry["data_items"]) == ("イ", "第一号ロ", ["戸籍関係情報"])


def test_information_that_names_no_item_is_kept_with_a_doubt() -> None:
    (entry,) = by_name(two_purposes("当該調整に係る者に係る災害救助法による救助に関する情報"))["detail"].rows[0]["items"][1]["information"]
    assert (entry["data_items"], bool(entry["doubt"])) == ([], True)


def test_a_law_alone_gives_no_item_and_is_told_as_a_doubt() -> None:
    text = two_purposes("当該調整に係る者に係る介護保険法第十八条第一号の給付に関する情報").replace(
        "介護保険給付等関係情報".encode(), "介護保険法による保険給付の支給に関する情報（以下「介護保険給付等関係情報」という。）".encode(), 1
    )
    (entry,) = by_name(text)["detail"].rows[0]["items"][1]["information"]
    assert (entry["data_items"], "介護保険給付等関係情報" in entry["doubt"]) == ([], True)


def order_row(**change: Any) -> Row:
    grants = [{"providers": ["市町村長"], "items": ["住民票関係情報"]}, {"providers": ["法務大臣"], "items": ["戸籍関係情報"]}]
    return {"row": "1", "inquirers": ["市町村長"], "affair": "災害救助法による給付の支給に関する事務", "grants": grants} | change


def test_a_row_bound_to_another_article_is_no_row() -> None:
    for bound in ("であって第四条で定めるもの", "であって主務省令で定めるもの", ""):
        fault = fault_of(xml.order(xml.block(order_row(), bound, False)))
        assert (fault.code, "by article 3" in fault.detail) == ("law-table-unreadable", True)


def test_a_provider_or_an_item_may_go_on_below_but_not_both() -> None:
    whole = xml.block(order_row(), "であって次条で定めるもの", True)
    for text, place in (("市町村長", 0), ("住民票関係情報であって次条で定めるもの", 1)):
        whole = whole.replace(xml.cell(text), xml.cell(text, bottom="none"))
        below = ("法務大臣", "戸籍関係情報であって次条で定めるもの")[place]
        whole = whole.replace(xml.cell(below), xml.cell("", top="none"))
        if place == 0:
            (row,) = by_name(xml.order(whole))["2"].rows
            assert [grant["providers"] for grant in row["grants"]] == [["市町村長"], ["市町村長"]]
    assert "nothing new" in fault_of(xml.order(whole)).detail


def test_a_lead_sentence_may_be_the_only_affair_or_list_the_information() -> None:
    grants = [{"providers": ["市町村長"], "items": ["住民票関係情報"]}]
    row = {"row": "1", "inquirers": ["市町村長"], "affair": "災害救助法による給付の支給に関する事務", "grants": grants}
    affair = "前条の表一の項で定める事務は、災害救助法第四条の申請（以下この条において「申請等」という。）に関する事務とし、同項で定める情報は、"
    table = xml.block(row, "であって次条で定めるもの", False)
    alone = by_name(xml.order(table, xml.article("3", f"{affair}当該申請等を行う者に係る住民票関係情報とする。")))["detail"].rows[0]
    assert alone["items"] == [
        {
            "item": "0",
            "affair": "災害救助法第四条の申請に関する事務",
            "information": [
                {"no": "", "subjects": "当該申請等を行う者", "data_items": ["住民票関係情報"], "text": "当該申請等を行う者に係る住民票関係情報"}
            ],
        }
    ]
    assert alone["terms"] == {"申請等": "申請"}
    listed = xml.article("3", f"{affair}当該申請等を行う者に係る次に掲げる情報とする。", xml.item(1, "住民票関係情報"))
    (entry,) = by_name(xml.order(table, listed))["detail"].rows[0]["items"][0]["information"]
    assert (entry["no"], entry["subjects"]) == ("一", "当該申請等を行う者")


GOOD_USE = (
    xml.line(xml.cell("一　市町村長"), xml.cell("災害救助法による救助に関する事務")),
    xml.line(xml.cell("二　市町村長"), xml.cell("消防法による救急に関する事務")),
)


def use(*lines: str) -> bytes:
    return xml.law(xml.appended("別表", "".join(lines)))


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        (use(GOOD_USE[0], GOOD_USE[0]), "law-table-unreadable", "TableRow 2 / TableColumn 1"),
        (use(GOOD_USE[1]), "law-table-unreadable", "TableRow 1 / TableColumn 1"),
        (use(GOOD_USE[0], GOOD_USE[1].replace("二　", "四　")), "law-table-unreadable", "row 4 after row 1"),
        (use(GOOD_USE[0], GOOD_USE[1].replace("二　", "")), "law-table-unreadable", "TableRow 2 / TableColumn 1"),
        (use(GOOD_USE[0], xml.line(xml.cell("二　市町村長"))), "law-table-unreadable", "TableRow 2"),
        (use(GOOD_USE[0], xml.line(xml.cell("二　削除"), xml.cell("消防法による救急に関する事務"))), "law-table-unreadable", "TableColumn 2"),
        (use(xml.line(xml.cell("一　市町村長", span=2), xml.cell("消防法による救急に関する事務"))), "law-table-unreadable", "rowspan past the end"),
        (use(GOOD_USE[0].replace("solid", "none", 1)), "law-table-unreadable", "TableColumn 1"),
        (use(GOOD_USE[0].replace('BorderTop="solid"', 'BorderTop="wavy"')), "law-table-unreadable", "wavy"),
        (use(GOOD_USE[0].replace("市町村長", "市町村長（特別区を含む")), "law-table-unreadable", "TableColumn 1"),
        (use(GOOD_USE[0].replace("市町村長", "天文台")), "law-table-unreadable", "天文台"),
        (use(GOOD_USE[0].replace("に関する事務", "")), "law-table-unreadable", "TableColumn 2"),
        (use(GOOD_USE[0].replace("<Sentence", "<Fig/><Sentence", 1)), "law-xml-unknown", "<Fig>"),
        (use(GOOD_USE[0].replace("<TableRow>", "<TableRow>外", 1)), "law-xml-unknown", "外"),
        (use(GOOD_USE[0].replace("<TableColumn ", '<TableColumn rowspam="2" ', 1)), "law-table-unreadable", "rowspam"),
        (use(GOOD_USE[0], xml.line(xml.cell("", "none"), xml.cell("", "none"))), "law-table-unreadable", "TableRow 2 / TableColumn 1"),
        (use(GOOD_USE[0].replace('BorderBottom="solid"', 'BorderBottom="none"', 1), GOOD_USE[1]), "law-table-unreadable", "not gone on with"),
        (use(GOOD_USE[0].replace('BorderBottom="solid"', 'BorderBottom="none"', 1)), "law-table-unreadable", "past the end"),
        (use(GOOD_USE[0].replace("<TableColumn ", '<TableColumn colspan="2" ', 1), GOOD_USE[1]), "law-table-unreadable", "TableRow 2"),
        (use("<Remarks/>"), "law-xml-unknown", "<Remarks>"),
        (xml.law(xml.appended("別表第三", GOOD_USE[0])), "law-xml-unknown", "別表第三"),
        (xml.law(xml.appended("別表", GOOD_USE[0]) * 2), "law-xml-unknown", "appended"),
        (xml.law("<MainProvision/>"), "law-tables-missing", ""),
        (EXCERPT.read_bytes().replace(b'<Article Num="1">', b'<Article Num="3">'), "law-xml-unknown", "Article 2"),
        (EXCERPT.read_bytes().replace(b"</TableStruct>", b"</TableStruct><List/>"), "law-xml-unknown", "<List>"),
        (xml.law("<Annex/>"), "law-xml-unknown", "<Annex>"),
        (b"<Law>", "law-xml-broken", "line 1"),
        (b"", "law-xml-broken", "line 1"),
        (b"\xff\xfe<Law/>", "law-xml-broken", "line 1"),
        (b"<Act/>", "law-xml-unknown", "<Act>"),
        (b"<a>" * 60 + b"</a>" * 60, "law-xml-broken", "40 elements"),
    ],
)
def test_what_cannot_be_read_ends_with_its_place(text: bytes, code: str, place: str) -> None:
    fault = fault_of(text)
    assert fault.code == code
    assert place in fault.detail


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda text: text.replace("<ItemTitle>二<", "<ItemTitle>三<"), "Item 2"),
        (lambda text: text.replace("<Subitem1Title>ロ<", "<Subitem1Title>ハ<"), "Subitem1 2"),
        (lambda text: text.replace("（２）", "（３）"), "Subitem2 2"),
        (lambda text: text.replace("次に掲げる情報</Sentence></Column>", "次に掲げる情報等</Sentence></Column>"), "Item 1"),
        (lambda text: text.replace("前条の表一の項", "前条の表二の項"), "Article 3"),
        (lambda text: text.replace("第三条<", "第四条<"), "Article 3"),
        (lambda text: text.replace('<Article Num="3">', '<Article Num="4">'), "Article 4"),
        (lambda text: text.replace("当該各号に定める情報とする", "別に定める情報とする"), "Article 3"),
        (lambda text: text.replace('<Column Num="2">', "<Note>").replace("</Column></ItemSentence>", "</Note></ItemSentence>"), "<Note>"),
        (lambda text: text.replace("災害救助法第五条の給付の調整に関する事務", ""), "Item 2"),
    ],
)
def test_a_detail_that_cannot_be_read_ends_with_its_place(change: Callable[[str], str], place: str) -> None:
    text = two_purposes("当該調整に係る者に係る戸籍関係情報").decode()
    assert change(text) != text
    fault = fault_of(change(text).encode())
    assert fault.code in ("law-detail-unreadable", "law-xml-unknown")
    assert place in fault.detail


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE Law [<!ENTITY a "aaaa">]>',
        '<!DOCTYPE Law SYSTEM "file:///etc/hostname">',
        '<!DOCTYPE Law [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        "<!DOCTYPE Law>",
    ],
)
def test_a_document_type_is_refused_before_it_is_read(declared: str) -> None:
    text = use(*GOOD_USE).decode().replace("<Law ", f"{declared}<Law ", 1)
    fault = fault_of(text.encode())
    assert (fault.code, "DOCTYPE" in fault.detail) == ("law-xml-broken", True)


def test_another_encoding_in_the_declaration_changes_nothing() -> None:
    text = use(*GOOD_USE)
    for name in (b"utf-7", b"Shift_JIS", b"x-unknown"):
        assert import_law(text.replace(b"UTF-8", name)) == import_law(text)


@given(st.integers(1, 9999))
def test_numbers_are_read_as_they_are_written(number: int) -> None:
    assert from_kanji(to_kanji(number)) == number


@pytest.mark.parametrize("text", ["", "十十", "一十", "百十百", "〇", "1", "二百〇三", "の", "三の", "の三", "三の二の"])
def test_what_no_statute_would_write_is_no_number(text: str) -> None:
    assert label_of(text) is None


TREE = ElementTree.fromstring(EXCERPT.read_bytes())
PLACES = [(parent, index) for parent in range(len(list(TREE.iter()))) for index in range(len(list(TREE.iter())[parent]))]
WHOLE = {table.name: len(table.rows) for table in import_law(EXCERPT.read_bytes())}
MUTATIONS = ("delete", "double", "rename", "blank", "swap", "span", "border", "word")


def mutated(place: tuple[int, int], mutation: str, word: str) -> bytes:
    """The excerpt with one element changed."""
    tree = copy.deepcopy(TREE)
    parent = list(tree.iter())[place[0]]
    child = parent[place[1]]
    match mutation:
        case "delete":
            parent.remove(child)
        case "double":
            parent.insert(place[1], copy.deepcopy(child))
        case "rename":
            child.tag = word.strip("<>") if word.isascii() and word.isalpha() else "Sentence"
        case "blank":
            for inner in child.iter():
                inner.text = None
        case "swap":
            other = (place[1] + 1) % len(parent)
            parent[place[1]], parent[other] = parent[other], parent[place[1]]
        case "span":
            child.set("rowspan", str(len(word)))
        case "border":
            child.set("BorderTop" if len(word) % 2 else "BorderBottom", "none" if len(word) % 3 else "solid")
        case "word":
            child.text = (child.text or "") + word
    return ElementTree.tostring(tree, encoding="utf-8")


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PLACES), st.sampled_from(MUTATIONS), st.sampled_from(["又は", "削除", "x", "二", "（", "Column", "TableRow", "Item", ""]))
def test_a_changed_text_never_gives_fewer_rows_silently(place: tuple[int, int], mutation: str, word: str) -> None:
    parent = list(TREE.iter())[place[0]]
    # That the last article is not there at all is what no reader of the text alone can see.
    assume(not (mutation == "delete" and parent[place[1]].get("Num") == "3" and parent[place[1]].tag == "Article"))
    try:
        found = {table.name: len(table.rows) for table in import_law(mutated(place, mutation, word))}
    except Fault:
        return
    assert all(found.get(name, 0) >= count for name, count in WHOLE.items()), (place, mutation, word, found)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(EXCERPT.read_bytes()) - 1), st.binary(max_size=3), st.integers(0, 40))
def test_changed_bytes_raise_faults_only(at: int, put: bytes, cut: int) -> None:
    raw = EXCERPT.read_bytes()
    try:
        found = {table.name: len(table.rows) for table in import_law(raw[:at] + put + raw[at + cut :])}
    except Fault:
        return
    assert all(found.get(name, 0) >= count for name, count in WHOLE.items())
