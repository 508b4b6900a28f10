"""vectors/linkage: proofs, steps, conversions and hops, valid and invalid; each case gets the verdict that it expects."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from enishi.errors import Fault
from enishi.linkage import convert, dleq, enrol, hop, possession
from enishi.linkage.forms import Blinded, Pair, Row3, decode_elements, decode_rows
from enishi.linkage.group import decode_point, s_inv, s_mul

VECTORS = Path(__file__).parents[2] / "vectors" / "linkage"

Case = dict[str, Any]
raw = bytes.fromhex


def proof(said: dict[str, str]) -> dleq.Proof:
    return dleq.Proof(raw(said["c"]), raw(said["s"]))


def structure(form: type[Any], said: dict[str, Any]) -> Any:
    """A Struct of hex texts, lists of them, and proofs."""
    fields = {}
    for name in form.__struct_fields__:
        value = said[name]
        fields[name] = proof(value) if isinstance(value, dict) else tuple(map(raw, value)) if isinstance(value, list) else raw(value)
    return form(**fields)


def blinded(said: list[str]) -> Blinded:
    r, b, u = map(raw, said)
    return Blinded(r, b or None, u)


def check_refused(case: Case) -> None:
    if case["sort"] == "dleq":
        pairs = [(raw(left), raw(right)) for left, right in case["pairs"]]
        dleq.verify(raw(case["a"]), raw(case["b"]), pairs, dleq.decode_proof(raw(case["proof"])), raw(case["context"]))
    elif case["sort"] == "possession":
        possession.check_possession(decode_point(raw(case["public"])), dleq.decode_proof(raw(case["proof"])), raw(case["context"]))
    else:
        rows = decode_rows([(raw(r), raw(b), raw(u)) for r, b, u in case["rows"]])
        convert.check_rows(raw(case["txid"]), raw(case["z_b"]), raw(case["z_u"]), rows, convert.decode_pi(raw(case["pi"])))


def check_step(case: Case) -> None:
    elements = decode_elements([(raw(r), raw(c)) for r, c in case["elements"]])
    keys = [raw(case[name]) for name in ("root", "share", "layer")]
    after = enrol.check_step(elements, structure(enrol.Step, case["step"]), *keys, raw(case["context"]))
    assert [[r.hex(), c.hex()] for r, c in after] == case["after"]


def check_conversion(case: Case) -> None:
    s = {name: raw(value) for name, value in case["secrets"].items()}
    row = decode_rows([tuple(map(raw, case["row"]))])[0]
    admit = convert.admit_pair if case["permit"] else convert.admit_tag
    given = admit(row, s["beta"], s["k_k"], s["y_u"])
    delta = {name: s_mul(s[f"s_{name}"], s_inv(s[f"s_A_{name[-1]}"])) for name in ("B_x", "B_k", "U_x", "U_k")}
    returned = convert.exchange_step(given, s["k_x"], delta["B_x"] if case["permit"] else None, delta["U_x"])
    assert [blinded(case["given"]), blinded(case["returned"])] == [given, returned]
    assert convert.commit_tag(returned, s["beta"], delta["U_k"]).hex() == case["tag"]
    if case["permit"]:
        pair = convert.commit_pair(returned, s["beta"], delta["B_k"])
        assert [one.hex() for one in pair] == case["pair"]
        assert convert.open_pair(s["y_b"], pair).hex() == case["code"]


def check_hop(case: Case) -> None:
    row, pair = Row3(*map(raw, case["row"])), Pair(*map(raw, case["pair"]))
    given, returned = blinded(case["given"]), blinded(case["returned"])
    keys = [raw(case[name]) for name in ("from", "to", "layer", "context")]
    if case["operator"] == "exchange":
        hop.check_hop(given, returned, structure(hop.ExchangeHop, case["hop"]), *keys)
    else:
        hop.check_keeper_hop(row, given, returned, pair, structure(hop.KeeperHop, case["hop"]), *keys)


CHECKS = {"refused": check_refused, "step": check_step, "conversion": check_conversion, "hop": check_hop}


def cases(stem: str) -> list[Case]:
    found: list[Case] = json.loads((VECTORS / f"{stem}.json").read_text(encoding="utf-8"))["cases"]
    return found


@pytest.mark.parametrize(("stem", "case"), [pytest.param(stem, case, id=f"{stem}: {case['name']}") for stem in CHECKS for case in cases(stem)])
def test_each_case_gets_the_verdict_it_expects(stem: str, case: Case) -> None:
    try:
        CHECKS[stem](case)
        verdict = "ok"
    except Fault as fault:
        verdict = fault.code
    assert verdict == case["expect"]


def maker(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"linkage_{name}", VECTORS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_the_files_are_what_their_makers_write() -> None:
    made = maker("make_proofs")
    assert set(made.FILES) == set(CHECKS)
    assert {stem: made.render(stem) == (VECTORS / f"{stem}.json").read_text(encoding="utf-8") for stem in CHECKS} == dict.fromkeys(CHECKS, True)
    document = json.dumps(maker("make").document(), indent=1) + "\n"
    assert document == (VECTORS / "proofs.json").read_text(encoding="utf-8")


def test_a_struct_is_read_whole() -> None:
    said = cases("hop")[0]["hop"]
    assert msgspec.to_builtins(structure(hop.ExchangeHop, said), builtin_types=(bytes,))["C_star"].hex() == said["C_star"]
