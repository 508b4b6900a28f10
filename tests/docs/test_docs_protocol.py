"""docs/protocol.md says what the program does: every string, form, door, kind and slug of the one stands in the other."""

import base64
import importlib
import json
import re
from itertools import product
from pathlib import Path

import pytest

from docs import protocol_source as source
from docs.reading import words
from enishi import errors
from enishi.encoding import digest, frame
from enishi.errors import Conflict
from enishi.evidence.report import meanings
from enishi.law.relation import Relation
from enishi.linkage.enrol import handle_point
from enishi.protocol.forms import END_MS
from enishi.protocol.outcome import answer_hash, check_transition
from enishi.protocol.receipt import pair_hash
from enishi.protocol.registry import possession_context
from enishi.protocol.rows import ShownRow
from enishi.protocol.statement import item_id_of, txid_of
from enishi.protocol.view import card_message, request_digest
from enishi.sentences.problems import texts
from enishi.terms import Kind, Outcome
from enishi.tlog.labels import label, person_key
from enishi.tlog.leaf import LeafKind, decode_leaf
from enishi.tlog.tree import leaf_hash, root_of
from house.source import ROOT, planted
from protocol.lengths import NAMES

PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
VECTORS = ROOT / "vectors"


def rows(head: str) -> list[list[str]]:
    """The body of the one table whose head line begins so, as stripped cells."""
    (block,) = re.findall(rf"^{re.escape(head)}[^\n]*\n((?:\|[^\n]*\n)+)", PAGE, re.MULTILINE)
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in block.splitlines()[1:]]


def values(name: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads((VECTORS / name).read_text(encoding="utf-8"))
    return found


def test_every_domain_string_stands_in_the_page_and_no_other() -> None:
    said = {(words(row[0])[0], row[1]) for row in rows("| string | via |")}
    assert said == source.domains(source.TREE)
    assert set(re.findall(r"enishi/v1/[a-z][a-z0-9-]*", PAGE)) == {name for name, _ in said}


def test_a_planted_domain_string_is_found() -> None:
    text = 'digest("made-up", b"")\nhash_to_group("made-up")\nframe(b"enishi/v1/made-up")\nINFO = b"enishi/v1/made-up"\n'
    assert source.domains([planted(text)]) == {("enishi/v1/made-up", via) for via in "DGFB"}


def test_every_payload_type_stands_in_the_page_and_no_other() -> None:
    assert {words(row[0])[0] for row in rows("| payloadType |")} == source.payload_types(source.TREE)
    assert set(re.findall(r"application/vnd\.enishi\.[a-z-]+\+json", PAGE)) == source.payload_types(source.TREE)


def test_every_seal_of_the_page_has_an_info_of_the_page() -> None:
    infos = [row[2] for row in rows("| what | sealed to |")]
    bare = {name.removeprefix("enishi/v1/") for name, _ in source.domains(source.TREE)}
    assert [word for info in infos for word in words(info) if word.removeprefix("enishi/v1/") not in bare] == []
    opened = [call for _, call in source.calls(source.TREE, ("roles", "protocol")) if source.called(call) == "seal"]
    assert len(infos) == len(opened)


def test_every_door_stands_in_the_page_and_no_other(tmp_path: Path) -> None:
    said = sorted([words(row[0])[0], words(row[1]), words(row[2])[0], words(row[3])[0], int(row[4])] for row in rows("| path | callers |"))
    true = sorted([d.path, sorted(d.callers), source.shown(d.request), source.shown(d.reply), d.limit_bytes] for d in source.doors(tmp_path))
    assert said == true
    named = set(re.findall(r"/(?:exchange|keeper|gateway|registrar|oversight|portal|witness)/[a-z/]+", PAGE))
    assert named == {door[0] for door in true}


@pytest.mark.parametrize("face", ["keeper", "witness", "gateway", "exchange"])
def test_every_public_path_stands_in_the_page(face: str) -> None:
    said = {words(row[0])[0] for row in rows("| path | face |") if row[1] == face}
    assert said == source.routes(source.TREE, face) - {"/metrics"}


def test_public_paths_of_card_and_portal_exist() -> None:
    said = [(words(row[0])[0], row[1]) for row in rows("| path | face |") if row[1] in ("card", "portal")]
    assert len(said) == 6
    assert [path for path, face in said if path not in source.routes(source.TREE, face)] == []


def test_every_form_stands_in_the_page_with_its_fields_in_order() -> None:
    said = {words(row[0])[0]: (row[1], [_demanded(words(row[0])[0], field) for field in words(row[2])]) for row in rows("| form | as |")}
    true = {name: ("array" if form.__struct_config__.array_like else "map", source.rendered(form)) for name, form in source.forms().items()}
    assert sorted(said) == sorted(true)
    assert {name: said[name] for name in said if said[name] != true[name]} == {}


def _demanded(form: str, field: str) -> str:
    """A field of the page as the form has it: where a reader demands the length (tests/protocol/lengths.py), the form does not."""
    return re.sub(r"bytes\[\d+\]", "bytes", field) if f"{form}.{field.partition(':')[0]}" in NAMES else field


def test_times_epochs_and_serials_of_signed_forms_are_in_their_range() -> None:
    fields = {words(row[0])[0]: [field.partition(": ") for field in words(row[2])] for row in rows("| form | as |")}
    signed = {words(row[0])[0] for row in rows("| form | as |") if row[3].startswith("signed")} | {"Receipt", "ViewRequest"}
    for _ in range(3):
        signed |= {kind.removesuffix(" or null").removesuffix("[]") for name in signed for _, _, kind in fields[name]} & fields.keys()
    assert {"KeyEpoch", "AuditEpoch", "Nondisclosure"} <= signed
    ranges = {f"{form}.{name}": (source.bounds(form, name), _range(name)) for form in signed for name, _, _ in fields[form] if _range(name)}
    assert len(ranges) > 20
    assert {name: found for name, found in ranges.items() if found[0] != found[1]} == {}


def _range(name: str) -> tuple[int, int] | None:
    """The least and the first that is too much, as section 2 says."""
    if name.endswith("_ms"):
        return (1 if name == "until_ms" else 0), END_MS
    return (0, 1 << 32) if name.endswith("epoch") or name == "serial" else None


def test_every_form_that_the_text_names_exists() -> None:
    named = set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)+)`", PAGE)) | set(re.findall(r"`(?:Batch|Results)\[(\w{2,})\]`", PAGE))
    assert named - set(source.forms()) == {"LeafKind"}


def test_every_fault_slug_stands_in_the_page_and_no_other() -> None:
    said = {words(row[0])[0]: set(words(row[1])) for row in rows("| slug | class |")}
    true = source.slugs(source.TREE)
    assert {slug: kinds for slug, kinds in true.items() if said.get(slug) != kinds} == {}
    assert set(said) - set(true) == set()
    assert {slug: row for slug, row in _sentences().items() if row != texts(slug).what.en} == {}


def _sentences() -> dict[str, str]:
    return {words(row[0])[0]: row[2] for row in rows("| slug | class |")}


def test_a_planted_slug_is_found() -> None:
    text = 'raise Denied("made-up")\ndemand(x, "made-too", "", "")\nraise Misconfigured("made-here")\n'
    assert source.slugs([planted(text)]) == {"made-up": {"Denied"}, "made-too": {"Malformed"}}


def test_every_class_of_faults_has_its_status() -> None:
    said = {words(name)[0]: int(status) for row in rows("| class | status |") for name, status in (row[:2], row[2:])}
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.Fault) and kind is not errors.Fault]
    assert said == {kind.__name__: kind.status for kind in kinds}


def test_every_slug_like_word_means_something() -> None:
    known = set(_sentences()) | {name.removeprefix("enishi/v1/") for name, _ in source.domains(source.TREE)} | set(meanings()) | {"internal-fault"}
    assert set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", PAGE)) - known == set()


def test_kinds_outcomes_and_leaf_kinds_are_the_programs() -> None:
    assert [words(row[0])[0] for row in rows("| `Kind` |")] == [kind.value for kind in Kind]
    assert [(words(row[0])[0], row[1] == "no") for row in rows("| `Outcome` |")] == [(kind.value, kind.interim) for kind in Outcome]
    assert [(int(row[0]), words(row[1])[0]) for row in rows("| kind | `LeafKind` |")] == [(kind.value, kind.name) for kind in LeafKind]
    unlabelled = [words(row[1])[0] for row in rows("| kind | `LeafKind` |") if "32 zero bytes, epoch 0" in row[2]]
    assert unlabelled == [kind.name for kind in LeafKind if not kind.labelled]


def test_transitions_are_those_of_the_page() -> None:
    table = {row[0]: row[1] for row in rows("| before | may become |")}
    final = {kind for kind in Outcome if not kind.interim}
    befores: list[Outcome | None] = [None, *Outcome]
    for before, after in product(befores, Outcome):
        cell = table["nothing" if before is None else "a final kind" if before in final else f"`{before}`"]
        lawful = "every kind" in cell or after.value in words(cell) or (after in final and "every final kind" in cell)
        assert lawful is _may(before, after), (before, after)


def _may(before: Outcome | None, after: Outcome) -> bool:
    try:
        check_transition(before, after)
    except Conflict:
        return False
    return True


def test_relations_are_the_laws() -> None:
    (line,) = re.findall(r"^`relation` is a code of the law, or empty: (.*)$", PAGE, re.MULTILINE)
    assert words(line) == [relation.value for relation in Relation]


def test_evidence_checks_are_numbered_as_in_the_verifier() -> None:
    assert [(int(row[0]), words(row[1])[0]) for row in rows("| no. | name |")] == list(enumerate(meanings(), start=1))


def test_windows_and_limits_are_the_programs() -> None:
    said = [(words(row[2])[0], int(row[1])) for row in rows("| what | value | constant |")]
    assert {name: value for name, value in said if _constant(name) != value} == {}


def _constant(name: str) -> object:
    module, _, constant = name.rpartition(".")
    return getattr(importlib.import_module(module), constant)


def test_the_page_leads_to_every_vector() -> None:
    said = {name for row in rows("| step | files |") for name in words(row[1])}
    assert said == {str(path.relative_to(ROOT)) for path in VECTORS.rglob("*.json")}


def test_the_examples_are_what_the_vectors_give() -> None:
    v = values("evidence/values.json")
    one = json.loads((VECTORS / "tlog/label.json").read_text(encoding="utf-8"))["cases"][0]
    handle = json.loads((VECTORS / "linkage/proofs.json").read_text(encoding="utf-8"))["hashes"]["handle_point"]["handle"]
    txid, kt = txid_of(_statement()), person_key(bytes.fromhex(one["key"]), bytes.fromhex(one["tag"]))
    row = ShownRow(*(bytes.fromhex(v["row"][name]) for name in ("ciphertexts", "case")), v["row"]["relation"], v["row"]["period"])
    made = [
        frame(b"", b"a", b"bb"),
        digest("vector", b"a"),
        txid,
        item_id_of(txid, 1),
        row.leaf(),
        root_of([bytes.fromhex(leaf) for leaf in v["rows"]["leaves"]]),
        pair_hash(bytes.fromhex(v["pair"]["r"]), bytes.fromhex(v["pair"]["c"])),
        answer_hash(b"sealed answer, as it travelled"),
        possession_context("012131", "elgamal", 1),
        card_message(b"{}"),
        request_digest(b"{}"),
        handle_point(bytes.fromhex(handle)),
        kt,
        label(kt, 0),
        leaf_hash(_leaf()),
    ]
    said = rows("| value | of |")
    assert [words(line[0])[0] for line in said] == [value.hex() for value in made]
    assert [f"`{handle}`" in said[11][1], one["key"] in said[12][1], one["tag"] in said[12][1]] == [True] * 3
    assert f"`{made[0].hex()}`" in PAGE.split("\n## 3.", 1)[0]


def test_the_statement_is_the_bundles_own_bytes() -> None:
    (shown,) = re.findall(r"```json\n(.*)\n```", PAGE)
    assert shown.encode() == _statement()


def test_the_leaf_is_taken_apart_rightly() -> None:
    (block,) = re.findall(r"```text\n(version .*?)\n```", PAGE, re.DOTALL)
    parts = {line.split()[0]: line.split()[1:] for line in block.splitlines()}
    names = ("version", "epoch", "at_ms", "kind", "label", "commitment")
    assert "".join(parts[name][0] for name in names) == _leaf().hex()
    leaf = decode_leaf(_leaf())
    assert [parts[name][1] for name in names[:4]] == [str(leaf.version), str(leaf.epoch), str(leaf.at_ms), str(leaf.kind.value)]
    assert digest("body", *(bytes.fromhex(parts[name][0]) for name in ("salt", "body"))) == leaf.commitment


def _leaf() -> bytes:
    return bytes.fromhex(json.loads((VECTORS / "tlog/leaf.json").read_text(encoding="utf-8"))["cases"][0]["leaf"])


def _statement() -> bytes:
    return base64.b64decode(json.loads((VECTORS / "evidence/bundle.enishi.json").read_text(encoding="utf-8"))["statement"]["payload"])


def test_sections_count_from_one() -> None:
    numbers = [int(number) for number in re.findall(r"^## (\d+)\. ", PAGE, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    named = {int(number) for number in re.findall(r"\bsections? (\d+)", PAGE)}
    assert named <= set(numbers) | {4}
