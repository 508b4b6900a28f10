"""The one room of the numbers that name a person or a body in law: check digits, parsing and nothing else.

Only registrar, the gateway's enrolment, card and society import it.  A fault never carries the number that was wrong, because faults are
shown, counted and logged, and the individual number may stand in none of these.
"""

from typing import Final, NewType

from stdnum.jp import cn, in_

from enishi.errors import Malformed
from enishi.terms import InstitutionId

IndividualNumber = NewType("IndividualNumber", str)
"""個人番号: twelve digits, the last one the check digit."""
CorporateNumber = NewType("CorporateNumber", str)
"""法人番号: thirteen digits, the first one the check digit."""
ResidentRecordCode = NewType("ResidentRecordCode", str)
"""住民票コード: eleven digits."""

_SEPARATORS: Final = str.maketrans("", "", " -")
_TYPED: Final = str.maketrans("０１２３４５６７８９　－", "0123456789 -")
_CODE_WEIGHTS: Final = (6, 5, 4, 3, 2)


def parse_individual_number(text: str) -> IndividualNumber:
    """Twelve digits of an 個人番号 as typed (spaces, hyphens, full-width digits allowed); Malformed("individual-number-wrong").

    >>> parse_individual_number("6214 9832 0257")
    '621498320257'
    """
    digits = _digits(text, 12)
    if not in_.is_valid(digits):
        raise Malformed("individual-number-wrong", "", "individual_number")
    return IndividualNumber(digits)


def parse_corporate_number(text: str) -> CorporateNumber:
    """Thirteen digits of a 法人番号; Malformed("corporate-number-wrong").

    >>> parse_corporate_number("5-8356-7825-6246")
    '5835678256246'
    """
    digits = _digits(text, 13)
    if not cn.is_valid(digits):
        raise Malformed("corporate-number-wrong", "", "corporate_number")
    return CorporateNumber(digits)


def parse_local_government_code(text: str) -> InstitutionId:
    """Six digits of a 全国地方公共団体コード (five and a check digit); Malformed("local-government-code-wrong").

    >>> parse_local_government_code("012131")
    '012131'
    """
    digits = _digits(text, 6)
    if local_government_code(digits[:5]) != digits:
        raise Malformed("local-government-code-wrong", "", "local_government_code")
    return InstitutionId(digits)


def parse_resident_record_code(text: str) -> ResidentRecordCode:
    """Eleven digits of a 住民票コード, length and digits only (its check digit is not published as law); Malformed("resident-record-code-wrong")."""
    digits = _digits(text, 11)
    if not digits:
        raise Malformed("resident-record-code-wrong", "", "resident_record_code")
    return ResidentRecordCode(digits)


def individual_number(body: str) -> IndividualNumber:
    """The 個人番号 whose first eleven digits are given; Malformed("individual-number-wrong") unless these are eleven digits."""
    digits = _digits(body, 11)
    if not digits:
        raise Malformed("individual-number-wrong", "", "individual_number")
    return IndividualNumber(digits + in_.calc_check_digit(digits))


def local_government_code(body: str) -> InstitutionId:
    """The 全国地方公共団体コード whose first five digits are given; Malformed("local-government-code-wrong") unless these are five digits."""
    digits = _digits(body, 5)
    if not digits:
        raise Malformed("local-government-code-wrong", "", "local_government_code")
    total = sum(weight * int(digit) for weight, digit in zip(_CODE_WEIGHTS, digits, strict=True))
    return InstitutionId(digits + str((11 - total % 11) % 10))


def _digits(text: str, length: int) -> str:
    """The digits of a text as typed, or "" where they are not so many digits and nothing else."""
    digits = text.translate(_TYPED).translate(_SEPARATORS) if isinstance(text, str) and len(text) <= 64 else ""
    # isdigit() alone would let other scripts' digits through, which int() reads and a database does not.
    return digits if len(digits) == length and digits.isascii() and digits.isdigit() else ""
