"""A whole network: a municipality enters a parent, who reads for the child; a mark puts the child out of reach, a confirmation brings one back."""

from datetime import timedelta
from typing import Any

import pytest

from attacks.network_attack import A, Network
from attacks.offers_attack import Handover
from card.handed_card import signed_in
from enishi import clock
from enishi.card.authority import Use
from enishi.errors import Denied
from enishi.protocol.record import read_body
from enishi.protocol.view import CardSigned, card_message
from enishi.roles.gateway.answering.marking import Marking, MarkRequest
from enishi.roles.gateway.representing.entering import Entering, RepresentationRequest
from enishi.roles.portal.login import begin
from enishi.roles.portal.view import Asked, ViewedLog

pytestmark = pytest.mark.xdist_group("attacks")
CHILD, PARENT = "unknown", "loan"
HARM = "415AC0000000057#78-1-1"


class Family:
    """Two people of 苫小牧市, and what its officer does with them."""

    def __init__(self, network: Network) -> None:
        self.network, self.desk = network, Handover(network)
        self.child, self.parent = self.desk.holder(CHILD), self.desk.holder(PARENT)

    def addressee(self, who: Any) -> str:
        query = "SELECT p.addressee_number FROM person p JOIN number n ON n.ref = p.ref WHERE n.individual_number = ?"
        ((number,),) = self.network.tenant.database.read_now(lambda c: c.execute(query, (self.desk.number_of(who),)).fetchall())
        return str(number)

    def told(self) -> None:
        """The platform tells the registrar; what its own errand has told already is told no more."""
        self.network.run(self.network.asker.telling.tell(self.network.tenant))

    def look(self, who: Any, *mandate: bytes) -> ViewedLog:
        """As portal and card do it."""
        fresh, slot = begin(b"", clock.now_ms(), *mandate), self.desk.slot(who, Use.AUTHENTICATION)
        signed = CardSigned(fresh.request, slot.certificate, signed_in(slot, card_message(fresh.request)))
        return self.network.run(self.network.sources[0].view(Asked(signed, fresh.answer_key)))


def kinds(viewed: ViewedLog) -> list[tuple[str, object]]:
    bodies = [read_body(one.body) for one in viewed.shown.records]
    return [(body.kind, body.mandate) for body in bodies]


def test_from_the_officers_entry_to_the_look_and_out_of_reach(network: Network) -> None:
    family = Family(network)
    entering, tenant = Entering(), network.tenant
    until = clock.legal_day(clock.now_ms()) + timedelta(days=900)
    names = {"person_name": "子", "representative_name": "親"}
    people = {"person": family.addressee(family.child), "representative": family.addressee(family.parent)}
    asked = RepresentationRequest(kind="parent", citation="129AC0000000089#824", until=until, **people, **names)
    entry, _ = network.run(entering.enter(tenant, asked, "family-office/officer-2"))
    family.told()
    (mandate,) = family.look(family.parent).mandates
    assert (mandate.role, mandate.kind, mandate.institution, mandate.other) == ("representative", "parent", A, "子")
    before = family.look(family.parent, mandate.id)
    assert {kind for kind, _ in kinds(before)} <= {"intent", "outcome", "refusal"}
    assert before.mandates == before.handed == ()
    # Both people are in the child's record, and the child is told who it was.
    own = family.look(family.child)
    assert ("look", mandate.id) in kinds(own)
    assert [(one.id, one.role, one.other, len(one.uses)) for one in own.mandates] == [(mandate.id, "principal", "親", 1)]
    mark = MarkRequest(kind="nondisclosure", person=people["person"], ground=HARM, until=until - timedelta(days=800))
    kept = network.run(Marking().put(tenant, mark, "family-office/officer-2"))
    family.told()
    # Lifted at once, for the others that use this network: it brings nothing back.
    network.run(Marking().lift(tenant, kept.id, "family-office/officer-2"))
    with pytest.raises(Denied, match="mandate-unusable"):
        family.look(family.parent, mandate.id)
    (after,) = family.look(family.parent).mandates
    assert after == type(after)(**({name: getattr(mandate, name) for name in mandate.__struct_fields__} | {"uses": after.uses}))
    network.run(entering.act(tenant, entry.entry, "confirm", "family-office/officer-2"))
    family.told()
    assert family.look(family.parent, mandate.id).shown.sealed_labels == b""
    network.run(entering.act(tenant, entry.entry, "end", "family-office/officer-2"))
    family.told()
    with pytest.raises(Denied, match="mandate-unusable"):
        family.look(family.parent, mandate.id)
    # The record of the one who read is not mixed with the other's.
    assert not any(name == mandate.id for _, name in kinds(family.look(family.parent)))
