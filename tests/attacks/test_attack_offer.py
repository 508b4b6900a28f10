"""Attack: a number reaches somebody to whom its holder did not hand it over, or passes where nobody may see it."""

import asyncio
import gc
from datetime import timedelta
from secrets import token_bytes
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

import msgspec
import pytest
from cryptography import x509

from attacks.holdings_attack import Holdings
from attacks.network_attack import FIRST, SECOND, A, Network
from attacks.offers_attack import HANDS_OVER, Handover
from attacks.wire_attack import Wire
from card.handed_card import ORDER
from enishi import clock
from enishi.card.authority import Revoked, Use, open_authority
from enishi.errors import Conflict, Denied, Tampered, Unauthenticated, Unavailable, Unknown
from enishi.oidc import documents
from enishi.protocol.offer import Believed, HandedAsk, HandedNumber, HandedNumbers, HandedTaken, OfferTaken, SignedOffer, read_offer
from enishi.protocol.statement import AffairRef
from enishi.protocol.wire import Empty
from enishi.roles.gateway.offers import fetching
from enishi.roles.registrar import offering, offers
from enishi.roles.registrar.offering import Offering
from enishi.terms import InstitutionId
from faults.dying import dying_at
from linkage.attacker_linkage import Without

pytestmark = pytest.mark.xdist_group("attacks")
Replace = msgspec.structs.replace
B = "011002"


@pytest.fixture
def desk(network: Network) -> Handover:
    return Handover(network)


@pytest.fixture
def victim(desk: Handover) -> Any:
    """Somebody of 札幌市, whom 苫小牧市 does not know."""
    return desk.holder(HANDS_OVER)


@pytest.fixture
def accomplice(desk: Handover) -> Any:
    return desk.holder("nursery_teacher")


def refused(desk: Handover, signed: SignedOffer, kind: type[Exception], slug: str) -> None:
    before = desk.network.rows("SELECT COUNT(*) FROM offer", role="registrar")
    with pytest.raises(kind, match=slug):
        desk.bring(signed)
    assert desk.network.rows("SELECT COUNT(*) FROM offer", role="registrar") == before


# ---- the lawful way


def test_a_number_that_is_handed_over_arrives_and_nowhere_else(desk: Handover, victim: Any) -> None:
    """Without this nothing below would mean anything: card → registrar → institution, enrolled by the ordinary way, in seconds."""
    taken = desk.by_the_portal(victim)
    assert desk.waiting(SECOND, B).numbers == ()
    assert desk.fetch() == 1
    assert desk.numbers(taken.reference) == [desk.number_of(victim)]
    assert desk.waiting().numbers == ()
    query = "SELECT COUNT(*) FROM offer o JOIN linkage_code l USING (ref) WHERE o.reference = ?"
    assert desk.network.tenant.database.read_now(lambda c: c.execute(query, (taken.reference,)).fetchone()) == (1,)


# ---- another institution


def test_a_form_signed_for_one_institution_handed_to_another(desk: Handover, victim: Any, without: Without) -> None:
    """The portal signs another form beneath the card's signature. Success is that the other institution fetches the number."""
    session = desk.session(victim)
    swapped = Replace(desk.carded(victim, desk.envelope(session, institution=InstitutionId(B))), offer=desk.envelope(session))
    refused(desk, swapped, Tampered, "card-signature-invalid")
    without(documents, "_check_signature")
    taken = desk.bring(swapped)
    assert desk.fetch() == 1
    assert desk.numbers(taken.reference) == [desk.number_of(victim)]


def test_a_registrar_that_gives_a_number_to_another_institution(desk: Handover, victim: Any, without: Without) -> None:
    """What is signed for 札幌市 comes to 苫小牧市. Success is that its platform keeps it."""
    signed = desk.carded(victim, desk.envelope(desk.session(victim), institution=InstitutionId(B)))
    handed = HandedNumber(reference=token_bytes(16), individual_number=desk.number_of(victim), signed=signed, at_ms=clock.now_ms())
    sit(desk.network, handed)
    assert desk.fetch() == 0
    assert desk.numbers(handed.reference) == []
    without(fetching, "hosted", lambda tenants, institution, field: tenants[InstitutionId(A)])
    assert desk.fetch() == 1
    assert desk.numbers(handed.reference) == [desk.number_of(victim)]


def test_a_registrar_that_gives_a_number_for_which_nobody_signed(desk: Handover, victim: Any, without: Without) -> None:
    """Success is that the institution keeps a number which its holder never handed over."""
    blank = Replace(desk.carded(victim, desk.envelope(bytes(32))), signature=bytes(64))
    handed = HandedNumber(reference=token_bytes(16), individual_number=desk.number_of(victim), signed=blank, at_ms=clock.now_ms())
    sit(desk.network, handed)
    assert desk.fetch() == 0
    without(fetching, "check_offer", lambda signed, portal, authority, at_ms: Believed(read_offer(signed.offer, portal), None, b""))  # type: ignore[arg-type]
    assert desk.fetch() == 1
    assert desk.numbers(handed.reference) == [desk.number_of(victim)]


def sit(network: Network, *handed: HandedNumber) -> None:
    """An adversary runs the registrar's door for what was handed over."""

    async def give(asked: HandedAsk, forward: Any) -> HandedNumbers:
        return HandedNumbers(handed)

    network.wire.sitters["/registrar/handed"] = give


@pytest.fixture(autouse=True)
def doors(network: Network) -> Any:
    yield
    network.wire.sitters.clear()


def test_a_platform_that_asks_for_anothers_tenants(desk: Handover, victim: Any, without: Without) -> None:
    """Success is that 札幌市's platform reads a number that was handed over to 苫小牧市, or strikes it there."""
    taken = desk.by_the_portal(victim)
    told = HandedTaken(InstitutionId(A), (taken.reference,))
    for _ in range(2):
        with pytest.raises(Denied, match="tenant-not-yours"):
            desk.waiting(SECOND, B, A)
        with pytest.raises(Denied, match="tenant-not-yours"):
            desk.network.call(SECOND, "registrar", "/registrar/handed/taken", told, Empty)
    for role in ("portal", "exchange", "keeper", "witness"):
        with pytest.raises(Denied, match="caller-not-allowed"):
            desk.waiting(role)
    without(offering, "demand_tenant")
    (number,) = [one for one in desk.waiting(SECOND, A).numbers if one.reference == taken.reference]
    assert number.individual_number == desk.number_of(victim)
    desk.network.call(SECOND, "registrar", "/registrar/handed/taken", told, Empty)
    assert taken.reference not in [one.reference for one in desk.waiting().numbers]


# ---- once, and by the person who is logged in


def test_a_form_used_twice(desk: Handover, victim: Any, without: Without) -> None:
    """Success is that one signature brings the number to the institution under a second reference."""
    signed = desk.carded(victim, desk.envelope(desk.session(victim)))
    first = desk.bring(signed)
    refused(desk, signed, Conflict, "offer-repeated")
    desk.fetch()
    refused(desk, signed, Conflict, "offer-repeated")
    put = offers.put
    without(offers, "put", lambda connection, kept, digest: put(connection, kept, token_bytes(32)))
    second = desk.bring(signed)
    assert desk.fetch() == 1
    assert desk.numbers(first.reference) == desk.numbers(second.reference) == [desk.number_of(victim)]


def test_anothers_card_in_the_victims_session(desk: Handover, victim: Any, accomplice: Any, without: Without) -> None:
    """The portal is the adversary's. Success is that an accomplice's number is handed over as the victim's application, in the victim's session."""
    signed = desk.carded(accomplice, desk.envelope(desk.session(victim)))
    refused(desk, signed, Denied, "offer-of-another-person")
    refused(desk, desk.carded(victim, desk.envelope(b"no session at all")), Denied, "offer-of-another-person")
    without(offering, "check_session")
    taken = desk.bring(signed)
    assert desk.fetch() == 1
    assert desk.numbers(taken.reference) == [desk.number_of(accomplice)]


# ---- certificates


def test_the_authentication_certificate_in_place_of_the_other(desk: Handover, victim: Any, without: Without) -> None:
    """Who has the four-digit PIN alone cannot declare: certificate, register and what is signed each stand in the way."""
    envelope = desk.envelope(desk.session(victim))
    refused(desk, desk.carded(victim, envelope, Use.AUTHENTICATION), Unauthenticated, "card-certificate-refused")
    mixed = Replace(desk.carded(victim, envelope), signature=desk.carded(victim, envelope, Use.AUTHENTICATION).signature)
    refused(desk, mixed, Tampered, "card-signature-invalid")
    without(documents, "_check_signature")
    taken = desk.bring(mixed)
    assert desk.fetch() == 1
    assert desk.numbers(taken.reference) == [desk.number_of(victim)]


def test_a_revoked_certificate(desk: Handover, without: Without) -> None:
    """Somebody who has moved since: the card would not sign, so its key is taken from the chip. Success is that the number arrives."""
    moved = desk.holder("newcomers", "moved")
    signed = desk.carded(moved, desk.envelope(desk.session(moved)))
    refused(desk, signed, Unauthenticated, "card-certificate-revoked")
    without(documents, "_check_revocation")
    taken = desk.bring(signed)
    assert desk.fetch() == 1
    assert desk.numbers(taken.reference) == [desk.number_of(moved)]


def test_a_list_of_yesterday(desk: Handover, without: Without) -> None:
    """The same with the list of the day before, which does not know of the move yet."""
    moved = desk.holder("newcomers", "moved")
    yesterday = clock.now_ms() - int(timedelta(days=1).total_seconds()) * 1000
    old = open_authority(desk.network.data / "card").revocation_list([Revoked(7, x509.ReasonFlags.key_compromise)], yesterday)
    signed = desk.carded(moved, desk.envelope(desk.session(moved)), revocation_list=old)
    refused(desk, signed, Unavailable, "card-list-outdated")
    without(documents, "_check_current")
    taken = desk.bring(signed)
    assert desk.fetch() == 1
    assert desk.numbers(taken.reference) == [desk.number_of(moved)]


def test_a_card_that_was_reported_lost(desk: Handover) -> None:
    """The register was told, too: without any list its number is not handed over."""
    lost = desk.holder("loan", "suspended")
    session = desk.session(desk.holder("loan"))
    signed = desk.carded(lost, desk.envelope(session), revocation_list=open_authority(desk.network.data / "card").revocation_list([], clock.now_ms()))
    refused(desk, signed, Unauthenticated, "card-unknown")


# ---- the law


def test_an_affair_without_number_use(desk: Handover, victim: Any, without: Without) -> None:
    """Success is that a city receives a number for an affair of a minister."""
    signed = desk.carded(victim, desk.envelope(desk.session(victim), affair=AffairRef(ORDER, "120")))
    refused(desk, signed, Denied, "offer-without-number-use")
    without(Offering, "_check_law")
    taken = desk.bring(signed)
    assert desk.fetch() == 1
    assert desk.numbers(taken.reference) == [desk.number_of(victim)]


def test_an_institution_that_is_none(desk: Handover, victim: Any) -> None:
    refused(desk, desk.carded(victim, desk.envelope(desk.session(victim), institution=InstitutionId("999999"))), Unknown, "institution-unknown")


# ---- what is left behind


def test_the_number_passed_none_of_those_who_may_not_have_it(desk: Handover, victim: Any) -> None:
    """No file, row, message or key of theirs holds it, not even without its check digit or with another one, in no encoding."""
    number = desk.number_of(victim).encode()
    taken = desk.by_the_portal(victim)
    desk.fetch()
    assert desk.numbers(taken.reference) == [number.decode()]
    neighbours = {number[:11], *(number[:11] + b"%d" % digit for digit in range(10))}
    for role in ("portal", "card", "exchange", "keeper", "witness", "oversight"):
        assert not Holdings(desk.network, role).holding(neighbours), role
    for role in ("registrar", FIRST):
        assert number in Holdings(desk.network, role).holding(neighbours), role


def test_the_number_stands_in_no_log_line_and_in_no_memory(desk: Handover, victim: Any, capfd: pytest.CaptureFixture[str]) -> None:
    """Whatever portal, exchange and keeper hold in their memory afterwards, and whatever anybody logged."""
    number = desk.number_of(victim)
    taken = desk.by_the_portal(victim)
    desk.fetch()
    assert desk.numbers(taken.reference) == [number]
    logged = capfd.readouterr()
    written = logged.out + logged.err
    assert number[:11] not in written
    assert victim.name not in written
    for role in ("portal", "exchange", "keeper"):
        assert not remembered(desk.network.roles[role], number[:11]), role
    desk.network.roles["portal"].planted = [(b"before " + number.encode(),)]
    assert remembered(desk.network.roles["portal"], number[:11])
    del desk.network.roles["portal"].planted


NOT_ITS_OWN = (ModuleType, type, FunctionType, CodeType, FrameType, Wire, asyncio.AbstractEventLoop, asyncio.Future)
"""Where one process's memory ends: all roles of this network share program, loop and wire."""


def remembered(role: object, text: str) -> bool:
    """Whether a text stands in anything that can be reached from a role."""
    seen, waiting = set[int](), [role]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, NOT_ITS_OWN):
            continue
        seen.add(id(one))
        if (isinstance(one, str) and text in one) or (isinstance(one, bytes | bytearray) and text.encode() in one):
            return True
        waiting += gc.get_referents(one)
    return False


# ---- who may call, and who dies


@pytest.mark.parametrize("role", [FIRST, "exchange", "keeper", "witness"])
def test_only_the_portal_brings_an_application(desk: Handover, victim: Any, role: str) -> None:
    signed = desk.carded(victim, desk.envelope(desk.session(victim)))
    with pytest.raises(Denied, match="caller-not-allowed"):
        desk.network.call(role, "registrar", "/registrar/offer", signed, OfferTaken)


@pytest.mark.parametrize(
    "name",
    [
        "portal.offer.before_send",
        "gateway.handed.before_send",
        "gateway.handed.before_store",
        "gateway.handed.after_store",
        "gateway.handed.before_confirm",
    ],
)
def test_a_death_on_the_way_loses_no_number_and_doubles_none(desk: Handover, victim: Any, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Whoever dies where: what the registrar took arrives once."""
    with dying_at(monkeypatch, name):
        taken = desk.by_the_portal(victim)
        desk.fetch()
    if name.startswith("portal"):
        taken = desk.by_the_portal(victim)
    desk.fetch()
    assert desk.numbers(taken.reference) == [desk.number_of(victim)]
    assert desk.waiting().numbers == ()
