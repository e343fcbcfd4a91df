"""A job worker beside other work in the same process."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from houselist.worker import session

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from houselist.config import Settings

_STOP_SECONDS = 5.0


@asynccontextmanager
async def worker_beside(settings: Settings, dsn: str) -> AsyncGenerator[None]:
    """A job worker for as long as the block runs; it takes whatever is queued, like any other."""
    stop = asyncio.Event()
    working = asyncio.create_task(session.work(settings, dsn, stop))
    try:
        yield
    finally:
        stop.set()
        _, late = await asyncio.wait({working}, timeout=_STOP_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(working, return_exceptions=True)
