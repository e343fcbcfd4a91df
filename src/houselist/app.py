"""Assembles the application: the whole API as one table, and what a process's requests share."""

from __future__ import annotations

import asyncio
import gc
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from houselist import config, logs
from houselist.accounts import routes as accounts
from houselist.accounts.keys import routes as keys_of_group
from houselist.audiences import routes as audiences
from houselist.connections.accounts import RetryPolicy
from houselist.connections.opening import provider_clients
from houselist.console import routes as console
from houselist.console.calls import Api
from houselist.console.reference.kept import Reference
from houselist.console.sign_in import SignIns
from houselist.files.reader import Readers
from houselist.folders import routes as folders
from houselist.jobs import routes as jobs
from houselist.jobs.follow.streams import Streams
from houselist.logs import log
from houselist.members import routes as members
from houselist.members.summaries import Summaries
from houselist.openapi import routes as public
from houselist.openapi.kept import Document
from houselist.permissions import Permission
from houselist.postgres import db
from houselist.prospects import routes as prospects
from houselist.prospects.export import routes as export
from houselist.prospects.export.slots import Exports
from houselist.sales_navigator import routes as sales_navigator
from houselist.schedules import routes as schedules
from houselist.services import Services
from houselist.uploads import routes as uploads
from houselist.uploads.slots import UploadSlots
from houselist.web.address_limit import AddressLimit
from houselist.web.authentication import Guard, KeyRing
from houselist.web.endpoint import handler
from houselist.web.metrics import Metrics
from houselist.web.middleware import Middleware
from houselist.web.operation import Endpoint, Operation
from houselist.web.rate_limit import counting
from houselist.web.routing import Routes

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine

# How requests call providers: attempts, and seconds that a call waits for its slot at an account.
_RETRY_POLICY = RetryPolicy(attempts=2, max_wait=2.5)

P = Permission
_GROUP = "/v1/accounts/{accountGroupId}"
_FOLDERS = _GROUP + "/audiences/folders"
_AUDIENCES = _GROUP + "/audiences"
_AUDIENCE = _AUDIENCES + "/{audienceId}"
_PROSPECTS = _GROUP + "/prospects"
_PROSPECT = _PROSPECTS + "/{prospectId}"
_BY_PROVIDER_ID = _PROSPECTS + "/by-provider-id/{providerId}"
_JOBS = _GROUP + "/prospecting"
_SALES = _GROUP + "/sales-navigator"

# The whole API. Of paths that fit alike, the first is taken. No permission: any key will do.
_TABLE: list[tuple[str, str, Permission | None, Endpoint]] = [
    ("GET", "/v1/accounts", None, accounts.list_accounts),
    ("POST", _FOLDERS, P.AUDIENCES_WRITE, folders.create_folder),
    ("PATCH", _FOLDERS + "/{folderId}", P.AUDIENCES_WRITE, folders.change_folder),
    ("DELETE", _FOLDERS + "/{folderId}", P.AUDIENCES_WRITE, folders.delete_folder),
    ("GET", _AUDIENCES, P.AUDIENCES_READ, audiences.list_audiences),
    ("POST", _AUDIENCES, P.AUDIENCES_WRITE, audiences.create_audience),
    ("POST", _AUDIENCES + "/combine", P.AUDIENCES_WRITE, jobs.combine_audiences),
    ("GET", _AUDIENCES + "/navigation", P.AUDIENCES_READ, audiences.get_navigation),
    ("GET", _AUDIENCE, P.AUDIENCES_READ, audiences.get_audience),
    ("PATCH", _AUDIENCE, P.AUDIENCES_WRITE, audiences.change_audience),
    ("DELETE", _AUDIENCE, P.AUDIENCES_WRITE, audiences.delete_audience),
    ("POST", _AUDIENCE + "/move-to-folder", P.AUDIENCES_WRITE, audiences.move_to_folder),
    ("POST", _AUDIENCE + "/remove-from-folder", P.AUDIENCES_WRITE, audiences.remove_from_folder),
    ("POST", _AUDIENCE + "/move-leads", P.AUDIENCES_WRITE, members.move_leads),
    ("POST", _AUDIENCE + "/empty", P.AUDIENCES_WRITE, members.empty_audience),
    ("GET", _AUDIENCE + "/changes", P.PROSPECTS_READ, members.list_changes),
    ("GET", _AUDIENCE + "/summary", P.PROSPECTS_READ, members.get_summary),
    ("GET", _AUDIENCE + "/export", P.PROSPECTS_READ, export.export_audience),
    ("GET", _AUDIENCE + "/prospects", P.PROSPECTS_READ, prospects.list_prospects),
    ("GET", _AUDIENCE + "/prospects/count", P.PROSPECTS_READ, prospects.count_prospects),
    ("POST", _AUDIENCE + "/prospects", P.PROSPECTS_WRITE, members.add_prospects),
    ("POST", _AUDIENCE + "/prospects/remove", P.PROSPECTS_WRITE, members.remove_prospects),
    (
        "POST",
        _AUDIENCE + "/prospects/remove-matching",
        P.PROSPECTS_WRITE,
        members.remove_matching,
    ),
    ("POST", _AUDIENCE + "/prospects/move-matching", P.AUDIENCES_WRITE, members.move_matching),
    ("POST", _AUDIENCE + "/prospects/copy-matching", P.PROSPECTS_WRITE, members.copy_matching),
    ("GET", _PROSPECTS, P.PROSPECTS_READ, prospects.list_everybody),
    ("POST", _PROSPECTS + "/copy-matching", P.PROSPECTS_WRITE, members.copy_matching_prospects),
    ("GET", _PROSPECTS + "/count", P.PROSPECTS_READ, prospects.count_everybody),
    ("GET", _BY_PROVIDER_ID, P.PROSPECTS_READ, prospects.find_by_provider_id),
    ("GET", _PROSPECT, P.PROSPECTS_READ, prospects.get_prospect),
    ("PATCH", _PROSPECT, P.PROSPECTS_WRITE, prospects.change_prospect),
    ("POST", _PROSPECT + "/merge", P.PROSPECTS_WRITE, prospects.merge_prospects),
    ("GET", _PROSPECT + "/audiences", P.PROSPECTS_READ, prospects.list_holding_audiences),
    ("GET", _PROSPECT + "/history", P.PROSPECTS_READ, prospects.list_value_changes),
    ("POST", _GROUP + "/uploads", P.PROSPECTING_WRITE, uploads.upload_file),
    ("POST", _JOBS, P.PROSPECTING_WRITE, jobs.start_job),
    ("GET", _JOBS, P.PROSPECTING_READ, jobs.list_jobs),
    ("GET", _JOBS + "/{jobId}", P.PROSPECTING_READ, jobs.get_job),
    ("GET", _JOBS + "/{jobId}/events", P.PROSPECTING_READ, jobs.follow_job),
    ("POST", _JOBS + "/{jobId}/cancel", P.PROSPECTING_WRITE, jobs.cancel_job),
    ("POST", _JOBS + "/{jobId}/undo", P.PROSPECTING_WRITE, jobs.undo_job),
    ("GET", _JOBS + "/{jobId}/rows", P.PROSPECTING_READ, jobs.list_rows),
    ("GET", _AUDIENCE + "/schedule", P.PROSPECTING_READ, schedules.get_schedule),
    ("PUT", _AUDIENCE + "/schedule", P.PROSPECTING_WRITE, schedules.set_schedule),
    ("DELETE", _AUDIENCE + "/schedule", P.PROSPECTING_WRITE, schedules.delete_schedule),
    ("GET", _GROUP + "/keys", P.KEYS_READ, keys_of_group.list_keys),
    ("POST", _GROUP + "/keys", P.KEYS_WRITE, keys_of_group.create_key),
    ("DELETE", _GROUP + "/keys/{keyId}", P.KEYS_WRITE, keys_of_group.revoke_key),
    ("GET", _SALES + "/saved-searches", P.PROSPECTING_READ, sales_navigator.list_saved_searches),
    ("GET", _SALES + "/lead-lists", P.PROSPECTING_READ, sales_navigator.list_lead_lists),
]
API = [Operation(*row) for row in _TABLE]


def create_app(
    settings: config.Settings,
    dsn: str,
    before_stop: Callable[[Callable[[], None]], None] | None = None,
) -> Middleware:
    """The whole service as an ASGI application, on the database at `dsn`.

    `before_stop`, where the server waits for responses under way before it ends the lifespan: it is
    given what ends those that would go on, to call when the process is told to stop.
    """
    shared: list[Services] = []
    _tune_memory()

    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[None]:
        async with (
            db.make_pool(dsn) as pool,
            counting(settings.rate_limit, settings.rate_limit_store) as rate_limit,
            provider_clients(settings, dsn, pool, _RETRY_POLICY) as clients,
        ):
            keys, metrics, readers = KeyRing(pool), Metrics(), Readers()
            refused = AddressLimit(settings.unauthorized_limit, settings.trusted_proxies)
            guard, streams = Guard(keys, rate_limit, refused), Streams(pool, keys, metrics)
            exports = Exports(keys)
            if before_stop is not None:
                before_stop(partial(_end_streams, streams, exports))
            slots, sign_ins = UploadSlots(), SignIns(settings.trusted_proxies)
            of_api = guard, metrics, clients, streams, exports, readers, slots, Summaries()
            document = Document(API)
            of_pages = Api(API), sign_ins, document, Reference(document)
            shared.append(Services(settings, pool, *of_api, keys, *of_pages))
            async with _beside(keys.keep_fresh(dsn), streams.keep(dsn)):
                yield
            await readers.close()
            shared.clear()

    keyed = [(operation.method, operation.path, handler(operation)) for operation in API]
    open_to_all = [*public.ROUTES, *console.routes()]
    return Middleware(
        Routes([*keyed, *open_to_all]), lifespan, lambda: shared[0], console.error_page
    )


def _end_streams(streams: Streams, exports: Exports) -> None:
    streams.close()
    exports.close()


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


def from_environment(before_stop: Callable[[Callable[[], None]], None] | None = None) -> Middleware:
    """What the HTTP server loads: settings from the environment, where `serve` left the address."""
    settings = config.load()
    logs.configure(settings.log_level)
    if settings.database_url is None:
        raise config.SettingError("HOUSELIST_DATABASE_URL is not set; start with `houselist serve`")
    return create_app(settings, settings.database_url, before_stop)
