"""What a draft changes, and whether that needs the commission's own operator."""

import msgspec

from enishi.protocol.registry import Institution, Snapshot


def needs_approval(held: Snapshot, draft: Snapshot) -> bool:
    """False where a draft does no more than name new law data and suspend: everything else adds or changes something, which needs both.

    `held` is the last snapshot that the commission signed, with its own suspensions on top: a draft that drops one of them lifts it.
    """
    if _frame(held) != _frame(draft) or len(held.institutions) != len(draft.institutions):
        return True
    return not all(_at_most_suspended(one, other) for one, other in zip(held.institutions, draft.institutions, strict=True))


def _at_most_suspended(one: Institution, other: Institution) -> bool:
    return other in (one, msgspec.structs.replace(one, suspended=True))


def _frame(snapshot: Snapshot) -> Snapshot:
    # The law is compared with the commission's own data, serial and previous with what it signed last.
    return msgspec.structs.replace(snapshot, serial=0, at_ms=0, previous=b"", law=b"", institutions=())
