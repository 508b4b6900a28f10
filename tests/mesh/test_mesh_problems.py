"""Every fault that mesh and store raise has its texts, and a fault survives its way over the wire."""

import ast
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import enishi
from enishi import errors
from enishi.mesh.faults import FaultForm, fault_of, fault_of_problem, form_of
from enishi.sentences import problems

SOURCE = Path(enishi.__file__).parent
KINDS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.Fault)}


def slugs(package: str) -> Iterator[str]:
    """The first argument of every fault that a package makes, where it is a literal or a module's constant."""
    for file in (SOURCE / package).glob("*.py"):
        tree = ast.parse(file.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS and node.args:
                for part in ast.walk(node.args[0]):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value:
                        yield part.value


@pytest.mark.parametrize("package", ["mesh", "store"])
def test_every_slug_has_its_texts(package: str) -> None:
    raised = set(slugs(package))
    assert len(raised) > 4
    assert raised - problems.catalogue().keys() == set()


@pytest.mark.parametrize("package", ["mesh", "store"])
def test_no_other_file_says_something_else_under_our_slugs(package: str) -> None:
    found = problems.by_package()
    for slug, words in found[package].items():
        assert {name for name, others in found.items() if others.get(slug, words) != words} == set(), slug


def test_every_text_says_something_in_both_languages() -> None:
    for slug, words in {**problems.by_package()["mesh"], **problems.by_package()["store"]}.items():
        for part in (words.what, words.why, words.next):
            assert part.ja.endswith("。"), slug
            assert part.en.endswith((".", "?")), slug


def test_a_problem_document_has_the_members_of_the_rfc_and_ours() -> None:
    document = msgspec.json.decode(msgspec.json.encode(problems.problem(errors.Misconfigured("port-in-use", "127.0.0.1:1", "port"))))
    assert document["type"] == "urn:enishi:problem:port-in-use"
    assert (document["status"], document["detail"], document["field"]) == (500, "127.0.0.1:1", "port")
    assert document["what"] == {"ja": "ポートがほかのプログラムに使われています。", "en": "Another program is using the port."}
    assert document["title"] == document["what"]["en"]
    assert {"why", "next"} <= document.keys()


def test_an_unknown_slug_still_gets_a_sentence() -> None:
    assert problems.texts("nobody-wrote-this") == problems.GENERIC


FAULTS = st.builds(
    lambda kind, code, detail, field: kind(code, detail, field),
    st.sampled_from([getattr(errors, name) for name in sorted(KINDS - {"Fault"})]),
    st.from_regex(r"[a-z][a-z0-9-]{0,40}", fullmatch=True).filter(lambda slug: slug != "internal-fault"),
    st.text(max_size=40),
    st.text(max_size=20),
)


def parts(fault: errors.Fault) -> tuple[object, ...]:
    """What must be the same on both sides."""
    return type(fault), fault.code, fault.detail, fault.field


@settings(max_examples=100, deadline=None)
@given(FAULTS)
def test_a_fault_survives_the_wire(fault: errors.Fault) -> None:
    assert parts(fault_of(form_of(fault))) == parts(fault)
    assert parts(fault_of_problem(fault.status, msgspec.json.encode(problems.problem(fault)))) == parts(fault)


@settings(max_examples=150, deadline=None)
@given(st.integers(100, 599), st.binary(max_size=80) | st.text(max_size=40).map(lambda text: msgspec.json.encode({"type": text})))
def test_no_document_crashes_its_reader(status: int, document: bytes) -> None:
    assert isinstance(fault_of_problem(status, document), errors.Fault)


@pytest.mark.parametrize("code", ["", "Upper", "a b", "x" * 81, "山田太郎"])
def test_a_slug_that_is_none_is_not_passed_on(code: str) -> None:
    assert fault_of(FaultForm(400, code)).code == "peer-answer-unreadable"
