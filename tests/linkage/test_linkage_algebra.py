"""Every step of vectors/linkage/algebra.json, made by another program, is reproduced by the verbs that the roles call."""

import json
from pathlib import Path
from typing import Any

import pytest

from enishi.linkage import convert, enrol, epochs, keys
from enishi.linkage.forms import Element
from enishi.linkage.group import base, multiply, p_sub, s_mul

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors" / "linkage" / "algebra.json").read_text())
S = {name: bytes.fromhex(value) for name, value in VECTORS["scalars"].items()}
K = {name: bytes.fromhex(value) for name, value in VECTORS["keys"].items()}
CODES = {name: bytes.fromhex(value) for name, value in VECTORS["codes"].items()}
M = bytes.fromhex(VECTORS["M"])


def point(*path: str | int) -> bytes:
    found: Any = VECTORS
    for name in path:
        found = found[name]
    return bytes.fromhex(found)


@pytest.fixture
def fixed_r(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert, "random_scalar", lambda: S["r"])
    monkeypatch.setattr(enrol, "random_scalar", lambda: S["r_enrol"])


def test_the_vectors_are_expected_to_hold() -> None:
    assert VECTORS["expect"] == "ok"


def test_keys() -> None:
    for name in ("K_x", "K_k", "Y_A", "Y_B", "Y_U"):
        assert keys.public(S[name.replace("K", "k").replace("Y", "y")]) == K[name]
    assert keys.layer_key(K["K_x"], K["K_k"]) == K["K"]
    for name in "ABU":
        assert keys.target_key(K[f"Y_{name}"], K["K"]) == K[f"Z_{name}"]


def test_codes() -> None:
    root = s_mul(S["s_root_x"], S["s_root_k"])
    for name, code in (("A", "P_A"), ("B", "P_B"), ("U", "T")):
        assert multiply(s_mul(root, s_mul(S[f"s_{name}_x"], S[f"s_{name}_k"])), M) == CODES[code]


@pytest.mark.usefixtures("fixed_r")
@pytest.mark.parametrize(("target", "code"), [("A", "P_A"), ("U", "T")])
def test_enrolment(target: str, code: str) -> None:
    section = f"enrol_{target}"
    elements: tuple[Element, ...] = (enrol.request(M, K[f"Z_{target}"]),)
    assert elements[0] == (point(section, "transcript", 0, "R"), point(section, "transcript", 0, "C"))
    for place, j in enumerate("xk", start=1):
        step = enrol.operate(elements, S[f"s_root_{j}"], S[f"s_{target}_{j}"], S[f"k_{j}"], b"context")
        made = (step.E, step.R[0], step.C_star[0], step.D[0], step.elements()[0].C)
        assert made == tuple(point(section, "transcript", place, name) for name in ("E", "R", "C_star", "D", "C"))
        publics = (base(S[f"s_root_{j}"]), base(S[f"s_{target}_{j}"]), base(S[f"k_{j}"]))
        elements = enrol.check_step(elements, step, *publics, b"context")
    assert enrol.open_element(S[f"y_{target}"], elements[0]) == point(section, "opened") == CODES[code]


@pytest.mark.usefixtures("fixed_r")
def test_conversion_with_its_record() -> None:
    rows, secrets = convert.blind([CODES["P_A"]], K["Z_B"], K["Z_U"])
    assert secrets.r == (S["r"],)
    assert rows[0] == tuple(point("convert_A_B", "inquirer", name) for name in ("R", "C_B", "C_U"))
    assert p_sub(K["Z_B"], K["Z_U"]) == point("convert_A_B", "inquirer", "H")
    admitted = convert.admit_pair(rows[0], S["beta"], S["k_k"], S["y_U"])
    assert admitted == tuple(point("convert_A_B", "keeper_admits", name) for name in ("bR", "bB", "bU"))
    delta_b, delta_u = keys.delta(S["s_A_x"], S["s_B_x"]), keys.delta(S["s_A_x"], S["s_U_x"])
    stepped = convert.exchange_step(admitted, S["k_x"], delta_b, delta_u)
    assert stepped == tuple(point("convert_A_B", "exchange", name) for name in ("R", "B", "U"))
    assert convert.commit_tag(stepped, S["beta"], keys.delta(S["s_A_k"], S["s_U_k"])) == point("convert_A_B", "keeper_commits", "T") == CODES["T"]
    pair = convert.commit_pair(stepped, S["beta"], keys.delta(S["s_A_k"], S["s_B_k"]))
    assert pair == (point("convert_A_B", "keeper_commits", "R"), point("convert_A_B", "keeper_commits", "C"))
    assert convert.open_pair(S["y_B"], pair) == point("convert_A_B", "provider_opens") == CODES["P_B"]


@pytest.mark.usefixtures("fixed_r")
def test_refusal_is_recorded_and_releases_no_pair() -> None:
    rows, _ = convert.blind([CODES["P_A"]], K["Z_B"], K["Z_U"])
    admitted = convert.admit_tag(rows[0], S["beta"], S["k_k"], S["y_U"])
    assert admitted == (point("refusal", "keeper_admits", "bR"), None, point("refusal", "keeper_admits", "bU"))
    stepped = convert.exchange_step(admitted, S["k_x"], None, keys.delta(S["s_A_x"], S["s_U_x"]))
    assert (None, point("refusal", "exchange", "U")) == (stepped.B, stepped.U)
    assert convert.commit_tag(stepped, S["beta"], keys.delta(S["s_A_k"], S["s_U_k"])) == point("refusal", "T")


def test_rotation() -> None:
    tokens = [epochs.token(S[f"s_A_{j}"], S[f"s_A2_{j}"]) for j in "xk"]
    assert s_mul(*tokens) == point("rotate_A", "delta")
    assert epochs.carry([CODES["P_A"]], tokens) == (point("rotate_A", "P_A2"),)
