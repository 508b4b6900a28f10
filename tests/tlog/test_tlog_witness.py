"""Witnesses: what they sign, whom a reader believes, and what they refuse to confirm."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.errors import Conflict, Fault, Malformed, Misconfigured, Tampered
from enishi.seal.sign import SigningKey
from enishi.tlog.checkpoint import Checkpoint, sign_checkpoint
from enishi.tlog.cosign import cosign, cosigned_at, verify_cosignature
from enishi.tlog.note import KeyType, Note, NoteSignature, Verifier, add_signatures, parse_note
from enishi.tlog.policy import MAX_AHEAD_MS, WitnessPolicy
from enishi.tlog.tree import consistency, leaf_hash, root_of
from enishi.tlog.witness import Submission, check_submission, parse_submission

ORIGIN = "log.enishi.example/1"
KEY = SigningKey.generate()
LOG = Verifier(ORIGIN, KEY.public)
WITNESS_KEYS = [SigningKey.generate() for _ in range(3)]
WITNESSES = tuple(Verifier(f"w{i}.example", key.public, KeyType.COSIGNATURE) for i, key in enumerate(WITNESS_KEYS))
HASHES = [leaf_hash(bytes([i])) for i in range(20)]
AT = 1_743_433_200_000
MINUTE = 60_000


def state(size: int) -> Checkpoint:
    return Checkpoint(ORIGIN, size, root_of(HASHES[:size]))


def signed(size: int) -> Note:
    return sign_checkpoint(state(size), KEY)


def cosigned(note: Note, *times: int) -> Note:
    lines = [cosign(note.text, WITNESSES[i].name, WITNESS_KEYS[i], at_ms) for i, at_ms in enumerate(times)]
    return add_signatures(note, lines)


def test_a_cosignature_signs_the_lines_that_the_specification_gives() -> None:
    note = signed(5)
    line = cosign(note.text, WITNESSES[0].name, WITNESS_KEYS[0], AT + 999)
    seconds = AT // 1000
    assert line.signature == seconds.to_bytes(8, "big") + WITNESS_KEYS[0].sign(f"cosignature/v1\ntime {seconds}\n{note.text}".encode())
    assert verify_cosignature(note.text, line, WITNESSES[0]) == AT
    assert line.key_id != Verifier(WITNESSES[0].name, WITNESS_KEYS[0].public).key_id


def test_a_witness_signs_checkpoints_only_and_in_our_era() -> None:
    with pytest.raises(Malformed, match="checkpoint-malformed"):
        cosign("anything\n", "w", WITNESS_KEYS[0], AT)
    with pytest.raises(Malformed, match="cosignature-malformed"):
        cosign(state(5).text, "w", WITNESS_KEYS[0], -1)


def test_time_text_and_witness_are_bound() -> None:
    note = signed(5)
    line = cosign(note.text, WITNESSES[0].name, WITNESS_KEYS[0], AT)
    later = NoteSignature(line.name, line.key_id, (AT // 1000 + 1).to_bytes(8, "big") + line.signature[8:])
    for text, bent in ((signed(6).text, line), (note.text, later)):
        with pytest.raises(Tampered, match="note-signature-invalid"):
            verify_cosignature(text, bent, WITNESSES[0])
    with pytest.raises(Tampered, match="cosignature-of-another-witness"):
        verify_cosignature(note.text, line, WITNESSES[1])
    with pytest.raises(Malformed, match="cosignature-malformed"):
        verify_cosignature(note.text, NoteSignature(line.name, line.key_id, line.signature + b"\0"), WITNESSES[0])


def test_cosignatures_survive_the_note() -> None:
    note = cosigned(signed(5), AT, AT + MINUTE)
    read = parse_note(note.encode())
    assert [cosigned_at(read, witness) for witness in WITNESSES] == [AT, AT + MINUTE, None]


@pytest.mark.parametrize(
    ("times", "fresh", "stale"),
    [
        ((), 0, 0),
        ((AT,), 1, 0),
        ((AT, AT - 10 * MINUTE), 2, 0),
        ((AT, AT - 11 * MINUTE), 1, 1),
        ((AT, AT + MAX_AHEAD_MS), 2, 0),
        ((AT, AT + MAX_AHEAD_MS + 1000), 1, 1),
    ],
)
def test_a_policy_counts_the_fresh(times: tuple[int, ...], fresh: int, stale: int) -> None:
    policy = WitnessPolicy(2, WITNESSES, 10 * MINUTE)
    note = cosigned(signed(5), *times)
    found = policy.weigh(note, AT)
    assert (len(found.fresh), len(found.stale), found.enough) == (fresh, stale, fresh >= 2)
    if found.enough:
        assert policy.check(note, AT) == found
    else:
        with pytest.raises(Tampered, match="cosignatures-missing"):
            policy.check(note, AT)


def test_one_witness_counts_once_however_often_it_signs() -> None:
    note = signed(5)
    twice = [cosign(note.text, WITNESSES[0].name, WITNESS_KEYS[0], AT + i * 1000) for i in range(2)]
    assert WitnessPolicy(1, WITNESSES, MINUTE).weigh(Note(note.text, (*note.signatures, *twice)), AT).fresh == ("w0.example",)


@pytest.mark.parametrize(
    ("needed", "witnesses", "age"),
    [
        (4, WITNESSES, MINUTE),
        (-1, WITNESSES, MINUTE),
        (1, (WITNESSES[0], WITNESSES[0]), MINUTE),
        (2, (WITNESSES[0], Verifier("alias.example", WITNESSES[0].public, KeyType.COSIGNATURE)), MINUTE),
        (1, (LOG,), MINUTE),
        (1, WITNESSES, 0),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(needed: int, witnesses: tuple[Verifier, ...], age: int) -> None:
    with pytest.raises(Misconfigured, match="witness-policy-impossible"):
        WitnessPolicy(needed, witnesses, age)


def submit(old: int, size: int, proof_from: int | None = None) -> Submission:
    start = old if proof_from is None else proof_from
    return Submission(old, tuple(consistency(HASHES[:size], start)), signed(size))


@pytest.mark.parametrize(("last", "size"), [(0, 0), (0, 7), (1, 7), (7, 7), (7, 20), (8, 20)])
def test_a_witness_follows_a_log_that_grows(last: int, size: int) -> None:
    submission = parse_submission(submit(last, size).encode())
    assert submission == submit(last, size)
    assert check_submission(submission, state(last) if last else None, LOG) == state(size)


def test_a_witness_does_not_follow_a_log_that_forks_shrinks_or_skips() -> None:
    forked = Checkpoint(ORIGIN, 7, leaf_hash(b"another history"))
    with pytest.raises(Tampered, match="consistency-broken"):
        check_submission(submit(7, 20), forked, LOG)
    with pytest.raises(Conflict, match="witness-has-another-root"):
        check_submission(submit(7, 7), forked, LOG)
    with pytest.raises(Malformed, match="submission-malformed"):
        check_submission(Submission(20, (), signed(7)), state(20), LOG)
    with pytest.raises(Conflict, match="witness-has-another-size: 7"):
        check_submission(submit(5, 20), state(7), LOG)
    with pytest.raises(Conflict, match="witness-has-another-size: 0"):
        check_submission(submit(5, 20), None, LOG)
    with pytest.raises(Tampered, match="consistency-broken"):
        check_submission(submit(7, 20, proof_from=6), state(7), LOG)


def test_a_witness_does_not_follow_what_the_log_did_not_sign() -> None:
    impostor = sign_checkpoint(state(20), SigningKey.generate())
    with pytest.raises(Tampered, match="note-not-signed"):
        check_submission(Submission(0, (), impostor), None, LOG)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n",
        b"old 0\n" + signed(5).encode(),
        b"old 00\n\n" + signed(5).encode(),
        b"old -1\n\n" + signed(5).encode(),
        b"old 1\nAAAA\n\n" + signed(5).encode(),
        b"old 1\n!\n\n" + signed(5).encode(),
        b"old 1\n" + b"A" * 43 + b"=\n" * 2 + signed(5).encode(),
        b"old 1\n" + (b"A" * 43 + b"=\n") * 64 + b"\n" + signed(5).encode(),
        b"\xff\n\n" + signed(5).encode(),
        bytes(200_000),
    ],
)
def test_what_is_no_submission_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse_submission(body)


GOOD = submit(3, 20).encode()


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=60)
    | st.tuples(st.integers(0, len(GOOD) - 1), st.binary(max_size=3)).map(lambda cut: GOOD[: cut[0]] + cut[1] + GOOD[cut[0] + 1 :])
)
def test_a_submission_that_is_read_is_written_the_same(body: bytes) -> None:
    try:
        submission = parse_submission(body)
    except Fault:
        return
    assert submission.encode() == body
