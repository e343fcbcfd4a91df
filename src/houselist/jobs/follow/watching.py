"""Jobs that clients follow: one LISTEN and one read per change, for all followers in a process."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from houselist.errors import NotFound, Upstream, forget_frames
from houselist.jobs import store
from houselist.jobs.changes_store import CHANNEL
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
        """One line; encoded once, however many followers it is sent to."""
        return msgspec.json.encode(self.job)


class _Watched:
    """One job and its followers."""

    def __init__(self, account_group_id: bytes, job_id: bytes) -> None:
        self.account_group_id = account_group_id
        self.job_id = job_id
        self.state: JobState | None = None
        self.deleted = False
        self.wake_ups: set[asyncio.Event] = set()

    def update(self, state: JobState | None) -> None:
        """Takes what was read; None: the job was deleted.

        Of two reads at once the older may end last.
        """
        if state is None:
            self.deleted = True
        elif self.state is None or state.version > self.state.version:
            self.state = state
        for wake_up in self.wake_ups:
            wake_up.set()


class Follower:
    """A follower of a job. It is given the newest state, never a queue of older ones."""

    def __init__(self, watched: _Watched) -> None:
        self._watched = watched
        self._wake_up = asyncio.Event()
        watched.wake_ups.add(self._wake_up)

    def leave(self) -> None:
        self._watched.wake_ups.discard(self._wake_up)

    async def next(self, seen: int | None = None) -> JobState:
        """The newest state, once it is not version `seen` or the job is over.

        Raises NotFound once the job is deleted.
        """
        while True:
            if self._watched.deleted:
                raise NotFound("There is no such job.")
            state = self._watched.state
            if state is not None and (state.over or state.version != seen):
                return state
            self._wake_up.clear()
            await self._wake_up.wait()


class Watching:
    """The jobs that are followed in this process. `pause`: seconds between two reads of a job."""

    def __init__(self, pool: db.Pool, *, pause: float = PAUSE) -> None:
        self._pool = pool
        self._pause = pause
        # By their names in NOTIFY.
        self._watched: dict[str, _Watched] = {}
        self._stale: set[str] = set()
        self._changed = asyncio.Event()

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
            if not watched.wake_ups:
                self._watched.pop(name, None)

    async def listen(self, dsn: str) -> None:
        """Listens for changes and reads the jobs that are followed. Runs until cancelled."""
        messages: asyncio.Queue[str] = asyncio.Queue()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(db.listen_forever(dsn, CHANNEL, messages))
            tasks.create_task(self._keep_reading())
            while True:
                self._note(await messages.get())

    def _note(self, message: str) -> None:
        if message == db.LISTENING:
            # Changes before this moment were missed.
            self._stale |= self._watched.keys()
        elif message in self._watched:
            self._stale.add(message)
        if self._stale:
            self._changed.set()

    async def _keep_reading(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self._read_stale()
            # Changes that come in the meantime are read together.
            await asyncio.sleep(self._pause)

    async def _read_stale(self) -> None:
        """Reads each changed job once. When PostgreSQL does not respond, it is read next time."""
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
                self._changed.set()
                return
            except Exception:  # noqa: BLE001 - one job that can't be read must not hide the others
                log.exception("a job that is followed can't be read", job=name)

    async def _read(self, watched: _Watched) -> None:
        async with db.acquire(self._pool, db.DATABASE_TIMEOUT) as connection:
            version, job = await store.get_version(
                connection, watched.account_group_id, watched.job_id
            )
        watched.update(JobState(version, job))
