"""The legal cases, each decided; together they meet every ground and every remedy."""

import pytest

from enishi.law import GroundCode, Permit, Refusal, RemedyCode, decide, load, print_verdict
from law.casebook import Case, cases, day_of, facts_of, policy_of, question_of

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=[case["事例"] for case in CASES])
def test_a_case_is_decided_as_the_book_says(case: Case) -> None:
    verdict = decide(question_of(case), load(), facts_of(case), day_of(case), policy_of(case))
    if case["判定"] == "許可":
        assert isinstance(verdict, Permit), print_verdict(verdict)
        assert verdict.level == case.get("水準", "item")
        if "根拠" in case:
            assert list(verdict.basis) == case["根拠"]
        if "条件" in case:
            assert [condition.code for condition in verdict.conditions] == case["条件"]
    else:
        assert isinstance(verdict, Refusal)
        codes = [entry["符号"] for entry in case.get("理由", ())] or case["理由の符号"]
        assert [ground.code.value for ground in verdict.grounds] == codes
        # What a ground is about has found its place in both sentences.
        assert not [ground.code for ground in verdict.grounds if "{" in ground.message.ja + ground.message.en]
        for ground, entry in zip(verdict.grounds, case.get("理由", ()), strict=False):
            assert ground.citation == entry["引用"]
            assert [remedy.code.value for remedy in ground.remedies] == entry["代替"]
    if "疑義" in case:
        assert [doubt.code for doubt in verdict.doubts] == case["疑義"]


def test_the_cases_meet_every_ground() -> None:
    met = {entry["符号"] for case in CASES for entry in case.get("理由", ())} | {code for case in CASES for code in case.get("理由の符号", ())}
    # Every row that is held is crossed to its number use, so no case can meet this ground; test_law_identity meets it on a table without a crossing.
    assert met == {code.value for code in GroundCode} - {"crosswalk-not-reviewed"}


def test_the_cases_meet_every_remedy() -> None:
    met = {code for case in CASES for entry in case.get("理由", ()) for code in entry["代替"]}
    assert met == {code.value for code in RemedyCode}


def test_tax_for_the_condolence_grant_names_the_purpose_that_allows_it() -> None:
    case = next(case for case in CASES if case["事例"] == "災害弔慰金では、税の情報は求められない")
    verdict = decide(question_of(case), load(), facts_of(case), day_of(case))
    assert isinstance(verdict, Refusal)
    remedy = verdict.grounds[0].remedies[0]
    assert remedy.about[0] == "3"
    assert "災害援護資金" in remedy.message.ja
