"""Assembles the application: rooms, error handler, outermost layer, and what a process shares."""

from __future__ import annotations

import asyncio
import gc
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

from litestar import Litestar
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException

import houselist.accounts.routes
import houselist.audiences.routes
import houselist.folders.routes
import houselist.prospecting.routes
import houselist.prospects.routes
import houselist.uploads.routes
from houselist import config, db, logs, public
from houselist.answers import Answer, refusal_answer
from houselist.auth import KeyRing
from houselist.call import Services, current
from houselist.edge import Edge
from houselist.errors import (
    Internal,
    Invalid,
    MethodNotAllowed,
    NotFound,
    Problem,
    Refusal,
    Upstream,
)
from houselist.logs import log
from houselist.metrics import Metrics
from houselist.ratelimit import RateLimit

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from litestar.connection import Request
    from litestar.handlers import HTTPRouteHandler

ROUTES: list[HTTPRouteHandler] = [
    *houselist.accounts.routes.ROUTES,
    *houselist.folders.routes.ROUTES,
    *houselist.audiences.routes.ROUTES,
    *houselist.prospects.routes.ROUTES,
    *houselist.uploads.routes.ROUTES,
    *houselist.prospecting.routes.ROUTES,
]


def create_app(settings: config.Settings, dsn: str) -> Edge:
    """The whole service as an ASGI application, on the database at `dsn`."""
    shared: list[Services] = []
    _tune_memory()

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncGenerator[None]:
        async with db.make_pool(dsn) as pool:
            services = Services(
                settings, pool, KeyRing(pool), RateLimit(settings.rate_limit), Metrics()
            )
            shared.append(services)
            listening = asyncio.create_task(services.keys.keep_fresh(dsn))
            try:
                yield
            finally:
                listening.cancel()
                with suppress(asyncio.CancelledError):
                    await listening
                shared.clear()

    routes = [*ROUTES, *public.ROUTES]
    app = Litestar(
        route_handlers=[*public.options(routes), *routes],
        lifespan=[lifespan],
        # An Answer is an ASGI application, which is all that Litestar asks of it.
        exception_handlers={Exception: cast("Any", _refuse)},
        openapi_config=None,
        logging_config=None,
    )
    return Edge(app, lambda: shared[0])


def _tune_memory() -> None:
    """Spares requests the search for cycles among what lives as long as the process."""
    gc.freeze()
    # A page of rows is thousands of objects that die together and hold no cycles.
    gc.set_threshold(50_000, 20, 50)


def _refuse(request: Request[Any, Any, Any], error: Exception) -> Answer:
    """The one place where what was raised becomes an answer."""
    refusal = _refusal(error)
    if isinstance(refusal, Upstream):
        # In an outage every request comes here; one line each says enough.
        log.warning(
            "a service is out of reach", path=request.scope["path"], reason=repr(error.__cause__)
        )
    elif refusal.status >= 500:  # noqa: PLR2004 - our fault, so the log tells the whole story
        log.error("answered with a server error", path=request.scope["path"], exc_info=error)
    return refusal_answer(refusal, current.get().trace_id)


def _refusal(error: Exception) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, NotFoundException):
        return NotFound("There is nothing at this path.")
    if isinstance(error, MethodNotAllowedException):
        return MethodNotAllowed(headers=error.headers)
    if isinstance(error, HTTPException) and error.status_code < 500:  # noqa: PLR2004 - the client's
        return Invalid(Problem("request", error.detail))
    return Internal()


def from_environment() -> Edge:
    """What the HTTP server loads: settings from the environment, where `serve` left the address."""
    settings = config.load()
    logs.configure(settings.log_level)
    if settings.database_url is None:
        raise config.SettingError("HOUSELIST_DATABASE_URL is not set; start with `houselist serve`")
    return create_app(settings, settings.database_url)
