"""The ledger of a job as a CSV file: streamed page by page, so that its memory stays flat."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import TYPE_CHECKING, Any

from houselist.console import rendering
from houselist.console.job_titles import title
from houselist.console.jobs_shown import outcomes
from houselist.console.pages.job import read
from houselist.errors import Impossible, Invalid, Problem
from houselist.jobs import rows_store as rows
from houselist.jobs.shapes import RowsQuery
from houselist.people.exported import guard
from houselist.postgres import db
from houselist.prospects.export.filename import content_disposition
from houselist.prospects.export.slots import Exports
from houselist.web.response import Response
from houselist.web.stream_slot import end_when_gone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from houselist.console.visit import Visit
    from houselist.jobs.shapes import SourceRow
    from houselist.paging import Page
    from houselist.prospects.export.slots import ExportSlot
    from houselist.web.request import Request

# Rows that are read at a time.
_PAGE = 500
_OWN = ("row", "outcome", "reason", "prospectId")
_BOM = b"\xef\xbb\xbf"


async def rows_file(visit: Visit) -> Response:
    """All rows of the job, or those of one outcome, with their cells as they were read.

    A script is told whether the file may be had, and then has the browser load it.
    """
    facts = await read(visit, visit.part("jobId"))
    outcome = visit.query.get("outcome") or None
    if outcome is not None and outcome not in outcomes(facts):
        raise Invalid(Problem("outcome", f"must be one of {', '.join(outcomes(facts))}"))
    if facts["source_type"] == "combination":
        raise Impossible(Problem("jobId", "is a combination, which has no rows of its own"))
    if visit.wants_part:
        with visit.request.services.get(Exports).slot(visit.request):
            return rendering.respond(visit.request, "")
    return _File(bytes.fromhex(visit.group), facts, outcome)


class _File(Response):
    """A response that lasts until the last row. What fails on the way breaks it off."""

    __slots__ = ("_facts", "_group", "_outcome")

    def __init__(self, group: bytes, facts: Mapping[str, Any], outcome: Any) -> None:
        super().__init__(200, b"", [])
        self._group = group
        self._facts = facts
        self._outcome = outcome

    async def send(self, request: Request) -> None:
        with request.services.get(Exports).slot(request) as slot:
            # The first page before the head, so that what fails at once is told as any error is.
            page = await self._read(request, None)
            request.outlast_deadline()
            leaving = asyncio.create_task(end_when_gone(request.receive, slot))
            try:
                async with slot.until_ended():
                    await self._send_all(request, slot, page)
            finally:
                leaving.cancel()

    async def _send_all(self, request: Request, slot: ExportSlot, page: Page[SourceRow]) -> None:
        columns: list[str] = self._facts["columns"]
        name = content_disposition(f"{title(self._facts)}, {self._outcome or 'all rows'}", "csv")
        headers = [(b"content-type", b"text/csv; charset=utf-8"), (b"cache-control", b"no-store")]
        await request.begin(200, [*headers, (b"content-disposition", name.encode())])
        request.count()
        await _send(request, _BOM + _lines([[*_OWN, *columns]]))
        while True:
            await slot.check_key()
            await _send(request, _lines([_cells(row, columns) for row in page.items]))
            if page.next_cursor is None:
                break
            page = await self._read(request, page.next_cursor)
        await _send(request, b"", more=False)

    async def _read(self, request: Request, cursor: str | None) -> Page[SourceRow]:
        query = RowsQuery(limit=_PAGE, cursor=cursor, outcome=self._outcome)
        async with db.acquire(request.services.pool) as connection:
            return await rows.get_page(connection, self._group, self._facts["id"], query)


def _cells(row: SourceRow, columns: Sequence[str]) -> list[str]:
    given = row.input or {}
    if "text" in given and "text" not in columns:
        cells = [given["text"] or "", *[""] * (len(columns) - 1)]
    else:
        cells = [given.get(column) or "" for column in columns]
    return [str(row.row), row.outcome, row.reason or "", row.prospect_id or "", *cells]


def _lines(rows: list[list[str]]) -> bytes:
    """CSV in which no cell runs as a formula."""
    text = io.StringIO()
    csv.writer(text).writerows([guard(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


async def _send(request: Request, piece: bytes, *, more: bool = True) -> None:
    """A client that takes nothing for a while is not waited for."""
    async with asyncio.timeout(request.services.settings.idle_timeout):
        await request.send({"type": "http.response.body", "body": piece, "more_body": more})
