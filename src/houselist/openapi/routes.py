"""What needs no key: is it alive, is it ready, the OpenAPI document, the docs page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from houselist import envelope
from houselist.errors import Upstream
from houselist.openapi import document, page
from houselist.postgres import db, readiness_store
from houselist.postgres.revision import HEAD
from houselist.web.response import Response, json_response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.web.operation import Operation
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


class Document:
    """The OpenAPI document. Made when first asked for, so that no process starts later for it."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._operations = operations
        self._json = b""

    async def answer(self, _request: Request) -> Response:
        self._json = self._json or msgspec.json.encode(document.build(self._operations))
        return json_response(200, self._json)


async def docs(_request: Request) -> Response:
    """The same document as a page."""
    return page.page()


async def docs_asset(request: Request) -> Response:
    """A file of that page."""
    return page.asset(request.scope["path_params"]["name"])


def routes(operations: Iterable[Operation]) -> list[tuple[str, str, Handler]]:
    """Method, path and handler of each."""
    return [
        ("GET", "/healthz", healthz),
        ("GET", "/readyz", readyz),
        ("GET", "/openapi.json", Document(operations).answer),
        ("GET", "/docs", docs),
        ("GET", "/docs/assets/{name}", docs_asset),
    ]
