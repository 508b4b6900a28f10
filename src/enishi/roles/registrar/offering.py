"""Use case: a person hands over the number (Number Act Art. 14(1), 16).  The portal brings the application, the institution fetches the number."""

import sqlite3
from collections.abc import Callable
from datetime import date
from functools import partial
from itertools import accumulate
from secrets import token_bytes
from typing import Final, NamedTuple

import msgspec

from enishi import clock
from enishi.errors import Conflict, Denied
from enishi.law.question import Policy
from enishi.law.tables import Tables
from enishi.law.use import decide_number_use
from enishi.law.verdict import Refusal
from enishi.mesh.lazy import aside
from enishi.mesh.registry import Registry
from enishi.protocol.legal import affair_of, party_of
from enishi.protocol.offer import Believed, HandedAsk, HandedNumber, HandedNumbers, HandedTaken, OfferTaken, SignedOffer, check_offer
from enishi.protocol.registry import Institution
from enishi.protocol.wire import Empty
from enishi.roles.registrar import offers
from enishi.roles.registrar.holders import check_session, holder
from enishi.roles.registrar.offers import Kept
from enishi.store import crash
from enishi.store.database import Database

BATCH: Final = 100
"""Numbers that are given to a platform in one reply."""
MOST: Final = 8 * 1024 * 1024
"""Bytes of their applications at most, each of which carries a revocation list; the others come with the next."""


class Reading(NamedTuple):
    """How this installation reads the law: `tables` are loaded with the first hand-over, to spare the start; `day` where one is pinned."""

    tables: Callable[[], Tables]
    policy: Policy
    day: date | None = None


class Offering:
    """Takes applications from the portal, and gives numbers to the institutions that they name."""

    def __init__(self, database: Database, registry: Registry, law: Reading) -> None:
        """Work on the register under this registry, by this reading of the law."""
        self._database = database
        self._registry = registry
        self._law = law

    async def take(self, signed: SignedOffer) -> OfferTaken:
        """Keep a number for the institution that the application names, after every check of our own.

        The faults of `check_offer`; Denied("institution-suspended", "offer-without-number-use", "offer-of-another-person"), Unknown, Unauthenticated
        ("card-unknown"), Conflict("offer-repeated"), Unavailable("signature-serials-missing").
        """
        snapshot, at_ms = self._registry.snapshot, clock.now_ms()
        believed = check_offer(signed, snapshot.portal, snapshot.card_authority, at_ms)
        # The first call loads the tables, which no enrolment should wait for.
        tables = await aside(self._law.tables)
        self._check_law(tables, believed, snapshot.institution(believed.offer.institution, "institution"), at_ms)
        crash.point("registrar.offer.before_store")
        reference = await self._database.write(lambda connection: _keep(connection, signed, believed, at_ms))
        # Durable: the number waits for its institution; only now does the portal learn that it is on its way.
        crash.point("registrar.offer.after_store")
        return OfferTaken(reference, at_ms)

    def _check_law(self, tables: Tables, believed: Believed, institution: Institution, at_ms: int) -> None:
        if institution.suspended:
            raise Denied("institution-suspended", institution.id, "institution")
        on = clock.legal_day(at_ms, self._law.day)
        verdict = decide_number_use(party_of(institution, on), affair_of(believed.offer.affair), tables, on, self._law.policy)
        if isinstance(verdict, Refusal):
            raise Denied("offer-without-number-use", ", ".join(ground.code.value for ground in verdict.grounds), "affair")

    async def forget_old(self) -> None:
        """Delete what was handed over more than seven years ago."""
        crash.point("registrar.offer.before_forget")
        await self._database.write(lambda connection: offers.forget(connection, clock.now_ms()))

    async def give(self, asked: HandedAsk, tenants: frozenset[str]) -> HandedNumbers:
        """What waits for the institutions of the platform that asks; Denied("tenant-not-yours") for another's, nothing where one does not stand."""
        snapshot = self._registry.snapshot
        for institution in asked.institutions:
            demand_tenant(institution, tenants)
        standing = [one for one in asked.institutions if one in snapshot.by_id and not snapshot.by_id[one].suspended]
        rows = await self._database.read(partial(offers.waiting, institutions=standing, without=asked.without, limit=BATCH))
        sizes = accumulate(len(row.signed) for row in rows)
        return HandedNumbers(tuple(_given(row) for place, (row, size) in enumerate(zip(rows, sizes, strict=True)) if place == 0 or size <= MOST))

    async def taken(self, told: HandedTaken, tenants: frozenset[str]) -> Empty:
        """The institution has them, durably: what its holder signed is struck here, and kept there."""
        demand_tenant(told.institution, tenants)
        at_ms = clock.now_ms()
        crash.point("registrar.handed.before_strike")
        await self._database.write(lambda connection: offers.strike(connection, told.institution, told.references, at_ms))
        # Durable: they are not given again.
        return Empty()


def demand_tenant(institution: str, tenants: frozenset[str]) -> None:
    """Denied("tenant-not-yours") unless the caller's certificate names the institution."""
    if institution not in tenants:
        raise Denied("tenant-not-yours", institution[:40], "institution")


def _keep(connection: sqlite3.Connection, signed: SignedOffer, believed: Believed, at_ms: int) -> bytes:
    offer, reference = believed.offer, token_bytes(16)
    number = holder(connection, believed.signer.serial)
    check_session(connection, offer.session, number, at_ms)
    kept = Kept(reference, number, offer.institution, offer.affair, offer.purpose_item, msgspec.msgpack.encode(signed), at_ms)
    if not offers.put(connection, kept, believed.digest):
        raise Conflict("offer-repeated", "", "offer")
    return reference


def _given(kept: Kept) -> HandedNumber:
    signed = msgspec.msgpack.decode(kept.signed, type=SignedOffer)
    return HandedNumber(reference=kept.reference, individual_number=kept.individual_number, signed=signed, at_ms=kept.at_ms)
