"""A worker: one session after the other with PostgreSQL, until it is told to stop.

There may be any number of workers, on any hosts. What a session runs is in queues.py, what it does
beside that in maintenance.py, and what looks for work that hangs in watchdog.py.
"""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from typing import TYPE_CHECKING

from houselist.connections.accounts import RetryPolicy
from houselist.connections.opening import provider_clients
from houselist.schedules.running import start_due
from houselist.worker import queues
from houselist.worker.maintenance import (
    count_people,
    expire_uploads,
    keep_statistics,
    tidy,
    tidy_dry_runs,
)
from houselist.worker.pool import open_pool, silence_of
from houselist.worker.retention import keep_forgetting
from houselist.worker.search_index import SearchIndex
from houselist.worker.watchdog import Pulse, end_frozen, watch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.config import Settings
    from houselist.postgres import db

# Connections: some listen, a file's import writes on one and reads ahead on another, what comes
# from providers is written in no time, and some are to spare.
_POOL_SIZE = 4 + 3 * queues.AT_ONCE[queues.OWN] + queues.AT_ONCE[queues.PROVIDERS] // 4
# How a worker calls providers: attempts, and seconds that a call waits for its slot.
_RETRY_POLICY = RetryPolicy(attempts=4, max_wait=90.0)
# How long a session may go without an answer of the queue; twice the takeover, where that is more.
_SHORTEST_PATIENCE = 5.0
# Seconds between two sessions, and what the tasks of one may take to end when they are cancelled.
_PAUSE = 0.5
# Seconds between two looks for what dry runs have left.
_TIDY_SECONDS = 20.0
# Seconds between two looks at what PostgreSQL knows of the tables.
_STATISTICS_SECONDS = 10.0
_CANCEL_SECONDS = 0.7


async def work(settings: Settings, dsn: str, stop: asyncio.Event) -> None:
    """Runs jobs until `stop` is set; a batch under way is finished first.

    When PostgreSQL goes away it waits and goes on by itself. Cancelled, it loses batches under way
    and ends within seconds.
    """
    _tune_memory()
    patience = max(_SHORTEST_PATIENCE, 2 * settings.job_takeover)
    # Kept so that Python does not complain of losing them.
    left: list[asyncio.Task[None]] = []
    while not stop.is_set():
        pulse = Pulse(asyncio.get_running_loop().time, queues.AT_ONCE)
        session = asyncio.create_task(_session(settings, dsn, stop, pulse))
        if not await watch(session, pulse, stop, patience):
            left.append(session)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _PAUSE)


def _tune_memory() -> None:
    """Fits Python's search for cycles to batches of many small objects that hold none."""
    # Looking for cycles in the middle of a batch took a quarter of the time of reading and placing
    # its rows, and found nothing.
    gc.set_threshold(100_000, 50, 100)


async def _session(settings: Settings, dsn: str, stop: asyncio.Event, pulse: Pulse) -> None:
    """Works as long as the database is there. Raises what one of its queues failed with."""
    takeover = settings.job_takeover
    ending = asyncio.Event()
    async with (
        open_pool(dsn, size=_POOL_SIZE, takeover=takeover) as pool,
        provider_clients(settings, dsn, pool, _RETRY_POLICY) as clients,
    ):
        work = queues.Work(pool, clients, settings, ending, asyncio.Lock(), set())
        serving = [
            asyncio.create_task(queues.serve(manager, queues.AT_ONCE[name], takeover))
            for name, manager in (
                (queues.OWN, queues.own_queue(work, pulse)),
                (queues.PROVIDERS, queues.providers_queue(work, pulse)),
            )
        ]
        serving.append(asyncio.create_task(queues.clock(work).run()))
        beside = [
            asyncio.create_task(tidy(pool, takeover)),
            asyncio.create_task(expire_uploads(pool, settings.upload_retention)),
            asyncio.create_task(keep_forgetting(pool, settings.history_days)),
            asyncio.create_task(tidy_dry_runs(pool, _TIDY_SECONDS)),
            asyncio.create_task(count_people(pool, _TIDY_SECONDS)),
            asyncio.create_task(keep_statistics(pool, _STATISTICS_SECONDS)),
            asyncio.create_task(start_due(pool, ending)),
            asyncio.create_task(SearchIndex(pool, work.importing).keep()),
            asyncio.create_task(end_frozen(pool, silence_of(takeover))),
        ]
        try:
            await _until_one_ends(serving, stop)
            # Jobs under way see it after their batch, and are put back into the queue.
            ending.set()
            await asyncio.wait(serving)
        finally:
            ending.set()
            await _end(pool, [*serving, *beside])
    await asyncio.gather(*serving)


async def _until_one_ends(serving: Iterable[asyncio.Task[None]], stop: asyncio.Event) -> None:
    """Waits for `stop`, or for a queue that failed, with which the whole session ends."""
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({*serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()


async def _end(pool: db.Pool, tasks: list[asyncio.Task[None]]) -> None:
    """Cancels what still runs. What PostgreSQL then keeps waiting is cut off from it."""
    for task in tasks:
        task.cancel()
    _, late = await asyncio.wait(tasks, timeout=_CANCEL_SECONDS)
    if late:
        pool.terminate()
        _, late = await asyncio.wait(late, timeout=_CANCEL_SECONDS)
    # What they failed with is known by now, or follows from being cut off.
    await asyncio.gather(*(task for task in tasks if task not in late), return_exceptions=True)
