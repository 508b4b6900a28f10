"""A mesh with two gateway platforms, each a process: the inquirer's, and that of all other institutions."""

import shutil
import threading
from pathlib import Path
from typing import Final

import msgspec

from enishi import clock
from enishi.cli.configs import write_configs
from enishi.cli.founding import found
from enishi.cli.ports import ROLES
from enishi.mesh import pki
from enishi.mesh.config import read, write
from enishi.protocol.founding import Founding
from faults.flight import A
from running.forking import ForkedMesh

SECOND: Final = "gateway-2"
PLATFORM: Final = "platform-2"
FACE, DOOR = 20, 80
"""Ports of the second platform, counted from the mesh's base."""


class TwinMesh(ForkedMesh):
    """`gateway` has the inquirer, `gateway-2` everybody else."""

    def start(self) -> None:
        found(self.plan.data, self._residents, self._say)
        others = _split(self.plan.data)
        pki.issue(self.plan.data / "authority", self.plan.data / SECOND / "tls", "gateway", SECOND, others, clock.now_ms())
        self._configs = write_configs(self.plan) | {SECOND: self._second()}
        (self.plan.data / "logs").mkdir()
        for role in (*ROLES, SECOND):
            self.launch(role)
        self.wait_ready()

    def wait_ready(self) -> None:
        """Until every process has said so."""
        while not all(child.poll() for child in self.children.values()):
            threading.Event().wait(0.02)

    def faces(self) -> dict[str, str]:
        base = self.plan.base
        return {"asker": f"http://gateway.localhost:{base + 2}", "provider": f"http://gateway.localhost:{base + FACE}"}

    def _second(self) -> Path:
        base, folder = self.plan.base, self.plan.data / SECOND
        url = f"https://{SECOND}.mesh.localhost:{base + DOOR}"
        for role in ("exchange", "keeper"):
            path = self.plan.data / role / "config.json"
            config = read(path)
            write(path, msgspec.structs.replace(config, peers=config.peers | {PLATFORM: url}))
        first = read(self.plan.data / "gateway" / "config.json")
        paths = {"data": folder.absolute(), "tls": (folder / "tls").absolute()}
        write(folder / "config.json", msgspec.structs.replace(first, name=SECOND, mesh_port=base + DOOR, face_port=base + FACE, **paths))
        return folder / "config.json"


def _split(data: Path) -> list[str]:
    """Move every institution but the inquirer to the second platform."""
    path = data / "exchange" / "founding.json"
    founding = msgspec.json.decode(path.read_bytes(), type=Founding)
    others = [one.id for one in founding.institutions if one.id != A]
    moved = tuple(one if one.id == A else msgspec.structs.replace(one, platform=PLATFORM) for one in founding.institutions)
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(founding, institutions=moved)))
    (data / SECOND / "tenants").mkdir(parents=True)
    for one in others:
        shutil.move(data / "gateway" / "tenants" / one, data / SECOND / "tenants" / one)
    shutil.copy(data / "gateway" / "pins.json", data / SECOND / "pins.json")
    return list(others)
