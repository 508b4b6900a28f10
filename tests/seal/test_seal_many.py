"""Many messages under one encapsulation: each opens alone, for its reader and its info, and under no other encapsulation."""

from collections.abc import Callable

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.encoding import frame
from enishi.errors import Fault, Malformed, Tampered
from enishi.seal import shared
from enishi.seal.hpke import REMEMBERED, SealingKey, Suite, open_sealed, open_shared, seal
from enishi.seal.many import Sender, Senders
from enishi.seal.shared import HEAD, NONCE, OVERHEAD, SECRET_INFO, close, exporter_of

KEY, OTHER, BROWSER = SealingKey.generate(), SealingKey.generate(), SealingKey.generate(Suite.BROWSER)
SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class Counted:
    """How often a key decapsulates."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        monkeypatch.setattr(shared, "exporter_of", self._exporter_of)

    def _exporter_of(self, encapsulation: bytes, secret: bytes) -> bytes:
        self.times += 1
        return exporter_of(encapsulation, secret)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


def test_each_message_opens_alone_in_any_order_and_for_a_key_that_was_read_back() -> None:
    sender = Sender(KEY.public)
    sealed = {b"info %d" % place: sender.seal(b"info %d" % place, b"answer %d" % place) for place in range(5)}
    for info in sorted(sealed, reverse=True):
        assert open_sealed(SealingKey.from_bytes(KEY.to_bytes()), info, sealed[info]) == info.replace(b"info", b"answer")


def test_a_batch_is_encapsulated_once_and_every_batch_anew() -> None:
    one, two = Sender(KEY.public), Sender(KEY.public)
    heads = [sender.seal(b"", b"x")[:HEAD] for sender in (one, one, two)]
    assert heads[0] == heads[1] != heads[2]
    assert {len(one.seal(b"info", bytes(length))) - length for length in (0, 1, 5000)} == {OVERHEAD}


def test_a_batch_is_decapsulated_once(counted: Counted) -> None:
    key = SealingKey.generate()
    for _ in range(3):
        sender = Sender(key.public)
        assert {open_sealed(key, b"", sender.seal(b"", b"x")) for _ in range(20)} == {b"x"}
    assert counted.times == 3


def test_a_key_remembers_no_more_than_it_says(counted: Counted) -> None:
    key = SealingKey.generate()
    first, *rest = [Sender(key.public).seal(b"", b"x") for _ in range(REMEMBERED + 1)]
    for sealed in (first, *rest, first):
        open_sealed(key, b"", sealed)
    assert counted.times == REMEMBERED + 2


def test_the_same_message_of_the_same_info_is_sealed_under_two_keys() -> None:
    sender = Sender(KEY.public)
    tails = [sender.seal(b"info", bytes(64))[HEAD:] for _ in range(200)]
    assert len({tail[:NONCE] for tail in tails}) == 200
    # Under one key and one IV equal plaintexts would give equal ciphertexts, and different ones their difference.
    assert len({tail[NONCE:] for tail in tails}) == 200


def test_it_is_a_seal_of_rfc_9180_and_the_derivation_of_rfc_5869() -> None:
    secret = bytes(range(32))
    raw = KEY.public[1:]
    public = hpke.MLKEM768X25519PublicKey(MLKEM768PublicKey.from_public_bytes(raw[:1184]), X25519PublicKey.from_public_bytes(raw[1184:]))
    encapsulation = SUITE.encrypt(secret, public, info=SECRET_INFO)
    sealed = bytes([3]) + encapsulation + close(exporter_of(encapsulation, secret), b"n" * NONCE, b"info", b"plaintext")
    assert open_sealed(KEY, b"info", sealed) == b"plaintext"


def moved(one: bytes, two: bytes) -> bytes:
    """The ciphertext of one message under the encapsulation of another."""
    return two[:HEAD] + one[HEAD:]


Attack = Callable[[bytes, bytes], tuple[SealingKey, bytes, bytes]]
ATTACKS: dict[str, Attack] = {
    "under another batch's encapsulation": lambda one, two: (KEY, b"info", moved(one, two)),
    "under another message's nonce": lambda one, _: (KEY, b"info", one[:HEAD] + bytes(NONCE) + one[HEAD + NONCE :]),
    "under another info": lambda one, _: (KEY, b"inf", one),
    "under an info that takes the nonce's end": lambda one, _: (KEY, one[HEAD + NONCE - 1 : HEAD + NONCE] + b"info", one),
    "for another reader": lambda one, _: (OTHER, b"info", one),
    "for a reader of the other suite": lambda one, _: (BROWSER, b"info", one),
    "said to have an encapsulation of its own": lambda one, _: (KEY, b"info", b"\1" + one[1:]),
    "a secret sealed under another info": lambda one, _: (KEY, b"info", b"\3" + seal(KEY.public, b"info", bytes(32))[1:] + one[HEAD:]),
    "the sealed secret taken for a message": lambda one, _: (KEY, b"info", b"\1" + one[1:HEAD]),
    "cut": lambda one, _: (KEY, b"info", one[:-1]),
    "with something behind it": lambda one, _: (KEY, b"info", one + b"\0"),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
@pytest.mark.parametrize("warm", [True, False], ids=["remembered", "not remembered"])
def test_what_does_not_open(attack: Attack, warm: bool) -> None:
    one, two = Sender(KEY.public).seal(b"info", b"answer"), Sender(KEY.public).seal(b"info", b"answer")
    if warm:
        assert open_sealed(KEY, b"info", one) == open_sealed(KEY, b"info", two) == b"answer"
    key, info, sealed = attack(one, two)
    for _ in range(2):
        with pytest.raises(Tampered, match="seal-broken"):
            open_sealed(key, info, sealed)


def test_a_sealer_cannot_move_its_own_ciphertext_by_using_one_secret_twice() -> None:
    secret = bytes(32)
    one, two = (seal(KEY.public, SECRET_INFO, secret)[1:] for _ in range(2))
    closed = close(exporter_of(one, secret), b"n" * NONCE, b"info", b"answer")
    assert open_sealed(KEY, b"info", b"\3" + one + closed) == b"answer"
    with pytest.raises(Tampered, match="seal-broken"):
        open_sealed(KEY, b"info", b"\3" + two + closed)


def test_what_a_key_remembers_is_not_poisoned_by_what_does_not_open(counted: Counted) -> None:
    key = SealingKey.generate()
    sealed = Sender(key.public).seal(b"info", b"answer")
    foreign = Sender(OTHER.public).seal(b"info", b"other")
    bent = [sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :] for place in (1, 1089, 1121, HEAD - 1)]
    for _ in range(REMEMBERED * 2):
        for wrong in (*bent, foreign, moved(sealed, foreign)):
            with pytest.raises(Tampered, match="seal-broken"):
                open_sealed(key, b"info", wrong)
    assert counted.times == 0
    assert open_sealed(key, b"info", sealed) == b"answer"
    # One key's memory is no other's: the same bytes do not open there although they do here.
    with pytest.raises(Tampered, match="seal-broken"):
        open_sealed(OTHER, b"info", sealed)
    assert counted.times == 1


def test_one_message_s_key_opens_no_other() -> None:
    """What leaks with a derived key is that message: neither the secret nor another key follows from it."""
    exporter = exporter_of(b"e" * 1168, bytes(32))
    one, two = close(exporter, b"1" * NONCE, b"info", b"answer"), close(exporter, b"2" * NONCE, b"info", b"answer")
    derived = HKDFExpand(hashes.SHA256(), 32, frame(b"enishi/v1/sealed-message", b"1" * NONCE, b"info")).derive(exporter)
    assert AESGCM(derived).decrypt(bytes(12), one[NONCE:], None) == b"answer"
    with pytest.raises(InvalidTag):
        AESGCM(derived).decrypt(bytes(12), two[NONCE:], None)


def test_what_is_too_short_is_no_message() -> None:
    empty = Sender(KEY.public).seal(b"", b"")
    assert len(empty) == OVERHEAD
    assert open_sealed(KEY, b"", empty) == b""
    for cut in (1, 16, 17, 1169, OVERHEAD - 1):
        with pytest.raises(Malformed, match="seal-too-short"):
            open_sealed(KEY, b"", empty[:cut])
    for other in (b"", seal(KEY.public, b"", b"x")):
        with pytest.raises(Malformed, match="seal-suite-unknown"):
            open_shared(KEY, b"", other)


def test_a_browser_s_key_gets_an_encapsulation_for_each() -> None:
    sender = Sender(BROWSER.public)
    one, two = sender.seal(b"info", b"x"), sender.seal(b"info", b"x")
    assert one[0] == two[0] == Suite.BROWSER
    assert one[1:33] != two[1:33]
    assert open_sealed(BROWSER, b"info", one) == b"x"


def test_no_sender_is_made_for_what_is_no_key() -> None:
    for public in (b"", b"\3" + KEY.public[1:], KEY.public[:-1], BROWSER.public + b"\0", b"\2" + bytes(31)):
        for make in (Sender, Senders().to):
            with pytest.raises(Malformed, match=r"seal-suite-unknown|sealing-key-malformed"):
                make(public)


def test_senders_are_one_for_each_key() -> None:
    senders = Senders()
    assert senders.to(KEY.public) is senders.to(bytes(bytearray(KEY.public)))
    assert senders.to(KEY.public) is not senders.to(OTHER.public)
    assert open_sealed(OTHER, b"", senders.to(OTHER.public).seal(b"", b"x")) == b"x"


def test_a_sender_shows_its_secret_to_nobody() -> None:
    assert repr(Sender(KEY.public)) == "Sender()"


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60).map(lambda data: b"\3" + data) | st.binary(max_size=60).map(lambda data: b"\3" + bytes(1150) + data))
def test_nothing_but_faults_comes_of_random_bytes(data: bytes) -> None:
    with pytest.raises(Fault):
        open_sealed(KEY, b"", data)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_changed_bit_anywhere_breaks_the_seal(data: st.DataObject) -> None:
    sealed = bytearray(Sender(KEY.public).seal(b"info", b"answer"))
    sealed[data.draw(st.integers(1, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Tampered, match="seal-broken"):
        open_sealed(KEY, b"info", bytes(sealed))
