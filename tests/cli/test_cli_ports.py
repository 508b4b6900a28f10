"""Where a mesh listens: no two doors at one port, and a block that is not free is said by its first port."""

import socket

import pytest

from enishi.cli.ports import FACES, ROLES, all_ports, check_free, face_port, face_url, find_base, mesh_port, mesh_url
from enishi.errors import Misconfigured


def test_every_door_has_a_port_of_its_own() -> None:
    ports = all_ports(8400)
    assert len(set(ports)) == len(ports)
    assert {mesh_port(8400, role) for role in ROLES} | {face_port(8400, role) for role in FACES} <= set(ports)
    assert face_port(8400, "registrar") == 0
    assert len({mesh_url(8400, role) for role in ROLES}) == len(ROLES)
    # Each face has an origin of its own, so that no cookie of one reaches another.
    assert len({face_url(8400, role).split(":")[1] for role in FACES}) == len(FACES)


@pytest.mark.parametrize("base", [0, 80, 1023, 65_001, -1])
def test_a_base_that_no_user_may_have(base: int) -> None:
    with pytest.raises(Misconfigured, match="port-not-usable"):
        check_free(base)


def test_a_port_that_somebody_has_is_named() -> None:
    base = find_base()
    check_free(base)
    with socket.socket() as other:
        # As the probe does: connections of an earlier mesh that are still winding down hold nobody up.
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", mesh_port(base, "keeper")))
        other.listen()
        with pytest.raises(Misconfigured, match="port-in-use") as caught:
            check_free(base)
    assert str(mesh_port(base, "keeper")) in caught.value.detail
