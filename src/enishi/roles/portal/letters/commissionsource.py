"""The commission's door as the portal knocks at it: letters that it sealed go in, states and sealed answers come out."""

from typing import Protocol

import msgspec

from enishi.mesh.doors import Door
from enishi.protocol.commission import (
    CommissionHanded,
    CommissionLetter,
    CommissionLook,
    CommissionState,
    CommissionTaken,
    answer_key_of,
    look_of,
    open_answer,
    seal_commission,
)
from enishi.store import crash


class CommissionTold(msgspec.Struct, frozen=True):
    """How a letter stands, with the answer opened; times in milliseconds UTC, `answered_ms` 0 while it waits."""

    at_ms: int
    deadline_ms: int
    answered_ms: int
    answer: str


class CommissionSource(Protocol):
    """The two calls of the pages."""

    async def hand(self, letter: CommissionLetter, secret: str) -> CommissionTaken:
        """Seal a letter and bring it to the commission; Unavailable("letters-full", "peer-unreachable")."""
        ...

    async def look(self, number: str, secret: str) -> CommissionTold:
        """How a letter stands; Unknown("letter-unknown")."""
        ...


class MeshedCommission:
    """The same in the running mesh; keeps nothing."""

    def __init__(self, oversight: Door, key: bytes) -> None:
        """`key` is the commission's public sealing key, by the portal's own configuration."""
        self._oversight = oversight
        self._key = key

    async def hand(self, letter: CommissionLetter, secret: str) -> CommissionTaken:
        """The text leaves this process sealed to the commission, and of the secret what shows that one has it."""
        sealed = seal_commission(letter, self._key)
        crash.point("portal.commission.before_send")
        return await self._oversight.call("/oversight/letter", CommissionHanded(sealed, look_of(secret)), CommissionTaken)

    async def look(self, number: str, secret: str) -> CommissionTold:
        """The answer is opened here, for the page that asked, and forgotten with it."""
        state = await self._oversight.call("/oversight/letter/state", CommissionLook(number, look_of(secret)), CommissionState)
        answer = open_answer(answer_key_of(secret), number, state.sealed) if state.answered_ms else ""
        return CommissionTold(state.at_ms, state.deadline_ms, state.answered_ms, answer)
