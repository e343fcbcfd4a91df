"""The queues that a worker serves, and what it runs for each piece of work in them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from pgqueuer.db import AsyncpgPoolDriver
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job as QueuedJob
from pgqueuer.models import Schedule
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries
from pgqueuer.sm import SchedulerManager

from houselist.errors import Upstream
from houselist.jobs.run import job
from houselist.jobs.run.batches import Lost
from houselist.jobs.run.shares_store import share_out
from houselist.jobs.run.tasks import Stopped, Task
from houselist.postgres import db, queue
from houselist.schedules.running import start_due
from houselist.worker.maintenance import purge

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    from houselist.config import Settings
    from houselist.connections.opening import ProviderClients
    from houselist.worker.watchdog import Pulse

# Work on what Houselist has itself, and work that providers are asked for.
OWN: Final = "own"
PROVIDERS: Final = "providers"
# How much of each goes on at a time. Imports of files keep a core busy. Those from a provider
# mostly wait for it, so there are many.
AT_ONCE: Final = {OWN: 4, PROVIDERS: 32}

_LONGEST_POLL = 1.0


class Work(NamedTuple):
    """What the work of one session is done with. `ending`: set when it is to leave off.

    `importing`: the imports of files under way.
    """

    pool: db.Pool
    clients: ProviderClients
    settings: Settings
    ending: asyncio.Event
    reading: asyncio.Lock
    importing: set[bytes]

    def task(self, queued: QueuedJob) -> Task:
        group, job_id = queue.read_payload(queued.payload)
        return Task(
            self.pool,
            self.clients,
            group,
            job_id,
            self.settings.job_batch,
            self.ending,
            self.reading,
        )


class _Driver(AsyncpgPoolDriver):
    """PgQueuer's way to the pool. A manager looks for work by `fetch`, and fails where that fails.

    It then waits for the jobs that it has under way. For their own sake they need not stop, so they
    are told to: nobody would renew their places in the queue, and the session waits for them.
    """

    def __init__(self, work: Work) -> None:
        super().__init__(cast("Any", work.pool))
        self._ending = work.ending

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        try:
            return await super().fetch(query, *args)
        except BaseException:
            self._ending.set()
            raise


class _Queries(Queries):
    """PgQueuer's statements. Its manager takes any; here two things go with its look for work."""

    def __init__(
        self,
        work: Work,
        answered: Callable[[], None],
        before: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`before`: what is done before each look. `answered`: told when the queue has answered."""
        super().__init__(_Driver(work))
        self._answered = answered
        self._before = before

    async def dequeue(self, *args: Any, **options: Any) -> list[QueuedJob]:
        if self._before is not None:
            await self._before()
        found = await super().dequeue(*args, **options)
        self._answered()
        return found


def own_queue(work: Work, pulse: Pulse) -> QueueManager:
    """Imports of uploads, and the removal of deleted audiences; shared out by account group."""

    async def put_shares_right() -> None:
        async with db.acquire(work.pool) as connection:
            await share_out(connection)

    manager = _manager(work, _Queries(work, lambda: pulse.beat(OWN), put_shares_right))
    takeover = work.settings.job_takeover

    @manager.entrypoint(queue.PROSPECTING)
    async def prospect(queued: QueuedJob) -> None:
        name = queued.payload or b""
        work.importing.add(name)
        try:
            await _or_later(job.run_own(work.task(queued)), takeover)
        finally:
            work.importing.discard(name)

    @manager.entrypoint(queue.PURGE_AUDIENCE)
    async def purge_audience(queued: QueuedJob) -> None:
        group, audience_id = queue.read_payload(queued.payload)
        await _or_later(purge(work.pool, group, audience_id, work.ending), takeover)

    return manager


def providers_queue(work: Work, pulse: Pulse) -> QueueManager:
    """Imports from providers, and looking people up there."""
    manager = _manager(work, _Queries(work, lambda: pulse.beat(PROVIDERS)))

    @manager.entrypoint(queue.PROVIDER)
    async def provide(queued: QueuedJob) -> None:
        await _or_later(job.run_provided(work.task(queued)), work.settings.job_takeover)

    return manager


def _manager(work: Work, queries: _Queries) -> QueueManager:
    manager = QueueManager(queries)
    # As PgQueuer itself has several managers stop together.
    manager.shutdown = work.ending
    return manager


async def serve(manager: QueueManager, at_once: int, takeover: float) -> None:
    """Runs what is in a queue until the session ends; what is under way may leave off first."""
    await manager.run(
        batch_size=at_once // 2,
        max_concurrent_tasks=at_once,
        dequeue_timeout=timedelta(seconds=min(_LONGEST_POLL, takeover / 3)),
        heartbeat_timeout=timedelta(seconds=takeover),
    )


def clock(work: Work) -> SchedulerManager:
    """Has one of all workers look every minute for scheduled runs that are due."""
    manager = SchedulerManager(Queries(_Driver(work)))
    manager.shutdown = work.ending

    @manager.schedule("start_due", "* * * * *")
    async def look(_schedule: Schedule) -> None:
        await start_due(work.pool, work.ending)

    return manager


async def _or_later(running: Awaitable[None], takeover: float) -> None:
    """Puts work back in the queue where it could not be ended here."""
    try:
        await running
    except Stopped as error:
        raise RetryRequested(delay=timedelta(0), reason="the worker stops") from error
    except Lost as error:
        # The worker that has it now most likely ends it; this is for when that one dies too.
        raise RetryRequested(
            delay=timedelta(seconds=takeover), reason="another worker has it"
        ) from error
    except Upstream as error:
        raise RetryRequested(
            delay=timedelta(seconds=1), reason="the database was out of reach"
        ) from error
