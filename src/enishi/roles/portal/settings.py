"""How a portal is set up."""

import msgspec


class PortalSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`origin` of the pages, `card_origin` of the card's issuer, `cookie_key` (32 secret bytes), lifetimes in milliseconds, numbers of sessions.

    `law_origin` is that of the law page, to which citations lead; without one they lead to e-Gov.
    """

    origin: str
    card_origin: str
    cookie_key: bytes
    law_origin: str | None = None
    client_id: str = "portal"
    session_ms: int = 15 * 60 * 1000
    sessions: int = 10_000
    pending: int = 10_000
