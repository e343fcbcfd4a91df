"""Jobs that somebody follows: one LISTEN and one read a change, for all who follow in a process."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from houselist.errors import NotFound, Upstream, forget_frames
from houselist.jobs import store
from houselist.logs import log
from houselist.postgres import db

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from houselist.jobs.shapes import Job

# Seconds between two reads of a job, however often it changes.
PAUSE = 0.2

_OVER = ("completed", "failed", "cancelled")


class JobState:
    """A job as it stood at one `version`, which grows with every change."""

    def __init__(self, version: int, job: Job) -> None:
        self.version = version
        self.job = job

    @property
    def over(self) -> bool:
        return self.job.status in _OVER

    @cached_property
    def json(self) -> bytes:
        """One line; made once, however many it is told to."""
        return msgspec.json.encode(self.job)


class _Watched:
    """One job, and those who follow it."""

    def __init__(self, account_group_id: bytes, job_id: bytes) -> None:
        self.account_group_id = account_group_id
        self.job_id = job_id
        self.state: JobState | None = None
        self.gone = False
        self.stirs: set[asyncio.Event] = set()

    def update(self, state: JobState | None) -> None:
        """What was read; None: the job is gone. Of two reads at once the older may end last."""
        if state is None:
            self.gone = True
        elif self.state is None or state.version > self.state.version:
            self.state = state
        for stir in self.stirs:
            stir.set()


class Follower:
    """One who follows a job. What it has not asked for yet is the newest state, never a queue."""

    def __init__(self, watched: _Watched) -> None:
        self._watched = watched
        self._stir = asyncio.Event()
        watched.stirs.add(self._stir)

    def leave(self) -> None:
        self._watched.stirs.discard(self._stir)

    async def next(self, seen: int | None = None) -> JobState:
        """The newest state, once it is another than version `seen` or the job is over.

        Raises NotFound once the job is gone.
        """
        while True:
            if self._watched.gone:
                raise NotFound("There is no such job.")
            state = self._watched.state
            if state is not None and (state.over or state.version != seen):
                return state
            self._stir.clear()
            await self._stir.wait()


class Watching:
    """The jobs that are followed in this process. `pause`: seconds between two reads of a job."""

    def __init__(self, pool: db.Pool, *, pause: float = PAUSE) -> None:
        self._pool = pool
        self._pause = pause
        # By how NOTIFY names them.
        self._watched: dict[str, _Watched] = {}
        self._stale: set[str] = set()
        self._stirred = asyncio.Event()

    @asynccontextmanager
    async def follow(self, account_group_id: bytes, job_id: bytes) -> AsyncGenerator[Follower]:
        """Follows a job for as long as the block runs. Raises NotFound or Upstream."""
        name = f"{account_group_id.hex()}/{job_id.hex()}"
        watched = self._watched.setdefault(name, _Watched(account_group_id, job_id))
        follower = Follower(watched)
        try:
            # Read after it is followed, so that no change falls between the two.
            await self._read(watched)
            yield follower
        finally:
            follower.leave()
            if not watched.stirs:
                self._watched.pop(name, None)

    async def listen(self, dsn: str) -> None:
        """Hears of changes, and reads what is followed. Runs until cancelled."""
        heard: asyncio.Queue[str] = asyncio.Queue()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(db.listen_forever(dsn, store.CHANNEL, heard))
            tasks.create_task(self._keep_reading())
            while True:
                self._hear(await heard.get())

    def _hear(self, message: str) -> None:
        if message == db.LISTENING:
            # Whatever changed before was not heard.
            self._stale |= self._watched.keys()
        elif message in self._watched:
            self._stale.add(message)
        if self._stale:
            self._stirred.set()

    async def _keep_reading(self) -> None:
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            await self._read_stale()
            # What is heard meanwhile is read together.
            await asyncio.sleep(self._pause)

    async def _read_stale(self) -> None:
        """Reads each changed job once. What PostgreSQL does not give now is read the next time."""
        for name in list(self._stale):
            self._stale.discard(name)
            watched = self._watched.get(name)
            if watched is None:
                continue
            try:
                await self._read(watched)
            except NotFound:
                watched.update(None)
            except Upstream as error:
                forget_frames(error)
                self._stale.add(name)
                self._stirred.set()
                return
            except Exception:  # noqa: BLE001 - one job that can't be read must not hide the others
                log.exception("a job that is followed can't be read", job=name)

    async def _read(self, watched: _Watched) -> None:
        async with db.acquire(self._pool, db.DATABASE_TIMEOUT) as connection:
            version, job = await store.get_version(
                connection, watched.account_group_id, watched.job_id
            )
        watched.update(JobState(version, job))
