"""Step 2: may the inquirer use the individual number for this affair (Art. 9(1) and 別表, 準法定事務)."""

from typing import Final

from enishi.law.eras import NUMBER_USE, Found
from enishi.law.verdict import Ground, GroundCode, Remedy, RemedyCode

WITHOUT_NUMBER: Final = (Remedy(RemedyCode.BASIC_RESIDENT_REGISTER, "342AC0000000081#30_9"), Remedy(RemedyCode.PAPER))
REVIEW: Final = (Remedy(RemedyCode.REVIEW_DATA),)


NO_USE: Final = Ground(GroundCode.NO_NUMBER_USE, NUMBER_USE, (), WITHOUT_NUMBER)


def check_number_use(found: Found, inquirer: tuple[str, ...], grounds: list[Ground]) -> None:
    """Add the ground against number use, if any; silent where it is open which affair is meant."""
    use = found.number_use
    if use.problem is None:
        if use.users.isdisjoint(inquirer):
            grounds.append(Ground(GroundCode.NOT_A_NUMBER_USER, use.citations[-1], inquirer, WITHOUT_NUMBER))
    elif use.problem is GroundCode.NO_NUMBER_USE:
        grounds.append(NO_USE)
    elif use.problem is GroundCode.CROSSWALK_NOT_REVIEWED and found.row is not None:
        grounds.append(Ground(use.problem, found.row.row.citation, (), REVIEW))
