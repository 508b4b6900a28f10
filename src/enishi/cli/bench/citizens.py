"""Many citizens at the same moment: to the card, and from the card to their records. What the card does between is done in each one's own hand."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from typing import Any, Final, NamedTuple, TypeVar

import aiohttp
import msgspec

from enishi import clock
from enishi.cli.bench.load import latencies
from enishi.client.portal import Form, back, login_form, post, unlock
from enishi.client.session import loopback_session
from enishi.errors import Fault, Unavailable
from enishi.seal.hpke import SealingKey, Suite

HANDS: Final = 2
"""PINs that are typed at once: the demo has one process for all cards, and its codes live a minute."""
READ: Final = ("/records", "/records/1", "/records/proof")
T = TypeVar("T")


class Citizen(NamedTuple):
    """Who comes, with a browser of their own."""

    session: aiohttp.ClientSession
    form: Form
    card: str
    pin: str


class Step:
    """One step that everybody takes at once: how long each waited, what failed, and what the mesh's processes used meanwhile."""

    def __init__(self, spent: Callable[[], dict[str, float]]) -> None:
        """`spent` gives the CPU seconds of every process of the mesh so far."""
        self._spent = spent
        self._before = spent()
        self._begun, self._own = clock.monotonic(), clock.process_seconds()
        self._waited: list[float] = []
        self.failed: Counter[str] = Counter()

    async def all(self, works: Iterable[Awaitable[T]]) -> list[T]:
        """What came of it, without who failed."""
        done = await asyncio.gather(*(self._one(work) for work in works))
        return [one for one in done if one is not None]

    async def _one(self, work: Awaitable[T]) -> T | None:
        begun = clock.monotonic()
        try:
            done = await work
        except (Fault, aiohttp.ClientError, TimeoutError, OSError) as fault:
            self.failed[fault.code if isinstance(fault, Fault) else type(fault).__name__] += 1
            return None
        self._waited.append(clock.monotonic() - begun)
        return done

    def told(self) -> dict[str, Any]:
        """Latencies, the seconds that all took together, the faults by name, and the CPU seconds of each process that did something."""
        took, after = clock.monotonic() - self._begun, self._spent()
        times = latencies(self._waited, self.failed.total(), took, clock.process_seconds() - self._own)
        cpu = {role: round(used - self._before[role], 2) for role, used in after.items() if used > self._before[role]}
        told: dict[str, Any] = msgspec.to_builtins(times)
        return told | {"seconds": round(took, 2), "faults": dict(self.failed), "cpu_s": cpu}


async def measure(portal: str, cards: list[tuple[str, str]], spent: Callable[[], dict[str, float]]) -> dict[str, Any]:
    """Everybody goes to the card at the same moment, signs, comes back at the same moment, and reads the list, the first record and the proof.

    The PINs lie between two clocks: stretching them is the card's work, in a chip of each one's own, and not the mesh's.
    """
    async with AsyncExitStack() as stack:
        citizens = [await _citizen(stack, portal, card, pin) for card, pin in cards]
        going = Step(spent)
        sent = await going.all(_sent(one) for one in citizens)
        gone = going.told()
        hands, typing = asyncio.Semaphore(HANDS), Step(spent)
        signed = await typing.all(_signed(hands, one, authorize) for one, authorize in sent)
        pins = typing.told()
        coming = Step(spent)
        opened = await coming.all(_opened(one, code) for one, code in signed)
        come = coming.told()
        reading = Step(spent)
        await reading.all(_read(one, portal) for one in opened)
        return {
            "citizens": {"at_once": len(cards), "in": len(opened), "failed": len(cards) - len(opened) + reading.failed.total()},
            "to_the_card": gone,
            "pins": pins,
            "back_and_in": come,
            "their_pages": reading.told(),
        }


async def _citizen(stack: AsyncExitStack, portal: str, card: str, pin: str) -> Citizen:
    session = await stack.enter_async_context(loopback_session())
    return Citizen(session, login_form(portal, SealingKey.generate(Suite.BROWSER)), card, pin)


async def _sent(one: Citizen) -> tuple[Citizen, str]:
    return one, await post(one.session, one.form)


async def _signed(hands: asyncio.Semaphore, one: Citizen, authorize: str) -> tuple[Citizen, str]:
    async with hands:
        return one, await unlock(one.session, authorize, one.card, one.pin)


async def _opened(one: Citizen, code: str) -> Citizen:
    await back(one.session, one.form, code)
    return one


async def _read(one: Citizen, portal: str) -> bool:
    for path in READ:
        async with one.session.get(portal + path) as answer:
            await answer.read()
            if answer.status != 200:
                raise Unavailable("peer-answer-unreadable", path)
    return True
