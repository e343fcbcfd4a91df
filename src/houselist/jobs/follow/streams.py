"""The event streams of one process: how many there may be, and what ends one early."""

from __future__ import annotations

import asyncio
import resource
from contextlib import contextmanager
from typing import TYPE_CHECKING

from houselist.errors import RateLimited, Unauthorized, Upstream, forget_frames
from houselist.jobs.follow.watching import Watching
from houselist.web.authentication import token_of
from houselist.web.stream_slot import StreamSlot

if TYPE_CHECKING:
    from collections.abc import Generator

    from houselist.postgres.db import Pool
    from houselist.web.authentication import KeyRing
    from houselist.web.metrics import Metrics
    from houselist.web.request import Request

# Seconds.
HEARTBEAT = 5.0
_KEY_CHECK = 0.2
_FULL_RETRY = 10
# Each holds a connection, and the process needs connections for everything else as well.
MAX_STREAMS = 1_000
# One key alone can't take all of them.
_SHARE_OF_A_KEY = 0.5


def max_streams() -> int:
    """How many this process may hold: half of the files it may open, at most 1,000."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MAX_STREAMS if files == resource.RLIM_INFINITY else min(MAX_STREAMS, files // 2)


class Streams:
    """All open streams, by the token of their key. `heartbeat`: seconds without a byte, at most."""

    def __init__(
        self, pool: Pool, keys: KeyRing, metrics: Metrics, *, heartbeat: float = HEARTBEAT
    ) -> None:
        self.jobs = Watching(pool)
        self.heartbeat = heartbeat
        self.limit = max_streams()
        self._keys = keys
        self._open_now = metrics.streams
        self._slots: dict[str, set[StreamSlot]] = {}
        self._closed = False

    @contextmanager
    def slot(self, request: Request) -> Generator[StreamSlot]:
        """A slot for a stream, for as long as the block runs. Raises RateLimited."""
        token = token_of(request)
        self._check_free(token)
        slot = StreamSlot()
        if self._closed:
            slot.end()
        mine = self._slots.setdefault(token, set())
        mine.add(slot)
        self._open_now.inc()
        try:
            yield slot
        finally:
            self._open_now.dec()
            mine.discard(slot)
            if not mine:
                self._slots.pop(token, None)

    def _check_free(self, token: str) -> None:
        limit_of_key = int(self.limit * _SHARE_OF_A_KEY)
        taken = sum(len(slots) for slots in self._slots.values())
        if len(self._slots.get(token, ())) < limit_of_key and taken < self.limit:
            return
        open_now = f"{limit_of_key:,} of this key" if taken < self.limit else f"{taken:,}"
        raise RateLimited(
            "Too many event streams are open.",
            details=f"{open_now} are open here. Close some, or poll `GET /prospecting/{{jobId}}`.",
            headers={"retry-after": str(_FULL_RETRY)},
        )

    async def keep(self, dsn: str) -> None:
        """Feeds the streams and ends those whose key is no longer valid. Runs until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.jobs.listen(dsn))
                tasks.create_task(self._keep_checking())
        finally:
            self.close()

    def close(self) -> None:
        """Ends every stream because the process stops; new ones end as soon as they begin."""
        self._closed = True
        self._end(*(slot for slots in self._slots.values() for slot in slots))

    def _end(self, *slots: StreamSlot) -> None:
        for slot in slots:
            slot.end()

    async def _keep_checking(self) -> None:
        while True:
            await asyncio.sleep(_KEY_CHECK)
            await self._check_keys()

    async def _check_keys(self) -> None:
        # Keys are cached in the process; NOTIFY drops those that changed.
        for token, slots in list(self._slots.items()):
            try:
                await self._keys.find(token)
            except Unauthorized:
                self._end(*slots)
            except Upstream as error:
                forget_frames(error)
                return  # PostgreSQL is down, so the streams have nothing new to send either
