"""Attack: a letter read on its way, swapped, doubled, turned to another holder or person; and the story it belongs to, wherever a role dies."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from attacks.adversary_attack import sitting
from attacks.letters_attack import TEXT, carried, correction, letter, read, sealed_for, write
from attacks.network_attack import Network
from attacks.own_attack import brought, message_of, own, request_for, signed_by
from attacks.test_own_deciding import dying, last_bodies
from enishi.errors import Conflict, Denied, Malformed, Tampered, Unknown
from enishi.protocol.letters import FLOOR, LETTER, LETTER_MS, LETTERS, PART, RIGHTS, SEALED, letter_digest, letter_number, open_letter
from enishi.protocol.letters import TEXT as TEXT_MOST
from enishi.protocol.self_disclosure import SelfNotice, self_txid
from enishi.protocol.statement import item_id_of
from enishi.roles.exchange.recover import redeliver
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.desk import Decision
from enishi.roles.gateway.letters.kept import LetterAnswer
from enishi.roles.gateway.self_disclosure import checking
from enishi.roles.portal.view import Asked
from enishi.seal.hpke import SealingKey
from enishi.terms import Outcome
from faults.dying import Killed
from linkage.attacker_linkage import Without
from running.mesh_running import STORY

pytestmark = pytest.mark.xdist_group("attacks")
PERSON, ACCOMPLICE = STORY.reader, STORY.loan.applicant
HOLDER, OTHER = STORY.condolence.register, "011002"
APPEAL = "行政不服審査法により、この通知を知った日の翌日から3か月以内に法務大臣へ審査請求ができます。"


@pytest.fixture(autouse=True)
def forgotten(network: Network) -> Iterator[None]:
    """What a test writes ends with it."""
    yield
    tables = ("self_asked", "self_given", "letter", "letter_answer")
    for holder in (HOLDER, OTHER):
        tenant = next(role.tenants[holder] for role in (network.provider, network.asker) if holder in role.tenants)
        network.run(tenant.database.write(lambda connection: [connection.execute(f"DELETE FROM {name}").rowcount for name in tables]))
    keeper = network.roles["keeper"]._database
    network.run(keeper.write(lambda connection: connection.execute("UPDATE item SET state = 'final' WHERE state = 'open'").rowcount))


def waiting(network: Network) -> Any:
    return network.run(network.provider.letter_desk.waiting(network.provider.tenants[HOLDER]))


def answer(network: Network, letter_id: bytes, said: LetterAnswer) -> Any:
    desk, tenant = network.provider.letter_desk, network.provider.tenants[HOLDER]
    return network.run(desk.answer(tenant, letter_id, said, "test/officer"))


def push(network: Network) -> None:
    """The platform's own errand may have been there before."""
    network.run(network.provider.self_desk.push(network.provider.tenants[HOLDER]))


# ---- the story


def test_a_letter_is_written_answered_and_read_and_the_record_says_only_that_it_went(network: Network) -> None:
    sent = write(network, PERSON, HOLDER, letter())
    assert (sent.outcome, sent.sent, [one.letter.text for one in sent.letters]) == (Outcome.HELD, True, [TEXT])
    (kept,) = waiting(network).letters
    assert (kept.letter_id, kept.addressee_number, kept.letter) == (sent.letter_id, PERSON.addressees[HOLDER], letter())
    assert kept.deadline_ms - kept.arrived_ms == LETTER_MS
    answer(network, sent.letter_id, LetterAnswer("災害弔慰金の審査のためです。"))
    assert waiting(network).letters == ()
    push(network)
    (mine,) = read(network, PERSON, HOLDER).letters
    assert (mine.letter.text, mine.answer, mine.decision, mine.known) == (TEXT, "災害弔慰金の審査のためです。", "", True)
    asked, held, ended, reading, _ = last_bodies(network, 5)
    assert (asked.kind, asked.provider, asked.items, asked.basis) == ("self", HOLDER, (LETTER,), RIGHTS)
    # That it waits, until when, and that it was answered; of which kind it is, and what was answered, no record says.
    assert (held.outcome, held.deadline_ms, ended.outcome, ended.deadline_ms) == ("held", kept.deadline_ms, "provided", 0)
    assert (reading.items, reading.basis) == ((LETTERS,), ("415AC0000000057#76",))
    with pytest.raises(Conflict, match="letter-answered"):
        answer(network, sent.letter_id, LetterAnswer("別の答え"))


def test_a_correction_ends_in_a_decision_that_says_why_and_how_to_appeal(network: Network) -> None:
    sent = write(network, PERSON, HOLDER, correction())
    wrong = {
        "letter-decision-missing": LetterAnswer("見直しました。"),
        "letter-reason-missing": LetterAnswer("訂正しません。", "refused", "", APPEAL),
        "letter-appeal-missing": LetterAnswer("訂正しません。", "granted_in_part", "届出のとおりです。"),
        "letter-malformed": LetterAnswer("\x07", "granted"),
    }
    for slug, said in wrong.items():
        with pytest.raises(Malformed, match=slug):
            answer(network, sent.letter_id, said)
    answer(network, sent.letter_id, LetterAnswer("訂正しません。", "refused", "届出のとおりです。", APPEAL))
    (mine,) = read(network, PERSON, HOLDER).letters
    assert (mine.decision, mine.reason, mine.appeal) == ("refused", "届出のとおりです。", APPEAL)
    question = write(network, PERSON, HOLDER, letter())
    with pytest.raises(Malformed, match="letter-decision-unasked"):
        answer(network, question.letter_id, LetterAnswer("はい", "granted"))


def test_a_letter_about_a_record_says_whether_the_institution_has_it(network: Network) -> None:
    asked = own(network, PERSON, HOLDER, ("koseki",))
    about = last_bodies(network, 2)[0]
    assert about.item_id == asked.item_id
    write(network, PERSON, HOLDER, letter(about=about.txid))
    write(network, ACCOMPLICE, HOLDER, letter(about=about.txid))
    write(network, PERSON, HOLDER, letter(about=bytes(32)))
    assert {(one.addressee_number, one.letter.about, one.known) for one in waiting(network).letters} == {
        (PERSON.addressees[HOLDER], about.txid, True),
        (ACCOMPLICE.addressees[HOLDER], about.txid, False),
        (PERSON.addressees[HOLDER], bytes(32), False),
    }


def test_every_letter_is_as_long_as_every_other(network: Network) -> None:
    key = SealingKey.generate()
    longest = letter("𠮷" * TEXT_MOST, kind="correction", item="koseki", wrong="𠮷" * PART, right="𠮷" * PART)
    plain = len(msgspec.json.encode(longest))
    sizes = {len(sealed_for(network, HOLDER, one, key).sealed) for one in (letter("?"), letter("字" * TEXT_MOST), longest)}
    assert (sizes, plain > FLOOR) == ({SEALED}, True)


def test_who_is_not_known_there_leaves_no_letter(network: Network) -> None:
    holder = next(one for one in network.provider.tenants if one not in PERSON.addressees)
    sent = write(network, PERSON, holder, letter())
    assert (sent.outcome, sent.letters) == (Outcome.NO_SUCH_PERSON, ())
    tenant = network.provider.tenants[holder]
    assert network.run(network.provider.letter_desk.waiting(tenant)).letters == ()


def test_a_letter_waits_at_its_own_desk_and_is_decided_at_no_other(network: Network) -> None:
    sent = write(network, PERSON, HOLDER, letter())
    desk, tenant = network.provider.self_desk, network.provider.tenants[HOLDER]
    assert network.run(desk.waiting(tenant)) == []
    with pytest.raises(Unknown, match="item-id-unknown"):
        network.run(desk.decide(tenant, sent.letter_id, Decision("provide", ""), "test/officer"))
    assert [one.letter_id for one in waiting(network).letters] == [sent.letter_id]


def test_the_keeper_keeps_no_letter_while_it_waits_for_its_answer(network: Network) -> None:
    """Sealed as it is, it rests there only until the holder has it."""
    sent = write(network, PERSON, HOLDER, letter())
    ((state, rest),) = network.rows("SELECT state, rest_notice FROM item WHERE item_id = ?", sent.letter_id)
    assert (state, rest) == ("held", b"")


def test_a_letter_of_before_that_waited_nowhere_is_answered_without_a_word_in_the_log(network: Network) -> None:
    """Its item has ended when it arrived: nothing is brought to the log, and the answer is there to be fetched."""
    sent = write(network, PERSON, HOLDER, letter())
    tenant = network.provider.tenants[HOLDER]
    network.run(tenant.database.write(lambda connection: connection.execute("UPDATE self_given SET kind = 'provided'").rowcount))
    answer(network, sent.letter_id, LetterAnswer("はい。"))
    assert network.run(network.provider.self_desk.push(tenant)) == 0
    assert [one.answer for one in read(network, PERSON, HOLDER).letters] == ["はい。"]


# ---- on its way


def test_registrar_exchange_and_keeper_never_have_a_word_of_it(network: Network) -> None:
    """The bytes of everything that passed, and of every database of the three, are searched; the holder's alone has the words."""
    place = len(network.wire.passed)
    sent = write(network, PERSON, HOLDER, correction())
    answer(network, sent.letter_id, LetterAnswer("canary-of-an-answer", "granted"))
    read(network, PERSON, HOLDER)
    words = ["canary-of-a-letter", "canary-of-an-answer", "correction", "1982年"]
    passed = b"".join(one.request + one.reply for one in network.wire.passed[place:])
    stored = {role: b"".join(file.read_bytes() for file in (network.data / role).glob("*.db*")) for role in ("registrar", "exchange", "keeper")}
    for word in words:
        assert word.encode() not in passed, word
        assert not [role for role, content in stored.items() if word.encode() in content], word
    tenants = b"".join(file.read_bytes() for file in network.provider.tenants[HOLDER].folder.glob("*.db*"))
    assert b"canary-of-a-letter" in tenants


def test_a_letter_swapped_on_its_way(network: Network, without: Without) -> None:
    """The exchange puts another letter of the same person into the notice: the card signed the digest of one."""
    message, _ = carried(network, PERSON, HOLDER, letter())
    other, _ = carried(network, PERSON, HOLDER, letter("another"))
    with pytest.raises(Tampered, match="letter-differs"):
        brought(network, msgspec.structs.replace(message, letter=other.letter))

    async def swap(notice: SelfNotice, forward: Any) -> Any:
        return await forward(msgspec.structs.replace(notice, letter=other.letter))

    with sitting(network, "/gateway/self", swap):
        assert brought(network, message).outcome is None
        patched = without(checking, "check_carried", lambda *_: None)
        third, _ = carried(network, PERSON, HOLDER, letter("third"))
        # Without the check the seal still holds: it names the request, and the letter of another one does not open.
        assert Outcome.NOT_REGISTERED.value in brought(network, third).outcome.outcome.decode()  # type: ignore[union-attr]
        patched.undo()
    assert waiting(network).letters == ()


def test_another_s_letter_on_a_request_of_one_s_own(network: Network) -> None:
    """Who saw a sealed letter signs for it with a card of their own: it opens for the request it was written on only, and so not here."""
    victim, _ = carried(network, PERSON, HOLDER, letter())
    key = SealingKey.generate()
    signed = signed_by(network, ACCOMPLICE, request_for(HOLDER, (LETTER,), "", key, letter=letter_digest(victim.letter)))
    reply = brought(network, msgspec.structs.replace(message_of(network, signed), letter=victim.letter))
    assert Outcome.NOT_REGISTERED.value in reply.outcome.outcome.decode()  # type: ignore[union-attr]
    assert waiting(network).letters == ()


def test_a_letter_for_another_institution_does_not_open_there(network: Network) -> None:
    message, key = carried(network, PERSON, HOLDER, letter())
    sealing = network.provider.tenants[HOLDER].sealing(1)
    assert open_letter(sealing, message.letter, HOLDER, key.public) == letter()
    for holder, public in ((OTHER, key.public), (HOLDER, SealingKey.generate().public)):
        with pytest.raises(Tampered, match="seal-broken"):
            open_letter(sealing, message.letter, holder, public)


def test_a_letter_brought_twice_is_kept_once(network: Network) -> None:
    message, _ = carried(network, PERSON, HOLDER, letter())
    noticed: list[SelfNotice] = []

    async def twice(notice: SelfNotice, forward: Any) -> Any:
        noticed.append(notice)
        first = await forward(notice)
        assert await forward(notice) == first
        return first

    with sitting(network, "/gateway/self", twice):
        brought(network, message)
        with pytest.raises(Conflict, match="look-repeated"):
            brought(network, message)
    (kept,) = waiting(network).letters
    assert kept.letter_id == item_id_of(self_txid(message.statement), 0)


def test_nobody_reads_letters_with_another_card(network: Network) -> None:
    write(network, PERSON, HOLDER, letter())
    theirs = read(network, ACCOMPLICE, HOLDER)
    assert (theirs.outcome, theirs.letters) == (Outcome.NOT_REGISTERED, ())


@pytest.mark.parametrize(
    ("items", "named", "period"),
    [
        ((LETTER,), False, ""),
        ((LETTERS,), True, ""),
        ((LETTER, "koseki"), True, ""),
        ((LETTERS, LETTER), True, ""),
        (("koseki",), True, ""),
        ((LETTERS,), False, "2024"),
    ],
)
def test_a_letter_goes_with_nothing_else(network: Network, items: tuple[str, ...], named: bool, period: str) -> None:
    key = SealingKey.generate()
    changes = {"letter": bytes(32)} if named else {}
    signed = signed_by(network, PERSON, request_for(HOLDER, items, period, key, **changes))
    with pytest.raises(Malformed, match="letter-misplaced"):
        network.run(network.sources[0].letters(Asked(signed, key), None))


def test_the_portal_signs_no_letter_for_a_key_that_is_gone(network: Network) -> None:
    """Between form and signature the institution changes its key: nothing is recorded, and the person writes again."""
    key = SealingKey.generate()
    sealed = msgspec.structs.replace(sealed_for(network, HOLDER, letter(), key), epoch=2)
    signed = signed_by(network, PERSON, request_for(HOLDER, (LETTER,), "", key, letter=letter_digest(sealed.sealed)))
    before = network.leaves()
    with pytest.raises(Conflict, match="snapshot-stale"):
        network.run(network.sources[0].letters(Asked(signed, key), sealed))
    assert network.leaves() == before


def test_the_letter_is_kept_in_one_place_only(network: Network) -> None:
    sent = write(network, PERSON, HOLDER, letter())
    tenant = network.provider.tenants[HOLDER]
    query = "SELECT notice FROM self_asked WHERE item_id = ?"
    kept = tenant.database.read_now(lambda connection: connection.execute(query, (sent.letter_id,)).fetchone())
    assert msgspec.msgpack.decode(kept[0], type=SelfNotice).letter == b""


def test_a_letter_that_nobody_can_read_ends_and_is_not_kept(network: Network) -> None:
    """A face that writes nonsense would else have it brought again for ever."""
    key = SealingKey.generate()
    nonsense = sealed_for(network, OTHER, letter(), key)
    signed = signed_by(network, PERSON, request_for(HOLDER, (LETTER,), "", key, letter=letter_digest(nonsense.sealed)))
    sent = network.run(network.sources[0].letters(Asked(signed, key), nonsense))
    assert (sent.outcome, sent.letters, waiting(network).letters) == (Outcome.NOT_REGISTERED, (), ())


# ---- at the institution


def test_without_the_office_nobody_there_reads_letters() -> None:
    with pytest.raises(Denied, match="office-missing"):
        Caller("moj", "s", "o", ("marks", "copies")).demand("letters")  # type: ignore[arg-type]


def test_another_tenant_s_official_knows_no_such_letter(network: Network) -> None:
    sent = write(network, PERSON, HOLDER, letter())
    another = next(tenant for name, tenant in network.provider.tenants.items() if name != HOLDER)
    with pytest.raises(Unknown, match="letter-unknown"):
        network.run(network.provider.letter_desk.one(another, sent.letter_id))
    with pytest.raises(Unknown, match="letter-unknown"):
        network.run(network.provider.letter_desk.answer(another, sent.letter_id, LetterAnswer("x"), "test"))


def test_letters_and_disclosures_are_reminded_of_once(network: Network) -> None:
    write(network, PERSON, HOLDER, letter())
    tenant, role = network.provider.tenants[HOLDER], network.provider
    network.run(tenant.database.write(lambda connection: connection.execute("UPDATE letter SET deadline_ms = arrived_ms + 1").rowcount))
    name, path = "enishi_held_reminders_total", "/v1/letters"
    before = role.desk.meter.total(name, path, "letter-overdue")
    for _ in range(2):
        network.run(role.reminding._each[1].remind(tenant))
    assert role.desk.meter.total(name, path, "letter-overdue") == before + 1
    assert waiting(network).overdue == 1


# ---- wherever a role dies

BEHIND = ["keeper.self.after_append", "exchange.self.after_recorded", "exchange.self.before_notice", "gateway.letter.before_store"]
BEHIND += ["gateway.letter.after_store", "exchange.self.after_answer"]


@pytest.mark.parametrize("name", BEHIND)
def test_wherever_a_role_dies_behind_the_record_the_letter_arrives_once(network: Network, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with dying(monkeypatch, name) as passed, suppress(Exception):
        assert write(network, PERSON, HOLDER, letter()).outcome is None
    assert name in passed
    exchange = network.roles["exchange"]
    assert network.run(redeliver(exchange._delivery, exchange._pending(exchange._keeper))) == 1
    (kept,) = waiting(network).letters
    assert kept.letter.text == TEXT


@pytest.mark.parametrize("name", ["gateway.letter.before_answer", "gateway.letter.after_answer"])
def test_wherever_the_desk_dies_the_answer_stands_once_or_not_at_all(network: Network, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    sent = write(network, PERSON, HOLDER, letter())
    with dying(monkeypatch, name), pytest.raises(Killed):
        answer(network, sent.letter_id, LetterAnswer("はい。"))
    if name.endswith("before_answer"):
        answer(network, sent.letter_id, LetterAnswer("はい。"))
    (mine,) = read(network, PERSON, HOLDER).letters
    assert mine.answer == "はい。"


def test_the_number_of_a_letter_is_the_same_everywhere() -> None:
    assert letter_number(bytes(32)) == letter_number(bytes(32)) != letter_number(bytes(31) + b"\x01")
    assert len(letter_number(bytes(32))) == 14
