"""Claims work from PgQueuer and runs it until told to stop. Any number of workers, on any hosts."""

from __future__ import annotations

import asyncio
import gc
import math
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job as QueuedJob  # noqa: TC002 - PgQueuer reads the annotation
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries

from houselist import db, queue
from houselist.audiences import store as audiences
from houselist.errors import Upstream
from houselist.idempotency import store as idempotency
from houselist.logs import log
from houselist.prospecting import job, store
from houselist.uploads import store as uploads

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from houselist.config import Settings

# Connections: one listens, one a running job writes on, one it reads ahead on, and some to spare.
_JOBS_AT_ONCE = 4
_POOL_SIZE = 2 + 3 * _JOBS_AT_ONCE
# A batch may wait for another job's batch in the same account group.
_COMMAND_TIMEOUT = 60.0
_LONGEST_POLL = 1.0
# A batch may compute for a while between two statements, however soon others take over.
_SHORTEST_SILENCE = 2.0
_PURGED_AT_ONCE = 5_000
_HOUR = 3600.0
# How long a session may go without an answer of the queue; twice the takeover, where that is more.
_SHORTEST_PATIENCE = 5.0

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
    """When a session last had an answer of the queue, which it asks every second at the least."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.beat()

    def beat(self) -> None:
        self._beaten = self._clock()

    def age(self) -> float:
        """Seconds since the last beat."""
        return self._clock() - self._beaten


def _tune_memory() -> None:
    """Fits Python's search for cycles to batches of many small objects that hold none."""
    # Looking for cycles in the middle of a batch took a quarter of the time of reading and placing
    # its rows, and found nothing.
    gc.set_threshold(100_000, 50, 100)


async def _session(settings: Settings, dsn: str, stop: asyncio.Event, pulse: _Pulse) -> None:
    """Works as long as the database is there."""
    takeover = settings.job_takeover
    async with db.make_pool(
        dsn, size=_POOL_SIZE, command_timeout=_COMMAND_TIMEOUT, session=_settings(takeover)
    ) as pool:
        queries = Queries.from_asyncpg_pool(cast("Any", pool))
        queries.dequeue = _beating(queries.dequeue, pulse)
        manager = QueueManager(queries)
        _register(manager, pool, settings, stop)
        tidying = asyncio.create_task(_tidy(pool, takeover))
        stopping = asyncio.create_task(_pass_on(stop, manager.shutdown))
        try:
            await manager.run(
                batch_size=_JOBS_AT_ONCE // 2,
                max_concurrent_tasks=_JOBS_AT_ONCE,
                dequeue_timeout=timedelta(seconds=min(_LONGEST_POLL, takeover / 3)),
                heartbeat_timeout=timedelta(seconds=takeover),
            )
        finally:
            for task in (tidying, stopping):
                task.cancel()
            await asyncio.gather(tidying, stopping, return_exceptions=True)


def _beating(ask: Any, pulse: _Pulse) -> Any:
    """The queue's question for work, with a beat at every answer."""

    async def asked(*args: Any, **options: Any) -> Any:
        answer = await ask(*args, **options)
        pulse.beat()
        return answer

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


async def _pass_on(stop: asyncio.Event, shutdown: asyncio.Event) -> None:
    await stop.wait()
    shutdown.set()


def _register(
    manager: QueueManager, pool: db.Pool, settings: Settings, stop: asyncio.Event
) -> None:
    @manager.entrypoint(queue.PROSPECTING)
    async def prospect(queued: QueuedJob) -> None:
        group, job_id = queue.read_payload(queued.payload)
        await _or_later(
            job.run(job.Task(pool, group, job_id, settings.job_batch, stop)), settings.job_takeover
        )

    @manager.entrypoint(queue.PURGE_AUDIENCE)
    async def purge(queued: QueuedJob) -> None:
        group, audience_id = queue.read_payload(queued.payload)
        await _or_later(_purge(pool, group, audience_id, stop), settings.job_takeover)


async def _or_later(running: Awaitable[None], takeover: float) -> None:
    """Puts work back in the queue where it could not be ended here."""
    try:
        await running
    except job.Stopped as error:
        raise RetryRequested(delay=timedelta(0), reason="the worker stops") from error
    except job.Lost as error:
        # Whoever has it now most likely ends it; this is for the case that it dies too.
        raise RetryRequested(
            delay=timedelta(seconds=takeover), reason="another worker has it"
        ) from error
    except Upstream as error:
        raise RetryRequested(
            delay=timedelta(seconds=1), reason="the database was out of reach"
        ) from error


async def _purge(pool: db.Pool, group: bytes, audience_id: bytes, stop: asyncio.Event) -> None:
    done = False
    while not done:
        if stop.is_set():
            raise job.Stopped
        async with db.transaction(pool) as connection:
            done = await audiences.purge(connection, group, audience_id, _PURGED_AT_ONCE)


async def _tidy(pool: db.Pool, takeover: float) -> None:
    """Gives everything open a place in the queue, and removes what is past its time."""
    loop = asyncio.get_running_loop()
    next_cleaning = loop.time()
    while True:
        try:
            async with db.transaction(pool) as connection:
                for group, job_id in await store.get_open(connection):
                    await queue.enqueue(connection, queue.PROSPECTING, group, job_id)
                for group, audience_id in await audiences.get_unpurged(connection):
                    await queue.enqueue(connection, queue.PURGE_AUDIENCE, group, audience_id)
            if loop.time() >= next_cleaning:
                next_cleaning += _HOUR
                async with db.transaction(pool) as connection:
                    await idempotency.forget_old(connection)
                    await uploads.discard_abandoned(connection)
        except Upstream as error:
            log.warning("could not look for forgotten work", reason=str(error))
        except Exception:  # noqa: BLE001 - whatever it was, the next round may do better
            log.exception("looking for forgotten work failed")
        await asyncio.sleep(takeover)
