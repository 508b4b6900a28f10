"""Letters of a person to an institution: why, correct, stop, complain.  The text rides sealed on a card-signed request of kind `self`.

Registrar, exchange and keeper see that a letter goes to an institution, and its digest: never of which kind it is, or what it says.
"""

from typing import Annotated, Final, Literal

import msgspec

from enishi.encoding import Bytes32, digest, frame
from enishi.errors import Tampered
from enishi.protocol.forms import Moment, demand, read_payload
from enishi.seal.hpke import SealingKey, open_sealed, seal
from enishi.seal.pad import pad, unpad
from enishi.terms import ItemId

LETTER: Final = "letter"
"""What a request names in the place of an item where a letter goes with it."""
LETTERS: Final = "letters"
"""What it names where the person reads their letters at the institution, and the answers."""
CARRYING: Final = frozenset({LETTER, LETTERS})
LETTER_MS: Final = 30 * 24 * 3600 * 1000
"""Within what time a letter is answered: APPI Art. 94(1) and 102(1) for correction and suspension; for a question or complaint our own rule."""
RIGHTS: Final = ("415AC0000000057#90", "415AC0000000057#98", "415AC0000000057#128")
"""What a letter rests on, whichever it is: the right to correction and to suspension, and the duty to deal with complaints."""
TEXT, PART = 4000, 1000
"""Most characters of a letter's text, and of what is wrong and what is right."""
FLOOR: Final = 16 * 1024
"""A letter is written at least this long (blanks behind the JSON): every one pads to 32 KiB, and no length tells anything."""
SEALED: Final = 1 + 1136 + 32 * 1024
"""Bytes of every sealed letter."""
SHOWN_FLOOR: Final = 48 * 1024
"""The same for what comes back, so that sending one letter and reading a few look alike: 64 KiB."""
LISTED: Final = 20
"""Most letters that one reading brings, the newest first."""

LetterKind = Literal["why", "correction", "suspension", "complaint"]
DECIDED: Final = ("correction", "suspension")
"""Kinds whose answer is a decision."""
LetterDecision = Literal["", "granted", "granted_in_part", "refused"]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT)]
Part = Annotated[str, msgspec.Meta(max_length=PART)]
Slug = Annotated[str, msgspec.Meta(max_length=60)]
About = Annotated[bytes, msgspec.Meta(max_length=32)]


class Letter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a person writes: `about` is the txid of a record or empty; `item`, `wrong` and `right` belong to a correction."""

    v: int
    kind: LetterKind
    about: About
    item: Slug
    wrong: Part
    right: Part
    text: Text


class LetterShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A letter as it stands at the institution, for who wrote it; `answered_ms` is 0 and the rest empty until it is answered. Milliseconds UTC."""

    v: int
    letter_id: Bytes32
    letter: Letter
    known: bool
    """Whether the institution has the record that the letter is about, of this person; true where it is about none."""
    arrived_ms: Moment
    deadline_ms: Moment
    answered_ms: Moment
    decision: LetterDecision
    answer: str
    reason: str
    appeal: str
    """To whom one may appeal a refusal, and by when (教示, Administrative Complaint Review Act Art. 82)."""


def check_letter(letter: Letter) -> None:
    """Malformed("version-unknown", "letter-malformed") unless it says what its kind needs, in characters that a page can show."""
    demand(letter.v == 1, "version-unknown", f"version {letter.v}", "v")
    demand(len(letter.about) in (0, 32), "letter-malformed", f"{len(letter.about)} bytes", "about")
    if letter.kind == "correction":
        for field in ("item", "wrong", "right"):
            demand(getattr(letter, field).strip(), "letter-malformed", "empty", field)
    else:
        demand(not (letter.item or letter.wrong or letter.right), "letter-malformed", letter.kind, "item")
    demand(letter.text.strip(), "letter-malformed", "empty", "text")
    for field in ("item", "wrong", "right", "text"):
        demand(readable(getattr(letter, field)), "letter-malformed", "a character that no page shows", field)


def readable(text: str) -> bool:
    """Whether a text has nothing but characters that are shown, and ends of lines."""
    return all(one == "\n" or one.isprintable() for one in text)


def seal_letter(letter: Letter, holder_key: bytes, holder: str, answer_key: bytes) -> bytes:
    """Seal a letter to the institution's published key; it opens there, and for the request with this answer key, only."""
    check_letter(letter)
    return seal(holder_key, letter_info(holder, answer_key), pad(msgspec.json.encode(letter).ljust(FLOOR)))


def open_letter(key: SealingKey, sealed: bytes, holder: str, answer_key: bytes) -> Letter:
    """Open what `seal_letter` made; Tampered("seal-broken") for another key, holder or request, Malformed for what is no letter."""
    return read_letter(unpad(open_sealed(key, letter_info(holder, answer_key), sealed)))


def read_letter(plain: bytes) -> Letter:
    """Read and check a letter's JSON; Malformed."""
    letter = read_payload(plain, Letter, LETTER)
    check_letter(letter)
    return letter


def read_shown(plain: bytes) -> LetterShown:
    """Read a letter as the institution shows it to who wrote it; Malformed."""
    shown = read_payload(plain, LetterShown, LETTERS)
    demand(shown.v == 1, "version-unknown", f"version {shown.v}", "v")
    check_letter(shown.letter)
    return shown


def letter_info(holder: str, answer_key: bytes) -> bytes:
    """HPKE info of a letter: who it is for, and the request it rides on, by the fresh key in it."""
    return frame(b"enishi/v1/letter", holder.encode(), answer_key)


def letter_digest(sealed: bytes) -> bytes:
    """32 bytes by which request and statement name the sealed letter that goes with them."""
    return digest("letter", sealed)


def check_carried(named: bytes | msgspec.UnsetType, sealed: bytes) -> None:
    """Tampered("letter-differs") unless what goes with a statement is what it names: a letter of the one length, or nothing."""
    if named is msgspec.UNSET:
        if sealed:
            raise Tampered("letter-differs", "a letter that nobody signed for", "letter")
    elif len(sealed) != SEALED or letter_digest(sealed) != named:
        raise Tampered("letter-differs", f"{len(sealed)} bytes", "letter")


def letter_number(letter_id: ItemId | bytes) -> str:
    """What people call a letter by, in writing and on the telephone: twelve digits of its id, which say nothing."""
    digits = f"{int.from_bytes(digest('letter-number', letter_id)[:8], 'big') % 10**12:012d}"
    return "-".join(digits[at : at + 4] for at in range(0, 12, 4))
