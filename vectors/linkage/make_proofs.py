"""Writes what proofs, steps and conversions give, valid and invalid, for fixed secrets: `python vectors/linkage/make_proofs.py`.

Bytes are hex; `expect` is "ok" or the slug of the fault.  `refused.json`: each proof with one thing changed.  `step.json`: an operator's
step on an enrolment batch.  `conversion.json`: one row from the inquirer's ciphertexts to the provider's code.  `hop.json`: both hop proofs.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import msgspec

from enishi.encoding import digest
from enishi.linkage import convert, dleq, enrol, hop, possession
from enishi.linkage.forms import Blinded, Element, Pair, Row3
from enishi.linkage.group import G, base, multiply, p_add, s_inv, s_mul, scalar_from_hash

HERE: Final = Path(__file__).parent
TXID, CONTEXT = digest("vector", b"txid"), digest("vector", b"context")
NEUTRAL, Q = bytes(32), (2**252 + 27742317777372353535851937790883648493).to_bytes(32, "little")
Case = dict[str, Any]


def scalar(name: str) -> bytes:
    """A scalar that anybody can make again: two digests of its name, reduced."""
    return scalar_from_hash(digest("vector", name.encode(), b"low") + digest("vector", name.encode(), b"high"))


@contextmanager
def nonces() -> Iterator[None]:
    """Fixed nonces wherever a proof draws one; nothing outside a test ever uses a nonce that is known."""
    numbers = count()
    with (
        patch.object(dleq, "random_scalar", lambda: scalar(f"nonce {next(numbers)}")),
        patch.object(possession, "random_scalar", lambda: scalar("nonce")),
        patch.object(convert, "random_scalar", lambda: scalar("nonce")),
    ):
        yield


def top(point: bytes) -> bytes:
    """The same point with the bit set that libsodium ignores."""
    return point[:31] + bytes([point[31] | 0x80])


def hexed(value: Any) -> Any:
    """Bytes in hex, however deep; nothing as an empty text."""
    if isinstance(value, (bytes, type(None))):
        return (value or b"").hex()
    if isinstance(value, msgspec.Struct):
        return hexed(msgspec.structs.asdict(value))
    if isinstance(value, dict):
        return {name: hexed(one) for name, one in value.items()}
    return [hexed(one) for one in value] if isinstance(value, (list, tuple)) else value


def case(name: str, expect: str, **inputs: Any) -> Case:
    return {"name": name, **hexed(inputs), "expect": expect}


# ---- refused.json -----------------------------------------------------------------------------------------------------------------------


def equalities() -> list[Case]:
    k, a = scalar("k"), base(scalar("a"))
    b, pairs = multiply(k, a), [(c, multiply(k, c)) for c in (base(scalar(f"c{i}")) for i in range(3))]
    with nonces():
        good = dleq.prove(k, a, b, pairs, CONTEXT).encode()
    given = {"a": a, "b": b, "pairs": pairs, "context": CONTEXT, "proof": good}
    other = [(pairs[0][0], pairs[1][1]), *pairs[1:]]
    wrong = [
        ("a proof that holds", "ok", {}),
        ("another pair", "dleq-false", {"pairs": other}),
        ("pairs in another order", "dleq-false", {"pairs": pairs[::-1]}),
    ]
    wrong += [
        ("a pair fewer", "dleq-false", {"pairs": pairs[:2]}),
        ("no pair", "batch-empty", {"pairs": []}),
        ("another base", "dleq-false", {"a": G}),
        ("another context", "dleq-false", {"context": CONTEXT + b"\0"}),
        ("c and s exchanged", "dleq-false", {"proof": good[32:] + good[:32]}),
        ("one byte short", "proof-length", {"proof": good[:-1]}),
        ("s plus q", "scalar-not-canonical", {"proof": good[:32] + plus_q(good[32:])}),
        ("c is zero", "scalar-not-canonical", {"proof": bytes(32) + good[32:]}),
        ("a neutral point in a pair", "point-not-canonical", {"pairs": [(NEUTRAL, pairs[0][1]), *pairs[1:]]}),
        ("a point with its top bit set", "point-not-canonical", {"pairs": [(pairs[0][0], top(pairs[0][1])), *pairs[1:]]}),
    ]
    return [case(f"equality: {name}", expect, sort="dleq", **(given | changed)) for name, expect, changed in wrong]


def plus_q(encoded: bytes) -> bytes:
    return (int.from_bytes(encoded, "little") + int.from_bytes(Q, "little")).to_bytes(32, "little")


def possessions() -> list[Case]:
    with nonces():
        good = possession.prove_possession(scalar("k"), CONTEXT).encode()
    given = {"public": base(scalar("k")), "context": CONTEXT, "proof": good}
    wrong = [
        ("a proof that holds", "ok", {}),
        ("another key", "possession-false", {"public": base(scalar("a"))}),
        ("another owner", "possession-false", {"context": digest("vector", b"another")}),
        ("another s", "possession-false", {"proof": good[:32] + scalar("s")}),
        ("the neutral key", "point-not-canonical", {"public": NEUTRAL}),
        ("q for s", "scalar-not-canonical", {"proof": good[:32] + Q}),
    ]
    return [case(f"possession: {name}", expect, sort="possession", **(given | changed)) for name, expect, changed in wrong]


def row(code: bytes, r: str, z_b: bytes, z_u: bytes) -> Row3:
    drawn = scalar(r)
    return Row3(multiply(drawn, G), p_add(code, multiply(drawn, z_b)), p_add(code, multiply(drawn, z_u)))


def pis() -> list[Case]:
    z_b, z_u = base(scalar("z_b")), base(scalar("z_u"))
    rows = [row(base(scalar(f"code {i}")), f"r{i}", z_b, z_u) for i in range(3)]
    with nonces():
        good = convert.prove_rows(TXID, z_b, z_u, rows, convert.RowSecrets(tuple(scalar(f"r{i}") for i in range(3)))).encode()
    two_codes = Row3(rows[0].R, rows[0].C_B, p_add(rows[0].C_U, G))
    given = {"txid": TXID, "z_b": z_b, "z_u": z_u, "rows": rows, "pi": good}
    wrong = [
        ("a proof that holds", "ok", {}),
        ("two codes in one row", "pi-false", {"rows": [two_codes, *rows[1:]]}),
        ("another message", "pi-false", {"txid": CONTEXT}),
        ("rows in another order", "pi-false", {"rows": rows[::-1]}),
        ("a row fewer", "pi-false", {"rows": rows[:2]}),
        ("target keys exchanged", "pi-false", {"z_b": z_u, "z_u": z_b}),
        ("a row without C_B", "point-not-canonical", {"rows": [Row3(rows[0].R, NEUTRAL, rows[0].C_U), *rows[1:]]}),
        ("a top bit", "point-not-canonical", {"rows": [Row3(rows[0].R, rows[0].C_B, top(rows[0].C_U)), *rows[1:]]}),
        ("one byte more", "proof-length", {"pi": good + b"\0"}),
        ("q for c", "scalar-not-canonical", {"pi": Q + good[32:]}),
    ]
    return [case(f"π: {name}", expect, sort="pi", **(given | changed)) for name, expect, changed in wrong]


# ---- step.json --------------------------------------------------------------------------------------------------------------------------


def steps() -> list[Case]:
    root, share, layer = scalar("s_root"), scalar("s_A"), scalar("k_x")
    z = base(scalar("z_A"))
    elements = [Element(base(scalar(f"r{i}")), p_add(base(scalar(f"code {i}")), multiply(scalar(f"r{i}"), z))) for i in range(2)]
    with nonces():
        good = enrol.operate(elements, root, share, layer, CONTEXT)
    given = {
        "elements": elements,
        "step": good,
        "root": base(root),
        "share": base(share),
        "layer": base(layer),
        "context": CONTEXT,
        "after": good.elements(),
    }
    swapped = msgspec.structs.replace(good, R=good.R[::-1], C_star=good.C_star[::-1], D=good.D[::-1])
    point = multiply(s_mul(root, share), base(scalar("r0")))
    wrong = [
        ("a step that holds", "ok", {}),
        ("another batch", "dleq-false", {"context": TXID}),
        ("the share of another institution", "dleq-false", {"share": base(scalar("s_B"))}),
        ("another root", "dleq-false", {"root": base(scalar("a"))}),
        ("another layer", "dleq-false", {"layer": base(scalar("a"))}),
        ("persons exchanged", "dleq-false", {"step": swapped}),
        ("an element of another person", "dleq-false", {"elements": [elements[1], elements[1]]}),
        ("a layer not stripped", "dleq-false", {"step": msgspec.structs.replace(good, D=(point, *good.D[1:]))}),
        ("a person fewer", "batch-uneven", {"elements": elements[:1]}),
        ("lists of two lengths", "batch-uneven", {"step": msgspec.structs.replace(good, D=good.D[:1])}),
        ("a neutral element", "point-not-canonical", {"step": msgspec.structs.replace(good, E=NEUTRAL)}),
        ("a top bit", "point-not-canonical", {"step": msgspec.structs.replace(good, R=(top(good.R[0]), *good.R[1:]))}),
        ("a scalar of q", "scalar-not-canonical", {"step": msgspec.structs.replace(good, turn_proof=dleq.Proof(good.turn_proof.c, Q))}),
    ]
    return [case(name, expect, **(given | changed)) for name, expect, changed in wrong]


# ---- conversion.json and hop.json -------------------------------------------------------------------------------------------------------

SECRETS: Final = {name: scalar(name) for name in ("beta", "k_k", "y_u", "k_x", "s_A_x", "s_A_k", "s_B_x", "s_B_k", "s_U_x", "s_U_k", "y_b")}


def divided(target: str, operator: str) -> bytes:
    """δ_{A→target} of an operator."""
    return s_mul(SECRETS[f"s_{target}_{operator}"], s_inv(SECRETS[f"s_A_{operator}"]))


def shared(institution: str, point: bytes) -> bytes:
    return multiply(SECRETS[f"s_{institution}_x"], multiply(SECRETS[f"s_{institution}_k"], point))


class Converted:
    """One permitted row, every element of it, and the hop proofs."""

    def __init__(self) -> None:
        s, person = SECRETS, base(scalar("person"))
        k = p_add(base(s["k_x"]), base(s["k_k"]))
        self.row = row(shared("A", person), "r0", p_add(base(s["y_b"]), k), p_add(base(s["y_u"]), k))
        self.code, self.tag = shared("B", person), shared("U", person)
        self.given = convert.admit_pair(self.row, s["beta"], s["k_k"], s["y_u"])
        self.returned = convert.exchange_step(self.given, s["k_x"], divided("B", "x"), divided("U", "x"))
        self.pair = convert.commit_pair(self.returned, s["beta"], divided("B", "k"))
        with nonces():
            self.exchange = hop.prove_hop(self.given, self.returned, divided("B", "x"), base(s["s_A_x"]), s["k_x"], CONTEXT)
            self.keeper = hop.prove_keeper_hop(
                self.row, self.given, self.returned, self.pair, s["beta"], divided("B", "k"), base(s["s_A_k"]), s["k_k"], CONTEXT
            )


def conversions() -> list[Case]:
    made = Converted()
    refused = convert.admit_tag(made.row, SECRETS["beta"], SECRETS["k_k"], SECRETS["y_u"])
    stepped = convert.exchange_step(refused, SECRETS["k_x"], None, divided("U", "x"))
    permitted = {"secrets": SECRETS, "permit": True, "row": made.row, "given": made.given, "returned": made.returned, "pair": made.pair}
    permitted |= {"tag": made.tag, "code": made.code}
    without = {"permit": False, "given": refused, "returned": stepped, "pair": ["", ""], "code": b""}
    stripped = multiply(SECRETS["k_k"], made.row.R)
    wrong = [
        ("permitted", "ok", {}),
        ("refused, or a look", "ok", without),
        ("R is neutral", "point-not-canonical", {"row": Row3(NEUTRAL, made.row.C_B, made.row.C_U)}),
        ("C_B has its top bit set", "point-not-canonical", {"row": Row3(made.row.R, top(made.row.C_B or b""), made.row.C_U)}),
        ("C_U is no point", "point-not-canonical", {"row": Row3(made.row.R, made.row.C_B, b"\xff" * 32)}),
        ("C_B is short", "point-not-canonical", {"row": Row3(made.row.R, made.row.R[:31], made.row.C_U)}),
        ("nothing is left under the layer", "point-not-canonical", {"row": Row3(made.row.R, stripped, made.row.C_U)}),
    ]
    return [case(name, expect, **(permitted | changed)) for name, expect, changed in wrong]


def hops() -> list[Case]:
    made, s = Converted(), SECRETS
    given: dict[str, Any] = {"row": made.row, "given": made.given, "returned": made.returned, "pair": made.pair, "context": CONTEXT}
    x = given | {"operator": "exchange", "hop": made.exchange, "from": base(s["s_A_x"]), "to": base(s["s_B_x"]), "layer": base(s["k_x"])}
    k = given | {"operator": "keeper", "hop": made.keeper, "from": base(s["s_A_k"]), "to": base(s["s_B_k"]), "layer": base(s["k_k"])}
    elsewhere = Blinded(made.returned.R, p_add(made.returned.B or b"", G), made.returned.U)
    wrong = [
        ("exchange: holds", "ok", x),
        ("exchange: another item", "dleq-false", x | {"context": TXID}),
        ("exchange: to another institution", "dleq-false", x | {"to": base(s["s_U_x"])}),
        ("exchange: another layer", "dleq-false", x | {"layer": base(s["k_k"])}),
        ("exchange: another person returned", "dleq-false", x | {"returned": elsewhere}),
        ("exchange: a neutral C*", "point-not-canonical", x | {"hop": msgspec.structs.replace(made.exchange, C_star=NEUTRAL)}),
        ("keeper: holds", "ok", k),
        ("keeper: another item", "dleq-false", k | {"context": TXID}),
        ("keeper: another pair released", "dleq-false", k | {"pair": Pair(made.pair.R, p_add(made.pair.C, G))}),
        ("keeper: another row", "dleq-false", k | {"row": Row3(made.row.R, p_add(made.row.C_B or b"", G), made.row.C_U)}),
        ("keeper: another β on the way back", "dleq-false", k | {"hop": msgspec.structs.replace(made.keeper, F=base(s["s_A_k"]))}),
        ("keeper: to another institution", "dleq-false", k | {"to": base(s["s_U_k"])}),
        ("keeper: a top bit in F", "point-not-canonical", k | {"hop": msgspec.structs.replace(made.keeper, F=top(made.keeper.F))}),
    ]
    return [case(name, expect, **inputs) for name, expect, inputs in wrong]


FILES: Final = {"refused": lambda: [*equalities(), *possessions(), *pis()], "step": steps, "conversion": conversions, "hop": hops}


def render(name: str) -> str:
    return json.dumps({"cases": FILES[name]()}, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for stem in FILES:
        (HERE / f"{stem}.json").write_text(render(stem), encoding="utf-8")
