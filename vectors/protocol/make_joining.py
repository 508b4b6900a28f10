"""Writes the check values of requests to join a mesh and of admissions: `python vectors/protocol/make_joining.py`.

The form of the files is that of make.py.
"""

from typing import Any, Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from make import shown
from vector_world import (
    AT_MS,
    HERE,
    PINS,
    REGISTRY,
    SNAPSHOT,
    A,
    Case,
    case,
    hybrid,
    key,
    owned,
    render,
    scalar,
    seed,
)

from enishi.linkage.group import base
from enishi.protocol.forms import sign_form
from enishi.protocol.founding import FoundingInstitution
from enishi.protocol.joining import Admission, JoinRequest, join_digest, sign_join
from enishi.protocol.registry import Capacity
from enishi.protocol.statement import signer_keyid
from enishi.seal.dsse import Envelope, countersign, sign_envelope
from enishi.terms import InstitutionId

replace, pack, text = msgspec.structs.replace, msgspec.msgpack.encode, msgspec.json.encode

# ---- join.json, admission.json ----------------------------------------------------------------------------------------------------------------

C, D = InstitutionId("012025"), InstitutionId("012033")
DOOR: Final = "https://north.example:9443"


def csr(name: str = "north", curve: type[ec.EllipticCurve] = ec.SECP256R1) -> bytes:
    """A certificate request (PKCS#10, DER) by a key from the seed; RFC 6979 makes its signature the same each time."""
    own = ec.derive_private_key(int.from_bytes(seed(f"csr {name}"), "big") >> 8, curve())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(own, SHA256(), ecdsa_deterministic=True)
    return request.public_bytes(Encoding.DER)


def joined(name: InstitutionId, ja: str = "函館市", en: str = "Hakodate", **changes: Any) -> FoundingInstitution:
    made = FoundingInstitution(
        id=name,
        name_ja=ja,
        name_en=en,
        kind="municipality",
        platform="north",
        capacities=(Capacity("市町村長", SNAPSHOT.institutions[0].capacities[0].effective_on),),
        assessments=(),
        elgamal=base(scalar(f"y {name}")),
        elgamal_proof=owned(f"y {name}", name, "elgamal", 1),
        hpke=hybrid(f"hpke {name}").public,
        signing=key(name).public,
    )
    return replace(made, **changes)


JOINS: Final = JoinRequest(v=1, platform="north", door=DOOR, csr=csr(), institutions=(joined(C),), at_ms=AT_MS)


def join(*signers: str, **changes: Any) -> Envelope:
    """A request signed by each institution that it names, or by `signers`."""
    asked = replace(JOINS, **changes)
    names = signers or [one.id for one in asked.institutions]
    return sign_join(asked, {name: key(name) for name in names})  # type: ignore[misc]


def joins() -> tuple[Case, list[Case]]:
    def made(name: str, expect: str, envelope: Envelope) -> Case:
        return case(name, expect, request=pack(envelope), digest=join_digest(envelope))

    two = (joined(C), joined(D, "小樽市", "Otaru"))
    hosted = {"platform": "platform-1", "institutions": (joined(C, platform="platform-1"),)}
    stained = bytearray(csr())
    stained[-1] ^= 1
    unproven = joined(C, elgamal_proof=joined(D).elgamal_proof)
    payload = text(JOINS)
    cases = [
        made("one institution on a new platform", "ok", join()),
        made("two", "ok", join(institutions=two)),
        made("one more on a platform, signed by who is there", "ok", join(C, A, **hosted)),
        made("one more on a platform, signed by nobody there", "platform-not-yours", join(**hosted)),
        made("one more on a platform, under a false signature", "signature-invalid", falsely(replace(JOINS, **hosted))),
        made("signed by another", "signature-invalid", sign_form(JOINS, "join", key(D), signer_keyid(C, 1))),
        made("signed by one of two", "signature-missing", join(C, institutions=two)),
        made("of another payloadType", "envelope-type-wrong", sign_form(JOINS, "registry", key(C), signer_keyid(C, 1))),
        made("of nobody", "join-institutions", join(C, institutions=())),
        made("of one twice", "join-institutions", join(institutions=two[:1] * 2)),
        made("of sixteen", "join-institutions", join(C, institutions=tuple(joined(InstitutionId(f"0120{n}")) for n in range(40, 56)))),
        made("of one on another platform", "join-institutions", join(institutions=(joined(C, platform="south"),))),
        made("a key whose secret is not shown", "possession-false", join(institutions=(unproven,))),
        made("a key that is neutral", "point-not-canonical", join(institutions=(joined(C, elgamal=bytes(32)),))),
        made("a name that is a role's", "platform-name-wrong", join(platform="keeper", institutions=(joined(C, platform="keeper"),))),
        made("a name with a capital", "platform-name-wrong", join(platform="North", institutions=(joined(C, platform="North"),))),
        made("a door without TLS", "door-wrong", join(door="http://north.example:9443")),
        made("a door with a path", "door-wrong", join(door=DOOR + "/x")),
        made("a door with a name before its host", "door-wrong", join(door="https://who@north.example:9443")),
        made("a certificate request changed", "csr-unreadable", join(csr=bytes(stained))),
        made("a certificate request that is none", "csr-unreadable", join(csr=b"0")),
        made("a certificate request on another curve", "csr-unreadable", join(csr=csr(curve=ec.SECP384R1))),
        made("a certificate request of 4,097 bytes", "form-unreadable", join(csr=bytes(4097))),
        made("version 2", "version-unknown", join(v=2)),
        made("a time before time", "form-unreadable", join(at_ms=-1)),
        made("white space", "form-not-canonical", sign_envelope("application/vnd.enishi.join+json", payload + b" ", key(C), signer_keyid(C, 1))),
    ]
    return {"registry": pack(REGISTRY), "pins": PINS}, cases


def falsely(asked: JoinRequest) -> Envelope:
    """A request with the name, but not the signature, of an institution that its platform hosts."""
    return countersign(sign_join(asked, {C: key(C)}), key(D), signer_keyid(A, 1))


def good_admission() -> Admission:
    """What lets the platform in."""
    return Admission(
        v=1,
        request=join_digest(join()),
        platform="north",
        certificate=b"-----BEGIN CERTIFICATE-----\n",
        authority=b"-----BEGIN CERTIFICATE-----\n",
        revoked=b"-----BEGIN X509 CRL-----\n",
        exchange="https://exchange.example:9400",
        registrar="https://registrar.example:9401",
        log="https://log.example",
        at_ms=AT_MS,
    )


def admissions() -> tuple[Case, list[Case]]:
    good = good_admission()

    def made(name: str, expect: str, signer: str = "exchange", keyid: str = "exchange", **changes: Any) -> Case:
        return case(name, expect, admission=shown(sign_form(replace(good, **changes), "admission", key(signer), keyid)))

    spaced = sign_envelope("application/vnd.enishi.admission+json", text(good).replace(b":1,", b": 1,", 1), key("exchange"), "exchange")
    cases = [
        made("as the exchange signs it", "ok"),
        made("signed by another", "signature-invalid", signer="keeper"),
        made("under another's keyid", "signature-missing", keyid="keeper"),
        made("version 2", "version-unknown", v=2),
        made("a time before time", "form-unreadable", at_ms=-1),
        case("of another payloadType", "envelope-type-wrong", admission=shown(sign_form(good, "join", key("exchange"), "exchange"))),
        case("white space", "form-not-canonical", admission=shown(spaced)),
    ]
    return {"exchange": key("exchange").public}, cases


FILES: Final = {"join": joins, "admission": admissions}


def written(stem: str) -> str:
    return render(*FILES[stem]())


if __name__ == "__main__":
    for stem in FILES:
        (HERE / f"{stem}.json").write_text(written(stem), encoding="utf-8")
