"""What looks for work that hangs: a session of this process, and a transaction of any worker."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from houselist.errors import Upstream
from houselist.logs import log
from houselist.postgres import db
from houselist.worker import frozen_store
from houselist.worker.pool import APPLICATION
from houselist.worker.rounds import one_round

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from houselist.worker.frozen_store import Frozen

# Seconds between two looks at a session, and between two looks for frozen transactions.
_LOOK = 0.5
_LONGEST_LOOK = 1.0
# What a session that was cancelled may take to end. It cuts its connections sooner than that.
_END_SECONDS = 8.0


class Pulse:
    """When each queue of a session last had an answer; each asks every second."""

    def __init__(self, clock: Callable[[], float], queues: Iterable[str]) -> None:
        self._clock = clock
        self._beaten = dict.fromkeys(queues, clock())

    def beat(self, queue: str) -> None:
        self._beaten[queue] = self._clock()

    def age(self) -> float:
        """Seconds since the last beat of the queue that is silent longest."""
        return self._clock() - min(self._beaten.values())


async def watch(
    session: asyncio.Task[None], pulse: Pulse, stop: asyncio.Event, patience: float
) -> bool:
    """Waits until a session is over; whether it is. One that hangs is cancelled and then left.

    A session that was told to stop may take its time: its caller decides how much.
    """
    try:
        while not session.done() and (stop.is_set() or pulse.age() < patience):
            await asyncio.wait({session}, timeout=_LOOK)
    except asyncio.CancelledError:
        session.cancel()
        await asyncio.wait({session})
        raise
    if not session.done():
        # Whatever hangs can write nothing more: its connections are cut, its batch is rolled back,
        # and another worker takes over its place in the queue.
        log.warning("the worker's session hangs; starting a new one")
        session.cancel()
        await asyncio.wait({session}, timeout=_END_SECONDS)
        return session.done()
    if not session.cancelled() and (error := session.exception()):
        if isinstance(error, Upstream) or db.is_out_of_reach(error):
            log.warning("the database is out of reach; trying again", reason=str(error))
        else:
            log.error("the worker's session failed; starting a new one", exc_info=error)
    return True


async def end_frozen(pool: db.Pool, silence: float) -> None:
    """Ends transactions of workers that say nothing for `silence` seconds, until cancelled.

    PostgreSQL does so itself, save in the middle of a COPY or of a result.
    """
    seen: set[Frozen] = set()
    while True:
        with one_round("look for workers that are frozen", "looking for workers that are frozen"):
            seen = await _end_frozen(pool, silence, seen)
        await asyncio.sleep(min(silence / 4, _LONGEST_LOOK))


async def _end_frozen(pool: db.Pool, silence: float, seen: set[Frozen]) -> set[Frozen]:
    """One round; those found frozen. Only who was seen in the round before as well is ended.

    A statement that took long for another reason may be at its last byte when it is looked at.
    """
    async with db.acquire(pool) as connection:
        found = await frozen_store.get_frozen(connection, APPLICATION, silence)
        if frozen := found & seen:
            log.warning("ended transactions of frozen workers", pids=[each.pid for each in frozen])
            await frozen_store.end(connection, frozen)
    return found - seen
