"""The floor: every group, signature and seal operation that docs/protocol.md prescribes for one inquiry, alone or in bulk, timed here one by one.

This module alone among the commands imports linkage, to time its operations; it never holds a key of a role.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from enishi import clock
from enishi.linkage.group import base, multiply, random_scalar
from enishi.seal.hpke import SealingKey, open_sealed, seal
from enishi.seal.sign import SigningKey, verify

COUNTS: Final = {
    # A: R, two ciphertexts; π: four. Exchange: four. Keeper: six to check π, five to admit, three to commit. B: one.
    "base": 3,
    "multiply": 22,
    # A's statement, the keeper's receipt, B's outcome.
    "sign": 3,
    # The statement by exchange, keeper and B; the receipt by B and A; the outcome by keeper and A.
    "verify": 7,
    # Two record bodies and the notice seed by the keeper, the answer by B; a fresh reply key and the opening by A.
    "seal": 4,
    "new_key": 1,
    "open": 1,
}
BULK: Final = {
    # A: R, two ciphertexts. Exchange: four. Keeper: four to check one π over all rows, three to admit, three to commit. B: one.
    "base": 1,
    "multiply": 17,
    # B's outcome; it is checked by keeper and A. Statement, π, receipts and reply key are one for the whole message.
    "sign": 1,
    "verify": 2,
    "seal": 4,
    "new_key": 0,
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
    sealed = seal(sealing.public, b"", payload)
    each = {
        "base": _time(lambda: base(scalar)),
        "multiply": _time(lambda: multiply(scalar, point)),
        "sign": _time(lambda: signing.sign(payload)),
        "verify": _time(lambda: verify(signing.public, payload, signature)),
        "seal": _time(lambda: seal(sealing.public, b"", payload)),
        "new_key": _time(SealingKey.generate),
        "open": _time(lambda: open_sealed(sealing, b"", sealed)),
    }
    alone, row = (sum(counts[name] * seconds for name, seconds in each.items()) for counts in (COUNTS, BULK))
    return Floor(alone, row, {name: round(1e6 * seconds, 1) for name, seconds in each.items()}, dict(COUNTS))


def _time(work: Callable[[], object]) -> float:
    work()
    begun = clock.process_seconds()
    for _ in range(ROUNDS):
        work()
    return (clock.process_seconds() - begun) / ROUNDS
