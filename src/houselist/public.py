"""What anybody may ask without a key: is it alive, is it ready, metrics, the OpenAPI document, the docs page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg
from litestar import get
from litestar.connection import Request  # noqa: TC002 - Litestar reads the annotation

from houselist import db, envelope, migrations
from houselist.answers import Answer, json_answer
from houselist.edge import KEY
from houselist.errors import NotFound, Upstream

if TYPE_CHECKING:
    from houselist.call import Call

AnyRequest = Request[Any, Any, Any]


def _call(request: AnyRequest) -> Call:
    return request.scope[KEY]  # pyright: ignore[reportGeneralTypeIssues] - put there by the edge


@get("/healthz")
async def healthz(request: AnyRequest) -> Answer:
    """The process lives."""
    return json_answer(200, envelope.success({"status": "ok"}, _call(request).trace_id))


@get("/readyz")
async def readyz(request: AnyRequest) -> Answer:
    """The database is there, with the schema of this version."""
    call = _call(request)
    async with db.acquire(call.services.pool, db.REQUEST_TURN) as connection:
        try:
            revision = await connection.fetchval("SELECT version_num FROM alembic_version")
        except asyncpg.UndefinedTableError:
            revision = None
    if revision != migrations.HEAD:
        raise Upstream(details="The database schema is not of this version; run houselist migrate.")
    return json_answer(200, envelope.success({"status": "ready"}, call.trace_id))


@get("/metrics")
async def metrics(request: AnyRequest) -> Answer:
    """Prometheus text, of the process that answers."""
    services = _call(request).services
    if not services.settings.metrics:
        raise NotFound
    kind = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")
    return Answer(200, services.metrics.render(), [kind, (b"cache-control", b"no-store")])


ROUTES = [healthz, readyz, metrics]
