"""A small mesh made of fixed seeds, for the check values of this folder: keys, registry, one enrolment, one inquiry, one look.

Two institutions and one person.  Nonces of proofs follow from counters; sealing draws fresh randomness, so sealed.json keeps what was sealed once
for the same key, info and plaintext, and a second run changes nothing.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from enishi.errors import Fault
from enishi.linkage import convert, dleq, enrol, possession
from enishi.linkage.group import base, multiply, p_add, s_inv, s_mul
from enishi.linkage.hashing import hash_to_scalar
from enishi.linkage.keys import layer_key, target_key
from enishi.protocol.forms import sign_form
from enishi.protocol.registry import AUDIT, AuditEpoch, Capacity, Institution, KeyEpoch, Operator, Snapshot, Witness, possession_context
from enishi.seal.dsse import Envelope, countersign
from enishi.seal.hpke import SealingKey, Suite, open_sealed, seal
from enishi.seal.sign import SigningKey
from enishi.terms import InstitutionId
from enishi.tlog.note import KeyType, Verifier

HERE: Final = Path(__file__).parent
AT_MS: Final = 1_743_433_200_000
ORIGIN, WITNESS = "log.enishi.example/1", "witness.enishi.example/w1"
A, B = InstitutionId("012131"), InstitutionId("011002")
Case = dict[str, Any]


def seed(name: str) -> bytes:
    return hashlib.sha256(f"protocol vector {name}".encode()).digest()


def scalar(name: str) -> bytes:
    return hash_to_scalar("vector", name.encode())


def key(name: str) -> SigningKey:
    return SigningKey.from_bytes(seed(f"signing {name}"))


def hybrid(name: str) -> SealingKey:
    return SealingKey(Suite.HYBRID, hashlib.shake_256(name.encode()).digest(96))


def browser(name: str) -> SealingKey:
    return SealingKey(Suite.BROWSER, seed(f"sealing {name}"))


@contextmanager
def nonces(about: str) -> Iterator[None]:
    """Fixed nonces wherever a proof draws one; nothing outside a test ever uses a nonce that is known."""
    numbers = count()

    def drawn() -> bytes:
        return scalar(f"{about} nonce {next(numbers)}")

    with (
        patch.object(dleq, "random_scalar", drawn),
        patch.object(possession, "random_scalar", drawn),
        patch.object(convert, "random_scalar", drawn),
        patch.object(enrol, "random_scalar", drawn),
    ):
        yield


def owned(secret: str, owner: str, kind: str, epoch: int) -> bytes:
    with nonces(f"{owner} {kind}"):
        return possession.prove_possession(scalar(secret), possession_context(owner, kind, epoch)).encode()


# ---- seals ------------------------------------------------------------------------------------------------------------------------------


class Seals:
    """What was sealed once."""

    def __init__(self) -> None:
        path = HERE / "sealed.json"
        self.kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def seal(self, name: str, reader: SealingKey, info: bytes, plaintext: bytes) -> bytes:
        if name in self.kept:
            sealed = bytes.fromhex(self.kept[name])
            if sealed[0] == reader.suite and _opens(reader, info, sealed) == plaintext:
                return sealed
        self.kept[name] = seal(reader.public, info, plaintext).hex()
        return bytes.fromhex(self.kept[name])

    def render(self) -> str:
        return json.dumps(self.kept, indent=1) + "\n"


def _opens(reader: SealingKey, info: bytes, sealed: bytes) -> bytes | None:
    try:
        return open_sealed(reader, info, sealed)
    except Fault:
        return None


SEALS: Final = Seals()

# ---- the registry -----------------------------------------------------------------------------------------------------------------------


def institution(name: InstitutionId, ja: str, en: str) -> Institution:
    epoch = KeyEpoch(
        epoch=1,
        elgamal=base(scalar(f"y {name}")),
        elgamal_proof=owned(f"y {name}", name, "elgamal", 1),
        hpke=hybrid(f"hpke {name}").public,
        signing=key(name).public,
        share_exchange=base(scalar(f"s_x {name}")),
        share_keeper=base(scalar(f"s_k {name}")),
        active=True,
    )
    return Institution(
        id=name,
        name_ja=ja,
        name_en=en,
        kind="municipality",
        platform="platform-1",
        suspended=False,
        capacities=(Capacity("市町村長", date(2015, 10, 5)),),
        assessments=(),
        epochs=(epoch,),
    )


def operator(name: str) -> Operator:
    return Operator(
        s_root=base(scalar(f"s_root {name}")),
        s_root_proof=owned(f"s_root {name}", name, "s_root", 0),
        layer=base(scalar(f"layer {name}")),
        layer_proof=owned(f"layer {name}", name, "layer", 0),
        signing=key(name).public,
    )


def certificate(subject: str, holder: str, issuer: str, signer: str, number: int, until: int = 2035) -> bytes:
    """An Ed25519 certificate in DER: the same bytes each time."""
    issued, own = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (issuer, subject))
    builder = x509.CertificateBuilder().issuer_name(issued).subject_name(own).serial_number(number)
    builder = builder.not_valid_before(datetime(2025, 1, 1, tzinfo=UTC)).not_valid_after(datetime(until, 1, 1, tzinfo=UTC))
    builder = builder.public_key(Ed25519PrivateKey.from_private_bytes(seed(f"signing {holder}")).public_key())
    return builder.sign(Ed25519PrivateKey.from_private_bytes(seed(f"signing {signer}")), None).public_bytes(Encoding.DER)


AUTHORITY: Final = certificate("Test card authority", "authority", "Test card authority", "authority", 1)
LOG: Final = Verifier(ORIGIN, key("log").public)
SEER: Final = Verifier(WITNESS, key("witness").public, KeyType.COSIGNATURE)
INSTITUTIONS: Final = (institution(A, "苫小牧市", "Tomakomai"), institution(B, "札幌市", "Sapporo"))


def snapshot(**changes: Any) -> Snapshot:
    audit = AuditEpoch(
        epoch=1,
        elgamal=base(scalar("y @audit")),
        elgamal_proof=owned("y @audit", AUDIT, "elgamal", 1),
        share_exchange=base(scalar("s_x @audit")),
        share_keeper=base(scalar("s_k @audit")),
    )
    given: dict[str, Any] = {
        "v": 1,
        "serial": 1,
        "at_ms": AT_MS - 1000,
        "previous": bytes(32),
        "law": seed("law"),
        "exchange": operator("exchange"),
        "keeper": operator("keeper"),
        "registrar": key("registrar").public,
        "portal": key("portal").public,
        "disclosure": hybrid("disclosure").public,
        "log_origin": ORIGIN,
        "log_key": LOG.encoded,
        "witnesses": (Witness(WITNESS, SEER.encoded),),
        "witness_quorum": 1,
        "card_authority": AUTHORITY,
        "audit": (audit,),
        "institutions": INSTITUTIONS,
    }
    return Snapshot(**(given | changes))


def signed_registry(made: Snapshot) -> Envelope:
    return countersign(sign_form(made, "registry", key("exchange"), "exchange"), key("oversight"), "oversight")


SNAPSHOT: Final = snapshot()
REGISTRY: Final = signed_registry(SNAPSHOT)
PINS: Final = {"exchange": key("exchange").public, "oversight": key("oversight").public}

# ---- the person, and what converts ------------------------------------------------------------------------------------------------------

HANDLE: Final = seed("handle")
M: Final = enrol.handle_point(HANDLE)
LAYER: Final = layer_key(SNAPSHOT.exchange.layer, SNAPSHOT.keeper.layer)
BETA: Final = scalar("beta")


def layered(name: str) -> bytes:
    """Z of an institution or of the audit domain."""
    return target_key(base(scalar(f"y {name}")), LAYER)


def code(name: str, m: bytes = M) -> bytes:
    """The person's code at an institution, or the tag at `@audit`."""
    for secret in ("s_root exchange", "s_root keeper", f"s_x {name}", f"s_k {name}"):
        m = multiply(scalar(secret), m)
    return m


def hop(target: str, operator: str) -> bytes:
    return s_mul(scalar(f"s_{operator} {target}"), s_inv(scalar(f"s_{operator} {A}")))


def converted(row: convert.Row3) -> convert.Pair:
    """The pair that B gets of a permitted row."""
    given = convert.admit_pair(row, BETA, scalar("layer keeper"), scalar("y @audit"))
    returned = convert.exchange_step(given, scalar("layer exchange"), hop(B, "x"), hop(AUDIT, "x"))
    return convert.commit_pair(returned, BETA, hop(B, "k"))


def other(point: bytes) -> bytes:
    return p_add(point, M)


# ---- files ------------------------------------------------------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """Bytes in hex, however deep."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def render(shared: Case, cases: list[Case]) -> str:
    return json.dumps({"shared": plain(shared), "cases": plain(cases)}, ensure_ascii=False, indent=1) + "\n"


def case(name: str, expect: str, **given: Any) -> Case:
    return {"name": name, **given, "expect": expect}
