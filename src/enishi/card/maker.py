"""The maker of cards: founds the test authority, writes the holders' letters, and knows each certificate's serial before its key exists."""

import hmac
from collections.abc import Iterable
from pathlib import Path
from secrets import token_bytes
from typing import Final

import msgspec

from enishi.card.authority import Use, create_authority, open_authority
from enishi.card.files import read_bytes, write_private
from enishi.card.form import Applicant, Holder
from enishi.encoding import frame

SECRET_FILE: Final = "serials.key"
HOLDERS_FILE: Final = "holders.jsonl"


class Maker:
    """The maker at work in one folder."""

    def __init__(self, folder: Path) -> None:
        """Open a folder that `found` laid out; Misconfigured("card-data-damaged")."""
        self._folder = folder
        self._secret = read_bytes(folder / SECRET_FILE)
        self._authority = open_authority(folder)

    @property
    def authority(self) -> bytes:
        """The authority's certificate, DER."""
        return self._authority.certificate

    def serial(self, card: str, use: Use = Use.AUTHENTICATION) -> str:
        """The serial number of a card's certificate, 32 hexadecimal digits; a keyed digest, so that nothing follows from it."""
        return f"{serial_number(self._secret, card, use):032x}"

    def issue(self, applicants: Iterable[Applicant]) -> int:
        """Write the letters of all cards, once; keys are made when a card is first used. Returns how many cards there are."""
        lines = [msgspec.json.encode(_letter(applicant)) + b"\n" for applicant in applicants]
        write_private(self._folder / HOLDERS_FILE, b"".join(lines))
        return len(lines)


def found(folder: Path, at_ms: int) -> Maker:
    """Lay out the card's folder: a new authority and a new secret for serial numbers; existing ones are kept."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / SECRET_FILE).exists():
        create_authority(folder, at_ms)
        # Written last: a folder with the secret is complete.
        write_private(folder / SECRET_FILE, token_bytes(32))
    return Maker(folder)


def serial_number(secret: bytes, card: str, use: Use) -> int:
    """A positive serial number of at most 127 bits (RFC 5280, 4.1.2.2), keyed by the maker's secret."""
    code = hmac.digest(secret, frame(b"enishi/v1/card-serial", card.encode(), use.encode()), "sha256")
    return int.from_bytes(code[:16], "big") >> 1 | 1


def _letter(applicant: Applicant) -> Holder:
    return Holder(
        card=applicant.card,
        name=applicant.name,
        name_kana=applicant.name_kana,
        address=applicant.address,
        born_on=applicant.born_on,
        gender=applicant.gender,
        pin=applicant.pin,
        password=applicant.password,
        role=applicant.role,
        state=applicant.state,
    )
