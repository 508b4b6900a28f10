"""Cards: what they sign and under which certificate, who may have them sign, and what stands in the folder."""

from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509.oid import NameOID

from enishi import card
from enishi.card import Use
from enishi.clock import moment
from enishi.encoding import frame
from enishi.errors import Denied, Fault, Malformed, Misconfigured, Tampered, Unknown
from enishi.oidc.documents import BASIC_ITEMS
from enishi.protocol.view import card_message
from enishi.seal.sign import verify

AT_MS = 1_743_465_600_000
FIRST, SECOND = "card-0000000001", "card-0000000002"


def opened(signed: card.Signed, authority: bytes) -> x509.Certificate:
    """The certificate, its issuer's signature checked."""
    certificate = x509.load_der_x509_certificate(signed.certificate)
    certificate.verify_directly_issued_by(x509.load_der_x509_certificate(authority))
    return certificate


def public(certificate: x509.Certificate) -> bytes:
    key = certificate.public_key()
    assert isinstance(key, Ed25519PublicKey)
    return key.public_bytes_raw()


def test_authentication_signature_is_what_the_protocol_checks(maker: card.Maker, cards: card.Cards) -> None:
    signed = cards.sign(FIRST, "4821", b"request", AT_MS)
    key = public(opened(signed, maker.authority))
    verify(key, card_message(b"request"), signed.signature)
    verify(key, frame(b"enishi/v1/card", b"authentication", b"request"), signed.signature)
    with pytest.raises(Tampered):
        verify(key, card_message(b"another"), signed.signature)
    with pytest.raises(Tampered):
        verify(key, frame(b"enishi/v1/card", b"signature", b"request"), signed.signature)


def test_authentication_certificate_carries_a_serial_and_nothing_of_the_person(maker: card.Maker, cards: card.Cards) -> None:
    signed = cards.sign(FIRST, "4821", b"request", AT_MS)
    certificate = opened(signed, maker.authority)
    serial = f"{certificate.serial_number:032x}"
    assert serial == maker.serial(FIRST)
    assert [name.value for name in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == [serial]
    for text in ("内田", "紬", "ウチダ", "苫小牧", "1981", "female", FIRST, "4821"):
        assert text.encode() not in signed.certificate
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_signature_certificate_carries_the_four_basic_items(maker: card.Maker, cards: card.Cards) -> None:
    signed = cards.sign(FIRST, "KADO1234", b"form", AT_MS, Use.SIGNATURE)
    certificate = opened(signed, maker.authority)
    verify(public(certificate), frame(b"enishi/v1/card", b"signature", b"form"), signed.signature)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    [item] = [name for name in names if isinstance(name, x509.OtherName)]
    assert item.type_id == BASIC_ITEMS
    assert msgspec.json.decode(item.value[2:]) == {
        "name": "内田　紬",
        "address": "苫小牧市本町1丁目2番3号",
        "born_on": "1981-11-20",
        "gender": "female",
    }
    assert certificate.extensions.get_extension_for_class(x509.KeyUsage).value.content_commitment


def test_certificate_is_good_from_now_for_five_years(maker: card.Maker, cards: card.Cards) -> None:
    certificate = opened(cards.sign(FIRST, "4821", b"r", AT_MS), maker.authority)
    assert certificate.not_valid_before_utc <= moment(AT_MS) < certificate.not_valid_after_utc
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == timedelta(days=1826)


def test_serials_are_known_before_the_keys_and_differ(maker: card.Maker, tmp_path: Path) -> None:
    serials = {maker.serial(one, use) for one in (FIRST, SECOND) for use in Use}
    assert len(serials) == 4
    assert all(0 < int(serial, 16) < 2**127 for serial in serials)
    assert card.Maker(tmp_path / "card").serial(FIRST) == maker.serial(FIRST)
    assert card.found(tmp_path / "other", AT_MS).serial(FIRST) != maker.serial(FIRST)


def test_founding_twice_keeps_the_authority(maker: card.Maker, tmp_path: Path) -> None:
    assert card.found(tmp_path / "card", AT_MS + 1).authority == maker.authority


def test_a_card_keeps_its_keys(cards: card.Cards, tmp_path: Path) -> None:
    first = cards.sign(FIRST, "4821", b"r", AT_MS)
    assert card.Cards(tmp_path / "card").sign(FIRST, "4821", b"r", AT_MS + 5) == first
    assert cards.sign(SECOND, "0007", b"r", AT_MS).certificate != first.certificate


def wrong(cards: card.Cards, use: Use = Use.AUTHENTICATION) -> Fault:
    with pytest.raises(Denied) as caught:
        cards.sign(FIRST, "0000" if use is Use.AUTHENTICATION else "WRONG00", b"r", AT_MS, use)
    return caught.value


def test_three_wrong_pins_block_and_a_right_one_before_resets(cards: card.Cards, tmp_path: Path) -> None:
    assert [(wrong(cards).code, wrong(cards).detail)] == [("pin-wrong", "1")]
    cards.sign(FIRST, "4821", b"r", AT_MS)
    assert [wrong(cards).code for _ in range(3)] == ["pin-wrong", "pin-wrong", "pin-blocked"]
    # The right PIN no longer helps, not even after a restart, and the other key of the card and other cards are not concerned.
    for again in (cards, card.Cards(tmp_path / "card")):
        with pytest.raises(Denied, match="pin-blocked"):
            again.sign(FIRST, "4821", b"r", AT_MS)
    cards.sign(FIRST, "KADO1234", b"r", AT_MS, Use.SIGNATURE)
    cards.sign(SECOND, "0007", b"r", AT_MS)


def test_the_try_is_on_disk_before_the_pin_is_looked_at(cards: card.Cards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cards.sign(FIRST, "4821", b"r", AT_MS)
    monkeypatch.setattr("enishi.card.chip._hash", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            cards.sign(FIRST, "4821", b"r", AT_MS)
    monkeypatch.undo()
    with pytest.raises(Denied, match="pin-blocked"):
        card.Cards(tmp_path / "card").sign(FIRST, "4821", b"r", AT_MS)


def test_five_wrong_passwords_block_the_signature_key(cards: card.Cards) -> None:
    assert [wrong(cards, Use.SIGNATURE).code for _ in range(5)] == ["pin-wrong"] * 4 + ["pin-blocked"]


@pytest.mark.parametrize("pin", ["", "482", "48211", "4821\n", "４８２１", "abcd", "4" * 10_000, "\x00\x00\x00\x00"])
def test_what_cannot_be_a_pin_costs_no_try(cards: card.Cards, pin: str) -> None:
    for _ in range(4):
        with pytest.raises(Malformed, match="pin-malformed"):
            cards.sign(FIRST, pin, b"r", AT_MS)
    cards.sign(FIRST, "4821", b"r", AT_MS)


@pytest.mark.parametrize("name", ["", "card-9999999999", "../../etc/passwd", "card-0000000001/..", "\x00"])
def test_unknown_card(cards: card.Cards, name: str, tmp_path: Path) -> None:
    with pytest.raises(Unknown, match="card-unknown"):
        cards.sign(name, "4821", b"r", AT_MS)
    assert list((tmp_path / "card" / "cards").iterdir()) == []


def test_the_folder_is_private(cards: card.Cards, tmp_path: Path) -> None:
    cards.sign(FIRST, "4821", b"r", AT_MS)
    files = [path for path in (tmp_path / "card").rglob("*") if path.is_file()]
    assert len(files) == 5
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)


@pytest.mark.parametrize("name", ["authority.key", "authority.der", "serials.key", "holders.jsonl"])
def test_a_damaged_folder_is_said_to_be(maker: card.Maker, tmp_path: Path, name: str) -> None:
    path = tmp_path / "card" / name
    if name != "serials.key":
        path.write_bytes(b"\xff{")
        with pytest.raises(Misconfigured, match="card-data-damaged"):
            card.Cards(tmp_path / "card")
    path.unlink()
    with pytest.raises(Misconfigured, match="card-data-damaged"):
        card.Cards(tmp_path / "card")


@pytest.mark.parametrize("content", [b"", b"{}", b'{"v":1,"slots":{}}', b"\xff"])
def test_a_damaged_card_is_said_to_be(cards: card.Cards, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "card" / "cards" / f"{FIRST}.json").write_bytes(content)
    with pytest.raises(Misconfigured, match="card-data-damaged"):
        cards.sign(FIRST, "4821", b"r", AT_MS)


def test_holders_come_in_the_order_of_issue(cards: card.Cards) -> None:
    assert [holder.card[-1] for holder in cards.holders] == ["1", "2", "3"]
    assert cards.holder(SECOND).born_on == date(1981, 11, 20)
