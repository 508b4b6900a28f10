"""The API's path of the platform's standing, and its registry's age among the metrics."""

import asyncio
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from enishi.mesh.metrics import Meter
from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.joining.freshness import Freshness
from enishi.roles.gateway.joining.standing import PlatformStanding, standing_of

PATH = "/v1/status"
AGE = "enishi_registry_age_seconds"


class StatusFace:
    """Shows an institution how its platform stands, and of the institutions itself alone."""

    def __init__(self, folder: Path, tls: Path, freshness: Freshness) -> None:
        """Read this platform's folder; `freshness` knows what the file may not say yet."""
        self._folder, self._tls, self._freshness = folder, tls, freshness

    async def show(self, request: Request, caller: Caller) -> Response:
        """The standing as JSON."""
        standing = await asyncio.to_thread(standing_of, self._folder, self._tls, [str(caller.tenant)])
        return Response(msgspec.json.encode(standing), 200, {"Cache-Control": "no-store"}, "application/json")

    def measure(self, meter: Meter) -> None:
        """Set the registry's age."""
        meter.set(AGE, self._freshness.seconds())


STATUS_FORMS = (PlatformStanding,)
