"""What an institution's system reads and writes at its gateway, as types: the question, the inquiry with its items, held items, evidence found.

They follow the gateway's published description (`GET /v1/openapi.json`); fields that a newer gateway adds are passed over.
"""

from typing import Any, Literal

import msgspec

State = Literal["sending", "waiting", "ended"]


class Ask(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One question about one person: the affair by `source` and `row`, 号, items by name or slug, relation, provider, period, own case reference."""

    person: str
    provider: str
    items: tuple[str, ...]
    row: str
    source: str = "506M60004008009@2024-05-27"
    purpose_item: str = ""
    relation: str = "applicant"
    period: str = ""
    case: str = ""

    def body(self) -> dict[str, Any]:
        """The body of `POST /v1/inquiries`."""
        plain = {"person": self.person, "provider": self.provider, "items": self.items, "relation": self.relation}
        return plain | {
            "affair": {"source": self.source, "row": self.row},
            "purpose_item": self.purpose_item,
            "period": self.period,
            "case": self.case,
        }


class Ground(msgspec.Struct, frozen=True):
    """Why law refuses: a code, the provision, and a sentence by language."""

    code: str
    citation: str
    message: dict[str, str]


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One person of an inquiry: law's verdict with grounds and remedies, and once there is one, the outcome with its documents by item."""

    item_id: str
    case: str
    verdict: Literal["permit", "refusal"] | None = None
    basis: tuple[str, ...] = ()
    grounds: tuple[Ground, ...] = ()
    remedies: tuple[dict[str, str], ...] = ()
    marks: tuple[str, ...] = ()
    outcome: str | None = None
    citation: str = ""
    deadline: str | None = None
    documents: dict[str, list[dict[str, Any]]] = {}
    as_of: dict[str, str] = {}


class Inquiry(msgspec.Struct, frozen=True):
    """An inquiry as it stands: `sending` until the log has it, `waiting` while an outcome is to come, `ended`."""

    txid: str
    state: State
    items: tuple[Item, ...]

    @property
    def ended(self) -> bool:
        """Whether nothing more can come."""
        return self.state == "ended"


class HeldItem(msgspec.Struct, frozen=True, kw_only=True):
    """An inquiry to this institution that waits for its official: who asks what, about whom (own number), until when."""

    item_id: str
    inquirer: str
    items: tuple[str, ...]
    person: str
    relation: str
    period: str
    asked_at: str
    deadline: str


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One item found by case, person, affair or officer, and whether its evidence is kept."""

    item_id: str
    txid: str
    asked_at: str
    case: str
    person: str
    affair: str
    provider: str
    officer: str
    verdict: str
    outcome: str
    evidence: str
