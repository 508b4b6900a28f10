"""From a question of the Authorization API to its decision: `decision`, and in `context` everything that law said."""

from typing import Any

import msgspec

from enishi.errors import Fault
from enishi.law import Permit, print_verdict
from enishi.roles.exchange.authzen.forms import Box, Evaluation, question_of
from enishi.roles.exchange.publiclaw import PublicLaw
from enishi.sentences.problems import problem

Decision = dict[str, Any]


def evaluate(law: PublicLaw, evaluation: Evaluation) -> Decision:
    """The decision on one question; faults of the question are raised."""
    verdict = law.answer(question_of(evaluation), evaluation.context.level).verdict
    return {"decision": isinstance(verdict, Permit), "context": print_verdict(verdict)}


def evaluate_box(law: PublicLaw, box: Box) -> dict[str, list[Decision]]:
    """The decisions on several questions in their order, ending where the chosen semantic says so (section 7.1.2.1)."""
    decisions: list[Decision] = []
    for evaluation in box.evaluations:
        decisions.append(_closed(law, evaluation))
        decided = decisions[-1]["decision"]
        if (box.semantic == "deny_on_first_deny" and not decided) or (box.semantic == "permit_on_first_permit" and decided):
            break
    return {"evaluations": decisions}


def _closed(law: PublicLaw, evaluation: Evaluation | Fault) -> Decision:
    """A question that cannot be answered is a denial with its error (section 7.2.1)."""
    try:
        if isinstance(evaluation, Fault):
            raise evaluation
        return evaluate(law, evaluation)
    except Fault as fault:
        return {"decision": False, "context": {"error": error_of(fault)}}


def error_of(fault: Fault) -> dict[str, Any]:
    """The error of one question: status and message as section 7.2.1 has them, and our problem document."""
    document = problem(fault)
    return {"status": fault.status, "message": document["title"], "problem": msgspec.to_builtins(document)}
