"""Writes proofs.json: what hashing, blinding and proofs give for fixed secrets and nonces: `python vectors/linkage/make.py`.

The nonces stand in the file so that another implementation can reach the same bytes; nothing outside a test ever uses a nonce that is known.
"""

import json
import sys
from pathlib import Path
from unittest.mock import patch

from enishi.encoding import digest
from enishi.linkage import convert, dleq, enrol, possession
from enishi.linkage.convert import Row3
from enishi.linkage.group import G, base, multiply, p_add, scalar_from_hash
from enishi.linkage.hashing import hash_to_group, hash_to_scalar

TXID, HANDLE, CONTEXT = digest("vector", b"txid"), digest("vector", b"handle"), b"vector context"
HERE = Path(__file__).parent


def scalar(name: str) -> bytes:
    """A scalar that anybody can make again: two digests of its name, reduced."""
    return scalar_from_hash(digest("vector", name.encode(), b"low") + digest("vector", name.encode(), b"high"))


def hashes() -> dict[str, object]:
    """Points and scalars from bytes."""
    return {
        "hash_to_group": {"use": "handle", "parts": [HANDLE.hex()], "point": hash_to_group("handle", HANDLE).hex()},
        "handle_point": {"handle": HANDLE.hex(), "point": enrol.handle_point(HANDLE).hex()},
        "hash_to_scalar": {"use": "pi", "parts": ["6162", "63"], "scalar": hash_to_scalar("pi", b"ab", b"c").hex()},
        "beta": [{"secret": HANDLE.hex(), "txid": TXID.hex(), "i": i, "beta": convert.beta(HANDLE, TXID, i).hex()} for i in (0, 1, 256)],
    }


def proofs() -> dict[str, object]:
    """One proof of each sort."""
    k, nonce, a = scalar("k"), scalar("nonce"), base(scalar("a"))
    pairs = [(c, multiply(k, c)) for c in (base(scalar(f"c{i}")) for i in range(3))]
    equal = dleq.generate(k, a, multiply(k, a), pairs, dleq.bound(a, multiply(k, a), pairs, CONTEXT), nonce)
    with patch.object(possession, "random_scalar", lambda: nonce):
        owned = possession.prove_possession(k, CONTEXT)
    return {
        "context": CONTEXT.hex(),
        "nonce": nonce.hex(),
        "dleq": {"k": k.hex(), "a": a.hex(), "pairs": [[point.hex() for point in pair] for pair in pairs], "proof": equal.encode().hex()},
        "possession": {"secret": k.hex(), "public": base(k).hex(), "proof": owned.encode().hex()},
    }


def rows() -> dict[str, object]:
    """π over two rows."""
    z_b, z_u, code, drawn = base(scalar("z_b")), base(scalar("z_u")), base(scalar("code")), [scalar("r0"), scalar("r1")]
    made = [Row3(multiply(r, G), p_add(code, multiply(r, z_b)), p_add(code, multiply(r, z_u))) for r in drawn]
    with patch.object(convert, "random_scalar", lambda: scalar("nonce")):
        pi = convert.prove_rows(TXID, z_b, z_u, made, convert.RowSecrets(tuple(drawn)))
    shown = [[(point or b"").hex() for point in row] for row in made]
    return {"txid": TXID.hex(), "z_b": z_b.hex(), "z_u": z_u.hex(), "r": [r.hex() for r in drawn], "rows": shown, "pi": pi.encode().hex()}


def document() -> dict[str, object]:
    """The whole file."""
    return {"expect": "ok", "hashes": hashes(), "proofs": proofs(), "rows": rows()}


if __name__ == "__main__":
    (HERE / "proofs.json").write_text(json.dumps(document(), indent=1) + "\n", encoding="utf-8")
    sys.stdout.write("proofs.json\n")
