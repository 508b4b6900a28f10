"""The other kinds, case by case; and that none of them yields a network Permit or a linkage code, by type, by syntax tree and by a run."""

import ast
import typing
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import enishi.law.other as other
from enishi.law import Permit, Refusal, Verdict, describe, load
from enishi.law.other import NotOpen, OtherCondition, OtherGroundCode, OtherQuestion, OtherVerdict, answer
from enishi.law.other.kinds import OtherRemedy, shelf
from law.casebook import ORDINANCES, ROOT
from law.othercases import KINDS, Case, cases, day_of, question_of

CASES = cases()
SOURCE = ROOT / "src" / "enishi"


@pytest.mark.parametrize("case", CASES, ids=[case["事例"] for case in CASES])
def test_a_case_is_answered_as_the_book_says(case: Case) -> None:
    verdict = answer(question_of(case), load(), ORDINANCES, day_of(case))
    if case["判定"] == "できる":
        assert not isinstance(verdict, NotOpen), verdict
        assert list(verdict.basis) == case["根拠"]
        assert [condition.code for condition in verdict.conditions] == case["条件"]
        assert KINDS[case["種類"]] == type(verdict).__struct_config__.tag
    else:
        assert isinstance(verdict, NotOpen)
        assert verdict.kind == KINDS[case["種類"]]
        assert [(ground.code.value, ground.citation, [way.value for way in ground.remedies]) for ground in verdict.grounds] == [
            (entry["符号"], entry["引用"], entry["代替"]) for entry in case["理由"]
        ]


def test_the_cases_meet_every_kind_on_both_sides_and_every_ground_condition_and_remedy() -> None:
    assert {(case["種類"], case["判定"]) for case in CASES} == {(kind, said) for kind in KINDS for said in ("できる", "できない")}
    grounds = [entry for case in CASES for entry in case.get("理由", ())]
    assert {entry["符号"] for entry in grounds} == {code.value for code in OtherGroundCode}
    assert {way for entry in grounds for way in entry["代替"]} == {way.value for way in OtherRemedy}
    held = set(typing.get_args(typing.get_type_hints(OtherCondition)["code"]))
    assert {code for case in CASES for code in case.get("条件", ())} == held


def test_every_code_has_its_sentence_and_every_citation_can_be_said() -> None:
    held = set(typing.get_args(typing.get_type_hints(OtherCondition)["code"]))
    codes = {"grounds": {code.value for code in OtherGroundCode}, "conditions": held, "remedies": {way.value for way in OtherRemedy}}
    assert {section: set(texts) for section, texts in shelf().items()} == codes
    assert all(text.ja.strip() and text.en.strip() for texts in shelf().values() for text in texts.values())
    for case in CASES:
        for citation in (*case.get("根拠", ()), *(entry["引用"] for entry in case.get("理由", ()))):
            assert describe(citation).ja


def test_19_16_says_which_of_its_two_conditions_was_met() -> None:
    met = {
        verdict.condition
        for case in CASES
        if case["種類"] == "生命・身体・財産の保護"
        and isinstance(verdict := answer(question_of(case), load(), ORDINANCES, day_of(case)), other.Emergency)
    }
    assert met == {"consent", "consent_hard_to_obtain"}


def test_no_value_of_another_kind_is_a_verdict_of_the_network_by_type() -> None:
    network, others = set(typing.get_args(Verdict)), set(typing.get_args(OtherVerdict))
    assert network == {Permit, Refusal}
    assert len(others) == len(KINDS) + 1
    assert not network & others
    assert not any(issubclass(one, tuple(network)) for one in others)
    reached = {kind for one in others for kind in _types_within(one)}
    assert Permit not in reached


def _types_within(kind: object) -> set[object]:
    """Every type that a value of this type can hold, however deep."""
    found, waiting = set(), [kind]
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        found.add(one)
        waiting += typing.get_args(one)
        if isinstance(one, type) and issubclass(one, msgspec.Struct):
            waiting += typing.get_type_hints(one).values()
    return found


def _imports(path: Path) -> set[str]:
    """Every module that a file names in an import, and every name taken from one."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def touches_permits(path: Path) -> list[str]:
    """The imports by which a module of the other kinds could reach a Permit, the decision, or a code."""
    barred = ("enishi.law.decide", "enishi.law.verdict.Permit", "enishi.law.Permit", "enishi.linkage", "enishi.protocol", "enishi.roles")
    return [name for name in _imports(path) if name == "enishi.law" or name.startswith(barred)]


def test_no_module_of_the_other_kinds_reaches_for_a_permit_or_a_code(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    for line in ("from enishi.law.verdict import Permit", "from enishi.law import decide", "import enishi.linkage.convert"):
        planted.write_text(line, encoding="utf-8")
        assert touches_permits(planted), line
    assert [found for path in sorted((SOURCE / "law" / "other").glob("*.py")) for found in touches_permits(path)] == []


def takes_another_kind(path: Path) -> bool:
    """True where a module imports one of the other kinds."""
    return any(name.startswith("enishi.law.other") for name in _imports(path))


def test_nothing_that_holds_a_code_takes_a_value_of_another_kind(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("from enishi.law.other import SameGovernment", encoding="utf-8")
    assert takes_another_kind(planted)
    rooms = [SOURCE / "protocol", SOURCE / "linkage", *(SOURCE / "roles" / role for role in ("registrar", "exchange", "keeper", "gateway"))]
    # The public face of the exchange answers questions about law; it has no code, and what converts or commits imports none of it.
    holders = [path for room in rooms for path in room.rglob("*.py") if "lawface" not in path.parts and "authzen" not in path.parts]
    # Two kinds are acted on: a person's own data goes to the person, from @root to the holder, which gets its own code and no other's; and a number
    # goes to an organisation that hands it in, with no code at all.
    takers = {path.relative_to(SOURCE).as_posix(): _imports(path) for path in holders if takes_another_kind(path)}
    assert takers.keys() == {"protocol/self_legal.py", "protocol/agent_legal.py"}
    names = {name for name in takers["protocol/self_legal.py"] if name.startswith("enishi.law")}
    assert all(name.startswith("enishi.law.other.self_disclosure") for name in names)
    names = {name for name in takers["protocol/agent_legal.py"] if name.startswith("enishi.law.other")}
    assert all(name.startswith(("enishi.law.other.related_affair", "enishi.law.other.kinds")) for name in names)


def test_what_converts_or_commits_knows_nothing_of_organisations() -> None:
    """A related affair leads to no step of the conversion: exchange and keeper take none of its values, and the gateway only asks who it is."""
    rooms = [SOURCE / "roles" / role for role in ("registrar", "exchange", "keeper", "gateway")]
    takers = {path.relative_to(SOURCE).as_posix(): _imports(path) for room in rooms for path in room.rglob("*.py")}
    users = {name for name, found in takers.items() if any(one.startswith("enishi.protocol.agent") for one in found)}
    assert {name.split("/")[1] for name in users} == {"registrar", "gateway"}
    deciding = {name for name in users if "enishi.protocol.agent_legal.decide_agent" in takers[name]}
    assert deciding == {"roles/registrar/acting.py", "roles/registrar/settling.py"}


def test_the_value_for_own_data_is_taken_where_the_source_is_the_root_and_nowhere_else() -> None:
    """Who converts by it names no inquirer's share: every step is from @root."""
    rooms = [SOURCE / "roles" / role for role in ("registrar", "exchange", "keeper", "gateway")]
    takers = [path for room in rooms for path in room.rglob("*.py") if "enishi.protocol.self_legal" in _imports(path)]
    assert [path.relative_to(SOURCE).as_posix() for path in takers] == ["roles/exchange/self_disclosure.py", "roles/keeper/self_disclosure.py"]
    for path in takers:
        text = path.read_text(encoding="utf-8")
        assert "Permit" in text  # said there, and never imported
        assert not any(name.endswith(".Permit") for name in _imports(path))
        assert ".hop(" not in text
        assert "root_hop(" in text


@pytest.mark.parametrize("case", CASES, ids=[case["事例"] for case in CASES])
def test_no_answer_can_be_read_as_a_permit_by_a_run(case: Case) -> None:
    carried = msgspec.json.encode(answer(question_of(case), load(), ORDINANCES, day_of(case)))
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(carried, type=Permit | Refusal)
    assert msgspec.json.decode(carried, type=OtherVerdict) == answer(question_of(case), load(), ORDINANCES, day_of(case))


QUESTIONS = st.one_of([st.from_type(kind) for kind in typing.get_args(OtherQuestion)])


@settings(max_examples=150, deadline=None)
@given(QUESTIONS, st.dates())
def test_any_question_of_another_kind_is_answered_and_a_no_says_why(question: OtherQuestion, on: date) -> None:
    verdict = answer(question, load(), ORDINANCES, on)
    assert isinstance(verdict, typing.get_args(OtherVerdict))
    if isinstance(verdict, NotOpen):
        assert verdict.grounds
        assert all(ground.message.ja and ground.remedies and all(way.message.en for way in ground.remedies) for ground in verdict.grounds)
    else:
        assert any(condition.code == "not-through-network" for condition in verdict.conditions) or isinstance(verdict, other.Entrusted)
