"""How a card stands beyond its PIN: reported lost, past its last day, or of somebody who has moved since it was issued."""

from collections.abc import Iterable, Iterator
from typing import Final

from cryptography import x509

from enishi.card.authority import Revoked, Use
from enishi.card.form import CardState, Holder
from enishi.card.maker import serial_number
from enishi.clock import moment
from enishi.errors import Denied

REVOKED: Final[dict[tuple[CardState, Use], x509.ReasonFlags]] = {
    ("suspended", Use.AUTHENTICATION): x509.ReasonFlags.certificate_hold,
    ("suspended", Use.SIGNATURE): x509.ReasonFlags.certificate_hold,
    # A change of the four basic items ends the signature certificate and leaves the other.
    ("moved", Use.SIGNATURE): x509.ReasonFlags.affiliation_changed,
}
"""Which certificates of a card are good no longer, and why."""


def demand_standing(holder: Holder, use: Use, certificate: bytes, at_ms: int) -> None:
    """Denied("card-suspended"), Denied("card-moved"), Denied("card-expired") unless the key may be used."""
    reason = REVOKED.get((holder.state, use))
    if reason is x509.ReasonFlags.certificate_hold:
        raise Denied("card-suspended", "", "card")
    if reason is not None:
        raise Denied("card-moved", "", "card")
    if moment(at_ms) > x509.load_der_x509_certificate(certificate).not_valid_after_utc:
        raise Denied("card-expired", "", "card")


def revoked(holders: Iterable[Holder], secret: bytes) -> Iterator[Revoked]:
    """Every certificate that is good no longer; the serial number is known even before a card's key is made."""
    for holder in holders:
        for use in Use:
            reason = REVOKED.get((holder.state, use))
            if reason is not None:
                yield Revoked(serial_number(secret, holder.card, use), reason)
