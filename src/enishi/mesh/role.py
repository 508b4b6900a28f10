"""What a role must offer so that `run_role` can run it as a process."""

from collections.abc import Sequence
from typing import Any, Protocol

from enishi.mesh.asgi import App
from enishi.mesh.rpc import Endpoint


class Role(Protocol):
    """One role; methods are called once each, in the order in which they stand here."""

    @property
    def name(self) -> str:
        """The role's word in the glossary."""
        ...

    async def start(self) -> None:
        """Open databases and recover; no socket is open yet, no peer may be called."""
        ...

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        """The verbs behind the mesh door."""
        ...

    def face(self) -> App | None:
        """The pages or REST API on the face's port, or None."""
        ...

    async def after_open(self) -> None:
        """Do what needs peers; the role is ready when this returns."""
        ...

    async def stop(self) -> None:
        """Close clients and databases; sockets are closed already.  Called after a failed start too."""
        ...
