"""Letters to the commission, without a card: sealed to the commission's key, answered to a key that a secret of digits gives."""

import unicodedata
from secrets import randbelow
from typing import Annotated, Final, Literal

import msgspec

from enishi.encoding import Bytes32, digest, frame
from enishi.errors import Malformed
from enishi.protocol.forms import Moment, demand, read_payload
from enishi.protocol.letters import readable
from enishi.protocol.view import ShownRecord
from enishi.seal.hpke import SealingKey, Suite, check_public, open_sealed, seal
from enishi.seal.pad import pad, unpad

THING = "commission-letter"
COMMISSION_MS: Final = 30 * 24 * 3600 * 1000
"""Within what time the commission means to answer; no law says so."""
KEPT_MS: Final = 366 * 24 * 3600 * 1000
"""How long letter and answer are kept behind the answer, and then deleted; our own rule, too. A letter that waits is kept until it is answered."""
TEXT: Final = 4000
RECORDS: Final = 20
"""Most records that one letter brings, each with its proof."""
FLOOR, ANSWER_FLOOR = 32 * 1024, 16 * 1024
"""A letter and an answer are written at least this long (blanks behind), so that no length tells anything; one with many records is longer."""
MOST_BYTES: Final = 512 * 1024
"""Of a sealed letter."""
SECRET: Final = 30
"""Digits of the secret: some hundred bits, so it need not be made slow to try."""
CommissionKind = Literal["complaint", "question"]
Number = Annotated[str, msgspec.Meta(pattern="^[0-9]{4}-[0-9]{4}-[0-9]{4}$")]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT)]


class CommissionLetter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What somebody writes: no name; records of the log if they chose to show some, with the checkpoint that proves them; the key for the answer."""

    v: int
    kind: CommissionKind
    text: Text
    records: Annotated[tuple[ShownRecord, ...], msgspec.Meta(max_length=RECORDS)]
    checkpoint: str
    answer_key: bytes


class CommissionHanded(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sealed letter on its way, and what will be shown to read its answer."""

    sealed: bytes
    look: Bytes32


class CommissionTaken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The commission has it, under this number."""

    number: Number
    at_ms: Moment
    deadline_ms: Moment


class CommissionLook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody with number and secret looks; the secret itself is not sent."""

    number: Number
    look: Bytes32


class CommissionState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a letter stands; `answered_ms` 0 and nothing sealed while it waits."""

    at_ms: Moment
    deadline_ms: Moment
    answered_ms: Moment
    sealed: bytes


class CommissionListed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A letter in the commission's list."""

    number: Number
    at_ms: Moment
    deadline_ms: Moment
    answered_ms: Moment


class CommissionList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The letters, those that wait first and among them the oldest; and how many wait."""

    each: tuple[CommissionListed, ...]
    waiting: int


class CommissionShowAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The commission's operator opens a letter."""

    number: Number


class CommissionShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A letter with everything in it, and the answer if there is one."""

    listed: CommissionListed
    letter: CommissionLetter
    answer: str


class CommissionAnswerAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The commission's operator answers, once."""

    number: Number
    answer: Text


def check_commission(letter: CommissionLetter) -> None:
    """Malformed("version-unknown", "letter-malformed") unless it can be read, and its answer sealed."""
    demand(letter.v == 1, "version-unknown", f"version {letter.v}", "v")
    demand(letter.text.strip() and readable(letter.text), "letter-malformed", "empty, or a character that no page shows", "text")
    check_public(letter.answer_key)


def seal_commission(letter: CommissionLetter, commission_key: bytes) -> bytes:
    """Seal a letter to the commission's published key."""
    check_commission(letter)
    return seal(commission_key, _letter_info(), pad(msgspec.json.encode(letter).ljust(FLOOR)))


def open_commission(key: SealingKey, sealed: bytes) -> CommissionLetter:
    """Open and check a letter; Tampered("seal-broken"), Malformed."""
    letter = read_payload(unpad(open_sealed(key, _letter_info(), sealed)), CommissionLetter, THING)
    check_commission(letter)
    return letter


def seal_answer(answer_key: bytes, number: str, answer: str) -> bytes:
    """Seal an answer to whoever has the secret of this letter."""
    return seal(answer_key, _answer_info(number), pad(msgspec.json.encode(answer).ljust(ANSWER_FLOOR)))


def open_answer(key: SealingKey, number: str, sealed: bytes) -> str:
    """Open an answer; Tampered("seal-broken"), Malformed."""
    return read_payload(unpad(open_sealed(key, _answer_info(number), sealed)), str, THING)


def _letter_info() -> bytes:
    return frame(b"enishi/v1/commission-letter")


def _answer_info(number: str) -> bytes:
    return frame(b"enishi/v1/commission-answer", number.encode())


def new_secret() -> str:
    """A secret to write down: thirty digits."""
    return f"{randbelow(10**SECRET):0{SECRET}d}"


def read_secret(text: str) -> str:
    """The digits of a secret as somebody typed it, in groups and in any script's digits; Malformed("letter-secret-malformed")."""
    plain = "".join(one for one in unicodedata.normalize("NFKC", text) if not (one.isspace() or one in "-‐‑–—−ー"))
    if len(plain) != SECRET or not (plain.isascii() and plain.isdigit()):
        raise Malformed("letter-secret-malformed", f"{len(plain)} characters", "secret")
    return plain


def read_number(text: str) -> str:
    """A letter's number as somebody typed it, in its own form; Malformed("letter-number-malformed")."""
    plain = "".join(one for one in unicodedata.normalize("NFKC", text) if one.isascii() and one.isdigit())
    if len(plain) != 12:
        raise Malformed("letter-number-malformed", f"{len(plain)} digits", "number")
    return grouped(plain, 4)


def grouped(digits: str, size: int) -> str:
    """Digits in groups, as people read them."""
    return "-".join(digits[at : at + size] for at in range(0, len(digits), size))


def answer_key_of(secret: str) -> SealingKey:
    """The key that the answer is sealed to; its public part goes with the letter, and nothing else of it."""
    return SealingKey(Suite.HYBRID, b"".join(digest("commission-key", secret.encode(), bytes([part])) for part in range(3)))


def look_of(secret: str) -> bytes:
    """32 bytes that show that one has the secret, without showing it."""
    return digest("commission-look", secret.encode())
