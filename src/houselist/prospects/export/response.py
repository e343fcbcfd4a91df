"""An export as the response to a request: it lasts until the file is whole, or breaks off."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from houselist.errors import Upstream
from houselist.logs import log
from houselist.postgres import db, statistics_store
from houselist.prospects.export.filename import content_disposition
from houselist.prospects.export.slots import Exports
from houselist.prospects.export.writing import check, prepare, write
from houselist.web.response import Response
from houselist.web.stream_slot import end_when_gone

if TYPE_CHECKING:
    from houselist.prospects.export.slots import ExportSlot
    from houselist.prospects.export.writing import Export, ExportFormat, Wanted
    from houselist.web.request import Request

MEDIA_TYPES: dict[ExportFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
# Bytes given to the server at a time: it keeps them until the client has taken them.
_PIECE = 65_536


class _SlowClientError(Exception):
    """The client took nothing for too long."""


class ExportResponse(Response):
    """A file of an audience's people. Nothing is sent until there is a first piece of it.

    What fails before that is answered as any error is. Later the stream breaks off without its
    last chunk, so no client takes it for whole.
    """

    __slots__ = ("_account_group_id", "_audience_id", "_wanted")

    def __init__(self, account_group_id: bytes, audience_id: bytes, wanted: Wanted) -> None:
        super().__init__(200, b"", [])
        self._account_group_id = account_group_id
        self._audience_id = audience_id
        self._wanted = wanted

    async def check(self, request: Request) -> None:
        """Raises what would refuse the file now, as far as that is known at once."""
        with request.services.get(Exports).slot(request):
            async with db.acquire(request.services.pool, db.DATABASE_TIMEOUT) as connection:
                await check(connection, self._account_group_id, self._audience_id, self._wanted)

    async def send(self, request: Request) -> None:
        with request.services.get(Exports).slot(request) as slot:
            leaving = asyncio.create_task(end_when_gone(request.receive, slot))
            try:
                if not await self._send_all(request, slot) and not request.status:
                    raise Upstream(details="The export was ended before it began; ask again.")
            finally:
                leaving.cancel()

    async def _send_all(self, request: Request, slot: ExportSlot) -> bool:
        """Whether the file is whole."""
        whole = False
        request.outlast_deadline()
        try:
            async with (
                slot.until_ended(),
                asyncio.timeout(request.services.settings.export_timeout),
            ):
                await self._export(request, slot)
                whole = True
        except TimeoutError:
            self._log("an export took longer than HOUSELIST_EXPORT_TIMEOUT", request)
        except _SlowClientError:
            self._log("an export was given up, because its client took nothing", request)
        return whole

    async def _export(self, request: Request, slot: ExportSlot) -> None:
        # A plan for a few people would take hours for many of them.
        async with db.acquire(request.services.pool) as connection:
            await statistics_store.refresh(connection)
        async with (
            db.acquire(request.services.pool) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            export = await prepare(
                connection, self._account_group_id, self._audience_id, self._wanted
            )

            async def take(piece: bytes) -> None:
                await slot.check_key()
                if not request.status:
                    await self._begin(request, export)
                for start in range(0, len(piece), _PIECE):
                    await _send(request, piece[start : start + _PIECE])

            await write(connection, export, take)
        if not request.status:
            await self._begin(request, export)
        await _send(request, b"", more=False)

    async def _begin(self, request: Request, export: Export) -> None:
        kind = self._wanted.format
        headers = [
            (b"content-type", MEDIA_TYPES[kind].encode()),
            (b"content-disposition", content_disposition(export.name, kind).encode()),
            (b"x-row-count", b"%d" % export.selected.people),
            (b"cache-control", b"no-store"),
        ]
        await request.begin(self.status, headers)
        request.count()

    def _log(self, words: str, request: Request) -> None:
        log.warning(words, path=request.scope["path"], begun=bool(request.status))


async def _send(request: Request, piece: bytes, *, more: bool = True) -> None:
    """A client that takes nothing for a while is not waited for: it holds a connection."""
    try:
        async with asyncio.timeout(request.services.settings.idle_timeout):
            await request.send({"type": "http.response.body", "body": piece, "more_body": more})
    except TimeoutError:
        raise _SlowClientError from None
