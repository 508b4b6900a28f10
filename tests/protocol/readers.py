"""The table of readers: each function of the program that reads what others wrote.

`tests/protocol/test_protocol_readers.py` finds the readers in the source and demands that each stands here or in `OTHER`, with a reason.
"""

from protocol.readers_agents import AGENTS
from protocol.readers_own import OWN
from protocol.readers_protocol import PROTOCOL
from protocol.readers_rooms import LAW_AND_ITS_FACE, NUMBERS_AND_POINTS, ROLES_AND_EDGES, SEAL_AND_LOG

READERS = (*LAW_AND_ITS_FACE, *PROTOCOL, *SEAL_AND_LOG, *NUMBERS_AND_POINTS, *ROLES_AND_EDGES, *OWN, *AGENTS)
OWN_ROWS = "reads rows that the same role wrote"
OTHER = {
    "cli.handedin.read_leaves": "reads a public log or a database; each leaf is decode_leaf's (tests/oversight)",
    "cli.outside.standing.read": "the file that a witness outside wrote for itself",
    "roles.exchange.lawface.dayform.read_day": "an address's day; what cannot be read is the legal day, and the page says so",
    "mesh.server.open": "opens sockets",
    "web.session.open": "opens a session",
    "web.form.read_form": "takes the body of a request to parse_form",
    "web.cookies.read": "compares a cookie with its MAC; None for any other (tests/web)",
    "tlog.tree.read": "names a place in a tree",
    "tlog.tiles.read": "names a place in a tree",
    "store.schema.open_file": "opens the role's own database (tests/store)",
    "roles.portal.keeping.open_keeping": "opens the role's own database (tests/web, tests/attacks)",
    "store.database.open": "opens the role's own database (tests/store)",
    "store.database.read": "runs a query",
    "store.database.read_now": "runs a query",
    "sentences.catalogue.read_aloud": "a name of the tables, not a message",
    "card.files.read_bytes": "the bytes of a file, unread",
    "cli.walk.sources.open_sources": "opens databases",
    "cli.bench.load.open_loop": "a measurement",
    "client.portal.read_records": "goes through pages; the document is read_proof's",
    "roles.exchange.deliver.open_seed": "opens a seal; the message is read_seed's",
    "roles.gateway.asked.open_ids": OWN_ROWS,
    "roles.gateway.load.sources.open_source": "opens a file; its rows are the loader's (tests/gateway/test_gateway_load.py)",
    "roles.gateway.register.history.read_query": "words of an address, already text (tests/gateway/test_gateway_register.py)",
    "roles.gateway.load.secretfile.read_secret": "a file that the institution wrote for itself (tests/gateway/test_gateway_sources.py)",
    "roles.gateway.joining.platform.read_file": "a file that the platform wrote for itself (tests/joining)",
    "roles.gateway.tenant.open_tenants": "opens databases",
    "roles.keeper.face.read_tile": OWN_ROWS,
    "roles.keeper.stored.open_items": OWN_ROWS,
}
"""Names that read like readers of messages and are none, each with the reason."""
