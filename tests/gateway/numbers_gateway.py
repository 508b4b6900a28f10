"""The registrar's half of handing over the number, as the operators of world_gateway play it: nothing waits unless a test says so."""

from enishi.errors import Denied, Unavailable, Unknown
from enishi.protocol.mandate import RepresentationTold
from enishi.protocol.offer import HandedAsk, HandedNumber, HandedNumbers, HandedTaken
from enishi.protocol.wire import Empty
from enishi.seal.sign import SigningKey


class Numbers:
    """What waits, and the keys under which it is believed."""

    def __init__(self) -> None:
        self.portal, self.card_authority = SigningKey.generate(), b""
        self.waiting: list[HandedNumber] = []
        self.asked: set[str] = set()
        self.left_out: tuple[bytes, ...] = ()
        self.down = False
        self.said: list[RepresentationTold] = []
        self.refuses = ""

    async def handed(self, asked: HandedAsk) -> HandedNumbers:
        self._up()
        self.asked = set(asked.institutions)
        self.left_out = asked.without
        return HandedNumbers(tuple(one for one in self.waiting if one.reference not in asked.without))

    async def taken(self, told: HandedTaken) -> Empty:
        self._up()
        self.waiting = [one for one in self.waiting if one.reference not in told.references]
        return Empty()

    async def represent(self, told: RepresentationTold) -> Empty:
        self._up()
        if self.refuses:
            raise Denied(self.refuses) if self.refuses != "representation-person-unknown" else Unknown(self.refuses)
        self.said.append(told)
        return Empty()

    def _up(self) -> None:
        if self.down:
            raise Unavailable("peer-unreachable", "exchange")
