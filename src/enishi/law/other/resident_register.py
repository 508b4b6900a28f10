"""住民基本台帳法: 本人確認情報, the usual way to an address where the number act gives none.

The tables of that act (which organ, for which affair) are not held here, so the asker names the entry that it stands on, and the verdict
says that the entry itself was not checked.
"""

from datetime import date
from typing import Final, Literal

import msgspec

from enishi.law.other.kinds import NotOpen, OtherCondition, OtherGround, OtherGroundCode, OtherRemedy

LAW: Final = "342AC0000000081"
INFORMATION: Final = ("氏名", "生年月日", "性別", "住所", "個人番号", "住民票コード", "これらの変更情報")
"""本人確認情報 (Art. 30-6): nothing of the family register, the household or the former address book."""
ROUTES: Final = {"national": f"{LAW}#30_9", "prefecture": f"{LAW}#30_11", "municipality": f"{LAW}#30_12"}


class IdentityInformationQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="resident_register"):
    """May an organ (`national`, `prefecture` or `municipality`) have `items` for an affair that stands in `entry` of that act's tables?"""

    organ: Literal["national", "prefecture", "municipality"]
    affair: str
    entry: str
    items: tuple[str, ...]


class IdentityInformation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="verdict", tag="resident_register"):
    """本人確認情報 may be had through the resident register network, under that act and by its own means."""

    on: date
    basis: tuple[str, ...]
    conditions: tuple[OtherCondition, ...]


def decide_identity_information(question: IdentityInformationQuestion, on: date) -> IdentityInformation | NotOpen:
    """Total: identity information only, and an entry of the tables named."""
    grounds: list[OtherGround] = []
    route = ROUTES[question.organ]
    if not (question.entry.strip() and question.affair.strip()):
        grounds.append(OtherGround(OtherGroundCode.ENTRY_NOT_SHOWN, route, (question.affair,) if question.affair else (), (OtherRemedy.NAME_ENTRY,)))
    if not question.items:
        grounds.append(OtherGround(OtherGroundCode.NO_ITEMS, route, (), (OtherRemedy.CORRECT_QUESTION,)))
    beyond = tuple([item for item in question.items if item not in INFORMATION])
    if beyond:
        ways = (OtherRemedy.NETWORK_INQUIRY, *((OtherRemedy.FEWER_ITEMS,) if len(beyond) < len(question.items) else ()))
        grounds.append(OtherGround(OtherGroundCode.NOT_IDENTITY_INFORMATION, f"{LAW}#30_6", beyond, ways))
    if grounds:
        return NotOpen(kind="resident_register", on=on, grounds=tuple(grounds))
    return IdentityInformation(
        on=on,
        basis=(route,),
        conditions=(
            OtherCondition("identity-information-only", f"{LAW}#30_6", question.items),
            OtherCondition("table-not-held", route, (question.entry, question.affair)),
            OtherCondition("not-through-network", route),
        ),
    )
