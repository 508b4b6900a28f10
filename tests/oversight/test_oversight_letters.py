"""Letters to the commission: kept sealed, read by number and secret only, answered once, bounded, and never lost or doubled by a death."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from attacks.test_own_deciding import dying
from enishi import clock
from enishi.errors import Conflict, Malformed, Oversized, Tampered, Unavailable, Unknown
from enishi.protocol import commission as form
from enishi.protocol.commission import CommissionAnswerAsk, CommissionHanded, CommissionLetter, CommissionLook
from enishi.roles.oversight.forgetting import keep_forgetting
from enishi.roles.oversight.letters import Letters
from enishi.roles.oversight.schema import MIGRATIONS
from enishi.roles.portal.letters.commissionsource import MeshedCommission
from enishi.seal.hpke import SealingKey, seal
from enishi.seal.pad import pad
from enishi.store.database import Database
from faults.dying import Killed
from oversight.near_letters import Near

TEXT = "市役所の対応に納得できません。canary-to-the-commission"
SECRET = "012345678901234567890123456789"


class Desk:
    """The commission's letters with a key of their own, and a portal's source that knocks at them."""

    def __init__(self, folder: Path, **limits: int) -> None:
        self.key, self.folder, self.runner = SealingKey.generate(), folder, asyncio.Runner()
        self.database = Database.open(folder / "oversight.db", MIGRATIONS)
        self.letters = Letters(self.database, self.key, **limits)
        self.source = MeshedCommission(Near(self.letters), self.key.public)  # type: ignore[arg-type]

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def hand(self, secret: str = SECRET, **changes: Any) -> Any:
        return self.run(self.source.hand(written(secret, **changes), secret))


def written(secret: str = SECRET, **changes: Any) -> CommissionLetter:
    plain = CommissionLetter(v=1, kind="complaint", text=TEXT, records=(), checkpoint="", answer_key=form.answer_key_of(secret).public)
    return msgspec.structs.replace(plain, **changes)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.run(made.database.close())
    made.runner.close()


def test_a_letter_is_taken_read_and_answered_to_who_has_number_and_secret(desk: Desk) -> None:
    taken = desk.hand()
    waiting = desk.run(desk.source.look(taken.number, SECRET))
    assert (waiting.at_ms, waiting.answered_ms, waiting.answer) == (taken.at_ms, 0, "")
    listed = desk.run(desk.letters.listed())
    assert ([one.number for one in listed.each], listed.waiting) == ([taken.number], 1)
    shown = desk.run(desk.letters.shown(taken.number))
    assert (shown.letter.text, shown.answer) == (TEXT, "")
    desk.run(desk.letters.answer(CommissionAnswerAsk(taken.number, "市に尋ねました。")))
    assert desk.run(desk.source.look(taken.number, SECRET)).answer == "市に尋ねました。"
    assert desk.run(desk.letters.shown(taken.number)).answer == "市に尋ねました。"
    assert desk.run(desk.letters.listed()).waiting == 0
    with pytest.raises(Conflict, match="letter-answered"):
        desk.run(desk.letters.answer(CommissionAnswerAsk(taken.number, "もう一度")))


def test_neither_number_nor_secret_alone_reads_anything_and_both_wrongs_look_alike(desk: Desk) -> None:
    taken = desk.hand()
    other = "9" * 30
    for number, secret in ((taken.number, other), ("0000-0000-0000", SECRET)):
        with pytest.raises(Unknown) as refused:
            desk.run(desk.source.look(number, secret))
        assert (refused.value.code, refused.value.detail) == ("letter-unknown", "")
    desk.run(desk.letters.answer(CommissionAnswerAsk(taken.number, "x")))
    state = desk.run(desk.letters.state(CommissionLook(taken.number, form.look_of(SECRET))))
    with pytest.raises(Tampered, match="seal-broken"):
        form.open_answer(form.answer_key_of(other), taken.number, state.sealed)
    with pytest.raises(Tampered, match="seal-broken"):
        form.open_answer(form.answer_key_of(SECRET), "0000-0000-0000", state.sealed)


def test_what_lies_in_the_commission_s_database_opens_with_its_key_only(desk: Desk) -> None:
    taken = desk.hand()
    desk.run(desk.letters.answer(CommissionAnswerAsk(taken.number, "canary-from-the-commission")))
    stored = b"".join(file.read_bytes() for file in desk.folder.glob("oversight.db*"))
    for word in (b"canary-to-the-commission", b"canary-from-the-commission", SECRET.encode(), form.look_of(SECRET)):
        assert word not in stored
    assert taken.number.encode() in stored


def test_the_same_letter_again_has_the_same_number(desk: Desk) -> None:
    handed = CommissionHanded(form.seal_commission(written(), desk.key.public), form.look_of(SECRET))
    first, second = (desk.run(desk.letters.take(handed)) for _ in range(2))
    assert first == second
    assert desk.run(desk.letters.listed()).waiting == 1


def test_what_is_no_letter_is_not_kept(desk: Desk) -> None:
    look = form.look_of(SECRET)
    with pytest.raises(Tampered, match="seal-broken"):
        desk.run(desk.letters.take(CommissionHanded(form.seal_commission(written(), SealingKey.generate().public), look)))
    nothing = seal(desk.key.public, form._letter_info(), pad(b'{"v":1}'))
    with pytest.raises(Malformed, match="form-unreadable"):
        desk.run(desk.letters.take(CommissionHanded(nothing, look)))
    with pytest.raises(Oversized, match="letter-too-large"):
        desk.run(desk.letters.take(CommissionHanded(bytes(form.MOST_BYTES + 1), look)))
    with pytest.raises(Malformed, match="letter-malformed"):
        form.seal_commission(written(text="a\x00"), desk.key.public)
    assert desk.run(desk.letters.listed()).each == ()


@pytest.mark.parametrize("limits", [{"waiting": 1}, {"stored": 100_000}])
def test_a_full_store_says_so_and_an_answer_makes_room_among_those_that_wait(tmp_path: Path, limits: dict[str, int]) -> None:
    desk = Desk(tmp_path, **limits)
    taken = desk.hand()
    with pytest.raises(Unavailable, match="letters-full") as full:
        desk.hand("1" * 30)
    assert full.value.status == 503
    desk.run(desk.letters.answer(CommissionAnswerAsk(taken.number, "x")))
    if "waiting" in limits:
        assert desk.hand("1" * 30).number != taken.number
    desk.run(desk.database.close())
    desk.runner.close()


def test_secret_and_number_are_read_as_people_write_them() -> None:
    assert form.read_secret("01234-56789-01234-56789-01234-56789") == form.read_secret("０１２３４ 56789 01234 56789 01234 56789") == SECRET
    assert form.read_number("4821 0937 1164") == form.read_number("482109371164") == "4821-0937-1164"
    for wrong in ("", "1" * 29, "1" * 31, "a" * 30, "²" * 30 + "x"):
        with pytest.raises(Malformed, match="letter-secret-malformed"):
            form.read_secret(wrong)
    with pytest.raises(Malformed, match="letter-number-malformed"):
        form.read_number("12-34")
    assert len({form.new_secret() for _ in range(20)}) == 20


@pytest.mark.parametrize("name", ["portal.commission.before_send", "oversight.letter.before_store", "oversight.letter.after_store"])
def test_wherever_it_dies_the_letter_is_there_once_or_not_at_all(desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with dying(monkeypatch, name), pytest.raises(Killed):
        desk.hand()
    assert desk.run(desk.letters.listed()).waiting == (1 if name.endswith("after_store") else 0)
    desk.hand()
    assert desk.run(desk.letters.listed()).waiting == 1


@pytest.mark.parametrize("name", ["oversight.letter.before_answer", "oversight.letter.after_answer"])
def test_wherever_it_dies_the_answer_stands_once_or_not_at_all(desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    taken = desk.hand()
    with dying(monkeypatch, name), pytest.raises(Killed):
        desk.run(desk.letters.answer(CommissionAnswerAsk(taken.number, "はい。")))
    if name.endswith("before_answer"):
        desk.run(desk.letters.answer(CommissionAnswerAsk(taken.number, "はい。")))
    assert desk.run(desk.source.look(taken.number, SECRET)).answer == "はい。"


def test_letter_and_answer_go_a_year_behind_the_answer_and_what_waits_stays(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the day: one that was answered goes with everything in it; one that waits as long stays, and one that was answered later."""
    answered, waits, later = desk.hand(), desk.hand("1" * 30), desk.hand("2" * 30)
    desk.run(desk.letters.answer(CommissionAnswerAsk(answered.number, "お答えします。")))
    assert desk.run(desk.letters.forget()) == 0
    at_ms = clock.now_ms()
    monkeypatch.setattr(clock, "now_ms", lambda: at_ms + 1000)
    desk.run(desk.letters.answer(CommissionAnswerAsk(later.number, "後で。")))
    answered_ms = desk.run(desk.source.look(answered.number, SECRET)).answered_ms
    monkeypatch.setattr(clock, "now_ms", lambda: answered_ms + form.KEPT_MS - 1)
    assert desk.run(desk.letters.forget()) == 0
    monkeypatch.setattr(clock, "now_ms", lambda: answered_ms + form.KEPT_MS)
    with dying(monkeypatch, "oversight.letter.before_forget"), pytest.raises(Killed):
        desk.run(desk.letters.forget())
    assert desk.run(desk.source.look(answered.number, SECRET)).answer
    assert desk.run(desk.letters.forget()) == 1
    with pytest.raises(Unknown, match="letter-unknown"):
        desk.run(desk.source.look(answered.number, SECRET))
    assert [one.number for one in desk.run(desk.letters.listed()).each] == [waits.number, later.number]


def test_the_errand_lets_go_of_what_is_over(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = desk.hand()
    desk.run(desk.letters.answer(CommissionAnswerAsk(taken.number, "お答えします。")))
    at_ms = clock.now_ms()
    monkeypatch.setattr(clock, "now_ms", lambda: at_ms + 2 * form.KEPT_MS)

    async def until_it_is_gone() -> None:
        task = asyncio.create_task(keep_forgetting(desk.letters))
        while (await desk.letters.listed()).each:
            await asyncio.sleep(0)
        task.cancel()

    desk.run(asyncio.wait_for(until_it_is_gone(), 30))
