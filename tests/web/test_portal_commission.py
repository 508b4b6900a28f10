"""Letters to the commission on the portal: no card, number and secret once, nothing kept, and only the record that is ticked."""

import asyncio
import gc
import re
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from enishi.protocol.commission import CommissionAnswerAsk
from enishi.roles.oversight.letters import Letters
from enishi.roles.portal.letters import commission as pages
from enishi.roles.portal.letters.commissionsource import MeshedCommission
from enishi.web.rate import Allowance
from web.asgi import Answer, Browser
from web.portal_world import commission_in, log_in, portal, token_in

WORDS = "市の説明に納得できません。canary-for-the-commission"


class Place:
    """A portal with the commission behind it."""

    def __init__(self, folder: Path) -> None:
        self.source, self.letters = commission_in(folder)
        self.app, _ = portal(commission=self.source)
        self.browser = Browser(self.app)

    async def write(self, text: str = WORDS, **fields: str) -> Answer:
        page = await self.browser.get("/commission")
        return await self.browser.post("/commission/send", {"form_token": token_in(page.text), "kind": "complaint", "text": text, **fields})

    async def read(self, number: str, secret: str) -> Answer:
        page = await self.browser.get("/commission/answer")
        return await self.browser.post("/commission/answer/read", {"form_token": token_in(page.text), "number": number, "secret": secret})


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    made = Place(tmp_path)
    yield made
    await made.letters._database.close()


def shown(answer: Answer) -> tuple[str, str]:
    number, secret = re.findall(r'class="figure secret">([0-9-]+)<', answer.text)
    return number, secret


@pytest.mark.asyncio
async def test_who_has_no_card_writes_and_reads_the_answer_with_number_and_secret(place: Place) -> None:
    assert 'href="/commission"' in (await place.browser.get("/")).text
    sent = await place.write()
    assert sent.status == 200
    assert sent.header("cache-control") == "no-store"
    number, secret = shown(sent)
    assert "回答を待っています" in (await place.read(number, secret)).text
    letter = (await place.letters.shown(number)).letter
    assert (letter.kind, letter.text, letter.records, letter.checkpoint) == ("complaint", WORDS, (), "")
    await place.letters.answer(CommissionAnswerAsk(number, "市に報告を求めました。"))
    told = (await place.read(number.replace("-", " "), secret.replace("-", "　"))).text
    assert "市に報告を求めました。" in told
    assert secret not in told
    assert "に消されます" in told


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("number", "secret", "words"),
    [("1234", "1" * 30, "12けた"), ("1234-5678-9012", "1", "30けた"), ("1234-5678-9012", "1" * 30, "この番号と合言葉の手紙はありません")],
)
async def test_what_is_wrong_is_said_on_the_form_and_the_secret_is_not_shown_again(place: Place, number: str, secret: str, words: str) -> None:
    answer = await place.read(number, secret)
    assert answer.status == 400
    assert words in answer.text
    assert f'value="{secret}"' not in answer.text


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("fields", "words"), [({"kind": "praise"}, "種類を選んで"), ({"text": " "}, "伝えることを"), ({"text": "字" * 4001}, "長すぎます")]
)
async def test_what_is_missing_is_said(place: Place, fields: dict[str, str], words: str) -> None:
    answer = await place.write(**fields)
    assert answer.status == 400
    assert words in answer.text
    assert (await place.letters.listed()).waiting == 0


@pytest.mark.asyncio
async def test_a_record_goes_only_where_it_is_ticked_and_with_its_proof(place: Place) -> None:
    await log_in(place.browser)
    assert "/commission?record=6" in (await place.browser.get("/letters/about/6")).text
    form = (await place.browser.get("/commission?record=6")).text
    assert 'name="show" value="1">' in form
    bare = shown(await place.write(record="6"))[0]
    told = shown(await place.write(record="6", show="1"))[0]
    assert (await place.letters.shown(bare)).letter.records == ()
    letter = (await place.letters.shown(told)).letter
    bodies = [msgspec.json.decode(record.body)["kind"] for record in letter.records]
    assert bodies == ["intent", "outcome"]
    assert all(record.inclusion for record in letter.records)
    assert letter.checkpoint
    stranger = Browser(place.app)
    assert 'name="show"' not in (await stranger.get("/commission?record=6")).text
    page = await stranger.get("/commission")
    fields = {"form_token": token_in(page.text), "kind": "question", "text": "?", "record": "6", "show": "1"}
    number, _ = shown(await stranger.post("/commission/send", fields))
    assert (await place.letters.shown(number)).letter.records == ()


def living(*kinds: type) -> list[object]:
    """What lives in this process of these kinds, also what other tests have left in it."""
    gc.collect()
    return [one for one in gc.get_objects() if isinstance(one, kinds)]


@pytest.mark.asyncio
async def test_the_portal_keeps_nothing_of_a_letter(place: Place) -> None:
    """Neither the page's own objects nor what goes on behind it holds a word or the secret when the answer is out."""
    before = living(pages.CommissionLetter)
    sent = await place.write()
    _, secret = shown(sent)
    for _ in range(200):
        # The thread that sealed it may be about to put it down; a count holds nothing.
        left = sum(not any(one is other for other in before) for one in living(pages.CommissionLetter))
        if not left:
            break
        await asyncio.sleep(0.01)
    assert left == 0
    alive = living(pages.CommissionPages, MeshedCommission)
    held = " ".join(repr(vars(one)) for one in alive)
    assert WORDS not in held
    assert secret not in held
    assert place.source._oversight.passed  # type: ignore[attr-defined]
    passed = b"".join(msgspec.msgpack.encode(one) for one in place.source._oversight.passed)  # type: ignore[attr-defined]
    assert WORDS.encode() not in passed
    assert secret.replace("-", "").encode() not in passed


@pytest.mark.asyncio
async def test_one_address_writes_and_guesses_so_often_and_no_more(place: Place) -> None:
    assert [(await place.write()).status for _ in range(6)] == [200] * 5 + [429]
    assert (await place.letters.listed()).waiting == 5
    seconds = [0.0]
    allowance = Allowance(1 / 120, 5, lambda: seconds[0])
    for _ in range(5):
        allowance.take("a", 1)
    seconds[0] = 120.0
    allowance.take("a", 1)
    tries = [(await place.read("1234-5678-9012", f"{n:030d}")).status for n in range(21)]
    assert tries == [400] * 20 + [429]


@pytest.mark.asyncio
async def test_a_full_store_is_a_clear_503(place: Place) -> None:
    place.letters._waiting = 0
    answer = await place.write()
    assert answer.status == 503
    assert "委員会は、いま新しい手紙を受け取れません" in answer.text


@pytest.mark.asyncio
async def test_only_forms_of_ours_and_only_where_there_is_a_commission(place: Place) -> None:
    assert (await place.browser.post("/commission/send", {"kind": "complaint", "text": WORDS})).status == 403
    assert (await place.browser.post("/commission/answer/read", {"number": "1", "secret": "1"})).status == 403
    app, _ = portal()
    without = Browser(app)
    assert (await without.get("/commission")).status == 404
    assert "/commission" not in (await without.get("/")).text


def test_letters_of_a_folder_are_there_after_a_restart(tmp_path: Path) -> None:
    async def story() -> None:
        source, letters = commission_in(tmp_path)
        place = Place.__new__(Place)
        place.source, place.letters = source, letters
        place.app, _ = portal(commission=source)
        place.browser = Browser(place.app)
        number, _ = shown(await place.write())
        await letters._database.close()
        again = Letters(commission_in(tmp_path)[1]._database, letters._key)
        assert (await again.shown(number)).letter.text == WORDS
        await again._database.close()

    asyncio.run(story())
