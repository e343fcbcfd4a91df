"""Claims work from PgQueuer and runs it until told to stop. Any number of workers, on any hosts."""

from __future__ import annotations

import asyncio
import gc
import math
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job as QueuedJob  # noqa: TC002 - PgQueuer reads the annotation
from pgqueuer.models import Schedule  # noqa: TC002 - likewise
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries
from pgqueuer.sm import SchedulerManager

from houselist.connections.accounts import RetryPolicy
from houselist.connections.opening import provider_clients
from houselist.errors import Upstream
from houselist.jobs.run import job
from houselist.jobs.run.batches import Lost
from houselist.jobs.run.shares_store import share_out
from houselist.jobs.run.tasks import Stopped, Task
from houselist.logs import log
from houselist.postgres import db, queue
from houselist.schedules.running import start_due
from houselist.worker.maintenance import let_uploads_go, purge, tidy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from houselist.config import Settings
    from houselist.connections.opening import ProviderClients

# Imports of files keep a core busy. Those from a provider mostly wait for it, so there are many.
_IMPORTS_AT_ONCE = 4
_PROVIDED_AT_ONCE = 32
# Connections: some listen, a file's import writes on one and reads ahead on another, what comes
# from providers is written in no time, and some are to spare.
_POOL_SIZE = 4 + 3 * _IMPORTS_AT_ONCE + _PROVIDED_AT_ONCE // 4
# How a worker calls providers: attempts, and seconds that a call waits for its turn.
_RETRY_POLICY = RetryPolicy(attempts=4, max_wait=90.0)
# A batch may wait for another job's batch in the same account group.
_COMMAND_TIMEOUT = 60.0
_LONGEST_POLL = 1.0
# A batch may compute for a while between two statements, however soon others take over.
_SHORTEST_SILENCE = 2.0
# How long a session may go without an answer of the queue; twice the takeover, where that is more.
_SHORTEST_PATIENCE = 5.0

# Work that comes from uploads, and work that providers are asked for.
_QUEUES: tuple[str, ...] = ("own", "provided")

# Sessions that hang for ever, kept so that Python does not complain of losing them.
_left_behind: set[asyncio.Task[None]] = set()


async def work(settings: Settings, dsn: str, stop: asyncio.Event) -> None:
    """Runs jobs until `stop` is set; a batch under way is finished first.

    When PostgreSQL goes away it waits and goes on by itself.
    """
    _tune_memory()
    while not stop.is_set():
        pulse = _Pulse(asyncio.get_running_loop().time)
        session = asyncio.create_task(_session(settings, dsn, stop, pulse))
        await _until_over(session, pulse, stop, max(_SHORTEST_PATIENCE, 2 * settings.job_takeover))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.5)


async def _until_over(
    session: asyncio.Task[None], pulse: _Pulse, stop: asyncio.Event, patience: float
) -> None:
    """Waits for a session's end, but not for one that shows no pulse and was not told to stop."""
    try:
        while not session.done() and (stop.is_set() or pulse.age() < patience):
            await asyncio.wait({session}, timeout=0.5)
    except asyncio.CancelledError:
        session.cancel()
        await asyncio.wait({session})
        raise
    if not session.done():
        # Leaving a PostgreSQL that was killed may hang in its driver for ever. Whatever hangs can
        # write nothing more: its batch was rolled back, and its place in the queue is taken over.
        log.warning("the worker's session hangs; starting anew without it")
        session.cancel()
        await asyncio.wait({session}, timeout=1)
        _left_behind.add(session)
    elif not session.cancelled() and (error := session.exception()):
        if isinstance(error, Upstream) or db.is_out_of_reach(error):
            log.warning("the database is out of reach; trying again", reason=str(error))
        else:
            log.error("worker session failed; starting anew", exc_info=error)


class _Pulse:
    """When each queue of a session last had an answer, for which each asks every second."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._beaten = dict.fromkeys(_QUEUES, clock())

    def beat(self, name: str) -> None:
        self._beaten[name] = self._clock()

    def age(self) -> float:
        """Seconds since the last beat of the queue that is silent longest."""
        return self._clock() - min(self._beaten.values())


def _tune_memory() -> None:
    """Fits Python's search for cycles to batches of many small objects that hold none."""
    # Looking for cycles in the middle of a batch took a quarter of the time of reading and placing
    # its rows, and found nothing.
    gc.set_threshold(100_000, 50, 100)


async def _session(settings: Settings, dsn: str, stop: asyncio.Event, pulse: _Pulse) -> None:
    """Works as long as the database is there."""
    takeover = settings.job_takeover
    async with (
        db.make_pool(
            dsn, size=_POOL_SIZE, command_timeout=_COMMAND_TIMEOUT, session=_settings(takeover)
        ) as pool,
        provider_clients(settings, dsn, pool, _RETRY_POLICY) as shared,
    ):
        own, provided = (_manager(pool, pulse, name) for name in _QUEUES)
        own.queries.dequeue = _sharing(own.queries.dequeue, pool)
        _register(own, provided, _Hands(pool, shared, settings, stop, asyncio.Lock()))
        clock = _clock(pool, stop)
        beside = [
            asyncio.create_task(tidy(pool, takeover)),
            asyncio.create_task(let_uploads_go(pool, settings.upload_retention)),
            asyncio.create_task(start_due(pool, stop)),
            asyncio.create_task(_pass_on(stop, own.shutdown, provided.shutdown, clock.shutdown)),
        ]
        working = [
            asyncio.create_task(_run(own, _IMPORTS_AT_ONCE, takeover)),
            asyncio.create_task(_run(provided, _PROVIDED_AT_ONCE, takeover)),
            asyncio.create_task(clock.run()),
        ]
        try:
            await asyncio.gather(*working)
        finally:
            for task in (*working, *beside):
                task.cancel()
            await asyncio.gather(*working, *beside, return_exceptions=True)


def _manager(pool: db.Pool, pulse: _Pulse, name: str) -> QueueManager:
    queries = Queries.from_asyncpg_pool(cast("Any", pool))
    queries.dequeue = _beating(queries.dequeue, pulse, name)
    return QueueManager(queries)


async def _run(manager: QueueManager, at_once: int, takeover: float) -> None:
    await manager.run(
        batch_size=at_once // 2,
        max_concurrent_tasks=at_once,
        dequeue_timeout=timedelta(seconds=min(_LONGEST_POLL, takeover / 3)),
        heartbeat_timeout=timedelta(seconds=takeover),
    )


def _clock(pool: db.Pool, stop: asyncio.Event) -> SchedulerManager:
    """Has one of all workers look every minute for scheduled runs that are due."""
    clock = SchedulerManager(Queries.from_asyncpg_pool(cast("Any", pool)))

    @clock.schedule("start_due", "* * * * *")
    async def look(_schedule: Schedule) -> None:
        await start_due(pool, stop)

    return clock


def _beating(ask: Any, pulse: _Pulse, name: str) -> Any:
    """The queue's question for work, with a beat at every answer."""

    async def asked(*args: Any, **options: Any) -> Any:
        answer = await ask(*args, **options)
        pulse.beat(name)
        return answer

    return asked


def _sharing(ask: Any, pool: db.Pool) -> Any:
    """The queue's question for work, after the account groups' shares were put right."""

    async def asked(*args: Any, **options: Any) -> Any:
        async with db.acquire(pool) as connection:
            await share_out(connection)
        return await ask(*args, **options)

    return asked


def _settings(takeover: float) -> dict[str, str]:
    """What a worker asks of PostgreSQL for its connections."""
    silence = str(math.ceil(max(takeover, _SHORTEST_SILENCE)))
    return {
        # A worker that hangs in a batch, or whose host is gone without a word, must not hold its
        # job and its account group's turn for ever: its locks come free with its session.
        "idle_in_transaction_session_timeout": f"{silence}s",
        "tcp_keepalives_idle": silence,
        "tcp_keepalives_interval": "1",
        "tcp_keepalives_count": "3",
        # A plan made while a table was small would be kept while an import makes it large.
        "plan_cache_mode": "force_custom_plan",
    }


async def _pass_on(stop: asyncio.Event, *shutdowns: asyncio.Event) -> None:
    await stop.wait()
    for shutdown in shutdowns:
        shutdown.set()


class _Hands(NamedTuple):
    """What the work of one session is done with."""

    pool: db.Pool
    clients: ProviderClients
    settings: Settings
    stop: asyncio.Event
    reading: asyncio.Lock

    def take(self, queued: QueuedJob) -> Task:
        group, job_id = queue.read_payload(queued.payload)
        return Task(
            self.pool, self.clients, group, job_id, self.settings.job_batch, self.stop, self.reading
        )


def _register(own: QueueManager, provided: QueueManager, hands: _Hands) -> None:
    takeover = hands.settings.job_takeover

    @own.entrypoint(queue.PROSPECTING)
    async def prospect(queued: QueuedJob) -> None:
        await _or_later(job.run_own(hands.take(queued)), takeover)

    @provided.entrypoint(queue.PROVIDER)
    async def provide(queued: QueuedJob) -> None:
        await _or_later(job.run_provided(hands.take(queued)), takeover)

    @own.entrypoint(queue.PURGE_AUDIENCE)
    async def purge_audience(queued: QueuedJob) -> None:
        group, audience_id = queue.read_payload(queued.payload)
        await _or_later(purge(hands.pool, group, audience_id, hands.stop), takeover)


async def _or_later(running: Awaitable[None], takeover: float) -> None:
    """Puts work back in the queue where it could not be ended here."""
    try:
        await running
    except Stopped as error:
        raise RetryRequested(delay=timedelta(0), reason="the worker stops") from error
    except Lost as error:
        # Whoever has it now most likely ends it; this is for the case that it dies too.
        raise RetryRequested(
            delay=timedelta(seconds=takeover), reason="another worker has it"
        ) from error
    except Upstream as error:
        raise RetryRequested(
            delay=timedelta(seconds=1), reason="the database was out of reach"
        ) from error
