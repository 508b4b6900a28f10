"""Use case: a voluntary mandate. The principal offers it, the representative accepts it by the code that they were given; either ends it at once."""

import sqlite3
from typing import Final

import msgspec

from enishi import clock
from enishi.errors import Busy, Conflict, Denied, Malformed, Unknown
from enishi.mesh.registry import Registry
from enishi.protocol.declared import Declarer
from enishi.protocol.mandate import (
    MandateAcceptance,
    MandateEnd,
    MandateFind,
    MandateFound,
    MandateOffer,
    MandateOffered,
    MandateShown,
    SignedMandate,
    check_signer,
    read_mandate_acceptance,
    read_mandate_offer,
)
from enishi.roles.registrar import mandates, signers
from enishi.roles.registrar.codes import code_digest, draw_code, typed_code
from enishi.roles.registrar.mandates import Mandate
from enishi.store import crash
from enishi.store.database import Database

CODE_MS: Final = 3 * 24 * 3600 * 1000
"""How long a code is good, and how long a wrong one counts."""
TRIES: Final = 5
"""Wrong codes that one person may type in that time, of whatever mandate."""


class Mandating:
    """Takes both declarations from the portal, and ends what they made."""

    def __init__(self, database: Database, registry: Registry) -> None:
        """Work on the register under this registry."""
        self._database = database
        self._registry = registry

    async def offer(self, signed: SignedMandate) -> MandateOffered:
        """Keep what the principal declared, and draw its code.

        Faults of the form and of `read_signed_document`; Unauthenticated("mandate-not-fresh", "card-unknown"), Denied("mandate-of-another-person"),
        Conflict("mandate-repeated", "mandate-too-many").
        """
        snapshot, at_ms, code = self._registry.snapshot, clock.now_ms(), draw_code()
        offer = read_mandate_offer(signed.declared, snapshot.portal)
        believed = check_signer(signed, offer.at_ms, snapshot.card_authority, at_ms)
        crash.point("registrar.mandate.before_offer")
        shown = await self._database.write(lambda connection: _offer(connection, signed, offer, believed, code, at_ms))
        # Durable: it can be accepted by the code, which stands here as a digest and is never said again.
        crash.point("registrar.mandate.after_offer")
        return MandateOffered(shown, code, at_ms + CODE_MS)

    async def find(self, asked: MandateFind) -> MandateFound:
        """What a code is of; the first who types it is the one who may accept.

        Malformed("mandate-code-slip") for what can be no code, which counts as no try; Denied("mandate-code-wrong", "mandate-to-oneself",
        "mandate-of-another-person"), Busy("mandate-tries-spent").
        """
        code, at_ms = typed_code(asked.code), clock.now_ms()
        if not code:
            raise Malformed("mandate-code-slip", "", "code")
        crash.point("registrar.mandate.before_claim")
        found = await self._database.write(lambda connection: _claim(connection, asked.session, code_digest(code), at_ms))
        # Durable: the wrong try, or whose code it is now. A try that was rolled back with its refusal would count for nothing.
        if found is None:
            raise Denied("mandate-code-wrong", "", "code")
        return MandateFound(mandate=found.id, offer=found.offer, principal=found.principal_name, scope=found.scopes, until_ms=found.until_ms)

    async def accept(self, signed: SignedMandate) -> MandateShown:
        """Put it in force for whoever typed the code and now signs.

        As `offer`, and Denied("mandate-code-wrong") where it is not theirs to accept, is over, or was accepted before.
        """
        snapshot, at_ms = self._registry.snapshot, clock.now_ms()
        acceptance = read_mandate_acceptance(signed.declared, snapshot.portal)
        believed = check_signer(signed, acceptance.at_ms, snapshot.card_authority, at_ms)
        crash.point("registrar.mandate.before_accept")
        shown = await self._database.write(lambda connection: _accept(connection, signed, acceptance, believed, at_ms))
        # Durable: in force from here on.
        crash.point("registrar.mandate.after_accept")
        return shown

    async def end(self, asked: MandateEnd) -> MandateShown:
        """End one's own, as principal or representative; Unknown("mandate-unknown"), Denied("mandate-of-another-person")."""
        at_ms = clock.now_ms()
        crash.point("registrar.mandate.before_end")
        shown = await self._database.write(lambda connection: _end(connection, asked, at_ms))
        # Durable: no look is opened by it any more.
        crash.point("registrar.mandate.after_end")
        return shown

    async def forget_old(self) -> None:
        """Delete what ended more than seven years ago."""
        crash.point("registrar.mandate.before_forget")
        await self._database.write(lambda connection: mandates.forget(connection, clock.now_ms()))


def _offer(connection: sqlite3.Connection, signed: SignedMandate, offer: MandateOffer, believed: Declarer, code: str, at_ms: int) -> MandateShown:
    number = signers.check_signer(connection, believed.signer.serial, offer.session, at_ms)
    made = Mandate(
        id=mandates.new_id(),
        kind="voluntary",
        principal=number,
        scope=",".join(offer.scope),
        principal_name=believed.signer.items.name[:100],
        offer=believed.digest,
        signed=msgspec.msgpack.encode([signed]),
        made_ms=at_ms,
        until_ms=offer.until_ms,
        code=code_digest(code),
        code_until_ms=at_ms + CODE_MS,
    )
    if mandates.offered(connection, number, at_ms) >= mandates.OPEN:
        raise Conflict("mandate-too-many", f"{mandates.OPEN}", "declared")
    if not mandates.put(connection, made):
        raise Conflict("mandate-repeated", "", "declared")
    return mandates.shown(connection, made, number, at_ms)


def _claim(connection: sqlite3.Connection, session: bytes, code: bytes, at_ms: int) -> Mandate | None:
    number = signers.logged_in(connection, session, at_ms)
    query = "SELECT COUNT(*) FROM mandate_try WHERE individual_number = ? AND at_ms > ?"
    if connection.execute(query, (number, at_ms - CODE_MS)).fetchone()[0] >= TRIES:
        raise Busy("mandate-tries-spent", f"{TRIES}", "code")
    found = mandates.by_code(connection, code)
    if found is not None and found.principal == number:
        raise Denied("mandate-to-oneself", "", "code")
    if found is None or not _theirs(found, number, at_ms):
        connection.execute("INSERT INTO mandate_try (individual_number, at_ms) VALUES (?, ?)", (number, at_ms))
        return None
    connection.execute("UPDATE mandate SET claimed_by = ? WHERE id = ?", (number, found.id))
    return found


def _theirs(found: Mandate, number: str, at_ms: int) -> bool:
    return not found.representative and found.claimed_by in ("", number) and found.running(at_ms)


def _accept(connection: sqlite3.Connection, signed: SignedMandate, said: MandateAcceptance, believed: Declarer, at_ms: int) -> MandateShown:
    number = signers.check_signer(connection, believed.signer.serial, said.session, at_ms)
    found = mandates.by_id(connection, said.mandate)
    # Who knows the id alone, as whoever runs the portal does, has not been given the code.
    if found is None or found.claimed_by != number or not _theirs(found, number, at_ms) or found.offer != said.offer:
        raise Denied("mandate-code-wrong", "", "declared")
    both = [*msgspec.msgpack.decode(found.signed, type=list[SignedMandate]), signed]
    name = believed.signer.items.name[:100]
    query = "UPDATE mandate SET representative = ?, representative_name = ?, from_ms = ?, signed = ?, code = x'' WHERE id = ?"
    connection.execute(query, (number, name, at_ms, msgspec.msgpack.encode(both), found.id))
    return _told(connection, found.id, number, at_ms)


def _end(connection: sqlite3.Connection, asked: MandateEnd, at_ms: int) -> MandateShown:
    number = signers.logged_in(connection, asked.session, at_ms)
    found = mandates.by_id(connection, asked.mandate)
    if found is None or number not in (found.principal, found.representative):
        raise Unknown("mandate-unknown", "", "mandate")
    mandates.end(connection, found.id, "principal" if number == found.principal else "representative", at_ms)
    return _told(connection, found.id, number, at_ms)


def _told(connection: sqlite3.Connection, mandate: bytes, number: str, at_ms: int) -> MandateShown:
    found = mandates.by_id(connection, mandate)
    assert found is not None
    return mandates.shown(connection, found, number, at_ms)
