"""The API's two paths of evidence: a search of what the calling system asked, and one bundle as a file."""

from collections.abc import Awaitable, Callable, Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from enishi.roles.gateway.credentials import Caller
from enishi.roles.gateway.evidence.kept import bundle_of
from enishi.roles.gateway.evidence.searching import read_search, search
from enishi.roles.gateway.identifiers import read_id
from enishi.roles.gateway.tenant import Tenant

Handler = Callable[[Request, Caller], Awaitable[Response]]
NO_STORE = {"Cache-Control": "no-store"}


def handlers(tenants: Mapping[str, Tenant]) -> dict[str, Handler]:
    """The handlers by path; each shows a system its own inquiries only."""

    async def find(request: Request, caller: Caller) -> Response:
        wanted = msgspec.structs.replace(read_search(dict(request.query_params)), system=caller.system)
        found = await tenants[caller.tenant].database.read(lambda connection: search(connection, wanted))
        return Response(msgspec.json.encode({"items": found}), 200, NO_STORE, "application/json")

    async def export(request: Request, caller: Caller) -> Response:
        tenant, item_id = tenants[caller.tenant], read_id(request.path_params["item_id"], "item_id")
        platform = tenant.folder.parent.parent
        bundle = await tenant.database.read(lambda connection: bundle_of(connection, platform, item_id, caller.system))
        named = {"Content-Disposition": f'attachment; filename="{item_id.hex()}.enishi.json"'}
        return Response(bundle, 200, NO_STORE | named, "application/json")

    return {"/v1/evidence": find, "/v1/evidence/{item_id}": export}
