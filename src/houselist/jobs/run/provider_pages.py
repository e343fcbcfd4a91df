"""The import stage of a source that a provider is asked for: page after page, one read ahead."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from houselist.files.chunks import pack
from houselist.jobs.queries import COLUMNS, MAPPING
from houselist.jobs.run.batches import write
from houselist.jobs.run.decisions import Batch, Read, target_of
from houselist.jobs.run.provided import rows_of
from houselist.jobs.run.statistics import Statistics
from houselist.jobs.run.tasks import IMPORT_SLICE, SliceOver, Stopped
from houselist.people.cells.candidates import Reader
from houselist.people.outcomes import Remaining
from houselist.providers.base import Broken, QuotaSpent

if TYPE_CHECKING:
    from houselist.connections.accounts import Account, BudgetedPage
    from houselist.jobs.run.store import Claimed
    from houselist.jobs.run.tasks import Task
    from houselist.people.cells.candidates import Candidate, InvalidRow
    from houselist.providers.base import ProviderQuery

# After so many pages in a row without anybody new, a provider won't send anybody new.
_MAX_EMPTY_PAGES = 20
_MAX_STALE_PAGES = 200
# Few people are asked for at the end of a job, but not page after page, and not where most may be
# known already and count as nobody new.
_FEWEST_AGAIN = 10
_FEWEST_TO_ADD = 25
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
        self, account: Account, query: ProviderQuery, cursor: str | None, needed: int | None
    ) -> None:
        self._sent = asyncio.Event()
        self._budget_came_back = False
        self._ask = lambda: asyncio.create_task(account.ask(query, cursor, needed, self._sent))
        self._task = self._ask()

    async def is_on_its_way(self) -> None:
        """Waits until it is requested, or waits itself: work before that delays the provider."""
        await self._sent.wait()
        for _ in range(_STEPS_TO_SEND):
            await asyncio.sleep(0)

    def note(self, page_before: BudgetedPage) -> None:
        """The page before is written, and what it left of the budget is there again."""
        spare = page_before.spare
        self._budget_came_back = spare is not None and spare.amount > 0

    async def answer(self) -> BudgetedPage:
        """Raises what the provider failed with, or Upstream."""
        try:
            return await self._task
        except QuotaSpent:
            if not self._budget_came_back:
                raise
            self._task = self._ask()
            return await self._task

    async def drop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def run(task: Task, claimed: Claimed, query: ProviderQuery, account: Account) -> None:
    """Fills the audience until the source, maxResults or what was paid for ends.

    Raises Stopped, SliceOver, Lost, Upstream, or what the provider failed with.
    """
    task.begin_slice(IMPORT_SLICE)
    target = await target_of(task, claimed.audience_id)
    reader = Reader(COLUMNS, MAPPING, as_is=True)
    need = _Need(claimed, by_person=account.provider.cost(query).by_person)
    patience = _Patience()
    at = _Position(claimed.cursor, claimed.position, claimed.found, claimed.added)
    statistics = Statistics(task.pool, at.position)
    ahead = _Ahead(account, query, at.cursor, need.after(at))
    try:
        while True:
            budgeted = await ahead.answer()
            page = budgeted.page
            remaining = at.remaining(claimed)
            may_use_up = remaining.is_used_up(len(page.items), len(page.items))
            stops = task.stop.is_set()
            goes_on = not (page.cursor is None or stops or await task.is_slice_over())
            # Near the end, how many are still wanted is known once the page is written.
            needed = need.after(at, len(page.items))
            is_near_end = may_use_up or (needed is not None and needed < len(page.items))
            if goes_on and not is_near_end:
                ahead = _Ahead(account, query, page.cursor, needed)
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
                need.was_not_met()
            if is_near_end:
                ahead = _Ahead(account, query, at.cursor, need.after(at))
            ahead.note(budgeted)
    finally:
        await ahead.drop()
        await statistics.close()


class _Need:
    """How many people the next page has to bring, so that no more are asked for than are wanted."""

    def __init__(self, claimed: Claimed, *, by_person: bool) -> None:
        self._claimed = claimed
        self._by_person = by_person
        self._fewest = 1

    def after(self, at: _Position, more: int = 0) -> int | None:
        """For the page after that position, and after `more` people who may all count.

        None: as many as there are.
        """
        if not self._by_person:
            # A page costs as much whatever is on it, and the same person may be there often.
            return self._claimed.max_results
        found, added = at.remaining(self._claimed)
        bounds = [
            None if found is None else max(found - more, self._fewest),
            None if added is None else max(added - more, self._fewest, _FEWEST_TO_ADD),
        ]
        return min((bound for bound in bounds if bound is not None), default=None)

    def was_not_met(self) -> None:
        """A page that might have been the last one was not."""
        self._fewest = max(2 * self._fewest, _FEWEST_AGAIN)


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
