"""A face as a Starlette application: routes, static files, language, faults, headers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from enishi.errors import Fault
from enishi.mesh import logs
from enishi.web.headers import SecurityHeaders
from enishi.web.kit import HOME, Kit
from enishi.web.problems import answer_fault, fault_of


class Assets(StaticFiles):
    """Static files that browsers keep but ask about again, so that an upgrade is seen at once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Serve a file with its validators."""
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, no-cache"
        return response


class FaceApp(Starlette):
    """Starlette with the security headers around all of it."""

    def __init__(self, form_targets: tuple[str, ...], **options: Any) -> None:
        """Take the origins that forms may end at, and Starlette's own options."""
        self._form_targets = form_targets
        super().__init__(**options)

    def build_middleware_stack(self) -> ASGIApp:
        """Put the headers outermost: as one of Starlette's middlewares its answer to a surprise would bypass them."""
        return SecurityHeaders(super().build_middleware_stack(), self._form_targets)


def build_app(kit: Kit, routes: Sequence[BaseRoute], assets: Path, form_targets: tuple[str, ...] = ()) -> Starlette:
    """The face's application; `assets` is the folder of its own static files, served under /assets."""

    async def language(request: Request) -> Response:
        return kit.choose_language(request, request.path_params["tag"])

    async def on_fault(request: Request, exception: Exception) -> Response:
        return answer_fault(kit, request, fault_of(exception))

    async def on_surprise(request: Request, exception: Exception) -> Response:
        # Only the kind is logged: the text of an exception may quote what somebody typed.
        logs.fail("page_broken", face=kit.face.name, kind=type(exception).__name__)
        return await on_fault(request, exception)

    common: list[BaseRoute] = [
        Route("/language/{tag}", language),
        Mount("/static", Assets(directory=HOME / "static")),
        Mount("/assets", Assets(directory=assets)),
    ]
    handlers = {Fault: on_fault, HTTPException: on_fault, Exception: on_surprise}
    return FaceApp(form_targets, routes=[*routes, *common], exception_handlers=handlers)
