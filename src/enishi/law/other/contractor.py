"""委託 (Arts. 10, 11): a contractor acts inside its principal's affair; passing it on needs the first principal's permission; each supervises."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Final, Literal

import msgspec

from enishi.law.other.kinds import STATUTE, NotOpen, OtherCondition, OtherGround, OtherGroundCode, OtherRemedy

RE_ENTRUSTING: Final = f"{STATUTE}#10-1"
AS_CONTRACTOR: Final = f"{STATUTE}#10-2"
SUPERVISION: Final = f"{STATUTE}#11"
NO_WIDER: Final = f"{STATUTE}#9-1"


class Commission(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One contract: who gives which part of the affair to whom, who supervises how, and for a later link the first principal's permission."""

    giver: str
    taker: str
    tasks: tuple[str, ...]
    supervision: str
    permitted_by: str = ""


class ContractorQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="contractor"):
    """May the last taker of the `chain` do `task`, part of what `principal` does (`tasks`) as a number user?"""

    principal: str
    standing: Literal["number_user", "related", "none"]
    tasks: tuple[str, ...]
    chain: tuple[Commission, ...]
    task: str


class Entrusted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="verdict", tag="contractor"):
    """The contractor may do the task for the principal; towards the network the principal stays the inquirer."""

    on: date
    contractor: str
    basis: tuple[str, ...]
    conditions: tuple[OtherCondition, ...]


def decide_contractor(question: ContractorQuestion, on: date) -> Entrusted | NotOpen:
    """Total: a principal who may use the number, an unbroken chain, nothing beyond its affair, permission at each further link, supervision."""
    grounds: list[OtherGround] = []
    if question.standing == "none":
        grounds.append(OtherGround(OtherGroundCode.PRINCIPAL_WITHOUT_NUMBER_USE, NO_WIDER, (question.principal,), (OtherRemedy.WITHOUT_NUMBER,)))
    if question.chain:
        check_chain(question, grounds)
    else:
        grounds.append(OtherGround(OtherGroundCode.NOTHING_COMMISSIONED, SUPERVISION, (), (OtherRemedy.COMMISSION_IN_WRITING,)))
    if grounds:
        return NotOpen(kind="contractor", on=on, grounds=tuple(grounds))
    further = question.chain[1:]
    permissions = tuple([OtherCondition("permission-by", RE_ENTRUSTING, (one.taker, one.permitted_by)) for one in further])
    supervised = tuple([OtherCondition("supervise", SUPERVISION, (one.giver, one.taker, one.supervision)) for one in question.chain])
    stays = OtherCondition("inquirer-stays-principal", NO_WIDER, (question.principal,))
    basis = (SUPERVISION, *((RE_ENTRUSTING, AS_CONTRACTOR) if further else ()))
    return Entrusted(on=on, contractor=question.chain[-1].taker, basis=basis, conditions=(stays, *permissions, *supervised))


def check_chain(question: ContractorQuestion, grounds: list[OtherGround]) -> None:
    """Every link of the chain, from the principal on."""
    chain = question.chain
    if chain[0].giver != question.principal or any(one.taker != other.giver for one, other in pairwise(chain)):
        about = tuple([f"{one.giver} → {one.taker}" for one in chain])
        grounds.append(OtherGround(OtherGroundCode.CHAIN_BROKEN, AS_CONTRACTOR, about, (OtherRemedy.CORRECT_QUESTION,)))
    if question.task not in _carried(question.tasks, chain):
        grounds.append(OtherGround(OtherGroundCode.BEYOND_PRINCIPALS_AFFAIR, NO_WIDER, (question.task,), (OtherRemedy.COMMISSION_IN_WRITING,)))
    unpermitted = tuple([one.taker for one in chain[1:] if one.permitted_by != question.principal])
    if unpermitted:
        grounds.append(
            OtherGround(OtherGroundCode.RE_ENTRUSTED_WITHOUT_PERMISSION, RE_ENTRUSTING, unpermitted, (OtherRemedy.PERMISSION_OF_PRINCIPAL,))
        )
    unsupervised = tuple([one.taker for one in chain if not one.supervision.strip()])
    if unsupervised:
        grounds.append(OtherGround(OtherGroundCode.NOT_SUPERVISED, SUPERVISION, unsupervised, (OtherRemedy.SUPERVISE,)))


def _carried(tasks: Sequence[str], chain: Sequence[Commission]) -> set[str]:
    """What reaches the end of the chain: nobody passes on what was not given to them."""
    carried = set(tasks)
    for one in chain:
        carried &= set(one.tasks)
    return carried
