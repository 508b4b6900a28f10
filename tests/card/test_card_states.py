"""Cards that cannot do everything: what the chip says behind the PIN, what the revocation list says to everybody, and each one's page."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from starlette.types import ASGIApp

from card.conftest import AT_MS, PEOPLE
from card.desk_card import CLIENTS, GOOD, ORIGIN
from enishi import card
from enishi.card.face import build_face
from enishi.card.help import HELP
from enishi.card.issuer import open_issuer
from enishi.errors import Denied
from web.asgi import Browser
from web.portal_world import token_in

STATES = ("suspended", "locked", "expired", "moved", "")
OF = {state: f"card-000000001{n}" for n, state in enumerate(STATES)}
USES = (("4821", card.Use.AUTHENTICATION), ("KADO1234", card.Use.SIGNATURE))


@pytest.fixture
def standing(maker: card.Maker, tmp_path: Path) -> card.Cards:
    """A folder with one card of every kind."""
    maker.issue([msgspec.structs.replace(PEOPLE[0], card=OF[state], state=state) for state in STATES])
    return card.Cards(tmp_path / "card")


def said(cards: card.Cards, state: str) -> list[str]:
    """What signing with each of the two keys comes to."""
    found = []
    for pin, use in USES:
        try:
            cards.sign(OF[state], pin, b"r", AT_MS, use)
            found.append("signed")
        except Denied as fault:
            found.append(fault.code)
    return found


def test_each_kind_of_card_says_why_it_does_not_sign(standing: card.Cards) -> None:
    assert {state: said(standing, state) for state in STATES} == {
        "suspended": ["card-suspended"] * 2,
        "locked": ["pin-blocked"] * 2,
        "expired": ["card-expired"] * 2,
        # Who moved still shows who they are; what is signed would bear the old address.
        "moved": ["signed", "card-moved"],
        "": ["signed"] * 2,
    }


def test_how_a_card_stands_is_told_behind_the_pin_only(standing: card.Cards) -> None:
    for state in ("suspended", "expired"):
        with pytest.raises(Denied, match="pin-wrong"):
            standing.sign(OF[state], "0000", b"r", AT_MS)


def test_the_revocation_list_names_what_is_good_no_longer_and_why(standing: card.Cards, maker: card.Maker) -> None:
    found = x509.load_der_x509_crl(standing.revocation_list(AT_MS))
    assert found.is_signature_valid(x509.load_der_x509_certificate(maker.authority).public_key())  # type: ignore[arg-type]
    named = {f"{one.serial_number:032x}": one.extensions.get_extension_for_class(x509.CRLReason).value.reason.value for one in found}
    assert named == {
        maker.serial(OF["suspended"]): "certificateHold",
        maker.serial(OF["suspended"], card.Use.SIGNATURE): "certificateHold",
        maker.serial(OF["moved"], card.Use.SIGNATURE): "affiliationChanged",
    }
    assert found.next_update_utc is not None
    assert (found.next_update_utc - found.last_update_utc).total_seconds() < 4000


def face(cards: card.Cards, tmp_path: Path) -> ASGIApp:
    return build_face(cards, open_issuer(tmp_path / "card", ORIGIN, cards.pairing), CLIENTS, "shown")


async def entered(browser: Browser, name: str, pin: str, **changes: str) -> tuple[int, str]:
    """Status and page after the PIN of a card."""
    query = "&".join(f"{key}={value}" for key, value in ({**GOOD} | changes).items() if value)
    waiting = (await browser.get(f"/authorize?{query}")).header("location")
    page = await browser.get(f"{waiting}/cards/{name}")
    answer = await browser.post(f"{waiting}/cards/{name}", {"form_token": token_in(page.text), "pin": pin})
    return answer.status, answer.text


@pytest.mark.asyncio
async def test_each_state_has_its_page_with_the_way_on(standing: card.Cards, tmp_path: Path) -> None:
    browser = Browser(face(standing, tmp_path))
    for state, title in (("suspended", "一時停止中"), ("locked", "カードがロックされた"), ("expired", "証明書の期限が切れた")):
        status, page = await entered(browser, OF[state], "4821")
        assert (status, title in page) == (403, True)
        assert "窓口に持っていくもの" in page
        # Another card, or back to where one came from.
        assert "/requests/" in page
        assert "/decline" in page
    signing = {"scope": "openid%20sign", "request_to_sign": "", "digest_to_sign": "A" * 43, "document_name": "x"}
    status, page = await entered(browser, OF["moved"], "KADO1234", **signing)
    assert (status, "引っ越した" in page) == (403, True)
    status, page = await entered(browser, OF[""], "kado", **signing)
    assert (status, "6から16文字" in page) == (400, True)
    assert (await entered(browser, OF["moved"], "4821"))[0] == 302


@pytest.mark.asyncio
@pytest.mark.parametrize("language", ["ja", "en", "ja-easy"])
async def test_every_page_in_every_language(standing: card.Cards, tmp_path: Path, language: str) -> None:
    browser = Browser(face(standing, tmp_path))
    await browser.get(f"/language/{language}")
    waiting = (await browser.get("/authorize?" + "&".join(f"{k}={v}" for k, v in GOOD.items()))).header("location")
    pages: Sequence[str] = [
        "/",
        "/help",
        *[f"/help/{name}" for name in HELP],
        waiting,
        *[f"{waiting}/cards/{OF[state]}?by=reader" for state in STATES],
    ]
    assert {path: (await browser.get(path)).status for path in pages} == dict.fromkeys(pages, 200)
    assert (await browser.get("/help/nothing")).status == 404
