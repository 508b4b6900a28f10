"""Handing over the number at the portal: what the page tells, what the card is asked, and who gets nowhere."""

from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from enishi.errors import Denied, Fault, Unauthenticated
from enishi.oidc.text import b64url
from enishi.protocol.offer import OfferShown, offer_digest, read_offer
from enishi.protocol.view import request_digest
from enishi.roles.portal.face import build_face
from enishi.roles.portal.link import read_link
from enishi.roles.portal.offer import Wanted
from enishi.roles.portal.view import Asked, SignedFor, ViewedLog
from web.asgi import Answer, Browser
from web.portal_world import CARD, SETTINGS, Hand, log_in, token_in
from web.smalllog import ORDER, T0, SmallLog, SmallSource, story
from web.smalloffers import KEY, LINK, REFUSED_LINK, SmallOffers

pytestmark = pytest.mark.asyncio
WANTED = parse_qs(urlsplit(LINK).query)


class Known(SmallSource):
    """A source whose person handed something over before, and signs in under a name."""

    handed: tuple[OfferShown, ...] = ()
    subject = "subject"

    async def redeem(self, code: str, begun: Any, request: bytes) -> SignedFor:
        return SignedFor((await super().redeem(code, begun, request)).signed, self.subject)

    async def view(self, asked: Asked) -> ViewedLog:
        return msgspec.structs.replace(await super().view(asked), handed=self.handed)


def portal(clock: Hand | None = None, language: str = "ja") -> tuple[Browser, Known, SmallOffers]:
    source, offers = Known(SmallLog(story())), SmallOffers()
    settings = msgspec.structs.replace(SETTINGS, card_help=f"{CARD}/help")
    return Browser(build_face(source, settings, clock or Hand(), offers), language=language), source, offers


async def ask(browser: Browser, link: str = LINK) -> dict[str, str]:
    """Press the button of the page of consent; what the card's origin gets."""
    page = await browser.get(link)
    answer = await browser.post("/number", {"form_token": token_in(page.text), "wanted": urlsplit(link).query})
    assert answer.status == 303, answer.text
    assert answer.header("location").startswith(f"{CARD}/authorize?")
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.header("location")).query).items()}


async def back(browser: Browser, query: dict[str, str], code: str = "code=two") -> Answer:
    return await browser.get(f"/callback?{code}&state={query['state']}&iss={CARD}")


@pytest.mark.parametrize(("language", "words"), [("ja", "災害弔慰金の支給を決めるため"), ("en", "to decide on a disaster condolence grant")])
async def test_the_page_tells_who_for_what_by_which_provision_and_what_it_receives(language: str, words: str) -> None:
    browser, _, _ = portal(language=language)
    await log_in(browser)
    page = (await browser.get(LINK)).text
    for told in (words, "012131", "425AC0000000027#9-1", "425AC0000000027@2024-05-27#appended/82-2", 'action="/number"'):
        assert told in page, told
    assert page.count("<li>") >= 6


async def test_who_is_not_logged_in_logs_in_and_comes_back_to_the_page() -> None:
    browser, _, _ = portal()
    page = await browser.get(LINK)
    assert 'action="/number"' not in page.text
    answer = await browser.post("/login", {"form_token": token_in(page.text), "device_key": "", "wanted": urlsplit(LINK).query})
    state = parse_qs(urlsplit(answer.header("location")).query)["state"][0]
    there = await browser.get(f"/callback?code=one&state={state}&iss={CARD}")
    onward = urlsplit(there.header("location"))
    assert (there.status, onward.path, parse_qs(onward.query)) == (303, "/number", WANTED)
    assert 'action="/number"' in (await browser.get(there.header("location"))).text
    for elsewhere in ("next=http://evil.example", "institution=//evil&source=x&row=1", "\nx"):
        refused = await browser.post("/login", {"form_token": token_in(page.text), "device_key": "", "wanted": elsewhere})
        assert (refused.status, refused.header("location")) == (400, "")


async def test_the_card_signs_an_application_of_this_session_without_any_person_in_it() -> None:
    browser, source, offers = portal()
    await log_in(browser)
    query = await ask(browser)
    assert query["document_name"] == "苫小牧市へ個人番号を渡す申出（災害弔慰金の支給を決める）"
    answer = await back(browser, query)
    assert (answer.status, answer.header("location")) == (303, "/number/handed")
    (envelope,) = offers.brought
    offer = read_offer(envelope, KEY.public)
    assert (offer.institution, offer.affair.row, offer.purpose_item) == ("012131", "108", "1")
    ((_, begun),) = source.redeemed
    assert offer.session != bytes(32)
    assert begun.nonce != query["nonce"]
    assert query["digest_to_sign"] == query["nonce"] == b64url(offer_digest(envelope)) == b64url(sha256(envelope.payload).digest())
    page = (await browser.get("/number/handed")).text
    assert "0001 0203 0405 0607 0809 0a0b 0c0d 0e0f" in page
    assert "取りに来るのを待っています" in page
    # The same answer of the card again brings nothing more.
    assert (await back(browser, query)).status == 401
    assert len(offers.brought) == 1


async def test_the_session_of_the_application_is_that_of_the_look() -> None:
    browser, source, offers = portal()
    requests: list[bytes] = []
    view = source.view

    async def seen(asked: Asked) -> ViewedLog:
        requests.append(asked.signed.request)
        return await view(asked)

    source.view = seen  # type: ignore[method-assign]
    await log_in(browser)
    await back(browser, await ask(browser))
    assert read_offer(offers.brought[0], KEY.public).session == request_digest(requests[0])


async def test_what_was_handed_over_before_is_shown_from_the_registrar() -> None:
    browser, source, offers = portal()
    affair = read_link([("institution", "moj"), ("source", ORDER), ("row", "120")], Wanted).affair
    source.handed = (
        OfferShown(reference=b"\xff" * 16, institution="moj", affair=affair, purpose_item="", at_ms=T0, taken_ms=T0 + 5000),  # type: ignore[arg-type]
    )
    await log_in(browser)
    page = (await browser.get("/number/handed")).text
    assert ("ffff " * 8).strip() in page
    assert "法務省" in page
    assert "14:02:05に受け取りました" in page
    assert 'href="/number/handed"' in (await browser.get("/records")).text
    assert offers.brought == []


# ---- who gets nowhere


async def test_another_persons_card_hands_nothing_over() -> None:
    """A form without the session's `sub`: somebody else puts their card to the reader."""
    browser, _, offers = portal()
    await log_in(browser)
    query = await ask(browser)
    offers.subject = "another"
    answer = await back(browser, query)
    assert (answer.status, offers.brought) == (403, [])
    assert "署名した人が違います" in answer.text


async def test_with_that_one_check_taken_out_another_persons_card_would(monkeypatch: pytest.MonkeyPatch) -> None:
    browser, _, offers = portal()
    await log_in(browser)
    query = await ask(browser)
    offers.subject = "another"
    monkeypatch.setattr("enishi.roles.portal.cardway.check_subject", lambda *_: None)
    assert (await back(browser, query)).status == 303
    assert len(offers.brought) == 1


async def test_who_logged_in_meanwhile_finishes_nothing_that_another_began() -> None:
    browser, source, offers = portal()
    await log_in(browser)
    query = await ask(browser)
    source.subject = offers.subject = "another"
    await log_in(browser)
    answer = await back(browser, query)
    assert (answer.status, offers.brought) == (403, [])


async def test_without_a_session_nothing_is_begun_and_nothing_finished() -> None:
    clock = Hand()
    browser, _, offers = portal(clock)
    page = await browser.get(LINK)
    assert (await browser.post("/number", {"form_token": token_in(page.text), "wanted": urlsplit(LINK).query})).status == 401
    assert (await browser.get("/number/handed")).status == 401
    await log_in(browser)
    clock.at_ms += 6 * 60 * 1000
    query = await ask(browser)
    clock.at_ms += SETTINGS.session_ms - 6 * 60 * 1000
    assert (await back(browser, query)).status == 401
    assert offers.brought == []


@pytest.mark.parametrize(
    ("code", "iss", "status"), [("error=access_denied", CARD, 403), ("code=two", "http://evil.example", 422), ("code=two", "", 422), ("", CARD, 403)]
)
async def test_an_answer_that_is_none_hands_nothing_over(code: str, iss: str, status: int) -> None:
    browser, _, offers = portal()
    await log_in(browser)
    query = await ask(browser)
    answer = await browser.get(f"/callback?{code}&state={query['state']}&iss={iss}")
    assert (answer.status, offers.brought) == (status, [])
    assert (await browser.get("/records")).status == 200


async def test_an_answer_to_another_request_hands_nothing_over() -> None:
    browser, _, offers = portal()
    await log_in(browser)
    query = await ask(browser)
    assert (await back(browser, query | {"state": "another"})).status == 401
    other, _, _ = portal()
    await log_in(other)
    assert (await back(other, query)).status == 401
    assert offers.brought == []


async def test_a_form_from_elsewhere_begins_nothing() -> None:
    browser, _, _ = portal()
    await log_in(browser)
    answer = await browser.post("/number", {"form_token": "x", "wanted": urlsplit(LINK).query})
    assert answer.status == 403
    page = await browser.get(LINK)
    assert (await browser.post("/number", {"form_token": token_in(page.text), "wanted": ""})).status == 400


async def test_what_the_law_does_not_allow_is_told_with_its_reason_and_cannot_be_signed() -> None:
    browser, _, offers = portal()
    await log_in(browser)
    page = await browser.get(REFUSED_LINK)
    assert page.status == 403
    assert "個人番号を使えません" in page.text
    assert "別表" in page.text
    assert 'action="/number"' not in page.text
    token = token_in((await browser.get(LINK)).text)
    assert (await browser.post("/number", {"form_token": token, "wanted": urlsplit(REFUSED_LINK).query})).status == 403
    assert offers.brought == []


@pytest.mark.parametrize(
    ("fault", "ways"),
    [
        (Unauthenticated("card-certificate-revoked"), ("lost", "moved")),
        (Unauthenticated("card-certificate-expired"), ("expired",)),
        (Unauthenticated("card-unknown"), ("lost", "no-card")),
        (Unauthenticated("card-certificate-refused"), ("no-card",)),
    ],
)
async def test_a_signature_that_is_no_good_leads_to_the_cards_own_page(fault: Fault, ways: tuple[str, ...]) -> None:
    browser, _, offers = portal()
    await log_in(browser)
    query = await ask(browser)
    offers.fault = fault
    page = await back(browser, query)
    assert page.status == fault.status
    assert [f'href="{CARD}/help/{way}"' in page.text for way in ("lost", "moved", "expired", "no-card")] == [
        way in ways for way in ("lost", "moved", "expired", "no-card")
    ]
    # What came back is good for one try.
    offers.fault = None
    assert (await back(browser, query)).status == 401
    assert offers.brought == []


async def test_any_other_fault_is_told_as_it_is() -> None:
    browser, _, offers = portal()
    await log_in(browser)
    query = await ask(browser)
    offers.fault = Denied("offer-without-number-use")
    assert "別表" in (await back(browser, query)).text


@pytest.mark.parametrize("link", ["", "institution=012131", "institution=a&institution=b&source=x&row=1", "institution=A_&source=x&row=1", "a=b"])
async def test_a_link_that_names_nobody(link: str) -> None:
    browser, _, _ = portal()
    assert (await browser.get(f"/number?{link}")).status == 400
