"""A row of the 18-field file as a question: each code by its table, each date by the calendar, and nothing that is not there."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from enishi.errors import Fault, Malformed
from enishi.protocol.forms import demand
from enishi.roles.gateway.bulk.codes import Codes
from enishi.roles.gateway.bulk.fields import FIELDS, cut_comma, cut_fixed
from enishi.roles.gateway.bulk.lines import Line
from enishi.roles.gateway.bulk.row import Row, question_json, whole
from enishi.roles.gateway.question import Question, Subject, read_question
from enishi.terms import InstitutionId

T = TypeVar("T")
LAST_DAY: Final = "99990401"
_NAMES: Final = {field.name: field.ja for field in FIELDS}


class Filed:
    """Reads the rows of one file for one institution."""

    def __init__(self, institution: str, codes: Codes, layout: str, charset: str) -> None:
        """`layout` is comma or fixed."""
        self._institution, self._codes, self._charset = institution, codes, charset
        self._cut = cut_comma if layout == "comma" else cut_fixed

    def row(self, line: Line) -> Row:
        """The row of one line; where a code or date cannot be read it keeps its fields, so that the result file shows them."""
        fields: tuple[str, ...] = ()
        try:
            fields = self._cut(whole(line), self._charset)
            question = self._question(dict(zip(_NAMES, fields, strict=True)))
            return Row(line.number, question, fields)
        except Fault as fault:
            return Row(line.number, fields=fields, fault=fault)

    def _question(self, values: Mapping[str, str]) -> bytes:
        codes = self._codes
        _known(codes.number_schemes, values, "number_scheme")
        _known(codes.marks, values, "mark")
        demand(values["addressee_number"], "field-blank", _NAMES["addressee_number"], "addressee_number")
        _moment(values["asked_at"])
        institution = _known(codes.institutions, values, "institution")
        demand(institution == self._institution, "institution-not-yours", values["institution"], "institution")
        affair = _known(codes.affairs, values, "affair")
        procedure = _known(codes.procedures, values, "procedure")
        demand(procedure.affair == values["affair"], "procedure-other-affair", values["procedure"], "procedure")
        for name in ("delegating_inquirer", "delegating_provider"):
            demand(not values[name], "delegation-not-taken", values[name], name)
        provider, item = _known(codes.institutions, values, "provider"), _known(codes.items, values, "item")
        subject = Subject(values["addressee_number"], procedure.relation, self._period(values), "")
        written = question_json(Question(affair, procedure.purpose_item, (item,), InstitutionId(provider), (subject,)))
        # The same checks as for every other question: 号, item, period.
        read_question(written)
        return written

    def _period(self, values: Mapping[str, str]) -> str:
        condition, year = _known(self._codes.conditions, values, "condition"), _known(self._codes.years, values, "year")
        demand((condition == "fiscal_year") == (year == "fiscal_year"), "year-without-condition", values["year"], "year")
        if condition == "none":
            demand(not values["begins"], "field-not-blank", _NAMES["begins"], "begins")
            demand(not values["ends"], "field-not-blank", _NAMES["ends"], "ends")
            return ""
        begins, ends = _day(values["begins"], "begins"), _day(values["ends"], "ends")
        demand(begins.day == 1 and begins <= ends, "period-not-whole", values["begins"], "begins")
        demand((ends + timedelta(days=1)).day == 1, "period-not-whole", values["ends"], "ends")
        if condition == "months":
            return f"{begins:%Y-%m}/{ends:%Y-%m}"
        demand((begins.month, ends.month, ends.year) == (4, 3, begins.year + 1), "period-not-whole", values["ends"], "ends")
        return f"{begins.year:04d}"


def _known(table: Mapping[str, T], values: Mapping[str, str], name: str) -> T:
    found = table.get(values[name])
    if found is None:
        raise Malformed("code-unknown", f"{_NAMES[name]} {values[name]}", name)
    return found


def _day(text: str, name: str) -> date:
    demand(len(text) == 8 and text.isascii() and text.isdigit() and text < LAST_DAY, "date-wrong", text, name)
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError as error:
        raise Malformed("date-wrong", text, name) from error


def _moment(text: str) -> None:
    demand(len(text) == 17 and text.isascii() and text.isdigit(), "date-wrong", text, "asked_at")
    try:
        datetime(int(text[:4]), *(int(text[i : i + 2]) for i in range(4, 14, 2)))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError as error:
        raise Malformed("date-wrong", text, "asked_at") from error
