"""What a tenant declares of its answering, in the file `answering.json` of its folder; without one it is always open and holds no item."""

from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from enishi.errors import Fault, Misconfigured
from enishi.items import catalog
from enishi.protocol.forms import demand
from enishi.roles.gateway.answering.hours import Opening, check_opening

DAY_MS: Final = 24 * 60 * 60 * 1000
HELD_DAYS: Final = 7
HELD_MS: Final = HELD_DAYS * DAY_MS
"""How long an official has to decide on a held inquiry, where the institution says nothing else."""
FILE: Final = "answering.json"


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A tenant's rules: its opening hours, the items that an official must see first, and how long one has for that.

    The days are the same for every reason of a hold, so that no deadline tells the inquirer what the reason is.
    """

    v: int = 1
    opening: Opening | None = None
    held_items: Annotated[tuple[str, ...], msgspec.Meta(max_length=50)] = ()
    held_days: Annotated[int, msgspec.Meta(ge=1, le=60)] = HELD_DAYS
    reminder_days: Annotated[int, msgspec.Meta(ge=0, le=60)] = 2
    """How long before the deadline the desk is reminded."""
    representatives: Literal["machine", "official"] = "machine"
    """Who answers a representative that asks for a person's own data."""

    @property
    def held_ms(self) -> int:
        """How long an official has to decide on a held inquiry."""
        return self.held_days * DAY_MS

    @property
    def reminder_ms(self) -> int:
        """How long before the deadline the desk is reminded."""
        return min(self.reminder_days, self.held_days) * DAY_MS


def read_rules(content: bytes) -> Rules:
    """Read a tenant's rules; Misconfigured("answering-unreadable") names what is wrong."""
    try:
        rules = msgspec.json.decode(content, type=Rules)
        demand(rules.v == 1, "version-unknown", f"version {rules.v}", "v")
        for item in (*rules.held_items, *(rules.opening.items if rules.opening else ())):
            catalog.find(item)
        if rules.opening is not None:
            check_opening(rules.opening)
        return rules
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, Fault) as error:
        raise Misconfigured("answering-unreadable", str(error)[:200], FILE) from error


def rules_of(folder: Path) -> Rules:
    """The rules in a tenant's folder; Misconfigured("answering-unreadable") where the file cannot be read."""
    try:
        return read_rules((folder / FILE).read_bytes())
    except FileNotFoundError:
        return Rules()
    except OSError as error:
        raise Misconfigured("answering-unreadable", f"{folder.name}: {error.strerror}", FILE) from error
