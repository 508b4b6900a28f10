"""The one-time code of an offered mandate: nine characters by lot and one that finds slips of the pen, as a person writes them down."""

import secrets
from typing import Final

from enishi.encoding import digest

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: nothing in it is taken for something else."""
LENGTH: Final = 10
_ALIKE: Final = str.maketrans({"O": "0", "I": "1", "L": "1", " ": "", "-": ""})


def draw_code() -> str:
    """A fresh code: 45 bits by lot, and the check character."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return drawn + _check(drawn)


def typed_code(text: str) -> str:
    """The code as it was written down, empty where it can be none: another length, another character, or a slip."""
    code = text.upper().translate(_ALIKE)
    whole = len(code) == LENGTH and set(code) <= set(ALPHABET)
    return code if whole and _check(code[:-1]) == code[-1] else ""


def code_digest(code: str) -> bytes:
    """What the register keeps of a code, 32 bytes."""
    return digest("mandate-code", code.encode())


def _check(drawn: str) -> str:
    # Weights that have an inverse modulo 31 find every single slip and every two neighbours that change places, but for 0 taken for Z.
    return ALPHABET[sum((place + 1) * ALPHABET.index(character) for place, character in enumerate(drawn)) % 31]
