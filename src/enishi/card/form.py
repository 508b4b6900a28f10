"""What is written in the card's folder: who holds a card, and each card's own memory."""

from datetime import date
from typing import Literal, Protocol

import msgspec

from enishi.oidc.documents import BasicItems

CardState = Literal["", "suspended", "locked", "expired", "moved"]
"""How a card stands: in order, reported lost, locked by wrong PINs, past its last day, or of somebody who has moved since."""


class Applicant(Protocol):
    """Who gets a card, as the society hands it over."""

    @property
    def card(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def name_kana(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def born_on(self) -> date: ...
    @property
    def gender(self) -> str: ...
    @property
    def pin(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def state(self) -> CardState: ...


class Holder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of `holders.jsonl`, the letter that comes with a card. It names PIN and password because the people are made up."""

    card: str
    name: str
    name_kana: str
    address: str
    born_on: date
    gender: str
    pin: str
    password: str
    role: str
    state: CardState = ""

    @property
    def items(self) -> BasicItems:
        """The four basic items."""
        return BasicItems(name=self.name, address=self.address, born_on=self.born_on, gender=self.gender)


class KeySlot(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One key in a card: seed (32 bytes), certificate (DER), salted scrypt hash of what unlocks it, tries that are left."""

    seed: bytes
    certificate: bytes
    salt: bytes
    secret: bytes
    tries_left: int


class Memory(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A card's memory, by use."""

    v: int
    slots: dict[str, KeySlot]
