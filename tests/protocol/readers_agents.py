"""Readers of what an organisation's system and its people's links say (docs/protocol.md, 15)."""

from urllib.parse import unquote_plus

from enishi.roles.gateway.agents.face import read_mandates_query
from enishi.roles.portal.agents.pages import read_name
from enishi.roles.portal.agents.wish import AgentWanted
from enishi.roles.portal.link import read_link
from protocol.readers_rooms import pairs
from protocol.reading import Reader, text

AGENTS = (
    Reader(
        "roles.portal.link.read_link",
        lambda: b"source=425AC0000000027@2024-05-27&row=31-2&agent=employer-1&recipient=isa&until=2025-12-31",
        lambda raw: read_link(pairs(raw), AgentWanted),
        lambda one: unquote_plus(one.query).encode(),
    ),
    Reader("roles.portal.agents.pages.read_name", lambda: b"0f" * 16, lambda raw: read_name(text(raw)), lambda one: one.hex().encode()),
    Reader(
        "roles.gateway.agents.face.read_mandates_query",
        lambda: b"state=standing&after=" + b"0f" * 16 + b"&limit=7",
        lambda raw: read_mandates_query(pairs(raw)),
        lambda one: f"state={one.state}&after={one.after}&limit={one.limit}".encode(),
    ),
)
