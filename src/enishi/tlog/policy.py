"""Which witnesses a reader asks, how many of them must have cosigned, and how old their word may be."""

from typing import Final

import msgspec

from enishi.errors import Misconfigured, Tampered
from enishi.tlog.cosign import cosigned_at
from enishi.tlog.note import KeyType, Note, Verifier

MAX_AHEAD_MS: Final = 5 * 60 * 1000
"""How far a witness's clock may run ahead of the reader's."""
MAX_AGE_MS: Final = 60 * 60 * 1000
"""How old a witness's word may be for this mesh's readers, where they are not told otherwise."""


class Cosigned(msgspec.Struct, frozen=True):
    """What a policy finds on a checkpoint: names of the witnesses whose word is fresh and stale, and how many fresh ones it asks.

    A checkpoint that falls short is not false; a page says "not yet cosigned".
    """

    fresh: tuple[str, ...]
    stale: tuple[str, ...]
    needed: int

    @property
    def enough(self) -> bool:
        """True if the policy is met."""
        return len(self.fresh) >= self.needed


class WitnessPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At least `needed` of these witnesses (keys of type COSIGNATURE), each at most `max_age_ms` ago."""

    needed: int
    witnesses: tuple[Verifier, ...]
    max_age_ms: int

    def __post_init__(self) -> None:
        """Refuse a policy that could not be met, or that two lines of one witness could meet."""
        keys = {witness.public for witness in self.witnesses}
        names = {witness.name for witness in self.witnesses}
        kinds = {witness.type for witness in self.witnesses}
        if not 0 <= self.needed <= len(self.witnesses) or len(keys) < len(self.witnesses) or len(names) < len(self.witnesses):
            raise Misconfigured("witness-policy-impossible", f"{self.needed} of {len(keys)}")
        if kinds - {KeyType.COSIGNATURE} or self.max_age_ms <= 0:
            raise Misconfigured("witness-policy-impossible", "type of key or age")

    def weigh(self, note: Note, at_ms: int) -> Cosigned:
        """Who has cosigned, as of `at_ms`; a false line of a known witness raises the faults of `verify_cosignature`."""
        fresh: list[str] = []
        stale: list[str] = []
        for witness in self.witnesses:
            when = cosigned_at(note, witness)
            if when is not None:
                (fresh if -MAX_AHEAD_MS <= at_ms - when <= self.max_age_ms else stale).append(witness.name)
        return Cosigned(tuple(fresh), tuple(stale), self.needed)

    def check(self, note: Note, at_ms: int) -> Cosigned:
        """`weigh`, but Tampered("cosignatures-missing") where the policy is not met, for readers who cannot accept less."""
        found = self.weigh(note, at_ms)
        if not found.enough:
            raise Tampered("cosignatures-missing", f"{len(found.fresh)} fresh, {len(found.stale)} stale, {found.needed} needed")
        return found
