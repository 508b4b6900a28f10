"""Where everything listens on one machine: faces at BASE+n, mesh doors at BASE+50+n (docs/operations.md lists them)."""

import os
import socket
from typing import Final

from enishi.errors import Misconfigured

DEFAULT_BASE: Final = 8400
FACES: Final = {"portal": 0, "card": 1, "gateway": 2, "exchange": 3, "keeper": 4, "witness": 5, "oversight": 6, "witness-2": 7}
ROLES: Final = ("witness", "witness-2", "oversight", "keeper", "exchange", "registrar", "gateway", "portal", "card")
"""All processes by name, in the order in which they are started; two of them are the same role (`role_of`)."""
SECOND_WITNESS: Final = "witness-2"
PLATFORM: Final = "platform-1"
_DOORS: Final = 50


def face_port(base: int, role: str) -> int:
    """Port of a role's pages or API; 0 for a role without a face."""
    return base + FACES[role] if role in FACES else 0


def role_of(name: str) -> str:
    """The role that a process of that name runs."""
    return "witness" if name == SECOND_WITNESS else name


def mesh_port(base: int, role: str) -> int:
    """Port of a role's mesh door."""
    return base + _DOORS + ROLES.index(role)


def mesh_url(base: int, role: str) -> str:
    """Address of a role's mesh door."""
    return f"https://{role}.mesh.localhost:{mesh_port(base, role)}"


def face_url(base: int, role: str) -> str:
    """Address of a role's pages, under the name that gives it an origin of its own."""
    return f"http://{role}.localhost:{face_port(base, role)}"


def all_ports(base: int) -> list[int]:
    """Every port of a mesh at this base."""
    return [base + n for n in FACES.values()] + [mesh_port(base, role) for role in ROLES]


def check_free(base: int) -> None:
    """Misconfigured("port-in-use") names the first port that somebody else has."""
    if not 1024 <= base <= 65_000:
        raise Misconfigured("port-not-usable", str(base), "port")
    for port in all_ports(base):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise Misconfigured("port-in-use", f"127.0.0.1:{port}", "port") from error


BLOCKS = 127


def find_base() -> int:
    """A base whose whole block is free now, for tests and benches that may run side by side."""
    # Below 32,768: from there on the kernel lends ports to calls that go out, and one may be gone before a role takes it.
    for block in range(BLOCKS):
        base = 20_000 + 100 * ((os.getpid() + block) % BLOCKS)
        try:
            check_free(base)
        except Misconfigured:
            continue
        return base
    raise Misconfigured("port-in-use", "no free block", "port")
