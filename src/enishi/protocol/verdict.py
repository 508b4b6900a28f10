"""A verdict of law in the form that travels and is recorded.  It is a report: only law's own Permit opens anything (design, "The
signature is the policy")."""

import msgspec

from enishi.encoding import digest
from enishi.protocol.record import GroundShown


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Permit or refusal of one row, with citations; `marks` carry doubts and modes (`doubt:…`, `proposals`, `law_edge`)."""

    permit: bool
    basis: tuple[str, ...]
    grounds: tuple[GroundShown, ...]
    marks: tuple[str, ...]
    remedies: tuple[dict[str, str], ...] = ()
    """What could be done lawfully instead, each as `{"code", "ja", "en"}`; shown to the inquirer, not recorded."""


def verdict_digest(verdict: Verdict) -> bytes:
    """32 bytes that stand for a verdict in a ticket."""
    return digest("ticket-verdict", msgspec.json.encode(verdict))
