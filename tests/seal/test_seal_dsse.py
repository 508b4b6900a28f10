"""Envelopes: DSSE's own encoding, and who must have signed."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.errors import Fault, Malformed, Misconfigured, Tampered
from enishi.seal.dsse import (
    MAX_SIGNATURES,
    Envelope,
    Signature,
    check_envelope,
    countersign,
    decode_envelope,
    encode_envelope,
    pae,
    sign_envelope,
)
from enishi.seal.sign import SigningKey, verify

ONE, TWO = SigningKey.generate(), SigningKey.generate()
KEYS = {"one": ONE.public, "two": TWO.public}
TYPE = "application/vnd.enishi.test+json"


def test_the_signed_bytes_are_those_of_the_specification() -> None:
    assert pae("http://example.com/HelloWorld", b"hello world") == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert pae("種", "別".encode()) == b"DSSEv1 3 \xe7\xa8\xae 3 \xe5\x88\xa5"


def test_the_json_is_read_by_a_verifier_that_knows_only_dsse() -> None:
    envelope = sign_envelope(TYPE, b"\xff\xfe payload", ONE, "one")
    document = json.loads(encode_envelope(envelope))
    assert set(document) == {"payloadType", "payload", "signatures"}
    assert [set(signature) for signature in document["signatures"]] == [{"keyid", "sig"}]
    payload = base64.b64decode(document["payload"], validate=True)
    signed = f"DSSEv1 {len(TYPE)} {TYPE} {len(payload)} ".encode() + payload
    verify(ONE.public, signed, base64.b64decode(document["signatures"][0]["sig"], validate=True))
    assert decode_envelope(encode_envelope(envelope)) == envelope


def test_all_who_must_sign_must_have_signed() -> None:
    single = sign_envelope(TYPE, b"payload", ONE, "one")
    both = countersign(single, TWO, "two")
    assert check_envelope(single, TYPE, KEYS, {"one"}) == b"payload"
    assert check_envelope(both, TYPE, KEYS, frozenset({"one", "two"})) == b"payload"
    for required in ({"one", "two"}, {"two"}, {"one", "three"}):
        with pytest.raises(Tampered, match="signature-missing"):
            check_envelope(single, TYPE, KEYS, required)


def test_a_key_that_is_not_known_satisfies_nobody() -> None:
    stranger = countersign(sign_envelope(TYPE, b"payload", ONE, "one"), SigningKey.generate(), "three")
    assert check_envelope(stranger, TYPE, KEYS, {"one"}) == b"payload"
    with pytest.raises(Tampered, match="signature-missing"):
        check_envelope(stranger, TYPE, KEYS, {"one", "three"})


def test_a_false_signature_of_a_known_key_spoils_the_envelope_even_if_not_required() -> None:
    good = sign_envelope(TYPE, b"payload", ONE, "one")
    spoiled = Envelope(TYPE, b"payload", (*good.signatures, Signature("two", good.signatures[0].sig)))
    with pytest.raises(Tampered, match="signature-invalid"):
        check_envelope(spoiled, TYPE, KEYS, {"one"})


def test_type_and_payload_are_both_signed() -> None:
    good = sign_envelope(TYPE, b"payload", ONE, "one")
    with pytest.raises(Tampered, match="envelope-type-wrong"):
        check_envelope(good, "another/type", KEYS, {"one"})
    for moved in (Envelope("another/type", b"payload", good.signatures), Envelope(TYPE, b"payloaD", good.signatures)):
        with pytest.raises(Tampered, match="signature-invalid"):
            check_envelope(moved, moved.payloadType, KEYS, {"one"})


def test_an_envelope_that_nobody_must_sign_is_a_fault_of_ours() -> None:
    with pytest.raises(Misconfigured, match="signers-not-named"):
        check_envelope(sign_envelope(TYPE, b"", ONE, "one"), TYPE, KEYS, set())


def test_one_signer_signs_once() -> None:
    single = sign_envelope(TYPE, b"payload", ONE, "one")
    with pytest.raises(Malformed, match="envelope-signed-twice"):
        countersign(single, TWO, "one")
    with pytest.raises(Malformed, match="envelope-signed-twice"):
        check_envelope(Envelope(TYPE, b"payload", single.signatures * 2), TYPE, KEYS, {"one"})
    many = tuple(Signature(str(i), b"") for i in range(MAX_SIGNATURES)) + single.signatures
    with pytest.raises(Malformed, match="envelope-malformed"):
        check_envelope(Envelope(TYPE, b"payload", many), TYPE, KEYS, {"one"})


GOOD = encode_envelope(sign_envelope(TYPE, b"payload", ONE, "one"))


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        GOOD[:-1],
        GOOD + b"x",
        GOOD.replace(b'"payload":"', b'"payload":"!'),
        GOOD[:-1] + b',"more":1}',
        b'{"payloadType":"\xff',
    ],
)
def test_other_json_is_refused(encoded: bytes) -> None:
    with pytest.raises(Malformed, match="envelope-malformed"):
        decode_envelope(encoded)


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=60)
    | st.tuples(st.integers(0, len(GOOD) - 1), st.binary(max_size=3)).map(lambda cut: GOOD[: cut[0]] + cut[1] + GOOD[cut[0] + 1 :])
)
def test_nothing_but_faults_comes_of_random_bytes(encoded: bytes) -> None:
    try:
        found = check_envelope(decode_envelope(encoded), TYPE, KEYS, {"one"})
    except Fault:
        return
    assert found == b"payload"
