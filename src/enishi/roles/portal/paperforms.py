"""Requests on paper, for who has no card: 開示, 訂正 and 利用停止 under the Act on the Protection of Personal Information, Chapter 5, Section 4."""

from typing import Final

import msgspec


class PaperForm(msgspec.Struct, frozen=True):
    """One form: its key, the provisions it rests on (right, written request, time to decide), and its fields with the lines each has room for."""

    key: str
    basis: tuple[str, ...]
    fields: tuple[tuple[str, int], ...]


_WHO: Final = (("to", 1), ("date", 1), ("name", 1), ("address", 2), ("contact", 1))
_HOW: Final = (("identity", 1), ("representative", 1))

FORMS: Final = {
    form.key: form
    for form in (
        PaperForm("disclosure", ("415AC0000000057#76", "415AC0000000057#77-1", "415AC0000000057#83-1"), (*_WHO, ("what", 4), ("way", 1), *_HOW)),
        PaperForm(
            "correction",
            ("415AC0000000057#90", "415AC0000000057#91-1", "415AC0000000057#94-1"),
            (*_WHO, ("disclosed", 3), ("wish", 3), ("reason", 3), *_HOW),
        ),
        PaperForm(
            "suspension",
            ("415AC0000000057#98", "415AC0000000057#99-1", "415AC0000000057#102-1"),
            (*_WHO, ("disclosed", 3), ("stop", 2), ("reason", 3), *_HOW),
        ),
    )
}
"""What each written request must say: Art. 77(1), 91(1), 99(1); beside it only what the institution needs to answer."""


class Filled(msgspec.Struct, frozen=True):
    """What is known already and written in: the institution, and what it disclosed when; empty where nothing is."""

    to: str = ""
    disclosed: str = ""

    def value(self, field: str) -> str:
        """What stands in a field."""
        return {"to": self.to, "disclosed": self.disclosed}.get(field, "")
