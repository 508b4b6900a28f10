"""Law as data: which institution may ask which other for what, about whom, on which day; answers with citations, denies by default.

Holds: the compiled tables of the My Number Act and its linkage order, with provenance and doubts per row.
Never sees: a person, a number, a code, a clock, a database; the facts about institutions come from the caller.
"""

from enishi.law.affair import resolve
from enishi.law.citation import describe, link
from enishi.law.decide import decide, decide_many
from enishi.law.question import (
    MESH,
    AffairRef,
    Assessment,
    Consent,
    Delegation,
    Facts,
    LawRef,
    OrdinanceRef,
    Party,
    Period,
    Policy,
    Question,
    RowRef,
    Standing,
)
from enishi.law.question_json import Asked, Institutions, answer_lines, print_verdict, read_question
from enishi.law.relation import Relation
from enishi.law.tables import Tables, load
from enishi.law.texts import Text, say
from enishi.law.verdict import Condition, Doubt, Ground, GroundCode, Permit, Refusal, Remedy, RemedyCode, Verdict, verdict_digest

__all__ = [
    "MESH",
    "AffairRef",
    "Asked",
    "Assessment",
    "Condition",
    "Consent",
    "Delegation",
    "Doubt",
    "Facts",
    "Ground",
    "GroundCode",
    "Institutions",
    "LawRef",
    "OrdinanceRef",
    "Party",
    "Period",
    "Permit",
    "Policy",
    "Question",
    "Refusal",
    "Relation",
    "Remedy",
    "RemedyCode",
    "RowRef",
    "Standing",
    "Tables",
    "Text",
    "Verdict",
    "answer_lines",
    "decide",
    "decide_many",
    "describe",
    "link",
    "load",
    "print_verdict",
    "read_question",
    "resolve",
    "say",
    "verdict_digest",
]
