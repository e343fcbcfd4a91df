"""The import stage of a source that a provider is asked for: page after page, one read ahead."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from houselist.files.chunks import pack
from houselist.jobs.queries import COLUMNS, MAPPING
from houselist.jobs.run.batches import Batch, Read, Target, write
from houselist.jobs.run.provided import rows_of
from houselist.jobs.run.statistics import Statistics
from houselist.jobs.run.tasks import IMPORT_SLICE, SliceOver, Stopped
from houselist.people.cells.candidates import Reader
from houselist.people.outcomes import Remaining
from houselist.providers.base import Broken

if TYPE_CHECKING:
    from houselist.connections.accounts import Account, BudgetedPage
    from houselist.jobs.run.store import Claimed
    from houselist.jobs.run.tasks import Task
    from houselist.people.cells.candidates import Candidate, InvalidRow
    from houselist.providers.base import ProviderQuery

# After so many pages in a row without anybody new, a provider won't send anybody new.
_MAX_EMPTY_PAGES = 20
_MAX_STALE_PAGES = 200
# Steps of the event loop in which a request leaves the HTTP client, and rows read in one step.
_STEPS_TO_SEND = 5
_READ_AT_ONCE = 25


class _Position(NamedTuple):
    """How far a job is in its source.

    `found`: people so far, new ones and those who were members already; `added`: the new ones.
    """

    cursor: str | None
    position: int
    found: int
    added: int

    def remaining(self, claimed: Claimed) -> Remaining:
        max_found, max_added = claimed.max_results, claimed.max_added
        return Remaining(
            None if max_found is None else max_found - self.found,
            None if max_added is None else max_added - self.added,
        )


class _Ahead:
    """A page that is requested while the one before is written."""

    def __init__(
        self, account: Account, query: ProviderQuery, cursor: str | None, size: int
    ) -> None:
        self._sent = asyncio.Event()
        asking = account.ask(query, cursor, size, self._sent)
        self._task = asyncio.create_task(asking)

    async def is_on_its_way(self) -> None:
        """Waits until it is requested: any work done before that delays the provider."""
        await self._sent.wait()
        for _ in range(_STEPS_TO_SEND):
            await asyncio.sleep(0)

    async def answer(self) -> BudgetedPage:
        return await self._task

    async def drop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def run(task: Task, claimed: Claimed, query: ProviderQuery, account: Account) -> None:
    """Fills the audience until the source, maxResults or what was paid for ends.

    Raises Stopped, TurnOver, Lost, Upstream, or what the provider failed with.
    """
    task.begin_slice(IMPORT_SLICE)
    target = Target(task.account_group_id, task.job_id, claimed.audience_id)
    reader = Reader(COLUMNS, MAPPING, as_is=True)
    size = account.page_size(query, claimed.max_results)
    patience = _Patience()
    at = _Position(claimed.cursor, claimed.position, claimed.found, claimed.added)
    statistics = Statistics(task.pool, at.position)
    ahead = _Ahead(account, query, at.cursor, size)
    try:
        while True:
            budgeted = await ahead.answer()
            page = budgeted.page
            remaining = at.remaining(claimed)
            may_use_up = remaining.is_used_up(len(page.items), len(page.items))
            stops = task.stop.is_set()
            goes_on = not (page.cursor is None or stops or await task.is_slice_over())
            if goes_on and not may_use_up:
                ahead = _Ahead(account, query, page.cursor, size)
                await ahead.is_on_its_way()
            batch = await _batch(claimed, account.name, reader, at, budgeted, remaining=remaining)
            patience.try_on(batch)
            written = await write(task.pool, target, batch)
            if written.is_over:
                return
            if not goes_on:
                raise Stopped if stops else SliceOver
            patience.note(written.found)
            statistics.note(batch.last_row)
            at = _Position(
                page.cursor, batch.last_row, at.found + written.found, at.added + written.added
            )
            if may_use_up:
                ahead = _Ahead(account, query, at.cursor, size)
    finally:
        await ahead.drop()
        await statistics.close()


class _Patience:
    """Ends a source that sends pages for ever without anybody new."""

    def __init__(self) -> None:
        self._empty = self._stale = 0

    def try_on(self, batch: Batch) -> None:
        """Raises Broken."""
        self._empty = 0 if batch.candidates else self._empty + 1
        if batch.read and batch.read.next_cursor == batch.read.cursor and not batch.is_last:
            raise Broken(
                "The provider sent the same page again instead of the next one.", again=False
            )
        if self._empty >= _MAX_EMPTY_PAGES or self._stale >= _MAX_STALE_PAGES:
            raise Broken("The provider sent page after page without anybody new.", again=False)

    def note(self, found: int) -> None:
        self._stale = 0 if found else self._stale + 1


async def _batch(
    claimed: Claimed,
    source: str,
    reader: Reader,
    at: _Position,
    budgeted: BudgetedPage,
    *,
    remaining: Remaining,
) -> Batch:
    """A page as a batch: its rows as they came, and the candidates read from them."""
    page = budgeted.page
    rows = rows_of(page.items)
    candidates: list[Candidate | InvalidRow] = []
    for first in range(0, len(rows), _READ_AT_ONCE):
        candidates += map(reader.read, rows[first : first + _READ_AT_ONCE])
        await asyncio.sleep(0)
    last_row = at.position + len(rows)
    is_last = page.cursor is None
    # A provider's total is a guess; without one there is at least one more page.
    expected = last_row if is_last else max(page.total or 0, last_row + max(len(rows), 1))
    read = Read(
        claimed.upload_id,
        source,
        list(pack(rows)),
        at.cursor,
        page.cursor,
        expected,
        " ".join(page.notes) or None,
        budgeted.spare,
    )
    return Batch(at.position + 1, candidates, is_last, remaining, read)
