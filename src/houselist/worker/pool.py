"""A worker's connections to PostgreSQL: how many, what they ask of the server, and how they end."""

from __future__ import annotations

import asyncio
import math
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from houselist.postgres import db

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

# By this name a worker's connections are told from those of requests and of the command line.
APPLICATION: Final = "houselist worker"
# A batch may wait for another job's batch in the same account group.
_COMMAND_TIMEOUT = 60.0
# A batch may compute for a while between two statements, however soon others take over.
_SHORTEST_SILENCE = 2.0
_CLOSE_SECONDS = 2.0


def silence_of(takeover: float) -> float:
    """Seconds without a word after which a worker's transaction is ended."""
    return max(takeover, _SHORTEST_SILENCE)


@asynccontextmanager
async def open_pool(dsn: str, *, size: int, takeover: float) -> AsyncGenerator[db.Pool]:
    """The pool of a worker that others take over from after `takeover` seconds."""
    pool = db.make_pool(
        dsn, size=size, command_timeout=_COMMAND_TIMEOUT, session=_settings(takeover)
    )
    await pool
    try:
        yield pool
    finally:
        await _close(pool)


async def _close(pool: db.Pool) -> None:
    """Closes all connections; cuts them where PostgreSQL does not answer or one is still in use."""
    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            await pool.close()
    except TimeoutError:
        pool.terminate()


def _settings(takeover: float) -> dict[str, str]:
    silence = str(math.ceil(silence_of(takeover)))
    return {
        "application_name": APPLICATION,
        # A worker that hangs in a batch, or whose host is gone without a word, must not hold its
        # job and its account group's batch lock for ever: its locks come free with its session.
        "idle_in_transaction_session_timeout": f"{silence}s",
        "tcp_keepalives_idle": silence,
        "tcp_keepalives_interval": "1",
        "tcp_keepalives_count": "3",
        # A plan made while a table was small would be kept while an import makes it large.
        "plan_cache_mode": "force_custom_plan",
        # Its own work is done by several jobs at once; more processes for one would take from them.
        "max_parallel_workers_per_gather": "0",
    }
