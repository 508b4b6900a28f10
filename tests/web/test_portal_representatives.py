"""Representatives at the portal: asking, taking on, ending, reading for somebody else, and everything that cannot be done meanwhile."""

import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from enishi.errors import Denied
from enishi.oidc.text import unb64url
from enishi.protocol.mandate import MandateAcceptance, MandateOffer
from enishi.protocol.record import RecordBody, write_body
from enishi.protocol.view import ShownRecord, read_request, request_digest
from enishi.roles.portal import pages
from enishi.roles.portal.cards import cards_of
from enishi.roles.portal.face import build_face
from enishi.roles.portal.inbox import news
from enishi.roles.portal.telling import Teller
from enishi.sentences.catalogue import Catalogue, name_of
from enishi.sentences.language import Language
from enishi.sentences.phrase import plain
from enishi.tlog.leaf import Leaf, LeafKind, encode_leaf
from web.asgi import Answer, Browser
from web.portal_world import CARD, NOW, SETTINGS, Hand, log_in, token_in
from web.smalllog import DAY, SmallLog, SmallSource, story
from web.smallmandates import CODE, SmallMandates, mandate
from web.smalloffers import LINK, SmallOffers

pytestmark = pytest.mark.asyncio
LIST = "/representatives"
ROOM = Path(pages.__file__).parent


class Town:
    """A portal with representatives, and somebody who is logged in."""

    def __init__(self) -> None:
        self.source, self.mandates, self.clock = SmallSource(SmallLog(story())), SmallMandates(), Hand()
        self.source.mandates, self.source.proven_ms = self.mandates, NOW
        self.app = build_face(self.source, SETTINGS, self.clock, SmallOffers(), mandates=self.mandates)

    async def browser(self, language: str = "ja") -> Browser:
        browser = Browser(self.app, language=language)
        await log_in(browser)
        return browser


@pytest.fixture
def town() -> Town:
    return Town()


async def press(browser: Browser, path: str, fields: dict[str, str] | None = None, page: str = LIST) -> Answer:
    token = token_in((await browser.get(page)).text)
    return await browser.post(path, {"form_token": token} | (fields or {}))


async def through_the_card(browser: Browser, answer: Answer) -> Answer:
    """From where a page sends the browser to the issuer, and back."""
    assert answer.status == 303, answer.text
    query = asked_of(answer)
    return await browser.get(f"/callback?code=one&state={query['state']}&iss={CARD}")


def asked_of(answer: Answer) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.header("location")).query).items()}


async def acting(town: Town, browser: Browser) -> Browser:
    """Read for the one person there is."""
    answer = await through_the_card(browser, await press(browser, f"{LIST}/act", {"number": "1"}))
    assert (answer.status, answer.header("location")) == (303, "/records")
    return browser


async def test_somebody_is_asked_and_the_code_stands_in_this_session_alone(town: Town) -> None:
    browser = await town.browser()
    answer = await press(browser, f"{LIST}/offer", {"lasts": "3", "records": "1"})
    query = asked_of(answer)
    assert "代理の申出" in query["document_name"]
    assert unb64url(query["digest_to_sign"], 32)
    back = await through_the_card(browser, answer)
    assert (back.status, back.header("location")) == (303, f"{LIST}/code")
    (said,) = town.mandates.brought
    assert isinstance(said, MandateOffer)
    assert (said.scope, said.until_ms, said.at_ms) == (("records",), NOW + 91 * DAY, NOW)
    assert f"{CODE[:5]} {CODE[5:]}" in (await browser.get(f"{LIST}/code")).text
    assert "引受け待ち" in (await browser.get(LIST)).text
    other = await town.browser()
    assert CODE[:5] not in (await other.get(f"{LIST}/code")).text


async def test_a_code_is_taken_on_by_a_signature(town: Town) -> None:
    browser = await town.browser()
    answer = await press(browser, f"{LIST}/find", {"code": "7k3mf 9qx2p"})
    assert (answer.status, answer.header("location")) == (303, f"{LIST}/accept")
    assert town.mandates.asked[0].code == "7k3mf 9qx2p"  # type: ignore[union-attr]
    page = (await browser.get(f"{LIST}/accept")).text
    assert "森　蒼" in page
    answer = await press(browser, f"{LIST}/accept", page=f"{LIST}/accept")
    assert asked_of(answer)["document_name"].startswith("代理の引受け")
    # An address stands in histories and in logs: nobody is named in it.
    assert "森" not in unquote(answer.header("location"))
    assert (await through_the_card(browser, answer)).header("location") == LIST
    (said,) = town.mandates.brought
    assert isinstance(said, MandateAcceptance)
    assert (said.mandate, said.offer) == (b"\5" * 16, b"\6" * 32)
    assert "登録中" in (await browser.get(LIST)).text
    # What was typed is used up.
    assert (await browser.get(f"{LIST}/accept")).status == 403


async def test_a_wrong_code_says_the_same_whatever_is_wrong(town: Town) -> None:
    browser = await town.browser()
    town.mandates.fault = Denied("mandate-code-wrong", "", "code")
    answer = await press(browser, f"{LIST}/find", {"code": CODE})
    assert answer.status == 403
    assert "この番号では、代理を引き受けられません" in answer.text


async def test_anothers_card_declares_nothing_in_ones_session(town: Town) -> None:
    browser = await town.browser()
    answer = await press(browser, f"{LIST}/offer", {"lasts": "1", "records": "1"})
    town.mandates.subject = "another"
    assert (await through_the_card(browser, answer)).status == 403
    assert town.mandates.brought == []
    town.mandates.subject = "subject"
    assert (await press(browser, f"{LIST}/offer", {"lasts": "600", "records": "1"})).status == 400


async def test_ending_asks_for_the_card_and_is_over_before_the_page_is_shown(town: Town) -> None:
    town.mandates.kept = [mandate(2), mandate(1, role="principal", kind="voluntary", institution="", citation="")]
    browser = await town.browser()
    assert (await browser.get(LIST)).text.count(f'action="{LIST}/end"') == 2
    town.clock.at_ms += 5 * 60 * 1000
    assert (await browser.get(LIST)).text.count(f'action="{LIST}/end"') == 0
    assert (await press(browser, f"{LIST}/end", {"number": "2"})).status == 403
    assert town.mandates.asked == []
    town.source.proven_ms = town.clock.at_ms
    back = await through_the_card(browser, await press(browser, "/again", {"onward": LIST}))
    assert back.header("location") == LIST
    assert (await press(browser, f"{LIST}/end", {"number": "7"})).status == 404
    assert (await press(browser, f"{LIST}/end", {"number": "2"})).status == 303
    assert [one.state for one in town.mandates.kept] == ["ended", "in_force"]
    assert "終わった時刻" in (await browser.get(LIST)).text


async def test_reading_for_somebody_is_a_look_of_its_own_and_says_so_on_every_page(town: Town) -> None:
    town.mandates.kept = [mandate(1)]
    browser = await town.browser()
    answer = await press(browser, f"{LIST}/act", {"number": "1"})
    signed = unb64url(asked_of(answer)["request_to_sign"], 4096)
    assert signed is not None
    request = read_request(signed)
    assert (request.mandate, request.device_key) == (mandate(1).id, b"")
    assert (await through_the_card(browser, answer)).header("location") == "/records"
    for path in ("/", "/records", "/records/1"):
        page = (await browser.get(path)).text
        assert "森　蒼 さんの代理で見ています" in page, path
        assert f'action="{LIST}/stop"' in page, path
    records = (await browser.get("/records")).text
    for absent in ("errands", "data-whole", "export", "proof.mjs", "/letters", "#proof"):
        assert absent not in records, absent
    assert "記録を見たことも" not in records
    back = await press(browser, f"{LIST}/stop", page="/records")
    assert back.header("location") == LIST
    assert "の代理で見ています" not in (await browser.get("/records")).text


PATHS = (
    *("/records/proof", "/records/export.csv", "/mydata", "/letters", "/letters/about/1", "/sessions", "/number/handed"),
    *(LIST, f"{LIST}/code", f"{LIST}/accept"),
)
ACTS = ("offer", "find", "accept", "end", "act")


async def test_nothing_else_can_be_done_meanwhile(town: Town) -> None:
    town.mandates.kept = [mandate(1)]
    browser = await acting(town, await town.browser())
    for path in PATHS:
        answer = await browser.get(path)
        assert (answer.status, "代理で見ている間は、これはできません" in answer.text) == (403, True), path
    for act in ACTS:
        assert (await press(browser, f"{LIST}/{act}", {"number": "1", "lasts": "1", "code": CODE}, "/records")).status == 403, act
    for path in ("/again", "/sessions/end", "/mydata", "/number"):
        assert (await press(browser, path, {"onward": "/", "wanted": LINK.partition("?")[2]}, "/records")).status in (403, 404, 405), path
    assert (town.mandates.brought, town.mandates.asked) == ([], [])


async def test_a_mandate_that_cannot_be_used_leaves_ones_own_session_and_tells_nothing(town: Town) -> None:
    town.mandates.kept = [mandate(1)]
    town.mandates.unusable = True
    browser = await town.browser()
    before = (await browser.get(LIST)).text
    answer = await through_the_card(browser, await press(browser, f"{LIST}/act", {"number": "1"}))
    assert answer.status == 403
    assert "どの市区町村の窓口でもご相談いただけます" in answer.text
    after = (await browser.get(LIST)).text
    assert after.replace(token_in(after), "") == before.replace(token_in(before), "")


async def test_only_ones_own_and_only_as_representative(town: Town) -> None:
    town.mandates.kept = [mandate(1, role="principal")]
    browser = await town.browser()
    for number in ("1", "2", "", "x"):
        assert (await press(browser, f"{LIST}/act", {"number": number})).status == 404
    # A session that began in the meantime, of somebody else, opens nothing by what was begun before.
    town.mandates.kept = [mandate(1)]
    browser = await town.browser()
    answer = await press(browser, f"{LIST}/act", {"number": "1"})
    pending = {name: value for name, value in browser.cookies.items() if name.endswith("_act")}
    assert pending
    town.mandates.kept = []
    stranger = await town.browser()
    stranger.cookies |= pending
    assert (await through_the_card(stranger, answer)).status == 403
    assert "の代理で見ています" not in (await stranger.get("/records")).text


async def test_who_reads_when_the_mandate_is_ended_reads_no_further_page(town: Town) -> None:
    town.mandates.kept = [mandate(1)]
    browser, other = await town.browser(), await town.browser()
    await acting(town, browser)
    assert (await browser.get("/records")).status == 200
    await press(other, f"{LIST}/end", {"number": "1"})
    assert (await browser.get("/records")).status == 401


async def test_without_a_registrar_for_them_there_are_no_such_pages() -> None:
    browser = Browser(build_face(SmallSource(SmallLog(story())), SETTINGS, Hand()))
    await log_in(browser)
    assert LIST not in (await browser.get("/records")).text
    assert (await browser.get(LIST)).status == 404


async def test_wherever_records_are_told_a_representative_is_known() -> None:
    """A page that told a look without the reader's mandates would call every one of them unknown, and send people to the commission."""
    calls = [
        call
        for path in ROOM.rglob("*.py")
        for call in re.findall(r"Teller\([^\n]*visit\.[^\n]*", path.read_text())
        if "Language.JAPANESE" not in call
    ]
    assert len(calls) > 4
    assert [call for call in calls if "visit.mandates" not in call] == []


@pytest.mark.parametrize("language", list(Language))
async def test_the_principal_reads_who_looked_and_that_a_mandate_is_not_in_the_list(language: Language) -> None:
    known, unknown = b"\1" * 16, b"\2" * 16

    def sentence(name: bytes) -> str:
        body = RecordBody(kind="look", item_id=bytes(32), txid=bytes(32), at_ms=NOW, face="portal", request=request_digest(b""), mandate=name)
        leaf = encode_leaf(Leaf(1, 1, NOW, LeafKind.LOOK, bytes(31) + b"\1", bytes(32)))
        (card,) = cards_of([ShownRecord(0, leaf, b"", write_body(body), ())])
        mandates = [mandate(1, role="principal", other="内田　碧"), mandate(2, role="representative", other="森　蒼")]
        told = Teller(language, {}, Catalogue("kit", "portal", "representatives"), None, mandates).tell(card)
        assert plain(told.result) == plain(name_of("results", "look_by", language)) != plain(name_of("results", "look", language))
        # However new, it is no log-in of one's own.
        assert news([card], -1, NOW) == (card,)
        return plain(told.sentence)

    assert "内田　碧" in sentence(known)
    assert "森" not in sentence(unknown)
    assert sentence(unknown) != sentence(known)
