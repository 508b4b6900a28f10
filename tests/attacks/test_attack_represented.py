"""Attack: a representative has what their mandate does not open, or learns by asking where a protected person is; and what the records say of it."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from attacks.network_attack import A, Network
from attacks.own_attack import request_for
from attacks.test_attack_mandate_mesh import HARM, Family
from card.handed_card import signed_in
from enishi import clock
from enishi.card.authority import Use
from enishi.errors import Conflict, Denied, Malformed, Tampered
from enishi.protocol.forms import sign_form
from enishi.protocol.mandate import Kind
from enishi.protocol.outcome import claimed_outcome
from enishi.protocol.record import RecordBody, read_body
from enishi.protocol.represented import NEUTRAL
from enishi.protocol.self_disclosure import REGISTRAR, THING, SelfMessage, SelfStatement
from enishi.protocol.view import CardSigned, card_message
from enishi.protocol.wire import ItemReply
from enishi.roles.gateway.answering import marks
from enishi.roles.gateway.answering.marking import Marking, MarkRequest, made_of
from enishi.roles.gateway.answering.rules import Rules
from enishi.roles.gateway.desk import Decision
from enishi.roles.gateway.self_disclosure import providing, represented
from enishi.roles.keeper import outcome as keeper_outcome
from enishi.roles.portal import meshed
from enishi.roles.portal.owndata import OwnData
from enishi.roles.portal.view import Asked
from enishi.roles.registrar import mandates
from enishi.roles.registrar import self_disclosure as registrar_self
from enishi.roles.registrar.mandates import Mandate
from enishi.seal.hpke import SealingKey
from enishi.terms import Outcome
from linkage.attacker_linkage import Without

pytestmark = pytest.mark.xdist_group("attacks")
ITEM, PLACE, YEAR, ELSEWHERE = ("child_allowance",), ("jumin",), "2024", "011002"
DAY_MS = 86_400_000


class Relation(Family):
    """A child of 苫小牧市 of whom the city has something to tell, the parent whom the city entered, and a mandate of theirs in the register."""

    def __init__(self, network: Network, kind: Kind = "parent", scope: str = "records,data") -> None:
        super().__init__(network)
        self.child, self.parent = self.parent, self.child
        at_ms = clock.now_ms()
        self.mandate = Mandate(
            id=mandates.new_id(),
            kind=kind,
            principal=self.desk.number_of(self.child),
            representative=self.desk.number_of(self.parent),
            scope=scope,
            principal_name="子",
            representative_name="親",
            institution="" if kind == "voluntary" else A,
            entry=mandates.new_id(),
            made_ms=at_ms,
            from_ms=at_ms,
            until_ms=at_ms + 30 * DAY_MS,
        )
        self.register(lambda connection: mandates.put(connection, self.mandate))

    def register(self, work: Any) -> Any:
        return self.network.run(self.network.roles["registrar"]._database.write(work))

    def asked(self, items: tuple[str, ...] = ITEM, holder: str = A, who: Any = None, **changes: Any) -> Asked:
        """A request that the parent's card signed, unless another's did."""
        key = SealingKey.generate()
        period = YEAR if items == ITEM else ""
        request = request_for(holder, items, period, key, **({"mandate": self.mandate.id} | changes))
        slot = self.desk.slot(who or self.parent, Use.AUTHENTICATION)
        return Asked(CardSigned(request, slot.certificate, signed_in(slot, card_message(request))), key)

    def own(self, *given: Any, **changes: Any) -> OwnData:
        """The lawful way."""
        return self.network.run(self.network.sources[0].own(self.asked(*given, **changes)))

    def kept_away(self, *given: Any, **changes: Any) -> None:
        with pytest.raises(Denied, match="mandate-unusable"):
            self.own(*given, **changes)

    def mark(self) -> bytes:
        """苫小牧市 marks the child for harm, and the registrar is never told."""
        until = clock.legal_day(clock.now_ms()) + timedelta(days=90)
        asked = MarkRequest(kind="nondisclosure", person=self.addressee(self.child), ground=HARM, until=until)
        made = made_of(asked, "test", clock.now_ms())

        def put(connection: sqlite3.Connection) -> None:
            marks.put(connection, made)
            connection.execute("UPDATE representation_told SET told_ms = 1 WHERE told_ms = 0")

        self.network.run(self.network.tenant.database.write(put))
        return made.id

    def lift(self, mark: bytes) -> None:
        self.network.run(Marking().lift(self.network.tenant, mark, "family-office/officer-2"))

    def bodies(self) -> list[RecordBody]:
        """The child's own record, the oldest first."""
        records = sorted(self.look(self.child).shown.records, key=lambda record: record.index)
        return [read_body(record.body) for record in records]


@pytest.fixture
def family(network: Network) -> Iterator[Relation]:
    one, declared = Relation(network), network.tenant.rules
    yield one
    object.__setattr__(network.tenant, "rules", declared)
    one.register(lambda connection: connection.execute("DELETE FROM mandate").rowcount)
    one.register(lambda connection: connection.execute("DELETE FROM protection").rowcount)
    tenant = network.tenant
    for table in ("self_asked", "self_given"):
        network.run(tenant.database.write(lambda connection, table=table: connection.execute(f"DELETE FROM {table}").rowcount))  # type: ignore[misc]


@pytest.fixture
def marked(family: Relation) -> Iterator[Relation]:
    """The child is marked, and the register does not act on it."""
    mark = family.mark()
    yield family
    family.lift(mark)


def neutral(data: OwnData) -> bool:
    return (data.outcome, data.citation, data.documents, data.absent) == (Outcome.REFUSED_WITH_CITATION, NEUTRAL, {}, {})


def rules(family: Relation, **changes: Any) -> None:
    """What the institution declares of its answering; the fixture takes it back."""
    object.__setattr__(family.network.tenant, "rules", Rules(**changes))


# ---- the lawful way


def test_a_parent_is_given_what_the_city_has_and_both_stand_in_the_childs_record(family: Relation) -> None:
    data = family.own()
    assert data.outcome is Outcome.PROVIDED
    assert msgspec.json.decode(data.documents["child_allowance"][0])["fiscal_year"] == YEAR
    bodies = family.bodies()
    asked, ended = next(one for one in bodies if one.mandate == family.mandate.id), bodies[-2]
    assert (asked.kind, asked.provider, asked.items, asked.basis) == ("self", A, ITEM, ("415AC0000000057#76-2",))
    assert (ended.kind, ended.outcome, ended.inquirer) == ("outcome", "provided", "")
    # Other attacks have given this person mandates of their own.
    (shown,) = (one for one in family.look(family.child).mandates if one.id == family.mandate.id)
    assert (shown.id, shown.role, shown.other, len(shown.uses)) == (family.mandate.id, "principal", "親", 1)
    # The parent's own record has nothing of it, and neither has what a parent reads of the child's.
    for viewed in (family.look(family.parent), family.look(family.parent, family.mandate.id)):
        assert not any(read_body(one.body).kind == "self" for one in viewed.shown.records)


def test_the_holder_reads_that_a_representative_asked_and_by_which_mandate(family: Relation) -> None:
    family.own()
    (one,) = family.network.run(family.network.asker.self_desk.represented(family.network.tenant))
    assert (one.addressee_number, one.items, one.period) == (family.addressee(family.child), ITEM, YEAR)
    assert (one.mandate, one.represents, one.outcome) == (family.mandate.id, "by_law", "provided")


# ---- by a mandate that does not carry it


def test_by_a_mandate_for_the_record_alone(network: Network, family: Relation, without: Without) -> None:
    """Success is the child's data by a mandate to read the record."""
    family.register(lambda connection: connection.execute("UPDATE mandate SET scope = 'records'").rowcount)
    family.kept_away()
    without(Mandate, "scopes", property(lambda self: ("records", "data")))  # type: ignore[arg-type]
    assert family.own().outcome is Outcome.PROVIDED


def test_by_a_mandate_that_has_ended(family: Relation, without: Without) -> None:
    """Success is the child's data after the end; the very next request must be refused."""
    assert family.own().outcome is Outcome.PROVIDED
    family.register(lambda connection: mandates.end(connection, family.mandate.id, "principal", clock.now_ms()))
    family.kept_away()
    without(Mandate, "running", lambda self, at_ms: True)
    assert family.own().outcome is Outcome.PROVIDED


def test_by_anothers_mandate(family: Relation, without: Without) -> None:
    """Somebody with a card of their own has read the id in the log. Success is the child's data."""
    stranger = family.desk.holder("condolence")
    family.kept_away(who=stranger)
    without(Mandate, "covers", lambda self, representative, scope, at_ms: self.running(at_ms))
    assert family.own(who=stranger).outcome is Outcome.PROVIDED


def test_letters_go_by_no_mandate(family: Relation) -> None:
    with pytest.raises(Malformed, match="mandate-misplaced"):
        family.own(("letters",))


def test_the_registrar_turns_ones_own_request_into_one_by_a_mandate(family: Relation, without: Without) -> None:
    """It would file a request of the parent's under the child, or the other way round. The portal countersigns what it asked with alone."""
    own = family.asked(mandate=msgspec.UNSET)
    by = family.asked()
    call = family.network.sources[0]._registrar.call

    class Turning:
        async def call(self, path: str, asked: Any, reply: type[Any]) -> Any:
            said: SelfMessage = await call(path, asked, reply)
            payload = msgspec.json.decode(said.statement.payload)
            payload |= {"mandate": msgspec.to_builtins(family.mandate.id), "represents": "by_law"}
            form = msgspec.convert(payload, SelfStatement)
            return SelfMessage(sign_form(form, THING, family.network.roles["registrar"]._disclosing._key, REGISTRAR), said.pi)

    source = meshed.MeshedSource.__new__(meshed.MeshedSource)
    source.__dict__.update(family.network.sources[0].__dict__ | {"_registrar": Turning()})
    with pytest.raises(Tampered, match="view-other-request"):
        family.network.run(source.own(own))
    assert family.network.run(family.network.sources[0].own(by)).outcome is Outcome.PROVIDED


# ---- where a protected child is


def test_a_protected_childs_parent_asks_all_the_same(marked: Relation, without: Without) -> None:
    """Success is anything but the one refusal: first past the register's suspension, then past the holder's own mark."""
    # The registrar has not heard, or does not act: the holder's own mark keeps it back.
    assert neutral(marked.own())
    marked.register(lambda connection: mandates.suspend(connection, marked.mandate.principal, clock.now_ms()))
    marked.kept_away()
    marked.register(lambda connection: connection.execute("UPDATE mandate SET suspended_ms = 0").rowcount)
    without(represented, "_guarded", lambda held, at_ms: False)
    assert marked.own().outcome is Outcome.PROVIDED


def test_a_mandate_confirmed_or_given_anew_under_protection_gives_no_data(family: Relation, without: Without) -> None:
    """At an institution that has no mark of its own. Success is the data; the record may be read by it."""
    values = (A, mandates.new_id(), family.mandate.principal, clock.now_ms(), clock.now_ms() + DAY_MS)
    family.register(lambda connection: connection.execute("INSERT INTO protection VALUES (?, ?, ?, ?, ?)", values).rowcount)
    family.kept_away()
    assert family.look(family.parent, family.mandate.id)
    without(mandates, "protected", lambda *_: False)
    assert family.own().outcome is Outcome.PROVIDED


def test_a_voluntary_mandate_gives_nothing_either_while_a_mark_runs(network: Network, marked: Relation, without: Without) -> None:
    """It may have been given under the hand of whoever the mark is against. Success is the data."""
    marked.register(lambda connection: connection.execute("UPDATE mandate SET kind = 'voluntary', institution = ''").rowcount)
    assert neutral(marked.own())
    without(represented, "_guarded", lambda held, at_ms: False)
    assert marked.own(PLACE).outcome is Outcome.PROVIDED


@pytest.mark.parametrize(("items", "holder"), [(PLACE, A), (("local_tax",), A), (ITEM, ELSEWHERE), (("koseki",), "moj"), (("account",), "digital")])
def test_a_parent_looks_for_a_child_by_asking(family: Relation, without: Without, items: tuple[str, ...], holder: str) -> None:
    """For an address, or town by town. Success is that the holder is asked at all; it hangs on nothing that is known of the child."""
    before = family.network.leaves()
    family.kept_away(items, holder)
    assert family.network.leaves() == before
    without(registrar_self, "may_go", lambda *_: True)
    assert family.own(items, holder).outcome in (Outcome.PROVIDED, Outcome.REFUSED_WITH_CITATION)


def test_whatever_the_reason_is_the_answer_reads_the_same(family: Relation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Known nowhere, nothing registered, marked, for review, held copy broken. Success is a difference in kind, words, deadline or length."""
    replies: dict[str, ItemReply] = {}
    tenant, person = family.network.tenant, family.addressee(family.child)
    kept = meshed.check_own

    def keep(said: Any, txid: Any, reply: ItemReply, *given: Any) -> OwnData:
        replies[now] = reply
        return kept(said, txid, reply, *given)

    def write(query: str, *values: object) -> None:
        family.network.run(tenant.database.write(lambda connection: connection.execute(query, values).rowcount))

    monkeypatch.setattr(meshed, "check_own", keep)
    monkeypatch.setattr(registrar_self, "may_go", lambda *_: True)
    now = "unknown"
    assert neutral(family.own(ITEM, ELSEWHERE))
    now = "nothing"
    assert neutral(family.own(("child_checkup",)))
    now = "review"
    write("UPDATE person SET answering = 'review' WHERE addressee_number = ?", person)
    assert neutral(family.own())
    write("UPDATE person SET answering = 'automatic' WHERE addressee_number = ?", person)
    now, mark = "marked", family.mark()
    assert neutral(family.own())
    family.lift(mark)
    now = "broken"
    ((document,),) = tenant.database.read_now(
        lambda connection: connection.execute("SELECT document FROM held_copy WHERE addressee_number = ? AND item = ?", (person, *ITEM)).fetchall()
    )
    write("UPDATE held_copy SET document = ? WHERE addressee_number = ? AND item = ?", b"{}", person, *ITEM)
    assert neutral(family.own())
    write("UPDATE held_copy SET document = ? WHERE addressee_number = ? AND item = ?", document, person, *ITEM)
    told = [claimed_outcome(one.outcome) for one in replies.values() if one.outcome is not None]
    assert len(told) == 5
    assert {(one.kind, one.citation, one.deadline_ms, one.nondisclosure) for one in told} == {(Outcome.REFUSED_WITH_CITATION, NEUTRAL, 0, None)}
    assert {len(one.sealed) for one in replies.values()} == {len(replies["unknown"].sealed)}


def test_the_keeper_records_no_word_that_tells_whether_somebody_is_known(family: Relation, without: Without) -> None:
    """A holder whose program answers a representative as it answers the person. Success is an outcome of that kind in the record."""
    patched = without(registrar_self, "may_go", lambda *_: True)
    patched.setattr(providing, "find_represented", providing.find_self)
    assert family.own(ITEM, ELSEWHERE).outcome is None
    assert family.own(("child_checkup",)).outcome is None
    patched.setattr(keeper_outcome, "ENDS", frozenset(Outcome))
    assert family.own(("child_checkup",)).outcome is Outcome.NOT_REGISTERED
    keeper = family.network.roles["keeper"]._database
    family.network.run(keeper.write(lambda connection: connection.execute("UPDATE item SET state = 'final' WHERE state = 'open'").rowcount))


# ---- where an official sees it first


def test_an_official_sees_each_one_first_also_of_somebody_whom_nobody_knows(family: Relation, monkeypatch: pytest.MonkeyPatch) -> None:
    rules(family, representatives="official")
    network, tenant, desk = family.network, family.network.tenant, family.network.asker.self_desk
    known = family.own()
    monkeypatch.setattr(represented, "given", _never)
    query = "UPDATE linkage_code SET code = ? WHERE ref = (SELECT ref FROM person WHERE addressee_number = ?)"
    person = family.addressee(family.child)
    ((code,),) = tenant.database.read_now(
        lambda connection: connection.execute(
            "SELECT code FROM linkage_code JOIN person USING (ref) WHERE addressee_number = ?", (person,)
        ).fetchall()
    )
    network.run(tenant.database.write(lambda connection: connection.execute(query, (bytes(32), person)).rowcount))
    unknown = family.own()
    assert (known.outcome, known.documents) == (unknown.outcome, unknown.documents) == (Outcome.HELD, {})
    waiting = network.run(desk.waiting(tenant))
    assert [(one.addressee_number, one.reason, one.mandate, one.represents) for one in waiting] == [
        (number, "represented", family.mandate.id, "by_law") for number in (person, "")
    ]
    monkeypatch.undo()
    rules(family, representatives="official")
    with pytest.raises(Conflict, match="represented-nothing-to-give"):
        network.run(desk.decide(tenant, waiting[1].item_id, Decision("provide", ""), "test/officer"))
    assert network.run(desk.decide(tenant, waiting[1].item_id, Decision("refuse", HARM), "test/officer")) is Outcome.REFUSED_WITH_CITATION
    # What the official named stays in the file; what is told names nothing.
    assert neutral(family.own())
    network.run(tenant.database.write(lambda connection: connection.execute(query, (code, person)).rowcount))
    ended = [body for body in family.bodies() if body.outcome == "refused_with_citation"]
    assert {body.basis for body in ended} == {(NEUTRAL,)}


def test_what_an_official_decides_for_the_person_is_not_decided_for_the_representative(family: Relation) -> None:
    """Both ways: the child is given their own after a hold, and the parent waits for a decision of their own."""
    rules(family, held_items=ITEM)
    network, tenant, desk = family.network, family.network.tenant, family.network.asker.self_desk
    own = family.own(who=family.child, mandate=msgspec.UNSET)
    assert own.outcome is Outcome.HELD
    (waiting,) = network.run(desk.waiting(tenant))
    assert network.run(desk.decide(tenant, waiting.item_id, Decision("provide", ""), "test/officer")) is Outcome.PROVIDED
    assert family.own(who=family.child, mandate=msgspec.UNSET).outcome is Outcome.PROVIDED
    assert family.own().outcome is Outcome.HELD
    (waiting,) = network.run(desk.waiting(tenant))
    assert network.run(desk.decide(tenant, waiting.item_id, Decision("refuse", HARM), "test/officer")) is Outcome.REFUSED_WITH_CITATION
    assert neutral(family.own())
    assert family.own(who=family.child, mandate=msgspec.UNSET).outcome is Outcome.PROVIDED


def test_a_mark_stands_above_what_an_official_decided_before(family: Relation) -> None:
    rules(family, held_items=ITEM)
    network, tenant, desk = family.network, family.network.tenant, family.network.asker.self_desk
    assert family.own().outcome is Outcome.HELD
    (waiting,) = network.run(desk.waiting(tenant))
    assert network.run(desk.decide(tenant, waiting.item_id, Decision("provide", ""), "test/officer")) is Outcome.PROVIDED
    assert family.own().documents
    mark = family.mark()
    assert neutral(family.own())
    family.lift(mark)


def _never(*_: Any) -> Any:
    raise AssertionError("an official sees it first")
