"""Readers of what an organisation's system and its people's links say (docs/protocol.md, 15)."""

from enishi.roles.gateway.agents.face import read_mandates_query
from enishi.roles.portal.agents.pages import read_name
from enishi.roles.portal.agents.wish import read_agent_wanted
from protocol.readers_rooms import pairs
from protocol.reading import Reader, text

AGENTS = (
    Reader(
        "roles.portal.agents.wish.read_agent_wanted",
        lambda: b"agent=employer-1&recipient=isa&source=425AC0000000027@2024-05-27&row=31-2&item=&until=2025-12-31",
        lambda raw: read_agent_wanted(pairs(raw)),
        lambda one: (
            f"agent={one.agent}&recipient={one.recipient}&source={one.source}&row={one.row}&item={one.item}"
            + (f"&until={one.until}" if one.until else "")
        ).encode(),
    ),
    Reader("roles.portal.agents.pages.read_name", lambda: b"0f" * 16, lambda raw: read_name(text(raw)), lambda one: one.hex().encode()),
    Reader(
        "roles.gateway.agents.face.read_mandates_query",
        lambda: b"state=standing&after=" + b"0f" * 16 + b"&limit=7",
        lambda raw: read_mandates_query(pairs(raw)),
        lambda one: f"state={one.state}&after={one.after}&limit={one.limit}".encode(),
    ),
)
