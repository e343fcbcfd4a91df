"""What needs no key: is it alive, is it ready, the OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist import envelope
from houselist.errors import Upstream
from houselist.openapi.kept import Document
from houselist.postgres import db, readiness_store
from houselist.postgres.revision import HEAD
from houselist.web.response import Response, json_response

if TYPE_CHECKING:
    from houselist.web.request import Request
    from houselist.web.routing import Handler


async def healthz(request: Request) -> Response:
    """The process lives."""
    return json_response(200, envelope.success({"status": "ok"}, request.trace_id))


async def readyz(request: Request) -> Response:
    """The database is there, with the schema of this version."""
    async with db.acquire(request.services.pool, db.DATABASE_TIMEOUT) as connection:
        revision = await readiness_store.get_revision(connection)
        writable = await readiness_store.takes_writes(connection)
    if not writable:
        raise Upstream(details="The database is a replica that has not been promoted.")
    if revision != HEAD:
        raise Upstream(details="The database schema is not of this version; run houselist migrate.")
    return json_response(200, envelope.success({"status": "ready"}, request.trace_id))


async def openapi(request: Request) -> Response:
    """The OpenAPI document."""
    return json_response(200, await request.services.get(Document).json())


ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/healthz", healthz),
    ("GET", "/readyz", readyz),
    ("GET", "/openapi.json", openapi),
]
