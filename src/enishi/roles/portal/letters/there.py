"""A person's letters at one institution, as they come back on a card-signed request; a letter on its way there."""

import msgspec

from enishi.errors import Tampered
from enishi.protocol.letters import LETTER, LETTERS, LISTED, LetterShown, read_shown
from enishi.protocol.self_disclosure import SelfStatement
from enishi.roles.portal.owndata import Checked
from enishi.terms import Outcome


class HolderKey(msgspec.Struct, frozen=True):
    """The public key that letters to an institution are sealed to, and the key epoch it is of."""

    key: bytes
    epoch: int


class SealedLetter(msgspec.Struct, frozen=True):
    """A letter that only its institution opens, in that key epoch."""

    sealed: bytes
    epoch: int


class LettersThere(msgspec.Struct, frozen=True, kw_only=True):
    """What came back: whether a letter was sent or letters were read, how it ended (None: not delivered yet), and the letters, the newest first."""

    holder: str
    sent: bool
    outcome: Outcome | None
    letters: tuple[LetterShown, ...]
    letter_id: bytes
    """The id of the request; where a letter was sent, the letter's."""
    index: int
    at_ms: int


def letters_there(said: SelfStatement, checked: Checked) -> LettersThere:
    """What a checked reply says of letters; Malformed for what is none, Tampered("letter-differs") for another than the one that was sent."""
    sent = said.items == (LETTER,)
    found = checked.answer.documents.get(LETTER if sent else LETTERS, ()) if checked.answer is not None else ()
    letters = tuple(read_shown(bytes(one)) for one in found[: LISTED + 1])
    if len(letters) > (1 if sent else LISTED) or (sent and letters and letters[0].letter_id != checked.receipt.item_id):
        raise Tampered("letter-differs", field="letters")
    return LettersThere(
        holder=said.holder,
        sent=sent,
        outcome=checked.outcome.kind if checked.outcome is not None else None,
        letters=letters,
        letter_id=checked.receipt.item_id,
        index=checked.receipt.index,
        at_ms=checked.receipt.at_ms,
    )
