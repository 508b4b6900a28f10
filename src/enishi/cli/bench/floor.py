"""The floor: every group, signature and seal operation that docs/protocol.md prescribes for one inquiry, alone or in bulk, timed here one by one.

This module alone among the commands imports linkage, to time its operations; it never holds a key of a role.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from enishi import clock
from enishi.linkage.group import base, multiply, random_scalar
from enishi.seal.hpke import SealingKey, open_sealed, seal
from enishi.seal.many import Sender
from enishi.seal.sign import SigningKey, verify

COUNTS: Final = {
    # A: R, two ciphertexts; π: four. Exchange: four. Keeper: six to check π, five to admit, three to commit. B: one.
    "base": 3,
    "multiply": 22,
    # A's statement, the keeper's receipt, B's outcome.
    "sign": 3,
    # The statement by exchange, keeper and B; the receipt by B and A; the outcome by keeper and A.
    "verify": 7,
    # The keeper seals body and seed together, and the outcome's body; B the answer. A fresh reply key and the opening by A.
    "encapsulate": 3,
    "seal": 4,
    "new_key": 1,
    "decapsulate": 1,
    "open": 1,
}
BULK: Final = {
    # A: R, two ciphertexts. Exchange: four. Keeper: two to check π, five to admit, three to commit. B: one.
    "base": 1,
    "multiply": 17,
    # Statement, π, receipts, outcomes, reply key and encapsulations are one for the whole message.
    "sign": 0,
    "verify": 0,
    "encapsulate": 0,
    "seal": 4,
    "new_key": 0,
    "decapsulate": 0,
    "open": 1,
}
"""The same for one row of a message of many."""
ROUNDS: Final = 300


class Floor(msgspec.Struct, frozen=True):
    """Seconds of CPU for one inquiry, for one row of a bulk message, and for each operation in microseconds."""

    seconds: float
    bulk_seconds: float
    operations_us: dict[str, float]
    counts: dict[str, int]


def measure_floor(payload: bytes) -> Floor:
    """Time each operation on a payload of the answer's size."""
    scalar, point = random_scalar(), base(random_scalar())
    signing, sealing = SigningKey.generate(), SealingKey.generate()
    signature = signing.sign(payload)
    sender = Sender(sealing.public)
    sealed, alone = sender.seal(b"", payload), seal(sealing.public, b"", bytes(32))
    each = {
        "base": _time(lambda: base(scalar)),
        "multiply": _time(lambda: multiply(scalar, point)),
        "sign": _time(lambda: signing.sign(payload)),
        "verify": _time(lambda: verify(signing.public, payload, signature)),
        "encapsulate": _time(lambda: Sender(sealing.public)),
        "seal": _time(lambda: sender.seal(b"", payload)),
        "new_key": _time(SealingKey.generate),
        "decapsulate": _time(lambda: open_sealed(sealing, b"", alone)),
        "open": _time(lambda: open_sealed(sealing, b"", sealed)),
    }
    single, row = (sum(counts[name] * seconds for name, seconds in each.items()) for counts in (COUNTS, BULK))
    return Floor(single, row, {name: round(1e6 * seconds, 1) for name, seconds in each.items()}, dict(COUNTS))


def _time(work: Callable[[], object]) -> float:
    work()
    begun = clock.process_seconds()
    for _ in range(ROUNDS):
        work()
    return (clock.process_seconds() - begun) / ROUNDS
