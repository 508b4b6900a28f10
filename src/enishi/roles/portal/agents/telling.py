"""A wish for a mandate, and what was given, in sentences."""

from typing import Final, Literal

import msgspec

from enishi.clock import moment
from enishi.protocol.agent import AgentShown, Part
from enishi.roles.portal.agents.wish import AgentLawful, AgentWanted
from enishi.roles.portal.offertelling import OfferTeller, grouped
from enishi.roles.portal.telling import Reason
from enishi.roles.portal.view import Name
from enishi.sentences.catalogue import Catalogue
from enishi.sentences.language import Language
from enishi.sentences.phrase import Phrase
from enishi.web.citations import Cited
from enishi.web.dates import day_in, machine_time, time_in

State = Literal["waiting", "standing", "ending", "deleted"]
BEFORE_MS: Final = 1
"""The end of a mandate is the first moment at which it is over; its last day is that of the moment before."""


class ToldMandate(msgspec.Struct, frozen=True, kw_only=True):
    """A wish ready for the page; `reasons` say why there is no basis, empty where there is. `document` is what the card shows."""

    agent: Phrase
    recipient: Phrase
    affair: Phrase
    words: str
    part: Part
    until: Phrase
    basis: tuple[Cited, ...]
    reasons: tuple[Reason, ...]
    document: Phrase


class ToldAgent(msgspec.Struct, frozen=True, kw_only=True):
    """A mandate in the person's list; times that have not come are empty. `name` is the reference as a form carries it."""

    name: str
    reference: str
    agent: Phrase
    recipient: Phrase
    affair: Phrase
    part: Part
    state: State
    moment: Phrase
    stamp: str
    until: Phrase
    taken: Phrase
    ended: Phrase
    reason: str
    deleted: Phrase


class AgentTeller:
    """Tells in one language."""

    def __init__(self, language: Language, catalogue: Catalogue, law_page: str | None) -> None:
        """Take the reader's language, the sentences, and the origin of the law page if there is one."""
        self._language = language
        self._catalogue = catalogue
        self._offers = OfferTeller(language, catalogue, law_page)

    def wish(self, wanted: AgentWanted, lawful: AgentLawful, until_ms: int) -> ToldMandate:
        """Who wants to hand the number in to whom for what, until when, by which provisions, or why not."""
        agent, recipient = self._offers.institution(lawful.agent), self._offers.institution(lawful.recipient)
        affair = self._offers.affair(wanted.affair, wanted.item, lawful.affair)
        values = {"agent": agent, "recipient": recipient, "affair": affair}
        return ToldMandate(
            agent=agent,
            recipient=recipient,
            affair=affair,
            words=lawful.affair,
            part=lawful.part,
            until=self._day(until_ms),
            basis=self._offers.basis(lawful.basis),
            reasons=self._offers.reasons(lawful.grounds),
            document=self._catalogue.say(self._language, "agent.document", values),
        )

    def given(self, one: AgentShown, agent: Name, recipient: Name, words: str) -> ToldAgent:
        """One that was given, with its state."""
        return ToldAgent(
            name=one.reference.hex(),
            reference=grouped(one.reference),
            agent=self._offers.institution(agent),
            recipient=self._offers.institution(recipient),
            affair=self._offers.affair(one.affair, one.purpose_item, words),
            part=one.part,
            state=state_of(one),
            moment=time_in(one.at_ms, self._language),
            stamp=machine_time(one.at_ms),
            until=self._day(one.until_ms),
            taken=self._time(one.taken_ms),
            ended=self._time(one.ended_ms),
            reason=one.reason,
            deleted=self._time(one.deleted_ms),
        )

    def _day(self, until_ms: int) -> Phrase:
        return day_in(moment(until_ms - BEFORE_MS).date(), self._language)

    def _time(self, at_ms: int) -> Phrase:
        return time_in(at_ms, self._language) if at_ms else ()


def state_of(one: AgentShown) -> State:
    """How a mandate stands: not fetched yet, fetched, over and not yet confirmed as deleted, deleted."""
    if one.deleted_ms:
        return "deleted"
    if one.ended_ms:
        return "ending"
    return "standing" if one.taken_ms else "waiting"
