"""What the public face is handed: law, policy, registry and day, and nothing else of the exchange."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import msgspec

from enishi.law import Asked, Facts, OrdinanceRef, Party, Policy, RowRef, Verdict, decide, read_question
from enishi.law.question import AffairRef as LawAffair
from enishi.law.tables import Tables
from enishi.protocol.legal import assessment_of, own_ordinances, party_of, standing_of
from enishi.protocol.registry import Institution, Snapshot
from enishi.protocol.statement import AffairRef

Level = Literal["item", "row"]


@dataclass(frozen=True)
class Answered:
    """A question as it was understood, and law's answer to it."""

    asked: Asked
    verdict: Verdict


@dataclass(frozen=True)
class PublicLaw:
    """The same tables and policy that decide in the mesh, the registry as it is published now, and the legal day."""

    tables: Tables
    policy: Policy
    snapshot: Callable[[], Snapshot | None]
    day: Callable[[], date]
    origin: str

    def institutions(self) -> tuple[Institution, ...]:
        """The institutions of the current snapshot; none before the first."""
        snapshot = self.snapshot()
        return snapshot.institutions if snapshot is not None else ()

    def institution(self, institution_id: str) -> Institution | None:
        """The institution of that id, or None."""
        snapshot = self.snapshot()
        return snapshot.by_id.get(institution_id) if snapshot is not None else None

    def answer(self, question: dict[str, Any], level: Level, on: date | None = None) -> Answered:
        """Decide a question in the form of `enishi law decide`, at item level or as deep as it goes; faults as `law.read_question` has them.

        For a party named by its id the registry says how it stands and which assessments are published; `facts` speak of capacities only.
        """
        policy = msgspec.structs.replace(self.policy, demand=level)
        asked = read_question(msgspec.json.encode(question), self.tables, on or self.day(), self._party, policy)
        asked = asked._replace(facts=self._facts(asked))
        return Answered(asked, decide(asked.question, self.tables, asked.facts, asked.on, policy))

    def _party(self, institution_id: str, on: date) -> Party | None:
        institution = self.institution(institution_id)
        return party_of(institution, on) if institution is not None else None

    def _facts(self, asked: Asked) -> Facts:
        """What the caller claims of capacities, and of institutions what the registry says: the facts by which the mesh decides."""
        facts, place = asked.facts, _place_of(asked.question.affair)
        inquirer, provider = (self.institution(party.institution) for party in (asked.question.inquirer, asked.question.provider))
        if inquirer is not None:
            known = assessment_of(inquirer, place, asked.on)
            facts = msgspec.structs.replace(facts, inquirer_standing=standing_of(inquirer), inquirer_assessment=known)
        if provider is not None:
            known = assessment_of(provider, place, asked.on)
            facts = msgspec.structs.replace(facts, provider_standing=standing_of(provider), provider_assessment=known)
        ordinances = tuple(ordinance for one in (inquirer, provider) if one is not None for ordinance in own_ordinances(one))
        return msgspec.structs.replace(facts, ordinances=ordinances)


def _place_of(affair: LawAffair) -> AffairRef:
    """The affair as statements and the registry's assessments name it."""
    match affair:
        case RowRef(source=source, row=row):
            # A question may name the table beside the revision; assessments name the revision alone.
            return AffairRef(source.partition("#")[0], row)
        case OrdinanceRef(ordinance=ordinance):
            code, _, number = ordinance.partition("/")
            return AffairRef(f"ordinance{code}", number)
    return AffairRef("", "")
