"""Tickets: what lets a commit skip the checks that its admission made, for 30 seconds, without the keeper remembering it."""

import hmac
from collections import Counter
from collections.abc import Sequence
from threading import Lock
from typing import Final

import msgspec

from enishi.encoding import Bytes32, digest, frame, u64
from enishi.errors import Denied, Malformed
from enishi.mesh import logs
from enishi.mesh.metrics import Meter
from enishi.protocol.verdict import Verdict, verdict_digest
from enishi.protocol.wire import BlindRow
from enishi.terms import Txid

LIFE_MS = 30_000
SKEW_MS = 5_000
"""How far the clock may have been put back since a ticket was issued."""
LAPSED: Final = "enishi_tickets_lapsed_total"


class Ticket(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """Expiry and a MAC over txid, expiry, joint verdicts and the blinded rows that were handed out."""

    until_ms: int
    mac: Bytes32


class Tickets:
    """Issues and checks tickets, and counts by institution those that were never committed."""

    def __init__(self, key: bytes, meter: Meter | None = None) -> None:
        """Take the 32-byte MAC key, and the role's counters."""
        self._key = key
        self._meter = meter if meter is not None else Meter()
        # Admissions are made beside the event loop, records on it.
        self._lock = Lock()
        self._waiting: dict[Txid, tuple[str, int]] = {}
        self.lapsed: Counter[str] = Counter()

    def issue(self, txid: Txid, inquirer: str, verdicts: Sequence[Verdict], rows: Sequence[BlindRow], at_ms: int) -> bytes:
        """A ticket that expires 30 seconds from now."""
        self.sweep(at_ms)
        with self._lock:
            self._waiting[txid] = (inquirer, at_ms + LIFE_MS)
        return msgspec.msgpack.encode(Ticket(at_ms + LIFE_MS, self._mac(txid, at_ms + LIFE_MS, verdicts, rows)))

    def redeem(self, ticket: bytes, txid: Txid, verdicts: Sequence[Verdict], rows: Sequence[BlindRow], at_ms: int) -> None:
        """Denied("ticket-false") or Denied("ticket-expired") unless this very admission was granted here in the last 30 seconds."""
        try:
            form = msgspec.msgpack.decode(ticket, type=Ticket)
            expected = self._mac(txid, form.until_ms, verdicts, rows)
        except (msgspec.MsgspecError, UnicodeError, RecursionError, OverflowError) as error:
            raise Malformed("ticket-unreadable", str(error), "ticket") from error
        if not hmac.compare_digest(form.mac, expected):
            raise Denied("ticket-false")
        # Before its own beginning a ticket is as little worth as after its end: a clock put back must not make it live longer.
        if not form.until_ms - LIFE_MS - SKEW_MS <= at_ms <= form.until_ms:
            raise Denied("ticket-expired")

    def committed(self, txid: Txid) -> None:
        """Forget a ticket whose record is durable."""
        with self._lock:
            self._waiting.pop(txid, None)

    def sweep(self, at_ms: int) -> None:
        """Count the tickets that ended without a record."""
        with self._lock:
            # Insertion order is expiry order, so only the oldest need looking at.
            while self._waiting:
                txid, (inquirer, until_ms) = next(iter(self._waiting.items()))
                if until_ms >= at_ms:
                    return
                del self._waiting[txid]
                self.lapsed[inquirer] += 1
                self._meter.add(LAPSED, "/keeper/commit", "")
                logs.warn("ticket-lapsed", peer=inquirer)

    def _mac(self, txid: Txid, until_ms: int, verdicts: Sequence[Verdict], rows: Sequence[BlindRow]) -> bytes:
        granted = frame(*(verdict_digest(verdict) for verdict in verdicts))
        given = digest("blind-rows", msgspec.msgpack.encode(rows))
        return hmac.digest(self._key, frame(b"enishi/v1/ticket", txid, u64(until_ms), granted, given), "sha256")
