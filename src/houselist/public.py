"""What needs no key: is it alive, is it ready, the OpenAPI document, the docs page."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import HttpMethod, get
from litestar.connection import Request
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from houselist import db, envelope
from houselist.answers import Answer, json_answer
from houselist.call import current
from houselist.errors import Upstream
from houselist.openapi import document, page
from houselist.readiness import HEAD, store

if TYPE_CHECKING:
    from collections.abc import Iterable

AnyRequest = Request[Any, Any, Any]


@get("/healthz")
async def healthz() -> Answer:
    """The process lives."""
    return json_answer(200, envelope.success({"status": "ok"}, current.get().trace_id))


@get("/readyz")
async def readyz() -> Answer:
    """The database is there, with the schema of this version."""
    call = current.get()
    async with db.acquire(call.services.pool, db.REQUEST_TURN) as connection:
        revision = await store.get_revision(connection)
        writable = await store.takes_writes(connection)
    if not writable:
        raise Upstream(details="The database is a replica that has not been promoted.")
    if revision != HEAD:
        raise Upstream(details="The database schema is not of this version; run houselist migrate.")
    return json_answer(200, envelope.success({"status": "ready"}, call.trace_id))


@get("/openapi.json")
async def openapi(request: AnyRequest) -> Answer:
    """The OpenAPI document. Made when first asked for, so that no process starts later for it."""
    state = request.app.state
    if "openapi" not in state:
        routes = [route for route in request.app.routes if isinstance(route, HTTPRoute)]
        handlers = [handler for route in routes for handler in route.route_handlers]
        state.openapi = msgspec.json.encode(document.build(handlers))
    return json_answer(200, state.openapi)


@get("/docs")
async def docs() -> Answer:
    """The same document as a page."""
    return page.page()


@get("/docs/assets/{name:str}")
async def docs_asset(request: AnyRequest) -> Answer:
    """A file of that page."""
    return page.asset(request.path_params["name"])


ROUTES = [healthz, readyz, openapi, docs, docs_asset]


def options(handlers: Iterable[HTTPRouteHandler]) -> list[HTTPRouteHandler]:
    """A handler of OPTIONS for every path of `handlers`, to be registered before them.

    Litestar's own names only the methods of the handler that came to the path first.
    """
    methods: dict[str, set[str]] = defaultdict(lambda: {"OPTIONS"})
    for handler in handlers:
        for path in handler.paths:
            methods[path] |= {str(method) for method in handler.http_methods}
    return [_options(path, ", ".join(sorted(allowed))) for path, allowed in methods.items()]


def _options(path: str, allowed: str) -> HTTPRouteHandler:
    async def answer() -> Answer:
        return Answer(200, b"", [(b"allow", allowed.encode()), (b"cache-control", b"no-store")])

    return HTTPRouteHandler(path, http_method=HttpMethod.OPTIONS, status_code=200)(answer)
