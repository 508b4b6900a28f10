"""The witness over HTTP, held against the text of C2SP tlog-witness; and what the keeper does with two of them."""

from base64 import b64encode

import aiohttp
import pytest
from starlette.types import Receive, Scope, Send

from enishi.errors import Fault
from enishi.mesh.server import Listener
from enishi.roles.keeper.witnessing import Witnessing
from enishi.seal.sign import SigningKey
from enishi.tlog.checkpoint import Checkpoint, sign_checkpoint
from enishi.tlog.cosign import cosign, cosigned_at, verify_cosignature
from enishi.tlog.note import Note, add_signatures, parse_note, parse_signatures
from enishi.tlog.policy import WitnessPolicy
from enishi.tlog.tree import consistency, leaf_hash, root_of
from outsiders.world_outsiders import NAMES, ORIGIN, Answer, Outsiders

HASHES = [leaf_hash(bytes([i])) for i in range(32)]


def note(world: Outsiders, size: int, origin: str = ORIGIN, root: bytes | None = None, key: SigningKey | None = None) -> Note:
    """A checkpoint of a log that has nothing to do with the keeper's own leaves: the witness does not see leaves."""
    return sign_checkpoint(Checkpoint(origin, size, root or root_of(HASHES[:size])), key or world.secrets.log)


def body(old: int, proof: list[bytes], checkpoint: Note) -> bytes:
    lines = [f"old {old}", *(b64encode(value).decode() for value in proof)]
    return "\n".join(lines).encode() + b"\n\n" + checkpoint.encode()


@pytest.fixture
def fresh(own: Outsiders) -> Outsiders:
    """Witnesses that have seen nothing: their record of the log is taken away."""
    for role in own._roles:
        assert role._database is not None
        own.run(role._database.write(lambda connection: connection.execute("DELETE FROM seen").rowcount))
    return own


def send(world: Outsiders, content: bytes, place: int = 0) -> Answer:
    return world.ask("POST", world.asking[place]._url, content)


def test_a_first_checkpoint_and_one_that_continues_it_are_cosigned(fresh: Outsiders) -> None:
    for old, size in ((0, 5), (5, 5), (5, 20)):
        proof = consistency(HASHES[:size], old) if 0 < old < size else []
        answer = send(fresh, body(old, proof, note(fresh, size)))
        assert answer.status == 200
        (line,) = parse_signatures(answer.body.decode())
        assert verify_cosignature(note(fresh, size).text, line, fresh.witnesses[0]) > 0


def test_signatures_of_unknown_keys_are_passed_over(fresh: Outsiders) -> None:
    stranger = SigningKey.generate()
    extra = add_signatures(note(fresh, 5), [cosign(note(fresh, 5).text, "stranger.example", stranger, 1_700_000_000_000)])
    assert send(fresh, body(0, [], extra)).status == 200


def test_each_refusal_has_the_status_of_the_specification(fresh: Outsiders) -> None:
    assert send(fresh, body(0, [], note(fresh, 5))).status == 200
    good, other = consistency(HASHES[:20], 5), SigningKey.generate()
    refused = {
        "unknown origin": (body(5, good, note(fresh, 20, "other.example")), 404),
        "not signed by the log": (body(5, good, note(fresh, 20, key=other)), 403),
        "old above new": (body(9, [], note(fresh, 5)), 400),
        "false proof": (body(5, good[:-1] + [bytes(32)], note(fresh, 20)), 422),
        "no proof": (body(5, [], note(fresh, 20)), 422),
        "a proof from nothing": (body(0, good, note(fresh, 20)), 409),
        "same size, other root": (body(5, [], note(fresh, 5, root=bytes(32))), 409),
        "no submission": (b"new 5\n\n" + note(fresh, 5).encode(), 400),
        "64 hashes": (body(5, [bytes(32)] * 64, note(fresh, 20)), 400),
        "a leading zero": (body(5, good, note(fresh, 20)).replace(b"old 5", b"old 05"), 400),
    }
    found = {name: send(fresh, content).status for name, (content, _) in refused.items()}
    assert found == {name: status for name, (_, status) in refused.items()}
    # None of it moved the witness: the true continuation is still taken.
    assert send(fresh, body(5, good, note(fresh, 20))).status == 200


def test_a_forged_signature_in_the_logs_name_is_403(fresh: Outsiders) -> None:
    forged = note(fresh, 5)
    line = forged.signatures[0]
    bent = type(line)(line.name, line.key_id, line.signature[:-1] + bytes([line.signature[-1] ^ 1]))
    assert send(fresh, body(0, [], Note(forged.text, (bent,)))).status == 403


def test_another_old_size_is_answered_with_the_size_that_was_seen(fresh: Outsiders) -> None:
    assert send(fresh, body(0, [], note(fresh, 5))).status == 200
    answer = send(fresh, body(3, consistency(HASHES[:20], 3), note(fresh, 20)))
    assert (answer.status, answer.headers["content-type"], answer.body) == (409, "text/x.tlog.size", b"5\n")
    split = send(fresh, body(5, [], note(fresh, 5, root=bytes(32))))
    assert split.headers["content-type"] != "text/x.tlog.size"


def test_two_witnesses_sign_beside_each_other_in_any_order(own: Outsiders) -> None:
    own.grow(4)
    own.publish()
    for place, count in ((1, 1), (0, 2), (1, 2)):
        own.cosign(place)
        note_now = parse_note(own.get("/checkpoint").body)
        assert sum(cosigned_at(note_now, witness) is not None for witness in own.witnesses) == count
        assert len(note_now.signatures) == 1 + count
    stored = own.run(own.database.read(lambda c: c.execute("SELECT cosigned FROM checkpoint ORDER BY size DESC").fetchone()[0]))
    assert parse_note(bytes(stored)) == note_now


def test_a_reader_waits_for_both_and_is_not_blocked_by_either(own: Outsiders) -> None:
    before = own.log.witnessed
    own.grow(4)
    size = own.publish()
    own.cosign(0)
    assert own.log.witnessed is before
    # One witness is away: after a second the newest checkpoint is shown all the same, and the reader's own policy says what it lacks.
    shown = own.run(own.log.covering(size - 1))
    found = WitnessPolicy(2, tuple(own.witnesses), 60_000).weigh(shown.cosigned, 2**62)
    assert shown.size == size
    assert not found.enough
    own.cosign(1)
    assert own.run(own.log.covering(size - 1)).size == size
    assert own.log.witnessed is not before


def test_a_fork_is_shown_by_either_witness_at_the_keepers_start(own: Outsiders) -> None:
    own.grow(3)
    own.publish()
    own.cosign(1)
    # The database goes back to what witness 0 saw last; witness 1 has seen more.
    own.run(own.database.write(lambda c: c.execute("DELETE FROM checkpoint WHERE size = (SELECT MAX(size) FROM checkpoint)").rowcount))
    own.run(own.log.load())
    own.run(own.asking[0].check_start())
    with pytest.raises(Fault, match="log-behind-witness"):
        own.run(own.asking[1].check_start())


@pytest.mark.parametrize(
    ("status", "answer"),
    [(409, "²\n".encode()), (409, b"9" * 5_000), (409, b"-1\n"), (200, b"\xff\xfe"), (200, b"x" * 70_000), (200, b""), (500, b"")],
    ids=["another script's digit", "a number without end", "below zero", "no text", "longer than any answer", "nothing", "a fault"],
)
def test_whatever_a_witness_answers_is_a_fault_and_ends_nothing(own: Outsiders, status: int, answer: bytes) -> None:
    """The task that asks the witnesses goes on after a Fault; after anything else it would be gone, and no checkpoint cosigned any more."""
    own.grow(1)
    own.publish()

    async def offered() -> None:
        door = Listener(Answering(status, answer), "127.0.0.1", 0)
        await door.open()
        asking = Witnessing(own.log, f"http://127.0.0.1:{door.port}/add-checkpoint", own.witnesses[0])
        try:
            async with aiohttp.ClientSession(trust_env=False) as session:
                await asking.offer(session, own.log.current())
        finally:
            await door.close()

    with pytest.raises(Fault, match="witness-answer|note-malformed"):
        own.run(offered())


class Answering:
    """A witness that answers everything with the same bytes."""

    def __init__(self, status: int, answer: bytes) -> None:
        self._status = status
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self._status, "headers": [(b"content-type", b"text/x.tlog.size")]})
        await send({"type": "http.response.body", "body": self._answer})


def test_lines_of_other_keys_in_a_witness_answer_are_not_kept(own: Outsiders) -> None:
    strange = cosign(own.log.current().note.text, "stranger.example", SigningKey.generate(), 1_700_000_000_000).line
    true = next(line for line in own.log.current().cosigned.signatures if line.name == NAMES[0]).line
    kept = own.asking[0]._countersigned(own.log.current(), strange + true)
    assert [line.name for line in kept.signatures] == [ORIGIN, NAMES[0]]
    with pytest.raises(Fault, match="witness-answer"):
        own.asking[0]._countersigned(own.log.current(), strange)
