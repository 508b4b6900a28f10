"""Citations read the same forever: every one that a verdict can carry has a sentence and a place to look it up."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.errors import Malformed
from enishi.law import describe, link, load
from law.casebook import cases


def test_every_citation_of_the_tables_can_be_said() -> None:
    for revision in load().book.revisions:
        for row in revision.rows:
            for citation in (row.citation, *(entry.citation for purpose in row.purposes for entry in purpose.entries)):
                assert describe(citation).ja
                assert describe(citation).en


def test_every_citation_of_the_cases_can_be_said() -> None:
    for case in cases():
        for citation in (*case.get("根拠", ()), *(entry["引用"] for entry in case.get("理由", ()))):
            assert describe(citation).ja


@pytest.mark.parametrize(
    ("citation", "ja", "en"),
    [
        (
            "425AC0000000027@2022-06-17#appended-2/108",
            "番号利用法（2022-06-17版） 別表第二 108の項",
            "My Number Act (as of 2022-06-17), Appended Table 2, row 108",
        ),
        (
            "425AC0000000027@2024-05-27#appended/26-3",
            "番号利用法（2024-05-27版） 別表 26の3の項",
            "My Number Act (as of 2024-05-27), Appended Table, row 26-3",
        ),
        ("425AC0000000027#19-1-8", "番号利用法 第19条第1項第8号", "My Number Act, Article 19 paragraph 1 item 8"),
        ("342AC0000000081#30_9", "住民基本台帳法 第30条の9", "Basic Resident Registration Act, Article 30-9"),
    ],
)
def test_citations_are_said_as_statutes_say_them(citation: str, ja: str, en: str) -> None:
    assert (describe(citation).ja, describe(citation).en) == (ja, en)


def test_detail_is_said_down_to_the_letter() -> None:
    assert describe("506M60004008009@2024-05-27#110-1-3-ホ").ja.endswith("第110条第1項第3号ホ")
    assert describe("506M60004008009@2024-05-27#83-1-2_2-リ").ja.endswith("第83条第1項第2号の2リ")
    assert describe("506M60004008009@2024-05-27#16-1-0").ja.endswith("第16条第1項柱書")


def test_a_law_has_its_page_and_a_proposal_has_none() -> None:
    assert link("506M60004008009@2024-05-27#2/108") == "https://laws.e-gov.go.jp/law/506M60004008009"
    assert link("proposal@2024-05-27#1/1") == ""


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30) | st.from_regex(r"\A(425AC0000000027|proposal|[0-9A-Z]{3})(@\d{4}-\d\d-\d\d)?#[^#\s]{0,12}\Z"))
def test_anything_else_is_malformed(citation: str) -> None:
    assert outcome(citation) in {"said", "citation-unknown"}


def outcome(citation: str) -> str:
    try:
        return "said" if describe(citation).en else "silent"
    except Malformed as fault:
        return fault.code
