"""Assembles the application: rooms, error handler, outermost layer, and what a process shares."""

from __future__ import annotations

import asyncio
import gc
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

from litestar import Litestar
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException

import houselist.accounts.routes
import houselist.audiences.routes
import houselist.folders.routes
import houselist.prospecting.routes
import houselist.prospects.routes
import houselist.sales_navigator.routes
import houselist.schedules.routes
import houselist.uploads.routes
from houselist import config, db, logs, public
from houselist.addresslimit import AddressLimit
from houselist.answers import Answer, refusal_answer
from houselist.auth import KeyRing
from houselist.call import Services, current
from houselist.connections.accounts import Habits
from houselist.connections.opening import outside
from houselist.edge import Edge
from houselist.errors import (
    NO_PATH,
    Internal,
    Invalid,
    MethodNotAllowed,
    NotFound,
    Problem,
    Refusal,
    Upstream,
    forget_frames,
)
from houselist.files.reader import Readers
from houselist.logs import log
from houselist.metrics import Metrics
from houselist.prospecting.streams import Streams
from houselist.sharedlimit import counting
from houselist.uploads.places import Places

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine

    from litestar.connection import Request
    from litestar.handlers import HTTPRouteHandler

# How requests call providers: attempts, and seconds that a call waits for its turn at an account.
_HABITS = Habits(attempts=2, patience=2.5)

ROUTES: list[HTTPRouteHandler] = [
    *houselist.accounts.routes.ROUTES,
    *houselist.folders.routes.ROUTES,
    *houselist.audiences.routes.ROUTES,
    *houselist.prospects.routes.ROUTES,
    *houselist.uploads.routes.ROUTES,
    *houselist.prospecting.routes.ROUTES,
    *houselist.schedules.routes.ROUTES,
    *houselist.sales_navigator.routes.ROUTES,
]


def create_app(
    settings: config.Settings,
    dsn: str,
    before_stop: Callable[[Callable[[], None]], None] | None = None,
) -> Edge:
    """The whole service as an ASGI application, on the database at `dsn`.

    `before_stop`, where the server waits for answers under way before it ends the lifespan: it is
    given what ends those that would go on, to call when the process is told to stop.
    """
    shared: list[Services] = []
    _tune_memory()

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncGenerator[None]:
        async with (
            db.make_pool(dsn) as pool,
            counting(settings.rate_limit, settings.rate_limit_store) as rate_limit,
            outside(settings, dsn, pool, _HABITS) as reached,
        ):
            keys, metrics = KeyRing(pool), Metrics()
            streams = Streams(pool, keys, metrics)
            if before_stop is not None:
                before_stop(streams.close)
            readers = Readers()
            refused = AddressLimit(settings.unauthorized_limit, settings.trusted_proxies)
            services = Services(
                settings,
                pool,
                keys,
                rate_limit,
                refused,
                metrics,
                reached,
                streams,
                readers,
                Places(),
            )
            shared.append(services)
            async with _beside(keys.keep_fresh(dsn), streams.keep(dsn)):
                yield
            await readers.close()
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


@asynccontextmanager
async def _beside(*work: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    """Runs `work` for as long as the block runs."""
    tasks = [asyncio.create_task(each) for each in work]
    for task in tasks:
        task.add_done_callback(_tell_failure)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _tell_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("what runs beside the requests has failed", exc_info=error)


def _tune_memory() -> None:
    """Spares requests the search for cycles among what lives as long as the process."""
    gc.freeze()
    # Requests leave it nothing (docs/decisions/0010-what-a-read-costs.md), and a page of rows is
    # thousands of objects that die together. What it has to look at once in a while should be few.
    gc.set_threshold(10_000, 20, 50)


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
    forget_frames(error)
    return refusal_answer(refusal, current.get().trace_id)


def _refusal(error: Exception) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, NotFoundException):
        return NotFound(NO_PATH)
    if isinstance(error, MethodNotAllowedException):
        return MethodNotAllowed(headers=error.headers)
    if isinstance(error, HTTPException) and error.status_code < 500:  # noqa: PLR2004 - the client's
        return Invalid(Problem("request", error.detail))
    return Internal()


def from_environment(before_stop: Callable[[Callable[[], None]], None] | None = None) -> Edge:
    """What the HTTP server loads: settings from the environment, where `serve` left the address."""
    settings = config.load()
    logs.configure(settings.log_level)
    if settings.database_url is None:
        raise config.SettingError("HOUSELIST_DATABASE_URL is not set; start with `houselist serve`")
    return create_app(settings, settings.database_url, before_stop)
