"""What registry and law say of an organisation that acts for many: a related affair (個人番号関係事務, Art. 9(4)), and nothing of the network.

No value of here is a Permit, and none leads to a linkage code: what it opens is that a number is handed to the organisation, to be handed in.
"""

from datetime import date
from typing import Final

from enishi.errors import Denied
from enishi.law.capacities import RELATED
from enishi.law.other.kinds import NotOpen, OtherGroundCode
from enishi.law.other.related_affair import PLACE, RelatedAffair, RelatedAffairQuestion, decide_related_affair
from enishi.law.tables import Tables
from enishi.protocol.agent import Part
from enishi.protocol.legal import party_of
from enishi.protocol.registry import Capacity, Institution
from enishi.protocol.statement import AffairRef

__all__ = [
    "KINDS",
    "PLACE",
    "NotOpen",
    "RelatedAffair",
    "acts_for_others",
    "decide_agent",
    "demand_agent",
    "falls",
    "may_act",
    "of_the_day",
    "only_for_others",
    "part_of",
]
_PARTS: Final[dict[str, Part]] = {"employer": "employment", "agent": "commission"}
KINDS: Final = frozenset(_PARTS)
"""The kinds of institution, in the registry, that only hand others' numbers in."""
_TIES: Final = {"employment": "雇用", "commission": "委任"}


def acts_for_others(institution: Institution, on: date) -> tuple[Capacity, ...]:
    """The entries by which the institution is a 個人番号関係事務実施者 on the day; each names the law whose affairs it hands papers in for."""
    return tuple(one for one in institution.capacities if one.name == RELATED and _valid(one, on))


def may_act(institution: Institution) -> bool:
    """Whether the registry enters it, on whatever days, as one that hands others' numbers in: whether it may have mandates to keep or to delete."""
    return any(one.name == RELATED for one in institution.capacities)


def only_for_others(institution: Institution, on: date) -> bool:
    """Whether it is, or was, entered for that alone: it uses no number for an affair of its own, so it has no code, and asks nobody anything."""
    others = any(one.name != RELATED and _valid(one, on) for one in institution.capacities)
    return may_act(institution) and not others


def part_of(agent: Institution) -> Part:
    """What ties it to the people whom it acts for, by its kind in the registry; Denied("agent-not-registered") for any other kind."""
    try:
        return _PARTS[agent.kind]
    except KeyError:
        raise Denied("agent-not-registered", agent.kind[:40], "agent") from None


def decide_agent(part: Part, recipient: Institution, affair: AffairRef, tables: Tables, on: date) -> RelatedAffair | NotOpen:
    """The law's word: may an employer or an agent hand numbers in to the recipient for this affair on the day (Art. 9(4)); total.

    The recipient's capacities count, and those that were delegated to it for a law of the affair.
    """
    party, laws = party_of(recipient, on), _laws_of(affair, tables, on)
    taken = tuple(one for one in party.delegations if one.law in laws)
    question = RelatedAffairQuestion(
        actor="employer" if part == "employment" else "agent",
        part=_TIES[part],
        recipient=party.capacities + tuple(one.capacity for one in taken),
        source=affair.source,
        row=affair.row,
    )
    return decide_related_affair(question, tables, on)


def demand_agent(agent: Institution, part: Part, affair: AffairRef, tables: Tables, on: date) -> None:
    """Denied("institution-suspended"), or ("agent-not-registered") unless the registry enters it as a handler for a law of this affair on the day.

    Of an affair that the day's tables do not have, no law is known: then any entry counts, and whether there is a basis is `decide_agent`'s word.
    """
    if agent.suspended:
        raise Denied("institution-suspended", agent.id, "agent")
    laws = _laws_of(affair, tables, on)
    if part_of(agent) != part or not any(one.law in laws or not laws for one in acts_for_others(agent, on)):
        raise Denied("agent-not-registered", agent.id, "agent")


def falls(verdict: RelatedAffair | NotOpen) -> bool:
    """Whether a mandate that stands loses its basis by this word: not where the law of the day is merely not verified, which says nothing of it."""
    return isinstance(verdict, NotOpen) and any(ground.code is not OtherGroundCode.LAW_NOT_KNOWN for ground in verdict.grounds)


def of_the_day(affair: AffairRef, tables: Tables, on: date) -> AffairRef:
    """The row in which the same affair stands on a day, where the tables changed since it was named; itself where the day has none for it."""
    for revision in tables.book.revisions:
        if affair.source not in (revision.source, f"{revision.source}#{revision.table}"):
            continue
        for row in revision.rows:
            if row.label == affair.row:
                return _stay_on(row.citation, tables, on) or affair
    return affair


def _stay_on(citation: str, tables: Tables, on: date) -> AffairRef | None:
    for stay in tables.history(tables.affair_of(citation)):
        if stay.effective_on <= on and (stay.until is None or on < stay.until):
            source, _, label = stay.citation.rpartition("/")
            return AffairRef(source, label)
    return None


def _laws_of(affair: AffairRef, tables: Tables, on: date) -> tuple[str, ...]:
    era = tables.era(on)
    found = era.rows.get((affair.source, affair.row)) if era is not None else None
    if found is None:
        return ()
    return found.laws if found.row is None else tuple(found.row.row.laws)


def _valid(one: Capacity, on: date) -> bool:
    return one.effective_on <= on and (one.until is None or on < one.until)
