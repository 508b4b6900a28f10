"""Letters by the client: what the gateway's face writes is what the client reads, and the other way round."""

import msgspec

from enishi.client.institution import read_reply
from enishi.client.letters import LetterAnswer, LetterFound, LettersListed
from enishi.roles.gateway.letters.desk import read_letter_answer
from enishi.roles.gateway.letters.face import LetterList, LetterListed, LetterWhole

WHOLE = LetterWhole(
    letter_id="00" * 32,
    number="4821-0937-1164",
    person="9001",
    kind="correction",
    about="",
    known=True,
    item="koseki",
    wrong="1981",
    right="1982",
    text="?",
    state="received",
    arrived_at="2025-04-01T00:00:00.000+09:00",
    deadline="2025-05-01T00:00:00.000+09:00",
    answered_at=None,
    decision="",
    answer="",
    reason="",
    appeal="",
    officer="",
)


def test_the_client_reads_what_the_face_writes() -> None:
    found = read_reply(msgspec.json.encode(WHOLE), LetterFound)
    assert (found.number, found.kind, found.answered_at) == ("4821-0937-1164", "correction", None)
    names = {field.name for field in msgspec.structs.fields(LetterFound)}
    assert {field.name for field in msgspec.structs.fields(LetterWhole)} - names == {"officer"}
    one = LetterListed(
        **{name: getattr(WHOLE, name) for name in ("letter_id", "number", "person", "kind", "state", "arrived_at", "deadline")}, urgency="overdue"
    )
    listed = read_reply(msgspec.json.encode(LetterList((one,), 0, 1)), LettersListed)
    assert (listed.letters[0].urgency, listed.overdue) == ("overdue", 1)


def test_the_face_reads_what_the_client_writes() -> None:
    said = read_letter_answer(msgspec.json.encode(LetterAnswer("訂正しません。", "refused", "届出のとおりです。", "3か月以内に市長へ。")))
    assert (said.answer, said.decision, said.reason, said.appeal) == ("訂正しません。", "refused", "届出のとおりです。", "3か月以内に市長へ。")
    assert read_letter_answer(msgspec.json.encode(LetterAnswer("はい。"))).decision == ""
