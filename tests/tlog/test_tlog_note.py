"""Signed notes and checkpoints: what is read, what is believed."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi.errors import Fault, Malformed, Tampered
from enishi.seal.sign import SigningKey
from enishi.tlog.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint, read_checkpoint, sign_checkpoint
from enishi.tlog.note import (
    MAX_SIGNATURES,
    KeyType,
    Note,
    NoteSignature,
    Verifier,
    add_signatures,
    parse_note,
    parse_signatures,
    parse_verifier,
    sign_note,
    verify_note,
)

ORIGIN = "log.enishi.example/1"
KEY, OTHER = SigningKey.generate(), SigningKey.generate()
LOG, STRANGER = Verifier(ORIGIN, KEY.public), Verifier("elsewhere.example", OTHER.public)
STATE = Checkpoint(ORIGIN, 20_852_163, bytes(range(32)))
SIGNED = sign_checkpoint(STATE, KEY)


def test_a_note_looks_as_the_specification_draws_it() -> None:
    note = sign_note("one\n\ntwo\n", ORIGIN, KEY)
    signature = base64.b64encode(LOG.key_id + KEY.sign(b"one\n\ntwo\n")).decode()
    assert note.encode() == f"one\n\ntwo\n\n— {ORIGIN} {signature}\n".encode()
    assert parse_note(note.encode()) == note
    assert verify_note(note, [LOG]) == (LOG,)


def test_a_verifier_key_reads_back_and_guards_its_parts() -> None:
    for verifier in (LOG, Verifier("w", OTHER.public, KeyType.COSIGNATURE)):
        assert parse_verifier(verifier.encoded) == verifier
    name, key_id, key = LOG.encoded.split("+", 2)
    for bad in (f"{name}x+{key_id}+{key}", f"{name}+00000000+{key}", f"+{key_id}+{key}", f"{name}+{key_id}", f"{name}+{key_id.upper()}x+{key}", ""):
        with pytest.raises(Malformed, match="verifier-key-malformed"):
            parse_verifier(bad)


def test_strangers_are_passed_over_and_liars_are_not() -> None:
    both = add_signatures(SIGNED, sign_note(SIGNED.text, STRANGER.name, OTHER).signatures)
    assert verify_note(both, [LOG]) == (LOG,)
    assert verify_note(both, [STRANGER, LOG]) == (STRANGER, LOG)
    with pytest.raises(Tampered, match="note-not-signed"):
        verify_note(SIGNED, [STRANGER])
    with pytest.raises(Tampered, match="note-not-signed"):
        verify_note(SIGNED, [])
    lie = add_signatures(SIGNED, [NoteSignature(STRANGER.name, STRANGER.key_id, SIGNED.signatures[0].signature)])
    with pytest.raises(Tampered, match="note-signature-invalid"):
        verify_note(lie, [LOG, STRANGER])


def test_a_cosigning_key_does_not_sign_notes() -> None:
    witness = Verifier(ORIGIN, KEY.public, KeyType.COSIGNATURE)
    posing = Note(SIGNED.text, (NoteSignature(ORIGIN, witness.key_id, SIGNED.signatures[0].signature),))
    with pytest.raises(Tampered, match="note-not-signed"):
        verify_note(posing, [witness])


def test_a_fresher_line_of_the_same_key_takes_the_older_ones_place() -> None:
    line = NoteSignature("w.example", b"1234", b"older")
    fresher = NoteSignature("w.example", b"1234", b"fresher")
    note = add_signatures(add_signatures(SIGNED, [line]), [fresher])
    assert note.signatures == (*SIGNED.signatures, fresher)


LINE = SIGNED.signatures[0].line


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"\n\n",
        SIGNED.text.encode(),
        SIGNED.encode()[:-1],
        SIGNED.encode() + b"\n",
        SIGNED.encode() + b"more",
        SIGNED.encode().replace("—".encode(), b"-"),
        SIGNED.encode().replace(b"\n", b"\r\n"),
        b"\xff" + SIGNED.encode(),
        b"\x00" + SIGNED.encode(),
        ("text\n\n" + LINE * (MAX_SIGNATURES + 1)).encode(),
        ("text\n\n— two words " + LINE.split()[-1] + "\n").encode(),
        ("text\n\n— plus+name " + LINE.split()[-1] + "\n").encode(),
        ("text\n\n— wide\u3000name " + LINE.split()[-1] + "\n").encode(),
        "text\n\n— name AAAA\n".encode(),
        "text\n\n— name AAAAAAB=\n".encode(),
        ("x" * 70_000 + "\n\n" + LINE).encode(),
    ],
)
def test_what_is_no_note_is_refused(encoded: bytes) -> None:
    with pytest.raises(Malformed, match="note-malformed"):
        parse_note(encoded)


@pytest.mark.parametrize(
    ("text", "name"), [("no newline", "n"), ("", "n"), ("a\tb\n", "n"), ("\ud800\n", "n"), ("t\n", ""), ("t\n", "a b"), ("t\n", "a+b")]
)
def test_what_no_note_can_carry_is_not_signed(text: str, name: str) -> None:
    with pytest.raises(Malformed, match="note-malformed"):
        sign_note(text, name, KEY)


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=60)
    | st.text(max_size=60).map(lambda text: text.encode("utf-8", "ignore"))
    | st.lists(st.sampled_from(["\n", "— ", "a", " ", LINE, "+", "\u2028"]), max_size=12).map(lambda parts: "".join(parts).encode())
)
def test_a_note_that_is_read_is_written_the_same(encoded: bytes) -> None:
    try:
        note = parse_note(encoded)
    except Fault:
        return
    assert note.encode() == encoded


def test_a_checkpoint_reads_back() -> None:
    assert STATE.text == f"{ORIGIN}\n20852163\n{base64.b64encode(STATE.root).decode()}\n"
    assert read_checkpoint(SIGNED.encode(), LOG) == STATE
    assert parse_checkpoint(STATE.text + "an extension\n") == STATE


def test_a_checkpoint_of_another_log_by_the_same_key_is_refused() -> None:
    with pytest.raises(Tampered, match="checkpoint-of-another-log"):
        open_checkpoint(sign_note(Checkpoint("other.example", 1, bytes(32)).text, ORIGIN, KEY), LOG)


ROOT = base64.b64encode(STATE.root).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{ORIGIN}\n1\n",
        f"{ORIGIN}\n1\n{ROOT}",
        f"\n1\n{ROOT}\n",
        f"{ORIGIN}\n01\n{ROOT}\n",
        f"{ORIGIN}\n-1\n{ROOT}\n",
        f"{ORIGIN}\n\u0661\n{ROOT}\n",
        f"{ORIGIN}\n{1 << 63}\n{ROOT}\n",
        f"{ORIGIN}\n1\n{ROOT[:-4]}\n",
        f"{ORIGIN}\n1\n{ROOT[:-2]}9=\n",
        f"{ORIGIN}\n1\n{ROOT}\n\n",
        f"{ORIGIN}\n1\n{ROOT}\n\nextension\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="checkpoint-malformed"):
        parse_checkpoint(text)


@pytest.mark.parametrize(
    "state",
    [Checkpoint("", 1, bytes(32)), Checkpoint(ORIGIN, -1, bytes(32)), Checkpoint(ORIGIN, 1, bytes(31)), Checkpoint(f"a\n1\n{ROOT}", 2, bytes(32))],
)
def test_a_state_that_has_no_form_is_not_signed(state: Checkpoint) -> None:
    with pytest.raises(Malformed, match="checkpoint-malformed"):
        sign_checkpoint(state, KEY)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40) | st.lists(st.sampled_from([ORIGIN, "\n", "1", "0", ROOT, "x"]), max_size=9).map("".join))
def test_nothing_but_faults_comes_of_random_texts(text: str) -> None:
    for read in (parse_checkpoint, parse_verifier, parse_signatures):
        try:
            read(text)
        except Fault:
            continue
