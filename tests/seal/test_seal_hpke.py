"""Sealing, checked against RFC 9180 written out by hand, and against everything that must not open."""

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.errors import Fault, Malformed, Tampered
from enishi.seal.hpke import SealingKey, Suite, check_public, open_sealed, seal

KEYS = {suite: SealingKey.generate(suite) for suite in Suite}
OTHERS = {suite: SealingKey.generate(suite) for suite in Suite}
both = pytest.mark.parametrize("suite", list(Suite))


def expand(key: bytes, info: bytes, length: int) -> bytes:
    block, out = b"", b""
    while len(out) < length:
        block = hmac.digest(key, block + info + bytes([len(out) // 32 + 1]), "sha256")
        out += block
    return out[:length]


def labelled_extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def labelled_expand(suite: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
    return expand(key, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info, length)


def schedule(private: bytes, enc: bytes, info: bytes) -> tuple[bytes, bytes]:
    """Key and nonce of the first message: RFC 9180, 4.1 (Decap) and 5.1 (KeySchedule, base mode), for suite 0x0020/0x0001/0x0001."""
    key = X25519PrivateKey.from_private_bytes(private)
    kem, suite = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x01"
    shared = key.exchange(X25519PublicKey.from_public_bytes(enc))
    context = enc + key.public_key().public_bytes_raw()
    secret = labelled_expand(kem, labelled_extract(kem, b"", b"eae_prk", shared), b"shared_secret", context, 32)
    hashes = labelled_extract(suite, b"", b"psk_id_hash", b"") + labelled_extract(suite, b"", b"info_hash", info)
    prk = labelled_extract(suite, secret, b"secret", b"")
    return labelled_expand(suite, prk, b"key", b"\0" + hashes, 16), labelled_expand(suite, prk, b"base_nonce", b"\0" + hashes, 12)


def test_the_schedule_written_here_gives_the_values_of_rfc_9180_a_1() -> None:
    private = bytes.fromhex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8")
    enc = bytes.fromhex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431")
    key, nonce = schedule(private, enc, bytes.fromhex("4f6465206f6e2061204772656369616e2055726e"))
    assert key.hex() == "4531685d41d65f03dc48f6b8302c05b0"
    assert nonce.hex() == "56d890e5accaaf011cff4b7d"


def test_what_is_sealed_for_a_browser_opens_by_the_rfc_alone() -> None:
    mine = KEYS[Suite.BROWSER]
    sealed = seal(mine.public, b"info", b"plaintext")
    key, nonce = schedule(mine.to_bytes()[1:], sealed[1:33], b"info")
    assert AESGCM(key).decrypt(nonce, sealed[33:], b"") == b"plaintext"


@both
def test_it_opens_for_the_right_reader_and_purpose_only(suite: Suite) -> None:
    sealed = seal(KEYS[suite].public, b"transaction 1", b"answer")
    assert open_sealed(KEYS[suite], b"transaction 1", sealed) == b"answer"
    for key, info in ((OTHERS[suite], b"transaction 1"), (KEYS[suite], b"transaction 2"), (KEYS[suite], b"")):
        with pytest.raises(Tampered, match="seal-broken"):
            open_sealed(key, info, sealed)


@both
def test_the_same_answer_is_never_sealed_alike(suite: Suite) -> None:
    assert len({hashlib.sha256(seal(KEYS[suite].public, b"", b"answer")).digest() for _ in range(5)}) == 5


@both
def test_a_key_reads_back_and_shows_itself_to_nobody(suite: Suite) -> None:
    again = SealingKey.from_bytes(KEYS[suite].to_bytes())
    assert again.public == KEYS[suite].public
    assert check_public(again.public) is suite
    assert open_sealed(again, b"", seal(KEYS[suite].public, b"", b"x")) == b"x"
    assert repr(again) == f"SealingKey({suite.name})"


def test_lengths_are_those_of_the_head_of_the_module() -> None:
    assert {suite: (len(key.to_bytes()), len(key.public)) for suite, key in KEYS.items()} == {Suite.HYBRID: (97, 1217), Suite.BROWSER: (33, 33)}
    assert {suite: len(seal(key.public, b"", b"")) for suite, key in KEYS.items()} == {Suite.HYBRID: 1137, Suite.BROWSER: 49}


@both
def test_keys_that_are_none_are_refused(suite: Suite) -> None:
    public, private = KEYS[suite].public, KEYS[suite].to_bytes()
    for bad in (public[:-1], public + b"\0", public[:1], public[:-32] + bytes(32), bytes([suite]) + b"\xff" * (len(public) - 33) + bytes(32)):
        with pytest.raises(Malformed, match="sealing-key-malformed"):
            seal(bad, b"", b"x")
    for bad in (private[:-1], private + b"\0", private[:1]):
        with pytest.raises(Malformed, match="sealing-key-malformed"):
            SealingKey.from_bytes(bad)
    for bad in (b"", b"\0" + public[1:], b"\3" + public[1:]):
        with pytest.raises(Malformed, match="seal-suite-unknown"):
            check_public(bad)


@pytest.mark.parametrize("value", [0, 3328, 3329, 3330, 4095])
@pytest.mark.parametrize("place", [0, 1, 2, 383, 384, 766, 767])
def test_a_hybrid_key_is_refused_without_being_expanded_where_the_library_refuses_it(place: int, value: int) -> None:
    raw = KEYS[Suite.HYBRID].public
    coefficients = int.from_bytes(raw[1:1153], "little") & ~(0xFFF << 12 * place) | value << 12 * place
    public = raw[:1] + coefficients.to_bytes(1152, "little") + raw[1153:]
    if value < 3329:
        assert check_public(public) is Suite.HYBRID
        seal(public, b"", b"x")
        return
    for use in (check_public, lambda key: seal(key, b"", b"x")):
        with pytest.raises(Malformed, match="sealing-key-malformed"):
            use(public)


@pytest.mark.parametrize("cut", [1, 33, 1152, 1153, 1185, 1216, 1218])
def test_a_hybrid_key_of_another_length_is_refused_without_being_expanded(cut: int) -> None:
    public = (KEYS[Suite.HYBRID].public + b"\0")[:cut]
    with pytest.raises(Malformed, match="sealing-key-malformed"):
        check_public(public)


def test_a_seal_cannot_be_moved_to_the_other_suite() -> None:
    sealed = seal(KEYS[Suite.HYBRID].public, b"", b"x")
    with pytest.raises(Tampered, match="seal-broken"):
        open_sealed(KEYS[Suite.BROWSER], b"", sealed)
    with pytest.raises(Tampered, match="seal-broken"):
        open_sealed(KEYS[Suite.BROWSER], b"", b"\2" + sealed[1:])
    relabelled = b"\1" + seal(KEYS[Suite.BROWSER].public, b"", bytes(2000))[1:]
    with pytest.raises(Tampered, match="seal-broken"):
        open_sealed(KEYS[Suite.BROWSER], b"", relabelled)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=80) | st.binary(max_size=60).map(lambda data: b"\1" + bytes(1100) + data), st.sampled_from(list(Suite)))
def test_nothing_but_faults_comes_of_random_bytes(data: bytes, suite: Suite) -> None:
    for act in (lambda: open_sealed(KEYS[suite], b"", data), lambda: SealingKey.from_bytes(data[:90]), lambda: seal(data[:30], b"", b"x")):
        with pytest.raises(Fault):
            act()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_changed_bit_anywhere_breaks_the_seal(data: st.DataObject) -> None:
    suite = data.draw(st.sampled_from(list(Suite)))
    sealed = bytearray(seal(KEYS[suite].public, b"info", b"answer"))
    sealed[data.draw(st.integers(1, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    # X25519 ignores the highest bit of a point, but the encapsulation itself is bound into the key.
    with pytest.raises(Tampered, match="seal-broken"):
        open_sealed(KEYS[suite], b"info", bytes(sealed))
