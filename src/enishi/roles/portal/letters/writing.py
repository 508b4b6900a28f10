"""What a person wrote in a form: a letter, or what is missing; and the request for their card to sign."""

from hashlib import sha256
from secrets import token_bytes
from typing import Final, get_args

import msgspec

from enishi.errors import Unknown
from enishi.oidc.relying import begin as begin_sign_in
from enishi.oidc.text import b64url
from enishi.protocol.letters import LETTER, LETTERS, PART, TEXT, Letter, LetterKind, letter_digest, readable, seal_letter
from enishi.protocol.self_disclosure import FACE, SelfRequest
from enishi.roles.portal.letters.there import HolderKey, SealedLetter
from enishi.roles.portal.login import Fresh
from enishi.seal.hpke import SealingKey, Suite
from enishi.terms import InstitutionId, Kind
from enishi.web.form import Form

KINDS: Final[tuple[LetterKind, ...]] = get_args(LetterKind)
LIMITS: Final = {"text": TEXT, "wrong": PART, "right": PART}
Written = dict[str, str]
"""What the fields of a form hold, by name, as the page shows them again."""


def kind_named(name: str) -> LetterKind:
    """The kind of letter that a path names; Unknown("page-unknown")."""
    found = next((kind for kind in KINDS if kind == name), None)
    if found is None:
        raise Unknown("page-unknown")
    return found


def written_in(form: Form, *names: str) -> Written:
    """Those fields, with ends of lines as a letter has them and tabs as blanks."""
    return {name: form.get(name).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").strip() for name in names}


def lacking(written: Written, *needed: str) -> str:
    """What is wrong with a form, as the key of its sentence: an empty field, one that is too long, or a character that no page shows; or nothing."""
    for name in needed:
        if not written[name]:
            return f"empty.{name}"
    for name, most in LIMITS.items():
        if len(written.get(name, "")) > most:
            return f"long.{name}"
    return "" if all(map(readable, written.values())) else "characters"


def letter_of(kind: LetterKind, about: bytes, written: Written) -> Letter:
    """The letter that was written; the fields of a correction are empty in every other."""
    part = written if kind == "correction" else dict.fromkeys(("item", "wrong", "right"), "")
    return Letter(v=1, kind=kind, about=about, item=part["item"], wrong=part["wrong"], right=part["right"], text=written["text"])


def begin_letter(letter: Letter, holder: str, to: HolderKey, at_ms: int) -> tuple[Fresh, SealedLetter]:
    """A fresh request for the card to sign that names the letter, already sealed; its text is needed no more."""
    answer_key = SealingKey.generate(Suite.HYBRID)
    sealed = seal_letter(letter, to.key, holder, answer_key.public)
    return _begin(holder, LETTER, letter_digest(sealed), answer_key, at_ms), SealedLetter(sealed, to.epoch)


def begin_reading(holder: str, at_ms: int) -> Fresh:
    """The same for reading one's letters at an institution."""
    return _begin(holder, LETTERS, msgspec.UNSET, SealingKey.generate(Suite.HYBRID), at_ms)


def _begin(holder: str, item: str, letter: bytes | msgspec.UnsetType, answer_key: SealingKey, at_ms: int) -> Fresh:
    request = msgspec.json.encode(
        SelfRequest(
            v=1,
            kind=Kind.SELF,
            face=FACE,
            session=token_bytes(32),
            nonce=token_bytes(16),
            holder=InstitutionId(holder),
            items=(item,),
            period="",
            answer_key=answer_key.public,
            at_ms=at_ms,
            letter=letter,
        )
    )
    return Fresh(begin_sign_in(b64url(sha256(request).digest())), request, answer_key)
